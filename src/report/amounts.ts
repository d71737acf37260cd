import type { Tokens } from '../conversation/conversation.ts';

/** Formats a duration like a clock: `0:07`, `12:30`, `1:02:03`. */
export function asClock(ms: number): string {
  const { hours, minutes, seconds } = partsOf(ms);
  const clock = `${minutes}:${String(seconds).padStart(2, '0')}`;
  return hours === 0 ? clock : `${hours}:${clock.padStart(5, '0')}`;
}

/** Formats a duration with units: `12 s`, `4 min 12 s`, `1 h 5 min`. */
export function asDuration(ms: number): string {
  const { hours, minutes, seconds } = partsOf(ms);
  const parts = hours > 0 ? [`${hours} h`, `${minutes} min`] : [`${minutes} min`, `${seconds} s`];
  return parts.filter((part) => !part.startsWith('0 ')).join(' ') || '0 s';
}

/** Formats an amount as `$0.42`, with more digits if it is below one cent. */
export function asDollars(usd: number): string {
  return usd === 0 || usd >= 0.01 ? `$${usd.toFixed(2)}` : `$${usd.toPrecision(2)}`;
}

/** Formats token counts as `23,000 read (11,500 from a cache), 1,917 written`. */
export function asTokens({ input, cached, output }: Tokens): string {
  const count = (tokens: number): string => tokens.toLocaleString('en-US');
  return `${count(input)} read${cached === 0 ? '' : ` (${count(cached)} from a cache)`}, ${count(output)} written`;
}

function partsOf(ms: number): { readonly hours: number; readonly minutes: number; readonly seconds: number } {
  const seconds = Math.max(0, Math.round(ms / 1000));
  return { hours: Math.floor(seconds / 3600), minutes: Math.floor(seconds / 60) % 60, seconds: seconds % 60 };
}

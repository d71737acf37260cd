import type { Tokens } from '../conversation/conversation.ts';

/** A duration as people read it: `0:07`, `12:30`, `1:02:03`. */
export function asDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  const clock = `${minutes}:${twoDigits(seconds % 60)}`;
  return hours === 0 ? clock : `${hours}:${clock.padStart(5, '0')}`;
}

/** `$0.42`; more digits if the first ones are zero. */
export function asDollars(usd: number): string {
  return usd === 0 || usd >= 0.01 ? `$${usd.toFixed(2)}` : `$${usd.toPrecision(2)}`;
}

/** `23,000 read (11,500 from a cache), 1,917 written`. */
export function asTokens({ input, cached, output }: Tokens): string {
  const count = (tokens: number): string => tokens.toLocaleString('en-US');
  return `${count(input)} read${cached === 0 ? '' : ` (${count(cached)} from a cache)`}, ${count(output)} written`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}

/** Amounts below the least and above the most are shown as `under …` and `over …`: nobody can read an exponent or twenty digits. */
const LEAST = 0.0001;
const MOST = 1_000_000;

/** Formats an amount as `$0.42`, with more digits if it is below one cent. */
export function asDollars(usd: number): string {
  return withinBounds(usd, digitsOf(usd));
}

/** Rounds an amount like {@link asDollars}, for a chart. */
export function roundDollars(usd: number): number {
  return Number(digitsOf(usd));
}

function digitsOf(usd: number): string {
  return usd === 0 || usd >= 0.01 ? usd.toFixed(2) : usd.toPrecision(2);
}

/** Formats an amount with up to four decimals, so that a cost just above a limit does not look equal to it. */
export function asPreciseDollars(usd: number): string {
  const [whole = '', parts = ''] = String(Number(usd.toFixed(4))).split('.');
  return withinBounds(usd, `${whole}.${parts.padEnd(2, '0')}`);
}

function withinBounds(usd: number, amount: string): string {
  if (usd > MOST) return 'over $1,000,000';
  return 0 < usd && usd < LEAST ? 'under $0.0001' : `$${amount}`;
}

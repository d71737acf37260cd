export const DAY_MS = 86_400_000;

/** The time that a report is about. Times are in milliseconds since 1970. */
export interface Period {
  /** The calendar month (UTC), such as `2026-10`; `null` for the days before the report. */
  readonly month: string | null;
  readonly days: number;
  readonly from: number;
  /** The last moment that has passed. */
  readonly to: number;
  /** `from` as an ISO timestamp. */
  readonly since: string;
  /** When its runs were created, as GitHub's search syntax says it. */
  readonly created: string;
  /** For how many days artifacts must be kept, so that none of the period is missing. */
  readonly ageDays: number;
}

/** Returns the last days before `now`. */
export function lastDays(days: number, now: number): Period {
  const from = now - days * DAY_MS;
  const since = timestampOf(from);
  return { month: null, days, from, to: now, since, created: `>=${since}`, ageDays: days };
}

/** Returns a month of the form `2026-10`, or the one before that of `now` (`last`); `undefined` for any other text, and before it begins. */
export function monthIn(text: string, now: number): Period | undefined {
  const [from, end] = text === 'last' ? lastMonth(now) : namedMonth(text);
  if (from === undefined || end === undefined || from > now) return undefined;
  const since = timestampOf(from);
  return {
    month: since.slice(0, 7),
    days: Math.round((end - from) / DAY_MS),
    from,
    to: Math.min(end - 1, now),
    since,
    created: `${since}..${timestampOf(end - 1)}`,
    ageDays: Math.ceil((now - from) / DAY_MS),
  };
}

type Bounds = readonly [from?: number, end?: number];

function lastMonth(now: number): Bounds {
  const today = new Date(now);
  return boundsOf(today.getUTCFullYear(), today.getUTCMonth() - 1);
}

function namedMonth(text: string): Bounds {
  const [, year, month] = /^(20\d\d)-(0[1-9]|1[0-2])$/.exec(text) ?? [];
  return year === undefined ? [] : boundsOf(Number(year), Number(month) - 1);
}

/** Returns when a month begins and ends. January is 0; below that, it is a month of the year before. */
function boundsOf(year: number, month: number): Bounds {
  return [Date.UTC(year, month), Date.UTC(year, month + 1)];
}

function timestampOf(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`;
}

/** Returns the words for a period that follow "in". */
export function wordsOf({ month, days, from }: Period): string {
  if (month !== null)
    return new Intl.DateTimeFormat('en-US', { month: 'long', year: 'numeric', timeZone: 'UTC' }).format(from);
  return days === 1 ? 'the last day' : `the last ${days} days`;
}

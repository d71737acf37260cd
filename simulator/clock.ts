/** The simulator's clock. */
export interface Clock {
  /** Returns the simulated time in milliseconds since the epoch. */
  now(): number;
  /** The number of simulated seconds in a real second. Delays are divided by it. */
  readonly speed: number;
}

/** A clock that only moves when a test advances it. */
export interface ManualClock extends Clock {
  /** Lets `seconds` of simulated time pass. */
  advance(seconds: number): void;
}

/** Creates a clock that starts at the real time and runs `speed` times as fast. */
export function createClock(speed: number): Clock {
  const start = Date.now();
  const base = performance.now();
  return { speed, now: () => start + (performance.now() - base) * speed };
}

/** Creates a clock for tests, which stands until `advance` is called. `start` is in milliseconds since the epoch. */
export function createManualClock(start = Date.UTC(2026, 0, 5, 9)): ManualClock {
  let now = start;
  return {
    speed: 1,
    now: () => now,
    advance: (seconds) => {
      now += seconds * 1000;
    },
  };
}

/** Formats a time as V1 does for conversations and start tasks: UTC with a `Z`. */
export function zonedTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

/** Formats a time as events have it: UTC without a zone, in microseconds. */
export function naiveTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace('Z', '000');
}

/** Converts a time of a query to milliseconds since the epoch. Without a zone it is in the server's own, UTC. */
export function timeOf(time: string | null): number {
  if (time === null) return -Infinity;
  return Date.parse(/(?:Z|[+-]\d\d:?\d\d)$/.test(time) ? time : `${time}Z`);
}

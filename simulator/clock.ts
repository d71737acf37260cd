/** What the simulator takes for time: simulated milliseconds since the epoch. */
export interface Clock {
  /** The simulated time now, in milliseconds since the epoch. */
  now(): number;
  /** How many simulated seconds pass in a real one: what a delay in real time is divided by. */
  readonly speed: number;
}

/** A clock that only moves when a test says so. */
export interface ManualClock extends Clock {
  /** Lets `seconds` of simulated time pass. */
  advance(seconds: number): void;
}

/** A clock that starts at the real time and runs `speed` times as fast. */
export function createClock(speed: number): Clock {
  const start = Date.now();
  const base = performance.now();
  return { speed, now: () => start + (performance.now() - base) * speed };
}

/** A clock for tests: nothing passes until `advance` is called. `start` is in milliseconds since the epoch. */
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

/** The time as V1 serves it for conversations and start tasks: UTC with a `Z`. */
export function zonedTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

/** The time as events carry it: UTC, but without saying so, and in microseconds. */
export function naiveTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace('Z', '000');
}

import type { Outcome } from '../src/port/outcome.ts';

/** Every value of the output `status`, and whether the step succeeds with it. */
export const SUCCEEDS = {
  running: true,
  finished: true,
  stopped: true,
  skipped: true,
  'needs-input': false,
  error: false,
  stuck: false,
  missing: false,
  paused: false,
  'start-failed': false,
  unreachable: false,
  'over-budget': false,
  'invalid-output': false,
  'not-done': false,
  'checks-failed': false,
  'timed-out': false,
  cancelled: false,
} as const satisfies Record<Outcome['status'], boolean>;

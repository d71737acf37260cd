import { ApiFailure } from './conversation/api.ts';
import { Interruption } from './conversation/clock.ts';
import type { Runner } from './github/runner.ts';
import { toError } from './text/to-error.ts';

/** Logs the stack of an unexpected error. It is visible only in a run with debug logging. */
export function logBug(error: unknown, runner: Runner): void {
  if (!(error instanceof ApiFailure || error instanceof Interruption)) runner.debug(toError(error).stack);
}

import { ApiFailure } from './conversation/api.ts';
import { Interruption } from './conversation/clock.ts';
import type { Runner } from './github/runner.ts';
import { toError } from './text/to-error.ts';

/** Where a bug is, for whoever looks for it: shown in a run with debug logging only. */
export function logBug(error: unknown, runner: Runner): void {
  if (!(error instanceof ApiFailure || error instanceof Interruption)) runner.debug(toError(error).stack);
}

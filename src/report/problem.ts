import type { Problem } from '../conversation/problem.ts';
import type { OutputName } from '../interface.ts';
import { asClause } from '../text/safe.ts';
import { toError } from '../text/to-error.ts';

/** Formats a problem as the one-line error of a failed step: what failed, why, and what to do. */
export function problemLine({ failedTo, because, todo }: Problem): string {
  return `failed to ${failedTo}: ${asClause(because)}. What to do: ${todo}.`;
}

/** Returns the problem of an output that cannot be written. */
export function unwrittenProblem(output: OutputName, error: unknown): Problem {
  return {
    failedTo: `write the output ${output}`,
    because: toError(error).message,
    todo: 'check whether the disk of the runner is full',
  };
}

/** Says what failed and why, in one clause. */
export function failed({ failedTo, because }: Problem): string {
  return `Failed to ${failedTo}: ${asClause(because)}`;
}

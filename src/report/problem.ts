import type { Problem } from '../conversation/problem.ts';
import { singleLine } from '../text/safe.ts';

/** The one line that a failed step shows: what failed, why, and what to do. */
export function problemLine({ failedTo, because, todo }: Problem): string {
  return `failed to ${failedTo}: ${asClause(because)}. What to do: ${todo}.`;
}

/** A reason as part of a sentence: on one line, without a full stop. */
export function asClause(reason: string): string {
  return singleLine(reason).replace(/[.?!\s]{1,9}$/, '');
}

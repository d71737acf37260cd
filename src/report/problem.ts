import type { Problem } from '../conversation/problem.ts';
import { shorten, singleLine } from '../text/safe.ts';

const LONGEST_REASON = 500;

/** The one line that a failed step shows: what failed, why, and what to do. */
export function problemLine({ failedTo, because, todo }: Problem): string {
  return `failed to ${failedTo}: ${asClause(because)}. What to do: ${todo}.`;
}

function asClause(reason: string): string {
  return shorten(singleLine(reason), LONGEST_REASON).replace(/[.\s]+$/, '');
}

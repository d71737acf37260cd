import { singleLine } from './safe.ts';

/** Formats a reason as part of a sentence: on one line, without a full stop. */
export function asClause(reason: string): string {
  return singleLine(reason).replace(/[.?!\s]{1,9}$/, '');
}

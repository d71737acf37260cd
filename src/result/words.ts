import { type Line, notice } from '../text/lines.ts';
import { asClause } from '../text/safe.ts';

/** Something that people should know about how the step judges the result. */
export type ResultEvent =
  | { readonly kind: 'result-not-asked' }
  /** The pull requests could not be read. `because`: why. `lacksRight`: the token may not read them. */
  | { readonly kind: 'result-unread'; readonly because: string; readonly lacksRight: boolean };

/** What failed if the agent does not say that it has done the task. */
export const GET_DONE = 'get the task done';

/** What the last line of an answer says about the task. `blocked`: why it is not done, empty without a reason. */
export type Result = { readonly kind: 'done' } | { readonly kind: 'blocked'; readonly reason: string };

/** What may be around the line: white space, and Markdown's characters for emphasis and code. */
const AROUND_LINE = ' \t\r\n*_`';
/** The longest line that is looked at. */
const MAX_LINE = 4_000;
const DONE = /^result[*_`]*:[\s*_`]*done[.!]?$/i;
const BLOCKED = /^result[*_`]*:[\s*_`]*blocked(?!\w)[\s*_`:,.–—-]*/i;

/** Reads the result from an answer's last line with text (more than Markdown's `*`, `_` or backticks); `undefined` if that has none. */
export function resultOf(answer: string): Result | undefined {
  const { line } = resultLineOf(answer);
  if (DONE.test(line)) return { kind: 'done' };
  const [start] = BLOCKED.exec(line) ?? [];
  return start === undefined ? undefined : { kind: 'blocked', reason: line.slice(start.length) };
}

/** Returns an answer without the line that {@link resultOf} reads. */
export function withoutResult(answer: string): string {
  return resultOf(answer) === undefined ? answer : answer.slice(0, resultLineOf(answer).at).trimEnd();
}

/**
 * Returns the last line with text, without the characters of Markdown around it. `at`: where in the answer the line begins, these characters
 * included.
 */
function resultLineOf(answer: string): { readonly line: string; readonly at: number } {
  // A loop, because a pattern for the end of a text can take as long as the square of its length.
  let end = answer.length;
  while (end > 0 && AROUND_LINE.includes(answer.charAt(end - 1))) end -= 1;
  let at = answer.lastIndexOf('\n', end - 1) + 1;
  const line = answer.slice(at, Math.min(end, at + MAX_LINE)).replace(/^[\s*_`]+/, '');
  // In a code block of its own, the line begins with the fence above it. A fence is short, so it is within the 100 characters before.
  const isInBlock = answer.slice(end).includes('```');
  const before = /(?:^|\n)[ \t]*`{3,}[a-z]*[ \t]*\r?\n$/.exec(answer.slice(Math.max(0, at - 100), at));
  if (isInBlock && before !== null) at -= before[0].length;
  return { line, at };
}

export function lineOfResult(event: ResultEvent): Line {
  if (event.kind === 'result-not-asked')
    return notice('The agent was never asked for its result, so its answer is not judged by require-result');
  const advice = event.lacksRight ? '; give the job the permission pull-requests: read' : '';
  return notice(`A pull request counts, although it could not be read: ${asClause(event.because)}${advice}`);
}

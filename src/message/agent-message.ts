import { createHash } from 'node:crypto';

/** What the agent is told, in the order in which it reads it. */
export interface MessageParts {
  /** The message of the inputs, or the red checks. Texts from outside are fenced in it. */
  readonly task: string;
  /** The JSON Schema that the answer must match. */
  readonly schema?: string | undefined;
  /** The pull request to review, and the commit to look at. */
  readonly review?: ReviewedCommit | undefined;
  /** The mark by which another attempt of the run finds the message. */
  readonly mark?: { readonly text: string } | undefined;
}

interface ReviewedCommit {
  readonly pull: { readonly number: number };
  readonly head: { readonly commit: string };
}

/** The longest text of a finding, and the longest summary. */
export const MAX_FINDING_CHARACTERS = 1_000;

const REVIEW = `Look at the files as they are at that commit. Your answer is posted as a review: post no comment and no review yourself. For each
finding, path counts from the root of the repository, and line from 1 in the file at that commit; of several lines it is the last,
and start_line the first. In at most ${MAX_FINDING_CHARACTERS} characters, text says what is wrong, what happens then and how to fix it.`;

/** Returns the message to the agent. */
export function composeMessage({ task, schema, review, mark }: MessageParts): string {
  let message = task;
  if (schema !== undefined)
    message += `

A program reads your answer. It must be a JSON value that matches this JSON Schema: the whole answer, or the last code block in it.

\`\`\`json
${schema.trim()}
\`\`\``;
  if (review !== undefined)
    message += `\n\nReview of pull request #${review.pull.number}, commit ${review.head.commit}\n${REVIEW}`;
  if (mark !== undefined) message += `${message.endsWith('\n') ? '' : '\n'}\n${mark.text}`;
  return message;
}

/** Matches the review at the end of a message, with or without a mark behind it: anybody may have written the same before it. */
const REVIEW_AT_END = new RegExp(
  `\\nReview of pull request #(\\d{1,10}), commit ([0-9a-f]{40,64})\\n${RegExp.escape(REVIEW)}\\s*(?:<!-- openhands-run [\\w./ -]+ -->\\s*)?$`,
);

/** Returns the commit that the newest message with one names, if that is for the pull request. Newest message first. */
export function commitAsked(
  messages: readonly { readonly text?: string }[],
  pullRequest: number,
): string | undefined {
  const ends = messages.map(({ text = '' }) => REVIEW_AT_END.exec(text));
  const [, number, commit] = ends.find((end) => end !== null) ?? [];
  return Number(number) === pullRequest ? commit : undefined;
}

const HASH_LENGTH = 8;

/**
 * Returns the mark of a step. The run, the job and the step are the same in each attempt of a run; a hash of the request tells
 * the jobs of a matrix apart. `mayBeSent`: whether an earlier attempt of the run may have sent the message.
 */
export function markOf(
  [run = '', ...step]: readonly string[],
  isFirstAttempt: boolean,
  request: string,
): { readonly text: string; readonly mayBeSent: boolean } {
  const place = [run, step.join('/')].map((name) => name.replaceAll(/[^\w./-]/g, '_')).join(' ');
  const hash = createHash('sha256').update(request).digest('hex').slice(0, HASH_LENGTH);
  return { text: `<!-- openhands-run ${place} ${hash} -->`, mayBeSent: run !== '' && !isFirstAttempt };
}

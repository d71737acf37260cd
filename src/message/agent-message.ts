import { repliesRequest } from './asked-replies.ts';
import { type AskedReview, reviewRequest } from './asked-review.ts';
import { withoutMark } from './run-mark.ts';

/** The parts of a message, in the order in which the agent reads them. */
export interface MessageParts {
  /** The message of the inputs, or the red checks. Texts from outside are fenced in it. */
  readonly task: string;
  /** What to know about the thread of a review in which the task was set; absent if it was set elsewhere. */
  readonly thread?: string | undefined;
  /** What to know about the pictures that come with the message; absent if there are none. */
  readonly pictures?: string | undefined;
  /** The JSON Schema that the answer must match. */
  readonly schema?: string | undefined;
  readonly review?: AskedReview | undefined;
  /** The threads of a review to reply in, one a line as JSON. */
  readonly threads?: string | undefined;
  /** Whether the answer must end with a line that says whether the task is done. */
  readonly asksForResult?: boolean;
  /** The mark by which another attempt of the run finds the message. */
  readonly mark?: { readonly text: string } | undefined;
}

/** Read from stored messages: an older wording must stay known (`stored-messages.test.ts`). */
const RESULT = `A program reads the last line of your answer. End it with a line of its own: \`Result: done\` if the task is done or nothing needs to
be done, or \`Result: blocked - \` and the reason in one sentence if something prevented it.`;

/** Joins the parts of a message. The result and the mark must stay last: `asksForResult` and `withoutMark` look only there. */
export function composeMessage({
  task,
  thread,
  pictures,
  schema,
  review,
  threads,
  asksForResult: asks,
  mark,
}: MessageParts): string {
  let message = task;
  if (thread !== undefined) message += `\n\n${thread}`;
  if (pictures !== undefined) message += `\n\n${pictures}`;
  if (schema !== undefined)
    message += `

A program reads your answer. It must be a JSON value that matches this JSON Schema: the whole answer, or the last code block in it.

\`\`\`json
${schema.trim()}
\`\`\``;
  if (review !== undefined) message += `\n\n${reviewRequest(review)}`;
  if (threads !== undefined) message += `\n\n${repliesRequest(threads)}`;
  if (asks) message += `\n\n${RESULT}`;
  if (mark !== undefined) message += `${message.endsWith('\n') ? '' : '\n'}\n${mark.text}`;
  return message;
}

/** Returns a message for a new conversation that takes the place of an archived one. `link`: that of the archived one. */
export function messageAfter(link: string, message: string): string {
  return `The conversation before this one, which is archived: ${link}\n\n${message}`;
}

/** Whether a message asks for the line that says whether the task is done: at its very end, as anybody may write the same elsewhere. */
export function asksForResult(message: string): boolean {
  return withoutMark(message).endsWith(`\n\n${RESULT}`);
}

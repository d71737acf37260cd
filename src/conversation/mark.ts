import { createHash } from 'node:crypto';

const HASH_LENGTH = 8;

/** A marker at the end of a step's message, by which another attempt of the same run finds the message. */
export interface Mark {
  /** An HTML comment, which is not visible to people. */
  readonly text: string;
  /** Whether an earlier attempt of the run may have sent the message. */
  readonly mayBeSent: boolean;
}

/**
 * Returns the mark of a step. The run, the job and the step are the same in each attempt of a run; a hash of the request tells
 * the jobs of a matrix apart.
 */
export function markOf(
  [run = '', ...step]: readonly string[],
  isFirstAttempt: boolean,
  request: string,
): Mark {
  const place = [run, step.join('/')].map((name) => name.replaceAll(/[^\w./-]/g, '_')).join(' ');
  const hash = createHash('sha256').update(request).digest('hex').slice(0, HASH_LENGTH);
  return { text: `<!-- openhands-run ${place} ${hash} -->`, mayBeSent: run !== '' && !isFirstAttempt };
}

/** Adds the mark to a message, on a line of its own. */
export function withMark(message: string, { text }: Mark): string {
  return `${message}${message.endsWith('\n') ? '' : '\n'}\n${text}`;
}

/** Whether a message ends with the mark. A mark elsewhere in a message is a quotation. */
export function endsWithMark(message: string | undefined, { text }: Mark): boolean {
  return message?.trimEnd().endsWith(text) === true;
}

import { createHash } from 'node:crypto';

const HASH_LENGTH = 8;

/** What the message of a step ends in, so that another attempt of the same run finds it. */
export interface Mark {
  /** An HTML comment: nothing of it is shown to people. */
  readonly text: string;
  /** Whether an earlier attempt of the run may have sent it. */
  readonly mayBeThere: boolean;
}

/**
 * The mark of a run, a job and a step, which are the same if the run is done again, and of what it asks for, which tells the
 * jobs of a matrix apart.
 */
export function markOf([run = '', ...step]: readonly string[], isFirstAttempt: boolean, asked: string): Mark {
  const place = [run, step.join('/')].map((name) => name.replaceAll(/[^\w./-]/g, '_')).join(' ');
  const hash = createHash('sha256').update(asked).digest('hex').slice(0, HASH_LENGTH);
  return { text: `<!-- openhands-run ${place} ${hash} -->`, mayBeThere: run !== '' && !isFirstAttempt };
}

/** A message that ends in the mark, on a line of its own. */
export function marked(message: string, { text }: Mark): string {
  return `${message}${message.endsWith('\n') ? '' : '\n'}\n${text}`;
}

/** Whether a message ends in the mark: one in its midst is somebody's quotation. */
export function carries(message: string | undefined, { text }: Mark): boolean {
  return message?.trimEnd().endsWith(text) === true;
}

import { createHash } from 'node:crypto';

import { lastLineOf } from './fence.ts';

const RUN_MARK = /^<!-- openhands-run [\w./ -]+ -->$/;

/** Returns a message without the mark at its end. */
export function withoutMark(message: string): string {
  const text = message.trimEnd();
  const mark = lastLineOf(text);
  return RUN_MARK.test(mark) ? text.slice(0, -mark.length).trimEnd() : text;
}

const HASH_LENGTH = 8;

/**
 * Returns the mark of a step: run, job and step, which are the same in each attempt of a run, and a hash of the request, which
 * differs between the jobs of a matrix. `mayHaveBeenSent`: whether an earlier attempt may have sent the message.
 */
export function runMarkOf(
  [run = '', ...step]: readonly string[],
  isFirstAttempt: boolean,
  request: string,
): { readonly text: string; readonly mayHaveBeenSent: boolean } {
  const place = [run, step.join('/')].map((name) => name.replaceAll(/[^\w./-]/g, '_')).join(' ');
  const hash = createHash('sha256').update(request).digest('hex').slice(0, HASH_LENGTH);
  return { text: `<!-- openhands-run ${place} ${hash} -->`, mayHaveBeenSent: run !== '' && !isFirstAttempt };
}

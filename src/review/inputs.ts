import type { Reader } from '../inputs/reader.ts';

/**
 * Reads which pull request the step reviews; `undefined` if it reviews none.
 *
 * @param given the pull request of `issue-number`, or else of the event.
 */
export function reviewIn(read: Reader, given: number | undefined): number | undefined {
  if (!read.boolean('review')) return undefined;
  read.needsPoll('review', 'there are no findings before the agent is done');
  if (read.given('output-schema').value !== '')
    read.wrong(
      'output-schema is given and review is true, which has a schema of its own: leave one of them out',
    );
  if (given === undefined)
    read.wrong(
      'review needs a pull request, and the event has none: name one in issue-number, or leave review out',
    );
  return given;
}

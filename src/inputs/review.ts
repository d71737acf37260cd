import type { InputReader } from './reader.ts';

const TWO_SCHEMAS =
  'output-schema is given and review is true, which has a schema of its own: leave one of them out';
const NOTHING_TO_REVIEW =
  'review needs a pull request, and the event has none: name one in issue-number, or leave review out';

/**
 * Reads which pull request the step reviews; `undefined` if it reviews none.
 *
 * @param given the pull request of `issue-number`, or else of the event.
 */
export function reviewIn(read: InputReader, given: number | undefined): number | undefined {
  if (!read.boolean('review')) return undefined;
  read.requirePoll('review', 'there are no findings before the agent is done');
  if (read.given('output-schema').value !== '') read.wrong(TWO_SCHEMAS);
  if (given === undefined) read.wrong(NOTHING_TO_REVIEW);
  return given;
}

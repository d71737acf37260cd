import type { EventReview } from '../github/event.ts';
import type { InputReader } from './reader.ts';
import { refuseSchemas } from './schema.ts';

const NO_REVIEW =
  'review-feedback needs the event pull_request_review, whose threads the agent replies in: leave it out for other events';

/** Reads in the threads of which review the step posts replies; `undefined` if in none. */
export function feedbackIn(read: InputReader, given: EventReview | undefined): EventReview | undefined {
  if (!read.boolean('review-feedback')) return undefined;
  read.requirePoll('review-feedback', 'there are no replies before the agent is done');
  refuseSchemas(read, 'review-feedback');
  if (given === undefined) read.wrong(NO_REVIEW);
  return given;
}

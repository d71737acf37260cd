import * as v from 'valibot';

import { catchGitHubFailure, GitHubFailure, lacksRight } from '../github/failure.ts';
import { type PullRequest, readListAbout } from '../github/pull-request.ts';
import type { Runner } from '../github/runner.ts';
import { firstWithin } from '../text/first-within.ts';
import { asClause, shorten, stripInvisible } from '../text/safe.ts';
import { withoutHidden } from '../text/without-hidden.ts';
import { REPLIES_SCHEMA } from './answer.ts';
import { RIGHT } from './words.ts';

/** How many threads the agent is told of, and so the most replies. */
const MAX_THREADS = 50;
const MAX_TEXT_CHARACTERS = 1_000;
/** The size of all that the agent is told. */
const MAX_TOLD_BYTES = 64 * 1024;

const Id = v.pipe(v.number(), v.safeInteger());
/** Source: "List comments for a pull request review" in https://docs.github.com/rest/pulls/reviews. A file and an outdated line have no line. */
const ReviewComment = v.object({
  id: Id,
  in_reply_to_id: v.nullish(Id),
  path: v.nullish(v.string(), ''),
  line: v.nullish(v.number()),
  original_line: v.nullish(v.number()),
  body: v.nullish(v.string(), ''),
});
type ReviewComment = v.InferOutput<typeof ReviewComment>;

/** The threads of a review in which the agent is asked for a reply. */
export interface ToReply {
  readonly pull: PullRequest;
  /** The id of the review. */
  readonly review: number;
  /** The ids of their first comments, by which GitHub and the agent know them. They stay the same if others are deleted. */
  readonly threads: readonly number[];
  /** What the agent is told of them, one a line as JSON. */
  readonly told: string;
  /** The JSON Schema of its answer. */
  readonly schema: string;
}

/**
 * Reads the threads of a review; `undefined` if it has none. If they cannot be read, warns, and returns `undefined`: the agent can do its task
 * without.
 *
 * @throws the signal's reason once aborted.
 */
export async function prepareReplies(
  pull: PullRequest,
  review: number,
  runner: Pick<Runner, 'warning'>,
): Promise<ToReply | undefined> {
  const found = await catchGitHubFailure(
    readListAbout(pull, 'read the threads of a review of', `/reviews/${review}/comments`, ReviewComment),
  );
  if (found instanceof GitHubFailure) {
    const advice = lacksRight(found) ? `; ${RIGHT}` : '';
    runner.warning(
      `The agent is asked for no replies, because the threads of the review could not be read: ${asClause(found.message)}${advice}`,
    );
    return undefined;
  }
  // A comment in an older thread belongs to the review, too.
  const comments = Map.groupBy(found, ({ id, in_reply_to_id: first }) => first ?? id);
  const all = [...comments].slice(0, MAX_THREADS).map(([thread, said]) => describe(thread, said));
  const told = firstWithin(MAX_TOLD_BYTES, all);
  if (told.length === 0) return undefined;
  return {
    pull,
    review,
    threads: told.map(({ thread }) => thread),
    told: told.map((each) => JSON.stringify(each)).join('\n'),
    schema: REPLIES_SCHEMA,
  };
}

/** Returns what the agent is told of a thread: where it is, and what the review says in it. */
function describe(thread: number, said: readonly ReviewComment[]) {
  const [{ path, line, original_line: originalLine } = { path: '' }] = said;
  const text = said.map(({ body }) => withoutHidden(body)).join('\n\n');
  return {
    thread,
    path: stripInvisible(path),
    line: line ?? originalLine ?? undefined,
    text: shorten(text, MAX_TEXT_CHARACTERS),
  };
}

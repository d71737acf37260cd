import * as v from 'valibot';

import { memberAt, numberAt, textAt } from '../text/data.ts';
import { GitHubFailure } from './failure.ts';
import { type PullRequest, requestAbout } from './pull-request.ts';

/** Where the comment of an event stands: in a thread on lines of a pull request. What the payload does not have is empty. */
export interface EventThread {
  /** The id of its first comment: GitHub takes replies to no other one. */
  readonly id: number;
  readonly pullRequest: number;
  /** The id of the event's comment. */
  readonly comment: number;
  readonly place: ThreadPlace;
  /** The end of it is at the last line of the place. */
  readonly diff: string;
}

/** Where a thread is. Without lines it is about the whole file. */
interface ThreadPlace {
  readonly path: string;
  readonly startLine: number | undefined;
  readonly line: number | undefined;
  /** LEFT: the lines are those before the change. */
  readonly side: string;
  /** The code has changed there since: the lines are those of an earlier commit. */
  readonly isOutdated: boolean;
}

/** Reads the thread of an event about a comment on a pull request's code. Source: https://docs.github.com/webhooks/webhook-events-and-payloads#pull_request_review_comment */
export function eventThreadIn(payload: unknown): EventThread | undefined {
  const [comment, pullRequest] = [numberAt(payload, 'comment.id'), numberAt(payload, 'pull_request.number')];
  if (comment === undefined || pullRequest === undefined) return undefined;
  const lineAt = (name: string): number | undefined =>
    numberAt(payload, `comment.${name}`) ?? numberAt(payload, `comment.original_${name}`);
  const isFile = memberAt(payload, 'comment.subject_type') === 'file';
  return {
    id: numberAt(payload, 'comment.in_reply_to_id') ?? comment,
    pullRequest,
    comment,
    place: {
      path: textAt(payload, 'comment.path'),
      startLine: isFile ? undefined : lineAt('start_line'),
      line: isFile ? undefined : lineAt('line'),
      side: textAt(payload, 'comment.side'),
      isOutdated: !isFile && numberAt(payload, 'comment.line') === undefined,
    },
    diff: textAt(payload, 'comment.diff_hunk'),
  };
}

const Id = v.pipe(v.number(), v.safeInteger());
/** Source: "List review comments on a pull request" in https://docs.github.com/rest/pulls/comments */
const ThreadComment = v.object({
  id: Id,
  in_reply_to_id: v.nullish(Id),
  body: v.nullish(v.string(), ''),
  user: v.nullish(v.object({ login: v.string() })),
});
export type ThreadComment = v.InferOutput<typeof ThreadComment>;

/** Whether GitHub has refused a reply because of its thread, which was deleted or takes none. It says 404 for what the token may not see, too. */
export function isThreadGone(error: unknown): error is GitHubFailure {
  return error instanceof GitHubFailure && [404, 410, 422].includes(error.status);
}

const PER_PAGE = 100;
const MAX_PAGES = 3;

/**
 * Reads the comments of a thread, newest first, among the newest 300 of the pull request: GitHub lists those of all threads together.
 *
 * @param purpose the goal for errors, such as "read the thread of".
 * @throws {GitHubFailure}, or the signal's reason.
 */
export async function readThread(
  pull: PullRequest,
  purpose: string,
  thread: number,
): Promise<readonly ThreadComment[]> {
  const found: ThreadComment[] = [];
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    const path = `/comments?sort=created&direction=desc&per_page=${PER_PAGE}&page=${page}`;
    const listed = await requestAbout(pull, purpose, path, v.array(ThreadComment));
    found.push(...listed.filter(({ id, in_reply_to_id: first }) => (first ?? id) === thread));
    // The first comment of a thread is its oldest.
    if (listed.length < PER_PAGE || listed.some(({ id }) => id === thread)) break;
  }
  return found;
}

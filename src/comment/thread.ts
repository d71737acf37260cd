import * as v from 'valibot';

import { GitHubFailure } from '../github/failure.ts';
import { type GitHub, ownerAndRepo } from '../github/octokit.ts';
import { isThreadGone, readThread } from '../github/review-thread.ts';
import { matchesTokenAccount } from '../github/token-account.ts';
import type { MarkerContent } from '../text/marker.ts';
import type { CommentPlace } from './marker.ts';

const PER_PAGE = 100;
/** GitHub allows 2,500 comments on an issue. */
const MAX_COMMENT_PAGES = 25;

const CommentsPage = v.object({
  nodes: v.array(
    v.object({
      body: v.string(),
      /** The id is read from the URL: GraphQL's integers are too small for new ids, and older servers lack `fullDatabaseId`. */
      url: v.pipe(v.string(), v.regex(/#issuecomment-\d{1,15}$/, 'the address of a comment was expected')),
      viewerDidAuthor: v.boolean(),
    }),
  ),
  pageInfo: v.object({ hasPreviousPage: v.boolean(), startCursor: v.nullable(v.string()) }),
});
const FoundThread = v.object({
  repository: v.object({
    issueOrPullRequest: v.object({ comments: CommentsPage }),
  }),
});

const Written = v.pipe(
  v.object({ id: v.pipe(v.number(), v.safeInteger()) }),
  v.transform(({ id }) => id),
);
/** The body of HTTP 204. A page from a proxy is no such answer. */
const NoContent = v.optional(v.literal('', 'no content was expected'));

/** Returns the address of a comment in GitHub's API. */
function routeOf({ isReply }: Pick<FoundComment, 'isReply'>): string {
  return `/repos/{owner}/{repo}/${isReply ? 'pulls' : 'issues'}/comments/{comment_id}`;
}

/** GraphQL, because REST does not say which comments are by the account of a workflow's token. */
const FIND_COMMENTS = `query ($owner: String!, $repo: String!, $number: Int!, $before: String) {
  repository(owner: $owner, name: $repo) {
    issueOrPullRequest(number: $number) {
      ... on Issue { comments(last: ${PER_PAGE}, before: $before) { ...page } }
      ... on PullRequest { comments(last: ${PER_PAGE}, before: $before) { ...page } }
    }
  }
}
fragment page on IssueCommentConnection {
  nodes { body url viewerDidAuthor }
  pageInfo { hasPreviousPage startCursor }
}`;

/** The comments of an issue, a pull request or a thread of a review. All functions with it throw {@link GitHubFailure}, or the signal's reason. */
export interface CommentThread {
  readonly place: CommentPlace;
  readonly github: GitHub;
  /** Returns what the marker of a comment of this step says; `undefined` for any other comment. */
  readonly readOwnMarker: (body: string) => MarkerContent | undefined;
}

/** A comment that is there. */
export interface FoundComment {
  readonly id: number;
  /** Whether it stands in a thread of a review, not on the issue or pull request itself. */
  readonly isReply: boolean;
  /** Whether it shows how the step ended. */
  readonly isEnd: boolean;
}

/** The comment was deleted. GitHub says the same of one that a token may not see. */
export class CommentGone extends GitHubFailure {}

/**
 * Looks for the step's comment by the token's account, from the newest page back; `undefined` if there is none. The account matters
 * because anybody can copy a marker. If there are two, because an attempt was killed between writing one and removing the other, keeps
 * the one that shows the end, or else the newest, and deletes the other.
 */
export async function findComment(thread: CommentThread): Promise<FoundComment | undefined> {
  const own = await listOwn(thread);
  const kept = own.find(({ isEnd }) => isEnd) ?? own.at(-1);
  for (const other of own.filter((each) => each !== kept)) await deleteComment(thread, other);
  return kept;
}

/** Lists the step's comments, oldest first: in the thread of its place and, if none is there, on the issue or pull request. */
async function listOwn(thread: CommentThread): Promise<readonly FoundComment[]> {
  const replies = await listReplies(thread);
  return replies.length > 0 ? replies : listOnIssue(thread);
}

async function listReplies({
  place,
  github,
  readOwnMarker,
}: CommentThread): Promise<readonly FoundComment[]> {
  if (place.thread === undefined) return [];
  const pull = { github, repository: place.repository, number: place.issue };
  const own: FoundComment[] = [];
  for (const { id, body, user } of await readThread(pull, 'look for the comment on', place.thread)) {
    const marker = readOwnMarker(body);
    if (marker !== undefined && (await matchesTokenAccount(user?.login ?? '', github)))
      own.unshift({ id, isReply: true, isEnd: marker.isEnd });
  }
  return own;
}

/** Lists the comments on the newest page that has one of the step. */
async function listOnIssue({
  place,
  github,
  readOwnMarker,
}: CommentThread): Promise<readonly FoundComment[]> {
  let before: string | null = null;
  for (let count = 0; count < MAX_COMMENT_PAGES; count += 1) {
    const answer: v.InferOutput<typeof FoundThread> = await github.graphql({
      goal: 'look for the comment',
      query: FIND_COMMENTS,
      variables: { ...ownerAndRepo(place.repository), number: place.issue, before },
      shape: FoundThread,
    });
    const { nodes, pageInfo } = answer.repository.issueOrPullRequest.comments;
    const own = nodes.flatMap(({ viewerDidAuthor, body, url }) => {
      const marker = viewerDidAuthor ? readOwnMarker(body) : undefined;
      const id = Number(url.slice(url.lastIndexOf('-') + 1));
      return marker ? [{ id, isReply: false, isEnd: marker.isEnd }] : [];
    });
    if (own.length > 0 || !pageInfo.hasPreviousPage) return own;
    before = pageInfo.startCursor;
  }
  return [];
}

/** A comment without what it says. */
type WrittenComment = Pick<FoundComment, 'id' | 'isReply'>;

/** Replaces the text of a comment. */
export async function editComment(
  { place, github }: CommentThread,
  comment: WrittenComment,
  body: string,
): Promise<void> {
  try {
    await github.rest({
      goal: 'edit the comment',
      route: `PATCH ${routeOf(comment)}`,
      parameters: { ...ownerAndRepo(place.repository), comment_id: comment.id, body },
      shape: Written,
    });
  } catch (error) {
    throw isAboutNone(error) ? new CommentGone(error.failedTo, error.message, error.status) : error;
  }
}

/**
 * Creates the comment in the thread of its place. If GitHub refuses that, because the thread is gone or locked, or if there is no thread, creates
 * it on the issue or pull request.
 *
 * @param bodyOf returns its text, by where it stands.
 */
export async function createComment(
  { place, github }: CommentThread,
  bodyOf: (isReply: boolean) => string,
): Promise<WrittenComment> {
  const { repository, issue, thread } = place;
  const create = async (isReply: boolean): Promise<WrittenComment> => {
    const id = await github.rest({
      goal: 'write the comment',
      route: `POST /repos/{owner}/{repo}/${isReply ? 'pulls/{number}/comments/{thread}/replies' : 'issues/{number}/comments'}`,
      parameters: {
        ...ownerAndRepo(repository),
        number: issue,
        ...(isReply && { thread }),
        body: bodyOf(isReply),
      },
      shape: Written,
    });
    return { id, isReply };
  };
  if (thread === undefined) return create(false);
  return create(true).catch(async (error: unknown) => {
    if (isThreadGone(error)) return create(false);
    throw error;
  });
}

/** Deletes a comment, unless somebody else has. */
export async function deleteComment(
  { place, github }: CommentThread,
  comment: WrittenComment,
): Promise<void> {
  const parameters = { ...ownerAndRepo(place.repository), comment_id: comment.id };
  const goal = 'remove the comment';
  try {
    await github.rest({ goal, route: `DELETE ${routeOf(comment)}`, parameters, shape: NoContent });
  } catch (error) {
    if (!isAboutNone(error)) throw error;
  }
}

/** Whether GitHub does not know what the request is about. */
function isAboutNone(error: unknown): error is GitHubFailure {
  return error instanceof GitHubFailure && [404, 410].includes(error.status);
}

/**
 * Reacts with 👀 to what triggered the run. Repeating it changes nothing: an account has one reaction of a kind.
 * Source: https://docs.github.com/rest/reactions/reactions
 *
 * @param trigger its path in GitHub's API.
 * @throws {GitHubFailure}, or the signal's reason.
 */
export async function sendReaction(trigger: string, repository: string, github: GitHub): Promise<void> {
  await github.rest({
    goal: 'give 👀',
    route: `POST /repos/{owner}/{repo}/${trigger}/reactions`,
    parameters: { ...ownerAndRepo(repository), content: 'eyes' },
    shape: v.unknown(),
  });
}

import * as v from 'valibot';

import { GitHubFailure } from '../github/failure.ts';
import { type GitHub, ownerAndRepo } from '../github/octokit.ts';
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
const COMMENT_ROUTE = '/repos/{owner}/{repo}/issues/comments/{comment_id}';

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

/** The comments of an issue or pull request. All functions with it throw {@link GitHubFailure}, or the signal's reason. */
export interface CommentThread {
  readonly place: CommentPlace;
  readonly github: GitHub;
  /** Returns what the marker of a comment of this step says; `undefined` for any other comment. */
  readonly readOwnMarker: (body: string) => MarkerContent | undefined;
}

/** A comment that is there. */
export interface FoundComment {
  readonly id: number;
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
  for (const { id } of own.filter((each) => each !== kept)) await deleteComment(thread, id);
  return kept;
}

/** Lists the step's comments on the newest page that has one, oldest first. */
async function listOwn({ place, github, readOwnMarker }: CommentThread): Promise<readonly FoundComment[]> {
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
      return marker ? [{ id: Number(url.slice(url.lastIndexOf('-') + 1)), isEnd: marker.isEnd }] : [];
    });
    if (own.length > 0 || !pageInfo.hasPreviousPage) return own;
    before = pageInfo.startCursor;
  }
  return [];
}

/** Replaces the text of the comment with this id, or creates a comment if there is none. Returns its id. */
export async function writeComment(
  { place, github }: CommentThread,
  known: number | undefined,
  body: string,
): Promise<number> {
  const isNew = known === undefined;
  const target = isNew ? { issue_number: place.issue } : { comment_id: known };
  const writing = github.rest({
    goal: `${isNew ? 'write' : 'edit'} the comment`,
    route: isNew ? 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments' : `PATCH ${COMMENT_ROUTE}`,
    parameters: { ...ownerAndRepo(place.repository), ...target, body },
    shape: Written,
  });
  return writing.catch((error: unknown) => {
    throw !isNew && isAboutNone(error) ? new CommentGone(error.failedTo, error.message, error.status) : error;
  });
}

/** Deletes a comment, unless somebody else has. */
export async function deleteComment({ place, github }: CommentThread, comment_id: number): Promise<void> {
  const parameters = { ...ownerAndRepo(place.repository), comment_id };
  const goal = 'remove the comment';
  try {
    await github.rest({ goal, route: `DELETE ${COMMENT_ROUTE}`, parameters, shape: NoContent });
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

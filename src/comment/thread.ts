import * as v from 'valibot';

import { type GitHub, ownerAndRepo } from '../github/octokit.ts';
import type { CommentPlace } from './marker.ts';

const PER_PAGE = 100;
/** GitHub allows 2,500 comments on an issue. */
const MAX_PAGES = 25;

/** A comment by the token's account. */
export interface OwnComment {
  readonly id: number;
  readonly body: string;
}

const Page = v.object({
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
    issueOrPullRequest: v.object({ comments: Page }),
  }),
});

const Written = v.pipe(
  v.object({ id: v.pipe(v.number(), v.safeInteger()) }),
  v.transform(({ id }) => id),
);
const COMMENT_ROUTE = '/repos/{owner}/{repo}/issues/comments/{comment_id}';

/** GraphQL, because REST does not say which comments are by the account of a workflow's token. */
const FIND = `query ($owner: String!, $repo: String!, $number: Int!, $before: String) {
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
export interface Thread {
  readonly place: CommentPlace;
  readonly github: GitHub;
  /** Whether a text has the marker of the conversation. */
  readonly isOurs: (body: string) => boolean;
}

/**
 * Looks for the marked comment by the token's account, from the newest page back: a comment that is still edited is usually
 * recent. The first one on a page counts. The account matters because anybody can copy a marker.
 */
export async function findComment(thread: Thread): Promise<OwnComment | undefined> {
  const { place, github, isOurs } = thread;
  let before: string | null = null;
  for (let count = 0; count < MAX_PAGES; count += 1) {
    const answer: v.InferOutput<typeof FoundThread> = await github.graphql({
      goal: 'look for the comment',
      query: FIND,
      variables: { ...ownerAndRepo(place.repository), number: place.issue, before },
      shape: FoundThread,
    });
    const { nodes, pageInfo } = answer.repository.issueOrPullRequest.comments;
    const own = nodes.find(({ viewerDidAuthor, body }) => viewerDidAuthor && isOurs(body));
    if (own !== undefined) return { id: Number(own.url.slice(own.url.lastIndexOf('-') + 1)), body: own.body };
    if (!pageInfo.hasPreviousPage) break;
    before = pageInfo.startCursor;
  }
  return undefined;
}

/** Replaces the text of the comment with this id, or creates a comment if there is none. Returns its id. */
export async function writeComment(
  { place, github }: Thread,
  known: number | undefined,
  body: string,
): Promise<number> {
  const isNew = known === undefined;
  const target = isNew ? { issue_number: place.issue } : { comment_id: known };
  return github.rest({
    goal: `${isNew ? 'write' : 'edit'} the comment`,
    route: isNew ? 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments' : `PATCH ${COMMENT_ROUTE}`,
    parameters: { ...ownerAndRepo(place.repository), ...target, body },
    shape: Written,
  });
}

export async function deleteComment({ place, github }: Thread, comment_id: number): Promise<void> {
  const parameters = { ...ownerAndRepo(place.repository), comment_id };
  const goal = 'remove the comment';
  await github.rest({ goal, route: `DELETE ${COMMENT_ROUTE}`, parameters, shape: v.unknown() });
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

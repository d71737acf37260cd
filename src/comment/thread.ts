import * as v from 'valibot';

import { GitHubFailure } from '../github/failure.ts';
import { type GitHub, ownerAndRepo } from '../github/octokit.ts';
import { loginOf } from '../github/viewer.ts';
import type { CommentPlace } from './marker.ts';

const PER_PAGE = 100;
/** GitHub allows 2,500 comments on an issue. */
const MAX_PAGES = 25;
/** The account of a workflow's own token. */
const WORKFLOW_BOT = 'github-actions[bot]';

/** What a comment can belong to. */
export type ThreadKind = 'issue' | 'pull request';

/** A comment by the token's account. */
export interface OwnComment {
  readonly id: number;
  readonly body: string;
}

/** The result of a search in a thread. */
export interface FoundComment {
  readonly comment: OwnComment | undefined;
  /** Absent if the search cannot tell. */
  readonly kind?: ThreadKind;
}

/** The comments of an issue or pull request. Every method throws {@link GitHubFailure}, or the signal's reason. */
export interface Thread {
  /**
   * Looks for the marked comment by the token's account: with GraphQL from the newest page back, with REST from the oldest on.
   * Of several on one page, the first counts. The account matters, as anybody can copy a marker.
   */
  find(isMarked: IsMarked): Promise<FoundComment>;
  create(body: string): Promise<number>;
  update(comment: number, body: string): Promise<void>;
  remove(comment: number): Promise<void>;
}

type IsMarked = (body: string) => boolean;

type Comment = v.InferOutput<typeof Comment>;
const Comment = v.object({
  body: v.string(),
  /** The id is read from the URL: GraphQL's integers are too small for new ids, and older servers lack `fullDatabaseId`. */
  url: v.pipe(v.string(), v.regex(/#issuecomment-\d{1,15}$/, 'the address of a comment was expected')),
  viewerDidAuthor: v.boolean(),
});
const Page = v.object({
  nodes: v.array(Comment),
  pageInfo: v.object({ hasPreviousPage: v.boolean(), startCursor: v.nullable(v.string()) }),
});
const FoundThread = v.object({
  repository: v.object({
    issueOrPullRequest: v.object({
      __typename: v.picklist(['Issue', 'PullRequest']),
      comments: Page,
    }),
  }),
});
type FoundThread = v.InferOutput<typeof FoundThread>['repository']['issueOrPullRequest'];

/** From the newest page back: a comment that is still edited is seldom far back. */
const FIND = `query ($owner: String!, $repo: String!, $number: Int!, $before: String) {
  repository(owner: $owner, name: $repo) {
    issueOrPullRequest(number: $number) {
      __typename
      ... on Issue { comments(last: ${PER_PAGE}, before: $before) { ...page } }
      ... on PullRequest { comments(last: ${PER_PAGE}, before: $before) { ...page } }
    }
  }
}
fragment page on IssueCommentConnection {
  nodes { body url viewerDidAuthor }
  pageInfo { hasPreviousPage startCursor }
}`;

const ListedComment = v.object({
  id: v.pipe(v.number(), v.safeInteger()),
  body: v.fallback(v.string(), ''),
  user: v.nullish(v.object({ login: v.string() })),
});
const Written = v.pick(ListedComment, ['id']);

interface ThreadAccess {
  readonly place: CommentPlace;
  readonly github: GitHub;
  readonly signal: AbortSignal;
}

/** Returns the comments of an issue or pull request. */
export function threadAt(place: CommentPlace, github: GitHub, signal: AbortSignal): Thread {
  const access = { place, github, signal };
  const repository = ownerAndRepo(place.repository);
  return {
    async find(isMarked) {
      try {
        return await findByViewer(isMarked, access);
      } catch (error) {
        if (!(error instanceof GitHubFailure)) throw error;
        // The server or the token may lack GraphQL. If GitHub cannot be reached at all, the REST API fails, too.
        return { comment: await findByLogin(isMarked, access) };
      }
    },
    async create(body) {
      const { id } = await github.rest({
        to: 'write the comment',
        route: 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments',
        parameters: { ...repository, issue_number: place.issue, body },
        answer: Written,
        signal,
      });
      return id;
    },
    async update(comment, body) {
      await github.rest({
        to: 'edit the comment',
        route: 'PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}',
        parameters: { ...repository, comment_id: comment, body },
        answer: Written,
        signal,
      });
    },
    async remove(comment) {
      await github.rest({
        to: 'remove the comment',
        route: 'DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}',
        parameters: { ...repository, comment_id: comment },
        answer: v.unknown(),
        signal,
      });
    },
  };
}

async function findByViewer(isMarked: IsMarked, access: ThreadAccess): Promise<FoundComment> {
  let before: string | null = null;
  for (let count = 0; count < MAX_PAGES; count += 1) {
    const { __typename, comments }: FoundThread = await page(before, access);
    const kind = __typename === 'Issue' ? 'issue' : 'pull request';
    const own = comments.nodes.find((comment) => comment.viewerDidAuthor && isMarked(comment.body));
    if (own !== undefined) return { comment: { id: idIn(own), body: own.body }, kind };
    if (!comments.pageInfo.hasPreviousPage) return { comment: undefined, kind };
    before = comments.pageInfo.startCursor;
  }
  return { comment: undefined };
}

async function page(before: string | null, { place, github, signal }: ThreadAccess): Promise<FoundThread> {
  const { repository } = await github.graphql({
    to: 'look for the comment',
    query: FIND,
    variables: { ...ownerAndRepo(place.repository), number: place.issue, before },
    answer: FoundThread,
    signal,
  });
  return repository.issueOrPullRequest;
}

async function findByLogin(
  isMarked: IsMarked,
  { place, github, signal }: ThreadAccess,
): Promise<OwnComment | undefined> {
  const login = (await loginOf(github, signal)) ?? WORKFLOW_BOT;
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    const comments = await github.rest({
      to: 'look for the comment',
      route: 'GET /repos/{owner}/{repo}/issues/{issue_number}/comments',
      parameters: { ...ownerAndRepo(place.repository), issue_number: place.issue, per_page: PER_PAGE, page },
      answer: v.array(ListedComment),
      signal,
    });
    const own = comments.find(({ body, user }) => user?.login === login && isMarked(body));
    if (own !== undefined || comments.length < PER_PAGE) return own;
  }
  return undefined;
}

function idIn({ url }: Comment): number {
  return Number(url.slice(url.lastIndexOf('-') + 1));
}

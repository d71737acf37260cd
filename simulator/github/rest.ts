import { textOf } from '../body-checks.ts';
import type { Json, JsonObject } from '../json.ts';
import { json, type Reply } from '../reply.ts';
import type { PullStore } from './pulls.ts';
import type { CommentView, GithubStore, ReviewView, ThreadStore } from './store.ts';

/** Somebody's permission in the repository, as GitHub returns it. */
export interface SimulatedPermission {
  /** admin, write, read or none. */
  readonly permission: string;
  /** May be a custom role; absent on older servers. */
  readonly role_name?: string;
  /** An app whose login does not say that it is one, such as Copilot. */
  readonly isBot?: boolean;
  /** Absent on older servers. */
  readonly permissions?: Readonly<Record<'pull' | 'triage' | 'push' | 'maintain' | 'admin', boolean>>;
}

/** A pull request as GitHub returns it. */
export interface SimulatedPullRequest {
  readonly title: string;
  /** open or closed. */
  readonly state: string;
  readonly draft: boolean;
  readonly merged: boolean;
  readonly additions: number;
  readonly deletions: number;
}

/**
 * A right that the token lacks: to read permissions, to read or write comments, to react, to use GraphQL, or to read another
 * resource.
 */
export type Denial =
  | 'permissions'
  | 'reading'
  | 'writing'
  | 'reacting'
  | 'repository'
  | 'issues'
  | 'pull-requests'
  | 'checks'
  | 'statuses'
  | 'actions';

/** The default pull request. */
export const OPENED: SimulatedPullRequest = {
  title: 'Correct three statements in the README',
  state: 'open',
  draft: false,
  merged: false,
  additions: 3,
  deletions: 3,
};

/** The repository of the simulated GitHub with its content. */
export interface GithubWorld {
  /** `owner/repo`. */
  readonly repository: string;
  /** The issues and pull requests by number. */
  readonly threads: Readonly<Record<number, 'Issue' | 'PullRequest'>>;
  readonly permissions: Readonly<Record<string, SimulatedPermission>>;
  readonly pullRequests: Readonly<Record<number, SimulatedPullRequest>>;
  readonly denied: readonly Denial[];
  readonly store: GithubStore;
  readonly isPrivate: boolean;
  readonly pulls: PullStore;
  readonly reviews: ReviewView[];
  readonly reviewThreads: ThreadStore;
}

/** A parsed request. */
export interface GithubCall {
  readonly method: string;
  /** The path without the prefix of Enterprise servers. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** The header of that name. */
  readonly accept: string;
  readonly body: Json | undefined;
  /** The login of the token's account. */
  readonly viewer: string;
  /** The address of the simulated GitHub, without a trailing slash. */
  readonly origin: string;
}

/** The limit of a comment. Source: GitHub's refusal names it. */
const MAX_BODY = 65_536;

/** Returns a refusal in GitHub's format. */
export function githubRefusal(status: number, message: string, more: JsonObject = {}): Reply {
  return json(status, {
    message,
    ...more,
    documentation_url: 'https://docs.github.com/rest',
    status: String(status),
  });
}

/** Returns the refusal for a token of an app, such as a workflow's, that lacks a permission. */
export function notAccessible(): Reply {
  return githubRefusal(403, 'Resource not accessible by integration');
}

type Route = (named: string, call: GithubCall, world: GithubWorld) => Reply;

/** The routes below the repository. The only group of a pattern is the subject of the request. */
const ROUTES: readonly (readonly [path: RegExp, route: Route])[] = [
  [
    /^\/collaborators\/([^/]+)\/permission$/,
    (login, _, world) => answerPermission(decodeURIComponent(login), world),
  ],
  [/^\/pulls\/(\d+)$/, (number, _, world) => answerPullRequest(Number(number), world)],
  [/^\/issues\/(\d+)\/comments$/, (issue, call, world) => answerThread(Number(issue), call, world)],
  [/^\/issues\/comments\/(\d+)$/, (comment, call, world) => answerComment(Number(comment), call, world)],
  [/^\/((?:issues|issues\/comments|pulls\/comments)\/\d+)\/reactions$/, answerReaction],
];

/** Answers a request to the REST API. */
export function answerRest(call: GithubCall, world: GithubWorld): Reply {
  if (call.path === '/user') return answerUser(call);
  const prefix = `/repos/${world.repository}`.toLowerCase();
  if (!call.path.toLowerCase().startsWith(`${prefix}/`)) return githubRefusal(404, 'Not Found');
  const path = call.path.slice(prefix.length);
  for (const [pattern, route] of ROUTES) {
    const [, named] = pattern.exec(path) ?? [];
    if (named !== undefined) return route(named, call, world);
  }
  return githubRefusal(404, 'Not Found');
}

/** Source: https://docs.github.com/rest/reactions/reactions */
function answerReaction(target: string, call: GithubCall, world: GithubWorld): Reply {
  const number = Number(target.slice(target.lastIndexOf('/') + 1));
  const isThere =
    (target.startsWith('pulls/comments/') &&
      [...world.reviewThreads.all(), ...world.reviewThreads.replies()].some(({ id }) => id === number)) ||
    (target.startsWith('issues/comments/') && world.store.byId(number) !== undefined) ||
    (!target.includes('comments') && world.threads[number] !== undefined);
  if (call.method !== 'POST' || !isThere) return githubRefusal(404, 'Not Found');
  if (world.denied.includes('reacting')) return notAccessible();
  const content = textOf(call.body, 'content') ?? '';
  if (content !== 'eyes') return githubRefusal(422, 'Validation Failed');
  const isNew = world.store.react({ target, author: call.viewer, content });
  return json(isNew ? 201 : 200, { id: number, content, user: { login: call.viewer } });
}

/** Source: https://docs.github.com/rest/users/users (not available to tokens of apps). */
function answerUser({ viewer }: GithubCall): Reply {
  return viewer.endsWith('[bot]') ? notAccessible() : json(200, { login: viewer, type: 'User' });
}

/**
 * Source: https://docs.github.com/rest/collaborators/collaborators. For bots, and accounts that are not users: issues 17224
 * of anomalyco/opencode and 1018 of anthropics/claude-code-action.
 */
function answerPermission(login: string, { permissions, denied }: GithubWorld): Reply {
  if (denied.includes('permissions')) return notAccessible();
  const isBot = login.endsWith('[bot]') || permissions[login]?.isBot === true;
  const found = permissions[login] ?? (isBot ? { permission: 'none', role_name: '' } : undefined);
  if (found === undefined) return githubRefusal(404, `${login} is not a user`);
  const { permission, role_name, permissions: flags } = found;
  return json(200, {
    permission,
    ...(role_name !== undefined && { role_name }),
    user: { login, type: isBot ? 'Bot' : 'User', ...(flags && { permissions: flags }) },
  });
}

/** Returns what GitHub also tells of a pull request that nobody has pushed to in a test: it is older than all conversations. */
function headOf(number: number, repository: string): JsonObject {
  return {
    html_url: `https://github.com/${repository}/pull/${number}`,
    created_at: '2020-01-01T00:00:00Z',
    user: { login: 'octocat' },
    head: { sha: 'c0ffee'.repeat(7).slice(0, 40), repo: { full_name: repository } },
  };
}

/** Source: "Get a pull request" in https://docs.github.com/rest/pulls/pulls. */
function answerPullRequest(number: number, { pullRequests, pulls, repository, denied }: GithubWorld): Reply {
  if (denied.includes('pull-requests')) return notAccessible();
  const found = pullRequests[number];
  const pushed = pulls.pull(number, repository);
  return found === undefined && pushed === undefined
    ? githubRefusal(404, 'Not Found')
    : json(200, { number, ...headOf(number, repository), ...(found ?? OPENED), ...pushed });
}

function answerThread(issue: number, call: GithubCall, world: GithubWorld): Reply {
  if (world.threads[issue] === undefined) return githubRefusal(404, 'Not Found');
  if (world.denied.includes('writing')) return notAccessible();
  if (call.method !== 'POST') return githubRefusal(404, 'Not Found');
  const body = textOf(call.body, 'body') ?? '';
  return refuseBody(body) ?? json(201, renderComment(world.store.add(issue, call.viewer, body), world));
}

function answerComment(id: number, call: GithubCall, world: GithubWorld): Reply {
  const { store, denied } = world;
  const comment = store.byId(id);
  if (comment === undefined) return githubRefusal(404, 'Not Found');
  if (denied.includes('writing')) return notAccessible();
  if (call.method === 'DELETE') {
    store.remove(id);
    return { status: 204, type: 'application/json', headers: {}, body: '' };
  }
  if (call.method !== 'PATCH') return githubRefusal(404, 'Not Found');
  const body = textOf(call.body, 'body') ?? '';
  return refuseBody(body) ?? json(200, renderComment(store.edit(id, body) ?? comment, world));
}

export function refuseBody(body: string): Reply | undefined {
  const message =
    body === ''
      ? "Body can't be blank"
      : Array.from(body).length > MAX_BODY
        ? `Body is too long (maximum is ${MAX_BODY} characters)`
        : undefined;
  if (message === undefined) return undefined;
  const errors = [{ resource: 'IssueComment', code: 'unprocessable', field: 'data', message }];
  return githubRefusal(422, 'Validation Failed', { errors });
}

/** Returns the address of a comment on its page. */
export function commentUrl({ id, issue }: CommentView, { repository, threads }: GithubWorld): string {
  const page = threads[issue] === 'PullRequest' ? 'pull' : 'issues';
  return `https://github.com/${repository}/${page}/${issue}#issuecomment-${id}`;
}

function renderComment(comment: CommentView, world: GithubWorld): JsonObject {
  const { id, author, body } = comment;
  const type = author.endsWith('[bot]') ? 'Bot' : 'User';
  return { id, html_url: commentUrl(comment, world), body, user: { login: author, type } };
}

/** Returns the page of a list that the query names. */
export function pageOf<T>(all: readonly T[], query: URLSearchParams): readonly T[] {
  const size = Math.min(Number(query.get('per_page') ?? 30), 100);
  const from = (Number(query.get('page') ?? 1) - 1) * size;
  return all.slice(from, from + size);
}

import { textOf } from './body-checks.ts';
import type { PullStore } from './github-pulls.ts';
import type { CommentView, GithubStore } from './github-store.ts';
import type { Json, JsonObject } from './json.ts';
import { json, type Reply } from './reply.ts';

/** What somebody may do in the repository, as GitHub answers. */
export interface SimulatedPermission {
  /** One of admin, write, read, none. */
  readonly permission: string;
  /** May be the name of a custom role; absent as on older servers. */
  readonly role_name?: string;
  /** Absent as on older servers. */
  readonly permissions?: Readonly<Record<'pull' | 'triage' | 'push' | 'maintain' | 'admin', boolean>>;
}

/** A pull request, as GitHub answers. */
export interface SimulatedPullRequest {
  readonly title: string;
  /** One of open, closed. */
  readonly state: string;
  readonly draft: boolean;
  readonly merged: boolean;
  readonly additions: number;
  readonly deletions: number;
}

/**
 * What the token may not do: read permissions, read comments, write them, react, ask GraphQL at all; and what else it may not
 * read.
 */
export type Denial =
  | 'permissions'
  | 'reading'
  | 'writing'
  | 'reacting'
  | 'graphql'
  | 'repository'
  | 'pull-requests'
  | 'checks'
  | 'statuses'
  | 'actions';

/** A pull request of which nothing else is said. */
export const OPENED: SimulatedPullRequest = {
  title: 'Correct three statements in the README',
  state: 'open',
  draft: false,
  merged: false,
  additions: 3,
  deletions: 3,
};

/** The one repository of the simulated GitHub, and what is there. */
export interface GithubWorld {
  /** `owner/repo`. */
  readonly repository: string;
  /** What each number is. */
  readonly threads: Readonly<Record<number, 'Issue' | 'PullRequest'>>;
  readonly permissions: Readonly<Record<string, SimulatedPermission>>;
  readonly pullRequests: Readonly<Record<number, SimulatedPullRequest>>;
  readonly denied: readonly Denial[];
  readonly store: GithubStore;
  readonly isPrivate: boolean;
  readonly pulls: PullStore;
}

/** A request as the routes see it. */
export interface GithubCall {
  readonly method: string;
  /** Without the prefix that Enterprise servers have. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Json | undefined;
  /** The login of the token's account. */
  readonly viewer: string;
  /** The address of this GitHub, without a slash at its end. */
  readonly origin: string;
}

/** Source: the limit that GitHub's own refusal names. */
const LONGEST_BODY = 65_536;

/** A refusal as GitHub words it. */
export function githubRefusal(status: number, message: string, more: JsonObject = {}): Reply {
  return json(status, {
    message,
    ...more,
    documentation_url: 'https://docs.github.com/rest',
    status: String(status),
  });
}

/** What an app's token, that of a workflow too, is told if it lacks a permission. */
export function notAccessible(): Reply {
  return githubRefusal(403, 'Resource not accessible by integration');
}

type Route = (named: string, call: GithubCall, world: GithubWorld) => Reply;

/** What is answered below the repository; the one group of a path is what the request is about. */
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

/** Answers the REST API. */
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

/** Source: https://docs.github.com/rest/reactions/reactions. Comments of a review are all said to be there. */
function answerReaction(target: string, call: GithubCall, world: GithubWorld): Reply {
  const number = Number(target.slice(target.lastIndexOf('/') + 1));
  const isThere =
    target.startsWith('pulls/') ||
    (target.startsWith('issues/comments/')
      ? world.store.byId(number) !== undefined
      : world.threads[number] !== undefined);
  if (call.method !== 'POST' || !isThere) return githubRefusal(404, 'Not Found');
  if (world.denied.includes('reacting')) return notAccessible();
  const content = textOf(call.body, 'content') ?? '';
  if (content !== 'eyes') return githubRefusal(422, 'Validation Failed');
  const isNew = world.store.react({ target, author: call.viewer, content });
  return json(isNew ? 201 : 200, { id: number, content, user: { login: call.viewer } });
}

/** Source: https://docs.github.com/rest/users/users (not for the tokens of apps). */
function answerUser({ viewer }: GithubCall): Reply {
  return viewer.endsWith('[bot]') ? notAccessible() : json(200, { login: viewer, type: 'User' });
}

/**
 * Source: https://docs.github.com/rest/collaborators/collaborators; what bots and accounts that are no users get: the
 * issues 17224 of anomalyco/opencode and 1018 of anthropics/claude-code-action.
 */
function answerPermission(login: string, { permissions, denied }: GithubWorld): Reply {
  if (denied.includes('permissions')) return notAccessible();
  const isBot = login.endsWith('[bot]');
  const found = permissions[login] ?? (isBot ? { permission: 'none', role_name: '' } : undefined);
  if (found === undefined) return githubRefusal(404, `${login} is not a user`);
  const { permission, role_name, permissions: flags } = found;
  return json(200, {
    permission,
    ...(role_name !== undefined && { role_name }),
    user: { login, type: isBot ? 'Bot' : 'User', ...(flags && { permissions: flags }) },
  });
}

/** Source: "Get a pull request" in https://docs.github.com/rest/pulls/pulls. */
function answerPullRequest(number: number, { pullRequests, pulls, repository, denied }: GithubWorld): Reply {
  if (denied.includes('pull-requests')) return notAccessible();
  const found = pullRequests[number];
  const pushed = pulls.pull(number, repository);
  return found === undefined && pushed === undefined
    ? githubRefusal(404, 'Not Found')
    : json(200, { number, ...(found ?? OPENED), ...pushed });
}

function answerThread(issue: number, call: GithubCall, world: GithubWorld): Reply {
  if (world.threads[issue] === undefined) return githubRefusal(404, 'Not Found');
  if (call.method === 'GET') return list(issue, call, world);
  if (world.denied.includes('writing')) return notAccessible();
  if (call.method !== 'POST') return githubRefusal(404, 'Not Found');
  const body = textOf(call.body, 'body') ?? '';
  return refuseBody(body) ?? json(201, shown(world.store.add(issue, call.viewer, body), world));
}

function list(issue: number, { query }: GithubCall, world: GithubWorld): Reply {
  if (world.denied.includes('reading')) return notAccessible();
  const size = Math.min(Number(query.get('per_page') ?? 30), 100);
  const from = (Number(query.get('page') ?? 1) - 1) * size;
  const comments = world.store.on(issue).slice(from, from + size);
  return json(
    200,
    comments.map((comment) => shown(comment, world)),
  );
}

function answerComment(id: number, call: GithubCall, world: GithubWorld): Reply {
  const { store, denied } = world;
  const comment = store.byId(id);
  if (comment === undefined) return githubRefusal(404, 'Not Found');
  if (call.method === 'GET') return json(200, shown(comment, world));
  if (denied.includes('writing')) return notAccessible();
  if (call.method === 'DELETE') {
    store.remove(id);
    return { status: 204, type: 'application/json', headers: {}, body: '' };
  }
  if (call.method !== 'PATCH') return githubRefusal(404, 'Not Found');
  const body = textOf(call.body, 'body') ?? '';
  return refuseBody(body) ?? json(200, shown(store.edit(id, body) ?? comment, world));
}

function refuseBody(body: string): Reply | undefined {
  const message =
    body === ''
      ? "Body can't be blank"
      : Array.from(body).length > LONGEST_BODY
        ? `Body is too long (maximum is ${LONGEST_BODY} characters)`
        : undefined;
  if (message === undefined) return undefined;
  const errors = [{ resource: 'IssueComment', code: 'unprocessable', field: 'data', message }];
  return githubRefusal(422, 'Validation Failed', { errors });
}

/** The address of a comment's place on the page. */
export function commentUrl({ id, issue }: CommentView, { repository, threads }: GithubWorld): string {
  const page = threads[issue] === 'PullRequest' ? 'pull' : 'issues';
  return `https://github.com/${repository}/${page}/${issue}#issuecomment-${id}`;
}

function shown(comment: CommentView, world: GithubWorld): JsonObject {
  const { id, author, body } = comment;
  const type = author.endsWith('[bot]') ? 'Bot' : 'User';
  return { id, html_url: commentUrl(comment, world), body, user: { login: author, type } };
}

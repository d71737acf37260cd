import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

import { type Clock, createClock } from './clock.ts';
import { createFaultBook, type Fault, type FaultBook, spoil } from './faults.ts';
import { answerChecks, answerLog } from './github-checks.ts';
import { answerGraphql } from './github-graphql.ts';
import { createPullStore, type PushedTo, type SimulatedPush } from './github-pulls.ts';
import {
  answerRest,
  type Denial,
  type GithubCall,
  githubRefusal,
  type GithubWorld,
  OPENED,
  type SimulatedPermission,
  type SimulatedPullRequest,
} from './github-rest.ts';
import { type CommentView, createGithubStore, type ReactionView } from './github-store.ts';
import { parseJson } from './json.ts';
import { flatten, listen, readBody } from './listen.ts';
import type { Reply } from './reply.ts';

export type { PushedTo, SimulatedCheck, SimulatedPush } from './github-pulls.ts';
export type { Denial, SimulatedPermission, SimulatedPullRequest } from './github-rest.ts';
export type { CommentView } from './github-store.ts';

/** What can be chosen about a simulated GitHub. */
export interface GithubApiOptions {
  /** The address to listen on; 127.0.0.1 if it is left out. */
  readonly host?: string;
  /** The port; 0, the default, takes any free one. */
  readonly port?: number;
  /** `octo-org/octo-repo` if it is left out. */
  readonly repository?: string;
  /** What each number is; 1 is an issue and 7 a pull request if it is left out. */
  readonly threads?: Readonly<Record<number, 'Issue' | 'PullRequest'>>;
  /** What each login may do; `octocat` may write if it is left out. Nobody else is known. */
  readonly permissions?: Readonly<Record<string, SimulatedPermission>>;
  /** Whose each token is; any other one is the workflow's, but for those that begin with `wrong`. */
  readonly tokens?: Readonly<Record<string, string>>;
  /** The pull requests that can be read; 12, which a simulated agent opens, if it is left out. */
  readonly pullRequests?: Readonly<Record<number, SimulatedPullRequest>>;
  /** What no token may do. */
  readonly denied?: readonly Denial[];
  readonly faults?: readonly Fault[];
  /** Whether only tokens with the right to may read it; false if it is left out. */
  readonly isPrivate?: boolean;
  /** By which checks begin and end. */
  readonly clock?: Clock;
}

/** A request that came in, without its key. */
export interface GithubRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** The status that was answered; 0 if there was no answer. */
  readonly status: number;
}

/** A GitHub that runs: REST and GraphQL, as far as this project asks for them. */
export interface GithubApi {
  /** What `GITHUB_API_URL` takes; with `/api/v3` behind it, as on Enterprise servers, it is the same. */
  readonly url: string;
  readonly requests: readonly GithubRequest[];
  readonly comments: readonly CommentView[];
  readonly reactions: readonly ReactionView[];
  /** Writes a comment as somebody. */
  comment(issue: number, author: string, body: string): CommentView;
  /** Pushes to a pull request, which is opened by the first push, and gives the hash of the commit. */
  readonly push: (pull: PushedTo, push: SimulatedPush) => string;
  /** The hashes of the commits of a pull request, the oldest first. */
  readonly commits: (pull: number) => readonly string[];
  /** Orders one more fault. */
  order(fault: Fault): void;
  /** Drops every connection and ends the server. */
  close(): Promise<void>;
}

interface Setup {
  readonly world: GithubWorld;
  readonly tokens: Readonly<Record<string, string>>;
  readonly faults: FaultBook;
  readonly requests: GithubRequest[];
}

const WORKFLOW_BOT = 'github-actions[bot]';
/** Enterprise servers serve REST under the first and GraphQL under the second. */
const PREFIX = /^\/api\/v3(?=\/)|^\/api(?=\/graphql$)/;

function answer(call: GithubCall, world: GithubWorld): Reply {
  const log = answerLog(call, world);
  // Where logs are, a token is a mistake.
  if (log !== undefined) return call.viewer === '' ? log : githubRefusal(400, 'A token was sent along');
  if (call.viewer === '') return githubRefusal(401, 'Bad credentials');
  if (call.path !== '/graphql') return answerChecks(call, world) ?? answerRest(call, world);
  const served = call.method === 'POST' && !world.denied.includes('graphql');
  return served ? answerGraphql(call, world) : githubRefusal(404, 'Not Found');
}

/** The same, or 304 if the client has it already. Source: https://docs.github.com/rest/using-the-rest-api */
function unlessKnown(known: string | undefined, { method }: GithubCall, reply: Reply): Reply {
  if (method !== 'GET' || reply.status !== 200) return reply;
  const etag = `"${createHash('sha256').update(reply.body).digest('hex')}"`;
  const headers = { ...reply.headers, etag };
  return known === etag ? { ...reply, headers, status: 304, body: '' } : { ...reply, headers };
}

/** Whose token it is; empty if it is nobody's. */
function viewerOf(authorization: string, tokens: Setup['tokens']): string {
  const [, token = ''] = /^(?:token|bearer) (.+)$/i.exec(authorization) ?? [];
  return tokens[token] ?? (token === '' || token.startsWith('wrong') ? '' : WORKFLOW_BOT);
}

/** Whether what was asked is done before it is answered wrongly. */
function actsBefore({ when, answer: { kind } }: Fault): boolean {
  return when === 'after' || kind === 'cut';
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  { world, tokens, faults, requests }: Setup,
): Promise<void> {
  const { method = 'GET', url: target = '/' } = request;
  const url = new URL(target, 'http://localhost');
  const headers = flatten(request.headers);
  const call: GithubCall = {
    method,
    path: url.pathname.replace(PREFIX, ''),
    query: url.searchParams,
    body: parseJson(await readBody(request)),
    viewer: viewerOf(headers['authorization'] ?? '', tokens),
    origin: `http://${headers['host'] ?? ''}`,
  };
  const recorded = { method, path: target, status: 0 };
  requests.push(recorded);
  const fault = faults.take(method, target);
  const reply = fault
    ? spoil(fault.answer, actsBefore(fault) ? answer(call, world) : undefined)
    : unlessKnown(headers['if-none-match'], call, answer(call, world));
  if (reply === undefined) {
    // What is no answer is a dropped connection, or silence.
    if (fault?.answer.kind === 'reset') response.destroy();
    return;
  }
  recorded.status = reply.status;
  response.writeHead(reply.status, { 'content-type': reply.type, ...reply.headers });
  response.end(reply.body);
}

/**
 * Starts a GitHub in memory that has one repository.
 *
 * @throws Error of `node:net` if it cannot listen, such as EADDRINUSE
 */
export async function startGithubApi(options: GithubApiOptions = {}): Promise<GithubApi> {
  const store = createGithubStore();
  const pulls = createPullStore(options.clock ?? createClock(1));
  const setup: Setup = {
    world: {
      repository: options.repository ?? 'octo-org/octo-repo',
      threads: options.threads ?? { 1: 'Issue', 7: 'PullRequest' },
      permissions: options.permissions ?? { octocat: { permission: 'write', role_name: 'write' } },
      pullRequests: options.pullRequests ?? { 12: OPENED },
      denied: options.denied ?? [],
      store,
      isPrivate: options.isPrivate ?? false,
      pulls,
    },
    tokens: options.tokens ?? {},
    faults: createFaultBook(options.faults ?? []),
    requests: [],
  };
  const { url, close } = await listen(options, async (request, response) => handle(request, response, setup));
  return {
    url,
    requests: setup.requests,
    get comments() {
      return store.all();
    },
    reactions: store.reactions,
    comment: store.add,
    push: pulls.push,
    commits: pulls.hashes,
    order: (fault) => {
      setup.faults.order(fault);
    },
    close,
  };
}

import type { IncomingMessage, ServerResponse } from 'node:http';

import { createFaultBook, type Fault, type FaultBook, spoil } from './faults.ts';
import { answerGraphql } from './github-graphql.ts';
import {
  answerRest,
  type Denial,
  type GithubCall,
  githubRefusal,
  type GithubWorld,
  type SimulatedPermission,
  type SimulatedPullRequest,
} from './github-rest.ts';
import { type CommentView, createGithubStore, type ReactionView } from './github-store.ts';
import { parseJson } from './json.ts';
import { flatten, listen, readBody } from './listen.ts';
import type { Reply } from './reply.ts';

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

const OPENED: SimulatedPullRequest = {
  title: 'Correct three statements in the README',
  state: 'open',
  draft: false,
  merged: false,
  additions: 3,
  deletions: 3,
};
const WORKFLOW_BOT = 'github-actions[bot]';
/** Enterprise servers serve REST under the first and GraphQL under the second. */
const PREFIX = /^\/api\/v3(?=\/)|^\/api(?=\/graphql$)/;

function answer(call: GithubCall, world: GithubWorld): Reply {
  if (call.viewer === '') return githubRefusal(401, 'Bad credentials');
  if (call.path !== '/graphql') return answerRest(call, world);
  const served = call.method === 'POST' && !world.denied.includes('graphql');
  return served ? answerGraphql(call, world) : githubRefusal(404, 'Not Found');
}

/** Whose token it is; empty if it is nobody's. */
function viewerOf(authorization: string, tokens: Setup['tokens']): string {
  const [, token = ''] = /^(?:token|bearer) (.+)$/i.exec(authorization) ?? [];
  return tokens[token] ?? (token === '' || token.startsWith('wrong') ? '' : WORKFLOW_BOT);
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  { world, tokens, faults, requests }: Setup,
): Promise<void> {
  const { method = 'GET', url: target = '/' } = request;
  const url = new URL(target, 'http://localhost');
  const call: GithubCall = {
    method,
    path: url.pathname.replace(PREFIX, ''),
    query: url.searchParams,
    body: parseJson(await readBody(request)),
    viewer: viewerOf(flatten(request.headers)['authorization'] ?? '', tokens),
  };
  const recorded = { method, path: target, status: 0 };
  requests.push(recorded);
  const fault = faults.take(method, target);
  const right = fault === undefined || fault.when === 'after' ? answer(call, world) : undefined;
  const reply = fault === undefined ? right : spoil(fault.answer, right);
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
  const setup: Setup = {
    world: {
      repository: options.repository ?? 'octo-org/octo-repo',
      threads: options.threads ?? { 1: 'Issue', 7: 'PullRequest' },
      permissions: options.permissions ?? { octocat: { permission: 'write', role_name: 'write' } },
      pullRequests: options.pullRequests ?? { 12: OPENED },
      denied: options.denied ?? [],
      store,
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
    order: (fault) => {
      setup.faults.order(fault);
    },
    close,
  };
}

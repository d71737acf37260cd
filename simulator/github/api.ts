import { createHash } from 'node:crypto';

import { type Clock, createClock } from '../clock.ts';
import { createFaultBook, type Fault, type FaultBook, spoil } from '../faults.ts';
import { parseJson } from '../json.ts';
import { listen, type Received, type Served, servedAt } from '../listen.ts';
import type { Reply } from '../reply.ts';
import { answerChecks, answerLog } from './checks.ts';
import { answerGraphql } from './graphql.ts';
import {
  answerText,
  type PictureHost,
  type PictureRequest,
  type SimulatedTexts,
  type SimulatedUploads,
  startPictureHost,
} from './pictures.ts';
import { createPullStore, type PushedTo, type SimulatedPush } from './pulls.ts';
import { answerReplies } from './replies.ts';
import { answerArtifact, answerRepositories, type SimulatedRepository } from './repositories.ts';
import {
  answerRest,
  type Denial,
  type GithubCall,
  githubRefusal,
  type GithubWorld,
  OPENED,
  type SimulatedPermission,
  type SimulatedPullRequest,
} from './rest.ts';
import { answerReviews } from './reviews.ts';
import {
  type CommentView,
  createGithubStore,
  createThreadStore,
  type ReactionView,
  type ReplyView,
  type ReviewThreadView,
  type ReviewView,
  type ThreadStore,
} from './store.ts';

export type { SimulatedCheck, SimulatedPush } from './pulls.ts';
export type { SimulatedRepository } from './repositories.ts';
export type { CommentView } from './store.ts';

/** The options of a simulated GitHub. */
export interface GithubApiOptions {
  /** `octo-org/octo-repo` by default. */
  readonly repository?: string;
  /** The issues and pull requests by number; by default 1 is an issue and 7 a pull request. */
  readonly threads?: Readonly<Record<number, 'Issue' | 'PullRequest'>>;
  /** The permissions by login; by default only `octocat` is known, who may write. */
  readonly permissions?: Readonly<Record<string, SimulatedPermission>>;
  /** The accounts by token. Other tokens belong to the workflow's bot, unless they begin with `wrong`. */
  readonly tokens?: Readonly<Record<string, string>>;
  /** The pull requests that can be read; by default 12, which a simulated agent opens. */
  readonly pullRequests?: Readonly<Record<number, SimulatedPullRequest>>;
  /** The rights that no token has. */
  readonly denied?: readonly Denial[];
  readonly faults?: readonly Fault[];
  /** The texts that have pictures. */
  readonly texts?: SimulatedTexts;
  /** The pictures; with some, their host is there, too, for requests in memory. */
  readonly uploads?: SimulatedUploads;
  /** Whether the repository is private; false by default. */
  readonly isPrivate?: boolean;
  /** More repositories, for reports. One with the name of `repository` answers first. */
  readonly repositories?: readonly SimulatedRepository[];
  /** The clock by which checks begin and end. */
  readonly clock?: Clock;
  /** An origin at which only this process reaches it, in memory; by default, it listens on a port of its own. */
  readonly origin?: string;
}

/** A received request, without its key. */
interface GithubRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** The status of the response; 0 if there was none. */
  readonly status: number;
}

/** A running simulated GitHub: the parts of REST and GraphQL that this project uses. */
export interface GithubApi {
  /** The value for `GITHUB_API_URL`. It may be extended by `/api/v3`, as on Enterprise servers. */
  readonly url: string;
  readonly requests: readonly GithubRequest[];
  readonly comments: readonly CommentView[];
  readonly reactions: readonly ReactionView[];
  readonly reviews: readonly ReviewView[];
  /** The requests for pictures. */
  readonly pictures: readonly PictureRequest[];
  /** The threads of the reviews, oldest first. */
  readonly reviewThreads: readonly ReviewThreadView[];
  /** The replies in them, oldest first. */
  readonly replies: readonly ReplyView[];
  /** Begins a thread, as a person or another program does. */
  readonly beginThread: ThreadStore['begin'];
  /** Resolves a thread, or edits its first comment. */
  readonly changeThread: ThreadStore['change'];
  /** Deletes a thread. */
  readonly removeThread: ThreadStore['remove'];
  /** Replies in a thread, as a person does. */
  readonly reply: ThreadStore['reply'];
  /** Deletes a reply. */
  readonly removeReply: ThreadStore['removeReply'];
  /** Adds a comment by an author. */
  comment(issue: number, author: string, body: string): CommentView;
  /** Pushes to a pull request, which the first push opens. Returns the hash of the commit. */
  readonly push: (pull: PushedTo, push: SimulatedPush) => string;
  /** Returns the commit hashes of a pull request, oldest first. */
  readonly commits: (pull: number) => readonly string[];
  /** Adds a repository for reports. */
  readonly addRepository: (repository: SimulatedRepository) => void;
  /** Adds a fault. */
  order(fault: Fault): void;
  /** Drops all connections and closes the server. */
  close(): Promise<void>;
}

interface Setup {
  readonly clock: Clock;
  readonly world: GithubWorld;
  readonly repositories: SimulatedRepository[];
  readonly texts: SimulatedTexts | undefined;
  readonly host: PictureHost;
  readonly tokens: Readonly<Record<string, string>>;
  readonly faults: FaultBook;
  readonly requests: GithubRequest[];
}

const WORKFLOW_BOT = 'github-actions[bot]';
/** The prefixes of Enterprise servers: the first for REST, the second for GraphQL. */
const PREFIX = /^\/api\/v3(?=\/)|^\/api(?=\/graphql$)/;

function answer(
  call: GithubCall,
  { world, repositories, texts, host, clock }: Omit<Setup, 'tokens' | 'faults' | 'requests'>,
): Reply {
  const log = answerLog(call, world) ?? answerArtifact(call, repositories);
  // Logs and artifacts are on another host, to which the token must not be sent.
  if (log !== undefined) return call.viewer === '' ? log : githubRefusal(400, 'A token was sent along');
  if (call.viewer === '') return githubRefusal(401, 'Bad credentials');
  if (call.path !== '/graphql')
    return (
      answerText(call, { ...world, texts, clock, uploads: host.uploads }) ??
      answerRepositories(call, repositories) ??
      answerReviews(call, world) ??
      answerReplies(call, world) ??
      answerChecks(call, world) ??
      answerRest(call, world)
    );
  return call.method === 'POST' ? answerGraphql(call, world) : githubRefusal(404, 'Not Found');
}

/** Adds an ETag to a reply, and replaces it by 304 if `known`, the client's ETag, is the same. Source: https://docs.github.com/rest/using-the-rest-api */
function unlessKnown(known: string | undefined, { method }: GithubCall, reply: Reply): Reply {
  if (method !== 'GET' || reply.status !== 200) return reply;
  const etag = `"${createHash('sha256').update(reply.body).digest('hex')}"`;
  const headers = { ...reply.headers, etag };
  return known === etag ? { ...reply, headers, status: 304, body: '' } : { ...reply, headers };
}

/** Returns the account of a token; empty if the token is invalid. */
function viewerOf(authorization: string, tokens: Setup['tokens']): string {
  const [, token = ''] = /^(?:token|bearer) (.+)$/i.exec(authorization) ?? [];
  return tokens[token] ?? (token === '' || token.startsWith('wrong') ? '' : WORKFLOW_BOT);
}

/** Whether the request is processed before the faulty answer. */
function actsBefore({ when, answer: { kind } }: Fault): boolean {
  return when === 'after' || kind === 'cut' || kind === 'date';
}

/** Returns what comes back if a fault changes the answer of a request; `undefined` without a fault. */
function spoiled(
  { method, target }: Received,
  right: () => Reply,
  { clock, faults }: Pick<Setup, 'clock' | 'faults'>,
): Served | undefined {
  const fault = faults.take(method, target);
  if (fault === undefined) return undefined;
  const reply = spoil(fault.answer, actsBefore(fault) ? right() : undefined, clock.now());
  if (reply !== undefined) return servedAt(clock, reply);
  return { kind: fault.answer.kind === 'reset' ? 'dropped' : 'unanswered' };
}

function handle(received: Received, setup: Setup): Served {
  const { method, target, headers, body } = received;
  const { clock, tokens, requests } = setup;
  const url = new URL(target, 'http://localhost');
  const call: GithubCall = {
    method,
    path: url.pathname.replace(PREFIX, ''),
    query: url.searchParams,
    accept: headers['accept'] ?? '',
    body: parseJson(body),
    viewer: viewerOf(headers['authorization'] ?? '', tokens),
    origin: `http://${headers['host'] ?? ''}`,
  };
  const recorded = { method, path: target, status: 0 };
  requests.push(recorded);
  const served =
    spoiled(received, () => answer(call, setup), setup) ??
    servedAt(clock, unlessKnown(headers['if-none-match'], call, answer(call, setup)));
  if (served.kind === 'reply') recorded.status = served.status;
  return served;
}

/**
 * Starts a GitHub in memory with one repository.
 *
 * @throws Error of `node:net` if it cannot listen, such as EADDRINUSE
 */
export async function startGithubApi(options: GithubApiOptions = {}): Promise<GithubApi> {
  const store = createGithubStore();
  const clock = options.clock ?? createClock(1);
  const pulls = createPullStore(clock);
  const faults = createFaultBook(options.faults ?? []);
  const host = await startPictureHost(
    clock,
    (received, right) => spoiled(received, right, { clock, faults }),
    options.uploads,
  );
  const reviewThreads = createThreadStore();
  const setup: Setup = {
    clock,
    world: {
      repository: options.repository ?? 'octo-org/octo-repo',
      threads: options.threads ?? { 1: 'Issue', 7: 'PullRequest' },
      permissions: options.permissions ?? { octocat: { permission: 'write', role_name: 'write' } },
      pullRequests: options.pullRequests ?? { 12: OPENED },
      denied: options.denied ?? [],
      store,
      isPrivate: options.isPrivate ?? false,
      pulls,
      reviews: [],
      reviewThreads,
    },
    repositories: [...(options.repositories ?? [])],
    host,
    texts: options.texts,
    tokens: options.tokens ?? {},
    faults,
    requests: [],
  };
  const { url, close } = await listen({ origin: options.origin }, async (request) =>
    Promise.resolve(handle(request, setup)),
  );
  return {
    url,
    requests: setup.requests,
    get comments() {
      return store.all();
    },
    reactions: store.reactions,
    reviews: setup.world.reviews,
    get replies() {
      return reviewThreads.replies();
    },
    reply: reviewThreads.reply,
    removeReply: reviewThreads.removeReply,
    pictures: host.requests,
    get reviewThreads() {
      return reviewThreads.all();
    },
    beginThread: reviewThreads.begin,
    changeThread: reviewThreads.change,
    removeThread: reviewThreads.remove,
    comment: store.add,
    push: pulls.push,
    commits: pulls.hashes,
    addRepository: (repository) => {
      setup.repositories.push(repository);
    },
    order: (fault) => {
      setup.faults.order(fault);
    },
    close: async () => {
      await host.close();
      await close();
    },
  };
}

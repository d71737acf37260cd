import * as v from 'valibot';

import { readBody, requireShape, requireSuccess, wrapNetworkErrors } from '../http/answer.ts';
import { withTimeout } from '../http/exchange.ts';
import {
  AttemptFailed,
  failureReason,
  isDeferred,
  isTransient,
  retryAfterOf,
} from '../http/request-failure.ts';
import { retry, type RetryOptions } from '../http/retry.ts';
import type { Clock } from '../port/clock.ts';
import { memberOf } from '../text/data.ts';
import { USER_AGENT } from '../version.ts';
import { GitHubFailure, gitHubLimits, RATE_LIMIT_WAIT_MS, RESET_MARGIN_MS } from './failure.ts';
import type { getOctokit } from './get-octokit.ts';
import { readEndOfRedirected, readRedirected } from './redirect.ts';

/**
 * The bounds of all requests that may be repeated. A GraphQL query may: it is sent as a POST, but changes nothing. `timeoutMs` is
 * for one try, `limitMs` for all together.
 */
const BOUNDS = { timeoutMs: 10_000, tries: 2, mayRetry: isTransient, limitMs: Infinity };
type Bounds = typeof BOUNDS;
/** Unless a limit refused a POST, GitHub may have acted on it: so only such a refusal is retried. */
const POST_BOUNDS: Bounds = { ...BOUNDS, mayRetry: isDeferred };
const LOG_BOUNDS: Bounds = { ...BOUNDS, timeoutMs: 20_000, tries: 1 };
/** The wait before a retry, if GitHub names none. */
const DEFAULT_RETRY_AFTER_MS = 1_000;
/** Longer waits fail at once. */
const MAX_RATE_LIMIT_WAIT_MS = RATE_LIMIT_WAIT_MS + RESET_MARGIN_MS;

interface GitHubOptions {
  /** On GitHub Enterprise Server it ends in `/api/v3`; GraphQL is at `/api/graphql` there. */
  readonly apiUrl: string;
  readonly token: string;
  readonly fetch: typeof fetch;
  readonly clock: Clock;
}

type Parameters = Readonly<Record<string, unknown>>;

interface Question<T> {
  /** What it is for, as "VERB NOUN". */
  readonly goal: string;
  readonly shape: v.GenericSchema<unknown, T>;
  /** How long it may take in milliseconds, with its retry. */
  readonly limitMs?: number;
}

interface RestRequest<T> extends Question<T> {
  /** As GitHub documents it. */
  readonly route: string;
  readonly parameters: Parameters;
}

/** A query to the GraphQL API. `shape` is that of its `data`. */
interface GraphqlQuery<T> extends Question<T> {
  readonly query: string;
  readonly variables: Parameters;
}

/** GitHub's APIs for some work. Every method throws {@link GitHubFailure}, or the signal's reason once that is aborted. */
export interface GitHub {
  rest<T>(request: RestRequest<T>): Promise<T>;
  graphql<T>(query: GraphqlQuery<T>): Promise<T>;
  /** Reads the end of the log of a job, without retries. */
  readJobLog(repository: string, job: number): Promise<string>;
}

/** GitHub's API of artifacts, with the same errors. Only the report of outcomes reads them. */
export interface GitHubArtifacts {
  /** Downloads an artifact of at most `limitBytes` as a zip file. Does not look into it. */
  readArtifact(repository: string, id: number, limitBytes: number): Promise<Uint8Array>;
}

export interface GitHubClient<Apis = GitHub> {
  /** Returns the APIs for some work, which a signal can end. */
  readonly during: (signal: AbortSignal) => Apis;
}
type Connected = GitHubClient<GitHub & GitHubArtifacts>;

/**
 * Returns a function that connects to the runner's GitHub with a token.
 * Source: https://docs.github.com/actions/reference/workflows-and-actions/variables
 */
export function gitHubConnector(
  env: NodeJS.ProcessEnv,
  { fetch, clock }: Pick<GitHubOptions, 'fetch' | 'clock'>,
): (token: string) => Connected {
  const apiUrl = (env['GITHUB_API_URL'] ?? 'https://api.github.com').replace(/\/+$/, '');
  return (token) => connectGitHub({ apiUrl, token, fetch, clock });
}

/** Splits `owner/repo` into the parameters of a route. */
export function ownerAndRepo(repository: string): { readonly owner: string; readonly repo: string } {
  const [owner = '', repo = ''] = repository.split('/');
  return { owner, repo };
}

/** An input that is set, even to nothing, does not get the default of `action.yml`. */
const NO_TOKEN = "github-token is empty: leave it out to use the job's own token";

/** Connects to GitHub with Octokit. The first request loads it, which takes longer than the rest of the action. */
export function connectGitHub(options: GitHubOptions): Connected {
  const { apiUrl, token, fetch, clock } = options;
  let loading: Promise<Octokit> | undefined;
  /** Sends one request, and returns the data of its answer. Throws {@link AttemptFailed}. */
  const send = async (route: string, parameters: Parameters, signal: AbortSignal): Promise<unknown> => {
    const octokit = await (loading ??= loadOctokit(options));
    try {
      const request = { ...parameters, request: { signal } };
      const response: { readonly data: unknown } = await octokit.request(route, request);
      return response.data;
    } catch (error) {
      // Octokit wraps what fetch throws.
      const cause = memberOf(error, 'cause');
      throw cause instanceof AttemptFailed ? cause : error;
    }
  };

  /** Does an exchange, again if the bounds allow it, and turns the last failure into {@link GitHubFailure}. */
  const ask = async <T>(
    goal: string,
    signal: AbortSignal,
    exchange: (signal: AbortSignal) => Promise<T>,
    { tries, timeoutMs, mayRetry, limitMs }: Bounds = BOUNDS,
  ): Promise<T> => {
    if (token === '') throw new GitHubFailure(goal, NO_TOKEN, 401);
    const askWithin = async (limited: AbortSignal): Promise<T> => {
      const once = async (): Promise<T> => withTimeout(clock, timeoutMs, limited, exchange);
      const waitBefore = waitWithin(Math.min(limitMs, MAX_RATE_LIMIT_WAIT_MS));
      return retry(once, { clock, signal: limited, tries, mayRetry, waitBefore });
    };
    try {
      return await withTimeout(clock, limitMs, signal, askWithin);
    } catch (error) {
      if (!(error instanceof AttemptFailed)) throw error;
      const { failure } = error;
      const status = failure.kind === 'status' ? failure.status : 0;
      throw new GitHubFailure(goal, failureReason(failure), status, retryAfterOf(failure));
    }
  };

  // Logs and artifacts do not go through Octokit, whose fetch refuses redirects: GitHub answers with one to a storage.
  const addressOf = (path: string): readonly [string, Readonly<Record<string, string>>] => [
    `${apiUrl}/repos/${path}`,
    { authorization: `token ${token}`, accept: 'application/vnd.github+json' },
  ];

  const during: Connected['during'] = (signal) => ({
    rest: async ({ goal, route, parameters, shape, limitMs = Infinity }) => {
      const read = async (timed: AbortSignal) => requireShape(await send(route, parameters, timed), shape);
      return ask(goal, signal, read, { ...(route.startsWith('POST') ? POST_BOUNDS : BOUNDS), limitMs });
    },
    graphql: async ({ goal, query, variables, shape, limitMs = Infinity }) => {
      const read = async (timed: AbortSignal) => {
        const url = `${apiUrl.replace(/\/v3$/, '')}/graphql`;
        const body = await send(`POST ${url}`, { query, variables }, timed);
        return requireShape(dataIn(body, goal), shape);
      };
      return ask(goal, signal, read, { ...BOUNDS, limitMs });
    },
    readJobLog: async (repository, job) => {
      const from = addressOf(`${repository}/actions/jobs/${job}/logs`);
      const read = async (timed: AbortSignal): Promise<string> => readEndOfRedirected(from, fetch, timed);
      return ask('read the log of a job', signal, read, LOG_BOUNDS);
    },
    readArtifact: async (repository, id, limitBytes) => {
      const from = addressOf(`${repository}/actions/artifacts/${id}/zip`);
      return ask('read an artifact', signal, async (timed) => readRedirected(from, fetch, timed, limitBytes));
    },
  });
  return { during };
}

/** Returns the wait before a retry. Fails at once instead of waiting longer than `limitMs`. */
function waitWithin(limitMs: number): RetryOptions['waitBefore'] {
  return (failure) => {
    const waitMs = retryAfterOf(failure) ?? DEFAULT_RETRY_AFTER_MS;
    if (waitMs > limitMs) throw new AttemptFailed(failure);
    return waitMs;
  };
}

const GRAPHQL_STATUSES = new Map(Object.entries({ FORBIDDEN: 403, NOT_FOUND: 404, RATE_LIMITED: 429 }));

const GraphqlAnswer = v.object({
  data: v.optional(v.unknown()),
  errors: v.optional(v.array(v.object({ type: v.optional(v.string(), ''), message: v.string() })), []),
});

/** Returns the data of a GraphQL answer. GraphQL reports errors with HTTP status 200. */
function dataIn(body: unknown, goal: string): unknown {
  const { data, errors } = requireShape(body, GraphqlAnswer);
  const [error] = errors;
  if (error === undefined) return data;
  throw new GitHubFailure(goal, error.message, GRAPHQL_STATUSES.get(error.type) ?? 400);
}

/**
 * Wraps fetch. Follows no redirects, so that the token goes only to the configured origin. Refuses large answers. A repeated GET has
 * the ETag of its last answer: if that has not changed, the request does not count against GitHub's rate limit.
 * Source: https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api#use-conditional-requests-if-appropriate
 */
export function guardFetch(fetch: GitHubOptions['fetch']): typeof fetch {
  const cache = new Map<string, { readonly etag: string; readonly answer: Response }>();
  return async (input, init = {}) => {
    const address = input instanceof Request ? input.url : input.toString();
    const isRead = init.method === 'GET';
    const known = isRead ? cache.get(address) : undefined;
    const headers = new Headers(init.headers);
    if (known) headers.set('if-none-match', known.etag);
    const response = await wrapNetworkErrors(async () =>
      fetch(input, { ...init, headers, redirect: 'manual' }),
    );
    const body = await readBody(response);
    // 304: the cached answer is still right.
    if (known && response.status === 304) return known.answer.clone();
    requireSuccess(response, body, gitHubLimits);
    const answer = new Response(body.text || null, response);
    const etag = answer.headers.get('etag');
    if (isRead && etag !== null) cache.set(address, { etag, answer: answer.clone() });
    return answer;
  };
}

type Octokit = ReturnType<typeof getOctokit>;

async function loadOctokit({ token, fetch, apiUrl }: GitHubOptions): Promise<Octokit> {
  const github = await import(/* webpackIgnore: true */ './get-octokit.ts');
  const silent = (): void => undefined;
  return github.getOctokit(token, {
    baseUrl: apiUrl,
    userAgent: USER_AGENT,
    request: {
      fetch: guardFetch(fetch),
      // Octokit's own log would contain GitHub's texts without redaction.
      log: { debug: silent, info: silent, warn: silent, error: silent },
    },
  });
}

import type * as v from 'valibot';

import { readJobLog } from '../checks/job-log.ts';
import { type Clock, withDeadline } from '../conversation/clock.ts';
import { USER_AGENT } from '../version.ts';
import { cachedByEtag } from './etags.ts';
import { dataIn, failureOf, GitHubFailure, shaped, waitBeforeRetry } from './failure.ts';

const ATTEMPT_MS = 10_000;
/** Answers are a few kilobytes, or a page of comments. */
const LARGEST_ANSWER_BYTES = 10 * 1024 * 1024;

/** The URLs of GitHub's APIs. */
export interface GitHubAddresses {
  readonly apiUrl: string;
  readonly graphqlUrl: string;
}

/** What {@link connectGitHub} needs. */
export interface GitHubOptions extends GitHubAddresses {
  readonly token: string;
  readonly fetch: typeof fetch;
  readonly clock: Clock;
}

type Parameters = Readonly<Record<string, unknown>>;

/** A request to GitHub. */
interface GitHubRequest {
  /** What it is for, as "VERB NOUN". */
  readonly to: string;
  /** The route as GitHub documents it. */
  readonly route: string;
  readonly parameters: Parameters;
  readonly signal: AbortSignal;
}

/** A request to the REST API, and the answer's shape. */
export interface RestRequest<T> extends GitHubRequest {
  readonly answer: v.GenericSchema<unknown, T>;
}

/** A query to the GraphQL API. `answer` is the shape of its `data`. */
export interface GraphqlQuery<T> extends Omit<RestRequest<T>, 'route' | 'parameters'> {
  readonly query: string;
  readonly variables: Readonly<Record<string, string | number | null>>;
}

/** GitHub's APIs. Every method throws {@link GitHubFailure}, or the signal's reason once that is aborted. */
export interface GitHub {
  /** Sends a request to the REST API. */
  rest<T>(request: RestRequest<T>): Promise<T>;
  /** Sends a query to the GraphQL API. */
  graphql<T>(query: GraphqlQuery<T>): Promise<T>;
  /** Reads the end of the log of a job, without retries. */
  jobLog(repository: string, job: number, signal: AbortSignal): Promise<string>;
}

/**
 * Returns the URLs from the runner's environment. On GitHub Enterprise Server they end in `/api/v3` and `/api/graphql`.
 * Source: https://docs.github.com/actions/reference/workflows-and-actions/variables
 */
export function addressesOf(env: NodeJS.ProcessEnv): GitHubAddresses {
  const apiUrl = (env['GITHUB_API_URL'] ?? 'https://api.github.com').replace(/\/+$/, '');
  return { apiUrl, graphqlUrl: env['GITHUB_GRAPHQL_URL'] ?? `${apiUrl.replace(/\/v3$/, '')}/graphql` };
}

/** Returns a function that connects to the runner's GitHub with a token. */
export function gitHubBy(env: NodeJS.ProcessEnv, clock: Clock): (token: string) => GitHub {
  return (token) => connectGitHub({ ...addressesOf(env), token, fetch, clock });
}

/** Splits `owner/repo` into the parameters of a route. */
export function ownerAndRepo(repository: string): { readonly owner: string; readonly repo: string } {
  const [owner = '', repo = ''] = repository.split('/');
  return { owner, repo };
}

/** The runner uses the default of an input only if the workflow leaves the input out. */
const NO_TOKEN = "github-token is empty: leave it out to use the job's own token";

type Send = (route: string, parameters: Parameters) => Promise<unknown>;

/**
 * Connects to GitHub's APIs with Octokit. It is loaded with the first request: loading takes longer than all the rest of the
 * action, and most runs do not need it.
 */
export function connectGitHub(options: GitHubOptions): GitHub {
  let loading: Promise<Send> | undefined;

  const once = async ({ to, route, parameters, signal }: GitHubRequest): Promise<unknown> => {
    if (options.token === '') throw new GitHubFailure(to, NO_TOKEN, 401);
    loading ??= load(options);
    const send = await loading;
    return withDeadline(options.clock, ATTEMPT_MS, signal, async (within) => {
      // No redirects: the token goes only to the configured origin.
      const request = { signal: within, redirect: 'error' };
      return send(route, { ...parameters, request }).catch((error: unknown) => {
        signal.throwIfAborted();
        if (within.aborted) throw new GitHubFailure(to, `no answer within ${ATTEMPT_MS / 1000} s`, 0);
        throw failureOf(to, error);
      });
    });
  };

  const withRetry = async <T>(signal: AbortSignal, route: string, attempt: () => Promise<T>): Promise<T> => {
    try {
      return await attempt();
    } catch (error) {
      const waitMs = waitBeforeRetry(error, route);
      if (waitMs === undefined) throw error;
      await options.clock.sleep(waitMs, signal);
      return attempt();
    }
  };

  return {
    rest: async (request) => {
      const { to, route, answer, signal } = request;
      return withRetry(signal, route, async () => shaped(to, await once(request), answer));
    },
    graphql: async ({ to, query, variables, answer, signal }) => {
      const request = { to, route: `POST ${options.graphqlUrl}`, parameters: { query, variables }, signal };
      // Queries are sent by POST, but change nothing: they may be retried like a GET.
      return withRetry(signal, 'GET', async () => dataIn(to, await once(request), answer));
    },
    jobLog: async (repository, job, signal) => readJobLog(options, repository, job, signal),
  };
}

/** Wraps fetch so that it refuses large answers, which would fill the memory. */
function limited(send: typeof fetch): typeof fetch {
  return async (input, init) => {
    const response = await send(input, init);
    if (response.body === null) return response;
    const pieces: AsyncIterable<Uint8Array> = response.body;
    const read: Uint8Array[] = [];
    let size = 0;
    for await (const piece of pieces) {
      size += piece.byteLength;
      if (size > LARGEST_ANSWER_BYTES) throw new Error('the answer is larger than 10 MiB');
      read.push(piece);
    }
    const { status, statusText, headers } = response;
    return new Response(Buffer.concat(read), { status, statusText, headers });
  };
}

async function load({ token, fetch, apiUrl }: GitHubOptions): Promise<Send> {
  // Eager: bundled into the entry's file, and only run now. In a separate chunk its licenses file would replace all others.
  const { getOctokit } = await import(/* webpackMode: "eager" */ '@actions/github');
  const silent = (): void => undefined;
  const octokit = getOctokit(token, {
    baseUrl: apiUrl,
    userAgent: USER_AGENT,
    request: {
      fetch: cachedByEtag(limited(fetch)),
      // Octokit's own log would contain GitHub's texts without redaction.
      log: { debug: silent, info: silent, warn: silent, error: silent },
    },
  });
  return async (route, parameters) => {
    const response: { readonly data: unknown } = await octokit.request(route, parameters);
    return response.data;
  };
}

import * as v from 'valibot';

import type { Clock } from '../conversation/clock.ts';
import { singleLine } from '../text/safe.ts';
import { thrown } from '../text/thrown.ts';
import { USER_AGENT } from '../version.ts';

const ATTEMPT_MS = 10_000;
const BACKOFF_MS = 1_000;
/** GitHub's secondary limits pass after a minute; one that lasts longer is not worth a wait. */
const LONGEST_WAIT_MS = 60_000;
const LONGEST_REASON = 300;
/** What is asked for is a few kilobytes, or a page of comments. */
const LARGEST_ANSWER_BYTES = 10 * 1024 * 1024;

/** Where GitHub's APIs are. */
export interface GitHubAddresses {
  readonly apiUrl: string;
  readonly graphqlUrl: string;
}

/** Where and as whom GitHub is asked. */
export interface GitHubOptions extends GitHubAddresses {
  readonly token: string;
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  /** Takes secrets out of GitHub's words. */
  readonly redact: (text: string) => string;
}

/** One request of the REST API: what it is for (as "VERB NOUN"), its route as GitHub documents it, and the answer's shape. */
export interface Question<T> {
  readonly to: string;
  readonly route: string;
  readonly parameters: Readonly<Record<string, string | number>>;
  readonly answer: v.GenericSchema<unknown, T>;
  readonly signal: AbortSignal;
}

/** One query of the GraphQL API; `answer` is the shape of its `data`. */
export interface Query<T> extends Omit<Question<T>, 'route' | 'parameters'> {
  readonly query: string;
  readonly variables: Readonly<Record<string, string | number | null>>;
}

/** GitHub's APIs. Both methods throw {@link GitHubFailure}, or the signal's reason once that is aborted. */
export interface GitHub {
  ask<T>(question: Question<T>): Promise<T>;
  query<T>(query: Query<T>): Promise<T>;
}

/** GitHub could not be asked, or refused. */
export class GitHubFailure extends Error {
  override readonly name = 'GitHubFailure';
  readonly failedTo: string;
  /** The HTTP status of a refusal; GraphQL's `FORBIDDEN` and `NOT_FOUND` as 403 and 404; 0 where there was no answer. */
  readonly status: number;
  /** How long GitHub asks to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(failedTo: string, reason: string, status: number, retryAfterMs?: number) {
    super(reason);
    this.failedTo = failedTo;
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

/**
 * The addresses that the runner names; on GitHub Enterprise Server they end in `/api/v3` and `/api/graphql`.
 * Source: https://docs.github.com/actions/reference/workflows-and-actions/variables
 */
export function addressesOf(env: NodeJS.ProcessEnv): GitHubAddresses {
  const apiUrl = (env['GITHUB_API_URL'] ?? 'https://api.github.com').replace(/\/+$/, '');
  return { apiUrl, graphqlUrl: env['GITHUB_GRAPHQL_URL'] ?? `${apiUrl.replace(/\/v3$/, '')}/graphql` };
}

/** GitHub's APIs as the runner names them, by a token that is given later. */
export function gitHubBy(
  env: NodeJS.ProcessEnv,
  clock: Clock,
  redact: (text: string) => string,
): (token: string) => GitHub {
  return (token) => connectGitHub({ ...addressesOf(env), token, fetch, clock, redact });
}

/** `owner/repo` as the parameters of a route. */
export function ownerAndRepo(repository: string): { readonly owner: string; readonly repo: string } {
  const [owner = '', repo = ''] = repository.split('/');
  return { owner, repo };
}

/** The runner tells the default of an input only where that is left out. */
const NO_TOKEN = "github-token is empty: leave it out, and it is the job's own token";

type Parameters = Readonly<Record<string, unknown>>;
type Ask = (route: string, parameters: Parameters) => Promise<unknown>;

/**
 * GitHub's APIs by GitHub's own client. That is loaded with the first request: to load it takes longer than all the rest
 * of the action, and most runs do without.
 */
export function connectGitHub(options: GitHubOptions): GitHub {
  let loading: Promise<Ask> | undefined;
  const send: Ask = async (route, parameters) => {
    loading ??= load(options);
    return (await loading)(route, parameters);
  };

  const attempt = async (
    { to, signal }: Pick<Question<unknown>, 'to' | 'signal'>,
    route: string,
    parameters: Parameters,
  ): Promise<unknown> => {
    if (options.token === '') throw new GitHubFailure(to, NO_TOKEN, 401);
    const tooLate = AbortSignal.timeout(ATTEMPT_MS);
    try {
      return await send(route, {
        ...parameters,
        // A token goes to the configured origin alone.
        request: { signal: AbortSignal.any([signal, tooLate]), redirect: 'error' },
      });
    } catch (error) {
      signal.throwIfAborted();
      if (tooLate.aborted) throw new GitHubFailure(to, `no answer within ${ATTEMPT_MS / 1000} s`, 0);
      throw failureOf(to, error, options.redact);
    }
  };

  const patient = async <T>(signal: AbortSignal, route: string, once: () => Promise<T>): Promise<T> => {
    try {
      return await once();
    } catch (error) {
      const waitMs = waitBeforeRetry(error, route);
      if (waitMs === undefined) throw error;
      await options.clock.sleep(waitMs, signal);
      return once();
    }
  };

  return {
    ask: async (question) =>
      patient(question.signal, question.route, async () => {
        const { to, route, parameters, answer } = question;
        return shaped(to, await attempt(question, route, parameters), answer, options.redact);
      }),
    query: async (asked) => {
      const { to, query, variables, answer, signal } = asked;
      // A query changes nothing, whatever its method.
      return patient(signal, 'GET', async () => {
        const body = await attempt(asked, `POST ${options.graphqlUrl}`, { query, variables });
        const { data, errors } = shaped(to, body, GraphqlAnswer, options.redact);
        const [error] = errors ?? [];
        if (error !== undefined) throw graphqlFailure(to, error, options.redact);
        return shaped(to, data, answer, options.redact);
      });
    },
  };
}

/** The same fetch, but for answers that nobody could want: they would fill the memory. */
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

async function load({ token, fetch, apiUrl }: GitHubOptions): Promise<Ask> {
  // Eager: in the one file of the entry, and run only now. A file of its own would take the place of all other licenses.
  const { getOctokit } = await import(/* webpackMode: "eager" */ '@actions/github');
  const silent = (): void => undefined;
  const octokit = getOctokit(token, {
    baseUrl: apiUrl,
    userAgent: USER_AGENT,
    request: {
      fetch: limited(fetch),
      // Its own log goes past the runner, with GitHub's words in it.
      log: { debug: silent, info: silent, warn: silent, error: silent },
    },
  });
  return async (route, parameters) => {
    const response: { readonly data: unknown } = await octokit.request(route, parameters);
    return response.data;
  };
}

const GraphqlError = v.object({ type: v.optional(v.string(), ''), message: v.string() });
type GraphqlError = v.InferOutput<typeof GraphqlError>;
const GraphqlAnswer = v.object({ data: v.unknown(), errors: v.optional(v.array(GraphqlError)) });

function graphqlFailure(
  to: string,
  { type, message }: GraphqlError,
  redact: (text: string) => string,
): GitHubFailure {
  const statuses = new Map([
    ['FORBIDDEN', 403],
    ['NOT_FOUND', 404],
    ['RATE_LIMITED', 429],
  ]);
  return new GitHubFailure(to, words(message, redact), statuses.get(type) ?? 400);
}

function shaped<T>(
  to: string,
  value: unknown,
  shape: v.GenericSchema<unknown, T>,
  redact: (text: string) => string,
): T {
  const parsed = v.safeParse(shape, value, { abortEarly: true });
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const where = v.getDotPath(issue) ?? 'the whole';
  const what = words(`${where}: ${issue.message}`, redact);
  throw new GitHubFailure(to, `the answer is not what the API describes: ${what}`, 200);
}

/** What the client throws for an answer that is an error. Without an answer it says 500, and has no `response`. */
const Refusal = v.object({
  response: v.object({
    status: v.number(),
    headers: v.fallback(v.object({ 'retry-after': v.optional(v.string()) }), {}),
    data: v.fallback(v.object({ message: v.string() }), { message: '' }),
  }),
});

function failureOf(to: string, error: unknown, redact: (text: string) => string): GitHubFailure {
  const refusal = v.safeParse(Refusal, error);
  if (!refusal.success) return new GitHubFailure(to, words(thrown(error).message, redact), 0);
  const { status, headers, data } = refusal.output.response;
  const reason = `HTTP ${status}${data.message === '' ? '' : `: ${words(data.message, redact)}`}`;
  const seconds = headers['retry-after'] ?? '';
  return new GitHubFailure(
    to,
    reason,
    status,
    /^\d{1,6}$/.test(seconds) ? Number(seconds) * 1000 : undefined,
  );
}

function words(text: string, redact: (text: string) => string): string {
  return singleLine(redact(text), LONGEST_REASON);
}

/**
 * How long to wait before the one retry; `undefined` where none may help. GitHub refuses what is over a limit with 403 or
 * 429, and has not done it then; what else failed may have been done, and is sent again only where that changes nothing.
 * Source: https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
 */
function waitBeforeRetry(error: unknown, route: string): number | undefined {
  if (!(error instanceof GitHubFailure)) return undefined;
  const { status, retryAfterMs } = error;
  const refused = status === 429 || (status === 403 && retryAfterMs !== undefined);
  const passing = status === 0 || status >= 500;
  if (!refused && !(passing && !route.startsWith('POST'))) return undefined;
  const waitMs = retryAfterMs ?? BACKOFF_MS;
  return waitMs <= LONGEST_WAIT_MS ? waitMs : undefined;
}

import * as v from 'valibot';

import { retryAfterMs } from '../http/retry-after.ts';
import { singleLine } from '../text/safe.ts';
import { toError } from '../text/to-error.ts';

const MAX_REASON = 300;
const BACKOFF_MS = 1_000;
/** The wait at a rate limit without a given time: GitHub's docs ask for a minute. Longer limits are not waited for. */
const LIMIT_MS = 60_000;
/** Added to the time of a reset, which GitHub gives in whole seconds. */
const MARGIN_MS = 1_000;
const MAX_WAIT_MS = LIMIT_MS + MARGIN_MS;

/** A request to GitHub failed. */
export class GitHubFailure extends Error {
  override readonly name = 'GitHubFailure';
  readonly failedTo: string;
  /** The HTTP status; 0 if there was no answer. GraphQL's `FORBIDDEN` and `NOT_FOUND` are 403 and 404. */
  readonly status: number;
  /** How long to wait before a retry, in milliseconds, if the request was refused by a rate limit. */
  readonly retryAfterMs: number | undefined;

  constructor(failedTo: string, reason: string, status: number, retryAfterMs?: number) {
    super(reason);
    this.failedTo = failedTo;
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

function reasonIn(text: string): string {
  return singleLine(text, MAX_REASON);
}

const GRAPHQL_STATUSES = new Map([
  ['FORBIDDEN', 403],
  ['NOT_FOUND', 404],
  ['RATE_LIMITED', 429],
]);

/**
 * Validates an answer.
 *
 * @throws {GitHubFailure} if it has another shape.
 */
export function shaped<T>(to: string, value: unknown, shape: v.GenericSchema<unknown, T>): T {
  const parsed = v.safeParse(shape, value, { abortEarly: true });
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const what = reasonIn(`${v.getDotPath(issue) ?? 'the whole answer'}: ${issue.message}`);
  throw new GitHubFailure(to, `the answer is not what the API describes: ${what}`, 200);
}

const GraphqlAnswer = v.object({
  data: v.unknown(),
  errors: v.optional(v.array(v.object({ type: v.optional(v.string(), ''), message: v.string() })), []),
});

/**
 * Returns the data of a GraphQL answer. GraphQL reports errors with HTTP status 200.
 *
 * @throws {GitHubFailure} for such an error, or if the data has another shape.
 */
export function dataIn<T>(to: string, body: unknown, shape: v.GenericSchema<unknown, T>): T {
  const {
    data,
    errors: [error],
  } = shaped(to, body, GraphqlAnswer);
  if (error === undefined) return shaped(to, data, shape);
  throw new GitHubFailure(to, reasonIn(error.message), GRAPHQL_STATUSES.get(error.type) ?? 400);
}

/** What Octokit throws for an error answer. Without an answer it throws status 500 and no `response`. */
const Refusal = v.object({
  response: v.object({
    status: v.number(),
    headers: v.fallback(v.record(v.string(), v.string()), {}),
    data: v.fallback(v.object({ message: v.string() }), { message: '' }),
  }),
});

/** Converts what Octokit throws. */
export function failureOf(to: string, error: unknown): GitHubFailure {
  const refusal = v.safeParse(Refusal, error);
  if (!refusal.success) return new GitHubFailure(to, reasonIn(toError(error).message), 0);
  const { status, headers, data } = refusal.output.response;
  const reason = `HTTP ${status}${data.message === '' ? '' : `: ${reasonIn(data.message)}`}`;
  return new GitHubFailure(to, reason, status, limitMs(status, new Headers(headers), data.message));
}

/**
 * Returns how long a rate limit lasts; `undefined` if the request failed for another reason. GitHub reports a primary limit
 * in headers, a secondary one in `Retry-After` or only in the message.
 * Source: https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api#rate-limit-errors
 */
function limitMs(status: number, headers: Headers, message: string): number | undefined {
  const isRefused = status === 403 || status === 429;
  const isSpent = isRefused && headers.get('x-ratelimit-remaining') === '0';
  const askedMs = retryAfterMs(headers, isSpent);
  if (askedMs !== undefined) return isSpent ? askedMs + MARGIN_MS : askedMs;
  return isSpent || (isRefused && /rate limit/i.test(message)) ? LIMIT_MS : undefined;
}

/** Whether a request was refused by a rate limit: GitHub has done nothing, and a later retry may succeed. */
export function isLimited({ status, retryAfterMs }: GitHubFailure): boolean {
  return status === 429 || (status === 403 && retryAfterMs !== undefined);
}

/**
 * Returns the wait before the only retry; `undefined` if a retry is not safe or would not help. At a rate limit (403 or 429)
 * GitHub has done nothing. After other failures it may have acted, so a POST is not retried.
 * Source: https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
 */
export function waitBeforeRetry(error: unknown, route: string): number | undefined {
  if (!(error instanceof GitHubFailure)) return undefined;
  const { status, retryAfterMs } = error;
  const isTransient = status === 0 || status >= 500;
  if (!isLimited(error) && !(isTransient && !route.startsWith('POST'))) return undefined;
  const waitMs = retryAfterMs ?? BACKOFF_MS;
  return waitMs <= MAX_WAIT_MS ? waitMs : undefined;
}

import * as v from 'valibot';

import { retryAfterMs } from '../text/retry-after.ts';
import { toError } from '../text/to-error.ts';

const BACKOFF_MS = 1_000;
/** So long to wait at a limit of which GitHub says no more: it asks for a minute. One that lasts longer is not waited for. */
const LIMIT_MS = 60_000;
/** The moment of a reset is told in whole seconds. */
const MARGIN_MS = 1_000;
const LONGEST_WAIT_MS = LIMIT_MS + MARGIN_MS;

/** GitHub could not be asked, or refused. */
export class GitHubFailure extends Error {
  override readonly name = 'GitHubFailure';
  readonly failedTo: string;
  /** The HTTP status of a refusal; GraphQL's `FORBIDDEN` and `NOT_FOUND` as 403 and 404; 0 if there was no answer. */
  readonly status: number;
  /** How long GitHub asks to wait, in milliseconds: what it refuses for a limit, it does not refuse for ever. */
  readonly retryAfterMs: number | undefined;

  constructor(failedTo: string, reason: string, status: number, retryAfterMs?: number) {
    super(reason);
    this.failedTo = failedTo;
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Redacts and shortens a text of somebody else, on one line. */
export type Sanitize = (text: string) => string;

const GRAPHQL_STATUSES = new Map([
  ['FORBIDDEN', 403],
  ['NOT_FOUND', 404],
  ['RATE_LIMITED', 429],
]);

/**
 * An answer of the shape that the API describes.
 *
 * @throws {GitHubFailure} if it is of another.
 */
export function shaped<T>(
  to: string,
  value: unknown,
  shape: v.GenericSchema<unknown, T>,
  sanitize: Sanitize,
): T {
  const parsed = v.safeParse(shape, value, { abortEarly: true });
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const what = sanitize(`${v.getDotPath(issue) ?? 'the whole answer'}: ${issue.message}`);
  throw new GitHubFailure(to, `the answer is not what the API describes: ${what}`, 200);
}

const GraphqlAnswer = v.object({
  data: v.unknown(),
  errors: v.optional(v.array(v.object({ type: v.optional(v.string(), ''), message: v.string() })), []),
});

/**
 * The data in an answer of GraphQL, which tells errors with a status of success.
 *
 * @throws {GitHubFailure} for such an error, or if the data is of another shape.
 */
export function dataIn<T>(
  to: string,
  body: unknown,
  shape: v.GenericSchema<unknown, T>,
  sanitize: Sanitize,
): T {
  const {
    data,
    errors: [error],
  } = shaped(to, body, GraphqlAnswer, sanitize);
  if (error === undefined) return shaped(to, data, shape, sanitize);
  throw new GitHubFailure(to, sanitize(error.message), GRAPHQL_STATUSES.get(error.type) ?? 400);
}

/** What the client throws for an answer that is an error. Without an answer it says 500, and has no `response`. */
const Refusal = v.object({
  response: v.object({
    status: v.number(),
    headers: v.fallback(v.record(v.string(), v.string()), {}),
    data: v.fallback(v.object({ message: v.string() }), { message: '' }),
  }),
});

/** The failure of a request, by what the client throws. */
export function failureOf(to: string, error: unknown, sanitize: Sanitize): GitHubFailure {
  const refusal = v.safeParse(Refusal, error);
  if (!refusal.success) return new GitHubFailure(to, sanitize(toError(error).message), 0);
  const { status, headers, data } = refusal.output.response;
  const reason = `HTTP ${status}${data.message === '' ? '' : `: ${sanitize(data.message)}`}`;
  return new GitHubFailure(to, reason, status, limitMs(status, new Headers(headers), data.message));
}

/**
 * How long the limit lasts that a request was refused for; `undefined` if it was refused for another reason. A primary limit
 * is told by its headers; a secondary one by `Retry-After`, or in the message alone.
 * Source: https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api#rate-limit-errors
 */
function limitMs(status: number, headers: Headers, message: string): number | undefined {
  const isRefused = status === 403 || status === 429;
  const isSpent = isRefused && headers.get('x-ratelimit-remaining') === '0';
  const askedMs = retryAfterMs(headers, isSpent);
  if (askedMs !== undefined) return isSpent ? askedMs + MARGIN_MS : askedMs;
  return isSpent || (isRefused && /rate limit/i.test(message)) ? LIMIT_MS : undefined;
}

/** Whether a request was refused for a limit, and so was not done: the same may be done later. */
export function isLimited({ status, retryAfterMs }: GitHubFailure): boolean {
  return status === 429 || (status === 403 && retryAfterMs !== undefined);
}

/**
 * How long to wait before the one retry; `undefined` if none may help. GitHub refuses what is over a limit with 403 or
 * 429, and has not done it then; what else failed may have been done, and is sent again only if that changes nothing.
 * Source: https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
 */
export function waitBeforeRetry(error: unknown, route: string): number | undefined {
  if (!(error instanceof GitHubFailure)) return undefined;
  const { status, retryAfterMs } = error;
  const passing = status === 0 || status >= 500;
  if (!isLimited(error) && !(passing && !route.startsWith('POST'))) return undefined;
  const waitMs = retryAfterMs ?? BACKOFF_MS;
  return waitMs <= LONGEST_WAIT_MS ? waitMs : undefined;
}

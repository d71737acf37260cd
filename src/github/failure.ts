import { type LimitsIn, retryAfterIn } from '../http/limits.ts';
import { memberOf } from '../text/data.ts';
import { reasonLine } from '../text/safe.ts';

/** A request to GitHub failed. */
export class GitHubFailure extends Error {
  override readonly name = 'GitHubFailure';
  readonly failedTo: string;
  /** The HTTP status; 0 if there was no usable answer. For GraphQL, the status that matches its error. */
  readonly status: number;
  /** How long to wait before a retry, in milliseconds; `undefined` if neither GitHub nor a limit asks for a wait. */
  readonly retryAfterMs: number | undefined;

  constructor(failedTo: string, reason: string, status: number, retryAfterMs?: number) {
    super(reasonLine(reason));
    this.failedTo = failedTo;
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Returns the answer to a request, or why it failed. Throws everything else, such as an interruption. */
export async function catchGitHubFailure<T>(request: Promise<T>): Promise<T | GitHubFailure> {
  return request.catch((error: unknown) => {
    if (error instanceof GitHubFailure) return error;
    throw error;
  });
}

/** Whether a rate limit refused the request: GitHub has done nothing, and a later retry may succeed. */
export function isRateLimited({ status, retryAfterMs }: GitHubFailure): boolean {
  return status === 429 || (status === 403 && retryAfterMs !== undefined);
}

/** Whether GitHub has refused a request, and would again. */
export function wouldFailAgain(failure: GitHubFailure): boolean {
  return failure.status >= 400 && failure.status < 500 && !isRateLimited(failure);
}

/** Whether the token lacks the right for the request. GitHub also answers 404 for what the token may not see. */
export function lacksRight(failure: GitHubFailure): boolean {
  return [401, 403, 404].includes(failure.status) && !isRateLimited(failure);
}

/** Whether the token cannot reach a place: it lacks the right, or the place is gone (410). */
export function isOutOfReach(error: unknown): error is GitHubFailure {
  return error instanceof GitHubFailure && (lacksRight(error) || error.status === 410);
}

/** The wait at a rate limit if GitHub names no time: its docs ask for a minute. */
export const RATE_LIMIT_WAIT_MS = 60_000;
/** Added to the time of a reset, which is in whole seconds. */
export const RESET_MARGIN_MS = 1_000;

/**
 * Reads GitHub's limits from a 403 or 429. Headers show a primary limit; `Retry-After`, or only the message, a secondary one.
 * Source: https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api#rate-limit-errors
 */
export const gitHubLimits: LimitsIn = ({ status, headers }, body) => {
  // Any other failure may ask for a wait, too.
  if (status !== 403 && status !== 429)
    return { retryAfterMs: retryAfterIn(headers, false), limit: undefined };
  const isPrimary = headers.get('x-ratelimit-remaining') === '0';
  const saysLimit = /rate limit/i.test(String(memberOf(body, 'message')));
  const defaultMs = isPrimary || saysLimit ? RATE_LIMIT_WAIT_MS : undefined;
  const askedMs = retryAfterIn(headers, isPrimary);
  const marginMs = isPrimary ? RESET_MARGIN_MS : 0;
  const retryAfterMs = askedMs === undefined ? defaultMs : askedMs + marginMs;
  // A 403 that asks for no wait is about permissions.
  const isLimited = status === 429 || retryAfterMs !== undefined;
  return { retryAfterMs, limit: isLimited ? 'rate-limit' : undefined };
};

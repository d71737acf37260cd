import { type RequestFailed, statusOf } from '../http/failure.ts';
import { retryAfterOf } from '../http/retry.ts';
import { shorten } from '../text/safe.ts';

const MAX_REASON = 300;

/** A request to GitHub failed. */
export class GitHubFailure extends Error {
  override readonly name = 'GitHubFailure';
  readonly failedTo: string;
  /** The HTTP status; 0 if there was no usable answer. GraphQL's `FORBIDDEN` and `NOT_FOUND` are 403 and 404. */
  readonly status: number;
  /** How long GitHub asks to wait before a retry, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(failedTo: string, reason: string, status: number, retryAfterMs?: number) {
    super(reason);
    this.failedTo = failedTo;
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Converts a failure of http/, whose advice is for OpenHands. */
export function gitHubFailure(error: RequestFailed): GitHubFailure {
  const reason = shorten(error.message, MAX_REASON);
  return new GitHubFailure(error.problem.failedTo, reason, statusOf(error) ?? 0, retryAfterOf(error));
}

/** Whether a request was refused by a rate limit: GitHub has done nothing, and a later retry may succeed. */
export function isLimited({ status, retryAfterMs }: GitHubFailure): boolean {
  return status === 429 || (status === 403 && retryAfterMs !== undefined);
}

import { ApiFailure } from '../conversation/api.ts';
import { adviceFor, reasonOf, type Server } from './advice.ts';
import { mayHaveActed, type RequestFailure } from './request-failure.ts';

/** `once`: a request that must not be repeated. */
export type Sent = 'once' | 'any-time';

/** A request that failed, and why. */
export class RequestFailed extends ApiFailure {
  readonly failure: RequestFailure;
  /** Copies the failure, and adds for how many milliseconds the request was tried. */
  readonly triedFor: (ms: number) => RequestFailed;

  /**
   * @param failedTo what the request was for, as "VERB NOUN".
   * @param sent if it must not be repeated, and the server may have acted, the advice says so.
   * @param triedMs for how long it was retried, in milliseconds.
   */
  constructor(failedTo: string, failure: RequestFailure, server: Server, sent: Sent, triedMs = 0) {
    const isUnsure = sent === 'once' && mayHaveActed(failure);
    const { kind, todo } = adviceFor(failure, server);
    const list = server.isAgentServer ? 'GET %/api/conversations/search' : '%/conversations';
    const lookFirst = `the request may have succeeded anyway: before running the step again, check ${list.replace('%', () => server.baseUrl)}; then `;
    const tried = triedMs === 0 ? '' : ` (tried for ${Math.round(triedMs / 1000)} s)`;
    super(
      { kind, failedTo, because: reasonOf(failure) + tried, todo: (isUnsure ? lookFirst : '') + todo },
      isUnsure,
    );
    this.failure = failure;
    this.triedFor = (ms) => new RequestFailed(failedTo, failure, server, sent, ms);
  }
}

/** Whether the server does not know the path or the method. It has done nothing then. */
export function isNotServed(error: unknown): boolean {
  const status = statusOf(error);
  return status === 404 || status === 405;
}

/** Like {@link isNotServed}, for a GET: the web app may answer an unknown path with its page. */
export function meansNoApi(error: unknown): boolean {
  return isNotServed(error) || (error instanceof RequestFailed && error.failure.kind === 'page');
}

/** Whether the server does not serve the request: it answered with a page, or with an HTTP status below 500. */
export function isRefused(error: unknown): boolean {
  return meansNoApi(error) || (statusOf(error) ?? 500) < 500;
}

/** Returns the HTTP status of a failed request; `undefined` if the failure has none. */
export function statusOf(error: unknown): number | undefined {
  return error instanceof RequestFailed && error.failure.kind === 'status' ? error.failure.status : undefined;
}

/** Whether the answer was too large to be read. */
export function isTooLarge(error: unknown): boolean {
  return error instanceof RequestFailed && error.failure.kind === 'too-large';
}

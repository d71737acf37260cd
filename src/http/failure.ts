import { ApiFailure } from '../conversation/api.ts';
import { meaningOf, type RequestFailure, type Server } from './request-failure.ts';

const LOOK_FIRST = 'the request may have succeeded anyway: before running the step again, check';

/** A request that failed, and why. */
export class RequestFailed extends ApiFailure {
  readonly failure: RequestFailure;
  /** Copies the failure, and adds for how many milliseconds the request was tried. */
  readonly triedFor: (ms: number) => RequestFailed;

  /**
   * @param failedTo what the request was for, as "VERB NOUN".
   * @param sent `once` for a request that must not be repeated: if the server may have acted, the advice says so.
   * @param triedMs for how long it was retried, in milliseconds.
   */
  constructor(
    failedTo: string,
    failure: RequestFailure,
    server: Server,
    sent: 'once' | 'any-time',
    triedMs = 0,
  ) {
    const { mayHaveActed, ...what } = meaningOf(failure, server);
    const isUnsure = sent === 'once' && mayHaveActed;
    const tried = triedMs === 0 ? '' : ` (tried for ${Math.round(triedMs / 1000)} s)`;
    const first = isUnsure ? `${LOOK_FIRST} ${listOf(server)}; then ` : '';
    super({ ...what, failedTo, because: what.because + tried, todo: first + what.todo }, isUnsure);
    this.failure = failure;
    this.triedFor = (ms) => new RequestFailed(failedTo, failure, server, sent, ms);
  }
}

/** Returns where people find all conversations of a server. */
function listOf({ baseUrl, isAgentServer }: Server): string {
  return isAgentServer ? `GET ${baseUrl}/api/conversations/search` : `${baseUrl}/conversations`;
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

import { ApiFailure } from '../conversation/api.ts';
import { meaningOf, type RequestFailure, type Server } from './request-failure.ts';

const LOOK_FIRST = 'the request may have succeeded anyway: before running the step again, check';

/** A request that failed, with all that is known of why. */
export class RequestFailed extends ApiFailure {
  readonly failure: RequestFailure;
  /** The same failure, of a request that was tried for so many milliseconds. */
  readonly triedFor: (ms: number) => RequestFailed;

  /**
   * @param failedTo what the request was for, as "VERB NOUN".
   * @param sent `once` for a request that starts something: if the server may have acted, the advice says so.
   * @param triedMs how long it was tried again and again, in milliseconds.
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

/** Where all conversations of a server are. */
function listOf({ baseUrl, isAgentServer }: Server): string {
  return isAgentServer ? `GET ${baseUrl}/api/conversations/search` : `${baseUrl}/conversations`;
}

/** Whether a server answered that it does not know the request: it has done nothing. */
export function isNotServed(error: unknown): boolean {
  const status = statusOf(error);
  return status === 404 || status === 405;
}

/** The same for the first read of all: of a path that the API does not know, the web app gives its page. */
export function isNoApi(error: unknown): boolean {
  return isNotServed(error) || (error instanceof RequestFailed && error.failure.kind === 'page');
}

/** Whether the server has answered otherwise than one that serves the request would. */
export function isRefused(error: unknown): boolean {
  return isNoApi(error) || (statusOf(error) ?? 500) < 500;
}

/** The HTTP status of a refusal; `undefined` if the failure is none. */
export function statusOf(error: unknown): number | undefined {
  return error instanceof RequestFailed && error.failure.kind === 'status' ? error.failure.status : undefined;
}

/** Whether an answer is larger than answers are read. */
export function isTooLarge(error: unknown): boolean {
  return error instanceof RequestFailed && error.failure.kind === 'too-large';
}

import { ApiFailure } from '../port/api.ts';
import { reasonLine } from '../text/safe.ts';
import { failureReason, mayHaveActed, type RequestFailure } from './request-failure.ts';
import type { Server } from './server.ts';

export interface FailedRequest {
  /** What it was for, as "VERB NOUN". */
  readonly goal: string;
  /** `send`: a POST, which may have acted even if its answer is lost. */
  readonly kind: 'read' | 'send' | 'download';
}

export class RequestFailed extends ApiFailure {
  readonly failure: RequestFailure;
  /** Returns this failure with the time for which the request was tried, in milliseconds. */
  readonly withTriedTime: (ms: number) => RequestFailed;

  constructor(request: FailedRequest, failure: RequestFailure, server: Server, triedMs = 0) {
    const isUnsure = request.kind === 'send' && mayHaveActed(failure);
    const tried = triedMs === 0 ? '' : ` (tried for ${Math.round(triedMs / 1000)} s)`;
    const advice = server.api.advise(failure, { baseUrl: server.baseUrl, isUnsure });
    const status = failure.kind === 'status' ? failure.status : undefined;
    super(
      {
        failedTo: request.goal,
        because: reasonLine(failureReason(failure)) + tried,
        ...advice,
        ...(status === 401 && { isKeyRefused: true }),
        ...(status === 413 && { isTooLarge: true }),
      },
      isUnsure,
    );
    this.failure = failure;
    this.withTriedTime = (ms) => new RequestFailed(request, failure, server, ms);
  }
}

/** Whether the server does not know the path or the method: then it has done nothing. */
export function isNotServed(error: unknown): boolean {
  const status = statusOf(error);
  return status === 404 || status === 405;
}

/** Like {@link isNotServed}, for a GET: the web app may answer an unknown path with its page. */
export function isApiMissing(error: unknown): boolean {
  return isNotServed(error) || isPageInstead(error);
}

/** Whether a proxy has answered that wants a login, for certain: a web page may also be that of a server without this API. */
export function isLogin(error: unknown): boolean {
  return error instanceof RequestFailed && error.failure.kind === 'login';
}

/** Whether a web page came instead of JSON. */
function isPageInstead(error: unknown): boolean {
  return error instanceof RequestFailed && error.failure.kind === 'page';
}

/** Whether there was no answer in time: the server may only be slow. */
export function isLate(error: unknown): boolean {
  return error instanceof RequestFailed && error.failure.kind === 'time-out';
}

/** Returns the HTTP status of a failed request; `undefined` if the failure has none. */
export function statusOf(error: unknown): number | undefined {
  return error instanceof RequestFailed && error.failure.kind === 'status' ? error.failure.status : undefined;
}

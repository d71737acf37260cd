import type { Limits } from './limits.ts';

export type RequestFailure =
  /** The connection failed. `code` is the system's error code, empty if there is none. */
  | { readonly kind: 'network'; readonly reason: string; readonly code: string }
  | { readonly kind: 'time-out'; readonly timeoutMs: number }
  /** An HTTP error. `detail`: the reason in the server's words; empty if it gave none. */
  | ({ readonly kind: 'status'; readonly status: number; readonly detail: string } & Limits)
  /** A redirect to the same path of the same host, such as from http to https. */
  | { readonly kind: 'redirect'; readonly status: number; readonly location: string }
  /** Something in front of the server wants a login: it redirects elsewhere, or answers 407. */
  | { readonly kind: 'login'; readonly status: number; readonly location?: string }
  /** HTML instead of JSON: the page of a login, or that with which a web app answers an unknown path. */
  | { readonly kind: 'page'; readonly status: number }
  | { readonly kind: 'not-json' }
  /** JSON that does not fit the API. */
  | { readonly kind: 'unexpected'; readonly reason: string }
  | { readonly kind: 'too-large'; readonly limitBytes: number }
  /** A file that does not begin with `begins`. */
  | { readonly kind: 'other-file'; readonly begins: string }
  /** A file without its end, although the connection closed normally. */
  | { readonly kind: 'cut-off' };

/** Thrown if an attempt fails, or its answer cannot be used. */
export class AttemptFailed extends Error {
  readonly failure: RequestFailure;
  constructor(failure: RequestFailure) {
    super(failure.kind);
    this.failure = failure;
  }
}

/** Returns why a request failed, in words. Even the system's messages quote the server, such as names in its certificate. */
export function failureReason(failure: RequestFailure): string {
  switch (failure.kind) {
    case 'network':
      return failure.reason;
    case 'time-out':
      return `no complete answer within ${failure.timeoutMs / 1000} s`;
    case 'status':
      return `HTTP ${failure.status}${failure.detail === '' ? '' : `: ${failure.detail}`}`;
    case 'redirect':
      return `HTTP ${failure.status}: the server redirects to ${failure.location}; the action follows no redirects, to protect the key`;
    case 'login': {
      const where = failure.location === undefined ? '' : `, and redirects to ${failure.location}`;
      return `a proxy asks for a login (HTTP ${failure.status}${where})`;
    }
    case 'page':
      return `a proxy asks for a login, or this is another server: a web page (HTTP ${failure.status}) came instead of JSON`;
    case 'not-json':
      return 'the answer is cut off, or not JSON';
    case 'unexpected':
      return `the answer is not what the API describes: ${failure.reason}`;
    case 'too-large':
      return `the answer is larger than ${failure.limitBytes / 1024 / 1024} MiB`;
    case 'other-file':
      return `the file should begin with ${failure.begins}, but does not`;
    case 'cut-off':
      return 'the file is cut off';
  }
}

/** Returns the wait that the server asked for, in milliseconds; `undefined` if it asked for none. */
export function retryAfterOf(failure: RequestFailure): number | undefined {
  return failure.kind === 'status' ? failure.retryAfterMs : undefined;
}

/** Whether the server refused the request for now, because of a limit that is not daily. It has done nothing. */
export function isDeferred(failure: RequestFailure): boolean {
  if (failure.kind !== 'status' || failure.limit === 'daily-limit') return false;
  return failure.status === 429 || failure.limit !== undefined;
}

/**
 * Whether the server asks to retry later: a deferral, or a 503 with `Retry-After`. A gateway may send the 503 after the server
 * has acted, so this is only for requests that are safe to repeat.
 */
export function isRetryRequested(failure: RequestFailure): boolean {
  if (isDeferred(failure)) return true;
  return failure.kind === 'status' && failure.status === 503 && failure.retryAfterMs !== undefined;
}

const TRANSIENT_KINDS: readonly RequestFailure['kind'][] = [
  'network',
  'time-out',
  'login',
  'page',
  'not-json',
  'cut-off',
];

/** Whether a web page came instead of JSON. If the server may lack an API, this shows that it does lack it. */
export function isPage(failure: RequestFailure): boolean {
  return failure.kind === 'page';
}

/** Whether something in front of the server has answered, which wants a login. The server has not got the request. */
export function asksForLogin(failure: RequestFailure): boolean {
  return failure.kind === 'login' || failure.kind === 'page';
}

/** Whether the same request may succeed a little later. */
export function isTransient(failure: RequestFailure): boolean {
  if (failure.kind !== 'status') return TRANSIENT_KINDS.includes(failure.kind);
  return isDeferred(failure) || [408, 425].includes(failure.status) || failure.status >= 500;
}

/** Whether the server may have acted on the request, although it failed. */
export function mayHaveActed(failure: RequestFailure): boolean {
  if (failure.kind === 'network') {
    const { code, reason } = failure;
    const isNotSent =
      NOT_CONNECTED_CODES.includes(code) || CERTIFICATE_CODE.test(code) || NOT_CONNECTED_WORDS.test(reason);
    return !isNotSent;
  }
  if (failure.kind === 'status') return failure.status >= 500;
  // A redirect or a login comes from something else than the API. With any other failure, the API may have acted.
  return failure.kind !== 'redirect' && !asksForLogin(failure);
}

/** Whether the request certainly never reached the server: no connection was made, or a proxy has answered. */
export function neverArrived(failure: RequestFailure): boolean {
  return (failure.kind === 'network' && !mayHaveActed(failure)) || asksForLogin(failure);
}

/** This action's own code, for a host to which no key may be sent. */
export const UNSAFE_ADDRESS = 'UNSAFE_ADDRESS';

/** Codes of failures before the request was sent: the server cannot have acted on it. */
const NOT_CONNECTED_CODES = [
  UNSAFE_ADDRESS,
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'ERR_SSL_WRONG_VERSION_NUMBER',
];
/** Messages of such failures that have no clear code: a port that fetch refuses, TCP, TLS, a refusal by a proxy. */
const NOT_CONNECTED_WORDS = /^(?:bad port$|connect )|before secure TLS connection|when HTTP Tunneling/;
/**
 * Codes of a refused certificate: the request was not sent.
 * Source: https://nodejs.org/api/tls.html#x509-certificate-error-codes
 */
export const CERTIFICATE_CODE =
  /CERT|CRL|SIGNATURE|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|HOSTNAME_MISMATCH/;

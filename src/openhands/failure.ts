import { ApiFailure } from '../conversation/api.ts';
import { isLoopbackUrl } from '../text/loopback.ts';
import { kindOf } from './failure-kind.ts';
import type { Limit } from './limit.ts';

/** What can go wrong with a request. */
export type RequestFailure =
  /** No connection, or one that broke; `code` is the system's, empty where there is none. */
  | { readonly kind: 'network'; readonly reason: string; readonly code: string }
  | { readonly kind: 'time-out'; readonly timeoutMs: number }
  /** An HTTP error; `detail` in the server's words, empty where it gave none. */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly detail: string;
      readonly retryAfterMs?: number;
      /** What a 429 is about; absent with every other status. */
      readonly limit?: Limit;
    }
  | { readonly kind: 'redirect'; readonly status: number; readonly location: string }
  /** HTML where JSON was due: the web app answers paths that the API does not know. */
  | { readonly kind: 'page'; readonly status: number }
  | { readonly kind: 'not-json' }
  /** JSON of another shape than the API's. */
  | { readonly kind: 'unexpected'; readonly reason: string }
  | { readonly kind: 'too-large'; readonly limitBytes: number }
  /** A file that begins otherwise than the one that was asked for. */
  | { readonly kind: 'other-file'; readonly begins: string }
  /** A file without its end, although the connection ended as if that were all. */
  | { readonly kind: 'cut-off' };

/** A request that failed, with all that is known of why. */
export class RequestFailed extends ApiFailure {
  readonly failure: RequestFailure;
  /** The same failure, of a request that was tried for so many milliseconds. */
  readonly triedFor: (ms: number) => RequestFailed;

  /**
   * @param failedTo what the request was for, as "VERB NOUN".
   * @param sent `once` for a request that starts something: where the server may have acted, the advice says so.
   * @param triedMs how long it was tried again and again, in milliseconds.
   */
  constructor(
    failedTo: string,
    failure: RequestFailure,
    baseUrl: string,
    sent: 'once' | 'any-time',
    triedMs = 0,
  ) {
    const advice = adviceFor(failure, baseUrl);
    const todo =
      sent === 'once' && mayHaveActed(failure)
        ? `${LOOK_FIRST}${baseUrl}/conversations; then ${advice}`
        : advice;
    const tried = triedMs === 0 ? '' : ` (tried for ${Math.round(triedMs / 1000)} s)`;
    super(
      { failedTo, because: reasonOf(failure) + tried, todo, kind: kindOf(failure) },
      sent === 'once' && mayHaveActed(failure),
    );
    this.failure = failure;
    this.triedFor = (ms) => new RequestFailed(failedTo, failure, baseUrl, sent, ms);
  }
}

const LOOK_FIRST = 'the server may have acted all the same: before running the step again, look at ';

/** Our own, of a host with an address that no key is sent to. */
const UNSAFE = 'UNSAFE_ADDRESS';

/** Nothing was asked: the host that a server named has no address of the internet, nor of that server's own network. */
export function unsafe(host: string): RequestFailure {
  const reason = `${host}, where the server says that it is, is no address of the internet, nor of the server's own network: no key is sent there`;
  return { kind: 'network', code: UNSAFE, reason };
}

/** With these the server cannot have seen the request. */
const NOT_CONNECTED = [
  UNSAFE,
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'ERR_SSL_WRONG_VERSION_NUMBER',
];
/** Nor with these, where the code is missing or says less: a port that fetch refuses, TCP, TLS, and a proxy's refusal. */
const NOT_CONNECTED_WORDS = /^(?:bad port$|connect )|before secure TLS connection|when HTTP Tunneling/;
/**
 * A certificate that is refused: nothing is sent then.
 * Source: https://nodejs.org/api/tls.html#x509-certificate-error-codes
 */
const CERTIFICATE = /CERT|CRL|SIGNATURE|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|HOSTNAME_MISMATCH/;

function isConnected({ code, reason }: RequestFailure & { readonly kind: 'network' }): boolean {
  return !(NOT_CONNECTED.includes(code) || CERTIFICATE.test(code) || NOT_CONNECTED_WORDS.test(reason));
}

/** Whether the server may have done what was asked although no usable answer came. */
function mayHaveActed(failure: RequestFailure): boolean {
  switch (failure.kind) {
    case 'network':
      return isConnected(failure);
    case 'status':
      return failure.status >= 500;
    case 'redirect':
    case 'page':
      return false;
    case 'time-out':
    case 'not-json':
    case 'unexpected':
    case 'too-large':
    case 'other-file':
    case 'cut-off':
      return true;
  }
}

/** Whether the server has refused a request, and will take the same before the day is over: it has done nothing. */
export function isPutOff(failure: RequestFailure): boolean {
  return failure.kind === 'status' && failure.status === 429 && failure.limit !== 'daily-limit';
}

/**
 * Whether a server asks for the same request again later. What says 503 may be a gateway, after the server behind it has
 * acted: this is for requests that may be done twice.
 */
export function isPostponed(failure: RequestFailure): boolean {
  if (isPutOff(failure)) return true;
  return failure.kind === 'status' && failure.status === 503 && failure.retryAfterMs !== undefined;
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

/** The HTTP status of a refusal; `undefined` where the failure is none. */
export function statusOf(error: unknown): number | undefined {
  return error instanceof RequestFailed && error.failure.kind === 'status' ? error.failure.status : undefined;
}

/** Whether an answer is larger than answers are read. */
export function isTooLarge(error: unknown): boolean {
  return error instanceof RequestFailed && error.failure.kind === 'too-large';
}

/** Whether the same request may succeed a little later. */
export function isPassing(failure: RequestFailure): boolean {
  switch (failure.kind) {
    case 'network':
    case 'time-out':
    case 'page':
    case 'not-json':
    case 'cut-off':
      return true;
    case 'status':
      return isPassingStatus(failure);
    case 'redirect':
    case 'unexpected':
    case 'too-large':
    case 'other-file':
      return false;
  }
}

function isPassingStatus(failure: RequestFailure & { readonly kind: 'status' }): boolean {
  return isPutOff(failure) || [408, 425].includes(failure.status) || failure.status >= 500;
}

/** The failure in words, for the middle of a sentence. */
export function reasonOf(failure: RequestFailure): string {
  switch (failure.kind) {
    case 'network':
      return failure.reason;
    case 'time-out':
      return `no complete answer within ${failure.timeoutMs / 1000} s`;
    case 'status':
      return `HTTP ${failure.status}${failure.detail === '' ? '' : `: ${failure.detail}`}`;
    case 'redirect':
      return `HTTP ${failure.status}: the server redirects to ${failure.location}, and redirects are not followed with a key`;
    case 'page':
      return `a web page (HTTP ${failure.status}) came instead of JSON`;
    case 'not-json':
      return 'the answer is cut off or no JSON';
    case 'unexpected':
      return `the answer is not what the API describes: ${failure.reason}`;
    case 'too-large':
      return `the answer is larger than ${failure.limitBytes / 1024 / 1024} MiB`;
    case 'other-file':
      return `the file does not begin with ${failure.begins}, as it should`;
    case 'cut-off':
      return 'the file is cut off';
  }
}

function adviceFor(failure: RequestFailure, baseUrl: string): string {
  switch (failure.kind) {
    case 'network':
      return adviceForNetwork(failure.code, baseUrl);
    case 'time-out':
    case 'cut-off':
      return 'run the step again later, and check that the server at base-url is well';
    case 'status':
      return failure.limit === undefined
        ? adviceForStatus(failure.status, baseUrl)
        : adviceForLimit(failure.limit, baseUrl);
    case 'redirect':
      return 'set base-url to the address that the server redirects to, if you trust it';
    case 'page':
      return 'check base-url: it must be the address of an OpenHands server, without the path of a page';
    case 'not-json':
    case 'unexpected':
    case 'too-large':
    case 'other-file':
      return 'check that base-url is an OpenHands server, and that this action is new enough for it';
  }
}

function adviceForNetwork(code: string, baseUrl: string): string {
  if (code === UNSAFE)
    return 'check that the server at base-url tells an address of its agents that this runner may use';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'check the host name in base-url';
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER') return 'check base-url: the server does not speak https there';
  if (CERTIFICATE.test(code) || /SSL|TLS/.test(code)) {
    return "check the server's certificate; for a certificate authority of your own set NODE_EXTRA_CA_CERTS";
  }
  const proxy = isLoopbackUrl(baseUrl) ? '' : ' (a proxy is taken from HTTPS_PROXY)';
  return `check base-url, and that the server runs and can be reached from this runner${proxy}`;
}

function adviceForStatus(status: number, baseUrl: string): string {
  switch (status) {
    case 401:
      return `check that api-key holds a valid key of ${baseUrl}, and that its account can reach the repository`;
    case 402:
      return `check the balance of the account at ${baseUrl}`;
    case 403:
      return 'check what the account of the API key is allowed to do';
    case 404:
    case 405:
      return 'check base-url and api-version: the server does not know this request';
    case 400:
    case 422:
      return 'check the repository, the branch and the other inputs of the step';
    default:
      return 'run the step again later: the server has trouble';
  }
}

function adviceForLimit(limit: Limit, baseUrl: string): string {
  switch (limit) {
    case 'rate-limit':
      return 'run the step again later: the account made too many requests';
    case 'concurrency-limit':
      return `pause or end conversations of the account at ${baseUrl}/conversations, or give the step more timeout-seconds`;
    case 'daily-limit':
      return `run the step again once the limit is reset (at midnight UTC, if the server names no other time), or have it raised at ${baseUrl}`;
  }
}

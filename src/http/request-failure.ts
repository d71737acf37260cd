import type { FailureKind, Problem } from '../conversation/problem.ts';
import { pagesOf } from '../openhands/wire.ts';
import type { Limit } from './limit.ts';
import { isLoopbackUrl } from './loopback.ts';

/** The server of a request. */
export interface Server {
  /** Origin and path prefix, without a trailing slash. */
  readonly baseUrl: string;
  /** Whether it is an agent server without an app server. */
  readonly isAgentServer?: boolean;
}

/** Why a request failed. */
export type RequestFailure =
  /** The connection failed. `code` is the system's error code, empty if there is none. */
  | { readonly kind: 'network'; readonly reason: string; readonly code: string }
  | { readonly kind: 'time-out'; readonly timeoutMs: number }
  /** An HTTP error. `detail` is in the server's words, empty if it gave none. */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly detail: string;
      readonly retryAfterMs?: number;
      /** The limit behind a 429; absent with other statuses. */
      readonly limit?: Limit;
    }
  | { readonly kind: 'redirect'; readonly status: number; readonly location: string }
  /** HTML instead of JSON: the web app answers paths that the API does not know. */
  | { readonly kind: 'page'; readonly status: number }
  | { readonly kind: 'not-json' }
  /** JSON that does not fit the API. */
  | { readonly kind: 'unexpected'; readonly reason: string }
  | { readonly kind: 'too-large'; readonly limitBytes: number }
  /** A file with a wrong beginning; `begins` is the right one. */
  | { readonly kind: 'other-file'; readonly begins: string }
  /** A file without its end, although the connection ended normally. */
  | { readonly kind: 'cut-off' };

/** Whether the server refused the request only for now: a 429, unless the limit is daily. It has done nothing. */
export function isDeferred(failure: RequestFailure): boolean {
  return failure.kind === 'status' && failure.status === 429 && failure.limit !== 'daily-limit';
}

/**
 * Whether the server asks to retry later: a 429, or a 503 with `Retry-After`. The 503 may come from a gateway after the
 * server behind it has acted, so this is only for requests that may be done twice.
 */
export function isRetryRequested(failure: RequestFailure): boolean {
  if (isDeferred(failure)) return true;
  return failure.kind === 'status' && failure.status === 503 && failure.retryAfterMs !== undefined;
}

const TRANSIENT: readonly RequestFailure['kind'][] = ['network', 'time-out', 'page', 'not-json', 'cut-off'];

/** Whether the failure is transient: the same request may succeed a little later. */
export function isTransient(failure: RequestFailure): boolean {
  if (failure.kind !== 'status') return TRANSIENT.includes(failure.kind);
  return isDeferred(failure) || [408, 425].includes(failure.status) || failure.status >= 500;
}

/** A failure as it is reported to people. */
export interface Meaning extends Omit<Problem, 'failedTo'> {
  /** Whether the server may have acted on the request anyway. */
  readonly mayHaveActed: boolean;
}

const OTHER_SERVER = {
  kind: 'server',
  todo: 'check that base-url is an OpenHands server, and that this action is new enough for it',
  mayHaveActed: true,
} as const;
const NO_END = {
  kind: 'network',
  todo: 'check the server at base-url, and run the step again later',
  mayHaveActed: true,
} as const;

/** Explains a failure to people, with advice. */
export function meaningOf(failure: RequestFailure, server: Server): Meaning {
  switch (failure.kind) {
    case 'network':
      return {
        kind: 'network',
        because: failure.reason,
        todo: adviceForNetwork(failure.code, server.baseUrl),
        mayHaveActed: isConnected(failure),
      };
    case 'status':
      return {
        ...ofStatus(failure.limit ?? failure.status, server),
        because: `HTTP ${failure.status}${failure.detail === '' ? '' : `: ${failure.detail}`}`,
        mayHaveActed: failure.status >= 500,
      };
    case 'redirect':
      return {
        kind: 'input',
        because: `HTTP ${failure.status}: the server redirects to ${failure.location}, and the action follows no redirects, to protect the key`,
        todo: 'set base-url to the address that the server redirects to, if you trust it',
        mayHaveActed: false,
      };
    case 'page':
      return {
        kind: 'server',
        because: `the server sent a web page (HTTP ${failure.status}) instead of JSON`,
        todo: 'check base-url: it must be the address of an OpenHands server, without the path of a page',
        mayHaveActed: false,
      };
    case 'time-out':
      return { ...NO_END, because: `no complete answer within ${failure.timeoutMs / 1000} s` };
    case 'cut-off':
      return { ...NO_END, because: 'the file is cut off' };
    case 'not-json':
      return { ...OTHER_SERVER, because: 'the answer is cut off or not JSON' };
    case 'unexpected':
      return { ...OTHER_SERVER, because: `the answer is not what the API describes: ${failure.reason}` };
    case 'too-large':
      return {
        ...OTHER_SERVER,
        because: `the answer is larger than ${failure.limitBytes / 1024 / 1024} MiB`,
      };
    case 'other-file':
      return { ...OTHER_SERVER, because: `the file does not begin with ${failure.begins}, as it should` };
  }
}

/** This action's own code, for a host that gets no key. */
const UNSAFE = 'UNSAFE_ADDRESS';

/** Returns the failure of a request that was not sent: the host that the server named has an address that gets no key. */
export function unsafe(host: string): RequestFailure {
  const reason = `the server names ${host}, which is neither a public address nor one of the server's own network: no key is sent there`;
  return { kind: 'network', code: UNSAFE, reason };
}

/** Codes of failures before the request was sent: the server cannot have acted. */
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
/** Messages of such failures without a clear code: a port that fetch refuses, TCP, TLS, and a refusal by a proxy. */
const NOT_CONNECTED_WORDS = /^(?:bad port$|connect )|before secure TLS connection|when HTTP Tunneling/;
/**
 * Codes of a refused certificate: the request was not sent.
 * Source: https://nodejs.org/api/tls.html#x509-certificate-error-codes
 */
const CERTIFICATE = /CERT|CRL|SIGNATURE|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|HOSTNAME_MISMATCH/;

function isConnected({ code, reason }: RequestFailure & { readonly kind: 'network' }): boolean {
  return !(NOT_CONNECTED.includes(code) || CERTIFICATE.test(code) || NOT_CONNECTED_WORDS.test(reason));
}

function adviceForNetwork(code: string, baseUrl: string): string {
  if (code === UNSAFE)
    return 'check the address that the server gives for its agents: this runner must be able to reach it';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'check the host name in base-url';
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER') return 'check base-url: the server does not speak https there';
  if (CERTIFICATE.test(code) || /SSL|TLS/.test(code)) {
    return "check the server's certificate; for your own certificate authority, set NODE_EXTRA_CA_CERTS";
  }
  const proxy = isLoopbackUrl(baseUrl) ? '' : ' (to use a proxy, set HTTPS_PROXY)';
  return `check base-url, and that the server runs and can be reached from this runner${proxy}`;
}

type Advice = Pick<Problem, 'todo'> & { readonly kind: FailureKind };

function ofStatus(status: number | Limit, { baseUrl, isAgentServer }: Server): Advice {
  const advice = ofAppServer(status, baseUrl);
  const todo = isAgentServer ? AT_AGENT_SERVER[advice.kind] : undefined;
  return { ...advice, ...(todo !== undefined && { todo }) };
}

/** The advice for an agent server, where it differs from an app server's. */
const AT_AGENT_SERVER: Partial<Readonly<Record<FailureKind, string>>> = {
  input:
    'check model, llm-api-key, llm-base-url and working-directory, and that api-version is right for the server',
  auth: 'check that api-key holds the session key of the server',
  'concurrency-limit':
    'wait for other conversations of the server to end, let it run more at once, or give the step more timeout-seconds',
  server: 'see the log of the server, and check working-directory; then run the step again',
};

function ofAppServer(status: number | Limit, baseUrl: string): Advice {
  switch (status) {
    case 400:
    case 422:
      return { kind: 'input', todo: 'check the inputs of the step, such as repository and branch' };
    case 401:
      return {
        kind: 'auth',
        todo: `check that api-key holds a valid key of ${baseUrl}, and that its account can reach the repository`,
      };
    case 402:
      return { kind: 'quota', todo: `check the balance of the account at ${baseUrl}` };
    case 403:
      return { kind: 'auth', todo: 'check what the account of the API key is allowed to do' };
    case 404:
    case 405:
    case 410:
      return {
        kind: 'not-found',
        todo: 'check base-url and api-version: the server does not support this request',
      };
    case 429:
    case 'rate-limit':
      return {
        kind: 'rate-limit',
        todo: 'run the step again later: the account made too many requests',
      };
    case 'concurrency-limit':
      return {
        kind: status,
        todo: `pause or end conversations of the account at ${pagesOf(baseUrl).list}, or give the step more timeout-seconds`,
      };
    case 'daily-limit':
      return {
        kind: status,
        todo: `run the step again once the limit is reset (at midnight UTC, if the server names no other time), or have the limit raised at ${baseUrl}`,
      };
    default:
      return { kind: 'server', todo: 'run the step again later: the server has problems' };
  }
}

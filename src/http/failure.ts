import { ApiFailure } from '../conversation/api.ts';
import type { FailureKind, Problem } from '../conversation/problem.ts';
import { reasonLine } from '../text/safe.ts';
import { isLoopbackUrl } from './address.ts';
import type { Limit } from './limits.ts';
import { CERTIFICATE, mayHaveActed, type RequestFailure, UNSAFE } from './request-failure.ts';

/** The server of a request. */
export interface Server {
  /** Origin and path prefix, without a trailing slash. */
  readonly baseUrl: string;
  /** Whether it is an agent server without an app server. */
  readonly isAgentServer?: boolean;
}

/** `once`: a POST, which may have acted although its answer is lost. */
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
    const list = server.isAgentServer ? 'GET %/api/conversations/search' : 'the conversations at %';
    const lookFirst = `the request may have succeeded anyway: before running the step again, check ${list.replace('%', () => server.baseUrl)}; then `;
    const tried = triedMs === 0 ? '' : ` (tried for ${Math.round(triedMs / 1000)} s)`;
    // Shortened as a whole: even the system's messages quote the server, such as the names in its certificate.
    const because = reasonLine(reasonOf(failure));
    super({ kind, failedTo, because: because + tried, todo: (isUnsure ? lookFirst : '') + todo }, isUnsure);
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

/** Returns the HTTP status of a failed request; `undefined` if the failure has none. */
export function statusOf(error: unknown): number | undefined {
  return error instanceof RequestFailed && error.failure.kind === 'status' ? error.failure.status : undefined;
}

/** Returns why a request failed, in words. */
function reasonOf(failure: RequestFailure): string {
  switch (failure.kind) {
    case 'network':
      return failure.reason;
    case 'time-out':
      return `no complete answer within ${failure.timeoutMs / 1000} s`;
    case 'status':
      return `HTTP ${failure.status}${failure.detail === '' ? '' : `: ${failure.detail}`}`;
    case 'redirect':
      return `HTTP ${failure.status}: the server redirects to ${failure.location}, and the action follows no redirects, to protect the key`;
    case 'page':
      return `the server sent a web page (HTTP ${failure.status}) instead of JSON`;
    case 'not-json':
      return 'the answer is cut off or not JSON';
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

const TRY_LATER = 'check the server at base-url, and run the step again later';
const OTHER_SERVER = 'check that base-url is an OpenHands server, and that this action is new enough for it';
const NO_PAGE = 'check base-url: it must be the address of an OpenHands server, without the path of a page';
const NEW_ADDRESS = 'set base-url to the address that the server redirects to, if you trust it';

/** Returns what to do about a failed request to OpenHands, and the kind of the failure. */
function adviceFor(
  failure: RequestFailure,
  server: Server,
): Pick<Problem, 'todo'> & { readonly kind: FailureKind } {
  switch (failure.kind) {
    case 'network':
      return { kind: 'network', todo: adviceForNetwork(failure.code, server.baseUrl) };
    case 'time-out':
    case 'cut-off':
      return { kind: 'network', todo: TRY_LATER };
    case 'status': {
      const kind = failure.limit ?? KINDS[failure.status] ?? 'server';
      return { kind, todo: adviceForStatus(kind, failure.status, server) };
    }
    case 'redirect':
      return { kind: 'input', todo: NEW_ADDRESS };
    case 'page':
      return { kind: 'server', todo: NO_PAGE };
    default:
      return { kind: 'server', todo: OTHER_SERVER };
  }
}

function adviceForNetwork(code: string, baseUrl: string): string {
  if (code === UNSAFE)
    return 'check the address that the server gives for its agents: this runner must be able to reach it';
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER') return 'check base-url: the server does not speak https there';
  if (CERTIFICATE.test(code) || /SSL|TLS/.test(code))
    return "check the server's certificate; for your own certificate authority, set NODE_EXTRA_CA_CERTS";
  const proxy = isLoopbackUrl(baseUrl) ? '' : ' (to use a proxy, set HTTPS_PROXY)';
  return `check base-url, and that the server runs and can be reached from this runner${proxy}`;
}

type StatusKind = 'input' | 'auth' | 'quota' | 'not-found' | 'server' | Limit;

/** All other statuses are a fault of the server. */
const KINDS: Readonly<Record<number, StatusKind>> = {
  400: 'input',
  401: 'auth',
  402: 'quota',
  403: 'auth',
  404: 'not-found',
  405: 'not-found',
  410: 'not-found',
  422: 'input',
  429: 'rate-limit',
};

function adviceForStatus(kind: StatusKind, status: number, { baseUrl, isAgentServer }: Server): string {
  const todos: Readonly<Record<StatusKind, string>> = {
    input: 'check the inputs of the step, such as repository and branch',
    auth:
      status === 401
        ? `check that api-key holds a valid key of ${baseUrl}, and that its account can reach the repository`
        : 'check what the account of the API key is allowed to do',
    quota: `check the balance of the account at ${baseUrl}`,
    'not-found': 'check base-url and api-version: the server does not support this request',
    'rate-limit': 'run the step again later: the account made too many requests',
    'concurrency-limit': `pause or end conversations of the account at ${baseUrl}, or give the step more timeout-seconds`,
    'daily-limit': `run the step again once the limit is reset (at midnight UTC, if the server names no other time), or have the limit raised at ${baseUrl}`,
    server: 'run the step again later: the server has problems',
    ...(isAgentServer && AT_AGENT_SERVER),
  };
  return todos[kind];
}

/** The advice for an agent server, where it differs from an app server's. */
const AT_AGENT_SERVER: Partial<Readonly<Record<StatusKind, string>>> = {
  input:
    'check model, llm-api-key, llm-base-url and working-directory, and that api-version is right for the server',
  auth: 'check that api-key holds the session key of the server (Agent Canvas: LOCAL_BACKEND_API_KEY)',
  'concurrency-limit':
    'wait for other conversations of the server to end, let it run more at once, or give the step more timeout-seconds',
  server: 'see the log of the server, and check working-directory; then run the step again',
};

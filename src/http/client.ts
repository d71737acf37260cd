import type { Deferred } from '../conversation/api.ts';
import { isReachableFrom, type Lookup } from './address.ts';
import { Unusable } from './answer.ts';
import {
  type Answer,
  createExchange,
  type Download,
  type ExchangeOptions,
  type Request,
  type Save,
} from './exchange.ts';
import type { RequestFailed } from './failure.ts';
import { listen, type LOST, NOT_OPENED, UNSAFE_HOST } from './listen.ts';
import { isRetryRequested, isTransient, type RequestFailure, unsafe } from './request-failure.ts';
import { type Congestion, orDeferred, retried, type RetryOptions } from './retry.ts';
import type { OpenSocket } from './socket.ts';

/** The server, the credentials, and what retries need. */
export interface HttpOptions extends ExchangeOptions {
  readonly random: () => number;
  /** Resolves the hosts of other servers that this server names. */
  readonly lookup: Lookup;
  readonly openSocket: OpenSocket;
  /** The clock's time at which the signals of the requests are aborted. */
  readonly deadlineAt: number;
  readonly onRetry: (error: RequestFailed, waitMs: number) => void;
}

/** An HTTP client for JSON and files. All methods throw {@link RequestFailed}, or the signal's reason once aborted. */
export interface HttpClient {
  readonly baseUrl: string;
  /** The server's time in milliseconds since 1970, by the `Date` of its answers. Before the first: the machine's time. */
  readonly serverNow: () => number;
  /**
   * Returns a client for another server, with other credentials; this client's are not sent there. Before each connection
   * the addresses are resolved: they must be public, or in a network of the same kind as this server's.
   */
  readonly elsewhere: (baseUrl: string, credentials: Readonly<Record<string, string>>) => HttpClient;
  /** Returns a client whose failures advise users of an agent server. */
  readonly asAgentServer: () => HttpClient;
  /** Sends a GET, with retries. */
  read<T>(request: Request<T>): Promise<T>;
  /** Sends a GET without retries, for an answer that the step can do without. */
  readOnce<T>(request: Request<T>): Promise<T>;
  /** Downloads a file, with retries: each calls `save` again, from the beginning. The file is not redacted. */
  download(request: Download, save: Save): Promise<void>;
  /** Sends a POST that may be done twice. It is retried only if the server asks for that. */
  send<T>(request: Request<T>, body: unknown): Promise<T>;
  /** Sends a POST without retries. */
  sendOnce<T>(request: Request<T>, body: unknown): Promise<T>;
  /** Like {@link sendOnce}, and also returns the HTTP status: it may show that the conversation existed already. */
  create<T>(request: Request<T>, body: unknown): Promise<Answer<T>>;
  /**
   * Yields the frames of a WebSocket, and {@link LOST} when a connection is lost. Reconnects while that may help, then ends;
   * that is no error, as pushes are optional. The key is sent as the first frame and not in the URL, which proxies may log.
   * Nothing else is sent: the server would take it for a message to the agent.
   *
   * @param path returns the path of the socket. Called for each connection.
   */
  listen(path: () => string, signal: AbortSignal): AsyncIterable<string | typeof LOST>;
  /** Runs once what must not be done twice. If the server defers it, returns that as the result. */
  orDeferred<T>(attempt: () => Promise<T>): Promise<T | Deferred>;
  /**
   * Returns a client for an API that the server may not have. Until its first answer, a web page in place of JSON means
   * that it has not, and `read` does not retry it.
   */
  readonly probing: () => HttpClient;
}

/** The timeout for opening a WebSocket. */
const CONNECT_TIMEOUT_MS = 3_000;

/** Creates a client. */
export function createHttpClient(options: HttpOptions): HttpClient {
  const { answered, serverNow, json, file } = createExchange(options);
  const congestion: Congestion = { level: 0, refusals: 0 };
  const withRetries = async <T>(
    attempt: () => Promise<T>,
    signal: AbortSignal,
    mayRetry: RetryOptions['mayRetry'],
  ): Promise<T> => retried(attempt, { ...options, signal, answered, mayRetry, congestion });
  const get: HttpClient['readOnce'] = async (request) => (await json(request)).value;
  const create: HttpClient['create'] = async (request, body) => json(request, JSON.stringify(body));
  const sendOnce: HttpClient['sendOnce'] = async (request, body) => (await create(request, body)).value;

  const client: HttpClient = {
    baseUrl: options.baseUrl,
    serverNow,
    elsewhere: (baseUrl, credentials) =>
      createHttpClient({
        ...options,
        ...checkingHost(options, new URL(baseUrl).hostname),
        baseUrl,
        credentials,
      }),
    read: async (request) => withRetries(async () => get(request), request.signal, isTransient),
    readOnce: get,
    download: async (request, save) =>
      withRetries(async () => file(request, save), request.signal, isTransient),
    create,
    sendOnce,
    asAgentServer: () => createHttpClient({ ...options, isAgentServer: true }),
    send: async (request, body) =>
      withRetries(async () => sendOnce(request, body), request.signal, isRetryRequested),
    listen: (path, signal) => {
      const { baseUrl, credentials, openSocket } = options;
      const first = authentication(credentials);
      const how = { ...(first !== undefined && { first }), timeoutMs: CONNECT_TIMEOUT_MS, signal };
      return listen(() => openSocket(baseUrl.replace(/^http/, 'ws') + path(), how), { ...options, signal });
    },
    orDeferred: async (attempt) => orDeferred(attempt, { ...options, congestion }),
    probing: () => {
      let isThere = false;
      const mayRetry = (failure: RequestFailure): boolean =>
        (isThere || failure.kind !== 'page') && isTransient(failure);
      return {
        ...client,
        async read(request) {
          const answer = await withRetries(async () => get(request), request.signal, mayRetry);
          isThere = true;
          return answer;
        },
      };
    },
  };
  return client;
}

/** Wraps `fetch` and `openSocket` so that each connection first checks whether a key may be sent to the host. */
function checkingHost(
  { fetch, openSocket, lookup, baseUrl }: HttpOptions,
  host: string,
): Pick<HttpOptions, 'fetch' | 'openSocket'> {
  const isSafe = async (signal: AbortSignal | null | undefined): Promise<boolean> => {
    const aborted = new Promise<never>((_resolve, reject) => {
      signal?.addEventListener('abort', () => {
        reject(new Error('the DNS lookup took too long'));
      });
    });
    return Promise.race([isReachableFrom(new URL(baseUrl).hostname, host, lookup), aborted]);
  };
  return {
    async fetch(input, init) {
      if (!(await isSafe(init?.signal))) throw new Unusable(unsafe(host));
      return fetch(input, init);
    },
    async *openSocket(url, options) {
      const safe = await isSafe(options.signal).catch(() => undefined);
      options.signal.throwIfAborted();
      if (safe !== true) return safe === undefined ? NOT_OPENED : UNSAFE_HOST;
      return yield* openSocket(url, options);
    },
  };
}

/** Returns the first frame of a WebSocket, which authenticates. Source: `sockets.py` in OpenHands/software-agent-sdk. */
function authentication({ 'x-session-api-key': key }: HttpOptions['credentials']): string | undefined {
  return key ? JSON.stringify({ type: 'auth', session_api_key: key }) : undefined;
}

/**
 * Returns the headers for an API key; none if the key is empty. OpenHands Cloud reads the first header, a self-hosted
 * server with a session key the second. Each ignores the other one.
 */
export function credentialsOf(apiKey: string): Readonly<Record<string, string>> {
  return apiKey === '' ? {} : { authorization: `Bearer ${apiKey}`, 'x-session-api-key': apiKey };
}

import { once } from 'node:events';

import * as v from 'valibot';

import type { Deferred } from '../port/api.ts';
import { isSafeHost } from './address.ts';
import { fileChunksOf } from './answer.ts';
import {
  type Answer,
  type Download,
  exchange,
  type ExchangeOptions,
  type LastAnswer,
  type Network,
  readValue,
  type Request,
  type Sendable,
} from './exchange.ts';
import { RequestFailed } from './failure.ts';
import { listen, type ListenOptions, type LOST, NOT_OPENED } from './listen.ts';
import { AttemptFailed, isRetryRequested, isTransient, UNSAFE_ADDRESS } from './request-failure.ts';
import {
  heedLimits,
  retry,
  type RetryOptions,
  type RetryTiming,
  runOnce,
  type Throttle,
  waitMsBeforeRetry,
  waitUntilDue,
} from './retry.ts';
import type { Advise } from './server.ts';

/** The server, the credentials, and what retries need. */
export interface HttpOptions
  extends ExchangeOptions, Network, Omit<RetryTiming, 'state' | 'isUnspaced' | 'isNamed'> {
  readonly onRetry: (error: RequestFailed, waitMs: number) => void;
}

/** How a WebSocket of a server is used. */
export interface SocketUse extends Pick<ListenOptions, 'finalCodes'> {
  /** Returns the path of the socket, for each connection. */
  readonly path: () => string;
  /** Returns the frame that authenticates; `undefined` if the credentials need none. */
  readonly firstFrame: (credentials: HttpOptions['credentials']) => string | undefined;
  /** Whether a frame ends its batch at once. */
  readonly isUrgent: (frame: string) => boolean;
}

/** Requests to a server for JSON and files. All methods throw {@link RequestFailed}, or the signal's reason once that is aborted. */
export interface Requests extends Pick<HttpOptions, 'baseUrl'> {
  /** Sends a GET, with retries. */
  read<T>(request: Request<T>): Promise<T>;
  /**
   * Downloads a file, with retries: each calls `save` again, from the beginning. The file is not redacted. An {@link AttemptFailed} that
   * `save` throws becomes a failure of the request.
   */
  download<T>(
    request: Download,
    save: (pieces: AsyncIterable<Uint8Array>, headers: Headers) => Promise<T>,
  ): Promise<T>;
  /** Sends a POST that is safe to repeat. It is retried only if the server asks for that. */
  send<T>(request: Request<T>, body: unknown): Promise<T>;
  /** Sends a POST without retries. The HTTP status tells whether it created something. */
  sendOnce<T>(request: Request<T>, body: unknown): Promise<Answer<T>>;
  /** Runs once what must not be repeated. If the server defers it, or it never reached the server, returns that instead of throwing. */
  runOnce<T>(attempt: () => Promise<T>): Promise<T | Deferred>;
  /** The server's time in milliseconds since 1970, by the `Date` of its answers; this machine's time if they have none. */
  readonly serverNow: () => number;
  /**
   * Returns requests to another server, with its own credentials. Before each connection, that server's addresses are checked:
   * they must be public, or in networks of the same scope as this server's.
   */
  readonly forServer: (baseUrl: string, credentials: Readonly<Record<string, string>>) => Requests;
  /** Returns these requests without retries: with this timeout for each, and for all of them together, in milliseconds. */
  readonly withoutRetries: (timeoutMs?: number, togetherMs?: number) => Requests;
  /** Returns these requests with this timeout for each, in milliseconds, for what is optional: nobody is told of their retries. */
  readonly withoutNotice: (timeoutMs: number) => Requests;
  /**
   * Yields the frames of a WebSocket in batches, and {@link LOST} when a connection is lost. Reconnects while that may help, and
   * then ends without an error, because pushes are optional. Sends nothing but the key, as the first frame: proxies may log URLs.
   */
  listen(use: SocketUse): AsyncIterable<readonly string[] | typeof LOST>;
}

export interface HttpClient extends Pick<HttpOptions, 'baseUrl'> {
  /** Returns the requests of some work, which a signal can end. */
  readonly during: (signal: AbortSignal) => Requests;
  /** Returns this client for requests that cannot wait for the spacing that follows a rate limit. */
  readonly withoutSpacing: () => HttpClient;
  /** Returns this client with other advice in its failures. */
  readonly withAdvice: (advise: Advise) => HttpClient;
}

const CONNECT_TIMEOUT_MS = 3_000;
/** A WebSocket that is silent for this long is lost. Servers ping every 20 s, the default of uvicorn. */
const SILENT_MS = 50_000;

export function createHttpClient(options: HttpOptions): HttpClient {
  return clientOf({ ...options, state: newState() });
}

/** What a client remembers about a server. */
type ClientState = LastAnswer & Throttle;

function newState(): ClientState {
  return { deferrals: 0, unsent: undefined, spacingMs: 0, dueAt: 0, burstUntil: -Infinity };
}

/** A server, and what is known about it. */
interface ClientOptions extends HttpOptions, RetryTiming {
  readonly state: ClientState;
  /** Whether its requests are sent once. */
  readonly isWithoutRetries?: true;
}

function clientOf(options: ClientOptions): HttpClient {
  return {
    baseUrl: options.baseUrl,
    during: (signal) => requestsTo({ ...options, signal }),
    withoutSpacing: () => clientOf({ ...options, isUnspaced: true }),
    withAdvice: (advise) => clientOf({ ...options, api: { ...options.api, advise } }),
  };
}

type MayRetry = RetryOptions['mayRetry'];

function requestsTo(server: ClientOptions & Pick<RetryOptions, 'signal'>): Requests {
  const { baseUrl, credentials, clock, signal, state } = server;
  /** `mayRetry`: absent for what must not be repeated. */
  const ask = async <T>(
    request: Sendable,
    mayRetry: MayRetry | undefined,
    use: (response: Response) => Promise<T>,
  ): Promise<T> => {
    const waitBefore: RetryOptions['waitBefore'] = (failure, failing) => {
      const error = new RequestFailed(request, failure, server);
      const waitMs = waitMsBeforeRetry(server, error, failing);
      server.onRetry(error, waitMs);
      return waitMs;
    };
    const mayRetryThis: MayRetry = (failure) =>
      mayRetry?.(failure) === true && !request.isPermanent?.(failure);
    const once = async (): Promise<T> => heedLimits(async () => exchange(request, server, use), server);
    const isRepeatable = mayRetry !== undefined && !server.isWithoutRetries;
    try {
      // What is sent once is urgent or optional, or when it was sent may count later.
      if (isRepeatable) await waitUntilDue(server);
      const tries = isRepeatable ? Infinity : 1;
      return await retry(once, { clock, signal, tries, mayRetry: mayRetryThis, waitBefore });
    } catch (error) {
      throw error instanceof AttemptFailed ? new RequestFailed(request, error.failure, server) : error;
    }
  };
  const post = async <T>(request: Request<T>, body: unknown, mayRetry?: MayRetry): Promise<Answer<T>> =>
    ask({ ...request, kind: 'send', body: JSON.stringify(body) }, mayRetry, async (response) => ({
      status: response.status,
      value: await readValue(response, request, server),
    }));
  return {
    read: async (request) =>
      ask({ ...request, kind: 'read' }, isTransient, async (response) =>
        readValue(response, request, server),
      ),
    download: async (request, save) =>
      ask({ ...request, kind: 'download' }, isTransient, async (response) =>
        response.ok
          ? save(fileChunksOf(response, request.shape), response.headers)
          : // Not a file but a refusal, for which this throws.
            readValue(response, { path: request.path, shape: v.never() }, server),
      ),
    send: async (request, body) => (await post(request, body, isRetryRequested)).value,
    sendOnce: async (request, body) => post(request, body),
    runOnce: async (attempt) => runOnce(attempt, server),
    baseUrl,
    serverNow: () => (state.offsetMs === undefined ? clock.date().getTime() : clock.now() + state.offsetMs),
    forServer(otherUrl, otherCredentials) {
      const other = {
        baseUrl: otherUrl,
        credentials: otherCredentials,
        state: newState(),
        isNamed: true as const,
      };
      return requestsTo({ ...server, ...withHostCheck(server, otherUrl), ...other });
    },
    withoutRetries: (timeoutMs = server.timeoutMs, togetherMs = Infinity) =>
      requestsTo({ ...server, isWithoutRetries: true, timeoutMs, endAt: clock.now() + togetherMs }),
    withoutNotice: (timeoutMs) => requestsTo({ ...server, onRetry: () => undefined, timeoutMs }),
    listen({ path, firstFrame, isUrgent, finalCodes }) {
      const times = { timeoutMs: CONNECT_TIMEOUT_MS, silentMs: SILENT_MS };
      const how = { first: firstFrame(credentials), ...times, isUrgent, signal };
      const address = baseUrl.replace(/^http/, 'ws');
      return listen(() => server.openSocket(address + path(), how), { ...server, finalCodes });
    },
  };
}

/** Wraps `fetch` and `openSocket`: before each connection they check that a key may be sent to the server. */
function withHostCheck(
  { fetch, openSocket, lookup, baseUrl }: HttpOptions,
  otherUrl: string,
): Pick<HttpOptions, 'fetch' | 'openSocket'> {
  const host = new URL(otherUrl).hostname;
  const reason = `the server names ${host}, which is neither a public address nor one of the server's own network: no key is sent there`;
  // Once the signal is aborted, the answer does not matter: the callers then throw the reason of the signal.
  const isSafe = async (signal: AbortSignal): Promise<boolean> =>
    Promise.race([
      isSafeHost(new URL(baseUrl).hostname, host, lookup),
      once(signal, 'abort').then(() => false),
    ]);
  return {
    async fetch(input, init) {
      if (!(await isSafe(init?.signal ?? new AbortController().signal)))
        throw new AttemptFailed({ kind: 'network', code: UNSAFE_ADDRESS, reason });
      return fetch(input, init);
    },
    async *openSocket(url, options) {
      const safe = await isSafe(options.signal).catch(() => false);
      options.signal.throwIfAborted();
      return safe ? yield* openSocket(url, options) : NOT_OPENED;
    },
  };
}

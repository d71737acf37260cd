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
import { listen, type LOST, NOT_OPENED, UNFIT } from './listen.ts';
import { isPassing, isPostponed, type RequestFailure, unsafe } from './request-failure.ts';
import { type Crowd, orDeferred, retried, type RetryOptions } from './retry.ts';
import type { OpenSocket } from './socket.ts';

/** Where and as whom the API is spoken to, and how often. */
export interface HttpOptions extends ExchangeOptions {
  readonly random: () => number;
  /** Finds the addresses of other servers that this one names. */
  readonly lookup: Lookup;
  readonly openSocket: OpenSocket;
  /** The clock's time at which the requests' signals will be aborted. */
  readonly deadlineAt: number;
  readonly onRetry: (error: RequestFailed, waitMs: number) => void;
}

/** JSON over HTTP, and files. All methods throw {@link RequestFailed}, or the signal's reason once that is aborted. */
export interface HttpClient {
  readonly baseUrl: string;
  readonly redact: (text: string) => string;
  /** The same for our own words, such as an id that is kept. */
  readonly redactOwn: (text: string) => string;
  /** The server's time of day in milliseconds since 1970, by the `Date` of its answers; the machine's until it tells. */
  readonly serverNow: () => number;
  /**
   * The same client for another server, which gets other credentials and none of these. Before each connection its
   * addresses are looked up: it is asked on the internet, or in a network of the same kind as this server's.
   */
  readonly elsewhere: (baseUrl: string, credentials: Readonly<Record<string, string>>) => HttpClient;
  /** The same client, which knows that the server is an agent server by itself: its advice is another. */
  readonly asAgentServer: () => HttpClient;
  /** GET, tried again while it may help. */
  read<T>(request: Request<T>): Promise<T>;
  /** GET, once: for what is not worth waiting for. */
  readOnce<T>(request: Request<T>): Promise<T>;
  /**
   * GET of a file, which goes to `save` from its beginning at each try. It is not redacted.
   */
  download(request: Download, save: Save): Promise<void>;
  /** POST of what may be done twice, sent again if the server asks for that. */
  send<T>(request: Request<T>, body: unknown): Promise<T>;
  /** POST, sent once, whatever comes of it. */
  sendOnce<T>(request: Request<T>, body: unknown): Promise<T>;
  /** The same, and what the status of the answer is: it may tell what was there already. */
  create<T>(request: Request<T>, body: unknown): Promise<Answer<T>>;
  /**
   * The frames that come by a socket, and {@link LOST} when they stop coming for a while. It ends when they will not come
   * any more, without having failed: nobody depends on it. The key is sent as the first frame and not in the address, which
   * proxies keep; any other frame would be a message to the agent.
   *
   * @param path the socket's, anew for each connection.
   */
  listen(path: () => string, signal: AbortSignal): AsyncIterable<string | typeof LOST>;
  /** Does what must not be done twice, once; if the server refuses it for now, that is the answer. */
  orDeferred<T>(attempt: () => Promise<T>): Promise<T | Deferred>;
  /**
   * The same client for an API that the server may not have: until its first answer, a page in place of one says so, and is not
   * asked for again.
   */
  readonly probing: () => HttpClient;
}

/** How long a server may take to accept a socket. */
const CONNECT_MS = 3_000;

/** Creates a client. */
export function createHttpClient(options: HttpOptions): HttpClient {
  const { answered, serverNow, json, file } = createExchange(options);
  const crowd: Crowd = { level: 0, refusals: 0 };
  const persistently = async <T>(
    attempt: () => Promise<T>,
    signal: AbortSignal,
    mayRepeat: RetryOptions['mayRepeat'],
  ): Promise<T> => retried(attempt, { ...options, signal, answered, mayRepeat, crowd });
  const get: HttpClient['readOnce'] = async (request) => (await json(request)).value;
  const create: HttpClient['create'] = async (request, body) => json(request, JSON.stringify(body));
  const sendOnce: HttpClient['sendOnce'] = async (request, body) => (await create(request, body)).value;

  const client: HttpClient = {
    baseUrl: options.baseUrl,
    redact: options.secrets.redact,
    redactOwn: options.secrets.redactOwn,
    serverNow,
    elsewhere: (baseUrl, credentials) =>
      createHttpClient({ ...options, ...warily(options, new URL(baseUrl).hostname), baseUrl, credentials }),
    read: async (request) => persistently(async () => get(request), request.signal, isPassing),
    readOnce: get,
    download: async (request, save) =>
      persistently(async () => file(request, save), request.signal, isPassing),
    create,
    sendOnce,
    asAgentServer: () => createHttpClient({ ...options, isAgentServer: true }),
    send: async (request, body) =>
      persistently(async () => sendOnce(request, body), request.signal, isPostponed),
    listen: (path, signal) => {
      const { baseUrl, credentials, openSocket } = options;
      const first = authentication(credentials);
      const how = { ...(first !== undefined && { first }), withinMs: CONNECT_MS, signal };
      return listen(() => openSocket(baseUrl.replace(/^http/, 'ws') + path(), how), { ...options, signal });
    },
    orDeferred: async (attempt) => orDeferred(attempt, { ...options, crowd }),
    probing: () => {
      let isThere = false;
      const mayRepeat = (failure: RequestFailure): boolean =>
        (isThere || failure.kind !== 'page') && isPassing(failure);
      return {
        ...client,
        async read(request) {
          const answer = await persistently(async () => get(request), request.signal, mayRepeat);
          isThere = true;
          return answer;
        },
      };
    },
  };
  return client;
}

/** The ways to a host that a server named: before each connection it is seen whether it is one to give a key to. */
function warily(
  { fetch, openSocket, lookup, baseUrl }: HttpOptions,
  host: string,
): Pick<HttpOptions, 'fetch' | 'openSocket'> {
  const isFit = async (signal: AbortSignal | null | undefined): Promise<boolean> => {
    const aborted = new Promise<never>((_resolve, reject) => {
      signal?.addEventListener('abort', () => {
        reject(new Error('the DNS lookup took too long'));
      });
    });
    return Promise.race([isReachableFrom(new URL(baseUrl).hostname, host, lookup), aborted]);
  };
  return {
    async fetch(input, init) {
      if (!(await isFit(init?.signal))) throw new Unusable(unsafe(host));
      return fetch(input, init);
    },
    async *openSocket(url, options) {
      const fit = await isFit(options.signal).catch(() => undefined);
      options.signal.throwIfAborted();
      if (fit !== true) return fit === undefined ? NOT_OPENED : UNFIT;
      return yield* openSocket(url, options);
    },
  };
}

/** What a socket begins with. Source: `sockets.py` in OpenHands/software-agent-sdk. */
function authentication({ 'x-session-api-key': key }: HttpOptions['credentials']): string | undefined {
  return key ? JSON.stringify({ type: 'auth', session_api_key: key }) : undefined;
}

/**
 * The headers for an API key. Servers of OpenHands Cloud read the first; a self-hosted one that was started with a session
 * key reads the second. Each ignores the other. There are none if there is no key.
 */
export function credentialsOf(apiKey: string): Readonly<Record<string, string>> {
  return apiKey === '' ? {} : { authorization: `Bearer ${apiKey}`, 'x-session-api-key': apiKey };
}

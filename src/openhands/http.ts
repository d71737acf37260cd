import * as v from 'valibot';

import { type Clock, Interruption, withDeadline } from '../conversation/clock.ts';
import type { Secrets } from '../text/secrets.ts';
import { thrown } from '../text/thrown.ts';
import { isClearRefusal, isPassing, RequestFailed, type RequestFailure } from './failure.ts';
import { reasonWords, wordsOf } from './guard.ts';
import { refusalIn } from './refusal.ts';
import { retried, type RetryOptions } from './retry.ts';
import { retryAfterMs } from './retry-after.ts';

/** Answers are read up to this size: what an API says of a conversation is a few kilobytes. */
const LARGEST_ANSWER_BYTES = 10 * 1024 * 1024;
/**
 * How long one attempt may take, answer included. A request that is sent only once is given longer: its lost answer
 * cannot be asked for again.
 */
export const TIMEOUTS_MS = { read: 30_000, send: 60_000 } as const;

const MOST_CAUSES = 5;
const SESSION_KEY = /^[A-Za-z0-9._~+/=-]{8,512}$/;
/** An answer tells of at most so many conversations. */
const MOST_SESSION_KEYS = 200;

/** Where and as whom the API is spoken to. */
export interface HttpOptions {
  /** Origin and path prefix, without a trailing slash. */
  readonly baseUrl: string;
  /** The headers that say who asks. */
  readonly credentials: Readonly<Record<string, string>>;
  readonly userAgent: string;
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  readonly random: () => number;
  /** The clock's time at which the requests' signals will be aborted. */
  readonly deadlineAt: number;
  readonly timeoutsMs: { readonly read: number; readonly send: number };
  /** Learns the secrets that answers carry before anything else sees the answers. */
  readonly secrets: Secrets;
  readonly onRetry: (error: RequestFailed, waitMs: number) => void;
}

/** One request: what it is for (as "VERB NOUN"), where to, and the shape of the answer. */
export interface Request<T> {
  readonly to: string;
  readonly path: string;
  readonly answer: v.GenericSchema<unknown, T>;
  readonly signal: AbortSignal;
}

/** JSON over HTTP. Both methods throw {@link RequestFailed}, or the signal's reason once that is aborted. */
export interface HttpClient {
  readonly baseUrl: string;
  readonly redact: (text: string) => string;
  /** The same client for another server, which gets other credentials and none of these. */
  readonly elsewhere: (baseUrl: string, credentials: Readonly<Record<string, string>>) => HttpClient;
  /** GET, tried again while it may help. */
  read<T>(request: Request<T>): Promise<T>;
  /** POST, sent again only where the server has refused it and asks for that. */
  send<T>(request: Request<T>, body: unknown): Promise<T>;
  /** POST, sent once, whatever comes of it. */
  sendOnce<T>(request: Request<T>, body: unknown): Promise<T>;
  /** Does something, and again where it was refused and the server asks for that. */
  insist<T>(attempt: () => Promise<T>, signal: AbortSignal): Promise<T>;
  /**
   * The same client for the first request of all, which shows whether the server has the API: a page in place of an answer
   * says no, and is not asked for again.
   */
  readonly probing: () => HttpClient;
}

/** Creates a client. No redirect is followed: the key goes to the configured origin alone. */
export function createHttpClient(options: HttpOptions): HttpClient {
  let answered = false;

  async function exchange<T>(request: Request<T>, body: string | undefined, signal: AbortSignal): Promise<T> {
    const response = await connected(async () =>
      options.fetch(options.baseUrl + request.path, {
        method: body === undefined ? 'GET' : 'POST',
        headers: headersFor(options, body !== undefined),
        redirect: 'manual',
        signal,
        ...(body !== undefined && { body }),
      }),
    );
    answered = true;
    const text = await connected(async () => readText(response));
    return readAnswer(response, text, request.answer, options.secrets);
  }

  async function attempt<T>(request: Request<T>, body?: string): Promise<T> {
    const timeoutMs = body === undefined ? options.timeoutsMs.read : options.timeoutsMs.send;
    try {
      return await withDeadline(options.clock, timeoutMs, request.signal, async (signal) => {
        try {
          return await exchange(request, body, signal);
        } catch (error) {
          signal.throwIfAborted();
          throw error;
        }
      });
    } catch (error) {
      request.signal.throwIfAborted();
      const failure = failureOf(error, timeoutMs);
      throw new RequestFailed(request.to, failure, options.baseUrl, body === undefined ? 'any-time' : 'once');
    }
  }

  const persistently = async <T>(
    once: () => Promise<T>,
    signal: AbortSignal,
    mayRepeat: RetryOptions['mayRepeat'],
  ): Promise<T> => retried(once, { ...options, signal, answered: () => answered, mayRepeat });

  const client: HttpClient = {
    baseUrl: options.baseUrl,
    redact: options.secrets.redact,
    elsewhere: (baseUrl, credentials) => createHttpClient({ ...options, baseUrl, credentials }),
    read: async (request) => persistently(async () => attempt(request), request.signal, isPassing),
    send: async (request, body) =>
      persistently(async () => attempt(request, JSON.stringify(body)), request.signal, isClearRefusal),
    sendOnce: async (request, body) => attempt(request, JSON.stringify(body)),
    insist: async (once, signal) => persistently(once, signal, isClearRefusal),
    probing: () => ({
      ...client,
      read: async (request) =>
        persistently(
          async () => attempt(request),
          request.signal,
          (failure) => failure.kind !== 'page' && isPassing(failure),
        ),
    }),
  };
  return client;
}

function headersFor({ credentials, userAgent }: HttpOptions, hasBody: boolean): Record<string, string> {
  return {
    accept: 'application/json',
    'user-agent': userAgent,
    ...credentials,
    ...(hasBody && { 'content-type': 'application/json' }),
  };
}

/**
 * The headers for an API key. Servers of OpenHands Cloud read the first; a self-hosted one that was started with a session
 * key reads the second. Each ignores the other.
 */
export function credentialsOf(apiKey: string): Readonly<Record<string, string>> {
  return { authorization: `Bearer ${apiKey}`, 'x-session-api-key': apiKey };
}

/** A failure on its way out of the reading of an answer. */
class Unusable extends Error {
  readonly failure: RequestFailure;
  constructor(failure: RequestFailure) {
    super(failure.kind);
    this.failure = failure;
  }
}

/** What ended an attempt, as a failure of it. The only interruption there is is that of its own time. */
function failureOf(error: unknown, timeoutMs: number): RequestFailure {
  if (error instanceof Interruption) return { kind: 'time-out', timeoutMs };
  if (error instanceof Unusable) return error.failure;
  throw error;
}

function readAnswer<T>(
  response: Response,
  text: string,
  shape: v.GenericSchema<unknown, T>,
  secrets: Secrets,
): T {
  const { status } = response;
  const words = wordsOf(secrets.redact);
  const json = parseJson(text);
  secrets.add(...sessionKeysIn(json));
  if (status >= 300 && status < 400) {
    const location = reasonWords(response.headers.get('location') ?? 'nowhere', words);
    throw new Unusable({ kind: 'redirect', status, location });
  }
  if (!response.ok) throw new Unusable(statusFailure(response, reasonWords(refusalIn(text, json), words)));
  if (isPage(response, text)) throw new Unusable({ kind: 'page', status });
  if (json === undefined) throw new Unusable({ kind: 'not-json' });
  const parsed = v.safeParse(shape, json, { abortEarly: true });
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const reason = reasonWords(`${v.getDotPath(issue) ?? 'the whole'}: ${issue.message}`, words);
  throw new Unusable({ kind: 'unexpected', reason });
}

/** Does something with the connection; what it throws is a failure of the network. */
async function connected<T>(use: () => Promise<T>): Promise<T> {
  try {
    return await use();
  } catch (error) {
    throw error instanceof Unusable ? error : new Unusable(networkFailure(error));
  }
}

async function readText(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let size = 0;
  let text = '';
  const chunks: AsyncIterable<Uint8Array> | readonly Uint8Array[] = response.body ?? [];
  for await (const chunk of chunks) {
    size += chunk.byteLength;
    if (size > LARGEST_ANSWER_BYTES) {
      throw new Unusable({ kind: 'too-large', limitBytes: LARGEST_ANSWER_BYTES });
    }
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** The parsed text, or `undefined`, which is no JSON value. The parser's message is left out: it quotes the text. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isPage(response: Response, text: string): boolean {
  return (
    (response.headers.get('content-type') ?? '').includes('text/html') || /^\s*<(?:!doctype|html)/i.test(text)
  );
}

/**
 * Every `session_api_key` in an answer: it opens the sandbox. A key that is none would, as a secret, take other words out
 * of everything that is shown; one that were ignored would be shown.
 */
function sessionKeysIn(json: unknown): readonly string[] {
  const keys = new Set<string>();
  // A stack of its own: an answer can be nested deeper than calls can.
  const open: unknown[] = [json];
  while (open.length > 0) {
    const next = open.pop();
    if (typeof next !== 'object' || next === null) continue;
    for (const [name, member] of Object.entries(next)) {
      if (name === 'session_api_key' && typeof member === 'string' && member !== '') keys.add(member);
      else open.push(member);
    }
  }
  if (keys.size > MOST_SESSION_KEYS || [...keys].some((key) => !SESSION_KEY.test(key))) {
    throw new Unusable({ kind: 'unexpected', reason: 'session_api_key: not what a key looks like' });
  }
  return [...keys];
}

function statusFailure({ status, headers }: Response, detail: string): RequestFailure {
  const waitMs = retryAfterMs(status, headers);
  return { kind: 'status', status, detail, ...(waitMs !== undefined && { retryAfterMs: waitMs }) };
}

/** What fetch threw, as a failure. Source of the shape: Node's fetch puts the system's error into `cause`. */
function networkFailure(error: unknown): RequestFailure {
  let innermost = thrown(error);
  for (let depth = 0; depth < MOST_CAUSES && innermost.cause !== undefined; depth += 1) {
    innermost = thrown(innermost.cause);
  }
  return { kind: 'network', reason: innermost.message, code: innermost.code };
}

import type * as v from 'valibot';

import { type Clock, Interruption, isDeadline, withDeadline } from '../conversation/clock.ts';
import { type FileShape, fromNetwork, readBody, refuseFailures, refusePages, shaped } from './answer.ts';
import { RequestFailed, type Sent, type Server } from './failure.ts';
import { openHandsLimits } from './limits.ts';
import { type RequestFailure, Unusable } from './request-failure.ts';

/** A request for JSON. */
export interface Request<T> {
  /** What it is for, as "VERB NOUN". */
  readonly to: string;
  readonly path: string;
  readonly answer: v.GenericSchema<unknown, T>;
  readonly signal: AbortSignal;
  /** Given if an agent can choose the words of the answer: then nothing in it counts as a session key. */
  readonly contentBy?: 'agent';
  /** Given if the server may not have this API: a web page in place of JSON then means that, and is not retried. */
  readonly isProbe?: true;
}

/** A request for a file. */
export interface Download extends Pick<Request<unknown>, 'to' | 'path' | 'signal'> {
  readonly shape: FileShape;
  /** Whether a failure will not pass, although it is of a kind that often does. */
  readonly isFinal?: (failure: RequestFailure) => boolean;
}

/** Saves a file from its chunks. An {@link Unusable} that it throws becomes a failure of the request. */
export type Save = (pieces: AsyncIterable<Uint8Array>, headers: Headers) => Promise<void>;

/** An answer and its HTTP status. */
export interface Answer<T> {
  readonly status: number;
  readonly value: T;
}

/**
 * Sends a request once, with a timeout for all of `exchange`.
 *
 * @throws {RequestFailed} for each {@link Unusable} of `exchange`; the signal's reason once aborted.
 */
export async function attempt<T>(
  { to, signal: outer, timeoutMs }: Pick<Request<T>, 'to' | 'signal'> & { readonly timeoutMs: number },
  options: Server & { readonly clock: Clock },
  exchange: (signal: AbortSignal) => Promise<T>,
  sent: Sent = 'any-time',
): Promise<T> {
  return withDeadline(options.clock, timeoutMs, outer, async (signal) => {
    try {
      return await exchange(signal);
    } catch (error) {
      outer.throwIfAborted();
      if (signal.aborted) throw new RequestFailed(to, { kind: 'time-out', timeoutMs }, options, sent);
      if (!(error instanceof Unusable)) throw error;
      throw new RequestFailed(to, error.failure, options, sent);
    }
  });
}

/**
 * The timeout of one attempt, answer included. A request that is sent only once gets more time: if its answer is lost, it
 * cannot be retried.
 */
export const TIMEOUTS_MS = { read: 30_000, send: 60_000, download: 600_000 } as const;

/** A request that has waited for so long when the deadline passes is a failure to report. */
const HANGING_MS = 5_000;

/** How requests are sent to OpenHands. */
export interface ExchangeOptions extends Server {
  readonly clock: Clock;
  /** The headers that authenticate. */
  readonly credentials: Readonly<Record<string, string>>;
  readonly userAgent: string;
  readonly fetch: typeof fetch;
  readonly timeoutsMs: Readonly<Record<keyof typeof TIMEOUTS_MS, number>>;
  /** Registers the secrets in an answer, before anything else reads the answer. */
  readonly learn: (json: unknown) => void;
}

/** What is known of a server by its answers. */
export interface Experience {
  /** When it last answered anything, by the clock. */
  answeredAt?: number;
  /** How many requests in a row were deferred that must not be done twice. */
  refusals: number;
  /** The distance to keep between requests, in milliseconds. The server has refused some, since it has other clients, too. */
  distanceMs: number;
  /** When the last request was sent, by the clock. */
  sentAt: number;
  /** What to add to the clock's time to get the server's, in milliseconds since 1970, by the `Date` of its answers. */
  offsetMs?: number;
}

/**
 * Sends a request to OpenHands once. Redirects are not followed, so that the key goes only to the configured origin.
 *
 * @param body JSON. Without a body the request is a GET.
 * @throws {RequestFailed} also for an {@link Unusable} that `use` throws; the signal's reason once aborted, with the request
 *   as its cause if that has hung at the deadline.
 */
export async function exchange<T>(
  request: Omit<Request<T>, 'answer'> & { readonly kind: keyof typeof TIMEOUTS_MS; readonly body?: string },
  server: ExchangeOptions & { readonly experience: Experience },
  use: (response: Response) => Promise<T>,
): Promise<T> {
  const { kind, path, body } = request;
  const { baseUrl, userAgent, credentials, clock, experience } = server;
  const send = async (signal: AbortSignal): Promise<T> => {
    const response = await fromNetwork(async () =>
      server.fetch(baseUrl + path, {
        ...(body === undefined ? { method: 'GET' } : { method: 'POST', body }),
        headers: {
          accept: 'application/json',
          'user-agent': userAgent,
          ...credentials,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        redirect: 'manual',
        signal,
      }),
    );
    experience.answeredAt = clock.now();
    const date = Date.parse(response.headers.get('date') ?? '');
    if (!Number.isNaN(date)) experience.offsetMs = date - clock.now();
    return use(response);
  };
  const bounds = { ...request, timeoutMs: server.timeoutsMs[kind] };
  const sent = kind === 'send' ? 'once' : 'any-time';
  const sentAt = clock.now();
  try {
    return await attempt(bounds, server, send, sent);
  } catch (error) {
    const timeoutMs = Math.round((clock.now() - sentAt) / 1000) * 1000;
    if (!isDeadline(error) || kind === 'download' || timeoutMs < HANGING_MS) throw error;
    const cause = new RequestFailed(request.to, { kind: 'time-out', timeoutMs }, server, sent);
    throw new Interruption('deadline', error.message, { cause });
  }
}

/** Reads the value in an answer. Throws {@link Unusable}. */
export async function valueIn<T>(
  response: Response,
  { answer, contentBy }: Pick<Request<T>, 'answer' | 'contentBy'>,
  { learn }: ExchangeOptions,
): Promise<T> {
  const body = await readBody(response);
  if (contentBy !== 'agent') learn(body.json);
  refuseFailures(response, body, openHandsLimits);
  refusePages(response, body);
  return shaped(body.json, answer);
}

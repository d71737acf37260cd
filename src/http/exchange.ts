import type * as v from 'valibot';

import { type Clock, withDeadline } from '../port/clock.ts';
import { Interruption, isDeadline } from '../port/interruption.ts';
import { USER_AGENT } from '../version.ts';
import type { Lookup } from './address.ts';
import {
  type FileShape,
  readBody,
  requireJson,
  requireShape,
  requireSuccess,
  wrapNetworkErrors,
} from './answer.ts';
import { type FailedRequest, RequestFailed } from './failure.ts';
import { parseHttpDate } from './limits.ts';
import { asksForLogin, AttemptFailed, type RequestFailure } from './request-failure.ts';
import type { Server } from './server.ts';
import type { OpenSocket } from './web-socket.ts';

/** What requests need from the environment. */
export interface Network {
  readonly fetch: typeof fetch;
  /** Resolves the hosts that a server names. */
  readonly lookup: Lookup;
  readonly openSocket: OpenSocket;
  readonly clock: Clock;
  /** Returns a random number in [0, 1). */
  readonly random: () => number;
}

interface Target extends Pick<FailedRequest, 'goal'> {
  readonly path: string;
  readonly query?: Readonly<Record<string, string>> | Iterable<[string, string]>;
  /** Whether a failure is permanent although its kind is usually transient. */
  readonly isPermanent?: (failure: RequestFailure) => boolean;
}

export interface Request<T> extends Target {
  readonly shape: v.GenericSchema<unknown, T>;
  /** Who writes the answer, if not the server: then its secrets are not registered. */
  readonly contentBy?: string;
  /** The largest answer, in bytes, if that is not the usual 10 MiB. */
  readonly limitBytes?: number;
}

export interface Download extends Target {
  readonly shape: FileShape;
}

export interface Answer<T> {
  readonly status: number;
  readonly value: T;
}

/** Runs `exchange` with a timeout. Throws {@link AttemptFailed} after the timeout; the reason of `outer` once that is aborted. */
export async function withTimeout<T>(
  clock: Clock,
  timeoutMs: number,
  outer: AbortSignal,
  exchange: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return withDeadline(clock, timeoutMs, outer, async (signal) => {
    try {
      return await exchange(signal);
    } catch (error) {
      outer.throwIfAborted();
      throw signal.aborted ? new AttemptFailed({ kind: 'time-out', timeoutMs }) : error;
    }
  });
}

/** The timeout of one attempt, answer included. A POST gets more time: if its answer is lost, it is not retried. */
const TIMEOUTS_MS = { read: 30_000, send: 60_000, download: 600_000 } as const;

/** If a request has waited for this long when the deadline passes, the error says so: the server may be to blame. */
const MIN_HANGING_MS = 5_000;

export interface ExchangeOptions extends Server, Pick<Network, 'clock' | 'fetch'> {
  /** The headers that authenticate. */
  readonly credentials: Readonly<Record<string, string>>;
  /** The timeout of one attempt, in milliseconds; by default, that of its kind. */
  readonly timeoutMs?: number | undefined;
  /** The clock's time at which all attempts time out. */
  readonly endAt?: number;
}

/** What the last answer of a server has shown; empty before the first. Only {@link exchange} changes it. */
export interface LastAnswer {
  /** When it came, by the clock. */
  answeredAt?: number | undefined;
  /** What to add to the clock's time to get the server's, in milliseconds since 1970, by the `Date` of its answers. */
  offsetMs?: number;
}

export interface Sendable extends FailedRequest, Target {
  /** JSON. Without a body the request is a GET. */
  readonly body?: string;
}

/**
 * Sends a request once. Follows no redirects, so that the key goes only to the configured origin.
 *
 * @throws {AttemptFailed} if the request or `use` fails; the signal's reason once aborted. If the deadline cuts short a POST, or a read
 *   from a server that has never answered anything, the cause of that reason is a {@link RequestFailed}.
 */
export async function exchange<T>(
  request: Sendable,
  server: ExchangeOptions & { readonly state: LastAnswer; readonly signal: AbortSignal },
  use: (response: Response) => Promise<T>,
): Promise<T> {
  const { kind, path, query, body } = request;
  const { baseUrl, credentials, clock, state } = server;
  const search = query === undefined ? '' : `?${new URLSearchParams(query).toString()}`;
  const send = async (signal: AbortSignal): Promise<T> => {
    const response = await wrapNetworkErrors(async () =>
      server.fetch(baseUrl + path + search, {
        ...(body === undefined ? { method: 'GET' } : { method: 'POST', body }),
        headers: {
          accept: 'application/json',
          'user-agent': USER_AGENT,
          ...credentials,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        redirect: 'manual',
        signal,
      }),
    );
    const { answeredAt } = state;
    state.answeredAt = clock.now();
    const date = parseHttpDate(response.headers.get('date') ?? '');
    if (date !== undefined) state.offsetMs = date - clock.now();
    try {
      return await use(response);
    } catch (error) {
      // Then it was not the server that has answered.
      if (error instanceof AttemptFailed && asksForLogin(error.failure)) state.answeredAt = answeredAt;
      throw error;
    }
  };
  const sentAt = clock.now();
  const { timeoutMs = TIMEOUTS_MS[kind], endAt = Infinity } = server;
  try {
    return await withTimeout(clock, Math.min(timeoutMs, endAt - sentAt), server.signal, send);
  } catch (error) {
    throw isDeadline(error) ? deadlineDuring(request, server, error, clock.now() - sentAt) : error;
  }
}

/** Returns the interruption by a deadline that cut a request short. Its words or its cause say if the server may hang. */
function deadlineDuring(
  request: Sendable,
  server: ExchangeOptions & { readonly state: Readonly<LastAnswer> },
  deadline: Interruption,
  elapsedMs: number,
): Interruption {
  const waitedMs = Math.round(elapsedMs / 1000) * 1000;
  // A download takes long even if the server does not hang.
  if (request.kind === 'download' || waitedMs < MIN_HANGING_MS) return deadline;
  // A server that has answered before may only be slow: a read that the deadline cuts short is no failure of it.
  if (request.kind === 'read' && server.state.answeredAt !== undefined) {
    const because = `${deadline.message} while the server had not answered for ${waitedMs / 1000} s`;
    return new Interruption('deadline', because);
  }
  const cause = new RequestFailed(request, { kind: 'time-out', timeoutMs: waitedMs }, server);
  return new Interruption('deadline', deadline.message, { cause });
}

/** Reads the value in an answer. Throws {@link AttemptFailed}. */
export async function readValue<T>(
  response: Response,
  { path, shape, contentBy, limitBytes }: Pick<Request<T>, 'path' | 'shape' | 'contentBy' | 'limitBytes'>,
  { api, baseUrl }: Server,
): Promise<T> {
  const body = await readBody(response, limitBytes);
  // An agent could imitate a key: then ordinary words would be redacted.
  if (contentBy === undefined) api.registerSecrets(body.json);
  requireSuccess(response, body, api.limitsIn, baseUrl + path);
  requireJson(response, body);
  return requireShape(body.json, shape);
}

import * as v from 'valibot';

import { type Clock, Interruption, withDeadline } from '../conversation/clock.ts';
import { sessionKeys } from '../openhands/session-keys.ts';
import { reasonLine } from '../text/reason.ts';
import type { Secrets } from '../text/secrets.ts';
import {
  type FileShape,
  orNetworkFailure,
  orTooDeep,
  piecesOf,
  readAnswer,
  readText,
  Unusable,
} from './answer.ts';
import { RequestFailed } from './failure.ts';
import type { RequestFailure, Server } from './request-failure.ts';

/**
 * The timeout of one attempt, answer included. A request that is sent only once gets more time: if its answer is lost, it
 * cannot be retried.
 */
export const TIMEOUTS_MS = { read: 30_000, send: 60_000, download: 600_000 } as const;

/** The server, the credentials and the limits of its requests. */
export interface ExchangeOptions extends Server {
  /** The headers that authenticate. */
  readonly credentials: Readonly<Record<string, string>>;
  readonly userAgent: string;
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  readonly timeoutsMs: { readonly read: number; readonly send: number; readonly download: number };
  /** Gets the session keys of sandboxes that are in an answer, before anything else reads the answer. */
  readonly secrets: Pick<Secrets, 'add'>;
}

/** A request for JSON. */
export interface Request<T> {
  /** What it is for, as "VERB NOUN". */
  readonly to: string;
  readonly path: string;
  readonly answer: v.GenericSchema<unknown, T>;
  readonly signal: AbortSignal;
  /** The timeout of one attempt, if it is not the usual one. */
  readonly timeoutMs?: number;
  /** Given if an agent can choose the words of the answer: then nothing in it counts as a session key. */
  readonly contentBy?: 'agent';
}

/** A request for a file. */
export interface Download {
  /** What it is for, as "VERB NOUN". */
  readonly to: string;
  readonly path: string;
  readonly shape: FileShape;
  readonly signal: AbortSignal;
}

/** Saves a file from its chunks. An {@link Unusable} that it throws becomes a failure of the request. */
export type Save = (pieces: AsyncIterable<Uint8Array>, headers: Headers) => Promise<void>;

/** What one attempt needs of its request. */
type Attempt = Pick<Request<unknown>, 'to' | 'signal' | 'timeoutMs'>;

/** An answer and its HTTP status. */
export interface Answer<T> {
  readonly status: number;
  readonly value: T;
}

/** Sends a request once, with a timeout. Throws {@link RequestFailed}, or the signal's reason once aborted. */
export interface Exchange {
  /** Whether the server has answered anything yet. */
  readonly answered: () => boolean;
  /** The server's time in milliseconds since 1970, by the `Date` of its answers. Before the first: the machine's time. */
  readonly serverNow: () => number;
  /** @param body JSON. Without a body the request is a GET. */
  readonly json: <T>(request: Request<T>, body?: string) => Promise<Answer<T>>;
  readonly file: (request: Download, save: Save) => Promise<void>;
}

/** Creates an exchange. Redirects are not followed, so that the key goes only to the configured origin. */
export function createExchange(options: ExchangeOptions): Exchange {
  let answered = false;
  let offsetMs: number | undefined;

  async function responseTo(path: string, body: string | undefined, signal: AbortSignal): Promise<Response> {
    const response = await orNetworkFailure(async () =>
      options.fetch(options.baseUrl + path, {
        method: body === undefined ? 'GET' : 'POST',
        headers: headersFor(options, body !== undefined),
        redirect: 'manual',
        signal,
        ...(body !== undefined && { body }),
      }),
    );
    answered = true;
    const date = Date.parse(response.headers.get('date') ?? '');
    if (!Number.isNaN(date)) offsetMs = date - options.clock.now();
    return response;
  }

  /** Runs one attempt with its timeout, and converts what it throws. */
  async function withTimeout<T>(
    kind: 'read' | 'send' | 'download',
    { to, signal: outer, timeoutMs = options.timeoutsMs[kind] }: Attempt,
    exchange: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    try {
      return await withDeadline(options.clock, timeoutMs, outer, async (signal) => {
        try {
          return await exchange(signal);
        } catch (error) {
          signal.throwIfAborted();
          throw error;
        }
      });
    } catch (error) {
      outer.throwIfAborted();
      const failure = failureOf(error, timeoutMs);
      throw new RequestFailed(to, failure, options, kind === 'send' ? 'once' : 'any-time');
    }
  }

  const learn = sessionKeys(options.secrets.add);
  const bodyOf = async <T>(
    response: Response,
    { answer, contentBy }: Pick<Request<T>, 'answer' | 'contentBy'>,
  ): Promise<T> => {
    const text = await orNetworkFailure(async () => readText(response));
    return orTooDeep(() =>
      readAnswer(response, text, answer, contentBy === 'agent' ? () => undefined : learn),
    );
  };

  return {
    answered: () => answered,
    serverNow: () =>
      offsetMs === undefined ? options.clock.date().getTime() : options.clock.now() + offsetMs,
    json: async (request, body) =>
      withTimeout(body === undefined ? 'read' : 'send', request, async (signal) => {
        const response = await responseTo(request.path, body, signal);
        return { status: response.status, value: await bodyOf(response, request) };
      }),
    file: async (request, save) =>
      withTimeout('download', request, async (signal) => {
        const response = await responseTo(request.path, undefined, signal);
        if (response.ok) await save(piecesOf(response, request.shape), response.headers);
        else await bodyOf(response, { answer: v.never() });
      }),
  };
}

function headersFor({ credentials, userAgent }: ExchangeOptions, hasBody: boolean): Record<string, string> {
  return {
    accept: 'application/json',
    'user-agent': userAgent,
    ...credentials,
    ...(hasBody && { 'content-type': 'application/json' }),
  };
}

/** Converts the error of an attempt. An interruption can only be the attempt's own timeout. */
function failureOf(error: unknown, timeoutMs: number): RequestFailure {
  if (error instanceof Interruption) return { kind: 'time-out', timeoutMs };
  if (!(error instanceof Unusable)) throw error;
  const { failure } = error;
  // The system's message can quote the server, such as the names in its certificate.
  return failure.kind === 'network' ? { ...failure, reason: reasonLine(failure.reason) } : failure;
}

import * as v from 'valibot';

import { type Clock, Interruption, withDeadline } from '../conversation/clock.ts';
import type { Secrets } from '../text/secrets.ts';
import { connected, type FileShape, piecesOf, readable, readAnswer, readText, Unusable } from './answer.ts';
import { RequestFailed } from './failure.ts';
import { reasonWords, wordsOf } from './guard.ts';
import type { RequestFailure, Server } from './request-failure.ts';
import { sessionKeys } from './session-keys.ts';

/**
 * How long one attempt may take, answer included. A request that is sent only once is given longer: its lost answer
 * cannot be asked for again.
 */
export const TIMEOUTS_MS = { read: 30_000, send: 60_000, download: 600_000 } as const;

/** Where and as whom the API is spoken to. */
export interface ExchangeOptions extends Server {
  /** The headers that say who asks. */
  readonly credentials: Readonly<Record<string, string>>;
  readonly userAgent: string;
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  readonly timeoutsMs: { readonly read: number; readonly send: number; readonly download: number };
  /** Learns the keys of sandboxes that answers carry before anything else sees the answers. */
  readonly secrets: Secrets;
}

/** One request: what it is for (as "VERB NOUN"), where to, and the shape of the answer. */
export interface Request<T> {
  readonly to: string;
  readonly path: string;
  readonly answer: v.GenericSchema<unknown, T>;
  readonly signal: AbortSignal;
  /** How long one attempt may take, if it is not worth the usual time. */
  readonly withinMs?: number;
  /** Given if an agent can choose what the answer says: then nothing in it is taken for the key of a sandbox. */
  readonly worded?: 'by-agent';
}

/** A request for a file: what it is for (as "VERB NOUN"), where to, and how the file looks that is whole. */
export interface Download {
  readonly to: string;
  readonly path: string;
  readonly shape: FileShape;
  readonly signal: AbortSignal;
}

/** Where a file goes, piece by piece. What it throws is thrown; an {@link Unusable} as a failure of the request. */
export type Save = (pieces: AsyncIterable<Uint8Array>, headers: Headers) => Promise<void>;

/** An answer, and with which HTTP status it came. */
export interface Answer<T> {
  readonly status: number;
  readonly value: T;
}

/** One request and its answer, in time or not at all. Throws {@link RequestFailed}, or the signal's reason once aborted. */
export interface Exchange {
  /** Whether the server has answered anything yet. */
  readonly answered: () => boolean;
  /** The server's time of day in milliseconds since 1970; the machine's until an answer tells it. */
  readonly serverNow: () => number;
  /** @param body what is sent, as JSON; without it the request is a GET. */
  readonly json: <T>(request: Request<T>, body?: string) => Promise<Answer<T>>;
  readonly file: (request: Download, save: Save) => Promise<void>;
}

/** Prepares exchanges with a server. No redirect is followed: the key goes to the configured origin alone. */
export function createExchange(options: ExchangeOptions): Exchange {
  let answered = false;
  let aheadMs: number | undefined;

  async function responseTo(path: string, body: string | undefined, signal: AbortSignal): Promise<Response> {
    const response = await connected(async () =>
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
    if (!Number.isNaN(date)) aheadMs = date - options.clock.now();
    return response;
  }

  /** One exchange, which is over in time or fails. */
  async function inTime<T>(
    kind: 'read' | 'send' | 'download',
    { to, signal: outer, withinMs }: Pick<Request<T>, 'to' | 'signal' | 'withinMs'>,
    exchange: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const timeoutMs = withinMs ?? options.timeoutsMs[kind];
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
      const failure = failureOf(error, timeoutMs, options.secrets.redact);
      throw new RequestFailed(to, failure, options, kind === 'send' ? 'once' : 'any-time');
    }
  }

  const learn = sessionKeys(options.secrets.addTold);
  const bodyOf = async <T>(
    response: Response,
    { answer, worded }: Pick<Request<T>, 'answer' | 'worded'>,
  ): Promise<T> => {
    const text = await connected(async () => readText(response));
    return readable(() =>
      readAnswer(response, text, answer, {
        learn: worded === 'by-agent' ? () => undefined : learn,
        redact: options.secrets.redact,
      }),
    );
  };

  return {
    answered: () => answered,
    serverNow: () => (aheadMs === undefined ? options.clock.date().getTime() : options.clock.now() + aheadMs),
    json: async (request, body) =>
      inTime(body === undefined ? 'read' : 'send', request, async (signal) => {
        const response = await responseTo(request.path, body, signal);
        return { status: response.status, value: await bodyOf(response, request) };
      }),
    file: async (request, save) =>
      inTime('download', request, async (signal) => {
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

/** What ended an attempt, as a failure of it. The only interruption there is is that of its own time. */
function failureOf(
  error: unknown,
  timeoutMs: number,
  redact: ExchangeOptions['secrets']['redact'],
): RequestFailure {
  if (error instanceof Interruption) return { kind: 'time-out', timeoutMs };
  if (!(error instanceof Unusable)) throw error;
  const { failure } = error;
  // The system quotes what the server sent: the names in its certificate, for one.
  return failure.kind === 'network'
    ? { ...failure, reason: reasonWords(failure.reason, wordsOf(redact)) }
    : failure;
}

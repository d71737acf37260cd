import * as v from 'valibot';

import {
  type FileShape,
  fromNetwork,
  piecesOf,
  readBody,
  refuseFailures,
  refusePages,
  shaped,
} from './answer.ts';
import { attempt, type AttemptOptions } from './attempt.ts';
import { openHandsLimits } from './limits.ts';
import { counted, type Experience } from './retry.ts';

/**
 * The timeout of one attempt, answer included. A request that is sent only once gets more time: if its answer is lost, it
 * cannot be retried.
 */
export const TIMEOUTS_MS = { read: 30_000, send: 60_000, download: 600_000 } as const;

/** The server, the credentials and the limits of its requests. */
export interface ExchangeOptions extends AttemptOptions {
  /** The headers that authenticate. */
  readonly credentials: Readonly<Record<string, string>>;
  readonly userAgent: string;
  readonly fetch: typeof fetch;
  readonly timeoutsMs: { readonly read: number; readonly send: number; readonly download: number };
  /** Registers the secrets in an answer, before anything else reads the answer. */
  readonly learn: (json: unknown) => void;
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
  /** Given if the server may not have this API: a web page in place of JSON then means that, and is not retried. */
  readonly isProbe?: true;
}

/** A request for a file. */
export interface Download extends Pick<Request<unknown>, 'to' | 'path' | 'signal'> {
  readonly shape: FileShape;
}

/** Saves a file from its chunks. An Unusable that it throws becomes a failure of the request. */
export type Save = (pieces: AsyncIterable<Uint8Array>, headers: Headers) => Promise<void>;

/** An answer and its HTTP status. */
export interface Answer<T> {
  readonly status: number;
  readonly value: T;
}

/** Sends a request once, with a timeout. Throws RequestFailed, or the signal's reason once aborted. */
export interface Exchange {
  /** The server's time in milliseconds since 1970, by the `Date` of its answers. Before the first: the machine's time. */
  readonly serverNow: () => number;
  /** @param body JSON. Without a body the request is a GET. */
  readonly json: <T>(request: Request<T>, body?: string) => Promise<Answer<T>>;
  readonly file: (request: Download, save: Save) => Promise<void>;
}

/** Creates an exchange. Redirects are not followed, so that the key goes only to the configured origin. */
export function createExchange(options: ExchangeOptions, experience: Experience): Exchange {
  const { clock, timeoutsMs } = options;
  let offsetMs: number | undefined;

  async function responseTo(path: string, body: string | undefined, signal: AbortSignal): Promise<Response> {
    const response = await fromNetwork(async () =>
      options.fetch(options.baseUrl + path, {
        ...(body === undefined ? { method: 'GET' } : { method: 'POST', body }),
        headers: {
          accept: 'application/json',
          'user-agent': options.userAgent,
          ...options.credentials,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        redirect: 'manual',
        signal,
      }),
    );
    experience.hasAnswered = true;
    const date = Date.parse(response.headers.get('date') ?? '');
    if (!Number.isNaN(date)) offsetMs = date - clock.now();
    return response;
  }

  async function bodyOf<T>(
    response: Response,
    { answer, contentBy }: Pick<Request<T>, 'answer' | 'contentBy'>,
  ): Promise<T> {
    const body = await readBody(response);
    if (contentBy !== 'agent') options.learn(body.json);
    refuseFailures(response, body, openHandsLimits);
    refusePages(response, body);
    return shaped(body.json, answer);
  }

  return {
    serverNow: () => (offsetMs === undefined ? clock.date().getTime() : clock.now() + offsetMs),
    async json(request, body) {
      const [sent, timeoutMs] =
        body === undefined ? (['any-time', timeoutsMs.read] as const) : (['once', timeoutsMs.send] as const);
      const exchange = async (signal: AbortSignal): Promise<Answer<v.InferOutput<typeof request.answer>>> => {
        const response = await responseTo(request.path, body, signal);
        return { status: response.status, value: await bodyOf(response, request) };
      };
      return counted(async () => attempt({ timeoutMs, ...request, sent }, options, exchange), experience);
    },
    async file(request, save) {
      const exchange = async (signal: AbortSignal): Promise<void> => {
        const response = await responseTo(request.path, undefined, signal);
        if (response.ok) await save(piecesOf(response, request.shape), response.headers);
        else await bodyOf(response, { answer: v.never() });
      };
      const { download: timeoutMs } = timeoutsMs;
      return counted(
        async () => attempt({ timeoutMs, ...request, sent: 'any-time' }, options, exchange),
        experience,
      );
    },
  };
}

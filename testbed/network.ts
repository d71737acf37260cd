import type { FaultAnswer } from '../simulator/faults.ts';
import { memoryFetch } from '../simulator/memory-fetch.ts';
import type { Lookup } from '../src/http/address.ts';
import type { OpenSocket } from '../src/http/web-socket.ts';
import type { Clock } from '../src/port/clock.ts';

/** What can go wrong between the client and a server that works, in simulated time. */
export type NetworkFault =
  | Extract<FaultAnswer, { readonly kind: 'hang' | 'slow' }>
  /** The request reaches the server late, even if nobody waits for its response any more. */
  | { readonly kind: 'late'; readonly seconds: number }
  /** The connection is refused. */
  | { readonly kind: 'refused' }
  /** The host has no address, or the resolver cannot say just now. */
  | { readonly kind: 'unknown-host'; readonly isTemporary?: true }
  /** The right response, at one byte per second. */
  | { readonly kind: 'drip' }
  /** Another body instead of the right one. */
  | { readonly kind: 'tampered'; readonly change: (body: string, target: string) => string };

/** A disturbed request. */
interface Disturbance {
  readonly answer: NetworkFault;
  /** Whether a request that hangs has reached the server: `before`, the default, means no. */
  readonly when?: 'before' | 'after';
}

/** The sockets of a server that has none. */
// eslint-disable-next-line @typescript-eslint/require-await, require-yield -- there is nothing to wait for and no frame
export const noSocket: OpenSocket = async function* () {
  return 4004;
};

/** Resolves the machine's own names, the given names, and every other name to one public address. */
export function resolver(names: Readonly<Record<string, readonly string[]>> = {}): Lookup {
  const known: typeof names = { localhost: ['127.0.0.1', '::1'], ...names };
  return async (host) => Promise.resolve(known[host] ?? ['203.0.113.7']);
}

/** Decides what happens to a request; `target` is its path and query. */
export type Disturb = (method: string, target: string) => Disturbance | undefined;

/** Does work that a simulated clock must wait for. */
export type Busy = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * Returns a fetch for simulated time: the clock waits during a request and its response, and jumps during a
 * disturbance.
 */
export function fetchBy(clock: Clock, busy: Busy, disturb: Disturb): typeof fetch {
  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const signal = init?.signal ?? new AbortController().signal;
    const forward = async (): Promise<Response> => {
      const response = await busy(async () => memoryFetch(input, init));
      return withBody(response, async (reader) => busy(async () => reader.read()));
    };
    const arrive = async (seconds: number): Promise<Response> => {
      await clock.sleep(seconds * 1000, new AbortController().signal);
      return busy(async () => memoryFetch(input, { ...init, signal: null }));
    };
    const disturbance = disturb(init?.method ?? 'GET', url.pathname + url.search);
    if (disturbance === undefined) return forward();
    return disturbed(disturbance, {
      url,
      forward,
      arrive,
      sleep: async (seconds) => clock.sleep(seconds * 1000, signal),
    });
  };
}

interface Way {
  readonly url: URL;
  readonly forward: () => Promise<Response>;
  /** Sends the request after this many seconds, even if it was aborted. */
  readonly arrive: (seconds: number) => Promise<Response>;
  readonly sleep: (seconds: number) => Promise<void>;
}

async function disturbed(
  { answer, when }: Disturbance,
  { url, forward, arrive, sleep }: Way,
): Promise<Response> {
  switch (answer.kind) {
    case 'refused':
      throw new TypeError('fetch failed', { cause: refusedBy(url.host) });
    case 'unknown-host': {
      const code = answer.isTemporary ? 'EAI_AGAIN' : 'ENOTFOUND';
      const cause = Object.assign(new Error(`getaddrinfo ${code} ${url.hostname}`), { code });
      throw new TypeError('fetch failed', { cause });
    }
    case 'hang':
      if (when === 'after') await forward();
      await sleep(Number.POSITIVE_INFINITY);
      throw new Error('an eternity has passed');
    case 'slow': {
      const response = await forward();
      await sleep(answer.seconds);
      return response;
    }
    case 'late': {
      const arrived = arrive(answer.seconds);
      arrived.catch(() => undefined);
      await sleep(answer.seconds);
      return arrived;
    }
    case 'drip':
      return dripping(await forward(), async () => sleep(1));
    case 'tampered': {
      const response = await forward();
      const { status, headers } = response;
      return new Response(answer.change(await response.text(), url.pathname + url.search), {
        status,
        headers,
      });
    }
  }
}

/** Returns the error of Node for a refused connection. */
function refusedBy(host: string): Error {
  return Object.assign(new Error(`connect ECONNREFUSED ${host}`), { code: 'ECONNREFUSED' });
}

type Reader = ReadableStreamDefaultReader<Uint8Array>;
type Read = (reader: Reader) => ReturnType<Reader['read']>;

/** Returns the response with a body that is read by the given function. */
function withBody({ body, status, headers }: Response, read: Read): Response {
  if (body === null) return new Response(null, { status, headers });
  const reader = body.getReader();
  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await read(reader);
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: async (reason) => reader.cancel(reason),
    },
    // Reads no chunk ahead of its reader.
    { highWaterMark: 0 },
  );
  return new Response(stream, { status, headers });
}

/** Returns the response byte by byte, with a pause before each. */
function dripping(response: Response, pause: () => Promise<void>): Response {
  let rest = new Uint8Array();
  return withBody(response, async (reader) => {
    await pause();
    while (rest.byteLength === 0) {
      const chunk = await reader.read();
      if (chunk.done) return chunk;
      rest = new Uint8Array(chunk.value);
    }
    const value = rest.subarray(0, 1);
    rest = rest.subarray(1);
    return { done: false, value };
  });
}

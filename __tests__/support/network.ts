import type { FaultAnswer } from '../../simulator/faults.ts';
import type { Clock } from '../../src/conversation/clock.ts';
import type { OpenSocket } from '../../src/openhands/socket.ts';

/** What can go wrong on the way to a server that is well, in simulated time. */
export type WayAnswer =
  | Extract<FaultAnswer, { readonly kind: 'hang' | 'slow' }>
  /** The request comes to the server late, also where nobody waits for its answer any more. */
  | { readonly kind: 'late'; readonly seconds: number }
  /** Nobody listens where the server should be. */
  | { readonly kind: 'refused' }
  /** The right answer, a byte a second. */
  | { readonly kind: 'drip' }
  /** Another body in place of the right one. */
  | { readonly kind: 'tampered'; readonly change: (body: string, target: string) => string };

/** A request that does not go its usual way. */
export interface Disturbance {
  readonly answer: WayAnswer;
  /** Whether a request that hangs has reached the server: `before`, the default, it has not. */
  readonly when?: 'before' | 'after';
}

/** Of a server that has no sockets. */
// eslint-disable-next-line @typescript-eslint/require-await, require-yield -- it has nothing to wait for, and no frames
export const noSocket: OpenSocket = async function* () {
  return 4004;
};

/** Tells what happens to a request; `target` is its path and query. */
export type Disturb = (method: string, target: string) => Disturbance | undefined;

/** Does work that a simulated clock must wait for. */
export type Busy = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * A fetch for simulated time: the clock waits while an answer is made and while its body comes, and jumps while a
 * disturbance lasts.
 */
export function fetchBy(clock: Clock, busy: Busy, disturb: Disturb): typeof fetch {
  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const signal = init?.signal ?? new AbortController().signal;
    const forward = async (): Promise<Response> => {
      const response = await busy(async () => fetch(input, init));
      return withBody(response, async (reader) => busy(async () => reader.read()));
    };
    const arrive = async (seconds: number): Promise<Response> => {
      await clock.sleep(seconds * 1000, new AbortController().signal);
      return busy(async () => fetch(input, { ...init, signal: null }));
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
  /** The same after so many seconds, whatever becomes of the request until then. */
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

/** What Node says where nobody listens. */
function refusedBy(host: string): Error {
  return Object.assign(new Error(`connect ECONNREFUSED ${host}`), { code: 'ECONNREFUSED' });
}

type Reader = ReadableStreamDefaultReader<Uint8Array>;
type Read = (reader: Reader) => ReturnType<Reader['read']>;

/** The same answer, its body read in another way. */
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
    // Nothing is read ahead of whoever reads.
    { highWaterMark: 0 },
  );
  return new Response(stream, { status, headers });
}

/** The same answer, byte by byte, each after a pause. */
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

import type { Link } from './event-socket.ts';
import type { Simulator } from './server.ts';

/** The options for opening a socket. */
export interface MemoryOptions {
  /** The frame that the client sends as soon as the socket is open. */
  readonly first?: string | undefined;
  /** The time limit for the server to accept the socket, in simulated milliseconds. */
  readonly timeoutMs: number;
  /** The socket is lost once nothing, not even a ping, was received for this long, in simulated milliseconds. */
  readonly silentMs: number;
  readonly signal: AbortSignal;
}

/** The server and the clock of sockets without a network. */
export interface MemoryWorld {
  readonly simulator: Pick<Simulator, 'url' | 'sockets'>;
  /** The simulated clock. A sleep rejects with the signal's reason. */
  readonly clock: { now(): number; sleep(ms: number, signal: AbortSignal): Promise<void> };
}

/** The client closes the socket with 1009 if a frame is larger than this. */
const MAX_FRAME_BYTES = 1024 * 1024;
/** How often a server pings. Source: the default of uvicorn. */
const PING_MS = 20_000;

/** The frames that a client has received but not read yet. */
class Inbox implements Link {
  readonly frames: string[] = [];
  code: number | undefined;
  #arrival = new AbortController();

  send(frame: string): void {
    if (Buffer.byteLength(frame) > MAX_FRAME_BYTES) this.code ??= 1009;
    if (this.code === undefined) this.frames.push(frame);
    this.#arrival.abort();
  }

  close(code: number): void {
    this.code = code;
    this.#arrival.abort();
  }

  /** Returns a new signal, which is aborted when the next frame or the end arrives. */
  nextArrival(): AbortSignal {
    this.#arrival = new AbortController();
    return this.#arrival.signal;
  }
}

/**
 * Returns a function that opens sockets of a simulator in memory and in simulated time. It replaces the client's function
 * for network sockets. It yields the frames of one moment together, and returns the closing code, 1006 if the socket was lost or never opened.
 */
export function memorySockets({ simulator, clock }: MemoryWorld) {
  return async function* open(
    url: string,
    { first, timeoutMs, silentMs, signal }: MemoryOptions,
  ): AsyncGenerator<readonly string[], number, undefined> {
    signal.throwIfAborted();
    const { host, pathname, search } = new URL(url);
    if (host !== new URL(simulator.url).host) return 1006;
    const opening = simulator.sockets.open({ target: pathname + search, headers: {} });
    if (opening.kind === 'unanswered') await clock.sleep(timeoutMs, signal);
    if (opening.kind !== 'open') return 1006;
    const inbox = new Inbox();
    const end = opening.attach(inbox);
    try {
      if (first !== undefined) end.receive(first);
      for (let heardAt = clock.now(); ;) {
        simulator.sockets.tick();
        const frames = inbox.frames.splice(0);
        if (frames.length > 0 || end.pings) heardAt = clock.now();
        if (clock.now() - heardAt >= silentMs) return 1006;
        if (frames.length > 0) yield frames;
        else if (inbox.code !== undefined) return inbox.code;
        else {
          const ms = Math.min(PING_MS, heardAt + silentMs - clock.now(), simulator.sockets.untilNext());
          // An arrival rejects the sleep, which is no error; an abort is thrown below.
          await clock
            .sleep(Math.max(1, Math.ceil(ms)), AbortSignal.any([signal, inbox.nextArrival()]))
            .catch(() => undefined);
        }
        signal.throwIfAborted();
      }
    } finally {
      end.leave();
    }
  };
}

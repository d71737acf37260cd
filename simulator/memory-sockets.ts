import type { Link } from './event-socket.ts';
import type { Simulator } from './server.ts';

/** What a client opens a socket with. */
export interface MemoryOptions {
  /** The frame that it sends as soon as the socket is open. */
  readonly first?: string;
  /** How long the server may take to accept it, in simulated milliseconds. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** By what a socket without a network lives. */
export interface MemoryWorld {
  readonly simulator: Pick<Simulator, 'url' | 'sockets'>;
  /** The simulated time; a sleep rejects with the signal's reason. */
  readonly clock: { sleep(ms: number, signal: AbortSignal): Promise<void> };
}

/** As a client has it that refuses frames that are too large: it closes with 1009. */
const LARGEST_FRAME_BYTES = 1024 * 1024;

/** What has come for a client. */
class Inbox implements Link {
  readonly frames: string[] = [];
  code: number | undefined;
  #news = new AbortController();

  send(frame: string): void {
    this.frames.push(frame);
    this.#news.abort();
  }

  close(code: number): void {
    this.code = code;
    this.#news.abort();
  }

  /** A signal that is aborted as soon as something comes. */
  get news(): AbortSignal {
    this.#news = new AbortController();
    return this.#news.signal;
  }
}

/**
 * Opens sockets of a simulator in memory and in simulated time, for a client that opens its own over the network by a
 * function like this. Frames come as texts; the end is the code it was closed with, 1006 if it was lost or never open.
 */
export function memorySockets({ simulator, clock }: MemoryWorld) {
  return async function* open(
    url: string,
    { first, timeoutMs, signal }: MemoryOptions,
  ): AsyncGenerator<string, number, undefined> {
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
      for (;;) {
        simulator.sockets.tick();
        const frame = inbox.frames.shift();
        if (frame !== undefined && Buffer.byteLength(frame) > LARGEST_FRAME_BYTES) return 1009;
        if (frame !== undefined) yield frame;
        else if (inbox.code !== undefined) return inbox.code;
        else {
          const ms = Math.max(1, Math.ceil(simulator.sockets.untilNext()));
          await clock.sleep(ms, AbortSignal.any([signal, inbox.news])).catch(() => undefined);
        }
        signal.throwIfAborted();
      }
    } finally {
      end.leave();
    }
  };
}

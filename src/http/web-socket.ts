import http from 'node:http';
import https from 'node:https';

import { WebSocket } from 'ws';

/** How to open a WebSocket. */
export interface SocketOptions {
  /** The only frame to send, as soon as the socket is open. */
  readonly first?: string;
  /** The timeout for opening it, in milliseconds. */
  readonly timeoutMs: number;
  /** Whether a frame ends its batch at once. */
  readonly isUrgent: (frame: string) => boolean;
  /** The socket counts as lost once nothing was received for so long, not even a ping, in milliseconds. */
  readonly silentMs: number;
  /** Closes the socket. */
  readonly signal: AbortSignal;
}

/**
 * Opens a WebSocket, and yields the texts of its frames in batches. When it is closed or lost, or cannot be opened, returns
 * the close code: 1006 if the server gave none (RFC 6455, section 7.4.1). Throws the signal's reason once aborted.
 */
export type OpenSocket = (url: string, options: SocketOptions) => AsyncGenerator<readonly string[], number>;

/** The rest after a read that follows another closely: to wake up for each frame of many costs more than to read them. */
const REST_MS = 100;
/** Longer than the rest, so that each read of a flood counts as a quick one. */
const QUICK_MS = 150;
/** A batch is yielded so long after its first frame, as each batch costs more than its frames. */
const BATCH_MS = 2_000;
/** A batch ends with so many frames, or so many characters. What its last read brings is in it, too. */
const MANY_FRAMES = 100;
const MANY_CHARACTERS = 1024 * 1024;
/** While paused, the system keeps what arrives: with Node's default, Node would wake up to keep the first 64 KiB. */
const NO_BUFFER = { highWaterMark: 1 };
/** Larger frames are refused. An agent's event is a few kilobytes. */
const LARGEST_FRAME_BYTES = 1024 * 1024;

/** Opens WebSockets with `ws`: it refuses large frames, as Node's own does not. They use the same proxy as Node. */
export const webSocket: OpenSocket = async function* (url, options) {
  const { timeoutMs, silentMs, signal } = options;
  signal.throwIfAborted();
  const socket = new WebSocket(url, {
    // Read each time, as setting a proxy replaces the global agents.
    agent: url.startsWith('wss:') ? https.globalAgent : http.globalAgent,
    ...NO_BUFFER,
    autoPong: false,
    followRedirects: false,
    handshakeTimeout: timeoutMs,
    maxPayload: LARGEST_FRAME_BYTES,
    perMessageDeflate: false,
  });
  const close = (): void => {
    socket.terminate();
  };
  signal.addEventListener('abort', close);
  const silence = setTimeout(close, silentMs);
  for (const heard of ['open', 'message', 'ping']) socket.on(heard, () => silence.refresh());
  try {
    return yield* framesOf(socket, options);
  } finally {
    clearTimeout(silence);
    signal.removeEventListener('abort', close);
    close();
  }
};

/** Yields the frames in batches, and returns the close code. Timers and signals come between any two batches. */
async function* framesOf(
  socket: WebSocket,
  { first, isUrgent, signal }: SocketOptions,
): AsyncGenerator<readonly string[], number> {
  const throttle = new Throttle(socket);
  let batch = new Batch();
  let closed: number | undefined;
  socket.on('open', () => {
    if (first !== undefined) socket.send(first);
  });
  socket.on('message', (data) => {
    if (!Buffer.isBuffer(data)) return;
    const frame = data.toString();
    batch.add(frame, isUrgent(frame));
    throttle.heard();
  });
  // A server that pings without end, and does not read the pongs, would fill the memory.
  socket.on('ping', (data) => {
    if (socket.bufferedAmount === 0) socket.pong(data);
  });
  socket.on('close', (code) => {
    closed = code;
    batch.end();
  });
  // A close event with the code follows.
  socket.on('error', () => undefined);
  for (;;) {
    await batch.ended;
    // Backpressure: the server waits until these frames are consumed.
    throttle.hold();
    signal.throwIfAborted();
    const { frames } = batch;
    if (frames.length === 0 && closed !== undefined) return closed;
    batch = new Batch();
    if (closed !== undefined) batch.end();
    yield frames;
    throttle.release();
  }
}

/** Frames to be yielded together. */
class Batch {
  readonly frames: string[] = [];
  #length = 0;
  #timer: NodeJS.Timeout | undefined;
  readonly #end: PromiseWithResolvers<void> = Promise.withResolvers();

  /** Resolves once the batch has ended. */
  get ended(): Promise<void> {
    return this.#end.promise;
  }

  add(frame: string, isUrgent: boolean): void {
    this.frames.push(frame);
    this.#length += frame.length;
    this.#timer ??= setTimeout(this.end, BATCH_MS);
    if (isUrgent || this.frames.length >= MANY_FRAMES || this.#length >= MANY_CHARACTERS) this.end();
  }

  readonly end = (): void => {
    clearTimeout(this.#timer);
    this.#end.resolve();
  };
}

/** Decides when a socket reads: not for a moment after a quick read, and not while its frames are consumed. */
class Throttle {
  readonly #socket: WebSocket;
  #endedAt = 0;
  #isReading = false;
  #isHeld = false;
  #rest: NodeJS.Timeout | undefined;

  constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  /** To be called for each frame. The read ends later, because over TLS Node reads each record by itself. */
  heard(): void {
    if (this.#isReading) return;
    this.#isReading = true;
    setImmediate(() => {
      this.#isReading = false;
      const isQuick = performance.now() - this.#endedAt < QUICK_MS;
      this.#endedAt = performance.now();
      if (isQuick && !this.#isHeld) this.#restThenRead();
    });
  }

  hold(): void {
    this.#isHeld = true;
    clearTimeout(this.#rest);
    this.#socket.pause();
  }

  release(): void {
    this.#isHeld = false;
    this.#restThenRead();
  }

  #restThenRead(): void {
    this.#socket.pause();
    clearTimeout(this.#rest);
    const read = (): void => {
      this.#socket.resume();
    };
    this.#rest = setTimeout(read, Math.max(0, this.#endedAt + REST_MS - performance.now()));
  }
}

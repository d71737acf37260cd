import http from 'node:http';
import https from 'node:https';

import { WebSocket } from 'ws';

/** How to open a WebSocket. */
export interface SocketOptions {
  /** The only frame to send, as soon as the socket is open. */
  readonly first?: string;
  /** The timeout for opening it, in milliseconds. */
  readonly timeoutMs: number;
  /** The socket counts as lost once nothing was received for so long, not even a ping, in milliseconds. */
  readonly silentMs: number;
  /** Closes the socket. */
  readonly signal: AbortSignal;
}

/**
 * Opens a WebSocket, and yields the texts of the frames of each read. When it is closed or lost, or cannot be opened, returns
 * the close code: 1006 if the server gave none (RFC 6455, section 7.4.1). Throws the signal's reason once aborted.
 */
export type OpenSocket = (url: string, options: SocketOptions) => AsyncGenerator<readonly string[], number>;

/** The shortest time between two reads: to wake up for each frame of many costs more than to read them. */
const BETWEEN_READS_MS = 100;
/** A read ends with so many frames, or with what is there: over TLS, Node reads each record by itself. */
const MANY = 100;
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

/** Yields the frames of each read, and returns the close code. Timers and signals come between any two reads. */
async function* framesOf(
  socket: WebSocket,
  options: SocketOptions,
): AsyncGenerator<readonly string[], number> {
  const { first, signal } = options;
  let frames: string[] = [];
  let closed: number | undefined;
  let wake = (): void => undefined;
  socket.on('open', () => {
    if (first !== undefined) socket.send(first);
  });
  const endRead = (): void => {
    // Backpressure: the server waits until these frames are consumed.
    socket.pause();
    wake();
  };
  socket.on('message', (data) => {
    if (Buffer.isBuffer(data)) frames.push(data.toString());
    if (frames.length >= MANY) endRead();
    else if (frames.length === 1) setImmediate(endRead);
  });
  // A server that pings without end, and does not read the pongs, would fill the memory.
  socket.on('ping', (data) => {
    if (socket.bufferedAmount === 0) socket.pong(data);
  });
  socket.on('close', (code) => {
    closed = code;
    wake();
  });
  // A close event with the code follows.
  socket.on('error', () => undefined);
  let readAt = 0;
  const resume = (): void => {
    readAt = performance.now();
    socket.resume();
  };
  for (;;) {
    signal.throwIfAborted();
    const read = frames;
    frames = [];
    if (read.length > 0) yield read;
    else if (closed !== undefined) return closed;
    else {
      const restMs = readAt + BETWEEN_READS_MS - performance.now();
      const timer = restMs > 0 ? setTimeout(resume, restMs) : undefined;
      if (timer === undefined) resume();
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
      clearTimeout(timer);
    }
  }
}

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
 * Opens a WebSocket, and yields the text of each frame. When it is closed or lost, or cannot be opened, returns the close
 * code: 1006 if the server gave none (RFC 6455, section 7.4.1). Throws the signal's reason once aborted.
 */
export type OpenSocket = (url: string, options: SocketOptions) => AsyncGenerator<string, number>;

/** In a flood, frames are read in batches at this interval: to wake up for each costs more than to read it. */
const BATCH_MS = 100;
/** So many reads in one second are a flood. */
const FLOOD = 20;
/** Larger frames are refused. An agent's event is a few kilobytes. */
const LARGEST_FRAME_BYTES = 1024 * 1024;

/** Opens WebSockets with `ws`: it refuses large frames, as Node's own does not. They use the same proxy as Node. */
export const webSocket: OpenSocket = async function* (url, options) {
  const { timeoutMs, silentMs, signal } = options;
  signal.throwIfAborted();
  const socket = new WebSocket(url, {
    // Read each time, as setting a proxy replaces the global agents.
    agent: url.startsWith('wss:') ? https.globalAgent : http.globalAgent,
    // One frame in each round of the event loop: timers and signals come between any two, however many are sent.
    allowSynchronousEvents: false,
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

/** Yields the frames as they arrive, and returns the close code. */
async function* framesOf(socket: WebSocket, options: SocketOptions): AsyncGenerator<string, number> {
  const { first, signal } = options;
  const frames: string[] = [];
  let closed: number | undefined;
  let wake = (): void => undefined;
  socket.on('open', () => {
    if (first !== undefined) socket.send(first);
  });
  socket.on('message', (data) => {
    if (Buffer.isBuffer(data)) frames.push(data.toString());
    // Backpressure: the server waits until this frame is consumed.
    socket.pause();
    wake();
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
  for (let second = 0, reads = 0; ;) {
    signal.throwIfAborted();
    const frame = frames.shift();
    if (frame !== undefined) yield frame;
    else if (closed !== undefined) return closed;
    else {
      const now = Math.floor(performance.now() / 1_000);
      reads = now === second ? reads + 1 : 0;
      second = now;
      const timer =
        reads > FLOOD
          ? setTimeout(() => {
              socket.resume();
            }, BATCH_MS)
          : undefined;
      if (timer === undefined) socket.resume();
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
      clearTimeout(timer);
    }
  }
}

import http from 'node:http';
import https from 'node:https';

import { WebSocket } from 'ws';

import type { OpenSocket } from './socket.ts';

/** Frames are read up to this size: an event of an agent is some kilobytes. */
const LARGEST_FRAME_BYTES = 1024 * 1024;

/** Sockets by `ws`, which refuses frames that are too large; Node's own takes any. They go by the proxy that Node uses. */
export const webSocket: OpenSocket = async function* (url, { first, withinMs, signal }) {
  signal.throwIfAborted();
  const socket = new WebSocket(url, {
    // Asked of the module each time: to set a proxy replaces them.
    agent: url.startsWith('wss:') ? https.globalAgent : http.globalAgent,
    autoPong: false,
    followRedirects: false,
    handshakeTimeout: withinMs,
    maxPayload: LARGEST_FRAME_BYTES,
    perMessageDeflate: false,
  });
  const close = (): void => {
    socket.terminate();
  };
  signal.addEventListener('abort', close);
  try {
    const code = yield* framesOf(socket, first);
    signal.throwIfAborted();
    return code;
  } finally {
    signal.removeEventListener('abort', close);
    close();
  }
};

/** The frames as they come. */
async function* framesOf(socket: WebSocket, first: string | undefined): AsyncGenerator<string, number> {
  const frames: string[] = [];
  let closed: number | undefined;
  let wake = (): void => undefined;
  socket.on('open', () => {
    if (first !== undefined) socket.send(first);
  });
  socket.on('message', (data, isBinary) => {
    if (!isBinary && Buffer.isBuffer(data)) frames.push(data.toString());
    // Until it is taken the server has to wait.
    socket.pause();
    wake();
  });
  // Who asks without end, and does not read the answers, would fill the memory with them.
  socket.on('ping', (data) => {
    if (socket.bufferedAmount === 0) socket.pong(data);
  });
  socket.on('close', (code) => {
    closed = code;
    wake();
  });
  // What went wrong is told by the close that follows.
  socket.on('error', () => undefined);
  for (;;) {
    const frame = frames.shift();
    if (frame !== undefined) yield frame;
    else if (closed !== undefined) return closed;
    else {
      socket.resume();
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }
}

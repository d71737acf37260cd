import http from 'node:http';
import https from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';

import { WebSocket } from 'ws';

import { parsedSizeOf } from '../text/data.ts';

export interface SocketOptions {
  /** The only frame to send, as soon as the socket is open. */
  readonly first?: string | undefined;
  /** The timeout for opening it, in milliseconds. */
  readonly timeoutMs: number;
  /** Whether a frame ends its batch at once. */
  readonly isUrgent: (frame: string) => boolean;
  /** If nothing is received for this long, not even a ping, the socket is lost. In milliseconds. */
  readonly silentMs: number;
  readonly signal: AbortSignal;
}

/**
 * Opens a WebSocket, and yields the texts of its frames in batches. Returns the close code, which is 1006 if the server gave none
 * (RFC 6455, section 7.4.1). Throws the signal's reason once aborted.
 */
export type OpenSocket = (url: string, options: SocketOptions) => AsyncGenerator<readonly string[], number>;

/** A batch is yielded this long after its first frame. */
const BATCH_MS = 2_000;
/** Batches are at least this far apart, because each costs more than its frames. */
const MIN_BATCH_GAP_MS = 100;
/** A batch ends at this many frames. It may have a few more: all that arrived in one read of 64 KiB. */
const MAX_FRAMES = 100;
/** A batch ends at this much memory, and larger frames are refused: an agent's event is a few kilobytes. */
const MAX_BATCH_BYTES = 1024 * 1024;
/** This long after a ping, all pings until then get one answer (RFC 6455, section 5.5.3). */
const PONG_DELAY_MS = 1_000;

/** Opens WebSockets with `ws`, which can refuse large frames; Node's own cannot. They use the same proxy as Node. */
export const openWebSocket: OpenSocket = async function* (
  url,
  { first, timeoutMs, isUrgent, silentMs, signal },
) {
  signal.throwIfAborted();
  const socket = openSocket(url, timeoutMs);
  const silenceTimer = setTimeout(() => {
    socket.terminate();
  }, silentMs).unref();
  for (const heard of ['open', 'message', 'ping']) socket.on(heard, () => silenceTimer.refresh());
  let frames: string[] = [];
  let bytes = 0;
  let closeCode: number | undefined;
  let batchEnd: PromiseWithResolvers<void> = Promise.withResolvers();
  let batchTimer: NodeJS.Timeout | undefined;
  const endBatch = (): void => {
    batchEnd.resolve();
  };
  // Ends the waits below once the socket has closed.
  const closing = new AbortController();
  const endSignal = AbortSignal.any([signal, closing.signal]);
  endSignal.addEventListener('abort', endBatch);
  socket.on('open', () => {
    if (first !== undefined) socket.send(first);
  });
  socket.on('message', (data) => {
    if (!Buffer.isBuffer(data)) return;
    const frame = data.toString();
    frames.push(frame);
    bytes += parsedSizeOf(frame);
    batchTimer ??= setTimeout(endBatch, BATCH_MS).unref();
    if (isUrgent(frame) || frames.length >= MAX_FRAMES || bytes >= MAX_BATCH_BYTES) endBatch();
  });
  socket.on('close', (code) => {
    closeCode = code;
    closing.abort();
  });
  // A close event with the code follows.
  socket.on('error', () => undefined);
  try {
    for (;;) {
      if (closeCode === undefined) await batchEnd.promise;
      signal.throwIfAborted();
      if (frames.length === 0 && closeCode !== undefined) return closeCode;
      // Makes the server wait until these frames are handled.
      socket.pause();
      clearTimeout(batchTimer);
      const batch = frames;
      // Begins the next batch.
      [frames, bytes, batchTimer, batchEnd] = [[], 0, undefined, Promise.withResolvers()];
      yield batch;
      await sleep(MIN_BATCH_GAP_MS, undefined, { signal: endSignal }).catch(() => undefined);
      socket.resume();
    }
  } finally {
    clearTimeout(silenceTimer);
    socket.terminate();
  }
};

function openSocket(url: string, timeoutMs: number): WebSocket {
  const socket = new WebSocket(url, {
    // Read for each connection: setting a proxy replaces the global agents.
    agent: url.startsWith('wss:') ? https.globalAgent : http.globalAgent,
    // Lets signals and timers run between any two frames or pings: no flood delays a cancel.
    allowSynchronousEvents: false,
    autoPong: false,
    followRedirects: false,
    handshakeTimeout: timeoutMs,
    maxPayload: MAX_BATCH_BYTES,
    perMessageDeflate: false,
  });
  let newestPing: Buffer | undefined;
  let pongTimer: NodeJS.Timeout | undefined;
  socket.on('ping', (data) => {
    newestPing = data;
    pongTimer ??= setTimeout(() => {
      pongTimer = undefined;
      socket.pong(newestPing);
    }, PONG_DELAY_MS).unref();
  });
  return socket;
}

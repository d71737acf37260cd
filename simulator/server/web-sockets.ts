import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

import { type WebSocket, WebSocketServer } from 'ws';

import { flatten } from '../listen.ts';
import type { Reply } from '../reply.ts';
import type { Opening, Sockets } from './sockets.ts';

/** The transport of sockets over the network. */
export interface WebSockets {
  /** Answers a request for a socket. Returns the status of the response, 0 if there was none. */
  upgrade(request: IncomingMessage, connection: Duplex, head: Buffer): number;
  /** Drops all sockets. */
  close(): void;
}

/** The interval of `tick` in real milliseconds. */
const TICK_MS = 10;
/** How often a server pings, in real milliseconds. Source: the default of uvicorn. */
const PING_MS = 20_000;

/** Pings without payload. */
const PINGS = Buffer.alloc(1024 * 1024, Buffer.from([0x89, 0]));

/** Sends pings until the connection ends, as fast as it takes them. */
function flood(connection: Duplex): void {
  if (connection.destroyed) return;
  const next = (): void => {
    flood(connection);
  };
  if (connection.write(PINGS)) setImmediate(next);
  else connection.once('drain', next);
}

/** Connects the sockets of a server to clients by WebSocket (RFC 6455). */
export function webSockets(sockets: Sockets): WebSockets {
  const server = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  const open = new Set<WebSocket>();
  let timer: NodeJS.Timeout | undefined;
  const carry = (
    socket: WebSocket,
    connection: Duplex,
    opening: Opening & { readonly kind: 'open' },
  ): void => {
    const end = opening.attach({
      send: (frame) => {
        socket.send(frame);
      },
      close: (code, reason) => {
        if (code === 1006) socket.terminate();
        else socket.close(code, reason);
      },
    });
    open.add(socket);
    if (end.floods) flood(connection);
    timer ??= setInterval(() => {
      sockets.tick();
    }, TICK_MS).unref();
    const pinging = setInterval(() => {
      if (end.pings) socket.ping();
    }, PING_MS).unref();
    // `ws` delivers data as a Buffer by default.
    socket.on('message', (data) => {
      end.receive(Buffer.isBuffer(data) ? data.toString() : '');
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearInterval(pinging);
      end.leave();
      open.delete(socket);
      if (open.size > 0) return;
      clearInterval(timer);
      timer = undefined;
    });
  };
  return {
    upgrade: (request, connection, head) => {
      const opening = sockets.open({ target: request.url ?? '/', headers: flatten(request.headers) });
      switch (opening.kind) {
        case 'open':
          server.handleUpgrade(request, connection, head, (socket) => {
            carry(socket, connection, opening);
          });
          return 101;
        case 'refused':
          connection.end(formatReply(opening.reply));
          return opening.reply.status;
        case 'dropped':
          connection.destroy();
          return 0;
        case 'unanswered':
          return 0;
      }
    },
    close: () => {
      for (const socket of open) socket.terminate();
    },
  };
}

/** Formats a reply as raw HTTP: an upgrade request has no response object. */
function formatReply({ status, type, headers, body }: Reply): string {
  const all = {
    'content-type': type,
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n${body.toString()}`;
}

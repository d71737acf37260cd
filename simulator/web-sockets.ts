import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

import { type WebSocket, WebSocketServer } from 'ws';

import { flatten } from './listen.ts';
import type { Reply } from './reply.ts';
import type { Opening, Sockets } from './sockets.ts';

/** Sockets over the network. */
export interface WebSockets {
  /** Answers a request that asks for a socket; the status that it got, 0 if it got none. */
  upgrade(request: IncomingMessage, connection: Duplex, head: Buffer): number;
  /** Drops every socket. */
  close(): void;
}

/** How often it is looked whether something is due, in real milliseconds. */
const TICK_MS = 10;

/** Carries the sockets of a server by WebSocket (RFC 6455). */
export function webSockets(sockets: Sockets): WebSockets {
  const server = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  const open = new Set<WebSocket>();
  let timer: NodeJS.Timeout | undefined;
  const carry = (socket: WebSocket, opening: Opening & { readonly kind: 'open' }): void => {
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
    timer ??= setInterval(() => {
      sockets.tick();
    }, TICK_MS).unref();
    // Raw data of `ws` is a Buffer unless another type is asked for.
    socket.on('message', (data) => {
      end.receive(Buffer.isBuffer(data) ? data.toString() : '');
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
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
            carry(socket, opening);
          });
          return 101;
        case 'refused':
          connection.end(written(opening.reply));
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

/** An answer as it stands on the wire, where no response object writes it. */
function written({ status, type, headers, body }: Reply): string {
  const all = {
    'content-type': type,
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n${body.toString()}`;
}

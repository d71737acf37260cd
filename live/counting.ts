import { createServer, type IncomingMessage, request as forward, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';

import { listen, type Listening } from './listen.ts';
import type { Server } from './server.ts';

/** A proxy to a server, which counts the requests of a step to it and to its agent servers. */
export interface Counted {
  readonly url: string;
  readonly counts: { requests: number; sockets: number };
  readonly close: () => Promise<void>;
}

const AGENT_SERVER = /http:\/\/localhost:(\d+)/g;

/** Starts the proxy. It also replaces the addresses of agent servers in responses by proxies. */
export async function counting(server: Server): Promise<Counted> {
  const counts = { requests: 0, sockets: 0 };
  const doors = new Map<number, Listening>();
  const open = async (port: number): Promise<number> => {
    const there = doors.get(port);
    if (there) return there.port;
    const door = createServer((request, response) => {
      counts.requests += 1;
      pass(request, response, port, open).catch(() => response.destroy());
    });
    door.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      counts.sockets += 1;
      tunnel(request, socket, head, port);
    });
    const listening = await listen(door);
    doors.set(port, listening);
    return listening.port;
  };
  return {
    url: `http://127.0.0.1:${await open(server.port)}`,
    counts,
    close: async () => {
      await Promise.all([...doors.values()].map(async ({ close }) => close()));
    },
  };
}

async function pass(
  request: IncomingMessage,
  response: ServerResponse,
  port: number,
  open: (port: number) => Promise<number>,
): Promise<void> {
  const { method, url: path, headers } = request;
  // Asks for responses without compression, so that they can be read here.
  const onward = { ...headers, 'accept-encoding': 'identity' };
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = forward({ host: '127.0.0.1', port, method, path, headers: onward }, resolve);
    sent.on('error', reject);
    request.pipe(sent);
  });
  const { statusCode = 502, headers: responseHeaders } = answer;
  if (responseHeaders['content-type'] !== 'application/json') {
    response.writeHead(statusCode, responseHeaders);
    answer.pipe(response);
    return;
  }
  const chunks: Buffer[] = [];
  for await (const chunk of answer) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
  const text = await withDoors(Buffer.concat(chunks).toString('utf8'), open);
  response.writeHead(statusCode, { ...responseHeaders, 'content-length': Buffer.byteLength(text) }).end(text);
}

async function withDoors(text: string, open: (port: number) => Promise<number>): Promise<string> {
  const ports = [...new Set([...text.matchAll(AGENT_SERVER)].map((found) => Number(found[1])))];
  const doors = new Map<number, number>();
  for (const port of ports) doors.set(port, await open(port));
  return text.replaceAll(AGENT_SERVER, (_, port) => `http://localhost:${doors.get(Number(port)) ?? port}`);
}

function tunnel(request: IncomingMessage, socket: Duplex, head: Buffer, port: number): void {
  const { method = 'GET', url = '/', rawHeaders } = request;
  const lines = rawHeaders.flatMap((name, at) =>
    at % 2 === 0 ? [`${name}: ${rawHeaders[at + 1] ?? ''}`] : [],
  );
  const onward = connect(port, '127.0.0.1', () => {
    onward.write([`${method} ${url} HTTP/1.1`, ...lines, '', ''].join('\r\n'));
    onward.write(head);
    socket.pipe(onward).pipe(socket);
  });
  // A paused server does not notice that the client closed the connection.
  socket.on('end', () => onward.destroy());
  for (const [each, other] of [
    [socket, onward],
    [onward, socket],
  ] as const) {
    each.on('error', () => other.destroy());
    each.on('close', () => other.destroy());
  }
}

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

import type { Clock } from './clock.ts';
import type { Reply } from './reply.ts';

/** The address that a server listens on. */
export interface Place {
  /** 127.0.0.1 by default. */
  readonly host?: string | undefined;
  /** 0, the default, uses any free port. */
  readonly port?: number | undefined;
  /** In place of host and port: an origin at which only this process reaches the server, in memory. */
  readonly origin?: string | undefined;
}

/** A listening server. */
export interface Listening {
  /** The server's address, without a trailing slash. */
  readonly url: string;
  /** Drops all connections and closes the server. */
  readonly close: () => Promise<void>;
}

/** A request, whether it came over the network or in memory. */
export interface Received {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The sender's IP address. */
  readonly sender: string;
}

/** What comes back. */
export type Served =
  | {
      readonly kind: 'reply';
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string | Buffer;
    }
  /** A body that begins like this, and repeats the chunk until the client disconnects. */
  | {
      readonly kind: 'endless';
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly begin: string;
      readonly chunk: string;
    }
  /** No server listens: in memory, the connection is refused; over the network, dropped. */
  | { readonly kind: 'refused' }
  /** The connection is dropped. */
  | { readonly kind: 'dropped' }
  /** The request is never answered. */
  | { readonly kind: 'unanswered' };

/** Answers a request. An error drops the connection. */
export type Serve = (request: Received) => Promise<Served>;

/** Returns a reply as a server sends it, with its date. */
export function servedAt(clock: Clock, { status, type, headers, body }: Reply): Served {
  const date = new Date(clock.now()).toUTCString();
  return { kind: 'reply', status, headers: { date, 'content-type': type, ...headers }, body };
}

/** The servers of this process, by their origins. */
const HERE = new Map<string, Serve>();

/** Returns the server of this process that listens at an origin, for requests in memory. */
export function serverAt(origin: string): Serve | undefined {
  return HERE.get(origin);
}

/**
 * Starts a server.
 *
 * @throws Error of `node:net` if it cannot listen, such as EADDRINUSE; or if another server of this process has the origin
 */
export async function listen(
  { host = '127.0.0.1', port = 0, origin }: Place,
  serve: Serve,
  upgrade?: (request: IncomingMessage, connection: Duplex, head: Buffer) => void,
): Promise<Listening> {
  if (origin !== undefined) return inMemory(origin, serve);
  const server = createServer((request, response) => {
    // An error, such as a client that disconnected, only drops the connection.
    answer(request, response, serve).catch(() => response.destroy());
  });
  // Without a listener, Node answers upgrade requests like any other request.
  if (upgrade !== undefined) server.on('upgrade', upgrade);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const address = server.address();
  const name = host.includes(':') ? `[${host}]` : host;
  const url = `http://${name}:${isTcp(address) ? address.port : port}`;
  HERE.set(url, serve);
  return {
    url,
    close: async () => {
      HERE.delete(url);
      await new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      });
    },
  };
}

function inMemory(origin: string, serve: Serve): Listening {
  if (HERE.has(origin)) throw new Error(`another server of this process is at ${origin}`);
  HERE.set(origin, serve);
  const close = async (): Promise<void> => {
    HERE.delete(origin);
    return Promise.resolve();
  };
  return { url: origin, close };
}

/** Answers a request over the network. Throws if the client disconnects. */
export async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  serve: Serve,
): Promise<void> {
  const served = await serve({
    method: request.method ?? 'GET',
    target: request.url ?? '/',
    headers: flatten(request.headers),
    body: await readBody(request),
    sender: request.socket.remoteAddress ?? '',
  });
  switch (served.kind) {
    case 'reply':
      response.writeHead(served.status, served.headers);
      response.end(served.body);
      return;
    case 'endless':
      response.writeHead(served.status, served.headers);
      response.write(served.begin);
      while (!response.destroyed && !response.writableEnded) {
        response.write(served.chunk);
        // Slow enough that the client's limit takes effect, and that memory does not fill up if nobody reads.
        await delay(5);
      }
      return;
    case 'refused':
    case 'dropped':
      response.destroy();
      return;
    case 'unanswered':
  }
}

export function isTcp(address: AddressInfo | string | null): address is AddressInfo {
  return typeof address === 'object' && address !== null;
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** Joins repeated headers to one value each. */
export function flatten(headers: IncomingMessage['headers']): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) flat[name] = [value ?? ''].flat().join(', ');
  return flat;
}

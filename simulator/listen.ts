import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';

/** The address that a server listens on. */
export interface Place {
  /** 127.0.0.1 by default. */
  readonly host?: string | undefined;
  /** 0, the default, uses any free port. */
  readonly port?: number | undefined;
}

/** A listening server. */
export interface Listening {
  /** The server's address, without a trailing slash. */
  readonly url: string;
  /** Drops all connections and closes the server. */
  readonly close: () => Promise<void>;
}

/**
 * Starts a server.
 *
 * @throws Error of `node:net` if it cannot listen, such as EADDRINUSE
 */
export async function listen(
  { host = '127.0.0.1', port = 0 }: Place,
  handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
  upgrade?: (request: IncomingMessage, connection: Duplex, head: Buffer) => void,
): Promise<Listening> {
  const server = createServer((request, response) => {
    // An error, such as a client that disconnected, only drops the connection.
    handle(request, response).catch(() => response.destroy());
  });
  // Without a listener, Node answers upgrade requests like any other request.
  if (upgrade !== undefined) server.on('upgrade', upgrade);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const address = server.address();
  const name = host.includes(':') ? `[${host}]` : host;
  return {
    url: `http://${name}:${isTcp(address) ? address.port : port}`,
    close: async () => {
      await new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      });
    },
  };
}

function isTcp(address: AddressInfo | string | null): address is AddressInfo {
  return typeof address === 'object' && address !== null;
}

/** Reads the body of a request as text. */
export async function readBody(request: IncomingMessage): Promise<string> {
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

import { createServer, type Server } from 'node:http';

/** A server that listens on the loopback address. */
export interface Listening {
  readonly port: number;
  /** Drops every connection and ends the server. */
  readonly close: () => Promise<void>;
}

/** Lets a server listen on the loopback address, on any free port if none is given. */
export async function listen(server: Server, port = 0): Promise<Listening> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the server has no port');
  return {
    port: address.port,
    close: async () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const { port, close } = await listen(createServer());
  await close();
  return port;
}

/**
 * Below the ports that systems give away by themselves, to connections too (32768 and up on Linux): a port of a block is
 * still free when its server comes to take it.
 */
const BLOCKS = { from: 10_000, count: 220, size: 100 } as const;
const given = new Set<number>();

/** The first of a hundred ports in a row that nobody else is given. */
export async function blockOfPorts(): Promise<number> {
  for (let tries = 0; tries < BLOCKS.count; tries += 1) {
    const first = BLOCKS.from + BLOCKS.size * Math.floor(Math.random() * BLOCKS.count);
    if (given.has(first) || !(await isFree(first))) continue;
    given.add(first);
    return first;
  }
  throw new Error('there is no free block of ports');
}

async function isFree(port: number): Promise<boolean> {
  try {
    const { close } = await listen(createServer(), port);
    await close();
    return true;
  } catch {
    return false;
  }
}

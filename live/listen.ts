import { createServer, type Server } from 'node:http';

/** A server on the loopback address. */
export interface Listening {
  readonly port: number;
  /** Drops all connections and closes the server. */
  readonly close: () => Promise<void>;
}

/** Makes a server listen on the loopback address, by default on any free port. */
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

/** Finds a free port. It may be taken before it is used. */
export async function findFreePort(): Promise<number> {
  const { port, close } = await listen(createServer());
  await close();
  return port;
}

/**
 * The blocks of ports. They are below the ephemeral ports that systems also assign to connections (32768 and up on Linux),
 * so that a port is still free when its server starts.
 */
const BLOCKS = { from: 10_000, count: 220, size: 100 } as const;
const given = new Set<number>();

/** Returns the first of 100 consecutive ports, which no other caller in this process gets. */
export async function findPorts(): Promise<number> {
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

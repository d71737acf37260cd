import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';

import { answer, isTcp, serverAt } from '../listen.ts';
import { createCertificate } from './certificate.ts';
import { PICTURE_HOST } from './pictures.ts';

/** A proxy between a process and the simulated host of pictures, which has its real name. */
export interface PictureProxy {
  /** The environment with which a process uses the proxy, and trusts the certificate of that host. */
  readonly env: Readonly<Record<string, string>>;
  /** The hosts that were asked for, with their ports. */
  readonly asked: readonly string[];
  /** Drops all connections and closes the proxy. */
  readonly close: () => Promise<void>;
}

/** Starts a proxy that answers for the host of the pictures of this process's simulated GitHub, and refuses all other hosts. */
export async function startPictureProxy(): Promise<PictureProxy> {
  const { cert, key } = createCertificate(PICTURE_HOST);
  const folder = await mkdtemp(join(tmpdir(), 'pictures-'));
  const file = join(folder, 'pictures.pem');
  await writeFile(file, cert);
  const asked: string[] = [];
  const connections = new Set<Duplex>();
  const host = createHttpsServer({ cert, key }, (request, response) => {
    const serve = serverAt(`https://${PICTURE_HOST}`);
    if (serve === undefined) response.destroy();
    else answer(request, response, serve).catch(() => response.destroy());
  });
  const proxy = createHttpServer((_, response) => response.writeHead(403).end());
  proxy.on('connect', (request, connection) => {
    asked.push(request.url ?? '');
    connections.add(connection);
    connection.on('error', () => connection.destroy());
    if (request.url !== `${PICTURE_HOST}:443`) {
      connection.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      return;
    }
    connection.write('HTTP/1.1 200 Connection established\r\n\r\n');
    host.emit('connection', connection);
  });
  await new Promise<void>((resolve, reject) => {
    proxy.once('error', reject);
    proxy.listen(0, '127.0.0.1', resolve);
  });
  const address = proxy.address();
  const port = isTcp(address) ? address.port : 0;
  return {
    env: { HTTPS_PROXY: `http://127.0.0.1:${port}`, NODE_EXTRA_CA_CERTS: file },
    asked,
    close: async () => {
      for (const connection of connections) connection.destroy();
      proxy.closeAllConnections();
      await new Promise<void>((resolve) => {
        proxy.close(() => {
          resolve();
        });
      });
      await rm(folder, { recursive: true });
    },
  };
}

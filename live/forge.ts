import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';

import { listen } from './listen.ts';

/** A host of repositories, with the part of Forgejo's API that OpenHands needs to clone one. */
export interface Forge {
  readonly url: string;
  /** The folder with the bare repositories: `OWNER/NAME.git`. */
  readonly folder: string;
  readonly close: () => Promise<void>;
}

const TOKEN = 'token-of-the-scripted-forge';
const REPOSITORY = /^\/api\/v1\/repos\/([\w-]+\/[\w-]+)$/;

/** Starts a host of the repositories in a folder. */
export async function startForge(folder: string): Promise<Forge> {
  await mkdir(folder, { recursive: true });
  const found = (path: string): object | undefined => {
    if (path === '/api/v1/user') return { id: 1, username: 'scripted' };
    const name = REPOSITORY.exec(path)?.[1];
    if (name === undefined || !existsSync(join(folder, `${name}.git`))) return undefined;
    return { id: 2, full_name: name, default_branch: 'main' };
  };
  const server = createServer((request, response) => {
    const body = found(request.url ?? '');
    response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body ?? { message: 'Not Found' }));
  });
  const { port, close } = await listen(server);
  return { url: `http://127.0.0.1:${port}`, folder, close };
}

/** Makes git in a home folder clone from the forge's folder, because the forge serves no files. */
export async function cloneFrom({ url, folder }: Forge, home: string): Promise<void> {
  const address = url.replace('//', `//${TOKEN}@`);
  await writeFile(join(home, '.gitconfig'), `[url "file://${folder}/"]\n\tinsteadOf = ${address}/\n`);
}

/** The request that connects an account with the forge. Source: `store_provider_tokens` of openhands-ai 1.11.0. */
export const connection = ({ url }: Forge): readonly [path: string, body: object] => [
  '/api/v1/secrets/git-providers',
  { provider_tokens: { forgejo: { token: TOKEN, host: url } } },
];

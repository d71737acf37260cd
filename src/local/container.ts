import { basename } from 'node:path';

import { LocalFailure, START } from './failure.ts';
import { note, noted, type Place } from './place.ts';
import { lastWords, run } from './programs.ts';
import { startUnisolated } from './unisolated.ts';

const NAME = 'container';

/** What `docker run` is told. The key is in the environment of docker itself: a command line can be read by all. */
export function dockerArguments(
  { home, workspace }: Place,
  { name, image, port, env }: { name: string; image: string; port: number; env: readonly string[] },
): readonly string[] {
  return [
    'run',
    '--rm',
    `--name=${name}`,
    '--pull=never',
    '--cap-drop=ALL',
    '--security-opt=no-new-privileges',
    '--pids-limit=4096',
    // The owner of the folders, and nobody in the container.
    `--user=${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`,
    `--publish=127.0.0.1:${port}:8000`,
    `--volume=${workspace}:${workspace}`,
    `--volume=${home}:${home}`,
    `--workdir=${home}`,
    // Not docker's own home.
    `--env=HOME=${home}`,
    ...env.filter((variable) => variable !== 'HOME').map((variable) => `--env=${variable}`),
    image,
  ];
}

/**
 * Starts the container image, which has no more than its folders: no socket, no network or processes of the host's.
 *
 * @throws {LocalFailure} if Docker is not there, or cannot fetch the image.
 */
export async function startContainer(
  place: Place,
  { image, port, env }: { image: string; port: number; env: Readonly<Record<string, string>> },
): Promise<() => boolean> {
  const pulled = await run('docker', ['pull', '--quiet', image]);
  if (pulled.code !== 0)
    throw new LocalFailure(
      START,
      `docker pull: ${lastWords(pulled)}`,
      'check the image and that the runner has Docker, or leave image out',
    );
  const name = basename(place.base);
  note(place, NAME, name);
  const args = dockerArguments(place, { name, image, port, env: Object.keys(env) });
  return startUnisolated(place, {
    program: 'docker',
    args,
    // It finds Docker by the job's own environment.
    env: { ...env, ...process.env, SESSION_API_KEY: env['SESSION_API_KEY'] },
  });
}

/** Removes the container, if there is one; why not, if that fails. */
export async function endContainer(place: Place): Promise<string | undefined> {
  const name = noted(place, NAME);
  if (name === undefined) return undefined;
  const removed = await run('docker', ['rm', '--force', '--volumes', name]);
  return removed.code === 0 || /No such container/i.test(removed.stderr) ? undefined : lastWords(removed);
}

import { basename } from 'node:path';

import { LocalFailure, START } from './failure.ts';
import { type Place, readNote, saveNote } from './place.ts';
import { lastLines, run } from './programs.ts';
import { startUnisolated } from './unisolated.ts';

const NAME = 'container';

/** Returns the arguments of `docker`. The key is passed in docker's own environment: every user can read command lines. */
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
    // The owner of the folders, who is no user inside the container.
    `--user=${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`,
    `--publish=127.0.0.1:${port}:8000`,
    `--volume=${workspace}:${workspace}`,
    `--volume=${home}:${home}`,
    `--workdir=${home}`,
    // Not the HOME of the docker process.
    `--env=HOME=${home}`,
    ...env.filter((variable) => variable !== 'HOME').map((variable) => `--env=${variable}`),
    image,
  ];
}

/**
 * Starts the container image. It gets only its own folders: no Docker socket, and not the host's network or processes.
 *
 * @returns whether the container's process is running, as a function.
 * @throws {LocalFailure} if Docker is not installed, or cannot pull the image.
 */
export async function startContainer(
  place: Place,
  { image, port, env }: { image: string; port: number; env: Readonly<Record<string, string>> },
): Promise<() => boolean> {
  const pulled = await run('docker', ['pull', '--quiet', image]);
  if (pulled.code !== 0)
    throw new LocalFailure(
      START,
      `docker pull: ${lastLines(pulled)}`,
      'check the image and that the runner has Docker, or leave image out',
    );
  const name = basename(place.base);
  saveNote(place, NAME, name);
  const args = dockerArguments(place, { name, image, port, env: Object.keys(env) });
  return startUnisolated(place, {
    program: 'docker',
    args,
    // The docker program needs the job's environment to find the Docker daemon.
    env: { ...env, ...process.env, SESSION_API_KEY: env['SESSION_API_KEY'] },
  });
}

/** Removes the container, if there is one. Returns the reason if that fails, otherwise `undefined`. */
export async function endContainer(place: Place): Promise<string | undefined> {
  const name = readNote(place, NAME);
  if (name === undefined) return undefined;
  const removed = await run('docker', ['rm', '--force', '--volumes', name]);
  return removed.code === 0 || /No such container/i.test(removed.stderr) ? undefined : lastLines(removed);
}

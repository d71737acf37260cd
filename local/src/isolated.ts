import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { METADATA } from '../../src/http/address.ts';
import type { LocalServer } from './environment.ts';
import { LocalFailure, START_SERVER } from './failure.ts';
import { type Place, readNote, saveNote } from './place.ts';
import { lastLines, type ProgramEnd, run } from './programs.ts';
import type { Started } from './ready.ts';
import type { View } from './visible.ts';

/** The exit code of isolate.sh if the machine does not support isolation. */
const CANNOT_ISOLATE = 3;
const PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Runs a command of isolate.sh as root. */
export type Isolator = (command: 'start' | 'stop', base: string, input?: string) => Promise<ProgramEnd>;

/** The properties of a machine that decide whether it supports isolation. */
interface Machine {
  readonly platform: NodeJS.Platform;
  readonly isRoot: boolean;
  readonly sudo: string;
}

/**
 * Returns a function that runs isolate.sh as root, with sudo if the job is not root; or the reason why that is impossible.
 * The script gets none of the job's environment.
 */
export async function isolatorOf(
  folder: string,
  { platform = process.platform, isRoot = process.getuid?.() === 0, sudo = 'sudo' }: Partial<Machine> = {},
): Promise<Isolator | string> {
  if (platform !== 'linux') return `the system is ${platform}, not Linux`;
  if (!isRoot && (await run(sudo, ['-n', 'env', '-i', 'true'])).code !== 0)
    return 'the job is not root, and has no sudo without a password';
  const clean = ['env', '-i', PATH, '/bin/sh', join(folder, 'isolate.sh')];
  const [program = '', ...args] = isRoot ? clean : [sudo, '-n', ...clean];
  return async (command, base, input = '') =>
    run(program, [...args, command, base], { input, detached: true });
}

/**
 * Starts the server as a separate user with a separate root file system, after checks from inside that the isolation holds.
 * Returns the server, or why the machine cannot isolate it.
 *
 * @throws {LocalFailure} if the start fails for another reason than a lack of support for isolation.
 */
export async function startIsolated(
  isolator: Isolator,
  place: Place,
  { python, port, env, path, view }: LocalServer & { readonly path: string; readonly view: View },
): Promise<Started | string> {
  const lines = (list: readonly string[]): string => list.map((each) => `${each}\n`).join('');
  // isolate.sh reads these notes.
  saveNote(place, 'show', lines(view.show));
  saveNote(place, 'absent', lines(view.absent));
  saveNote(place, 'metadata', lines(METADATA));
  saveNote(place, 'python', python);
  saveNote(place, 'port', String(port));
  saveNote(place, 'log', place.log);
  const input = lines(
    Object.entries({ ...env, AGENT_PATH: path }).map(([name, value]) => `${name}=${value}`),
  );
  const ended = await isolator('start', place.base, input);
  if (ended.code === CANNOT_ISOLATE) return lastLines(ended);
  if (ended.code !== 0)
    throw new LocalFailure(
      START_SERVER,
      lastLines(ended),
      'report this as a bug in the action, with the log',
    );
  // isolate.sh has written these two.
  const pid = readNote(place, 'server.pid') ?? '';
  const uid = readNote(place, 'uid') ?? '';
  return { isRunning: () => existsSync(`/proc/${pid}`), owner: { uid } };
}

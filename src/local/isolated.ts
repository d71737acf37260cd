import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { LocalFailure, START } from './failure.ts';
import { note, noted, type Place } from './place.ts';
import { type Ended, lastWords, run } from './programs.ts';
import type { View } from './visible.ts';

/** What isolate.sh says if the machine cannot isolate anything. */
const CANNOT = 3;

/** Whether a server was started in isolation, or why this machine cannot. */
export type Isolation =
  | { readonly kind: 'isolated'; readonly lives: () => boolean }
  | { readonly kind: 'impossible'; readonly why: string };

/** What runs as root: `isolate.sh` of the folder. */
export type Isolator = (command: 'start' | 'stop', base: string, input?: string) => Promise<Ended>;

/** What matters of a machine. */
interface Machine {
  readonly platform: NodeJS.Platform;
  readonly isRoot: boolean;
  /** The program. */
  readonly sudo: string;
}

const THIS_MACHINE: Machine = {
  platform: process.platform,
  isRoot: process.getuid?.() === 0,
  sudo: 'sudo',
};

/**
 * Runs `isolate.sh` as root, by sudo without a password if the job is not; or why it cannot. Nothing of the job's
 * environment reaches it.
 */
export async function isolatorOf(
  folder: string,
  { platform, isRoot, sudo }: Machine = THIS_MACHINE,
): Promise<Isolator | string> {
  if (platform !== 'linux') return `the system is ${platform}, not Linux`;
  if (!isRoot && (await run(sudo, ['-n', 'env', '-i', 'true'])).code !== 0)
    return 'the job is not root, and has no sudo without a password';
  const script = join(folder, 'isolate.sh');
  const clean = [
    'env',
    '-i',
    'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    '/bin/sh',
    script,
  ];
  const [program = '', ...args] = isRoot ? clean : [sudo, '-n', ...clean];
  return async (command, base, input = '') =>
    run(program, [...args, command, base], { input, detached: true });
}

/** What of a server is to be isolated. */
export interface ToIsolate {
  readonly place: Place;
  readonly view: View;
  readonly python: string;
  readonly port: number;
  /** Its environment, without its PATH. */
  readonly env: Readonly<Record<string, string>>;
  readonly path: string;
}

/**
 * Starts the server as a user of its own, in a root of its own, and has tried from inside that it holds.
 *
 * @throws {LocalFailure} if something else fails.
 */
export async function startIsolated(isolator: Isolator, what: ToIsolate): Promise<Isolation> {
  const { place, view, python, port, env, path } = what;
  const lines = (list: readonly string[]): string => list.map((each) => `${each}\n`).join('');
  note(place, 'show', lines(view.show));
  note(place, 'absent', lines(view.absent));
  note(place, 'python', python);
  note(place, 'port', String(port));
  note(place, 'log', place.log);
  const input = lines(
    Object.entries({ ...env, AGENT_PATH: path }).map(([name, value]) => `${name}=${value}`),
  );
  const ended = await isolator('start', place.base, input);
  if (ended.code === CANNOT) return { kind: 'impossible', why: lastWords(ended) };
  if (ended.code !== 0)
    throw new LocalFailure(START, lastWords(ended), 'report this as a bug in the action, with the log');
  const pid = noted(place, 'server.pid') ?? '';
  return { kind: 'isolated', lives: () => existsSync(`/proc/${pid}`) };
}

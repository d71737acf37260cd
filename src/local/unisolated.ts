import { spawn } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

import { note, noted, type Place } from './place.ts';
import { run } from './programs.ts';
import { waitUntil } from './ready.ts';

/** What the server and all that it starts have in their environment, unless they drop it. */
const MARK = 'OPENHANDS_LOCAL';
const PID = 'unisolated.pid';
const ENDED_WITHIN_MS = 5000;

/** A program to run as the job's own user. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/** Starts a server that outlives this process; whether it is there can be asked. */
export function startUnisolated(place: Place, { program, args, env }: Command): () => boolean {
  const log = openSync(place.log, 'a');
  const child = spawn(program, args, {
    cwd: place.home,
    env: { ...env, [MARK]: place.base },
    detached: true,
    stdio: ['ignore', log, log],
    windowsHide: true,
  });
  closeSync(log);
  // A program that is not there has no process, and ends at once.
  child.on('error', () => undefined);
  child.unref();
  note(place, PID, String(child.pid ?? ''));
  return () => child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

/** Ends it and what it started: its group, and on Linux what it can be told by. Whether they have ended. */
export async function endUnisolated(place: Place): Promise<boolean> {
  const pid = Number(noted(place, PID) ?? '');
  if (!(pid > 1)) return true;
  if (process.platform === 'win32') await run('taskkill', ['/T', '/F', '/PID', String(pid)]);
  else kill(-pid);
  if (process.platform !== 'linux') return true;
  return waitUntil(ENDED_WITHIN_MS, () => {
    const left = marked(place.base);
    left.forEach(kill);
    return left.length === 0;
  });
}

/** Some programs, such as tmux, write over their environment, and leave the group: those have the folder in another place. */
function marked(base: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((name) => isMarked(`/proc/${name}`, base))
    .map(Number);
}

function isMarked(folder: string, base: string): boolean {
  const looks = [
    () => readFileSync(join(folder, 'environ'), 'utf8'),
    () => readFileSync(join(folder, 'cmdline'), 'utf8'),
    () => readlinkSync(join(folder, 'cwd')),
  ];
  return looks.some((look) => {
    try {
      return look().includes(base);
    } catch {
      // It has ended, or is somebody else's.
      return false;
    }
  });
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

import { spawn } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';

import { note, noted, type Place } from './place.ts';
import { run } from './programs.ts';

/** What the server and all that it starts have in their environment, unless they drop it. */
const MARK = 'OPENHANDS_LOCAL';
const PID = 'unisolated.pid';

/** A program to run as the job's own user. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
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

/** Ends it and what it started: its group, and on Linux whatever has its mark. */
export async function endUnisolated(place: Place): Promise<void> {
  const pid = Number(noted(place, PID) ?? '');
  if (!(pid > 1)) return;
  if (process.platform === 'win32') await run('taskkill', ['/T', '/F', '/PID', String(pid)]);
  else kill(-pid);
  if (process.platform === 'linux') for (const each of marked(place.base)) kill(each);
}

function marked(base: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((name) => environOf(name).includes(`${MARK}=${base}\0`))
    .map(Number);
}

function environOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8');
  } catch {
    return '';
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

import { spawn } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

import type { LocalServer } from './environment.ts';
import { type Place, readNote, saveNote } from './place.ts';
import { run } from './programs.ts';
import { type Started, waitUntil } from './ready.ts';

/** The environment variable by which the server's processes are found. They inherit it, unless they remove it. */
const MARK_VARIABLE = 'OPENHANDS_LOCAL';
const PID = 'unisolated.pid';
const END_TIMEOUT_MS = 5000;

/** Starts the server as the job's own user. It outlives this process. */
export function startUnisolated(
  place: Place,
  { python, port, env, path }: LocalServer & { readonly path: string },
): Started {
  const log = openSync(place.log, 'a');
  const args = ['-m', 'openhands.agent_server', '--host', '127.0.0.1', '--port', String(port)];
  const child = spawn(python, args, {
    cwd: place.home,
    env: { ...env, PATH: path, [MARK_VARIABLE]: place.base },
    detached: true,
    stdio: ['ignore', log, log],
    windowsHide: true,
  });
  closeSync(log);
  // If the program does not exist, there is no process, and `isRunning` says so.
  child.on('error', () => undefined);
  child.unref();
  saveNote(place, PID, String(child.pid ?? ''));
  return {
    isRunning: () => child.pid !== undefined && child.exitCode === null && child.signalCode === null,
    owner: { pid: child.pid ?? 0 },
  };
}

/**
 * Kills the server's process group, and on Linux all processes that {@link serverProcesses} finds. Returns false if some of these have not
 * ended.
 */
export async function stopUnisolated(place: Place): Promise<boolean> {
  const pid = Number(readNote(place, PID) ?? '');
  // Without the note, no server was started without isolation. For 0 and 1, `kill` would end other processes.
  if (Number.isNaN(pid) || pid <= 1) return true;
  if (process.platform === 'win32') await run('taskkill', ['/T', '/F', '/PID', String(pid)]);
  else kill(-pid);
  if (process.platform !== 'linux') return true;
  return waitUntil(END_TIMEOUT_MS, () => {
    const left = serverProcesses(place.base);
    left.forEach(kill);
    return left.length === 0;
  });
}

/**
 * Finds the processes whose environment, command line or current folder contains the server's base folder. Some, such as
 * tmux, leave the process group and overwrite their environment.
 */
function serverProcesses(base: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((name) => isOfServer(`/proc/${name}`, base))
    .map(Number);
}

function isOfServer(folder: string, base: string): boolean {
  const looks = [
    () => readFileSync(join(folder, 'environ'), 'utf8'),
    () => readFileSync(join(folder, 'cmdline'), 'utf8'),
    () => readlinkSync(join(folder, 'cwd')),
  ];
  return looks.some((look) => {
    try {
      return look().includes(base);
    } catch {
      // The process has ended, or belongs to another user.
      return false;
    }
  });
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // The process has ended.
  }
}

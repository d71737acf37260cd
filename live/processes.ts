import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** The variable with the id of the run, which all processes of the run inherit. */
const MARK = 'OPENHANDS_LIVE_RUN';
const MAX_SWEEPS = 50;
const BETWEEN_SWEEPS_MS = 100;

/** All processes of a run: an agent's terminal leaves the process group, but keeps the environment. */
export class Processes {
  readonly #run: string;
  readonly #groups: number[] = [];

  constructor(run: string) {
    this.#run = run;
  }

  /** The environment variable that marks a process of the run. */
  get mark(): Readonly<Record<string, string>> {
    return { [MARK]: this.#run };
  }

  /** Starts a process in a new process group. Appends its output to a file. */
  start(
    command: readonly [string, ...string[]],
    options: { readonly cwd: string; readonly env: Readonly<Record<string, string>>; readonly log: string },
  ): ChildProcess {
    const log = openSync(options.log, 'a');
    const [program, ...args] = command;
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: { ...options.env, ...this.mark },
      detached: true,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    if (child.pid !== undefined) this.#groups.push(child.pid);
    return child;
  }

  /** Kills all processes, stopped ones too. Returns those that did not end. */
  async end(): Promise<readonly number[]> {
    for (const group of this.#groups) signal(-group, 'SIGKILL');
    let left = this.running();
    for (let sweep = 0; left.length > 0 && sweep < MAX_SWEEPS; sweep += 1) {
      for (const pid of left) signal(pid, 'SIGKILL');
      await delay(BETWEEN_SWEEPS_MS);
      left = this.running();
    }
    return left;
  }

  /** Returns the running processes of the run. Only Linux shows the environment of processes; elsewhere, returns the groups. */
  running(): readonly number[] {
    if (process.platform !== 'linux') return this.#groups.filter((group) => signal(-group, 0));
    const marked = `${MARK}=${this.#run}\0`;
    return others().filter((pid) => read(`/proc/${pid}/environ`).includes(marked) && !isZombie(pid));
  }
}

/** Returns all processes except this one. Linux only. */
export function others(): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid);
}

/** Returns the system's state of a process: `T` if it is stopped, `undefined` if it does not exist. Linux only. */
export function processState(pid: number): string | undefined {
  return /^\d+ \(.*\) (\w)/s.exec(read(`/proc/${pid}/stat`))?.[1];
}

/** Returns the given processes whose command line matches. Linux only. */
export function withCommand(pids: readonly number[], pattern: RegExp): readonly number[] {
  return pids.filter((pid) => pattern.test(read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')));
}

function isZombie(pid: number): boolean {
  return processState(pid) === 'Z';
}

/** Reads a file; returns an empty text if that is impossible. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** Sends a signal. Returns false if the process does not exist. */
function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

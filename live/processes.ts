import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** Every process of a run has its id in this variable, and so have those that it starts. */
const MARK = 'OPENHANDS_LIVE_RUN';
const MOST_SWEEPS = 50;
const BETWEEN_SWEEPS_MS = 100;

/** The processes of one run, and theirs: a terminal of the agent leaves its group, but not its environment. */
export class Processes {
  readonly #run: string;
  readonly #groups: number[] = [];

  constructor(run: string) {
    this.#run = run;
  }

  /** What marks a process as one of the run, in its environment. */
  get mark(): Readonly<Record<string, string>> {
    return { [MARK]: this.#run };
  }

  /** Starts a process in a group of its own. What it prints goes to the end of a file. */
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

  /** Ends all of them at once; those that would not go. A stopped process goes too. */
  async end(): Promise<readonly number[]> {
    for (const group of this.#groups) signal(-group, 'SIGKILL');
    let left = this.running();
    for (let sweep = 0; left.length > 0 && sweep < MOST_SWEEPS; sweep += 1) {
      for (const pid of left) signal(pid, 'SIGKILL');
      await delay(BETWEEN_SWEEPS_MS);
      left = this.running();
    }
    return left;
  }

  /** The processes of the run that are there. Only Linux shows the environment of others: elsewhere, the groups. */
  running(): readonly number[] {
    if (process.platform !== 'linux') return this.#groups.filter((group) => signal(-group, 0));
    const marked = `${MARK}=${this.#run}\0`;
    return others().filter((pid) => read(`/proc/${pid}/environ`).includes(marked) && !isZombie(pid));
  }
}

/** All processes but this one. Linux only. */
export function others(): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid);
}

/** What the system says of a process: `T` if it was stopped, `undefined` if there is none. Linux only. */
export function processState(pid: number): string | undefined {
  return /^\d+ \(.*\) (\w)/s.exec(read(`/proc/${pid}/stat`))?.[1];
}

/** The processes whose command line matches, of those given. Linux only. */
export function withCommand(pids: readonly number[], pattern: RegExp): readonly number[] {
  return pids.filter((pid) => pattern.test(read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')));
}

function isZombie(pid: number): boolean {
  return processState(pid) === 'Z';
}

/** The text of a file; empty if it is gone or not ours. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** Sends a signal; false if there is nobody to get it. */
function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

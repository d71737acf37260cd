import { spawn } from 'node:child_process';

import { toError } from '../text/to-error.ts';

/** How a program ended. */
export interface Ended {
  /** Null if a signal ended it, or it could not be started. */
  readonly code: number | null;
  readonly stdout: string;
  /** Or why it could not be started, in plain words if there is no such program. */
  readonly stderr: string;
}

/** What a program is started with. */
export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** What it reads from its standard input. */
  readonly input?: string;
  /** Whether it gets a session of its own, so that what cancels the step does not reach it. */
  readonly detached?: boolean;
}

/** Runs a program to its end. It never throws: a program that is not there has ended, too. */
export async function run(
  program: string,
  args: readonly string[],
  { env = process.env, input = '', detached = false }: RunOptions = {},
): Promise<Ended> {
  return new Promise((resolve) => {
    // Not in the checkout: many programs read settings, or load code, from where they are started.
    const child = spawn(program, args, { env, detached, cwd: '/', stdio: 'pipe' });
    const texts = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => (texts.stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (texts.stderr += chunk.toString()));
    // It may end before it has read all of its input.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    child.on('error', (error) => {
      const { code, message } = toError(error);
      const why = code === 'ENOENT' ? `${program} is not installed` : message;
      resolve({ code: null, stdout: '', stderr: why });
    });
    child.on('close', (code) => {
      resolve({ code, ...texts });
    });
  });
}

const LINES = 3;
/** How pip tells of a try that failed: the reason stands between the names of its classes. */
const TRY_OF_PIP =
  /^WARNING: Retrying \(.*\) after connection broken by '\w+\(["']?(?:<[^>]*>: )?(.*?)["']?\)': .*$/;

/** The last lines that a program printed that are not empty: most say there why they failed. */
export function lastWords({ stderr, stdout }: Ended): string {
  const lines = `${stdout}\n${stderr}`.split('\n').filter((line) => line.trim() !== '');
  const plain = lines.slice(-LINES).map((line) => line.trim().replace(TRY_OF_PIP, '$1;'));
  return plain.join(' ') || 'it printed nothing';
}

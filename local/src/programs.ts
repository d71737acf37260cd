import { spawn } from 'node:child_process';

import { toError } from '../../src/text/to-error.ts';

export interface ProgramEnd {
  /** The exit code; null if a signal ended the program, or it could not be started. */
  readonly code: number | null;
  readonly stdout: string;
  /** Standard error, or the reason why the program could not be started. */
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string;
  /** Whether the program runs in a separate session, so that it does not get the signals that cancel the step. */
  readonly detached?: boolean;
}

/** Runs a program and waits for its end. Never throws: if the program cannot be started, the result says so. */
export async function run(
  program: string,
  args: readonly string[],
  { env = process.env, input = '', detached = false }: RunOptions = {},
): Promise<ProgramEnd> {
  return new Promise((resolve) => {
    // Not in the checkout: many programs read settings or load code from the current folder.
    const child = spawn(program, args, { env, detached, cwd: '/', stdio: 'pipe' });
    const texts = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => (texts.stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (texts.stderr += chunk.toString()));
    // The program may end before it has read all of its input.
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

const MAX_ERROR_LINES = 3;
/** Matches pip's warning about a failed attempt. The group is the reason, without the names of Python classes. */
const TRY_OF_PIP =
  /^WARNING: Retrying \(Retry\([^()]*\)\) after connection broken by '\w+\(["']?(?:<[^>]*>: )?(.*?)["']?\)': .*$/;

/** Returns the last lines that a program printed, on one line: most programs say there why they failed. */
export function lastLines({ stderr, stdout }: ProgramEnd): string {
  const lines = `${stdout}\n${stderr}`.split('\n').filter((line) => line.trim() !== '');
  const plain = lines.slice(-MAX_ERROR_LINES).map((line) => line.trim().replace(TRY_OF_PIP, '$1;'));
  return plain.join(' ') || 'it printed nothing';
}

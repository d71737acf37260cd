import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';

import { type Pairs, parsePairs } from './file-commands.ts';
import { type Annotation, createLineCutter, StepLog } from './log.ts';

/** When and how to cancel a step. */
export interface Cancellation {
  /** Whether to cancel now, given the log so far as people see it. */
  readonly after: (log: string) => boolean;
  /** The first signal; GitHub sends SIGINT. */
  readonly send: NodeJS.Signals;
  /** Whether to close the step's output as well, as if the runner's worker had been killed. */
  readonly closesOutput?: boolean;
  /** The delays between the signals; GitHub's by default. */
  readonly patience?: Patience;
}

/** The delays in milliseconds from the first signal to SIGTERM, and from SIGTERM to SIGKILL. */
interface Patience {
  readonly beforeTerm: number;
  readonly beforeKill: number;
}

/** The result of a process of a step. */
export interface ProcessRun {
  /** Null if a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The unchanged output. */
  readonly rawLog: string;
  /** The log as people see it: commands executed, secrets masked. */
  readonly log: string;
  readonly outputs: Record<string, string>;
  /** The summary's Markdown as written. Unlike GitHub, this does not mask secrets in it, so that tests can find them. */
  readonly summary: string;
  readonly state: Record<string, string>;
  /** The variables that the process wrote to GITHUB_ENV. */
  readonly env: Record<string, string>;
  readonly annotations: readonly Annotation[];
  readonly masks: readonly string[];
  readonly durationMs: number;
}

/** The options of a process. */
export interface ProcessOptions {
  readonly node: string;
  readonly script: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly temp: string;
  readonly secrets: readonly string[];
  readonly onLine: (line: string) => void;
  /** A warning that the runner prints before the process starts. */
  readonly warning?: string | undefined;
  readonly cancellation?: Cancellation | undefined;
  /** Whether to simulate a full disk for outputs. */
  readonly fullDisk?: boolean | undefined;
}

/** On Linux, every write to /dev/full fails as if the disk were full. */
const FULL = { GITHUB_OUTPUT: '/dev/full' };

/** GitHub's delays: SIGTERM 7.5 s after SIGINT, SIGKILL 2.5 s later. */
const PATIENCE: Patience = { beforeTerm: 7500, beforeKill: 2500 };
const CHECK_MS = 50;
const SUMMARY_BYTES = 1024 * 1024;

async function makeFiles(temp: string) {
  const folder = await mkdtemp(join(temp, 'commands-'));
  const files = {
    GITHUB_OUTPUT: join(folder, 'output'),
    GITHUB_STATE: join(folder, 'state'),
    GITHUB_ENV: join(folder, 'env'),
    GITHUB_PATH: join(folder, 'path'),
    GITHUB_STEP_SUMMARY: join(folder, 'summary'),
  };
  for (const file of Object.values(files)) await writeFile(file, '');
  return files;
}

/** Sends the signals of a cancellation until the process has ended. */
function cancel(
  child: ChildProcess,
  { send, closesOutput = false, patience = PATIENCE }: Cancellation,
): void {
  if (closesOutput) for (const stream of [child.stdout, child.stderr]) stream?.destroy();
  child.kill(send);
  const term = setTimeout(() => child.kill('SIGTERM'), patience.beforeTerm);
  const kill = setTimeout(() => child.kill('SIGKILL'), patience.beforeTerm + patience.beforeKill);
  child.once('exit', () => {
    clearTimeout(term);
    clearTimeout(kill);
  });
}

interface End {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly rawLog: string;
}

/** Passes the output of a process to the log, line by line, until it ends. */
async function listen(
  child: ChildProcess,
  log: StepLog,
  cancellation: Cancellation | undefined,
): Promise<End> {
  let raw = '';
  let cancelled = false;
  const check = (): void => {
    if (cancelled || cancellation?.after(log.shown.join('\n')) !== true) return;
    cancelled = true;
    cancel(child, cancellation);
  };
  const cutters = [child.stdout, child.stderr].map((stream) => {
    const decoder = new StringDecoder('utf8');
    const cutter = createLineCutter((line) => {
      log.take(line);
    });
    stream?.on('data', (chunk: Buffer) => {
      const text = decoder.write(chunk);
      raw += text;
      cutter.write(text);
      check();
    });
    return cutter;
  });
  // The condition may become true without a new log line.
  const checking = setInterval(check, CHECK_MS);
  return new Promise((resolve, reject) => {
    child.once('error', (error) => {
      clearInterval(checking);
      reject(error);
    });
    child.once('close', (exitCode, signal) => {
      clearInterval(checking);
      for (const cutter of cutters) cutter.end();
      resolve({ exitCode, signal, rawLog: raw });
    });
  });
}

async function start(options: ProcessOptions, env: Record<string, string>, log: StepLog): Promise<End> {
  try {
    const child = spawn(options.node, [options.script], {
      cwd: options.cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return await listen(child, log, options.cancellation);
  } catch (error) {
    // The environment is too large, or the program does not exist: the step fails before its first line.
    log.complain(
      `An error occurred trying to start process '${options.node}': ${error instanceof Error ? error.message : String(error)}`,
    );
    return { exitCode: 1, signal: null, rawLog: '' };
  }
}

async function readPairs(path: string, what: string, log: StepLog): Promise<Pairs | undefined> {
  try {
    return parsePairs(await readFile(path, 'utf8'));
  } catch (error) {
    log.complain(`Unable to process file command '${what}' successfully.`);
    log.complain(error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

async function readSummary(path: string, log: StepLog): Promise<string> {
  const summary = await readFile(path, 'utf8');
  if (Buffer.byteLength(summary) <= SUMMARY_BYTES) return summary;
  log.complain('$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of 1024k.');
  return '';
}

/** Runs a script of an action and collects its results. */
export async function runProcess(options: ProcessOptions): Promise<ProcessRun> {
  const began = performance.now();
  const log = new StepLog(options.secrets, options.onLine, options.env['RUNNER_DEBUG'] === '1');
  if (options.warning !== undefined) log.take(`::warning::${options.warning}`);
  const files = await makeFiles(options.temp);
  const end = await start(options, { ...options.env, ...files, ...(options.fullDisk === true && FULL) }, log);
  const outputs = await readPairs(files.GITHUB_OUTPUT, 'output', log);
  const state = await readPairs(files.GITHUB_STATE, 'state', log);
  const env = await readPairs(files.GITHUB_ENV, 'env', log);
  const summary = await readSummary(files.GITHUB_STEP_SUMMARY, log);
  const filesAreRight = outputs !== undefined && state !== undefined && env !== undefined;
  return {
    ...end,
    exitCode: end.exitCode === 0 && !filesAreRight ? 1 : end.exitCode,
    log: log.shown.join('\n'),
    outputs: { ...log.outputs, ...outputs },
    state: { ...state },
    env: { ...env },
    summary,
    annotations: log.annotations,
    masks: log.masks,
    durationMs: performance.now() - began,
  };
}

/**
 * Measures what users notice. Fails only if a built file is too large, not if a time is over its goal. Compare ratios within a run, not
 * numbers of different machines.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { parse } from 'yaml';

import { printSizes } from '../scripts/built.ts';
import { printGrowth } from './growth.ts';
import { printLags } from './lag.ts';
import { printRequests } from './requests.ts';
import { DELAY_MS, msToSigns } from './sign.ts';

const HELP = `Measures the time to the first request, to the reaction and the comment on GitHub and to the link in the log, the
size of the action, how the work for texts from outside grows, the requests of a large report, and the
delay between the end of an agent and the end of its step.

Usage: npm run bench -- [options]

  --beside REVISION  also measure the start of the dist/ of another revision, such as v1.0.0, in turn with this one
  --live             also measure the delay after each end with OpenHands' own servers, which takes an hour
  --help             show this and exit`;

/** Enough that the minima are right on a busy machine, too. */
const START_RUNS = 60;
const SIGN_RUNS = 5;
const ROOT = join(import.meta.dirname, '..');

/** A measurement, which returns milliseconds. */
interface Measured {
  readonly name: string;
  /** The goal, as a multiple of what Node itself takes to start. */
  readonly goal?: number;
  readonly run: () => Promise<number>;
  readonly times: number[];
}

/** Measures the milliseconds from the start of a process to its end, or to an earlier event. */
async function timeOf(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  until?: Promise<void>,
): Promise<number> {
  const began = performance.now();
  const child = spawn(process.execPath, args, {
    stdio: 'ignore',
    env: { PATH: process.env['PATH'], ...env },
  });
  const exited = once(child, 'exit');
  await (until ?? exited);
  const ms = performance.now() - began;
  // So that it does not slow down the next measurement.
  await exited;
  return ms;
}

/** Reads the two entries of the action in a folder from its action.yml. */
function entriesIn(folder: string): { readonly main: string; readonly post: string } {
  const action: unknown = parse(readFileSync(join(folder, 'action.yml'), 'utf8'));
  const runs = memberOf(action, 'runs');
  return {
    main: join(folder, String(memberOf(runs, 'main'))),
    post: join(folder, String(memberOf(runs, 'post'))),
  };
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  const member: unknown = Reflect.get(value, name);
  return member;
}

/** Returns the measurements of the action: the first request of main, without and with a permission check, and an idle post. */
function measuredIn(
  folder: string,
  label: string,
  server: { readonly url: string; readonly firstRequest: () => Promise<void> },
  eventPath: string,
): readonly Measured[] {
  const { main, post } = entriesIn(folder);
  const inputs = {
    // An event without a permission check, so that the first request goes to the server.
    GITHUB_EVENT_NAME: 'workflow_dispatch',
    'INPUT_API-KEY': 'bench-key',
    INPUT_MESSAGE: 'bench',
    INPUT_REPOSITORY: 'none',
    'INPUT_BASE-URL': server.url,
  };
  const comment = {
    ...inputs,
    GITHUB_EVENT_NAME: 'issue_comment',
    GITHUB_EVENT_PATH: eventPath,
    GITHUB_ACTOR: 'octocat',
    GITHUB_REPOSITORY: 'octo/repo',
    GITHUB_API_URL: server.url,
    'INPUT_GITHUB-TOKEN': 'bench-token',
    INPUT_COMMENT: 'true',
  };
  const first = async (env: NodeJS.ProcessEnv): Promise<number> => timeOf([main], env, server.firstRequest());
  return [
    { name: `${label}, to its first request`, goal: 4, run: async () => first(inputs), times: [] },
    { name: `${label}, with gate and comment`, goal: 4.8, run: async () => first(comment), times: [] },
    { name: `${label}, a post with nothing to do`, run: async () => timeOf([post], inputs), times: [] },
  ];
}

async function benchStart(beside: string | undefined): Promise<void> {
  let onRequest = (): void => undefined;
  const server = createServer((_, response) => {
    onRequest();
    response.writeHead(401, { 'content-type': 'application/json' }).end('{"detail":"bench"}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  const firstRequest = async (): Promise<void> =>
    new Promise((resolve) => {
      onRequest = resolve;
    });

  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const eventPath = join(folder, 'event.json');
  writeFileSync(
    eventPath,
    '{"action":"created","issue":{"number":1},"comment":{"id":1,"body":"/agent fix it"}}',
  );
  const measured: Measured[] = [
    { name: 'node -e 0', run: async () => timeOf(['-e', '0'], {}), times: [] },
    ...measuredIn(ROOT, 'the action', { url, firstRequest }, eventPath),
  ];
  if (beside !== undefined) {
    // With package.json, which tells Node that the files are modules.
    const archive = execFileSync('git', ['archive', beside, 'action.yml', 'package.json', 'dist'], {
      cwd: ROOT,
      maxBuffer: 2 ** 28,
    });
    execFileSync('tar', ['-x', '-C', folder], { input: archive });
    measured.push(...measuredIn(folder, `the action of ${beside}`, { url, firstRequest }, eventPath));
  }
  for (let run = 0; run < START_RUNS; run += 1)
    for (const each of measured) each.times.push(await each.run());
  server.close();
  rmSync(folder, { recursive: true });

  printStarts(measured);
  console.log('');
}

function printStarts(measured: readonly Measured[]): void {
  const [node = Number.NaN] = measured.map(({ times }) => Math.min(...times));
  console.log(`From process start, minima of ${START_RUNS} runs in turn on Node ${process.version}:`);
  for (const { name, goal, times } of measured) {
    const ms = Math.min(...times);
    const ratio = `${(ms / node).toFixed(1)} × node -e 0${goal === undefined ? '' : ` (goal: at most ${goal.toFixed(1)})`}`;
    console.log(`  ${name.padEnd(48)} ${ms.toFixed(0).padStart(4)} ms, ${ratio}`);
  }
}

async function benchSigns(): Promise<void> {
  const runs = [];
  for (let run = 0; run < SIGN_RUNS; run += 1) runs.push(await msToSigns(ROOT));
  console.log(`From process start, each request ${DELAY_MS} ms late, medians of ${SIGN_RUNS} runs:`);
  for (const [name, sign] of [
    ['👀 on the comment that triggered it', 'reaction'],
    ['the comment, before the answer to the start', 'comment'],
    ['the link in the log', 'link'],
  ] as const) {
    const ms = median(runs.map((signs) => signs[sign]));
    console.log(`  ${name.padEnd(47)} ${ms.toFixed(0).padStart(5)} ms (goal: under 5000 ms)`);
  }
  console.log('');
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** Whether a name is that of a commit. */
function isRevision(name: string): boolean {
  const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`];
  return spawnSync('git', args, { cwd: ROOT }).status === 0;
}

async function bench(beside: string | undefined, isLive: boolean): Promise<void> {
  await benchStart(beside);
  await benchSigns();
  printSizes();
  console.log('');
  printGrowth();
  console.log('');
  await printRequests();
  console.log('');
  await printLags();
  if (!isLive) return;
  for (const server of [[], ['--agent-server']]) {
    spawnSync(process.execPath, [join(ROOT, 'live/main.ts'), '--runs', '20', ...server], {
      stdio: 'inherit',
    });
  }
}

const { values } = parseArgs({
  options: {
    beside: { type: 'string' },
    live: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (values.help) console.log(HELP);
else if (values.beside === undefined || isRevision(values.beside)) await bench(values.beside, values.live);
else {
  console.error(`--beside: "${values.beside}" is no revision of this repository`);
  process.exitCode = 1;
}

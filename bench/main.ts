/**
 * Measures what users notice: the time to the first request, to the reaction on GitHub and to the link in the log, the size
 * of the action, the cost of waiting, and the delay between the end of an agent and the end of its step. Never fails. Compare
 * ratios within a run, not numbers of different machines.
 *
 *     npm run bench
 *     npm run bench -- --beside v1.0.0   also measures start-up and link of another revision of dist/, in alternation
 *     npm run bench -- --plot            also draws docs/pictures/waiting.svg
 *     npm run bench -- --live            also measures the delay after each end with OpenHands' own servers: an hour
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { parse } from 'yaml';

import { stagedApi } from '../__tests__/support/api.ts';
import { simulatedClock } from '../__tests__/support/clock.ts';
import { printSizes } from '../scripts/built.ts';
import type { Snapshot } from '../src/conversation/conversation.ts';
import { waitForEnd } from '../src/conversation/wait.ts';
import { createSecrets } from '../src/text/secrets.ts';
import { printLags } from './lag.ts';
import { msToLink, TRIP_MS } from './link.ts';
import { plotOf } from './plot.ts';
import { msToSigns, WAY_MS } from './sign.ts';

/** So many that the minima are right on a busy machine, too. */
const START_RUNS = 60;
const RUNS = 15;
const LINK_RUNS = 5;
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
  let arrived = (): void => undefined;
  const server = createServer((_, response) => {
    arrived();
    response.writeHead(401, { 'content-type': 'application/json' }).end('{"detail":"bench"}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  const firstRequest = async (): Promise<void> =>
    new Promise((resolve) => {
      arrived = resolve;
    });

  const other = mkdtempSync(join(tmpdir(), 'bench-'));
  const event = join(other, 'event.json');
  writeFileSync(event, '{"action":"created","issue":{"number":1},"comment":{"id":1,"body":"/agent fix it"}}');
  const measured: Measured[] = [
    { name: 'node -e 0', run: async () => timeOf(['-e', '0'], {}), times: [] },
    ...measuredIn(ROOT, 'the action', { url, firstRequest }, event),
  ];
  const links: Measured[] = [linkedBy(ROOT, 'the action')];
  if (beside !== undefined) {
    // With package.json, which tells Node that the files are modules.
    const archive = execFileSync('git', ['archive', beside, 'action.yml', 'package.json', 'dist'], {
      cwd: ROOT,
      maxBuffer: 2 ** 28,
    });
    execFileSync('tar', ['-x', '-C', other], { input: archive });
    measured.push(...measuredIn(other, `the action of ${beside}`, { url, firstRequest }, event));
    links.push(linkedBy(other, `the action of ${beside}`));
  }
  for (let run = 0; run < START_RUNS; run += 1)
    for (const each of measured) each.times.push(await each.run());
  for (let run = 0; run < LINK_RUNS; run += 1) for (const each of links) each.times.push(await each.run());
  server.close();
  rmSync(other, { recursive: true });

  printStarts(measured);
  console.log('');
  printLinks(links);
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

function printLinks(links: readonly Measured[]): void {
  console.log(
    `From the first request of a keyed start to its link, each answer ${TRIP_MS} ms late, medians of ${LINK_RUNS} runs in turn:`,
  );
  for (const { name, times } of links) {
    const ms = median(times);
    console.log(
      `  ${name.padEnd(48)} ${ms.toFixed(0).padStart(4)} ms (goal: four round trips and half a second, ${4 * TRIP_MS + 500} ms)`,
    );
  }
  console.log('');
}

async function benchSigns(): Promise<void> {
  const runs = [];
  for (let run = 0; run < LINK_RUNS; run += 1) runs.push(await msToSigns(ROOT));
  console.log(
    `From process start until GitHub has it, each request ${WAY_MS} ms late, medians of ${LINK_RUNS} runs:`,
  );
  for (const [name, sign] of [
    ['👀 on the comment that triggered it', 'reaction'],
    ['the comment, before the answer to the start', 'comment'],
  ] as const) {
    const ms = median(runs.map((signs) => signs[sign]));
    console.log(`  ${name.padEnd(47)} ${ms.toFixed(0).padStart(5)} ms (goal: under 5000 ms)`);
  }
  console.log('');
}

function linkedBy(folder: string, name: string): Measured {
  return { name, run: async () => msToLink(entriesIn(folder).main), times: [] };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

const RUNNING: Snapshot = { phase: 'running', state: { kind: 'active' }, consult: 'never' };
const FINISHED: Snapshot = {
  phase: 'finished',
  state: { kind: 'ended', ending: 'finished' },
  consult: 'never',
};

/** Waits for an agent in simulated time, with the real loop and pace. */
async function wait(agentSeconds: number): Promise<{ requests: number; lateSeconds: number }> {
  const clock = simulatedClock();
  let requests = 0;
  const api = stagedApi(() => {
    requests += 1;
    return clock.now() < agentSeconds * 1000 ? RUNNING : FINISHED;
  });
  await waitForEnd(
    { id: '1' },
    {
      startedAt: 0,
      onPaused: 'wait',
      poll: true,
      api,
      clock,
      pace: { longestMs: 30_000, random: Math.random },
      deadlineAt: Number.MAX_SAFE_INTEGER,
      signal: new AbortController().signal,
      emit: () => undefined,
    },
  );
  return { requests, lateSeconds: clock.now() / 1000 - agentSeconds };
}

async function benchWaiting(): Promise<void> {
  console.log(`Waiting with the default inputs, by a simulated clock, the worst of ${RUNS * 10} runs:`);
  for (const [agentSeconds, goal] of [
    [60, 'at most 4 s late'],
    [1200, 'at most 100 requests, 33 s late'],
    [3600, 'none'],
  ] as const) {
    const runs = await Promise.all(Array.from({ length: RUNS * 10 }, async () => wait(agentSeconds)));
    const requests = Math.max(...runs.map((run) => run.requests));
    const late = Math.max(...runs.map((run) => run.lateSeconds));
    console.log(
      `  agent of ${String(agentSeconds).padStart(4)} s: ${String(requests).padStart(3)} status requests, ` +
        `end noticed ${late.toFixed(1).padStart(4)} s late (goal: ${goal})`,
    );
  }
}

/** Measures the CPU time in milliseconds for redacting the texts of a step: short texts at every look, and an answer. */
function redactingMs(sessionKeys: number): number {
  const answer = 'The agent looked at "50 %" of A & B,\nand at https://openhands.test/a%2Fb.\n'.repeat(
    14_000,
  );
  const began = process.cpuUsage().user;
  const secrets = createSecrets(() => undefined);
  secrets.add('sk-oh-0123456789abcdef');
  for (let key = 0; key < Math.max(sessionKeys, 1); key += 1) {
    const hash = createHash('sha256').update(String(key)).digest('base64url');
    if (sessionKeys > 0) secrets.add(hash);
    for (let word = 0; word < 20; word += 1) secrets.redact(answer.slice(0, 100));
  }
  for (let time = 0; time < 3; time += 1) secrets.redact(answer);
  return (process.cpuUsage().user - began) / 1000;
}

function benchSecrets(): void {
  const few = median(Array.from({ length: 5 }, () => redactingMs(0)));
  const many = median(Array.from({ length: 5 }, () => redactingMs(500)));
  console.log('Taking secrets out of an answer of 1 MB three times, and out of the words of each look:');
  console.log(
    `  no session key ${few.toFixed(0)} ms; 500 of them, one in each look ${many.toFixed(0)} ms, ` +
      `${(many / few).toFixed(1)} times as long (goal: at most 1000 ms)\n`,
  );
}

const { values } = parseArgs({
  options: { beside: { type: 'string' }, live: { type: 'boolean' }, plot: { type: 'boolean' } },
});
await benchStart(values.beside);
await benchSigns();
printSizes();
console.log('');
benchSecrets();
await benchWaiting();
console.log('');
const lags = await printLags();
if (values.plot === true) writeFileSync(join(ROOT, 'docs/pictures/waiting.svg'), plotOf(lags));
for (const server of values.live === true ? [[], ['--agent-server']] : []) {
  spawnSync(process.execPath, [join(ROOT, 'live/main.ts'), '--runs', '20', ...server], { stdio: 'inherit' });
}

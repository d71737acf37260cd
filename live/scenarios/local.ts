import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { ActionRun } from '../../simulator/runner/runner.ts';
import {
  checkoutIn,
  finish,
  type LocalScenario,
  type LocalStage,
  PLANTED,
  processesWith,
  start,
  work,
} from '../local.ts';
import { FINISH_ANSWER } from '../model.ts';
import { assertSuccess, LLM_KEY } from '../stage.ts';

const ROOT = join(import.meta.dirname, '../..');

/** The scenarios for an agent server on the runner. They run one after the other, because each needs the whole machine. */
export const SCENARIOS_LOCAL: readonly LocalScenario[] = [
  {
    name: 'an agent that looks for the secrets of the job finds none, and leaves nothing behind',
    run: testSpy,
  },
  { name: 'the step is killed while the server starts: post cleans up', run: testKilledAtStart },
  { name: 'the step is killed while it copies: post cleans up', run: testKilledAtCopy },
  { name: 'the same agent finds something if it is not isolated', run: testNotIsolated },
  { name: 'an agent that cannot be isolated does not start', run: testImpossible },
  { name: 'an agent that cannot be isolated starts with allow-unisolated', run: testUnisolated },
];

async function testSpy(stage: LocalStage): Promise<void> {
  const workspace = checkoutIn(stage.root);
  // A process of the job with a secret in its environment, like every later step.
  const other = spawn('sleep', ['600'], {
    env: { PATH: process.env['PATH'], SECRET: PLANTED },
    stdio: 'ignore',
  });
  try {
    const local = await start(stage, workspace, {
      onLog: (line) => {
        if (line.includes('isolated')) assert.match(line, /is isolated/);
      },
    });
    assert.equal(local.exitCode, 0, local.log);
    assert.match(local.log, /The agent is isolated/);
    const folder = local.outputs['working-directory'] ?? '';
    writeFileSync(
      join(folder, 'spy.paths'),
      pathsOf(local)
        .map((path) => `${path}\n`)
        .join(''),
    );
    const run = await work(stage, local, 'run', { 'patch-file': 'agent.patch' });
    assertSuccess(run, 'finished');
    assert.equal(run.outputs['response'], FINISH_ANSWER);
    assertClosed(readFileSync(join(folder, 'spy.txt'), 'utf8'));
    assert.match(readFileSync(join(workspace, 'agent.patch'), 'utf8'), /spy\.txt/);
    assert.ok(processesWith(/spy-daemon/).length > 0, 'it left a process');
    const post = await finish(local);
    assert.match(post.log, /all processes that it started were stopped/);
    assert.deepEqual(processesWith(/spy-daemon/), []);
    assertLog(local);
    // The checkout itself is unchanged.
    const config = readFileSync(join(workspace, '.git/config'), 'utf8');
    assert.ok(config.includes(PLANTED) && !existsSync(join(workspace, 'spy.txt')));
    await run.dispose();
  } finally {
    other.kill();
  }
}

/** Returns the paths of the job's files. spy.sh tries to read each of them: an agent would first have to find them. */
function pathsOf({ temp, workspace }: ActionRun): readonly string[] {
  const files = readdirSync(temp, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('openhands-local-'))
    .map((entry) => join(entry.parentPath, entry.name));
  assert.ok(files.length > 5, 'the files of the runner');
  return [
    ...files,
    workspace,
    join(workspace, '.git/config'),
    join(ROOT, 'dist/local.js'),
    join(ROOT, 'action.yml'),
  ];
}

/** Asserts that every row of the spy's report says that it found nothing. */
export function assertClosed(report: string): void {
  const rows = report
    .trim()
    .split('\n')
    .map((line) => line.split('\t'));
  assert.ok(rows.length > 10, `the report of the spy has ${rows.length} rows:\n${report}`);
  const open = rows.filter(([, state]) => state !== 'closed').map((row) => row.join(' '));
  assert.deepEqual(open, []);
}

function assertLog(local: ActionRun): void {
  const log = local.outputs['log-file'] ?? '';
  const text = readFileSync(log, 'utf8');
  assert.ok(text.length > 100);
  for (const secret of [local.outputs['api-key'] ?? '', LLM_KEY, PLANTED])
    assert.ok(!text.includes(secret), 'a secret is in the log of the server');
  assert.equal(statSync(log).mode & 0o77, 0);
}

async function testKilledAtStart(stage: LocalStage): Promise<void> {
  await killStart(stage, (log) => log.includes('The agent is isolated'));
}

async function testKilledAtCopy(stage: LocalStage): Promise<void> {
  await killStart(stage, (log) => log.includes('The agent has a copy'));
}

async function killStart(stage: LocalStage, after: (log: string) => boolean): Promise<void> {
  const local = await start(stage, checkoutIn(stage.root), { signal: { after, send: 'SIGKILL' } });
  assert.equal(local.signal, 'SIGKILL', local.log);
  await finish(local);
}

/** Checks that the spy can find secrets: runs it without isolation, as a user without rights. */
async function testNotIsolated(stage: LocalStage): Promise<void> {
  const folder = checkoutIn(stage.root);
  writeFileSync(join(folder, 'spy.paths'), `${join(ROOT, 'action.yml')}\n`);
  execFileSync('chmod', ['-R', 'a+rwX', stage.root]);
  execFileSync('chmod', ['a+x', join(stage.root, '..')]);
  const user = ['--reuid=65534', '--regid=65534', '--clear-groups'];
  const env = { PATH: process.env['PATH'], HOME: folder, GITHUB_TOKEN: PLANTED };
  execFileSync('setpriv', [...user, 'sh', join(folder, 'run.sh')], { env, stdio: 'ignore' });
  for (const pid of processesWith(/spy-daemon/)) process.kill(pid, 'SIGKILL');
  const open = readFileSync(join(folder, 'spy.txt'), 'utf8').matchAll(/^(\S+)\tOPEN/gm);
  const names = [...open].map(([, name]) => name);
  for (const name of [
    'processes',
    'own-environment',
    'rights',
    'job-files',
    'git-secrets',
    'metadata',
    'planted',
  ])
    assert.ok(names.includes(name), `${name} is not among ${names.join(', ')}`);
  return Promise.resolve();
}

/** Creates a Node program that runs as a user without root and sudo. Not a shell script: shells drop variables with hyphens. */
function notRoot(root: string): string {
  const node = join(root, 'node.mjs');
  const script = `#!${process.execPath}
import { spawnSync } from 'node:child_process';
const env = { ...process.env, PATH: ${JSON.stringify(join(root, 'bin'))} + ':' + process.env.PATH };
const args = ['--user', '--map-user=1000', '--map-group=1000', process.execPath, ...process.argv.slice(2)];
process.exitCode = spawnSync('unshare', args, { env, stdio: 'inherit' }).status ?? 1;
`;
  mkdirSync(join(root, 'bin'), { recursive: true });
  writeFileSync(join(root, 'bin/sudo'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
  writeFileSync(node, script, { mode: 0o755 });
  return node;
}

async function testImpossible(stage: LocalStage): Promise<void> {
  const local = await start(stage, checkoutIn(stage.root), { node: notRoot(stage.root) });
  assert.equal(local.exitCode, 1, local.log);
  assert.match(local.log, /failed to isolate the agent: the job is not root.*allow-unisolated: true/);
  await finish(local);
}

async function testUnisolated(stage: LocalStage): Promise<void> {
  const local = await start(stage, checkoutIn(stage.root), {
    node: notRoot(stage.root),
    with: { 'allow-unisolated': 'true' },
  });
  assert.equal(local.exitCode, 0, local.log);
  assert.ok(
    local.annotations.some(
      ({ level, message }) => level === 'warning' && message.includes('is not isolated'),
    ),
  );
  const run = await work(stage, local, 'finish');
  assertSuccess(run, 'finished');
  await finish(local);
  await run.dispose();
}

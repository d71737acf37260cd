import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { isRecord } from '../../simulator/json.ts';
import type { ActionRun } from '../../simulator/runner/runner.ts';
import { follow } from '../agent-servers.ts';
import { sh } from '../git.ts';
import { worksInFolder } from '../kinds.ts';
import { FINISH_ANSWER, PLAIN_ANSWER } from '../model.ts';
import type { Server } from '../server.ts';
import {
  act,
  ask,
  askAndWait,
  asking,
  assertFailure,
  assertSuccess,
  type Inputs,
  itemsOf,
  KEY,
  type Scenario,
  type Stage,
  waitUntil,
  waitUntilShown,
} from '../stage.ts';

/** The scenarios for both V1 and an agent server, with a repository that changes what its agent does. */
export const SCENARIOS_REPOSITORY: readonly Scenario[] = [
  { name: 'hooks: a Stop hook that takes 100 s', run: async (stage) => slowHook(stage, 100) },
  { name: 'hooks: a Stop hook that takes 40 s', run: async (stage) => slowHook(stage, 40) },
  { name: 'hooks: a Stop hook that sends the agent back to work once', run: testSentBack },
  { name: 'patch: a repository without a commit within the folder fails the step', run: testUnborn },
];

/** V1 only: an agent server has no setup, and clones nothing. */
export const SCENARIOS_REPOSITORY_OF_V1: readonly Scenario[] = [
  { name: 'clone: a branch that does not exist, also for the next steps of its key', run: testWrongBranch },
  { name: 'clone: a branch that does not exist, and an agent that has ended', run: testWrongBranchEnded },
  { name: 'clone: a repository that git cannot read', run: testBroken },
  { name: 'clone: a repository without a commit', run: testEmpty },
  { name: 'the step is canceled during a start that takes more than a minute', run: testSlowStart },
  ...SCENARIOS_REPOSITORY,
];

/** Creates a repository with one commit of these files. Returns the inputs for an agent that works in it. */
async function repositoryWith(
  { kind, forge }: Stage,
  name: string,
  files: Readonly<Record<string, string>>,
): Promise<Inputs> {
  const folder = join(forge.folder, 'folders', name);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  sh(folder, 'git init -q -b main && git add -A && git commit -q -m first');
  if (worksInFolder(kind)) return { 'working-directory': folder };
  sh(forge.folder, `git clone -q --bare "${folder}" "scripted/${name}.git"`);
  return { repository: `scripted/${name}`, 'git-provider': 'forgejo' };
}

/**
 * Returns a repository's file with a Stop hook. V1 reads `.openhands/hooks.json`. An agent server by itself does not, but it
 * loads the plugins of its folder, with their hooks.
 * Source: `_load_hooks_from_workspace` of openhands-ai 1.11.0; sdk/plugin/discovery.py of agent server 1.58.2.
 */
function stopHook({ kind }: Stage, command: string): Readonly<Record<string, string>> {
  const path = kind === 'v1' ? '.openhands/hooks.json' : '.openhands/plugins/stop/hooks/hooks.json';
  const hooks = [{ matcher: '*', hooks: [{ type: 'command', command, timeout: 180 }] }];
  return { [path]: JSON.stringify({ stop: hooks }) };
}

/** A hook blocks its whole agent server. V1 has one for each conversation; an agent server by itself needs another. */
async function serverFor({ kind, open, start }: Stage): Promise<Server> {
  return kind === 'v1' ? open : start({ sessionKey: KEY });
}

async function slowHook(stage: Stage, seconds: number): Promise<void> {
  const server = await serverFor(stage);
  // The agent works for as long as it takes to be seen.
  const files = { ...stopHook(stage, `sleep ${seconds}`), 'run.sh': 'sleep 10' };
  const place = await repositoryWith(stage, `hook-${seconds}`, files);
  const run = await act(stage, server, { ...asking('run'), ...place, poll: 'true' });
  assertSuccess(run, 'finished');
  assert.equal(run.outputs['response'], FINISH_ANSWER);
  assert.ok(run.durationMs > seconds * 1000, 'the step ended before the hook');
}

/** What a hook that refuses writes is the agent's next message. The agent's first answer is then not its last. */
async function testSentBack(stage: Stage): Promise<void> {
  const refuse = `printf 'Not yet.\\nscript: message\\n' >&2; exit 2`;
  const hook = `sleep 2; if ! [ -e refused ]; then touch refused; ${refuse}; fi`;
  const place = await repositoryWith(stage, 'hook-refuses', stopHook(stage, hook));
  const run = await askAndWait(stage, 'finish', { ...place });
  assertSuccess(run, 'finished');
  assert.equal(run.outputs['response'], PLAIN_ANSWER);
}

async function testUnborn(stage: Stage): Promise<void> {
  const script = 'git init -q lib && echo 1 >lib/1';
  const place = await repositoryWith(stage, 'unborn', { 'run.sh': script });
  const inputs = { ...asking('run'), ...place, poll: 'true', 'patch-file': 'changes.patch' };
  const run = await act(stage, stage.open, inputs);
  assertFailure(run, 'error', /Failed to generate git delta/);
  assert.equal(run.outputs['failure-kind'], 'server');
}

/** Each step of the key must see that the agent works in an empty folder. One that restarts starts another agent. */
async function testWrongBranch(stage: Stage): Promise<void> {
  const place = await repositoryWith(stage, 'wrong-branch', { 'README.md': 'There is only main.\n' });
  const keyed = { ...asking('long'), ...place, poll: 'true', 'idempotency-key': 'wrong-branch' };
  const wrong = { ...keyed, branch: 'typo' };
  const first = await act(stage, stage.open, wrong);
  await assertNotCloned(stage, first, 'scripted/wrong-branch at branch typo');
  assert.equal(first.outputs['reused'], 'false');
  for (const more of [{}, { 'if-exists': 'send' }]) {
    const later = await act(stage, stage.open, { ...wrong, ...more });
    await assertNotCloned(stage, later, 'scripted/wrong-branch at branch typo');
    assert.equal(later.outputs['conversation-id'], first.outputs['conversation-id']);
    assert.equal(later.outputs['reused'], 'true');
  }
  const right = { ...keyed, ...asking('finish'), branch: 'main', 'if-exists': 'restart' };
  const next = await act(stage, stage.open, right);
  assertSuccess(next, 'finished');
  assert.notEqual(next.outputs['conversation-id'], first.outputs['conversation-id']);
}

/** A step that names the conversation asks for no repository, and lets its agent end. The key's next step sees that there is none. */
async function testWrongBranchEnded(stage: Stage): Promise<void> {
  const place = await repositoryWith(stage, 'ended', { 'README.md': 'There is only main.\n' });
  const wrong = { ...asking('long'), ...place, branch: 'typo', poll: 'true', 'idempotency-key': 'ended' };
  const first = await act(stage, stage.open, wrong);
  await assertNotCloned(stage, first, 'scripted/ended at branch typo');
  assertSuccess(await follow(stage, first, 'message'), 'finished');
  const later = await act(stage, stage.open, wrong);
  const why = /could not clone scripted\/ended at branch typo .*no longer running/;
  assertFailure(later, 'start-failed', why);
  assert.equal(later.outputs['conversation-id'], first.outputs['conversation-id']);
}

async function testBroken(stage: Stage): Promise<void> {
  await mkdir(join(stage.forge.folder, 'scripted/broken.git'), { recursive: true });
  const place = { repository: 'scripted/broken', 'git-provider': 'forgejo' };
  const run = await act(stage, stage.open, { ...asking('long'), ...place, poll: 'false' });
  await assertNotCloned(stage, run, 'scripted/broken');
}

async function testEmpty(stage: Stage): Promise<void> {
  sh(stage.forge.folder, 'git init -q --bare -b main scripted/empty.git');
  const place = { repository: 'scripted/empty', 'git-provider': 'forgejo' };
  const run = await act(stage, stage.open, { ...asking('long'), ...place, poll: 'true' });
  await assertNotCloned(stage, run, 'scripted/empty');
}

/** Asserts that a step failed because the server could not clone its repository, and that no agent is left at work. */
async function assertNotCloned({ open }: Stage, run: ActionRun, what: string): Promise<void> {
  assertFailure(
    run,
    'start-failed',
    new RegExp(`the server could not clone ${what} \\(.*no commit\\), and the .* paused`),
  );
  assert.equal(run.outputs['failure-kind'], 'not-found');
  await waitUntilShown(open, run.outputs['conversation-id'], 'PAUSED', null);
}

async function testSlowStart(stage: Stage): Promise<void> {
  const place = await repositoryWith(stage, 'slow-start', { '.openhands/setup.sh': 'sleep 70' });
  const inputs = { ...asking('long'), ...place, poll: 'true' };
  const run = await act(stage, stage.open, inputs, {
    signal: { after: (log) => log.includes('setup script'), send: 'SIGINT' },
  });
  assertFailure(run, 'cancelled', /the step was canceled/);
  assert.match(run.post?.log ?? '', /the agent was paused/);
  await waitUntil('paused', 5, async () => {
    const body = await ask(stage.open, 'GET', '/api/v1/app-conversations/search');
    const own = itemsOf(body).filter(
      (item) => isRecord(item) && item['selected_repository'] === place['repository'],
    );
    return own.length === 1 && own.every((item) => isRecord(item) && item['sandbox_status'] === 'PAUSED');
  });
}

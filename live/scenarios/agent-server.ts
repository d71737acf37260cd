import assert from 'node:assert/strict';

import type { ActionRun } from '../../simulator/runner/runner.ts';
import {
  attach,
  follow,
  idOf,
  once,
  pathOf,
  readMessages,
  readStatus,
  restartServer,
  waitForStatus,
  whenAtWork,
} from '../agent-servers.ts';
import { FINISH_ANSWER, PLAIN_ANSWER } from '../model.ts';
import {
  act,
  ask,
  askAndWait,
  asking,
  assertDuration,
  assertFailure,
  assertSuccess,
  KEY,
  type Scenario,
  type Stage,
} from '../stage.ts';
import { SCENARIOS_CORRECTION, SCENARIOS_ONE_CORRECTION } from './correction.ts';
import { SCENARIOS_SLOW } from './slow.ts';

/** The scenarios for any agent server that runs already. Several run at a time. */
export const SCENARIOS_OPEN: readonly Scenario[] = [
  { name: 'an agent that asks for confirmation', run: testUnconfirmed },
  { name: 'the deadline passes while the agent works: it is paused', run: testDeadline },
  { name: 'the deadline passes while the agent works: it continues', run: testDeadlineGoesOn },
  { name: 'the step is canceled before the start', run: testCancelAtOnce },
  { name: 'the step is canceled while the agent works on a follow-up', run: testCancelFollowUp },
  { name: 'an agent that somebody interrupts: on-paused fail, and resume', run: testInterrupted },
  { name: 'two messages at once', run: testMessagesAtOnce },
  ...SCENARIOS_CORRECTION,
  { name: 'a step with a key is killed: post finds its tag and pauses the agent', run: testKilled },
  { name: 'a step with a key is killed: post leaves the agent of another step alone', run: testKilledBeside },
];

/** The scenarios for agent servers by themselves only. */
export const SCENARIOS_AGENT_SERVER: readonly Scenario[] = [
  { name: 'a server that restarts during the wait', run: testRestart },
  { name: 'a server that stops during the wait, and another in its place', run: testEnd },
  { name: 'a server at its limit: the step waits for a place', run: testFull },
  { name: 'wait to the end: the answer of the finish tool', run: testFinish },
  { name: 'llm-base-url leads nowhere', run: testModelNowhere },
  { name: 'a server without a key, a wrong key, and no key for a server that needs one', run: testKeys },
  ...SCENARIOS_OPEN,
  ...SCENARIOS_SLOW,
  ...SCENARIOS_ONE_CORRECTION,
  { name: 'twenty pairs of steps, each pair with one key at the same moment', run: testPairs },
];

const PAIRS = 20;

async function testFinish(stage: Stage): Promise<void> {
  const run = await askAndWait(stage, 'finish', { 'api-version': 'auto', 'max-cost-usd': '1' });
  assertSuccess(run, 'finished');
  assert.equal(run.outputs['response'], FINISH_ANSWER);
  assert.equal(run.outputs['api-version'], 'agent-server');
  assert.equal(run.outputs['conversation-url'], `${stage.open.url}/api/conversations/${idOf(run)}`);
  assert.match(run.outputs['input-tokens'] ?? '', /^[1-9]\d*$/);
  assert.match(run.outputs['output-tokens'] ?? '', /^[1-9]\d*$/);
  // The server does not know the price of the scripted model.
  assert.equal(run.log.split('max-cost-usd may have no effect').length - 1, 1);
}

async function testUnconfirmed(stage: Stage): Promise<void> {
  const first = await askAndWait(stage, 'message');
  assertSuccess(first, 'finished');
  await ask(stage.open, 'POST', `${pathOf(first)}/confirmation_policy`, {
    policy: { kind: 'AlwaysConfirm' },
  });
  const run = await follow(stage, first, 'finish');
  assertFailure(run, 'needs-input', /confirm/);
}

async function testDeadline(stage: Stage): Promise<void> {
  const run = await askAndWait(stage, 'long', { 'timeout-seconds': '15' });
  assertFailure(run, 'timed-out', /the deadline passed/);
  await waitForStatus(stage.open, run, 'paused');
}

async function testDeadlineGoesOn(stage: Stage): Promise<void> {
  const run = await askAndWait(stage, 'long', { 'timeout-seconds': '15', 'stop-on-timeout': 'false' });
  assertFailure(run, 'timed-out', /the deadline passed \(timeout-seconds is \d+\), and the agent continues/);
  assertDuration(run, 15);
  assert.equal(await readStatus(stage.open, run), 'running');
}

/** Cancels a step during the start: in any case no agent continues to work. */
async function testCancelAtOnce(stage: Stage): Promise<void> {
  const run = await cancelStep(stage, (log) => log.includes('Asking OpenHands'));
  if (idOf(run) !== '') await waitForStatus(stage.open, run, 'paused');
}

async function testCancelFollowUp(stage: Stage): Promise<void> {
  const first = await askAndWait(stage, 'message');
  assertSuccess(first, 'finished');
  const run = await cancelStep(stage, (log) => log.includes('The agent has the message'), first);
  await waitForStatus(stage.open, run, 'paused');
}

async function testModelNowhere(stage: Stage): Promise<void> {
  const run = await askAndWait(stage, 'finish', { 'llm-base-url': 'http://127.0.0.1:1/v1' });
  assertFailure(run, 'error', /What to do: check llm-base-url, as seen from the server's machine/);
  assert.equal(
    run.log.split('] Error: LLM').length,
    2,
    `the agent's error is there once; the log:\n${run.log}`,
  );
}

async function testInterrupted(stage: Stage): Promise<void> {
  const started = await act(stage, stage.open, asking('long'));
  const interrupt = async (): Promise<unknown> => ask(stage.open, 'POST', `${pathOf(started)}/interrupt`);
  const failing = await attach(stage, started, { 'on-paused': 'fail' }, whenAtWork(interrupt));
  assertFailure(failing, 'paused', /paused/);
  const resumed = await attach(stage, started, { 'on-paused': 'resume', 'timeout-seconds': '10' });
  assertFailure(resumed, 'timed-out', /the deadline passed/);
  assert.match(resumed.log, /Resuming the conversation/);
}

async function testMessagesAtOnce(stage: Stage): Promise<void> {
  const first = await askAndWait(stage, 'message');
  const runs = await Promise.all(['finish', 'message'].map(async (script) => follow(stage, first, script)));
  for (const run of runs) assertSuccess(run, 'finished');
  assert.equal(await readMessages(stage.open, first), 3);
}

/** Kills a step with a key while its agent works, after `before`. Returns the run, and the status of its agent after post. */
async function killStep(
  stage: Stage,
  key: string,
  before: (path: string) => Promise<unknown>,
): Promise<{ readonly run: ActionRun; readonly status: unknown }> {
  let id = '';
  let isReady = false;
  const { onLog } = whenAtWork(async () => {
    await before(`/api/conversations/${id}`);
    isReady = true;
  });
  const inputs = { ...asking('long'), 'idempotency-key': key, poll: 'true' };
  const run = await act(stage, stage.open, inputs, {
    onLog: (line) => {
      id ||= /OpenHands conversation: .*\/conversations\/([\da-f-]{36})\b/.exec(line)?.[1] ?? '';
      onLog?.(line);
    },
    signal: { after: () => isReady, send: 'SIGKILL' },
  });
  assert.equal(run.signal, 'SIGKILL');
  return { run, status: await readStatus(stage.open, run) };
}

async function testKilled(stage: Stage): Promise<void> {
  const { run, status } = await killStep(stage, 'killed', async () => Promise.resolve());
  assert.match(run.post?.log ?? '', /The step was interrupted, and the agent was paused/);
  assert.equal(status, 'paused');
}

async function testKilledBeside(stage: Stage): Promise<void> {
  const { run, status } = await killStep(stage, 'killed beside another', async (path) => {
    await ask(stage.open, 'PATCH', path, { tags: { githubstep: 'another' } });
    assert.match(JSON.stringify(await ask(stage.open, 'GET', path)), /"githubstep":"another"/);
  });
  assert.match(run.post?.log ?? '', /Another run with the same idempotency-key owns the conversation/);
  assert.equal(status, 'running');
  await ask(stage.open, 'POST', `${pathOf(run)}/interrupt`);
}

async function testPairs(stage: Stage): Promise<void> {
  for (let pair = 0; pair < PAIRS; pair += 1) {
    const keyed = { ...asking('message'), 'idempotency-key': `pair ${pair}`, poll: 'true' };
    const [one, other] = await Promise.all([act(stage, stage.open, keyed), act(stage, stage.open, keyed)]);
    for (const run of [one, other]) assertSuccess(run, 'finished');
    assert.equal(idOf(one), idOf(other));
    assert.deepEqual([one.outputs['reused'], other.outputs['reused']].sort(), ['false', 'true']);
    assert.equal(await readMessages(stage.open, one), 1, `messages of pair ${pair}`);
  }
}

async function testKeys(stage: Stage): Promise<void> {
  const wrong = { ...asking('finish'), 'api-key': 'sk-oh-not-the-key-of-this-server' };
  assertFailure(await act(stage, stage.open, wrong), 'start-failed', /HTTP 401.*api-key/);
  const none = { ...asking('message'), 'api-key': '', poll: 'true' };
  assertFailure(await act(stage, stage.open, none), 'start-failed', /HTTP 401.*api-key/);
  const server = await stage.start({ sessionKey: '' });
  const run = await act(stage, server, none);
  assertSuccess(run, 'finished');
  assert.equal(run.outputs['response'], PLAIN_ANSWER);
}

/** A server that gets SIGTERM pauses its agents. The next server with its files has them in the same state. */
async function testRestart(stage: Stage): Promise<void> {
  const server = await stage.start({ sessionKey: KEY });
  const inputs = { ...asking('long'), poll: 'true', 'on-paused': 'resume' };
  const run = await act(stage, server, inputs, {
    ...whenAtWork(async () => restartServer(stage, server, 'SIGTERM')),
    signal: { after: (log) => log.includes('Resuming the conversation'), send: 'SIGINT' },
  });
  assertFailure(run, 'cancelled', /the step was canceled/);
}

/** After a server was killed, its agents have failed. */
async function testEnd(stage: Stage): Promise<void> {
  const server = await stage.start({ sessionKey: KEY });
  const inputs = { ...asking('long'), poll: 'true', 'timeout-seconds': '120' };
  const run = await act(
    stage,
    server,
    inputs,
    whenAtWork(async () => restartServer(stage, server, 'SIGKILL')),
  );
  assertFailure(run, 'error', /the agent/i);
  const second = await follow(stage, run, 'message', server);
  assertSuccess(second, 'finished');
  assert.equal(second.outputs['response'], PLAIN_ANSWER);
}

async function testFull(stage: Stage): Promise<void> {
  const server = await stage.start({ sessionKey: KEY, environment: { OH_MAX_CONCURRENT_RUNS: '1' } });
  const first = await act(stage, server, asking('long'));
  assertSuccess(first, 'running');
  const makeRoom = once(async () => ask(server, 'POST', `${pathOf(first)}/interrupt`));
  const run = await act(
    stage,
    server,
    { ...asking('message'), poll: 'true' },
    { onLog: (line) => void (line.includes('trying again') && makeRoom()) },
  );
  assertSuccess(run, 'finished');
  assert.equal(run.outputs['response'], PLAIN_ANSWER);
}

async function cancelStep(
  stage: Stage,
  after: (log: string) => boolean,
  conversation?: ActionRun,
): Promise<ActionRun> {
  const there = conversation && { 'conversation-id': idOf(conversation) };
  const inputs = { ...asking('long'), ...there, poll: 'true' };
  const run = await act(stage, stage.open, inputs, { signal: { after, send: 'SIGINT' } });
  assertFailure(run, 'cancelled', /the step was canceled/);
  assert.equal(run.signal, null, 'the step ended by itself');
  return run;
}

import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';

import { isRecord } from '../../simulator/json.ts';
import type { ActionRun } from '../../simulator/runner/runner.ts';
import { FINISH_ANSWER } from '../model.ts';
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
  readConversation,
  type Scenario,
  type Stage,
  waitUntil,
} from '../stage.ts';

/** The environment of a server that keeps deleted conversations and hides them (`hiding.py`). */
export const KEEPS_DELETED = { LIVE_KEEP_DELETED: '1' } as const;
const LISTS_LATE = { LIVE_LIST_AFTER_SECONDS: '6' } as const;

/**
 * The scenarios for V1 on a server that accepts a start with the id of a deleted conversation and never lists it. Each but the
 * last uses a key whose conversation was deleted.
 */
export const SCENARIOS_DELETING: readonly Scenario[] = [
  { name: 'a deleted key: the deadline passes before the hidden start is noticed', run: testDeadline },
  { name: 'a deleted key: the step is canceled', run: testCancel },
  { name: 'a deleted key: the step is killed, and post takes over', run: testKill },
  { name: 'a deleted key: a step with a budget', run: testBudget },
  { name: 'a deleted key: a step that does not wait', run: testWithoutPolling },
  { name: 'a conversation that is listed 6 s late', run: testListedLate },
];

/** A script of at least three minutes: longer than any step here lets a hidden agent work. */
const ENDLESS = 'long 180';
const PRICED = 'openai/gpt-4o';
/** The time without a call after which an agent counts as paused. An agent at work calls the model almost every second. */
const QUIET_MS = 6_000;

async function testDeadline(stage: Stage): Promise<void> {
  const key = { 'idempotency-key': 'deleted, deadline' };
  const began = performance.now();
  const hidden = await startAndDelete(stage, key);
  // The time of a start on this machine, and half of the minute after which a hidden start is noticed.
  const seconds = Math.ceil((performance.now() - began) / 1000) + 30;
  const inputs = { ...asking(ENDLESS), ...key, poll: 'true', 'timeout-seconds': String(seconds) };
  const run = await act(stage, stage.open, inputs);
  assertFailure(run, 'timed-out', /paused/);
  await checkPaused(stage, hidden);
  await goOnWithNext(stage, key, hidden);
}

async function testCancel(stage: Stage): Promise<void> {
  const key = { 'idempotency-key': 'deleted, cancel' };
  const hidden = await startAndDelete(stage, key);
  const run = await interruptStep(stage, key, hidden, 'SIGINT');
  assertFailure(run, 'cancelled', /the step was canceled/);
  assert.equal(run.signal, null, 'the step ended by itself');
  await checkPaused(stage, hidden);
  await goOnWithNext(stage, key, hidden);
}

async function testKill(stage: Stage): Promise<void> {
  const key = { 'idempotency-key': 'deleted, kill' };
  const hidden = await startAndDelete(stage, key);
  const run = await interruptStep(stage, key, hidden, 'SIGKILL');
  assert.equal(run.signal, 'SIGKILL');
  await checkPaused(stage, hidden);
  await goOnWithNext(stage, key, hidden);
}

async function testBudget(stage: Stage): Promise<void> {
  const key = { 'idempotency-key': 'deleted, budget', model: PRICED, 'max-cost-usd': '0.002' };
  const hidden = await startAndDelete(stage, key);
  const run = await act(stage, stage.open, { ...asking(ENDLESS), ...key, poll: 'true' });
  assertFailure(run, 'over-budget', /max-cost-usd is \$0\.002/);
  await checkPaused(stage, hidden);
  const next = await checkNext(stage, run, hidden);
  const again = await act(stage, stage.open, { ...asking('finish'), ...key, poll: 'true' });
  assertFailure(again, 'over-budget', /max-cost-usd is/);
  checkAttached(again, next);
}

async function testWithoutPolling(stage: Stage): Promise<void> {
  const key = { 'idempotency-key': 'deleted, without polling' };
  const hidden = await startAndDelete(stage, key);
  const run = await act(stage, stage.open, { ...asking(ENDLESS), ...key });
  assertSuccess(run, 'running');
  await checkPaused(stage, hidden);
  const next = await checkNext(stage, run, hidden);
  const again = await act(stage, stage.open, { ...asking('finish'), ...key });
  assertSuccess(again, 'running');
  checkAttached(again, next);
}

async function testListedLate(stage: Stage): Promise<void> {
  const late = await stage.start({ environment: LISTS_LATE });
  const inputs = { ...asking('long 20'), 'idempotency-key': 'listed late', poll: 'true' };
  const [run] = await Promise.all([act(stage, late, inputs), checkNotListedAtReady(late)]);
  assertSuccess(run, 'finished');
  assert.equal(run.outputs['response'], FINISH_ANSWER);
  assert.equal(run.outputs['reused'], 'false');
}

/** Lets the conversation of a key end, and deletes it. Returns its id. */
async function startAndDelete(stage: Stage, key: Inputs): Promise<string> {
  const run = await askAndWait(stage, 'message', { ...key });
  assertSuccess(run, 'finished');
  const id = run.outputs['conversation-id'] ?? '';
  await ask(stage.open, 'DELETE', `/api/v1/app-conversations/${id}`);
  await checkNotListed(stage.open, id);
  return id;
}

/** Runs a step that gets a signal once the agent of the hidden conversation works. */
async function interruptStep(
  stage: Stage,
  key: Inputs,
  hidden: string,
  send: NodeJS.Signals,
): Promise<ActionRun> {
  const before = turns(stage, hidden);
  const after = (): boolean => turns(stage, hidden) > before + 3;
  return askAndWait(stage, ENDLESS, { ...key }, { signal: { after, send } });
}

/** Asserts that a later step starts the next conversation of the key and ends as usual, and that the one after it attaches. */
async function goOnWithNext(stage: Stage, key: Inputs, hidden: string): Promise<void> {
  const run = await askAndWait(stage, 'finish', { ...key });
  assertSuccess(run, 'finished');
  assert.equal(run.outputs['response'], FINISH_ANSWER);
  const next = await checkNext(stage, run, hidden);
  const again = await askAndWait(stage, 'message', { ...key });
  assertSuccess(again, 'finished');
  checkAttached(again, next);
}

/** Asserts that the step started another conversation than the hidden one, and that the server lists it. Returns its id. */
async function checkNext(stage: Stage, run: ActionRun, hidden: string): Promise<string> {
  const next = run.outputs['conversation-id'] ?? '';
  assert.notEqual(next, hidden, 'the conversation of the step');
  assert.equal(run.outputs['reused'], 'false');
  await readConversation(stage.open, next);
  await checkNotListed(stage.open, hidden);
  return next;
}

function checkAttached(run: ActionRun, id: string): void {
  assert.equal(run.outputs['conversation-id'], id, 'the conversation of a later step');
  assert.equal(run.outputs['reused'], 'true');
}

/** Asserts that the agent of a hidden conversation no longer asks the model, because its sandbox is paused. */
async function checkPaused(stage: Stage, hidden: string): Promise<void> {
  const before = turns(stage, hidden);
  assert.ok(before > 1, 'the hidden agent has worked');
  await delay(QUIET_MS);
  assert.equal(turns(stage, hidden) - before, 0, 'calls of the hidden agent after the step');
  const found = await ask(stage.open, 'GET', `/api/v1/sandboxes?id=${withoutDashes(hidden)}`);
  const sandbox: unknown = Array.isArray(found) ? found[0] : undefined;
  assert.equal(isRecord(sandbox) && sandbox['status'], 'PAUSED', 'the sandbox of the hidden agent');
}

function turns(stage: Stage, id: string): number {
  return stage.model.turns(withoutDashes(id));
}

function withoutDashes(id: string): string {
  return id.replaceAll('-', '');
}

async function checkNotListed(server: Server, id: string): Promise<void> {
  assert.deepEqual(await ask(server, 'GET', `/api/v1/app-conversations?ids=${id}`), [null]);
}

/** Asserts that the server does not list its only conversation yet once the start is READY. */
async function checkNotListedAtReady(server: Server): Promise<void> {
  let id = '';
  await waitUntil('READY', 90, async () => {
    const page = await ask(server, 'GET', '/api/v1/app-conversations/start-tasks/search');
    const [task] = itemsOf(page);
    if (!isRecord(task) || task['status'] !== 'READY') return false;
    id = String(task['app_conversation_id']);
    return true;
  });
  await checkNotListed(server, id);
}

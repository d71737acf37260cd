import assert from 'node:assert/strict';

import type { ActionRun } from '../simulator/runner/runner.ts';
import {
  act,
  ask,
  askAndWait,
  asking,
  assertFailure,
  assertSuccess,
  changeSandbox,
  type Inputs,
  KEY,
  readConversation,
  type Scenario,
  type Stage,
} from './stage.ts';

/** A way in which an agent ends, and how to measure its step. */
interface End {
  readonly name: string;
  /** Returns the milliseconds from the model's last answer, or from the pause, to the end of the step's process. */
  readonly measure: (stage: Stage) => Promise<number>;
}

/** The goal of the benchmark. */
const GOAL_MS = 2_000;
/** The limit of the scenarios. A busy machine may exceed the goal, but waiting for late events would take half a minute. */
const LIMIT_MS = 15_000;

const ENDS: readonly End[] = [
  { name: 'the finish tool', measure: async (stage) => measureEnd(stage, 'finish', 'finished') },
  { name: 'a plain follow-up', measure: measureFollowUp },
  { name: 'an error at once', measure: async (stage) => measureEnd(stage, 'fail', 'error') },
  { name: 'an unknown tool', measure: async (stage) => measureEnd(stage, 'tool', 'finished') },
  { name: 'stuck in such calls', measure: async (stage) => measureEnd(stage, 'tools', 'stuck') },
  { name: 'a paused agent, with on-paused: fail', measure: async (stage) => measurePause(stage, pauseAgent) },
];

/** The ends with V1. Only V1 has sandboxes. */
const ENDS_OF_V1: readonly End[] = [
  ...ENDS,
  {
    name: 'a paused sandbox, with on-paused: fail',
    measure: async (stage) => measurePause(stage, pauseSandbox),
  },
];

/** Scenarios that measure each end once. */
export const PROMPT_ENDS = ENDS.map(scenarioOf);
export const PROMPT_ENDS_OF_V1 = ENDS_OF_V1.map(scenarioOf);

function scenarioOf({ name, measure }: End): Scenario {
  return {
    name: `reported at once: ${name}`,
    isAlone: true,
    run: async (stage) => {
      const lateMs = await measure(stage);
      assert.ok(lateMs < LIMIT_MS, `it was reported after ${seconds(lateMs)}`);
    },
  };
}

/** Measures each end whose name contains `only`, and prints the figures. Returns whether all steps ended in time. */
export async function measureEnds(stage: Stage, runs: number, only: string): Promise<boolean> {
  console.log(`From the last answer of the model, or the pause, to the end of the step; ${runs} runs each:`);
  let worst = 0;
  const ends = stage.kind === 'v1' ? ENDS_OF_V1 : ENDS;
  for (const { name, measure } of ends.filter((end) => end.name.includes(only))) {
    const all: number[] = [];
    while (all.length < runs) all.push(await measure(stage));
    all.sort((a, b) => a - b);
    worst = Math.max(worst, all.at(-1) ?? 0);
    const median = all[Math.floor(runs / 2)];
    console.log(`  ${name.padEnd(32)} median ${seconds(median)}, worst ${seconds(all.at(-1))}`);
  }
  console.log(`goal: at most ${seconds(GOAL_MS)}: ${worst < GOAL_MS ? 'met' : 'MISSED'}`);
  return worst < GOAL_MS;
}

async function measureEnd(stage: Stage, script: string, status: string): Promise<number> {
  return measureStep(stage, asking(script), (run) => {
    assertStatus(run, status);
    return stage.model.lastTurnAt();
  });
}

async function measureFollowUp(stage: Stage): Promise<number> {
  const first = await askAndWait(stage, 'finish');
  assertSuccess(first, 'finished');
  const there = { ...asking('message'), 'conversation-id': first.outputs['conversation-id'] ?? '' };
  return measureStep(stage, there, (run) => {
    assertSuccess(run, 'finished');
    return stage.model.lastTurnAt();
  });
}

/** Measures a step whose agent or sandbox is paused by somebody else. */
async function measurePause(
  stage: Stage,
  pause: (stage: Stage, id: string) => Promise<unknown>,
): Promise<number> {
  const started = await act(stage, stage.open, asking('long'));
  assertSuccess(started, 'running');
  const id = started.outputs['conversation-id'] ?? '';
  let pausing: Promise<number> | undefined;
  const onLog = (line: string): void => {
    if (line.includes('Count to 3 slowly')) pausing ??= pause(stage, id).then(() => performance.now());
  };
  const since = async (run: ActionRun): Promise<number> => {
    assertFailure(run, 'paused', /paused/);
    return pausing ?? Number.NaN;
  };
  return measureStep(stage, { 'conversation-id': id, 'on-paused': 'fail' }, since, onLog);
}

async function pauseSandbox({ open }: Stage, id: string): Promise<void> {
  await changeSandbox(open, id, 'pause');
}

/** Pauses an agent on its agent server. V1 reports its address. `/interrupt` does not wait for the model's answer, as `/pause` does. */
async function pauseAgent({ kind, open }: Stage, id: string): Promise<void> {
  const { conversation_url: url, session_api_key: key } =
    kind === 'v1'
      ? await readConversation(open, id)
      : { conversation_url: `${open.url}/api/conversations/${id}`, session_api_key: KEY };
  const headers = { 'x-session-api-key': String(key) };
  const { status } = await fetch(`${String(url)}/interrupt`, { method: 'POST', headers });
  assert.equal(status, 200, 'the agent is paused');
}

function assertStatus(run: ActionRun, status: string): void {
  if (status === 'finished') assertSuccess(run, status);
  else assertFailure(run, status, /./);
}

/** Runs a step that waits, and measures the time from a moment that is known once the step has ended. */
async function measureStep(
  stage: Stage,
  inputs: Inputs,
  since: (run: ActionRun) => number | Promise<number>,
  onLog?: (line: string) => void,
): Promise<number> {
  const all = { ...inputs, poll: 'true' };
  const run = await act(stage, stage.open, all, { post: false, ...(onLog && { onLog }) });
  const lateMs = performance.now() - (await since(run));
  await remove(stage, run.outputs['conversation-id'] ?? '');
  return lateMs;
}

/** Removes the sandbox of a conversation: each is a process with hundreds of megabytes. */
async function remove({ kind, open }: Stage, id: string): Promise<void> {
  if (kind !== 'v1') return;
  const { sandbox_id: sandbox } = await readConversation(open, id);
  // A paused sandbox would not end.
  await changeSandbox(open, id, 'resume');
  await ask(open, 'DELETE', `/api/v1/sandboxes/${String(sandbox)}?sandbox_id=${String(sandbox)}`);
}

function seconds(ms: number | undefined): string {
  return `${((ms ?? Number.NaN) / 1000).toFixed(2)} s`;
}

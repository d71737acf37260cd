import assert from 'node:assert/strict';

import type { ActionRun } from '../simulator/runner/runner.ts';
import { counting } from './counting.ts';
import type { Server } from './server.ts';
import {
  act,
  ask,
  asking,
  changeSandbox,
  conversation,
  fails,
  type Inputs,
  KEY,
  type Scenario,
  type Stage,
  succeeds,
} from './stage.ts';

/** The measured end of a step. */
interface MeasuredEnd {
  /** The milliseconds from the model's last answer, or from the pause, to the end of the step's process. */
  readonly lateMs: number;
  readonly requests: number;
  readonly sockets: number;
}

/** A way in which an agent ends, and how to measure its step. */
interface End {
  readonly name: string;
  readonly measure: (stage: Stage) => Promise<MeasuredEnd>;
}

/** The goal of the benchmark. */
const LATEST_MS = 2_000;
/** The limit of the scenarios. A busy machine may exceed the goal, but waiting for late events would take half a minute. */
const LIMIT_MS = 15_000;

const ENDS: readonly End[] = [
  { name: 'the finish tool', measure: async (stage) => ended(stage, 'finish', 'finished') },
  { name: 'a plain follow-up', measure: followed },
  { name: 'an error at once', measure: async (stage) => ended(stage, 'fail', 'error') },
  { name: 'an unknown tool', measure: async (stage) => ended(stage, 'tool', 'finished') },
  { name: 'stuck in such calls', measure: async (stage) => ended(stage, 'tools', 'stuck') },
  { name: 'a paused agent, with on-paused: fail', measure: async (stage) => paused(stage, pauseAgent) },
];

/** The ends with V1. Only V1 has sandboxes. */
const ENDS_OF_V1: readonly End[] = [
  ...ENDS,
  { name: 'a paused sandbox, with on-paused: fail', measure: async (stage) => paused(stage, pauseSandbox) },
];

/** Scenarios that measure each end once. */
export const PROMPT_ENDS = ENDS.map(scenarioOf);
export const PROMPT_ENDS_OF_V1 = ENDS_OF_V1.map(scenarioOf);

function scenarioOf({ name, measure }: End): Scenario {
  return {
    name: `reported at once: ${name}`,
    isAlone: true,
    run: async (stage) => {
      const { lateMs } = await measure(stage);
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
    const all: MeasuredEnd[] = [];
    while (all.length < runs) all.push(await measure(stage));
    const late = all.map(({ lateMs }) => lateMs).toSorted((a, b) => a - b);
    const most = (count: 'requests' | 'sockets'): number => Math.max(...all.map((each) => each[count]));
    worst = Math.max(worst, late.at(-1) ?? 0);
    console.log(
      `  ${name.padEnd(32)} median ${seconds(late[Math.floor(runs / 2)])}, worst ${seconds(late.at(-1))}; ` +
        `at most ${most('requests')} requests, ${most('sockets')} sockets`,
    );
  }
  console.log(`goal: at most ${seconds(LATEST_MS)}: ${worst < LATEST_MS ? 'met' : 'MISSED'}`);
  return worst < LATEST_MS;
}

async function ended(stage: Stage, script: string, status: string): Promise<MeasuredEnd> {
  return measuredStep(stage, asking(script), (run) => {
    check(run, status);
    return stage.model.lastTurnAt();
  });
}

async function followed(stage: Stage): Promise<MeasuredEnd> {
  const first = await act(stage, stage.open, { ...asking('finish'), poll: 'true' });
  succeeds(first, 'finished');
  const there = { ...asking('message'), 'conversation-id': first.outputs['conversation-id'] ?? '' };
  return measuredStep(stage, there, (run) => {
    succeeds(run, 'finished');
    return stage.model.lastTurnAt();
  });
}

/** Measures a step whose agent or sandbox is paused by somebody else. */
async function paused(
  stage: Stage,
  pause: (stage: Stage, id: string) => Promise<unknown>,
): Promise<MeasuredEnd> {
  const started = await act(stage, stage.open, asking('long'));
  succeeds(started, 'running');
  const id = started.outputs['conversation-id'] ?? '';
  let pausing: Promise<number> | undefined;
  const onLog = (line: string): void => {
    if (line.includes('Count to 3 slowly')) pausing ??= pause(stage, id).then(() => performance.now());
  };
  const since = async (run: ActionRun): Promise<number> => {
    fails(run, 'paused', /paused/);
    return pausing ?? Number.NaN;
  };
  return measuredStep(stage, { 'conversation-id': id, 'on-paused': 'fail' }, since, onLog);
}

async function pauseSandbox({ open }: Stage, id: string): Promise<void> {
  await changeSandbox(open, id, 'pause');
}

/** Pauses an agent on its agent server, whose address V1 reports. */
async function pauseAgent({ kind, open }: Stage, id: string): Promise<void> {
  const { conversation_url: url, session_api_key: key } =
    kind === 'v1'
      ? await conversation(open, id)
      : { conversation_url: `${open.url}/api/conversations/${id}`, session_api_key: KEY };
  const headers = { 'x-session-api-key': String(key) };
  const { status } = await fetch(`${String(url)}/interrupt`, { method: 'POST', headers });
  assert.equal(status, 200, 'the agent is paused');
}

function check(run: ActionRun, status: string): void {
  if (status === 'finished') succeeds(run, status);
  else fails(run, status, /./);
}

/** Runs a step that waits, and measures the time from a moment that is known once the step has ended. */
async function measuredStep(
  stage: Stage,
  inputs: Inputs,
  since: (run: ActionRun) => number | Promise<number>,
  onLog?: (line: string) => void,
): Promise<MeasuredEnd> {
  const { url, counts, close } = await counting(stage.open);
  try {
    const all = { ...inputs, 'base-url': url, poll: 'true' };
    const run = await act(stage, stage.open, all, { post: false, ...(onLog && { onLog }) });
    const lateMs = performance.now() - (await since(run));
    await remove(stage, run.outputs['conversation-id'] ?? '');
    return { lateMs, ...counts };
  } finally {
    await close();
  }
}

/** Removes the sandbox of a conversation: each is a process with hundreds of megabytes. */
async function remove({ kind, open }: Stage, id: string): Promise<void> {
  if (kind !== 'v1') return;
  const sandbox = await sandboxOf(open, id);
  // A paused sandbox would not end.
  await changeSandbox(open, id, 'resume');
  await ask(open, 'DELETE', `/api/v1/sandboxes/${sandbox}?sandbox_id=${sandbox}`);
}

async function sandboxOf(server: Server, id: string): Promise<string> {
  const { sandbox_id: sandbox } = await conversation(server, id);
  return String(sandbox);
}

function seconds(ms: number | undefined): string {
  return `${((ms ?? Number.NaN) / 1000).toFixed(2)} s`;
}

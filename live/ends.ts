import assert from 'node:assert/strict';

import type { ActionRun } from '../simulator/runner.ts';
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

/** What comes of an end: how late the step ended, and what it had asked. */
interface Told {
  /** From the last answer of the model, or from the pause, to the end of the process. */
  readonly lateMs: number;
  readonly requests: number;
  readonly sockets: number;
}

/** An end of an agent, whose step is measured. */
interface End {
  readonly name: string;
  readonly tell: (stage: Stage) => Promise<Told>;
}

/** The goal of the bench. */
const LATEST_MS = 2_000;
/** A machine that is busy may take longer; whoever waits for late events takes half a minute. */
const SURELY_MS = 15_000;

const ENDS: readonly End[] = [
  { name: 'the finish tool', tell: async (stage) => ended(stage, 'finish', 'finished') },
  { name: 'a plain follow-up', tell: followed },
  { name: 'an error at once', tell: async (stage) => ended(stage, 'fail', 'error') },
  { name: 'an unknown tool', tell: async (stage) => ended(stage, 'tool', 'finished') },
  { name: 'stuck in such calls', tell: async (stage) => ended(stage, 'tools', 'stuck') },
  { name: 'a paused agent, with on-paused: fail', tell: async (stage) => paused(stage, pauseAgent) },
];

/** An agent server by itself has no sandboxes. */
const ENDS_OF_V1: readonly End[] = [
  ...ENDS,
  { name: 'a paused sandbox, with on-paused: fail', tell: async (stage) => paused(stage, pauseSandbox) },
];

/** Each end once. */
export const PROMPT_ENDS = ENDS.map(scenarioOf);
export const PROMPT_ENDS_OF_V1 = ENDS_OF_V1.map(scenarioOf);

function scenarioOf({ name, tell }: End): Scenario {
  return {
    name: `reported at once: ${name}`,
    isAlone: true,
    run: async (stage) => {
      const { lateMs } = await tell(stage);
      assert.ok(lateMs < SURELY_MS, `it was reported after ${seconds(lateMs)}`);
    },
  };
}

/** Each end, or those whose name contains a text, so many times, with the figures; whether the worst of them was told in time. */
export async function measureEnds(stage: Stage, runs: number, only: string): Promise<boolean> {
  console.log(`From the last answer of the model, or the pause, to the end of the step; ${runs} runs each:`);
  let worst = 0;
  const ends = stage.kind === 'v1' ? ENDS_OF_V1 : ENDS;
  for (const { name, tell } of ends.filter((end) => end.name.includes(only))) {
    const all: Told[] = [];
    while (all.length < runs) all.push(await tell(stage));
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

async function ended(stage: Stage, script: string, status: string): Promise<Told> {
  return told(stage, asking(script), (run) => {
    check(run, status);
    return stage.model.lastTurnAt();
  });
}

async function followed(stage: Stage): Promise<Told> {
  const first = await act(stage, stage.open, { ...asking('finish'), poll: 'true' });
  succeeds(first, 'finished');
  const there = { ...asking('message'), 'conversation-id': first.outputs['conversation-id'] ?? '' };
  return told(stage, there, (run) => {
    succeeds(run, 'finished');
    return stage.model.lastTurnAt();
  });
}

/** Somebody else pauses the agent, or its sandbox. */
async function paused(stage: Stage, pause: (stage: Stage, id: string) => Promise<unknown>): Promise<Told> {
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
  return told(stage, { 'conversation-id': id, 'on-paused': 'fail' }, since, onLog);
}

async function pauseSandbox({ open }: Stage, id: string): Promise<void> {
  await changeSandbox(open, id, 'pause');
}

/** At its agent server, which V1 names. */
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

/** A step that waits, measured from a moment that is known once it has ended. */
async function told(
  stage: Stage,
  inputs: Inputs,
  since: (run: ActionRun) => number | Promise<number>,
  onLog?: (line: string) => void,
): Promise<Told> {
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

/** Each sandbox of V1 is a process with hundreds of megabytes. */
async function remove({ kind, open }: Stage, id: string): Promise<void> {
  if (kind !== 'v1') return;
  const sandbox = await sandboxOf(open, id);
  // One that is paused hears of no end.
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

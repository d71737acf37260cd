import { existsSync, readFileSync } from 'node:fs';

import { clientOf } from '../__tests__/support/github.ts';
import { fetchBy, noSocket } from '../__tests__/support/network.ts';
import { isAtWork } from '../__tests__/support/play.ts';
import { type jumpingTime, KEY, type RecordingRunner, worldOf } from '../__tests__/support/world.ts';
import type { GithubApi } from '../simulator/github/api.ts';
import { memoryFetch } from '../simulator/memory-fetch.ts';
import type { Simulator } from '../simulator/server/server.ts';
import type { World } from '../src/world.ts';
import { cancelBy, hasPost, runMain, runPost } from './action.ts';
import { withCosts } from './costs.ts';
import { diceOf } from './dice.ts';
import { disturberOf } from './disturb.ts';
import type { History, Moment, StepPlan } from './history.ts';
import { beginLife, type Life, withinLife } from './life.ts';
import { recordedRunner } from './recorder.ts';
import type { Seams } from './seams.ts';
import {
  type Phase,
  type ProcessEnd,
  runUrlOf,
  type SeenAgent,
  type ToldLine,
  type ToldRequest,
  type ToldStep,
} from './told.ts';

/** The key of the model, for an agent server. */
export const MODEL_KEY = 'sk-llm-integration-tests';
/** The runner kills a canceled step after this many seconds. */
const KILLED_AFTER_CANCEL = 7.5;
/** A main that runs for longer after its deadline, and a post that runs for longer at all, never ends. */
const HUNG_SECONDS = 1_200;

/** The servers of a history and its clock. */
export interface Stage {
  readonly history: History;
  readonly seams: Seams;
  readonly time: ReturnType<typeof jumpingTime>;
  readonly simulator: Simulator;
  readonly github: GithubApi;
  readonly isDown: () => boolean;
  /** Called after each request that a step has begun. */
  readonly onRequest: () => void;
}

/** Runs a step of a history: main, and post if the runner is still there. */
export async function playStep(
  number: number,
  continues: string | undefined,
  stage: Stage,
): Promise<ToldStep> {
  const plan = stepPlan(stage.history, number);
  const step = beginStep(number, plan, inputsFor(plan, stage, continues), stage);
  const main = await runPhase('main', step, stage);
  const endedAt = step.now();
  const atEnd = seenIn(stage.simulator);
  const serverPatch = await patchOn(stage, step);
  const post = await runPostOf(step, main, stage);
  return {
    number,
    plan,
    inputs: step.inputs,
    startedAt: step.startedAt,
    endedAt,
    main: main.end,
    ...(step.cancelledAt !== undefined && { cancelledAt: step.cancelledAt }),
    post: post.end,
    ...('startedAt' in post && { postStartedAt: post.startedAt, postEndedAt: step.now() }),
    exceptions: step.exceptions,
    outputs: { ...main.runner.outputs },
    lines: step.lines,
    page: main.runner.page() + (post.runner?.page() ?? ''),
    files: {
      ...filesOf(main.runner.outputs),
      ...(serverPatch !== undefined && { 'server-patch': serverPatch }),
    },
    requests: step.requests,
    atEnd,
    afterPost: seenIn(stage.simulator),
  };
}

function stepPlan({ steps }: History, number: number): StepPlan {
  const plan = steps[number];
  if (plan === undefined) throw new Error(`the history has no step ${number}`);
  return plan;
}

/** A step that runs. */
interface Running {
  readonly plan: StepPlan;
  readonly inputs: Readonly<Record<string, string>>;
  readonly startedAt: number;
  readonly now: () => number;
  readonly seconds: () => number;
  readonly random: () => number;
  readonly lines: ToldLine[];
  readonly requests: ToldRequest[];
  readonly exceptions: string[];
  /** Returns the fetch of a process, which makes the given number of each request known. */
  readonly fetchFor: (by: Phase, onRequest: (count: number) => void) => typeof fetch;
  cancelledAt?: number;
}

function beginStep(
  number: number,
  plan: StepPlan,
  inputs: Readonly<Record<string, string>>,
  { history, seams, time, simulator, github, isDown, onRequest }: Stage,
): Running {
  const now = (): number => time.clock.now() / 1000;
  const startedAt = now();
  const seconds = (): number => now() - startedAt;
  const requests: ToldRequest[] = [];
  let by: Phase = 'main';
  let announce: (count: number) => void = () => undefined;
  const disturb = disturberOf(
    { plan, server: history.server, seed: history.seed, simulator, github, isDown, seconds },
    (request) => {
      requests.push({ at: now(), by, ...request });
      announce(requests.filter((each) => each.by === by).length - 1);
      onRequest();
    },
  );
  const sent = fetchBy(time.clock, time.busy, disturb);
  const send = history.server.hasNoPrices === true ? withCosts(sent, () => 0) : sent;
  return {
    plan,
    inputs,
    startedAt,
    now,
    seconds,
    random: diceOf(history.seed * 7919 + number).next,
    lines: [],
    requests,
    exceptions: [],
    fetchFor: (phase, onCount) => {
      by = phase;
      announce = onCount;
      return seams.fetch?.(send, { plan, by: phase, seconds }) ?? send;
    },
  };
}

/** Returns all inputs of a step. */
function inputsFor(
  { inputs }: StepPlan,
  { history, simulator }: Stage,
  continues: string | undefined,
): Running['inputs'] {
  const { kind } = history.server;
  const isAlone = kind === 'agent-server';
  return {
    'api-key': KEY,
    'base-url': simulator.url,
    'api-version': isAlone || kind === 'v0' ? kind : 'v1',
    ...(isAlone && continues === undefined && AGENT_SERVER_INPUTS),
    ...inputs,
    ...(continues !== undefined && { 'conversation-id': continues }),
  };
}

const AGENT_SERVER_INPUTS = {
  model: 'openai/any',
  'llm-api-key': MODEL_KEY,
  'working-directory': '/srv/project',
};

/** A process that has ended. */
interface Ended {
  readonly end: ProcessEnd;
  readonly runner: RecordingRunner;
  readonly world: World;
}

async function runPhase(by: 'main', step: Running, stage: Stage): Promise<Ended> {
  const { plan, inputs, now, seconds } = step;
  const { time, seams } = stage;
  const life = beginLife();
  const cancel = new AbortController();
  const over = new AbortController();
  const runner = recordedRunner(inputs, { by, life, seams, now, lines: step.lines });
  const doCancel = (): void => {
    if (step.cancelledAt !== undefined || over.signal.aborted || life.isOver()) return;
    step.cancelledAt = now();
    cancelBy(cancel);
    later(KILLED_AFTER_CANCEL, life.end, over.signal, stage);
  };
  const send = step.fetchFor(by, (count) => {
    strike(plan.cancel, count, doCancel);
    strike(plan.kill, count, life.end);
  });
  const prepared = Promise.withResolvers<undefined>();
  const world = await worldFor({
    step,
    stage,
    life,
    runner,
    send,
    onPrepared: () => {
      prepared.resolve(undefined);
    },
  });
  const running = runMain({ ...world, cancelled: cancel.signal });
  // The clock cannot see that a step reads files for its inputs.
  await time.busy(async () => Promise.race([prepared.promise, running.catch(() => undefined)]));
  if (plan.cancel !== undefined && 'seconds' in plan.cancel)
    later(plan.cancel.seconds - seconds(), doCancel, over.signal, stage);
  if (plan.kill !== undefined && 'seconds' in plan.kill)
    later(plan.kill.seconds - seconds(), life.end, over.signal, stage);
  const limit = Number(inputs['timeout-seconds'] ?? '1800') + HUNG_SECONDS;
  const end = await endOf(running, { life, limit, over, step, stage });
  return { end, runner, world };
}

interface WorldOptions {
  readonly step: Running;
  readonly stage: Stage;
  readonly life: Life;
  readonly runner: RecordingRunner;
  readonly send: typeof fetch;
  readonly onPrepared: () => void;
}

async function worldFor({ step, stage, life, runner, send, onPrepared }: WorldOptions): Promise<World> {
  const { plan, random } = step;
  const { time, simulator, github, history } = stage;
  const own = withinLife(life, { clock: time.clock, fetch: send, save: time.save });
  const aheadMs = (plan.ahead ?? 0) * 1000;
  const clock = { ...own.clock, date: () => new Date(time.clock.date().getTime() + aheadMs) };
  const world = await time.busy(async () => worldOf(runner, { ...own, clock }, simulator));
  const ids = diceOf(history.seed * 101 + plan.run);
  return {
    ...world,
    ...(history.server.hasNoSockets === true && { openSocket: noSocket }),
    random,
    newId: () => uuidOf(ids.next),
    event: { ...world.event, runUrl: runUrlOf(plan) },
    github: (token) => {
      onPrepared();
      return clientOf(github, { clock, send: own.fetch, ...(token !== '' && { token }) });
    },
    workflow: {
      ...world.workflow,
      step: [String(plan.run), 'agent', 'ask'],
      runId: String(plan.run),
      isFirstAttempt: plan.attempt === 1,
      attempt: String(plan.attempt),
    },
  };
}

function uuidOf(random: () => number): string {
  const hex = Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16)).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}

/** Does something at a moment of requests: before the request is sent, or once it is. */
function strike(moment: Moment | undefined, count: number, act: () => void): void {
  if (moment === undefined || !('request' in moment) || moment.request !== count) return;
  if (moment.isSent === true) setImmediate(act);
  else act();
}

/** Does something after a time, unless the signal is aborted before. */
function later(seconds: number, act: () => void, signal: AbortSignal, { time }: Stage): void {
  time.clock.sleep(Math.max(0, seconds) * 1000, signal).then(act, () => undefined);
}

interface Watch {
  readonly life: Life;
  /** After how many seconds a process hangs. */
  readonly limit: number;
  readonly over: AbortController;
  readonly step: Running;
  readonly stage: Stage;
}

/** Waits for the end of a process. One that hangs is killed. */
async function endOf(
  running: Promise<unknown>,
  { life, limit, over, step, stage }: Watch,
): Promise<ProcessEnd> {
  const hung = Promise.withResolvers<ProcessEnd>();
  later(
    limit,
    () => {
      hung.resolve('hung');
    },
    over.signal,
    stage,
  );
  const end = await Promise.race([
    running.then(
      (): ProcessEnd => 'done',
      (error: unknown): ProcessEnd => {
        step.exceptions.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
        return 'threw';
      },
    ),
    life.ended.then((): ProcessEnd => 'killed'),
    hung.promise,
  ]);
  over.abort();
  life.end();
  return end;
}

type PostEnd =
  | { readonly end: 'absent'; readonly runner?: undefined }
  | { readonly end: ProcessEnd; readonly startedAt: number; readonly runner: RecordingRunner };

async function runPostOf(step: Running, { runner: mains, world }: Ended, stage: Stage): Promise<PostEnd> {
  const { time, seams, github } = stage;
  const { post } = step.plan;
  if (!hasPost(mains) || post.isGone === true || seams.skipsPost === true) return { end: 'absent' };
  await time.clock.sleep(post.delay * 1000, new AbortController().signal);
  const startedAt = step.now();
  const life = beginLife();
  const over = new AbortController();
  const runner = recordedRunner(step.inputs, { by: 'post', life, seams, now: step.now, lines: step.lines });
  runner.saveState(mains.savedState());
  runner.saveOutcomeFile(mains.savedOutcomeFile());
  const send = step.fetchFor('post', (count) => {
    strike(post.kill, count, life.end);
  });
  const own = withinLife(life, { clock: time.clock, fetch: send, save: time.save });
  const { event, workflow } = world;
  if (post.kill !== undefined && 'seconds' in post.kill)
    later(post.kill.seconds, life.end, over.signal, stage);
  const running = runPost({ runner, ...own, random: step.random, github, event, workflow });
  const end = await endOf(running, { life, limit: HUNG_SECONDS, over, step, stage });
  return { end, startedAt, runner };
}

/** Returns the conversations as they are now. */
function seenIn({ conversations, agents }: Simulator): readonly SeenAgent[] {
  return conversations.map((each, index) => ({
    id: each.id,
    isAtWork: isAtWork(each),
    cost: agents[index]?.cost ?? 0,
  }));
}

/** Returns the patch as the server has it at the end of a step that asked for it; `undefined` if the server cannot be asked. */
async function patchOn({ simulator, time }: Stage, { requests }: Running): Promise<string | undefined> {
  const asked = requests.findLast(
    ({ target }) => target.includes('/api/file/archive') && !target.includes('exclude=*'),
  );
  if (asked === undefined) return undefined;
  const sandbox = /^\/agent-server\/([^/]+)\//.exec(asked.target)?.[1];
  const key = simulator.conversations.find(({ sandboxId }) => sandboxId === sandbox)?.sessionKey ?? KEY;
  const answer = await time.busy(async () =>
    memoryFetch(simulator.url + asked.target, { headers: { 'x-session-api-key': key } }),
  );
  return answer.ok ? time.busy(async () => answer.text()) : undefined;
}

const FILES = ['outcome-file', 'response-file', 'patch-file', 'trajectory-file'];

function filesOf(outputs: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const named = FILES.flatMap((name) => {
    const path = outputs[name] ?? '';
    return path !== '' && existsSync(path) ? [[name, readFileSync(path, 'utf8')] as const] : [];
  });
  return Object.fromEntries(named);
}

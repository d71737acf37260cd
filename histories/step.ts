import type { World } from '../src/world.ts';
import { fetchBy } from '../testbed/network.ts';
import { KEY, type RecordingRunner } from '../testbed/world.ts';
import { cancelBy, hasPost, runMain, runPost } from './action.ts';
import { withCosts } from './costs.ts';
import { diceOf } from './dice.ts';
import { disturberOf } from './disturb.ts';
import type { History, StepPlan } from './history.ts';
import { beginLife, withinLife } from './life.ts';
import { messageIn } from './message-in.ts';
import { withTemplate } from './pictures.ts';
import { endOf, HUNG_SECONDS, later, strikeAtRequest, strikeAtTime, worldFor } from './process.ts';
import { recordedRunner } from './recorder.ts';
import { filesOf, patchOn, seenIn } from './seen.ts';
import type { Announce, Running, Stage } from './stage.ts';
import {
  type Phase,
  type ProcessEnd,
  timeoutOf,
  type ToldLine,
  type ToldRequest,
  type ToldStep,
} from './told.ts';

/** The key of the model, for an agent server. */
const MODEL_KEY = 'sk-llm-integration-tests';
/** The runner kills a canceled step after this many seconds. */
const KILLED_AFTER_CANCEL = 7.5;
const NEVER = new AbortController().signal;

/** Runs a step of a history: main, and post if the runner is still there. */
export async function playStep(
  number: number,
  continues: string | undefined,
  stage: Stage,
): Promise<ToldStep> {
  const plan = stepPlan(stage.history, number);
  const step = beginStep(number, plan, inputsFor(plan, stage, continues), stage);
  const main = await runMainOf(step, stage);
  const endedAt = step.now();
  step.tell('main', `ends: ${main.end}, status ${main.runner.outputs['status'] ?? 'none'}`);
  const atEnd = seenIn(stage.simulator);
  const serverPatch = await patchOn(stage, step);
  const post = await runPostOf(step, main, stage);
  step.tell('post', post.end === 'absent' ? 'does not run' : `ends: ${post.end}`);
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
    state: JSON.stringify(main.runner.savedState()),
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

function beginStep(
  number: number,
  plan: StepPlan,
  inputs: Readonly<Record<string, string>>,
  { history, seams, time, simulator, github, isDown, onRequest, tell }: Stage,
): Running {
  const now = (): number => Math.round(time.clock.now()) / 1000;
  const startedAt = now();
  const seconds = (): number => now() - startedAt;
  const requests: ToldRequest[] = [];
  const tellOf: Running['tell'] = (who, what) => {
    tell(`step ${number}${who === 'post' ? ' post' : ''}`, what);
  };
  tellOf('main', `begins: run ${plan.run}, attempt ${plan.attempt}`);
  let by: Phase = 'main';
  let announce: Announce = () => undefined;
  const count = (): number => requests.filter((each) => each.by === by).length - 1;
  const disturb = disturberOf({ plan, history, simulator, github, isDown, seconds }, (request) => {
    const begun = { at: now(), by, ...request };
    requests.push(begun);
    tellOf(by, begun);
    announce(count(), false);
    onRequest();
  });
  const disturbed = fetchBy(time.clock, time.busy, disturb);
  const sent: typeof fetch = async (input, init) => {
    const answer = disturbed(input, init);
    const [told, number, begun] = [announce, count(), requests.at(-1)];
    const message = messageIn(init?.body);
    if (begun !== undefined && message !== undefined) begun.message = message;
    answer.then(
      ({ status }) => {
        if (begun !== undefined) begun.status = status;
      },
      () => undefined,
    );
    // The server has the request once it has answered, or lets time pass before it does.
    await Promise.race([answer.catch(() => undefined), time.clock.sleep(0, NEVER)]);
    told(number, true);
    return answer;
  };
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
    tell: tellOf,
    fetchFor: (phase, onCount) => {
      by = phase;
      announce = onCount;
      return seams.fetch?.(send, { plan, by: phase, seconds }) ?? send;
    },
  };
}

/** Returns what remembers the lines of a step. */
function lineOf({ lines, tell }: Running): (line: ToldLine) => void {
  return (line) => {
    lines.push(line);
    tell(line.by, `${line.kind === 'error' ? 'ERROR ' : '» '}${line.text}`);
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

async function runMainOf(step: Running, stage: Stage): Promise<Ended> {
  const { plan, inputs, now, seconds } = step;
  const { time, seams, history } = stage;
  const life = beginLife();
  const cancel = new AbortController();
  const over = new AbortController();
  const runner = recordedRunner(withTemplate(inputs, history), {
    by: 'main',
    life,
    seams,
    now,
    onLine: lineOf(step),
  });
  const doCancel = (): void => {
    if (step.cancelledAt !== undefined || over.signal.aborted || life.isOver()) return;
    step.cancelledAt = now();
    step.tell('main', 'is canceled');
    cancelBy(cancel);
    later(KILLED_AFTER_CANCEL, life.end, over.signal, stage);
  };
  const send = step.fetchFor('main', (...at) => {
    strikeAtRequest(plan.cancel, at, doCancel);
    strikeAtRequest(plan.kill, at, life.end);
  });
  const prepared = Promise.withResolvers<undefined>();
  const world = worldFor({
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
  strikeAtTime(plan.cancel, seconds(), doCancel, over.signal, stage);
  strikeAtTime(plan.kill, seconds(), life.end, over.signal, stage);
  const limit = timeoutOf(step) + HUNG_SECONDS;
  const end = await endOf(running, { life, limit, over, step, stage });
  return { end, runner, world };
}

type PostEnd =
  | { readonly end: 'absent'; readonly runner?: undefined }
  | { readonly end: ProcessEnd; readonly startedAt: number; readonly runner: RecordingRunner };

async function runPostOf(step: Running, { runner: mains, world }: Ended, stage: Stage): Promise<PostEnd> {
  const { time, seams, github, history } = stage;
  const { post } = step.plan;
  if (!hasPost(mains) || post.isGone === true || seams.skipsPost === true) return { end: 'absent' };
  await time.clock.sleep(post.delay * 1000, NEVER);
  const startedAt = step.now();
  step.tell('post', 'begins');
  const life = beginLife();
  const over = new AbortController();
  const runner = recordedRunner(withTemplate(step.inputs, history), {
    by: 'post',
    life,
    seams,
    now: step.now,
    onLine: lineOf(step),
  });
  runner.saveState(mains.savedState());
  runner.saveOutcomeFile(mains.savedOutcomeFile());
  const send = step.fetchFor('post', (...at) => {
    strikeAtRequest(post.kill, at, life.end);
  });
  const own = withinLife(life, { clock: time.clock, fetch: send, save: time.save });
  const { event, workflow } = world;
  strikeAtTime(post.kill, 0, life.end, over.signal, stage);
  const running = runPost({ runner, ...own, random: step.random, github, event, workflow });
  const end = await endOf(running, { life, limit: HUNG_SECONDS, over, step, stage });
  return { end, startedAt, runner };
}

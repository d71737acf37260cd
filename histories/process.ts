import { REVIEWED } from '../simulator/github/pushing-agent.ts';
import { dashed } from '../simulator/ids.ts';
import type { World } from '../src/world.ts';
import { withEventTexts } from '../testbed/event-texts.ts';
import { clientOf } from '../testbed/github-client.ts';
import { noSocket } from '../testbed/network.ts';
import { type RecordingRunner, worldOf } from '../testbed/world.ts';
import { diceOf } from './dice.ts';
import type { Moment, StepPlan } from './history.ts';
import { type Life, withinLife } from './life.ts';
import { textsWith } from './pictures.ts';
import { threadOf } from './plan-threads.ts';
import type { Announce, Running, Stage } from './stage.ts';
import { type ProcessEnd, runUrlOf } from './told.ts';

/** A main that still runs this long after its deadline counts as hung, and so does a post that runs for this long. */
export const HUNG_SECONDS = 1_200;

interface WorldOptions {
  readonly step: Running;
  readonly stage: Stage;
  readonly life: Life;
  readonly runner: RecordingRunner;
  readonly send: typeof fetch;
  readonly onPrepared: () => void;
}

/** Returns the world of a process of a step. */
export function worldFor({ step, stage, life, runner, send, onPrepared }: WorldOptions): World {
  const { plan, random } = step;
  const { time, simulator, github, history } = stage;
  const own = withinLife(life, { clock: time.clock, fetch: send, save: time.save });
  const aheadMs = (plan.ahead ?? 0) * 1000;
  const clock = { ...own.clock, date: () => new Date(time.clock.date().getTime() + aheadMs) };
  const plain = worldOf(runner, { ...own, clock }, simulator);
  const { pictures } = history;
  const world = pictures === undefined ? plain : withEventTexts(textsWith(pictures), plain);
  const ids = diceOf(history.seed * 101 + plan.run);
  return {
    ...world,
    ...(history.server.hasNoSockets === true && { openSocket: noSocket }),
    random,
    newId: () => uuidOf(ids.next),
    event: {
      ...world.event,
      ...(history.server.hasFeedback && { review: { id: plan.run, pullRequest: REVIEWED } }),
      ...(history.server.hasThreads && inThread(plan)),
      ...(plan.by !== undefined && { name: 'issue_comment', actors: [plan.by] }),
      runUrl: runUrlOf(plan),
    },
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

/** Returns what the event of a comment in the thread of a run has. */
function inThread(plan: StepPlan): Pick<World['event'], 'issue' | 'pullRequest' | 'trigger' | 'thread'> {
  const id = threadOf(plan);
  const place = { path: 'src/a.ts', startLine: undefined, line: 2, side: 'RIGHT', isOutdated: false };
  return {
    issue: REVIEWED,
    pullRequest: REVIEWED,
    trigger: `pulls/comments/${id}`,
    thread: { id, pullRequest: REVIEWED, comment: id, place, diff: '' },
  };
}

function uuidOf(random: () => number): string {
  const hex = Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16)).join('');
  return dashed(`${hex.slice(0, 12)}4${hex.slice(13, 16)}a${hex.slice(17)}`);
}

/** Does something at a moment that is a request: before it is sent, or once it is. */
export function strikeAtRequest(
  moment: Moment | undefined,
  [count, isSent]: Parameters<Announce>,
  act: () => void,
): void {
  if (moment === undefined || !('request' in moment)) return;
  if (moment.request === count && (moment.isSent ?? false) === isSent) act();
}

/** Does something at a moment that is a time, of which `passed` seconds are over, unless the signal is aborted before. */
export function strikeAtTime(
  moment: Moment | undefined,
  passed: number,
  act: () => void,
  signal: AbortSignal,
  stage: Stage,
): void {
  if (moment !== undefined && 'seconds' in moment) later(moment.seconds - passed, act, signal, stage);
}

/** Does something after a time, unless the signal is aborted before. */
export function later(seconds: number, act: () => void, signal: AbortSignal, { time }: Stage): void {
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
export async function endOf(
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

import { logBug } from './bug.ts';
import { ApiFailure, type ConversationApi, START, TAKE_UP } from './conversation/api.ts';
import { Interruption } from './conversation/clock.ts';
import type { Conversation } from './conversation/conversation.ts';
import { drive } from './conversation/drive.ts';
import type { LifeEvent, Role } from './conversation/events.ts';
import { followUpTo } from './conversation/follow-up-stages.ts';
import { conversationIdOf } from './conversation/idempotency.ts';
import type { Life } from './conversation/life.ts';
import type { Outcome } from './conversation/outcome.ts';
import { startingBy } from './conversation/start-stages.ts';
import { stopAgent, type StopResult } from './conversation/stop.ts';
import type { Inputs } from './inputs.ts';
import { accountOf, wantedApi } from './openhands/auto.ts';
import { type Beginning, broken, brokenOff, withoutConversation } from './report/interruption.ts';
import { drivingOf, planOf, type Stage } from './stage.ts';
import { beginsTheWait, type Interrupted } from './step-event.ts';
import { thrown } from './text/thrown.ts';

/** How long stopping the agent may take: a cancelled step has little time, after a deadline nobody ends it. */
const STOP_MS = { cancel: 4_000, deadline: 30_000 } as const;

/** How a step ends; `left` if `post` is to stop its agent, and why main could not. */
export interface End {
  readonly outcome: Outcome;
  readonly left?: Interrupted;
}

/** A conversation that exists, and what this step has to do with it, if that is known. */
interface Underway {
  readonly conversation: Conversation;
  readonly role?: Role;
}

/** Has a conversation with the agent: begins it or takes it up, and waits for its end if that is asked for. */
export async function converse(inputs: Inputs, stage: Stage, account?: Promise<string>): Promise<End> {
  const { http } = stage;
  // Only V1 can tell whether there is a conversation of a key.
  const isKeyed = inputs.work.kind === 'start' && inputs.work.key !== undefined;
  const api = wantedApi(isKeyed ? 'v1' : inputs.apiVersion, http);
  const driving = drivingOf(api, inputs, stage);
  const course: { underway?: Underway; isWaitedFor: boolean } = { isWaitedFor: false };
  const tell = (event: LifeEvent): void => {
    driving.tell(event);
    if (event.kind === 'linked' || event.kind === 'found') course.underway = event;
    course.isWaitedFor ||= beginsTheWait(event);
  };
  try {
    const life = await lifeOf(inputs, stage, account);
    const { value: outcome } = await drive([life], { ...driving, tell }).next();
    if (outcome === undefined) throw new Error('the conversation ended without an end');
    const { trajectoryFile: path, poll } = inputs;
    if (path !== undefined && poll && course.isWaitedFor && outcome.conversation && 'phase' in outcome)
      await saveTrajectory(path, outcome.conversation, api, stage);
    return { outcome };
  } catch (error) {
    logBug(error, stage.world.runner);
    return course.underway === undefined
      ? beforeConversation(error, inputs, stage)
      : interrupted(error, course.underway, api, inputs, stage);
  }
}

/**
 * The account of the API key, if an idempotency key needs it. That it cannot be read is told by {@link converse}, which may
 * never be called.
 */
export function accountIn(
  { work }: Inputs,
  { http, signal }: Pick<Stage, 'http' | 'signal'>,
): Promise<string> | undefined {
  if (work.kind !== 'start' || work.key === undefined) return undefined;
  const account = accountOf(http, signal);
  account.catch(() => undefined);
  return account;
}

/** What the step begins with. */
async function lifeOf(inputs: Inputs, stage: Stage, accountRead: Promise<string> | undefined): Promise<Life> {
  const { work, baseUrl } = inputs;
  const plan = planOf(inputs, stage);
  if (work.kind === 'continue') return followUpTo(work.id, work.message, plan);
  const { assignment, key } = work;
  const account = await accountRead;
  if (key === undefined || account === undefined)
    return startingBy({ ...assignment, id: stage.world.newId() }, false, plan);
  const repository = assignment.workplace?.repository;
  const id = conversationIdOf(key, { baseUrl, account, ...(repository !== undefined && { repository }) });
  return startingBy({ ...assignment, id }, true, plan);
}

/** How a step ends that something thrown ended before it knew of a conversation. */
function beforeConversation(error: unknown, inputs: Inputs, { recorder }: Stage): End {
  // A start that was under way when the step was broken off is left to post.
  const isLeft = error instanceof Interruption && inputs.stopOn[error.kind];
  const { leftover } = recorder.record();
  // V0 tells nobody what came of a start.
  const isFollowed = isLeft && leftover.step !== 'over' && leftover.version !== 'v0';
  const outcome = withoutConversation(error, beginningOf(inputs, isFollowed));
  return { outcome, ...(isLeft && { left: error.kind }) };
}

/** What people are told if a step ends before it knows what the server has done. */
function beginningOf({ baseUrl, work }: Inputs, isFollowed: boolean): Beginning {
  const list = `${baseUrl}/conversations`;
  return work.kind === 'start'
    ? {
        failedTo: START,
        before: `before there was a conversation${isFollowed ? "; after the job's steps it is looked for, and its agent paused" : ''}`,
        todo: `see at ${list} whether the conversation was started all the same`,
      }
    : {
        failedTo: TAKE_UP,
        before: 'before the server told of it',
        todo: `see ${list}/${work.id}, of which nothing was asked`,
      };
}

/** The end is known: that its trajectory cannot be had, not in time or not before a cancel, does not change it. */
async function saveTrajectory(
  path: string,
  { id }: Conversation,
  api: ConversationApi,
  { world, recorder: { tell }, signal }: Stage,
): Promise<void> {
  try {
    await api.trajectory(id, async (pieces) => world.save(path, pieces, world.workflow.roots), signal);
    tell({ kind: 'trajectory-saved', path });
  } catch (error) {
    const because = error instanceof ApiFailure ? error.problem.because : thrown(error).message;
    tell({ kind: 'trajectory-missing', because });
  }
}

/** What became of a step whose wait broke or was broken off. */
async function interrupted(
  error: unknown,
  { conversation, role }: Underway,
  api: ConversationApi,
  inputs: Inputs,
  { world, recorder, late }: Stage,
): Promise<End> {
  const { leftover, agent, facts } = recorder.record();
  if (!(error instanceof Interruption)) return { outcome: broken(error, conversation, facts) };
  // Whose the agent is post finds out, before it stops it.
  if (role === undefined && inputs.stopOn[error.kind])
    return { outcome: brokenOff(error, conversation, UNSORTED, facts), left: error.kind };
  // What another run has started is that run's to stop.
  const isOurs = leftover.step === 'started';
  if (!isOurs || !inputs.stopOn[error.kind]) {
    const isUnsent = role === 'follow-up' && !isOurs;
    return { outcome: brokenOff(error, conversation, { kind: isUnsent ? 'unsent' : SEEN[agent] }, facts) };
  }
  recorder.tell({ kind: 'stopping' });
  const stopped = await stopAgent(api, conversation.id, {
    clock: world.clock,
    limitMs: STOP_MS[error.kind],
    signal: late,
    called: leftover.called,
  });
  // What main could not do, post tries once more.
  const isLeft = stopped.kind === 'not-stopped' || stopped.kind === 'paused';
  return { outcome: brokenOff(error, conversation, stopped, facts), ...(isLeft && { left: error.kind }) };
}

/** What becomes of an agent that another run with the same key may have started. */
const UNSORTED: StopResult = {
  kind: 'not-stopped',
  because: 'another run with the same idempotency-key may have started it',
};

/** What is known of an agent that nobody stops. */
const SEEN = {
  'at-work': 'goes-on',
  paused: 'paused',
  'at-rest': 'not-running',
  unknown: 'unknown',
} as const;

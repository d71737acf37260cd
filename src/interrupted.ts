import type { ConnectedContext, StepContext } from './context.ts';
import { LAG_MS } from './conversation/answer.ts';
import { ApiFailure, ATTACH, START } from './conversation/api.ts';
import { usageOf } from './conversation/budget.ts';
import { Interruption, type InterruptionKind, isDeadline } from './conversation/clock.ts';
import { type Conversation, linkTo, mostUsed, type Usage } from './conversation/conversation.ts';
import { failureKindOf, type Outcome } from './conversation/outcome.ts';
import { adviceToCheckStart } from './conversation/problem.ts';
import { answerWithin, unreachable } from './conversation/session.ts';
import { GONE_STOP_MS, stopAgent, type StopResult } from './conversation/stop.ts';
import { pagesOf } from './openhands/wire.ts';
import { isUnfinished } from './record/leftover.ts';
import { type AgentState, isGoneAt, isUnsent, type StepRecord } from './record/record.ts';
import {
  interruptedOutcome,
  type InterruptedTask,
  outcomeWithoutConversation,
  problemFrom,
  stopWords,
} from './report/interruption.ts';
import { problemIn } from './report/problem.ts';
import { asClause } from './text/safe.ts';

/** How long stopping the agent may take. A cancelled step has little time; after a deadline, the runner sets no limit. */
const STOP_MS = { cancel: 4_000, deadline: 30_000, budget: 30_000 } as const;
const USAGE_MS = 2_000;
/** How long to wait for what the agent has said so far. */
const SO_FAR_MS = 5_000;
const COST = { cancel: 'left-to-post', deadline: 'awaited', budget: 'awaited' } as const;

/** Returns the outcome of a step that failed or was interrupted before it knew the server's API. */
export function endUnconnected(error: unknown, context: StepContext): Outcome {
  return outcomeWithoutConversation(withTrouble(error, context.recorder.record()), unconnected(context));
}

/**
 * Returns the outcome of a step that failed or was interrupted, after stopping its agent if the inputs ask for that. What this
 * process cannot do is left to post.
 */
export async function endInterrupted(thrown: unknown, context: ConnectedContext): Promise<Outcome> {
  const record = context.recorder.record();
  const error = withTrouble(thrown, record);
  const { conversation } = record;
  return conversation === undefined
    ? endBeforeConversation(error, context)
    : endDuringConversation(error, conversation, context);
}

/** Adds to a passed deadline the trouble that lasted until then: that decides the kind of the failure. */
function withTrouble(error: unknown, { trouble }: StepRecord): unknown {
  if (!isDeadline(error) || error.cause !== undefined || trouble === undefined) return error;
  return new Interruption('deadline', error.message, { cause: new ApiFailure(trouble) });
}

/** Stops an agent that may be at work for the step although the step has lost sight of it, and says what came of that. */
export async function stopIfUnseen(end: Outcome, context: ConnectedContext): Promise<Outcome> {
  const { inputs, recorder } = context;
  const { leftover, agent } = recorder.record();
  const problem = problemIn(end);
  const isLeft = isUnfinished(leftover) && leftover.interruptedBy === undefined;
  if (problem === undefined || !isLeft || !isOutOfSight(end, agent)) return end;
  if (leftover.kind === 'started') {
    const stopped = await stopIfOurs('deadline', leftover.id, context, true);
    const because = `${asClause(problem.because)}, and ${stopWords(stopped)}`;
    const explained = { ...problem, because, kind: failureKindOf(end) ?? 'unknown' };
    if ('problem' in end) return { ...end, problem: explained };
    const { status } = end;
    return status === 'missing' || status === 'error' ? { ...end, status, problem: explained } : end;
  }
  // The problem says where to look for the conversation of a start.
  if (inputs.stopOn.deadline)
    recorder.emit({ kind: 'left-to-post', why: { interruptedBy: 'deadline', hasFailed: true } });
  return end;
}

/** Whether an end does not show what the agent does. */
function isOutOfSight(end: Outcome, agent: AgentState): boolean {
  switch (end.status) {
    case 'missing':
      return true;
    case 'error':
      return failureKindOf(end) === 'sandbox';
    case 'unreachable':
    case 'start-failed':
      return agent !== 'ended';
    default:
      return false;
  }
}

/** Adds what the agent has said so far to an end that cut it short: by one read, which a cancel ends, or its last answer. */
export async function withWordsSoFar(outcome: Outcome, context: ConnectedContext): Promise<Outcome> {
  const { world, inputs, recorder, api, deadlineAt } = context;
  const { status } = outcome;
  if (status !== 'timed-out' && status !== 'over-budget' && status !== 'unreachable') return outcome;
  if ('phase' in outcome) return outcome;
  const { leftover, answers, messageCursor } = recorder.record();
  // A pause with max-cost-usd waits for the stored cost. One at a server that is gone has taken all of the time.
  const graceMs = inputs.maxCostUsd === undefined ? STOP_MS.deadline : LAG_MS;
  const isGone = 'isGone' in leftover && leftover.isGone;
  const limitMs = isGone ? 0 : Math.min(SO_FAR_MS, deadlineAt + graceMs - world.clock.now());
  const access = { clock: world.clock, signal: world.cancelled };
  const read = await answerWithin(limitMs, access, async (signal) =>
    api.result(outcome.conversation.id, signal, messageCursor && { messageCursor }),
  ).catch(() => undefined);
  const soFar = read?.answer ?? answers[0];
  return soFar === undefined ? outcome : { ...outcome, soFar };
}

/** Returns the outcome of a step that failed or was interrupted before it knew of a conversation. */
function endBeforeConversation(error: unknown, { inputs, recorder, api }: ConnectedContext): Outcome {
  const { work, stopOn } = inputs;
  let where = '';
  if (error instanceof Interruption && stopOn[error.kind]) {
    // A start without an answer cannot be found if the server chooses the id.
    if (isUnfinished(recorder.record().leftover) && !api.choosesIds)
      where = '; the post step looks for it and pauses its agent';
    recorder.emit({ kind: 'left-to-post', why: { interruptedBy: error.kind, isStart: true } });
  }
  const task =
    work.kind === 'start'
      ? {
          failedTo: START,
          before: `before there was a conversation${where}`,
          todo: (where === '' ? '' : 'see what the post step reports, or ') + adviceToCheckStart(api),
        }
      : unattached(api.conversation(work.id));
  return outcomeWithoutConversation(error, task);
}

/** Returns the outcome of a step whose wait failed or was interrupted, after stopping its agent if the inputs ask for that. */
async function endDuringConversation(
  error: unknown,
  conversation: Conversation,
  context: ConnectedContext,
): Promise<Outcome> {
  const { facts: seen } = context.recorder.record();
  if (!(error instanceof Interruption)) return unreachable(conversation, seen, problemFrom(error));
  const stopped = await stopIfOurs(error.kind, conversation.id, context);
  const session = { ...context.tools.session, api: context.stopping, signal: context.late };
  const read = async (signal: AbortSignal): Promise<Usage> =>
    usageOf(conversation.id, { ...session, signal });
  // The agent may have used more until it was stopped.
  const used = stopped.kind.startsWith('stopped') ? await answerWithin(USAGE_MS, session, read) : {};
  const known = error.kept?.facts ?? seen;
  const facts = { ...known, ...mostUsed(known, used ?? {}) };
  const { work } = context.inputs;
  const isKept = work.kind === 'start' && ['attach', 'send'].includes(work.key?.ifExists ?? '');
  return interruptedOutcome(error, conversation, stopped, facts, isKept);
}

/** Stops the agent if the inputs ask for that and this step has started it. What main cannot do is left to post. */
async function stopIfOurs(
  interruptedBy: InterruptionKind,
  id: string,
  context: ConnectedContext,
  hasFailed = false,
): Promise<StopResult> {
  const { inputs, recorder } = context;
  const record = recorder.record();
  const { leftover, agent } = record;
  if (!inputs.stopOn[interruptedBy] || !mustStop(interruptedBy, record))
    return { kind: isUnsent(record) ? 'unsent' : agent };
  // Post finds out which run has started the agent, before it stops it.
  if (leftover.kind === 'asked' || leftover.kind === 'pending') {
    recorder.emit({ kind: 'left-to-post', why: { interruptedBy } });
    return { kind: 'not-stopped', because: 'another run with the same idempotency-key may have started it' };
  }
  return stopNow(interruptedBy, id, context, hasFailed);
}

async function stopNow(
  interruptedBy: InterruptionKind,
  id: string,
  { world, inputs, recorder, late, stopping, startedAt }: ConnectedContext,
  hasFailed: boolean,
): Promise<StopResult> {
  const record = recorder.record();
  const { leftover, agent } = record;
  const isGone = isGoneAt(world.clock.now() - startedAt, record);
  recorder.emit({ kind: 'stopping' });
  const stopped = await stopAgent(stopping, id, {
    clock: world.clock,
    limitMs: Math.min(STOP_MS[interruptedBy], isGone || hasFailed ? GONE_STOP_MS : Infinity),
    signal: late,
    hasPendingWork: 'hasPendingWork' in leftover,
    ...('maxCostUsd' in inputs && { cost: COST[interruptedBy] }),
  });
  // An agent that was paused before is reported as paused, because somebody has to resume it.
  const reported: StopResult = agent === 'paused' ? { kind: 'paused' } : stopped;
  const isPaused = reported.kind !== 'not-stopped';
  // Post tries again.
  if (['not-stopped', 'paused', 'interrupted'].includes(stopped.kind))
    recorder.emit({ kind: 'left-to-post', why: { interruptedBy, isGone, isPaused, hasFailed } });
  return reported;
}

/** Whether the agent may be at work for this step. At the limit of its cost, it is stopped whoever it works for. */
function mustStop(interruptedBy: InterruptionKind, record: StepRecord): boolean {
  const { agent, leftover } = record;
  if (interruptedBy !== 'budget' || 'hasPendingWork' in leftover) return isUnfinished(leftover);
  // The look that has shown the cost has shown the agent, too.
  return isUnfinished(leftover)
    ? agent !== 'paused' && agent !== 'ended'
    : agent === 'at-work' && !isUnsent(record);
}

/** Returns what to report if a step is interrupted before it knows the server's API. */
function unconnected({ inputs: { work, baseUrl } }: StepContext): InterruptedTask {
  if (work.kind === 'continue') return unattached(pagesOf(baseUrl).conversation(work.id));
  const before = 'before the server reported which API it has';
  return { failedTo: START, before, todo: 'run the step again: nothing was started' };
}

function unattached(conversation: Conversation): InterruptedTask {
  const todo = `see ${linkTo(conversation)}; nothing was sent to it`;
  return { failedTo: ATTACH, before: 'before the server reported its state', todo };
}

import { complete, patchSavingOf } from './complete.ts';
import { type ConnectedContext, logBug, sessionOf, type StepContext } from './context.ts';
import { ApiFailure, ATTACH, START } from './conversation/api.ts';
import type { Start } from './conversation/assignment.ts';
import { observe } from './conversation/attach.ts';
import { Interruption, type InterruptionKind, isDeadline } from './conversation/clock.ts';
import { type Conversation, linkTo } from './conversation/conversation.ts';
import { conversationIdOf, markOf, withMark } from './conversation/key.ts';
import type { Outcome } from './conversation/outcome.ts';
import { adviceToCheckStart } from './conversation/problem.ts';
import { sendTo } from './conversation/send.ts';
import { unreachable } from './conversation/session.ts';
import { start } from './conversation/start.ts';
import { GONE_STOP_MS, stopAgent, type StopResult } from './conversation/stop.ts';
import type { Work } from './inputs/work.ts';
import { isUnfinished } from './leftover.ts';
import { pagesOf } from './openhands/wire.ts';
import { dropOutdatedPatch } from './patch/patch.ts';
import { isGoneAt, isUnsent, type StepRecord } from './record.ts';
import {
  interruptedOutcome,
  type InterruptedTask,
  outcomeWithoutConversation,
  problemFrom,
} from './report/interruption.ts';
import { restartedId } from './restarting.ts';
import { askedToReview } from './review/review.ts';

/** How long stopping the agent may take. A cancelled step has little time; after a deadline, the runner sets no limit. */
const STOP_MS = { cancel: 4_000, deadline: 30_000, budget: 30_000 } as const;
const COST = { cancel: 'left-to-post', deadline: 'awaited', budget: 'awaited' } as const;

/**
 * Starts a conversation or continues one, waits for its end if `poll` is set, and then does what else the inputs ask for.
 *
 * @param connecting the same context, once the server's API is known.
 */
export async function converse(
  context: StepContext,
  connecting: Promise<ConnectedContext>,
): Promise<Outcome> {
  let connected: ConnectedContext;
  try {
    connected = { ...context, ...(await connecting) };
  } catch (error) {
    logBug(error, context.world);
    return outcomeWithoutConversation(withTrouble(error, context.recorder.record()), unconnected(context));
  }
  const { inputs, recorder, api } = connected;
  const { version, worksInFolder, startsTwice = false } = api;
  recorder.emit({ kind: 'api', version, worksInFolder, startsTwice });
  try {
    const ended = await startOrContinue(connected);
    return inputs.poll && !isUnsent(recorder.record()) ? await complete(ended, connected) : ended;
  } catch (thrown) {
    logBug(thrown, context.world);
    const error = withTrouble(thrown, recorder.record());
    await dropOutdatedPatch(patchSavingOf(connected));
    const { conversation } = recorder.record();
    return conversation === undefined
      ? endBeforeConversation(error, connected)
      : endDuringConversation(error, conversation, connected);
  }
}

/** Adds to a passed deadline the trouble that lasted until then: that decides the kind of the failure. */
function withTrouble(error: unknown, { trouble }: StepRecord): unknown {
  if (!isDeadline(error) || error.cause !== undefined || trouble === undefined) return error;
  return new Interruption('deadline', error.message, { cause: new ApiFailure(trouble) });
}

/** Starts the conversation, or continues it, and waits for its end if `poll` is set. */
async function startOrContinue(context: ConnectedContext): Promise<Outcome> {
  const { work } = context.inputs;
  const session = sessionOf(context);
  if (work.kind === 'continue') {
    const { id, message } = work;
    context.recorder.emit({ kind: 'chosen', id });
    return message === undefined
      ? observe(id, session)
      : sendTo({ id, message: askedToReview(message, context.review) }, session);
  }
  const what = await startOf(work, context);
  context.recorder.emit({ kind: 'chosen', id: what.request.id });
  return start(what, session);
}

/** Returns the conversation to start, with the id that a key leads to. */
async function startOf(
  { key, assignment: given }: Work & { readonly kind: 'start' },
  context: ConnectedContext,
): Promise<Start> {
  const { world, inputs, api, account, stepId } = context;
  const { baseUrl, maxCostUsd, patchFile } = inputs;
  const { workflow } = world;
  const assignment = {
    ...given,
    tags: { githubrepository: workflow.repository, ...(workflow.runId && { githubrun: workflow.runId }) },
    message: askedToReview(given.message, context.review),
    ...(maxCostUsd !== undefined && { maxCostUsd }),
    ...(patchFile !== undefined && { isForPatch: true as const }),
  };
  if (key === undefined || account === undefined)
    return { request: { ...assignment, id: api.choosesIds ? stepId : world.newId() }, isShared: false };
  const repository = api.worksInFolder ? undefined : assignment.workplace?.repository;
  const scope = { baseUrl, account, ...(repository !== undefined && { repository }) };
  const idOf = (generation: number): string => conversationIdOf(key.text, scope, generation);
  const { ifExists } = key;
  if (ifExists !== 'send') {
    const id = ifExists === 'attach' ? idOf(0) : await restartedId(ifExists, idOf, context);
    return { request: { ...assignment, id }, isShared: true };
  }
  const { step, isFirstAttempt } = world.workflow;
  const mark = markOf(step, isFirstAttempt, key.asked);
  const message = withMark(assignment.message, mark);
  return { request: { ...assignment, id: idOf(0), message }, isShared: true, mark };
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
  const { facts } = context.recorder.record();
  if (!(error instanceof Interruption)) return unreachable(conversation, facts, problemFrom(error));
  const stopped = await stopIfOurs(error.kind, conversation, context);
  const { work } = context.inputs;
  const isKept = work.kind === 'start' && ['attach', 'send'].includes(work.key?.ifExists ?? '');
  return interruptedOutcome(error, conversation, stopped, facts, isKept);
}

/** Stops the agent if the inputs ask for that and this step has started it. What main cannot do is left to post. */
async function stopIfOurs(
  interruptedBy: InterruptionKind,
  { id }: Conversation,
  { world, inputs, recorder, late, stopping, startedAt }: ConnectedContext,
): Promise<StopResult> {
  const record = recorder.record();
  const { leftover, agent } = record;
  const isGone = isGoneAt(world.clock.now() - startedAt, record);
  if (!inputs.stopOn[interruptedBy] || !mustStop(interruptedBy, record))
    return { kind: isUnsent(record) ? 'unsent' : agent };
  // Post finds out which run has started the agent, before it stops it.
  if (leftover.kind === 'asked' || leftover.kind === 'pending') {
    recorder.emit({ kind: 'left-to-post', why: { interruptedBy } });
    return { kind: 'not-stopped', because: 'another run with the same idempotency-key may have started it' };
  }
  recorder.emit({ kind: 'stopping' });
  const stopped = await stopAgent(stopping, id, {
    clock: world.clock,
    limitMs: Math.min(STOP_MS[interruptedBy], isGone ? GONE_STOP_MS : Infinity),
    signal: late,
    hasPendingWork: 'hasPendingWork' in leftover,
    ...('maxCostUsd' in inputs && { cost: COST[interruptedBy] }),
  });
  // An agent that was paused before is reported as paused, because somebody has to resume it.
  const reported: StopResult =
    stopped.kind.startsWith('not-') && agent === 'paused' ? { kind: 'paused' } : stopped;
  const isPaused = reported.kind !== 'not-stopped';
  // Post tries again.
  if (['not-stopped', 'paused', 'interrupted'].includes(stopped.kind))
    recorder.emit({ kind: 'left-to-post', why: { interruptedBy, isGone, isPaused } });
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

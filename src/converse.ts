import { logBug } from './bug.ts';
import { complete, patchSavingOf } from './complete.ts';
import { type Prepared, sessionOf, type StepContext } from './context.ts';
import { ATTACH, START } from './conversation/api.ts';
import type { Start } from './conversation/assignment.ts';
import { observe } from './conversation/attach.ts';
import { Interruption, type InterruptionKind } from './conversation/clock.ts';
import { type Conversation, linkTo } from './conversation/conversation.ts';
import { conversationIdOf, markOf, stepIdOf, withMark } from './conversation/key.ts';
import type { Outcome } from './conversation/outcome.ts';
import { adviceToCheckStart } from './conversation/problem.ts';
import { sendTo } from './conversation/send.ts';
import { start } from './conversation/start.ts';
import { stopAgent, type StopResult } from './conversation/stop.ts';
import type { Inputs } from './inputs.ts';
import type { Work } from './inputs/work.ts';
import { isUnfinished } from './leftover.ts';
import { pagesOf } from './openhands/wire.ts';
import { dropOutdatedPatch } from './patch/patch.ts';
import { type AgentState, isUnsent } from './record.ts';
import {
  failedOutcome,
  interruptedOutcome,
  type InterruptedTask,
  outcomeWithoutConversation,
} from './report/interruption.ts';
import { restartedId } from './restarting.ts';
import type { Workflow } from './world.ts';

/** How long stopping the agent may take. A cancelled step has little time; after a deadline, the runner sets no limit. */
const STOP_MS = { cancel: 4_000, deadline: 30_000, budget: 30_000 } as const;

/** How a step ends. `stopInPost`: why the step was interrupted, if `post` must stop the agent because main could not. */
export interface End {
  readonly outcome: Outcome;
  readonly stopInPost?: InterruptionKind;
}

/**
 * Starts a conversation or attaches to it, and waits for its end if `poll` is set.
 *
 * @param connecting the same context, once the server's API is known.
 */
export async function converse(context: Prepared, connecting: Promise<StepContext>): Promise<End> {
  try {
    return await converseBy(await connecting);
  } catch (error) {
    logBug(error, context.world.runner);
    return { outcome: outcomeWithoutConversation(error, notConnected(context)) };
  }
}

/** Returns what to report if a step is interrupted before it knows the server's API. */
function notConnected({ inputs: { work, baseUrl } }: Prepared): InterruptedTask {
  return work.kind === 'start'
    ? {
        failedTo: START,
        before: 'before the server reported which API it has',
        todo: 'run the step again: nothing was started',
      }
    : notAttached(pagesOf(baseUrl).conversation(work.id));
}

function notAttached(conversation: Conversation): InterruptedTask {
  return {
    failedTo: ATTACH,
    before: 'before the server reported its state',
    todo: `see ${linkTo(conversation)}; nothing was sent to it`,
  };
}

async function converseBy(context: StepContext): Promise<End> {
  const { world, inputs, recorder, api } = context;
  const { version, worksInFolder } = api;
  recorder.emit({ kind: 'api', version, worksInFolder });
  try {
    const ended = await worked(context);
    return {
      outcome: inputs.poll && !isUnsent(recorder.record()) ? await complete(ended, context) : ended,
    };
  } catch (error) {
    logBug(error, world.runner);
    await dropOutdatedPatch(patchSavingOf(context));
    const { conversation } = recorder.record();
    return conversation === undefined
      ? beforeConversation(error, context)
      : interrupted(error, conversation, context);
  }
}

/** Returns an id for the step, to use until its conversation has one. */
export function stepIdIn({ work }: Inputs, { step }: Workflow): string {
  return stepIdOf(step, work.kind === 'start' ? (work.key?.text ?? work.assignment.message) : work.id);
}

/** Starts the conversation, or continues it, and waits for its end if `poll` is set. */
async function worked(context: StepContext): Promise<Outcome> {
  const { work } = context.inputs;
  const session = sessionOf(context);
  if (work.kind === 'continue') {
    const { id, message } = work;
    context.recorder.emit({ kind: 'chosen', id });
    return message === undefined ? observe(id, session) : sendTo({ id, message }, session);
  }
  const what = await startOf(work, context);
  context.recorder.emit({ kind: 'chosen', id: what.request.id });
  return start(what, session);
}

/** Returns the conversation to start, with the id that a key leads to. */
async function startOf(
  { key, assignment: given }: Work & { readonly kind: 'start' },
  context: StepContext,
): Promise<Start> {
  const { world, inputs, api, account } = context;
  const { baseUrl, maxCostUsd, patchFile } = inputs;
  const assignment = {
    ...given,
    ...(maxCostUsd !== undefined && { maxCostUsd }),
    ...(patchFile !== undefined && { isForPatch: true as const }),
  };
  if (key === undefined || account === undefined) {
    const id = api.choosesIds ? stepIdIn(inputs, world.workflow) : world.newId();
    return { request: { ...assignment, id }, isShared: false };
  }
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

/** Returns the end of a step that failed or was interrupted before it knew of a conversation. */
function beforeConversation(error: unknown, context: StepContext): End {
  const { inputs, recorder, api } = context;
  // Post handles a start that was in progress when the step was interrupted.
  const isForPost = error instanceof Interruption && inputs.stopOn[error.kind];
  const { leftover } = recorder.record();
  // A start without an answer cannot be found if the server chooses the id.
  const isFollowed = isForPost && isUnfinished(leftover) && !api.choosesIds;
  const outcome = outcomeWithoutConversation(error, beginningOf(context, isFollowed));
  return { outcome, ...(isForPost && { stopInPost: error.kind }) };
}

/** Returns what to report if a step ends before it knows what the server has done. */
function beginningOf({ inputs: { work }, api }: StepContext, isFollowed: boolean): InterruptedTask {
  return work.kind === 'start'
    ? {
        failedTo: START,
        before: `before there was a conversation${isFollowed ? '; the post step looks for it and pauses its agent' : ''}`,
        todo: adviceToCheckStart(api),
      }
    : notAttached(api.conversation(work.id));
}

/** Returns the end of a step whose wait failed or was interrupted, after stopping its agent if the inputs ask for that. */
async function interrupted(
  error: unknown,
  conversation: Conversation,
  { world, inputs, recorder, late, api }: StepContext,
): Promise<End> {
  const record = recorder.record();
  const { leftover, agent, facts } = record;
  if (!(error instanceof Interruption)) return { outcome: failedOutcome(error, conversation, facts) };
  // Post finds out which run has started the agent, before it stops it.
  const isOwnerUnknown = leftover.kind === 'asked' || leftover.kind === 'pending';
  if (isOwnerUnknown && inputs.stopOn[error.kind])
    return { outcome: interruptedOutcome(error, conversation, OWNER_UNKNOWN, facts), stopInPost: error.kind };
  // An agent that another run has started is not stopped by this step.
  const isOurs = leftover.kind === 'started';
  if (!isOurs || !inputs.stopOn[error.kind]) {
    const kind = !isOurs && isUnsent(record) ? 'unsent' : NOT_STOPPED[agent];
    return { outcome: interruptedOutcome(error, conversation, { kind }, facts) };
  }
  recorder.emit({ kind: 'stopping' });
  const stopped = await stopAgent(api, conversation.id, {
    clock: world.clock,
    limitMs: STOP_MS[error.kind],
    signal: late,
    hasPendingWork: leftover.hasPendingWork,
  });
  // Post tries again what main could not do.
  const isForPost = stopped.kind === 'not-stopped' || stopped.kind === 'paused';
  return {
    outcome: interruptedOutcome(error, conversation, withEarlierPause(stopped, agent), facts),
    ...(isForPost && { stopInPost: error.kind }),
  };
}

/** The stop result for an agent that another run with the same key may have started. */
const OWNER_UNKNOWN: StopResult = {
  kind: 'not-stopped',
  because: 'another run with the same idempotency-key may have started it',
};

/** Corrects a stop result: an agent that was paused before is reported as paused, because somebody has to resume it. */
function withEarlierPause(stopped: StopResult, agent: AgentState): StopResult {
  return stopped.kind === 'not-running' && agent === 'paused' ? { kind: 'paused' } : stopped;
}

/** The result for an agent that this step does not stop. */
const NOT_STOPPED = {
  'at-work': 'continues',
  paused: 'paused',
  ended: 'not-running',
  unknown: 'unknown',
} as const;

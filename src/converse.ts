import { logBug } from './bug.ts';
import { untilChecked } from './checks.ts';
import { driven, type StepContext } from './context.ts';
import { ApiFailure, START, TAKE_UP } from './conversation/api.ts';
import { type Interrupted, Interruption } from './conversation/clock.ts';
import { type Conversation, placeOf } from './conversation/conversation.ts';
import { followUpTo } from './conversation/follow-up-stages.ts';
import { conversationIdOf, stepIdOf } from './conversation/idempotency.ts';
import { idOf as idIn, type Life } from './conversation/life.ts';
import { marked, markOf } from './conversation/mark.ts';
import type { Outcome } from './conversation/outcome.ts';
import type { Plan } from './conversation/plan.ts';
import { startingBy } from './conversation/start-stages.ts';
import { stopAgent, type StopResult } from './conversation/stop.ts';
import type { Inputs } from './inputs.ts';
import { isUnfinished } from './leftover.ts';
import { dropOutdatedPatch, savePatch, savePatchAgain } from './patch.ts';
import { type AgentSeen, isUnsent } from './record.ts';
import {
  failedOutcome,
  interruptedOutcome,
  type InterruptedTask,
  outcomeWithoutConversation,
} from './report/interruption.ts';
import { restartedId } from './restarting.ts';
import { structured } from './structured.ts';
import { toError } from './text/to-error.ts';
import type { Workflow } from './world.ts';

/** How long stopping the agent may take: a cancelled step has little time, after a deadline nobody ends it. */
const STOP_MS = { cancel: 4_000, deadline: 30_000, budget: 30_000 } as const;

/** How a step ends; `left` if `post` is to stop its agent, and why main could not. */
export interface End {
  readonly outcome: Outcome;
  readonly left?: Interrupted;
}

/** Has a conversation with the agent: begins it or takes it up, and waits for its end if that is asked for. */
export async function converse(context: StepContext, accountRead?: Promise<string>): Promise<End> {
  const { world, inputs, recorder } = context;
  try {
    const plan = planOf(context);
    const life = await lifeOf(context, plan, await accountRead);
    recorder.emit({ kind: 'chosen', id: idIn(life) });
    const ended = await driven(life, context);
    return {
      outcome: inputs.poll && !isUnsent(recorder.record()) ? await completed(ended, plan, context) : ended,
    };
  } catch (error) {
    logBug(error, world.runner);
    await dropOutdatedPatch(context);
    const { conversation } = recorder.record();
    return conversation === undefined
      ? beforeConversation(error, context)
      : interrupted(error, conversation, context);
  }
}

/** What the inputs ask for beyond the end of the agent. */
async function completed(ended: Outcome, plan: Plan, context: StepContext): Promise<Outcome> {
  const { trajectoryFile, outputSchema, checks } = context.inputs;
  // At once: a sandbox does not run for ever.
  const saved = await savePatch(ended, context);
  const isChecked = checks !== undefined && saved.status === 'finished';
  const checked = isChecked ? await untilChecked(saved, checks, plan, context) : saved;
  const answered =
    outputSchema === undefined ? checked : await structured(checked, outputSchema, plan, context);
  const outcome = await savePatchAgain(answered, context);
  if (trajectoryFile !== undefined && 'phase' in outcome)
    await saveTrajectory(trajectoryFile, outcome.conversation, context);
  return outcome;
}

/**
 * The account of the API key, if an idempotency key needs it. That it cannot be read is told by {@link converse}, which may
 * never be called.
 */
export function accountIn({ inputs: { work }, api, signal }: StepContext): Promise<string> | undefined {
  if (work.kind !== 'start' || work.key === undefined) return undefined;
  const account = api.account(signal);
  account.catch(() => undefined);
  return account;
}

/** What the step is known by while its conversation has no id. */
export function stepIdIn({ work }: Inputs, { step }: Workflow): string {
  return stepIdOf(step, work.kind === 'start' ? (work.key?.text ?? work.assignment.message) : work.id);
}

/** What the step wants of the conversation. */
function planOf({ inputs, api, startedAt, deadlineAt }: StepContext): Plan {
  const { onPaused, poll, maxCostUsd } = inputs;
  const budget = maxCostUsd !== undefined && { maxCostUsd };
  return { places: api, startedAt, deadlineAt, onPaused, poll, ...budget };
}

/** What the step begins with. */
async function lifeOf(context: StepContext, plan: Plan, account: string | undefined): Promise<Life> {
  const { world, inputs, api } = context;
  const { work, baseUrl, apiVersion, maxCostUsd, patchFile } = inputs;
  if (work.kind === 'continue') return followUpTo(work.id, work.message, plan);
  const { key } = work;
  const assignment = {
    ...work.assignment,
    ...(maxCostUsd !== undefined && { maxCostUsd }),
    ...(patchFile !== undefined && { isForPatch: true as const }),
  };
  if (key === undefined || account === undefined) {
    // V0 chooses the id itself.
    const id = apiVersion === 'v0' ? stepIdIn(inputs, world.workflow) : world.newId();
    return startingBy({ ...assignment, id }, false, plan);
  }
  // An agent server knows of no repository.
  const repository = api.version === 'agent-server' ? undefined : assignment.workplace?.repository;
  const scope = { baseUrl, account, ...(repository !== undefined && { repository }) };
  const idOf = (generation: number): string => conversationIdOf(key.text, scope, generation);
  const { ifExists } = key;
  if (ifExists !== 'send') {
    const id = ifExists === 'attach' ? idOf(0) : await restartedId(ifExists, idOf, context);
    return startingBy({ ...assignment, id }, true, plan);
  }
  const { step, isFirstAttempt } = world.workflow;
  const mark = markOf(step, isFirstAttempt, key.asked);
  const message = marked(assignment.message, mark);
  return startingBy({ ...assignment, id: idOf(0), message }, true, plan, mark);
}

/** How a step ends that something thrown ended before it knew of a conversation. */
function beforeConversation(error: unknown, context: StepContext): End {
  const { inputs, recorder } = context;
  // A start that was under way when the step was broken off is left to post.
  const isLeft = error instanceof Interruption && inputs.stopOn[error.kind];
  const { leftover } = recorder.record();
  // V0 tells nobody what came of a start.
  const isFollowed = isLeft && isUnfinished(leftover) && leftover.version !== 'v0';
  const outcome = outcomeWithoutConversation(error, beginningOf(context, isFollowed));
  return { outcome, ...(isLeft && { left: error.kind }) };
}

/** What people are told if a step ends before it knows what the server has done. */
function beginningOf({ inputs: { work }, api }: StepContext, isFollowed: boolean): InterruptedTask {
  return work.kind === 'start'
    ? {
        failedTo: START,
        before: `before there was a conversation${isFollowed ? '; the post step looks for it and pauses its agent' : ''}`,
        todo: `check at ${api.list} whether the conversation was started anyway`,
      }
    : {
        failedTo: TAKE_UP,
        before: 'before the server reported its state',
        todo: `see ${placeOf(api.conversation(work.id))}; nothing was sent to it`,
      };
}

/** The end is known: that its trajectory cannot be had, not in time or not before a cancel, does not change it. */
async function saveTrajectory(
  path: string,
  { id }: Conversation,
  { world, api, recorder: { emit }, signal }: StepContext,
): Promise<void> {
  try {
    await api.trajectory(id, async (pieces) => world.save(path, pieces, world.workflow.roots), signal);
    emit({ kind: 'trajectory-saved', path });
  } catch (error) {
    const because = error instanceof ApiFailure ? error.problem.because : toError(error).message;
    emit({ kind: 'trajectory-missing', because });
  }
}

/** What became of a step whose wait broke or was broken off. */
async function interrupted(
  error: unknown,
  conversation: Conversation,
  { world, inputs, recorder, late, api }: StepContext,
): Promise<End> {
  const record = recorder.record();
  const { leftover, agent, facts } = record;
  if (!(error instanceof Interruption)) return { outcome: failedOutcome(error, conversation, facts) };
  // Whose the agent is post finds out, before it stops it.
  const isUnsorted = leftover.step === 'asked' || leftover.step === 'pending';
  if (isUnsorted && inputs.stopOn[error.kind])
    return { outcome: interruptedOutcome(error, conversation, UNSORTED, facts), left: error.kind };
  // What another run has started is that run's to stop.
  const isOurs = leftover.step === 'started';
  if (!isOurs || !inputs.stopOn[error.kind]) {
    const kind = !isOurs && isUnsent(record) ? 'unsent' : SEEN[agent];
    return { outcome: interruptedOutcome(error, conversation, { kind }, facts) };
  }
  recorder.emit({ kind: 'stopping' });
  const stopped = await stopAgent(api, conversation.id, {
    clock: world.clock,
    limitMs: STOP_MS[error.kind],
    signal: late,
    called: leftover.called,
  });
  // What main could not do, post tries once more.
  const isLeft = stopped.kind === 'not-stopped' || stopped.kind === 'paused';
  return {
    outcome: interruptedOutcome(error, conversation, seenStopped(stopped, agent), facts),
    ...(isLeft && { left: error.kind }),
  };
}

/** What becomes of an agent that another run with the same key may have started. */
const UNSORTED: StopResult = {
  kind: 'not-stopped',
  because: 'another run with the same idempotency-key may have started it',
};

/** An agent that was paused before is told of as that: somebody has to resume it. */
function seenStopped(stopped: StopResult, agent: AgentSeen): StopResult {
  return stopped.kind === 'not-running' && agent === 'paused' ? { kind: 'paused' } : stopped;
}

/** What is known of an agent that nobody stops. */
const SEEN = {
  'at-work': 'goes-on',
  paused: 'paused',
  'at-rest': 'not-running',
  unknown: 'unknown',
} as const;

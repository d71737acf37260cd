import { pagesOf } from '../openhands/wire.ts';
import { ApiFailure, ATTACH, START } from '../port/api.ts';
import { type Conversation, highestUsage, linkTo } from '../port/conversation.ts';
import { Interruption, INTERRUPTIONS, isDeadline } from '../port/interruption.ts';
import { hasConversation, noConversation, type Outcome } from '../port/outcome.ts';
import { adviceToCheckStart, type FailureKind, type Problem } from '../port/problem.ts';
import type { AgentState, StepRecord } from '../record/record.ts';
import { isUnfinished, leftIn } from '../record/unfinished-work.ts';
import { hasMessageToSend } from '../record/unsent.ts';
import {
  type InterruptedTask,
  type InterruptedWait,
  problemAfterStop,
  problemWithConversation,
  problemWithoutConversation,
} from '../report/interruption.ts';
import { problemIn } from '../report/problem.ts';
import { tryWithTimeLimit } from '../session/ask.ts';
import { readUsage, reportUntoldCost } from '../session/budget.ts';
import { readSandboxDetail, unreachableOutcome } from '../session/session.ts';
import type { StopResult } from '../session/stop.ts';
import { asClause } from '../text/safe.ts';
import { toError } from '../text/to-error.ts';
import type { ConnectedContext, StepContext } from './context.ts';
import { leaveStart, stopOwnAgent } from './stop-own-agent.ts';
import { addWordsSoFar } from './words-so-far.ts';

/** How long reading the last cost and tokens of a stopped agent may take. */
const USAGE_MS = 2_000;
/** How a step has ended: with an outcome, or with what it threw. */
export type End = Outcome | { readonly kind: 'thrown'; readonly thrown: unknown };

/**
 * Settles the end of a step: stops an agent that may be at work for it, leaves to post what main cannot do, and returns the outcome, which
 * says so.
 *
 * @param connected absent if the step ended before it knew the server's API.
 */
export async function settle(
  end: End,
  context: StepContext,
  connected: ConnectedContext | undefined,
): Promise<Outcome> {
  const outcome =
    end.kind === 'thrown'
      ? await outcomeOf(end.thrown, context, connected)
      : blameAddress(end, context.inputs);
  if (connected === undefined) return outcome;
  // An interruption has stopped the agent already, or has left that to post.
  const isInterrupted = end.kind === 'thrown' && end.thrown instanceof Interruption;
  const stopped = isInterrupted
    ? outcome
    : await stopIfUnseen(await explainLoss(outcome, connected), connected);
  if (hasConversation(stopped)) reportUntoldCost(stopped.facts, connected.tools.session);
  return context.inputs.poll ? addWordsSoFar(stopped, connected) : stopped;
}

/** Blames the input llm-base-url, if it is set and the model could not be reached. */
function blameAddress(end: Outcome, { work }: StepContext['inputs']): Outcome {
  const hasAddress = work.kind === 'start' && work.assignment.agentServer?.llmBaseUrl !== undefined;
  if (!hasAddress || end.kind !== 'agent-failed' || end.storedEnd?.fault !== 'model-connection') return end;
  return { ...end, storedEnd: { ...end.storedEnd, fault: 'model-address' as const } };
}

/** Returns the outcome of a step that failed or was interrupted, after stopping its agent if it was interrupted. */
async function outcomeOf(
  thrown: unknown,
  context: StepContext,
  connected: ConnectedContext | undefined,
): Promise<Outcome> {
  const record = context.recorder.record();
  const error = withTrouble(thrown, record);
  if (connected === undefined) return endUnconnected(error, context);
  const { conversation } = record;
  return conversation === undefined
    ? endBeforeConversation(error, connected)
    : endDuringConversation(error, conversation, connected);
}

/** Returns the outcome of a step that failed or was interrupted before it knew the server's API. */
function endUnconnected(error: unknown, { inputs }: StepContext): Outcome {
  const { work, baseUrl } = inputs;
  if (work.kind === 'continue') return endUnattached(error, pagesOf(baseUrl).conversation(work.id));
  const before = 'before the server reported which API it has (nothing was started)';
  return outcomeWithoutConversation(error, { failedTo: START, before });
}

/** Adds the problem that lasted until the deadline to the interruption, because it decides the kind of the failure. */
function withTrouble(error: unknown, { trouble }: StepRecord): unknown {
  if (!isDeadline(error) || error.cause !== undefined || trouble === undefined) return error;
  return new Interruption('deadline', error.message, { cause: new ApiFailure(trouble) });
}

/** Returns the outcome of a step that failed or was interrupted before it knew of a conversation. */
function endBeforeConversation(error: unknown, context: ConnectedContext): Outcome {
  const { work } = context.inputs;
  const { api, recorder } = context;
  const isAsked = isUnfinished(recorder.record().unfinishedWork);
  const canPostLook = error instanceof Interruption && leaveStart(error.kind, context);
  if (work.kind === 'continue') return endUnattached(error, api.conversation(work.id));
  const where = canPostLook ? '; the post step looks for it and pauses its agent' : '';
  return outcomeWithoutConversation(error, {
    failedTo: START,
    before: `before there was a conversation${where}`,
    // Without an open request for a start, there is nothing to look for.
    ...(isAsked && {
      advice: canPostLook ? 'see what the post step reports' : adviceToCheckStart(api),
    }),
  });
}

/** Returns the outcome of a step that only knows the id of its existing conversation. */
function endUnattached(error: unknown, conversation: Conversation): Outcome {
  const { cause } = error instanceof Interruption ? error : {};
  // There is nothing to see in a conversation that the server does not list.
  const isListed = !(cause instanceof ApiFailure && cause.problem.kind === 'not-found');
  const advice = isListed && { advice: `see ${linkTo(conversation)}` };
  const before = 'before the server reported its state (nothing was sent to it)';
  return outcomeWithoutConversation(error, { failedTo: ATTACH, before, ...advice });
}

/** Returns the outcome of a step whose wait failed or was interrupted, after stopping its agent if the inputs ask for that. */
async function endDuringConversation(
  error: unknown,
  conversation: Conversation,
  context: ConnectedContext,
): Promise<Outcome> {
  const record = context.recorder.record();
  const { facts: seen, checks, role, hasWaitedForChecks } = record;
  const { id } = conversation;
  if (!(error instanceof Interruption)) return unreachableOutcome(conversation, seen, problemFrom(error));
  const stopped = await stopOwnAgent(error.kind, id, context);
  const session = { ...context.tools.session, api: context.stoppingApi, signal: context.graceSignal };
  // The agent may have used more until it was stopped.
  const used =
    stopped.kind === 'stopped'
      ? await tryWithTimeLimit(USAGE_MS, session, async (signal) => readUsage(id, { ...session, signal }))
      : undefined;
  const facts = { ...seen, ...highestUsage(seen, used ?? {}) };
  return interruptedOutcome({
    interruption: error,
    conversation,
    stopped,
    facts,
    checks,
    hasEarlierWork: role !== 'started',
    hasWaitedForChecks,
    hasMessageToSend: hasMessageToSend(record),
  });
}

/** Returns the outcome of a step that an error or an interruption ended before it knew of a conversation. */
export function outcomeWithoutConversation(error: unknown, task: InterruptedTask): Outcome {
  if (!(error instanceof Interruption)) {
    const problem = problemFrom(error);
    // A wrong key has one error, whichever request meets it.
    const { failedTo } = problem.kind === 'auth' ? task : problem;
    return noConversation({ ...problem, failedTo });
  }
  const status = error.kind === 'cancel' ? 'cancelled' : 'start-failed';
  return noConversation({ ...problemWithoutConversation(error, task), kind: failureKindFrom(error) }, status);
}

/** Returns the outcome of a step that was interrupted during its wait. `isStart`: during its start, and post has found the conversation. */
export function interruptedOutcome(wait: InterruptedWait, isStart = false): Outcome {
  const { interruption, conversation, stopped, facts, checks } = wait;
  const { kind: by } = interruption;
  // An agent that was paused until the deadline did not need more time.
  const kind =
    by === 'deadline' && stopped.kind === 'paused' ? 'paused' : failureKindFrom(interruption, stopped);
  const problem = { ...problemWithConversation(wait, kind), kind };
  const status = isStart && by === 'deadline' ? 'start-failed' : INTERRUPTIONS[by].status;
  if (status === 'start-failed')
    return {
      kind: 'failed-start',
      status,
      conversation,
      problem: { ...problem, failedTo: START },
      facts,
    };
  return {
    kind: 'cut-short',
    status,
    conversation,
    problem,
    facts,
    ...(checks && { checks }),
  };
}

/**
 * If the server deferred a request until the deadline, the kind is that of its refusal. If it says when the agent is to be paused that it
 * has failed itself, the agent may have got nowhere for that reason.
 */
function failureKindFrom({ kind, cause }: Interruption, stopped?: StopResult): FailureKind {
  if (kind !== 'deadline') return INTERRUPTIONS[kind].failure;
  const last = cause instanceof ApiFailure ? cause.problem.kind : undefined;
  const hasServerFailed = stopped?.kind === 'not-stopped' && stopped.failure === 'server';
  return last ?? (hasServerFailed ? 'server' : 'timeout');
}

/** Returns the problem of a thrown error. If it is no failure of the API, it is a bug in the action. */
export function problemFrom(error: unknown): Problem {
  if (error instanceof ApiFailure) return error.problem;
  return {
    failedTo: 'run the step',
    because: toError(error).message,
    advice: 'report this as a bug in the action, with the log of a run with debug logging',
  };
}

/** Adds to an end by a failed or lost sandbox why it is so, if the server says that. */
async function explainLoss(end: Outcome, { tools, graceSignal: signal }: ConnectedContext): Promise<Outcome> {
  if (end.kind !== 'agent-failed' || problemIn(end)?.kind !== 'sandbox') return end;
  const reason = await readSandboxDetail(end.conversation.id, { ...tools.session, signal });
  return reason === undefined ? end : { ...end, storedEnd: { complete: false, ...end.storedEnd, reason } };
}

/** Stops an agent that the step cannot see any more but that may be at work, and adds the result to the problem. */
async function stopIfUnseen(end: Outcome, context: ConnectedContext): Promise<Outcome> {
  const { unfinishedWork, agent } = context.recorder.record();
  const problem = problemIn(end);
  if (problem === undefined || !isUnclearEnd(end, agent)) return end;
  // No agent is at work for the step, or an interruption has left it to post.
  if (!isUnfinished(unfinishedWork) || leftIn(unfinishedWork) !== undefined) return end;
  if (end.kind === 'no-conversation') {
    const until = leaveStart('failure', context) ? ' until the post step finds and pauses it' : '';
    const because = `${asClause(problem.because)}; its agent may be working${until}`;
    return { ...end, problem: { ...problem, because } };
  }
  const stopped = await stopOwnAgent('failure', end.conversation.id, context);
  return { ...end, problem: problemAfterStop(end, stopped) ?? problem };
}

/**
 * Whether an end of each status may hide that the agent is at work. `by-sandbox`: a sandbox counts as failed while its server does not
 * respond, and its agent may continue. `unless-ended`: an agent that is lost at its correction leaves its earlier answer.
 */
const HIDES_AGENT = {
  running: 'never',
  finished: 'never',
  stopped: 'never',
  skipped: 'never',
  'needs-input': 'never',
  error: 'by-sandbox',
  stuck: 'never',
  missing: 'always',
  paused: 'never',
  'start-failed': 'unless-ended',
  unreachable: 'unless-ended',
  'over-budget': 'never',
  'invalid-output': 'unless-ended',
  'not-done': 'never',
  'checks-failed': 'never',
  'timed-out': 'never',
  cancelled: 'never',
} as const satisfies Record<Outcome['status'], string>;
type HidesAgent = typeof HIDES_AGENT;

/** An end that may not show what the agent does. */
type UnclearEnd = Outcome & {
  readonly status: {
    [S in keyof HidesAgent]: HidesAgent[S] extends 'never' ? never : S;
  }[keyof HidesAgent];
};

/** Whether an end does not show what the agent does. */
function isUnclearEnd(end: Outcome, agent: AgentState): end is UnclearEnd {
  switch (HIDES_AGENT[end.status]) {
    case 'never':
      return false;
    case 'always':
      return true;
    case 'by-sandbox':
      return problemIn(end)?.kind === 'sandbox';
    case 'unless-ended':
      return agent !== 'ended';
  }
}

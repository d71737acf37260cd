import { ApiFailure } from '../port/api.ts';
import {
  type Ending,
  type OnPaused,
  showsAgent,
  type Snapshot,
  type StoredState,
} from '../port/conversation.ts';
import type { CurrentState } from '../port/events.ts';
import { Interruption, isDeadline } from '../port/interruption.ts';
import { endedOutcome, isOver, type Outcome } from '../port/outcome.ts';
import { AGENT_BEGIN_MS, nextWaitMs } from '../port/pace.ts';
import { askWithin, sleepUntil } from '../session/ask.ts';
import type { AwaitedConversation, Begun } from '../session/begun.ts';
import { checkBudget, isBudgetSpent, readUsage } from '../session/budget.ts';
import { whileCheckingClone } from '../session/clone.ts';
import {
  lookAt,
  readStoredState,
  runningOutcome,
  type Session,
  unreachableOutcome,
} from '../session/session.ts';
import { endOf, readNewAnswer } from './answer.ts';
import { handlePause } from './pause.ts';
import { type OngoingWait, Push } from './push.ts';
import { runIfForgotten, whoPaused } from './restart.ts';
import { requireNoTools } from './tools.ts';
import { Watch } from './watch.ts';

/**
 * Waits for the end of a conversation. A step that does not poll waits only until the agent has begun on the message, or until the state of a
 * conversation that it has found is clear.
 */
export async function waitFor(begun: Begun, session: Session): Promise<Outcome> {
  const wait = async (checked: Session): Promise<Outcome> => waitForEnd(begun, checked);
  return begun.mayLackClone ? whileCheckingClone(begun.id, session, wait) : wait(session);
}

async function waitForEnd(begun: Begun, session: Session): Promise<Outcome> {
  const { kind, id } = begun;
  if (session.poll || kind === 'found')
    return waitUntil(begun, session, (current) => runningOutcome(id, session, current.facts));
  if (kind === 'sent') await waitUntilBegun(id, session);
  // The answer to a start may have come after a cancel or the deadline: then its agent is paused.
  else session.signal.throwIfAborted();
  return runningOutcome(id, session);
}

/** Waits for the end of a conversation with which the step has begun; returns the outcome if it has not. */
export async function waitIfBegun(begun: Begun | Outcome, session: Session): Promise<Outcome> {
  return isOver(begun) ? begun : waitFor(begun, session);
}

/** Waits until the agent has started on the message, for at most {@link AGENT_BEGIN_MS}. If it has not, that is no failure. */
async function waitUntilBegun(id: string, session: Session): Promise<void> {
  try {
    await askWithin(AGENT_BEGIN_MS, session, async (signal) => {
      const look = await lookAt(id, { ...session, signal });
      return look.state.kind !== 'ended' || undefined;
    });
  } catch (error) {
    // The message is delivered, even if the agent was not seen to start on it.
    if (!isDeadline(error)) throw error;
  }
}

/** Looks at a conversation until its state is clear, and returns its outcome: `paused` or `running` if the agent has not ended. */
export async function readCurrentOutcome(
  id: string,
  access: Pick<Session, 'api' | 'clock' | 'pace' | 'deadlineAt' | 'signal' | 'hasNoTools'>,
): Promise<Outcome> {
  const { api, clock } = access;
  const silent = {
    ...access,
    startedAt: clock.now(),
    poll: false,
    onPaused: 'wait',
    emit: () => undefined,
  } as const;
  return waitUntil({ id }, silent, ({ state, phase, facts }) =>
    state === 'paused'
      ? endedOutcome('paused', { conversation: api.conversation(id), phase, facts })
      : runningOutcome(id, access, facts),
  );
}

/** Waits for the end of a conversation. `withoutEnd`: returns the outcome of a step that does not poll, if the agent has not ended. */
async function waitUntil(
  awaited: AwaitedConversation,
  session: Session,
  withoutEnd: (current: CurrentState) => Outcome,
): Promise<Outcome> {
  const watch = new Watch(awaited, session);
  const push = new Push(watch, session);
  try {
    return (await lookUntilEnded(awaited, { watch, push, session })) ?? withoutEnd(watch.current);
  } catch (error) {
    if (!(error instanceof ApiFailure)) throw error;
    // The client has given up its retries.
    return unreachableOutcome(session.api.conversation(watch.id), watch.current.facts, error.problem);
  } finally {
    push.close();
  }
}

/** Looks until there is an outcome. Returns `undefined` if the step does not poll, and the state is clear. */
async function lookUntilEnded(
  { id, firstLook, onFoundPaused }: AwaitedConversation,
  wait: OngoingWait,
): Promise<Outcome | undefined> {
  const { watch, push, session } = wait;
  const { poll, onPaused } = session;
  const first = firstLook ?? (await lookAt(id, session));
  let outcome = await handleLook(first, onFoundPaused ?? onPaused, wait);
  while (outcome === undefined) {
    const { state } = watch.current;
    if (!poll && state !== 'unconfirmed' && state !== 'unclear') return undefined;
    enforceLimits(wait);
    watch.reportState();
    push.subscribeIf(poll && state === 'active');
    await sleepUntilNextLook(wait);
    outcome = await handleLook(await lookAt(id, session), onPaused, wait);
  }
  return outcome;
}

/** Handles a look. Returns the outcome, or `undefined` if the agent has not ended. */
async function handleLook(
  look: Snapshot,
  onPaused: OnPaused,
  wait: OngoingWait,
): Promise<Outcome | undefined> {
  const { watch, push, session } = wait;
  const { interpreted, corrected, ending } = await takeIn(look, wait);
  await requireNoTools(watch, session);
  if (ending !== undefined) {
    return readNewAnswer(
      { ...endOf(corrected, ending), isFromAgent: showsAgent(interpreted) },
      watch,
      session,
    );
  }
  const isPaused = corrected.state.kind === 'paused';
  // Before a resume, or a start of another conversation. Not every look shows what the agent has cost.
  if (isPaused && (onPaused === 'resume' || !session.poll)) await rememberUsage(watch, session);
  enforceLimits(wait);
  if (isPaused) return handlePaused(corrected, onPaused, wait);
  if (!session.poll) return undefined;
  await runIfForgotten(wait);
  await push.readStepsIfDue(interpreted);
  return undefined;
}

/** Handles a look that shows a pause. Returns the outcome, or `undefined` to wait. One that resumes does not ask who has paused. */
async function handlePaused(
  paused: Snapshot,
  onPaused: OnPaused,
  wait: OngoingWait,
): Promise<Outcome | undefined> {
  const { watch, session } = wait;
  const { phase } = paused;
  const by = session.poll && onPaused !== 'resume' ? await whoPaused(paused, wait) : 'anybody';
  if (by === 'unknown') return undefined;
  if (by === 'restart') {
    const restarted = { ...paused, phase: `${phase}, because its server was restarted` };
    if (onPaused === 'fail') return handlePause(restarted, 'fail', wait);
    // The look need not show what the agent has cost by now.
    await rememberUsage(watch, session);
    enforceLimits(wait);
    return handlePause(restarted, 'resume', wait, 'restart');
  }
  watch.noteOnce({ about: 'pause', phase, onPaused });
  return session.poll ? handlePause(paused, onPaused, wait) : undefined;
}

interface TakenIn {
  /** What the look means after the earlier looks. */
  readonly interpreted: Snapshot;
  /** The same once the stored events have corrected it. */
  readonly corrected: Snapshot;
  /** How the agent has ended; `undefined` if it has not, or if that is not confirmed yet. */
  readonly ending: Ending | undefined;
}

/**
 * Takes in a look. The order counts: what earlier looks have shown says what an unclear state means, that says if the stored events must
 * be read, and these correct the look. Only then is it remembered, because what is remembered says if an unconfirmed end counts by now.
 */
async function takeIn(look: Snapshot, { watch, push, session }: OngoingWait): Promise<TakenIn> {
  const interpreted = watch.interpret(look);
  const hasReadStored = watch.mustReadStored(interpreted);
  const stored = hasReadStored ? await readRealState(interpreted, watch, session) : undefined;
  // An end that the server has pushed is newer than the stored events.
  const newest = hasReadStored ? (push.stoppedState ?? stored) : undefined;
  const corrected = watch.reconcile(interpreted, newest);
  watch.rememberLook(corrected, hasReadStored);
  return { interpreted, corrected, ending: watch.endingOf(corrected) };
}

/**
 * Reads the real state from the stored events, and remembers the usage that they show. A failure is only reported, unless no status shows
 * the end (`each-time`): then it is thrown, and ends the wait.
 */
async function readRealState(
  { whenToReadStored: when }: Snapshot,
  watch: Watch,
  session: Session,
): Promise<StoredState | undefined> {
  await rememberUsage(watch, session);
  if (when !== 'each-time') return readStoredState(watch, session);
  return session.api.readStored(watch.id, session.signal, watch.since);
}

/** Reads from the events what the agent has used, if there is a budget. */
async function rememberUsage(watch: Watch, session: Session): Promise<void> {
  watch.rememberSteps({ steps: [], isCut: false, usage: await readUsage(watch.id, session) });
}

/** After this much work an agent has a cost. If there is none, the server does not report it. */
const COST_EXPECTED_AFTER_MS = 120_000;

/**
 * Ends the wait by an interruption if the agent only forgets or the budget is spent, unless the server has pushed an end. A new limit of the
 * wait is asked here.
 */
function enforceLimits({ watch, push, session }: OngoingWait): void {
  if (!session.poll || push.stoppedState?.state.kind === 'ended') return;
  if (push.isOnlyForgetting) throw new Interruption('context');
  enforceBudget(watch, session);
}

/** Ends the wait if the budget is spent. Says once if the server reports no cost. */
function enforceBudget(watch: Watch, session: Session): void {
  if (session.maxCostUsd === undefined) return;
  const { current, workedMs = 0 } = watch;
  // The last report before the interruption, so that the log shows the cost.
  if (isBudgetSpent(current.facts, session)) watch.reportState();
  checkBudget(current.facts, session);
  if (current.facts.costUsd === undefined && workedMs >= COST_EXPECTED_AFTER_MS)
    watch.noteOnce({ about: 'unknown-cost' });
}

/** Sleeps until the next look is due, and handles what is pushed until then. */
async function sleepUntilNextLook(wait: OngoingWait): Promise<void> {
  const { watch, push } = wait;
  // A stop that was pushed counts only once a look shows it.
  const stopLookAt = push.stoppedState === undefined ? Infinity : push.scheduleLook();
  // When a look is needed, however slow the pace is.
  let neededAt = Math.min(watch.neededAt, stopLookAt);
  let pacedAt = nextLookAt(wait);
  while (await waitForPush(Math.min(neededAt, pacedAt), wait)) {
    const { isConnectionChanged, isStopped } = push.take();
    enforceLimits(wait);
    if (isConnectionChanged) pacedAt = nextLookAt(wait);
    // A connection that is new may have missed an event, and one that is lost will.
    if (isConnectionChanged || isStopped) neededAt = Math.min(neededAt, push.scheduleLook());
  }
}

/** Returns when the next look is due by the pace of polling, which is slow while the server pushes. */
function nextLookAt({ watch, push, session: { clock, deadlineAt, pace } }: OngoingWait): number {
  const now = clock.now();
  const isPushed = push.isConnected && watch.current.state === 'active';
  return now + nextWaitMs(deadlineAt - now, watch.ageMs, { ...pace, isPushed });
}

/** Sleeps until a time, or until something is pushed. Returns whether something was pushed. */
async function waitForPush(at: number, { watch, push, session }: OngoingWait): Promise<boolean> {
  const { clock, signal } = session;
  if (at <= clock.now()) return false;
  const over = new AbortController();
  const heartbeat = (): void => {
    watch.reportState();
  };
  const sleep = sleepUntil(at, { clock, signal: AbortSignal.any([signal, over.signal]) }, heartbeat);
  try {
    return await Promise.race([sleep.then(() => false), push.arrival.then(() => true)]);
  } finally {
    // A reason of its own: making the default one costs more than the sleep.
    over.abort(null);
  }
}

import { type AgentEnd, readAnswer } from './answer.ts';
import { ApiFailure } from './api.ts';
import {
  type Conversation,
  type Facts,
  linkTo,
  type MessageCursor,
  type OnPaused,
  type Snapshot,
  type Stored,
} from './conversation.ts';
import type { WaitEvent } from './events.ts';
import type { Outcome } from './outcome.ts';
import { DOUBT_MS, waitWithin } from './pace.ts';
import type { Problem } from './problem.ts';
import { Push } from './push.ts';
import { cannotResume, resume } from './resume.ts';
import {
  inTime,
  lookAt,
  orFailure,
  type Plan,
  running,
  type Session,
  sleepUntil,
  spentBudget,
} from './session.ts';
import { reconciled, Watch } from './watch.ts';

/** If a conversation is paused again after this many resumes, resuming does not help. */
const MAX_RESUMES = 3;
const MAX_TRIES = 3;
const RETRY_MS = 2_000;
/** The limit of a request for the agent's steps: nothing waits longer for them. */
const STEPS = { ms: 10_000, failedTo: 'read the steps of the agent' };
/** Pushes that arrive within this time are handled in one batch, so that a flood costs at most four turns a second. */
const BATCH_MS = 250;
/** An agent that has worked for this long has a cost. If there is none, the server does not report it. */
const SILENT_MS = 120_000;

/** A conversation to wait for. */
export interface Awaited {
  readonly conversation: Conversation;
  /** When the step began or, for a follow-up, delivered its message, in the clock's milliseconds. */
  readonly startedAt: number;
  /** For a follow-up, the place before it: the end of earlier work does not count. */
  readonly messageCursor?: MessageCursor;
  /** Facts that are known already. */
  readonly facts?: Facts;
  /** A look that was just made. */
  readonly firstLook?: Snapshot;
  /** Whether a doubtful state counts at once, and not after a minute. */
  readonly isCertain?: boolean;
  /** Replaces `on-paused` if the first look shows the conversation paused. */
  readonly onFoundPaused?: OnPaused;
}

/** Waits for the end of a conversation. A step that does not poll waits for one look at its state. */
export async function waitForEnd(awaited: Awaited, plan: Plan, session: Session): Promise<Outcome> {
  const wait = new Wait(awaited, plan, session);
  try {
    return await wait.untilEnded();
  } catch (error) {
    if (!(error instanceof ApiFailure)) throw error;
    // The API kept failing until the client stopped retrying.
    const { problem } = error;
    const { conversation } = awaited;
    const todo = `check whether the agent is still working: ${linkTo(conversation)}; then ${problem.todo}`;
    return { status: 'unreachable', conversation, facts: wait.facts, problem: { ...problem, todo } };
  } finally {
    wait.close();
  }
}

/** Continues after this step has started the conversation. */
export async function started(id: string, plan: Plan, session: Session): Promise<Outcome> {
  const conversation = session.api.conversation(id);
  session.emit({ kind: 'found', conversation, role: 'started' });
  if (!plan.poll) return running(id, session);
  return waitForEnd({ conversation, startedAt: plan.startedAt }, plan, session);
}

/**
 * Continues after the conversation of a key was found. If it is old and paused, an earlier step has paused it at its deadline or
 * cancel, so that this step must resume it.
 */
export async function attached(id: string, isOld: boolean, plan: Plan, session: Session): Promise<Outcome> {
  const conversation = session.api.conversation(id);
  session.emit({ kind: 'found', conversation, role: 'attached' });
  const isResumed = isOld && plan.onPaused === 'wait';
  return waitForEnd(
    { conversation, startedAt: plan.startedAt, ...(isResumed && { onFoundPaused: 'resume' }) },
    plan,
    session,
  );
}

/** Looks at a conversation and returns its outcome: `running` if it has not ended, or is paused. */
export async function currentOutcome(id: string, session: Session): Promise<Outcome> {
  const startedAt = session.clock.now();
  const plan = { startedAt, onPaused: 'wait', poll: false } as const;
  return waitForEnd({ conversation: session.api.conversation(id), startedAt }, plan, session);
}

class Wait {
  readonly #awaited: Awaited;
  readonly #plan: Plan;
  readonly #session: Session;
  readonly #watch: Watch;
  readonly #push: Push;
  #resumes = 0;
  #isCostWarned = false;
  /** When the pace of polling asks for the next look. */
  #lookAt = 0;

  constructor(awaited: Awaited, plan: Plan, session: Session) {
    const { conversation, facts, messageCursor, isCertain = false } = awaited;
    this.#awaited = awaited;
    this.#plan = plan;
    this.#session = session;
    this.#watch = new Watch(conversation, facts, messageCursor);
    if (isCertain) this.#watch.doubtfulSince = Number.NEGATIVE_INFINITY;
    this.#push = new Push(conversation.id, session);
  }

  get facts(): Facts {
    return this.#watch.facts;
  }

  close(): void {
    this.#push.close();
  }

  async untilEnded(): Promise<Outcome> {
    for (let first = this.#awaited.firstLook; ; first = undefined) {
      const outcome = await this.#look(first ?? (await lookAt(this.#awaited.conversation.id, this.#session)));
      if (outcome !== undefined) return outcome;
      this.#push.follow(this.#plan.poll && this.#watch.state === 'active');
      await this.#untilNextLook();
    }
  }

  /** Handles a look. Returns the outcome, or `undefined` to look again. */
  async #look(snapshot: Snapshot): Promise<Outcome | undefined> {
    const watch = this.#watch;
    const { clock } = this.#session;
    const onPaused = this.#onPaused(watch.phase === undefined);
    const shown = watch.interpreted(snapshot);
    const stored = watch.mustConsult(shown, clock.now()) ? await this.#consult(shown) : undefined;
    const now = clock.now();
    const seen = stored === undefined ? shown : this.#reconciled(shown, stored);
    const changes = watch.remember(seen, stored !== undefined, now);
    this.#setPace();
    const isPaused = seen.state.kind === 'paused';
    const warning: readonly WaitEvent[] =
      isPaused && watch.warns(seen.phase)
        ? [{ kind: 'paused', conversation: watch.conversation, phase: seen.phase, onPaused }]
        : [];
    const steps = watch.takeSteps(stored?.steps);
    // A step that does not wait reports the state, but not the steps that led to it. Report steps before a pause, to which they
    // led, but after a start, which they follow.
    const updates = [[...changes, ...warning], this.#plan.poll ? steps : []];
    (seen.state.kind === 'active' ? updates : updates.toReversed()).flat().forEach(this.#session.emit);
    if (isPaused) return this.#whilePaused(seen, onPaused);
    const status = watch.endingOf(seen, now);
    if (status === undefined) return this.#keepWaiting(shown);
    return this.#end(endIn(seen, status, shown.consult === 'never'));
  }

  /** A step that does not wait leaves a paused conversation alone. */
  #onPaused(isFirstLook: boolean): OnPaused {
    const { poll, onPaused } = this.#plan;
    if (!poll) return 'wait';
    return isFirstLook ? (this.#awaited.onFoundPaused ?? onPaused) : onPaused;
  }

  /** Reads the stored events, because the status may hide the real state. */
  async #consult({ consult }: Snapshot): Promise<Stored> {
    const { conversation, since } = this.#watch;
    const { api, signal, emit } = this.#session;
    const stored = await orFailure(api.stored(conversation.id, signal, since));
    if (!(stored instanceof ApiFailure)) return stored;
    // If the status can show the end, too, the wait continues without the events.
    if (consult === 'each-time') throw stored;
    emit({ kind: 'events-unreadable', conversation, problem: stored.problem });
    return {};
  }

  /** Corrects a snapshot by the stored events. An end that the server has pushed is newer. */
  #reconciled(snapshot: Snapshot, stored: Stored): Snapshot {
    const { end } = this.#push;
    return reconciled(snapshot, end === undefined ? stored : { state: end }, this.#resumes > 0);
  }

  /** Handles a pause as the input `on-paused` says: waits, fails, or resumes the conversation. */
  async #whilePaused(seen: Snapshot, onPaused: OnPaused): Promise<Outcome | undefined> {
    if (!this.#plan.poll) return this.#running();
    if (onPaused === 'wait') {
      this.#reportState();
      return undefined;
    }
    if (onPaused === 'fail' || this.#resumes >= MAX_RESUMES) {
      const isCertain = seen.consult === 'never' || this.#push.hasState;
      return readAnswer(
        {
          ...endIn(seen, 'paused', false),
          ...(!isCertain && { settling: (stored) => this.#afterPause(seen, stored) }),
        },
        this.#watch,
        this.#session,
      );
    }
    this.#checkBudget();
    this.#session.emit({ kind: 'resuming', conversation: this.#watch.conversation });
    const problem = await this.#resume();
    this.#resumes += 1;
    this.#watch.isAwaited = true;
    if (problem) this.#session.emit({ kind: 'not-resumed', conversation: this.#watch.conversation, problem });
    this.#setPace();
    this.#reportState();
    return undefined;
  }

  #afterPause(seen: Snapshot, stored: Stored): AgentEnd {
    const corrected = this.#reconciled(seen, stored);
    return endIn(corrected, corrected.state.kind === 'ended' ? corrected.state.ending : 'paused', false);
  }

  /** Resumes the sandbox and runs the agent in it: it does not continue on its own. Returns why that failed. */
  async #resume(): Promise<Problem | undefined> {
    const { api, clock, signal } = this.#session;
    const { conversation, hasPendingWork } = this.#watch;
    const { id } = conversation;
    const sandbox = await orFailure(resume(id, this.#session));
    if (sandbox instanceof ApiFailure) return sandbox.problem;
    if (sandbox.kind !== 'running') return cannotResume(sandbox.reason, linkTo(conversation));
    for (let tries = 1; ; tries += 1) {
      // To retry is safe: it has no effect on an agent that already runs.
      const run = await orFailure(api.run(id, signal, hasPendingWork));
      if (!(run instanceof ApiFailure)) return undefined;
      if (tries === MAX_TRIES) return run.problem;
      await sleepUntil(clock.now() + RETRY_MS, this.#session);
    }
  }

  /** Continues the wait. First reads the agent's steps, if there may be new ones. */
  async #keepWaiting(snapshot: Snapshot): Promise<Outcome | undefined> {
    const { poll } = this.#plan;
    const watch = this.#watch;
    const { revision = '' } = snapshot;
    this.#push.looked(watch, revision);
    if (!poll && watch.doubtfulSince === undefined) return this.#running();
    // With push, the steps are known, unless the server has stopped pushing.
    const mayRead =
      this.#push.since === undefined
        ? watch.mayHaveNewSteps(snapshot, this.#session.clock.now())
        : !this.#push.isCaughtUp(watch) || watch.revision !== revision;
    this.#checkBudget();
    if (poll && mayRead) await this.#readSteps(revision);
    this.#reportState();
    return undefined;
  }

  /** Reads and reports the agent's steps. Of failures in a row the first is reported. None changes the wait. */
  async #readSteps(revision: string): Promise<void> {
    const watch = this.#watch;
    const { conversation, since } = watch;
    const { api, clock, emit } = this.#session;
    const read = await orFailure(
      inTime(STEPS, this.#session, async (signal) => api.steps(conversation.id, signal, since)),
    );
    watch.readAt = clock.now();
    watch.revision = revision;
    const isFailed = read instanceof ApiFailure;
    if (isFailed && !watch.stepsFailed)
      emit({ kind: 'steps-unreadable', conversation, problem: read.problem });
    if (!isFailed) watch.takeSteps(read).forEach(emit);
    watch.stepsFailed = isFailed;
  }

  /** Reads the answer of an agent that has ended. Returns `undefined` if the end is that of an earlier message. */
  async #end(end: AgentEnd): Promise<Outcome | undefined> {
    const watch = this.#watch;
    if (!end.isFromAgent || !watch.hasPendingWork) return readAnswer(end, watch, this.#session);
    const { api, clock, signal } = this.#session;
    const read = await orFailure(api.result(watch.conversation.id, signal, watch.since));
    const isLate = clock.now() - this.#awaited.startedAt >= DOUBT_MS;
    if (read instanceof ApiFailure && isLate) throw read;
    const { complete = false, awaitsMessage = false } = read instanceof ApiFailure ? {} : read;
    if (complete) return readAnswer(end, watch, this.#session);
    // If not even the message is stored after a minute, the agent counts as never started.
    if (awaitsMessage && isLate) return readAnswer({ ...end, lacks: 'beginning' }, watch, this.#session);
    this.#checkBudget();
    return undefined;
  }

  #running(): Outcome {
    return running(this.#watch.conversation.id, this.#session, this.#watch.facts);
  }

  #reportState(): void {
    this.#checkBudget();
    this.#session.emit({ kind: 'current-state', ...this.#watch.current() });
  }

  /** Sleeps until the next look is due, and handles what is pushed until then. */
  async #untilNextLook(): Promise<void> {
    const { clock } = this.#session;
    const { doubtfulSince = Infinity } = this.#watch;
    // A doubtful state is decided once it has lasted long enough, whatever the pace.
    const doubtEndsAt = Math.ceil(doubtfulSince) + DOUBT_MS;
    const isDoubtOver = doubtEndsAt <= clock.now();
    let by = Math.min(isDoubtOver ? Infinity : doubtEndsAt, this.#push.lookAgainAt(clock.now()));
    this.#setPace();
    for (;;) {
      if (!(await this.#pushedBefore(Math.min(by, this.#lookAt)))) return;
      const { isChanged, lookBy } = this.#push.take(this.#watch);
      by = Math.min(by, lookBy);
      this.#checkBudget();
      if (isChanged) this.#setPace(true);
      await sleepUntil(Math.min(by, this.#lookAt, clock.now() + BATCH_MS), this.#session);
    }
  }

  /** Sleeps until a time. Returns whether an update was pushed before it. */
  async #pushedBefore(at: number): Promise<boolean> {
    const over = new AbortController();
    const signal = AbortSignal.any([this.#session.signal, over.signal]);
    const heartbeat = (): void => {
      this.#session.emit({ kind: 'current-state', ...this.#watch.current() });
    };
    if (at <= this.#session.clock.now()) return false;
    try {
      return await Promise.race([
        sleepUntil(at, { ...this.#session, signal }, heartbeat).then(() => false),
        this.#push.arrived.then(() => true),
      ]);
    } finally {
      over.abort();
    }
  }

  /** Sets when to look next, if that time has come. Push asks for few looks. */
  #setPace(isNew = false): void {
    const { clock, deadlineAt, pace } = this.#session;
    const now = clock.now();
    if (this.#lookAt > now && !isNew) return;
    const isPushed = this.#push.since !== undefined && this.#watch.state === 'active';
    this.#lookAt = now + waitWithin(deadlineAt - now, now - this.#awaited.startedAt, { ...pace, isPushed });
  }

  /** Ends the wait for a conversation that has reached its limit, unless it has ended. Warns once if the server reports no cost. */
  #checkBudget(): void {
    const { conversation, facts, seenActive } = this.#watch;
    const { clock, emit } = this.#session;
    const { poll, maxCostUsd } = this.#plan;
    if (!poll || maxCostUsd === undefined || this.#push.end !== undefined) return;
    const spent = spentBudget(facts, this.#plan);
    if (spent) {
      emit({ kind: 'current-state', ...this.#watch.current() });
      throw spent;
    }
    const workedMs = seenActive ? clock.now() - this.#awaited.startedAt : 0;
    if (facts.costUsd !== undefined || workedMs < SILENT_MS || this.#isCostWarned) return;
    this.#isCostWarned = true;
    emit({ kind: 'cost-unknown', conversation });
  }
}

/** Returns what a snapshot shows about the end. */
function endIn({ phase, state }: Snapshot, status: AgentEnd['status'], isFromAgent: boolean): AgentEnd {
  return { status, phase, isFromAgent, ...('failure' in state && { failure: state.failure }) };
}

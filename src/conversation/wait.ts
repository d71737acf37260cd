import { answerOf, endIn } from './answer.ts';
import { ApiFailure } from './api.ts';
import { checkBudgetOf, usageOf } from './budget.ts';
import type { OnPaused, Snapshot, StoredState } from './conversation.ts';
import type { Outcome } from './outcome.ts';
import { waitWithin } from './pace.ts';
import { whilePaused } from './pause.ts';
import { Push } from './push.ts';
import { inTime, lookAt, orFailure, running, type Session, sleepUntil, unreachable } from './session.ts';
import { Watch, type Watched } from './watch.ts';

/** The limit of a request for the agent's steps: nothing waits longer for them. */
const STEPS = { ms: 10_000, failedTo: 'read the steps of the agent' };

/** A conversation to wait for. */
export interface Awaited extends Omit<Watched, 'startedAt'> {
  /** By default, when the step began. */
  readonly startedAt?: number;
  /** A look that was just made. */
  readonly firstLook?: Snapshot;
  /** Replaces `on-paused` if the first look shows the conversation paused. */
  readonly onFoundPaused?: OnPaused;
}

/** Waits for the end of a conversation. A step that does not poll waits for one look at its state. */
export async function waitForEnd(awaited: Awaited, session: Session): Promise<Outcome> {
  return new Wait(awaited, session).untilEnded();
}

/** Looks at a conversation and returns its outcome: `running` if it has not ended, or is paused. */
export async function currentOutcome(
  id: string,
  session: Omit<Session, 'poll' | 'startedAt' | 'onPaused'>,
): Promise<Outcome> {
  const once = { startedAt: session.clock.now(), poll: false, onPaused: 'wait' } as const;
  return waitForEnd({ conversation: session.api.conversation(id) }, { ...session, ...once });
}

class Wait {
  readonly #awaited: Awaited;
  readonly #session: Session;
  readonly #watch: Watch;
  readonly #push: Push;
  /** When the pace of polling asks for the next look. */
  #lookAt = 0;

  constructor(awaited: Awaited, session: Session) {
    this.#awaited = awaited;
    this.#session = session;
    this.#watch = new Watch({ startedAt: session.startedAt, ...awaited });
    this.#push = new Push(awaited.conversation.id, session);
  }

  async untilEnded(): Promise<Outcome> {
    try {
      return await this.#looks();
    } catch (error) {
      if (!(error instanceof ApiFailure)) throw error;
      // The API kept failing until the client stopped retrying.
      return unreachable(this.#watch.conversation, this.#watch.facts, error.problem);
    } finally {
      this.#push.close();
    }
  }

  async #looks(): Promise<Outcome> {
    const watch = this.#watch;
    const { conversation } = watch;
    const { poll, emit } = this.#session;
    for (let first = this.#awaited.firstLook; ; first = undefined) {
      const outcome = await this.#afterLook(first ?? (await lookAt(conversation.id, this.#session)));
      if (outcome !== undefined) return outcome;
      if (!poll && watch.doubtfulSince === undefined)
        return running(conversation.id, this.#session, watch.facts);
      this.#checkBudget();
      emit({ kind: 'current-state', ...watch.current() });
      this.#push.follow(poll && watch.state === 'active');
      await this.#untilNextLook();
    }
  }

  /** Handles a look. Returns the outcome, or `undefined` if the agent has not ended. */
  async #afterLook(snapshot: Snapshot): Promise<Outcome | undefined> {
    const watch = this.#watch;
    const { api, clock, poll, emit } = this.#session;
    // A look can show the page that the server names for it.
    const conversation = api.conversation(watch.conversation.id);
    if (conversation.url !== watch.conversation.url) emit({ kind: 'linked', conversation });
    watch.conversation = conversation;
    const onPaused = this.#onPaused(watch.phase === undefined);
    const shown = watch.interpreted(snapshot);
    const isConsulted = watch.mustConsult(shown, clock.now());
    const stored = isConsulted ? await this.#consult(shown) : undefined;
    // An end that the server has pushed is newer than the stored events.
    const seen = watch.reconciled(
      shown,
      clock.now(),
      isConsulted ? (this.#push.stopped ?? stored) : undefined,
    );
    watch.remember(seen, isConsulted, clock.now()).forEach(emit);
    this.#setPace();
    const status = watch.endingOf(seen, clock.now());
    if (status !== undefined) {
      const end = { ...endIn(seen, status), isFromAgent: shown.consult === 'never' };
      return answerOf(end, watch, this.#session);
    }
    this.#checkBudget();
    if (seen.state.kind === 'paused' && watch.warnsOnce(seen.phase))
      emit({ kind: 'paused', conversation: watch.conversation, phase: seen.phase, onPaused });
    if (!poll) return undefined;
    if (seen.state.kind === 'paused')
      return whilePaused(seen, onPaused, { watch, push: this.#push }, this.#session);
    await this.#readSteps(shown);
    return undefined;
  }

  /** Reads and reports the steps, if that is due and they are not pushed. A failure changes nothing, and is reported once. */
  async #readSteps(snapshot: Snapshot): Promise<void> {
    const watch = this.#watch;
    const { conversation, since } = watch;
    const { api, clock, emit, maxCostUsd } = this.#session;
    const { kind } = snapshot.state;
    if (kind !== 'active' && kind !== 'unclear') return;
    const isDue =
      this.#push.since === undefined
        ? watch.mustReadSteps(snapshot, clock.now(), maxCostUsd !== undefined)
        : !this.#push.isCaughtUp(watch);
    if (!isDue) return;
    const read = await orFailure(
      inTime(STEPS, this.#session, async (signal) => api.steps(conversation.id, signal, since)),
    );
    watch.triedAt = clock.now();
    if (!(read instanceof ApiFailure)) {
      watch.readAt = watch.triedAt;
      watch.takeSteps(read).forEach(emit);
    } else if (watch.warnsOnce('steps-unreadable'))
      emit({ kind: 'steps-unreadable', conversation, problem: read.problem });
  }

  /** A step that does not wait leaves a paused conversation alone. */
  #onPaused(isFirstLook: boolean): OnPaused {
    const { poll, onPaused } = this.#session;
    if (!poll) return 'wait';
    return isFirstLook ? (this.#awaited.onFoundPaused ?? onPaused) : onPaused;
  }

  /** Reads the stored events, because the status may hide the real state. */
  async #consult({ consult }: Snapshot): Promise<StoredState | undefined> {
    const { conversation, since } = this.#watch;
    const { api, signal, emit } = this.#session;
    this.#watch.takeSteps({ steps: [], isCut: false, usage: await usageOf(conversation.id, this.#session) });
    const stored = await orFailure(api.stored(conversation.id, signal, since));
    if (!(stored instanceof ApiFailure)) return stored;
    // If the status can show the end, too, the wait continues without the events.
    if (consult === 'each-time') throw stored;
    emit({ kind: 'events-unreadable', conversation, problem: stored.problem });
    return undefined;
  }

  /** Ends the wait for a conversation that has reached its limit, unless the server says that it has ended. */
  #checkBudget(): void {
    if (this.#push.stopped?.state.kind !== 'ended') checkBudgetOf(this.#watch, this.#session);
  }

  /** Sleeps until the next look is due, and handles what is pushed until then. */
  async #untilNextLook(): Promise<void> {
    const { clock } = this.#session;
    const push = this.#push;
    const confirmAt = push.stopped === undefined ? Infinity : push.nextLook();
    let by = Math.min(this.#watch.doubtEndsAt(clock.now()), confirmAt);
    this.#setPace();
    while (await this.#isBefore(push.arrived, Math.min(by, this.#lookAt))) {
      const { isChanged, isStopped } = push.take(this.#watch);
      this.#checkBudget();
      if (isChanged) this.#setPace(true);
      if (isChanged || isStopped) by = Math.min(by, push.nextLook());
    }
  }

  /** Sleeps until a time, or until something happens before it. Returns whether it does. */
  async #isBefore(happens: Promise<void>, at: number): Promise<boolean> {
    const { clock, signal, emit } = this.#session;
    if (at <= clock.now()) return false;
    const over = new AbortController();
    const heartbeat = (): void => {
      emit({ kind: 'current-state', ...this.#watch.current() });
    };
    try {
      return await Promise.race([
        sleepUntil(at, { clock, signal: AbortSignal.any([signal, over.signal]) }, heartbeat).then(
          () => false,
        ),
        happens.then(() => true),
      ]);
    } finally {
      // A reason of its own: making the default one costs more than the sleep.
      over.abort(null);
    }
  }

  /** Sets when to look next, if that time has come or the connection has changed. Push asks for few looks. */
  #setPace(isNew = false): void {
    const { clock, deadlineAt, pace } = this.#session;
    const now = clock.now();
    if (this.#lookAt > now && !isNew) return;
    const isPushed = this.#push.since !== undefined && this.#watch.state === 'active';
    this.#lookAt = now + waitWithin(deadlineAt - now, now - this.#watch.startedAt, { ...pace, isPushed });
  }
}

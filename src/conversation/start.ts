import {
  ApiFailure,
  ATTACH,
  type Found,
  isAlive,
  START,
  type StartAnswer,
  type StartProgress,
} from './api.ts';
import type { StartRequest } from './assignment.ts';
import { isDeadline, withGrace } from './clock.ts';
import { isSameId, linkTo } from './conversation.ts';
import { deduplicate, type OwnStart } from './duplicates.ts';
import type { Mark } from './mark.ts';
import type { Outcome } from './outcome.ts';
import { DOUBT_MS, isLastLook, waitWithin } from './pace.ts';
import { adviceToCheckStart, type Problem } from './problem.ts';
import { type Keyed, type SenderRole, sendTo } from './send.ts';
import {
  inTime,
  orFailure,
  type Plan,
  retryLater,
  type Session,
  sleepUntil,
  startFailed,
} from './session.ts';
import { attached, started } from './wait.ts';

/**
 * How long to wait for the answer to a start after a cancel or the deadline: without it, V0's conversation cannot be found.
 * The runner terminates a cancelled step after 7.5 s. The rest of that time is for the stop, the summary and the comment.
 */
const GRACE_MS = 5_500;
/** The waits before each look for a start whose answer was lost. A server that got the request has stored it by the last look. */
const SEARCH_AFTER_MS = [1_000, 3_000, 8_000] as const;
/** When to look at an accepted start first. Later looks come at the pace of polling. */
const FIRST_LOOKS_MS: readonly number[] = [500, 1_000];
/** How soon to look again after a new phase of the start was seen. */
const AGAIN_MS = 500;
const FIRST_SECONDS_MS = 3_000;
/** The longest time between two looks: a start takes seconds, so it is not polled as seldom as an old conversation. */
const MAX_LOOK_MS = 20_000;
/**
 * How often to look for the conversation of a slow start, which may exist although the start is still pending.
 * Source: in about one of 46 starts at once, the task never changes although the agent works; seen with 1.11.0.
 */
const SLOW_MS = 30_000;
/** How long to look for a start that seems to have failed, or for its conversation. Restarts each time the server reports it. */
const FIND_MS = 15_000;

/** Fits a failed sandbox and an unreachable repository: only the server's own words show which of them it was. */
const FAILED_TODO =
  'run the step again; if that also fails, check that the server can start sandboxes, and that the account of the API ' +
  'key can reach the repository and the branch';

/** A conversation to start. */
export interface Start {
  readonly request: StartRequest;
  /** Whether other runs may ask for the same id: then the step looks for an existing conversation first. */
  readonly isShared: boolean;
  /** Present if an existing conversation gets the message as a follow-up. The message ends with this mark. */
  readonly mark?: Mark;
}

/** How this step came to the start: the server knew it before, or as its {@link OwnStart}. */
type Origin = { readonly kind: 'found' } | OwnStart;

/** What is known about a start in progress. */
interface Ongoing {
  readonly origin: Origin;
  /** When the step began to follow it. */
  since: number;
  /** When the server last knew it. */
  knownAt: number;
  /** When the step last looked for the conversation. */
  lookedForAt: number;
  /** The phase as last seen, and when it was first seen, if it is not the first phase. */
  phase?: string;
  phaseAt?: number;
  /** Present once the start seemed to have failed. `since`: when the server last reported it after that. */
  doubt?: { readonly problem: Problem | undefined; since: number };
}

/** Starts a conversation, so that one results and not two, and waits for its end as planned. */
export async function start(what: Start, plan: Plan, session: Session): Promise<Outcome> {
  const { signal } = session;
  const outcome = await new Starter(what, plan, session).run();
  // A start whose answer came after a cancel or the deadline. At the deadline, a refusal counts as the result.
  const isRefused = outcome.status !== 'running';
  if (!(isRefused && isDeadline(signal.reason))) signal.throwIfAborted();
  return outcome;
}

class Starter {
  readonly #what: Start;
  readonly #plan: Plan;
  readonly #session: Session;
  /** When the pace of polling asks for the next look. */
  #lookAt = 0;

  constructor(what: Start, plan: Plan, session: Session) {
    this.#what = what;
    this.#plan = plan;
    this.#session = session;
  }

  async run(): Promise<Outcome> {
    for (;;) {
      const outcome = (await this.#lookUp()) ?? (await this.#ask());
      // Another run may start the conversation while this one waits: look for it again first.
      if (outcome !== 'again') return outcome;
    }
  }

  /** Uses an existing conversation, whatever its state; `undefined` if there is none. */
  async #lookUp(): Promise<Outcome | undefined> {
    if (!this.#what.isShared) return undefined;
    const found = await orFailure(this.#find());
    if (found instanceof ApiFailure) return startFailed(found.problem);
    return found.kind === 'not-there' || found.kind === 'unreported'
      ? undefined
      : this.#follow({ kind: 'found' }, found);
  }

  /**
   * Asks for the conversation. If the answer is lost, looks for it, and asks once more if the server does not have it.
   *
   * @param lost why the answer to an earlier request is missing.
   */
  async #ask(lost?: Problem): Promise<Outcome | 'again'> {
    const { api, clock, signal, emit } = this.#session;
    const { request } = this.#what;
    signal.throwIfAborted();
    emit({ kind: 'asking', id: request.id });
    const answer = await orFailure(
      withGrace(clock, GRACE_MS, signal, async (late) => api.start(request, late)),
    );
    if (answer instanceof ApiFailure && answer.mayHaveActed)
      return this.#search(answer.problem, lost !== undefined);
    const isRefused = answer instanceof ApiFailure || answer.kind === 'deferred';
    // The earlier request may still succeed, whatever the server answers to the second one.
    if (isRefused && lost !== undefined) return startFailed(lost);
    if (isRefused) emit({ kind: 'refused' });
    if (answer instanceof ApiFailure) return startFailed(answer.problem);
    return this.#answered(answer, lost !== undefined);
  }

  async #answered(answer: StartAnswer, isSecond: boolean): Promise<Outcome | 'again'> {
    switch (answer.kind) {
      case 'deferred':
        await retryLater(answer, this.#session);
        return 'again';
      case 'existing': {
        // It is another run's, if others may ask for the id and this run has not lost the answer to an earlier request. Then
        // there is nothing to stop. Its message may be on its way.
        const isOthers = this.#what.isShared && !isSecond;
        if (isOthers) this.#session.emit({ kind: 'refused' });
        return this.#follow({ kind: isOthers ? 'found' : 'lost' }, { kind: 'no-message', id: answer.id });
      }
      default:
        return this.#accepted(answer, {
          kind: 'asked',
          ...(answer.kind === 'pending' && { task: answer.task }),
        });
    }
  }

  /** Looks for a start whose answer was lost. If a look fails, the next may succeed. */
  async #search(lost: Problem, isSecond: boolean): Promise<Outcome | 'again'> {
    const { clock } = this.#session;
    let found: Found | ApiFailure = new ApiFailure(lost);
    for (const waitMs of SEARCH_AFTER_MS) {
      await sleepUntil(clock.now() + waitMs, this.#session);
      found = await orFailure(this.#find(this.#what.request.message));
      if (found instanceof ApiFailure || found.kind === 'not-there') continue;
      return found.kind === 'unreported' ? startFailed(lost) : this.#accepted(found, { kind: 'lost' });
    }
    return found instanceof ApiFailure || isSecond ? startFailed(lost) : this.#ask(lost);
  }

  async #accepted(progress: StartProgress, origin: Origin): Promise<Outcome> {
    const { request, isShared } = this.#what;
    if (progress.kind === 'pending')
      this.#session.emit({ kind: 'preparing', task: progress.task, id: request.id, isShared });
    return this.#follow(origin, progress);
  }

  /** Follows a start until its conversation exists. */
  async #follow(origin: Origin, first: StartProgress): Promise<Outcome> {
    const now = this.#session.clock.now();
    const ongoing: Ongoing = { origin, since: now, knownAt: now, lookedForAt: now };
    for (let progress = first; ;) {
      const next = await this.#afterProgress(progress, ongoing);
      if ('status' in next) return next;
      progress = next;
    }
  }

  /** Handles the progress of a start. Returns the next progress, or the outcome. */
  async #afterProgress(progress: StartProgress, ongoing: Ongoing): Promise<StartProgress | Outcome> {
    const { clock, emit } = this.#session;
    const { origin, since } = ongoing;
    const now = clock.now();
    switch (progress.kind) {
      case 'created':
        return this.#created(origin, progress.id);
      case 'no-message': {
        const isFound = origin.kind === 'found';
        if (isFound && this.#what.mark !== undefined) return this.#reused(progress.id);
        // After a minute, no message is on its way any more: then this step sends its own, if its own start made the
        // conversation. A step without a mark that only found it does not: others may have found it, too.
        if (now - since >= DOUBT_MS)
          return isFound ? this.#withoutMessage(progress.id) : this.#send(progress.id, 'started');
        ongoing.knownAt = now;
        return this.#nextProgress(progress.id, ongoing);
      }
      case 'failed':
        return this.#recheck(ongoing, progress.reason === '' ? undefined : sandboxFailed(progress.reason));
      case 'unknown':
        return now - ongoing.knownAt >= DOUBT_MS
          ? this.#recheck(ongoing, this.#forgotten())
          : this.#nextProgress(progress.task, ongoing);
      case 'pending': {
        const { task, phase } = progress;
        // In the first seconds, the next look comes soon anyway.
        const isNews =
          ongoing.phase !== undefined && phase !== ongoing.phase && now - since >= FIRST_SECONDS_MS;
        if (isNews) ongoing.phaseAt = now;
        ongoing.phase = phase;
        ongoing.knownAt = now;
        emit({ kind: 'start-phase', phase });
        return (await this.#findIfSlow(ongoing)) ?? this.#nextProgress(task, ongoing);
      }
    }
  }

  /** Looks for the conversation of a slow start. */
  async #findIfSlow(ongoing: Ongoing): Promise<StartProgress | undefined> {
    const { api, clock, signal, deadlineAt } = this.#session;
    const now = clock.now();
    if (now - ongoing.lookedForAt < SLOW_MS && !isLastLook(deadlineAt - now)) return undefined;
    ongoing.lookedForAt = now;
    const found = await orFailure(api.find({ id: this.#what.request.id }, signal));
    return !(found instanceof ApiFailure) && found.kind === 'created' ? found : undefined;
  }

  /** Asks for the progress of a start when that is due. */
  async #nextProgress(task: string, ongoing: Ongoing): Promise<StartProgress | Outcome> {
    const { api, clock, signal } = this.#session;
    const now = clock.now();
    const { since, phaseAt = since } = ongoing;
    const soon = [...FIRST_LOOKS_MS.map((ms) => since + ms), phaseAt + AGAIN_MS].find((at) => at > now);
    await this.#pause(soon ?? now + MAX_LOOK_MS);
    const progress = await orFailure(api.startProgress(task, signal));
    if (!(progress instanceof ApiFailure)) return progress;
    // An accepted start continues even if its progress cannot be read: whoever runs the step again must know that.
    const { problem } = progress;
    return this.#recheck(ongoing, { ...problem, todo: `${this.#adviceToLook()}; then ${problem.todo}` });
  }

  /** Looks again for a start that seems to have failed: it, or its conversation, may still exist. */
  async #recheck(ongoing: Ongoing, problem: Problem | undefined): Promise<StartProgress | Outcome> {
    const { clock } = this.#session;
    const isFirst = ongoing.doubt === undefined;
    const doubt = (ongoing.doubt ??= { problem, since: clock.now() });
    for (let isDue = isFirst; ; isDue = false) {
      if (!isDue && clock.now() - doubt.since >= FIND_MS) return this.#giveUp(doubt.problem);
      if (!isDue) await this.#pause(clock.now() + MAX_LOOK_MS);
      const find = inTime({ ms: FIND_MS, failedTo: START }, this.#session, async (soon) =>
        this.#find(undefined, soon),
      );
      const found = await orFailure(find);
      if (found instanceof ApiFailure) continue;
      if (!isAlive(found) && found.kind !== 'no-message') return this.#giveUp(doubt.problem);
      const now = clock.now();
      Object.assign(ongoing, { since: now, knownAt: now, lookedForAt: now });
      delete ongoing.phase;
      delete ongoing.phaseAt;
      doubt.since = now;
      return found;
    }
  }

  /** Ends the start as failed. Without a reason, first asks whether the account can use the repository: often that is why. */
  async #giveUp(problem: Problem | undefined): Promise<Outcome> {
    const { workplace } = this.#what.request;
    if (problem !== undefined) return startFailed(problem);
    const { api, signal } = this.#session;
    const refusal = workplace === undefined ? '' : await orFailure(api.repositoryRefusal(workplace, signal));
    if (workplace === undefined || refusal instanceof ApiFailure || refusal === '')
      return startFailed(sandboxFailed('the server gives no reason'));
    const todo = `connect the account of the API key to ${workplace.gitProvider} in its settings, so that it can reach ${workplace.repository}`;
    return startFailed({ failedTo: START, because: refusal, todo, kind: 'auth' });
  }

  async #created(origin: Origin, id: string): Promise<Outcome> {
    const { api, emit } = this.#session;
    const { isShared, request, mark } = this.#what;
    if (origin.kind === 'found') return this.#reused(id);
    if (isShared && !isSameId(id, request.id)) emit({ kind: 'key-ignored' });
    if (!isShared || !isSameId(id, request.id)) return this.#started(id);
    emit({ kind: 'linked', conversation: api.conversation(id) });
    const { isReused, hasMessage } = await deduplicate(request.id, origin, this.#session);
    if (mark === undefined || hasMessage)
      return isReused ? attached(id, false, this.#plan, this.#session) : this.#started(id);
    if (hasMessage === false) return this.#send(id, isReused ? 'follow-up' : 'started');
    // This run may have mistaken another run's start for its own: the stored events show whose message the conversation has.
    const keyed = { mark: { ...mark, mayBeSent: true }, ...(isReused && ({ role: 'follow-up' } as const)) };
    return this.#sendKeyed(id, keyed);
  }

  async #started(id: string): Promise<Outcome> {
    return started(id, this.#plan, this.#session);
  }

  /** Uses a conversation that existed before this step asked for it. */
  async #reused(id: string): Promise<Outcome> {
    return this.#what.mark === undefined
      ? attached(id, true, this.#plan, this.#session)
      : this.#send(id, 'follow-up');
  }

  async #send(id: string, role: SenderRole): Promise<Outcome> {
    const { mark } = this.#what;
    return this.#sendKeyed(id, { role, ...(mark && { mark }) });
  }

  async #sendKeyed(id: string, keyed: Keyed): Promise<Outcome> {
    return sendTo({ id, message: this.#what.request.message, keyed }, this.#plan, this.#session);
  }

  #withoutMessage(id: string): Outcome {
    const url = linkTo(this.#session.api.conversation(id));
    return startFailed({
      failedTo: ATTACH,
      because: 'its agent got no message within a minute: the start that created it may have failed',
      todo: `see the server's log and ${url}; to send it the message, use if-exists: send`,
      kind: 'server',
    });
  }

  async #find(message?: string, signal = this.#session.signal): Promise<Found> {
    const { request, isShared } = this.#what;
    const query = {
      id: request.id,
      ...(isShared && { isShared }),
      ...(message !== undefined && { message }),
    };
    return this.#session.api.find(query, signal);
  }

  /** Sleeps until the pace of polling asks for the next look, and at most until `by`. */
  async #pause(by: number): Promise<void> {
    const { clock, deadlineAt, pace } = this.#session;
    const now = clock.now();
    if (this.#lookAt <= now)
      this.#lookAt = now + waitWithin(deadlineAt - now, now - this.#plan.startedAt, pace);
    await sleepUntil(Math.min(this.#lookAt, by), this.#session);
  }

  #forgotten(): Problem {
    const because = 'the server no longer knows of the start';
    return { failedTo: START, because, todo: this.#adviceToLook(), kind: 'server' };
  }

  #adviceToLook(): string {
    return `before running the step again, ${adviceToCheckStart(this.#session.api)}`;
  }
}

function sandboxFailed(because: string): Problem {
  // The server gave up while it prepared the sandbox.
  return { failedTo: START, because, todo: FAILED_TODO, kind: 'sandbox' };
}

import { asClause } from '../text/safe.ts';
import { ApiFailure, ATTACH, START } from './api.ts';
import { linkTo } from './conversation.ts';
import type { WantedStart } from './key.ts';
import type { Outcome } from './outcome.ts';
import { CONFIRM_MS, isLastLook, nextWaitMs } from './pace.ts';
import { adviceToCheckStart, type Problem } from './problem.ts';
import { catchFailure, type Session, sleepUntil, tryWithTimeLimit } from './session.ts';
import { isAlive, type StartProgress, type Unlisted } from './start-progress.ts';

/** When to look at an accepted start first. Later looks come at the pace of polling. */
const FIRST_LOOKS_AFTER_MS = [500, 1_000, 2_000];
/** The longest time between two looks: a start takes seconds. */
const MAX_LOOK_MS = 20_000;
/** How often to look for the conversation of a pending start: with 1.11.0, one of 46 simultaneous starts stays pending for good. */
const SEARCH_EVERY_MS = 30_000;
/** How long to look for a start that seems to have failed, or for its conversation. Begins again whenever it is found. */
const FIND_MS = 15_000;

/** Words of a server that could not clone the repository, or check out the branch. */
const CLONE_FAILURE = /\b(?:clon\w+|repository|branch|pathspec|git)\b/i;
const CHECK_REPOSITORY = 'check repository and branch, and that the account of the API key can reach them';

/** The conversation of a start. `hasMessage`: whether its agent has the message. `unlisted`: present if only the start names it. */
export interface Created {
  readonly id: string;
  readonly hasMessage: boolean;
  readonly unlisted?: UnlistedSince;
}

/** A conversation that only its start names. `readyAt`: since when, in the clock's milliseconds. */
export interface UnlistedSince extends Pick<Unlisted, 'sandbox'> {
  readonly readyAt: number;
}

/** When a conversation counts although its agent has no message. */
export type CountsWithoutMessage = 'at-once' | 'after-a-minute' | 'never';

/** Follows a start until its conversation exists. Returns the outcome if that does not happen. */
export async function waitUntilCreated(
  first: StartProgress,
  wanted: WantedStart,
  countsWithoutMessage: CountsWithoutMessage,
  session: Session,
): Promise<Created | Outcome> {
  const follower = new StartFollower(wanted, countsWithoutMessage, session);
  for (let progress = first; ;) {
    if (progress.kind === 'created') return createdConversation(progress, progress === first, session);
    const next = await follower.handle(progress);
    if (!('kind' in next)) return next;
    progress = next;
  }
}

/** The server's clock counts only for a start that was ready when it was found: clocks can be wrong. */
function createdConversation(
  { id, unlisted }: StartProgress & { readonly kind: 'created' },
  isFound: boolean,
  { clock }: Session,
): Created {
  if (unlisted === undefined) return { id, hasMessage: true };
  const { readyMs = 0, ...sandbox } = unlisted;
  return { id, hasMessage: true, unlisted: { readyAt: clock.now() - (isFound ? readyMs : 0), ...sandbox } };
}

/** A start that the server gave up. */
type Failed = StartProgress & { readonly kind: 'failed' };

/** Follows a start in progress. Times are the clock's milliseconds. */
class StartFollower {
  readonly #wanted: WantedStart;
  readonly #withoutMessage: CountsWithoutMessage;
  readonly #session: Session;
  /** When the step began to follow it, when the server last knew of it, and when the step last looked for the conversation. */
  #since: number;
  #knownAt: number;
  #searchedAt: number;
  /** Present once the start seemed to have failed. `since`: when the server last reported it after that. */
  #apparentFailure: { readonly problem: Problem | undefined; since: number } | undefined;

  constructor(wanted: WantedStart, countsWithoutMessage: CountsWithoutMessage, session: Session) {
    this.#wanted = wanted;
    this.#withoutMessage = countsWithoutMessage;
    this.#session = session;
    this.#since = this.#knownAt = this.#searchedAt = session.clock.now();
  }

  /** Handles the progress of a start. Returns the next progress, the conversation, or the outcome. */
  async handle(
    progress: Exclude<StartProgress, { readonly kind: 'created' }>,
  ): Promise<StartProgress | Created | Outcome> {
    const now = this.#session.clock.now();
    switch (progress.kind) {
      case 'no-message':
        return this.#handleNoMessage(progress.id, now);
      case 'failed':
        return this.#recheck(progress.reason === '' ? undefined : givenUpProblem(progress.reason), progress);
      case 'unknown':
        return now - this.#knownAt >= CONFIRM_MS
          ? this.#recheck(this.#forgottenProblem())
          : this.#readNext(progress.task);
      case 'pending': {
        const found = await this.#handlePending(progress.phase, now);
        return found ?? this.#readNext(progress.task);
      }
    }
  }

  /** After a minute, no message will arrive. A step that only found the conversation sends none: others may have found it, too. */
  async #handleNoMessage(id: string, now: number): Promise<StartProgress | Created | Outcome> {
    const created = { id, hasMessage: false };
    if (this.#withoutMessage === 'at-once') return created;
    if (now - this.#since < CONFIRM_MS) {
      this.#knownAt = now;
      return this.#readNext(id);
    }
    if (this.#withoutMessage === 'after-a-minute') return created;
    const because = 'its agent got no message within a minute: the start that created it may have failed';
    const page = linkTo(this.#session.api.conversation(id));
    const advice = `see the server's log and ${page}; to send it the message, use if-exists: send`;
    return { status: 'start-failed', problem: { failedTo: ATTACH, because, advice, kind: 'server' } };
  }

  /** Looks for the conversation of a slow start. */
  async #handlePending(phase: string, now: number): Promise<StartProgress | undefined> {
    const { api, signal, deadlineAt, emit } = this.#session;
    this.#knownAt = now;
    // The start has not failed after all.
    this.#apparentFailure = undefined;
    emit({ kind: 'start-phase', phase });
    if (now - this.#searchedAt < SEARCH_EVERY_MS && !isLastLook(deadlineAt - now)) return undefined;
    this.#searchedAt = now;
    const found = await catchFailure(api.findStart({ id: this.#wanted.request.id }, signal));
    return !(found instanceof ApiFailure) && found.kind === 'created' ? found : undefined;
  }

  /** Reads the progress of a start when the next look is due. */
  async #readNext(task: string): Promise<StartProgress | Outcome> {
    const { api, clock, signal } = this.#session;
    const now = clock.now();
    const early = FIRST_LOOKS_AFTER_MS.map((ms) => this.#since + ms).find((at) => at > now);
    await this.#sleepUntilNextLook(early ?? now + MAX_LOOK_MS);
    const progress = await catchFailure(api.readStartProgress(task, signal));
    if (!(progress instanceof ApiFailure)) return progress;
    // The start continues even if its progress cannot be read: people must know that before they run the step again.
    const { problem } = progress;
    return this.#recheck({ ...problem, advice: `${this.#adviceToLook()}; then ${problem.advice}` });
  }

  /** Looks again for a start that seems to have failed: it, or its conversation, may still exist. */
  async #recheck(problem: Problem | undefined, failed?: Failed): Promise<StartProgress | Outcome> {
    const { api, clock } = this.#session;
    const isFirst = this.#apparentFailure === undefined;
    const failure = (this.#apparentFailure ??= { problem, since: clock.now() });
    for (let isDue = isFirst; ; isDue = false) {
      if (!isDue && clock.now() - failure.since >= FIND_MS)
        return { status: 'start-failed', problem: await this.#explain(failure.problem) };
      if (!isDue) await this.#sleepUntilNextLook(clock.now() + MAX_LOOK_MS);
      const { isShared, request } = this.#wanted;
      const found = await tryWithTimeLimit(FIND_MS, this.#session, async (signal) =>
        api.findStart({ id: request.id, isShared }, signal),
      );
      if (found === undefined) continue;
      if (!isAlive(found) && found.kind !== 'no-message') {
        const why = await this.#explain(failure.problem);
        const problem = failed === undefined ? why : await this.#pauseFailed(failed, why);
        return { status: 'start-failed', problem };
      }
      this.#since = this.#knownAt = this.#searchedAt = failure.since = clock.now();
      return found;
    }
  }

  /** Pauses the sandbox of a start that has certainly failed: it has no agent, but may run. Adds to the problem if that fails. */
  async #pauseFailed({ sandbox }: Failed, problem: Problem): Promise<Problem> {
    const { api, signal, emit } = this.#session;
    const { id } = this.#wanted.request;
    const paused = sandbox === undefined ? undefined : await catchFailure(api.pause(sandbox, id, signal));
    emit({ kind: 'refused' });
    // A sandbox that is not found is gone.
    if (!(paused instanceof ApiFailure) || paused.problem.kind === 'not-found') return problem;
    const why = `its sandbox ${sandbox ?? ''} could not be paused (${paused.problem.because}) and may still run`;
    return { ...problem, because: `${asClause(problem.because)}; ${why}` };
  }

  /** Returns the problem. If the server gave no reason, asks if the account can use the repository: often it cannot. */
  async #explain(problem: Problem | undefined): Promise<Problem> {
    const { workplace } = this.#wanted.request;
    if (problem !== undefined || workplace === undefined) return problem ?? givenUpProblem('');
    const { api, signal } = this.#session;
    const refusal = await catchFailure(api.readRepositoryRefusal(workplace, signal));
    if (refusal instanceof ApiFailure || refusal === '') return givenUpProblem('');
    const advice = `connect the account of the API key to ${workplace.gitProvider} in its settings, so that it can reach ${workplace.repository}`;
    return { failedTo: START, because: refusal, advice, kind: 'auth' };
  }

  /** Sleeps until the pace of polling asks for the next look, and at most until `by`. */
  async #sleepUntilNextLook(by: number): Promise<void> {
    const { clock, deadlineAt, pace, startedAt } = this.#session;
    const now = clock.now();
    await sleepUntil(Math.min(now + nextWaitMs(deadlineAt - now, now - startedAt, pace), by), this.#session);
  }

  #forgottenProblem(): Problem {
    const because = 'the server no longer knows of the start';
    return { failedTo: START, because, advice: this.#adviceToLook(), kind: 'server' };
  }

  #adviceToLook(): string {
    return `before running the step again, ${adviceToCheckStart(this.#session.api)}`;
  }
}

/** Returns the problem of a start that the server gave up. */
function givenUpProblem(reason: string): Problem {
  const why = { failedTo: START, because: reason || 'the server gives no reason' } as const;
  if (CLONE_FAILURE.test(reason)) return { ...why, advice: CHECK_REPOSITORY, kind: 'not-found' };
  const advice = `run the step again; if that also fails, check that the server can start sandboxes, then ${CHECK_REPOSITORY}`;
  return { ...why, advice, kind: 'sandbox' };
}

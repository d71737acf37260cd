import { ApiFailure, type Deferred } from '../conversation/api.ts';
import { isDeadline } from '../conversation/clock.ts';
import { type Ended, linkTo } from '../conversation/conversation.ts';
import type { NotGreenEnd, Outcome } from '../conversation/outcome.ts';
import { DOUBT_MS, waitWithin } from '../conversation/pace.ts';
import type { Problem } from '../conversation/problem.ts';
import { orFailure, type Session, sleepUntil } from '../conversation/session.ts';
import {
  type ChecksLook,
  type ChecksQuery,
  type Head,
  isRed,
  redIn,
  settlesAt,
  verdictOn,
  watchedAfter,
  type WatchedHead,
} from './head.ts';

/** When to look first: checks take a moment to start. */
const FIRST_LOOK_MS = 10_000;
/** The shortest time between two looks: many workflows share one rate limit. */
const MIN_WAIT_MS = 10_000;
const WAIT = 'wait for the checks';
const MAX_NAMES = 5;

/** Waits until the checks of a finished agent's pull requests have settled. */
export async function settleChecks(ended: Ended, query: ChecksQuery, session: Session): Promise<Outcome> {
  const checking = new Checking(ended, query, session);
  try {
    return await checking.untilSettled();
  } catch (error) {
    // The agent has finished, so that there is nothing to pause.
    if (isDeadline(error)) return checking.atDeadline();
    throw error;
  }
}

class Checking {
  readonly #ended: Ended;
  readonly #query: ChecksQuery;
  readonly #session: Session;
  readonly #startedAt: number;
  #heads: readonly WatchedHead[] = [];
  /** Since when no pull request counts. */
  #emptySince: number | undefined;
  /** Since when the checks cannot be read, and why. */
  #unread: { readonly since: number; readonly problem: Problem } | undefined;

  constructor(ended: Ended, query: ChecksQuery, session: Session) {
    this.#ended = ended;
    this.#query = query;
    this.#session = session;
    this.#startedAt = session.clock.now();
  }

  async untilSettled(): Promise<Outcome> {
    const { checks, signal, deadlineAt } = this.#session;
    if (checks === undefined) throw new Error('there is no reader of checks');
    for (let at = Math.min(this.#startedAt + FIRST_LOOK_MS, deadlineAt); ;) {
      await sleepUntil(at, this.#session, () => {
        this.#heartbeat();
      });
      const look = await orFailure(checks.look(this.#query, signal));
      const next =
        look instanceof ApiFailure || look.kind === 'deferred'
          ? this.#afterFailure(look)
          : this.#afterLook(look);
      if (typeof next !== 'number') return next;
      at = next;
    }
  }

  /** Handles a look. Returns when to look next, or the outcome. */
  #afterLook({ heads, leftOut }: ChecksLook): number | Outcome {
    const { clock, emit } = this.#session;
    const now = clock.now();
    this.#unread = undefined;
    this.#heads = watchedAfter(this.#heads, heads, now);
    emit({ kind: 'checks', heads, leftOut });
    this.#emptySince = heads.length > 0 ? undefined : (this.#emptySince ?? now);
    // That no pull request counts is only final after a while.
    const settling =
      this.#emptySince === undefined ? this.#heads.map(settlesAt) : [this.#emptySince + DOUBT_MS];
    const later = settling.filter((each) => each > now);
    // A check that settles if nothing changes is looked at then, whatever the pace.
    return later.length === 0 ? settled(this.#ended, heads) : Math.min(this.#paced(), ...later);
  }

  /** Retries after a failure. A lasting failure ends the wait, but only after a while. */
  #afterFailure(failure: ApiFailure | Deferred): number | Outcome {
    const { clock, emit } = this.#session;
    const now = clock.now();
    const { problem } = failure;
    if (this.#unread === undefined) emit({ kind: 'checks-unreadable', problem });
    const { since } = (this.#unread = { since: this.#unread?.since ?? now, problem });
    const isLasting = problem.kind === 'auth' || problem.kind === 'not-found';
    if (isLasting && now - since >= DOUBT_MS)
      return this.#pending('unreachable', { ...problem, kind: 'github' });
    const by = isLasting ? Math.max(since + DOUBT_MS, now) : Infinity;
    const waitMs = failure instanceof ApiFailure ? 0 : failure.waitMs;
    return Math.max(Math.min(this.#paced(), by), now + waitMs);
  }

  /** Returns when the pace asks for the next look. */
  #paced(): number {
    const { clock, deadlineAt, pace } = this.#session;
    const now = clock.now();
    const begunAt = Math.max(this.#startedAt, ...this.#heads.map(({ since }) => since));
    return now + waitWithin(deadlineAt - now, now - begunAt, { ...pace, shortestMs: MIN_WAIT_MS });
  }

  #heartbeat(): void {
    const heads = this.#heads.map(({ head }) => head);
    if (heads.length > 0) this.#session.emit({ kind: 'checks', heads, leftOut: [] });
  }

  atDeadline(): Outcome {
    const because = this.#unread?.problem.because;
    const places = this.#heads.map(({ head }) => head.url).join(', ') || linkTo(this.#ended.conversation);
    return this.#pending('timed-out', {
      failedTo: WAIT,
      because: `the deadline passed before they finished, although the agent is done${because === undefined ? '' : ` (the last look failed: ${because})`}`,
      todo: `give the step more timeout-seconds, or see them at ${places}`,
      kind: 'checks',
    });
  }

  #pending(status: 'timed-out' | 'unreachable', problem: Problem): NotGreenEnd {
    const red = this.#heads.map(({ head }) => head).filter(isRed);
    return { ...this.#ended, status, checks: 'pending', red, problem };
  }
}

function settled(ended: Ended, heads: readonly Head[]): Outcome {
  const verdict = verdictOn(heads);
  if (verdict !== 'failed') return { ...ended, checks: verdict };
  const red = heads.filter(isRed);
  const problem: Problem = {
    failedTo: 'get green checks',
    because: red.map(redWords).join('; '),
    todo: `see ${red.map(({ url }) => url).join(', ')}`,
    kind: 'checks',
  };
  return { ...ended, status: 'checks-failed', checks: 'failed', red, problem };
}

function redWords({ pullRequest, commit, checks }: Head): string {
  const red = redIn(checks).map(({ name, conclusion }) => `${name} (${conclusion})`);
  const more = red.length > MAX_NAMES ? ` and ${red.length - MAX_NAMES} more` : '';
  return `checks of #${pullRequest} at ${commit.slice(0, 7)} failed: ${red.slice(0, MAX_NAMES).join(', ')}${more}`;
}

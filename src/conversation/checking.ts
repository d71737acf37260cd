import { ApiFailure, type Deferred } from './api.ts';
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
} from './checks.ts';
import { type Ended, linkTo } from './conversation.ts';
import type { ChecksEvent } from './events.ts';
import type { NotGreenEnd } from './outcome.ts';
import { DOUBT_MS, type Pace, waitWithin } from './pace.ts';
import type { Problem } from './problem.ts';
import {
  advanceTo,
  type Answer,
  answerTo,
  type LastTurn,
  type Question,
  type Turn,
  withEvents,
} from './turn.ts';

/** When to look first: checks take a moment to start. */
const FIRST_LOOK_MS = 10_000;
/** The shortest time between two looks: many workflows share one rate limit. */
const MIN_WAIT_MS = 10_000;
const WAIT = 'wait for the checks';

/** An agent that has finished, and whose pull requests are watched until their checks have settled. */
export interface Checking {
  readonly kind: 'checking';
  readonly ended: Ended;
  readonly query: ChecksQuery;
  readonly plan: CheckingPlan;
  readonly heads: readonly WatchedHead[];
  /** Since when no pull request counts; `undefined` if one does, and before the first look. */
  readonly emptySince: number | undefined;
  /** Since when the checks cannot be read, and why. */
  readonly unread: { readonly since: number; readonly problem: Problem } | undefined;
  /** When to look next, in the clock's milliseconds. */
  readonly stage: { readonly kind: 'looking'; readonly at: number };
}

/** The limits of the wait. Times are the clock's milliseconds. */
export interface CheckingPlan extends Pick<Pace, 'longestMs' | 'random'> {
  readonly startedAt: number;
  readonly deadlineAt: number;
}

/** Begins to watch the checks of a conversation whose agent has finished. */
export function checkingOf(ended: Ended, query: ChecksQuery, plan: CheckingPlan): Checking {
  const at = Math.min(plan.startedAt + FIRST_LOOK_MS, plan.deadlineAt);
  return {
    kind: 'checking',
    ended,
    query,
    plan,
    heads: [],
    emptySince: undefined,
    unread: undefined,
    stage: { kind: 'looking', at },
  };
}

/** Returns the next question to GitHub's API. */
export function checkingQuestion({ query }: Checking): Question {
  return { ask: 'checks', query };
}

/** Advances the wait by one turn. */
export function advanceChecking(checking: Checking, answer: Answer, now: number): Turn<Checking> {
  const look = answerTo('checks', answer);
  if (look instanceof ApiFailure || look.kind === 'deferred') return afterFailure(checking, look, now);
  return afterLook(checking, look, now);
}

function afterLook(checking: Checking, look: ChecksLook, now: number): Turn<Checking> {
  const heads = watchedAfter(checking.heads, look.heads, now);
  const seen = heads.map(({ head }) => head);
  const events: readonly ChecksEvent[] = [{ kind: 'checks', heads: seen, leftOut: look.leftOut }];
  const emptySince = heads.length > 0 ? undefined : (checking.emptySince ?? now);
  // That no pull request counts is only final after a while.
  const settling = emptySince === undefined ? heads.map(settlesAt) : [emptySince + DOUBT_MS];
  const later = settling.filter((at) => at > now);
  return later.length === 0
    ? withEvents(events, settled(checking, seen))
    : withEvents(
        events,
        lookAgain({ ...checking, heads, emptySince, unread: undefined }, Math.min(...later), now),
      );
}

function settled({ ended }: Checking, heads: readonly Head[]): Turn<Checking> {
  const verdict = verdictOn(heads);
  return { events: [], next: verdict === 'failed' ? redEnd(ended, heads) : { ...ended, checks: verdict } };
}

/** Retries after a failure. A lasting failure ends the wait, but only after a while. */
function afterFailure(checking: Checking, failure: ApiFailure | Deferred, now: number): Turn<Checking> {
  const { problem } = failure;
  const unread = { since: checking.unread?.since ?? now, problem };
  const events: readonly ChecksEvent[] = checking.unread ? [] : [{ kind: 'checks-unreadable', problem }];
  const isLasting = problem.kind === 'auth' || problem.kind === 'not-found';
  if (isLasting && now - unread.since >= DOUBT_MS)
    return { events, next: pendingEnd(checking, 'unreachable', { ...problem, kind: 'github' }) };
  const waitMs = failure instanceof ApiFailure ? 0 : failure.waitMs;
  const again = lookAgain({ ...checking, unread }, isLasting ? unread.since + DOUBT_MS : Infinity, now);
  const { at } = again.next.stage;
  return withEvents(events, advanceTo(again.next, { kind: 'looking', at: Math.max(at, now + waitMs) }));
}

/**
 * Schedules the next look.
 *
 * @param by when a check settles if nothing changes: the look comes no later, whatever the pace.
 */
function lookAgain(
  checking: Checking,
  by: number,
  now: number,
): { readonly events: []; readonly next: Checking } {
  const { startedAt, deadlineAt, ...pace } = checking.plan;
  const begunAt = Math.max(startedAt, ...checking.heads.map(({ since }) => since));
  const waitMs = waitWithin(deadlineAt - now, now - begunAt, { ...pace, shortestMs: MIN_WAIT_MS });
  const at = Math.min(now + waitMs, Math.max(by, now));
  return { events: [], next: { ...checking, stage: { kind: 'looking', at } } };
}

/** Returns the outcome at the deadline. The agent has finished, so that there is nothing to pause. */
export function uncheckedAtDeadline(checking: Checking): LastTurn {
  const because = checking.unread?.problem.because;
  return {
    events: [],
    next: pendingEnd(checking, 'timed-out', {
      failedTo: WAIT,
      because: `the deadline passed before they finished, although the agent is done${because === undefined ? '' : ` (the last look failed: ${because})`}`,
      todo: `give the step more timeout-seconds, or see them at ${placesOf(checking)}`,
      kind: 'checks',
    }),
  };
}

function pendingEnd(
  { ended, heads }: Checking,
  status: 'timed-out' | 'unreachable',
  problem: Problem,
): NotGreenEnd {
  const red = heads.map(({ head }) => head).filter(isRed);
  return { ...ended, status, checks: 'pending', red, problem };
}

function placesOf({ heads, ended }: Checking): string {
  return heads.length === 0 ? linkTo(ended.conversation) : heads.map(({ head }) => head.url).join(', ');
}

function redEnd(ended: Ended, heads: readonly Head[]): NotGreenEnd {
  const red = heads.filter(isRed);
  const problem: Problem = {
    failedTo: 'get green checks',
    because: red.map(redWords).join('; '),
    todo: `see ${red.map(({ url }) => url).join(', ')}`,
    kind: 'checks',
  };
  return { ...ended, status: 'checks-failed', checks: 'failed', red, problem };
}

const MAX_NAMES = 5;

function redWords({ pullRequest, commit, checks }: Head): string {
  const red = redIn(checks).map(({ name, conclusion }) => `${name} (${conclusion})`);
  const more = red.length > MAX_NAMES ? ` and ${red.length - MAX_NAMES} more` : '';
  return `checks of #${pullRequest} at ${commit.slice(0, 7)} failed: ${red.slice(0, MAX_NAMES).join(', ')}${more}`;
}

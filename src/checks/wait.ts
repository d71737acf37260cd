import { isDeadline } from '../conversation/clock.ts';
import { type Ended, linkTo } from '../conversation/conversation.ts';
import type { ChecksNotPassed, Outcome } from '../conversation/outcome.ts';
import { CONFIRM_MS, nextWaitMs } from '../conversation/pace.ts';
import type { Problem } from '../conversation/problem.ts';
import { type Session, sleepUntil, type Tools } from '../conversation/session.ts';
import { GitHubFailure, isRateLimited } from '../github/failure.ts';
import type { ChecksPlace } from './check-runs.ts';
import {
  type ChecksEvent,
  type Head,
  type IgnoredPullRequest,
  redCheckNames,
  redChecks,
  shortHash,
} from './head.ts';
import { type ChecksQuery, problemOf, readHeads } from './heads.ts';

/** When to look first: checks take a moment to start. */
const FIRST_LOOK_MS = 10_000;
/** The shortest time between two looks: many workflows share one rate limit. */
const MIN_WAIT_MS = 10_000;
/** How long completed checks must stay unchanged before their result counts. */
const SETTLE_MS = 30_000;
/** How long to wait for the first check of a commit. */
const BEGIN_MS = 120_000;
/** The wait at a rate limit if GitHub does not say how long. */
const RATE_LIMIT_WAIT_MS = 60_000;

/** What a wait for checks needs. */
export interface ChecksWait extends Tools<ChecksEvent> {
  readonly place: ChecksPlace;
}

/** A head over time. Times are the clock's milliseconds. */
interface WatchedHead {
  readonly head: Head;
  readonly firstSeenAt: number;
  /** When its checks last changed. */
  readonly changedAt: number;
}

/** How a wait for checks has ended, and the heads with a red check. */
export interface Checked {
  readonly outcome: Outcome;
  readonly red: readonly Head[];
}

interface WaitState {
  readonly startedAt: number;
  heads: readonly WatchedHead[];
  /** The pull requests that do not count: they are not read again. */
  leftOut: readonly IgnoredPullRequest[];
  /** Since when the checks cannot be read, and why. */
  unread?: { readonly since: number; readonly problem: Problem } | undefined;
}

/** Waits until the checks of a finished agent's pull requests have settled. */
export async function waitForChecks(ended: Ended, query: ChecksQuery, wait: ChecksWait): Promise<Checked> {
  const { session, emit } = wait;
  const startedAt = session.clock.now();
  const seen: WaitState = { startedAt, heads: [], leftOut: [] };
  const headsSeen = (): readonly Head[] => seen.heads.map(({ head }) => head);
  const heartbeat = (): void => {
    if (seen.heads.length > 0) emit({ kind: 'checks', heads: headsSeen(), leftOut: [] });
  };
  let next: number | Outcome = Math.min(startedAt + FIRST_LOOK_MS, session.deadlineAt);
  try {
    while (typeof next === 'number') {
      await sleepUntil(next, session, heartbeat);
      next = await lookOnce(ended, query, seen, wait);
    }
  } catch (error) {
    if (!isDeadline(error)) throw error;
    // The agent has finished, so there is nothing to pause.
    next = timedOutOutcome(ended, seen);
  }
  return { outcome: next, red: headsSeen().filter(isRed) };
}

/** Looks once. Returns when to look next, or the outcome. */
async function lookOnce(
  ended: Ended,
  query: ChecksQuery,
  seen: WaitState,
  wait: ChecksWait,
): Promise<number | Outcome> {
  const { session, place, emit } = wait;
  const { clock, signal } = session;
  try {
    const { heads, leftOut } = await readHeads(withoutIgnored(seen.leftOut, query), place, signal);
    const now = clock.now();
    seen.unread = undefined;
    seen.heads = updateWatchedHeads(seen.heads, heads, now);
    seen.leftOut = [...seen.leftOut, ...leftOut];
    emit({ kind: 'checks', heads, leftOut });
    const later = seen.heads.map(settlesAt).filter((each) => each > now);
    // Looks again as soon as a head may have settled, even if the pace is slower.
    return later.length === 0 ? settledOutcome(ended, heads) : Math.min(nextLookAt(seen, session), ...later);
  } catch (error) {
    if (error instanceof GitHubFailure) return handleFailure(error, ended, seen, wait);
    throw error;
  }
}

/** Handles a failed look. A failure that a retry cannot fix ends the wait after a minute. */
function handleFailure(
  failure: GitHubFailure,
  ended: Ended,
  seen: WaitState,
  { session, emit }: ChecksWait,
): number | Outcome {
  const now = session.clock.now();
  const problem = problemOf(failure);
  if (seen.unread === undefined) emit({ kind: 'checks-unreadable', problem });
  const { since } = (seen.unread = { since: seen.unread?.since ?? now, problem });
  const by = problem.kind === 'github' ? Infinity : since + CONFIRM_MS;
  if (by <= now) return pendingOutcome(ended, 'unreachable', { ...problem, kind: 'github' });
  const waitMs = isRateLimited(failure) ? (failure.retryAfterMs ?? RATE_LIMIT_WAIT_MS) : 0;
  return Math.max(Math.min(nextLookAt(seen, session), by), now + waitMs);
}

function withoutIgnored(
  leftOut: readonly IgnoredPullRequest[],
  { byServer, byAgent, since }: ChecksQuery,
): ChecksQuery {
  const counts = (number: number): boolean => !leftOut.some(({ pullRequest }) => pullRequest === number);
  return { byServer: byServer.filter(counts), byAgent: byAgent.filter(counts), since };
}

/** Returns the time of the next look. The pace restarts with each commit. */
function nextLookAt({ startedAt, heads }: WaitState, { clock, deadlineAt, pace }: Session): number {
  const now = clock.now();
  const begunAt = Math.max(startedAt, ...heads.map(({ firstSeenAt }) => firstSeenAt));
  return now + nextWaitMs(deadlineAt - now, now - begunAt, { ...pace, minMs: MIN_WAIT_MS });
}

/** Returns the heads after a look. A new commit restarts the wait, and so does a check that starts, ends or runs again. */
function updateWatchedHeads(
  before: readonly WatchedHead[],
  heads: readonly Head[],
  now: number,
): readonly WatchedHead[] {
  return heads.map((head) => {
    const same = before.find(
      ({ head: { pullRequest, commit } }) => pullRequest === head.pullRequest && commit === head.commit,
    );
    if (same === undefined) return { head, firstSeenAt: now, changedAt: now };
    const isUnchanged = JSON.stringify(same.head.checks) === JSON.stringify(head.checks);
    return isUnchanged ? same : { ...same, head, changedAt: now };
  });
}

/** Returns when a head is settled if nothing changes; Infinity while a check runs. */
function settlesAt({ head: { checks }, firstSeenAt, changedAt }: WatchedHead): number {
  if (checks.length === 0) return firstSeenAt + BEGIN_MS;
  return checks.some(({ state }) => state === 'running') ? Infinity : changedAt + SETTLE_MS;
}

/** Returns the outcome of checks that have settled. Every check counts, required or not. */
function settledOutcome(ended: Ended, heads: readonly Head[]): Outcome {
  const red = heads.filter(isRed);
  const green: Ended['checks'] = heads.some(({ checks }) => checks.length > 0) ? 'passed' : 'none';
  if (red.length === 0) return { ...ended, checks: green };
  const failed = red.map(
    (head) => `checks of #${head.pullRequest} at ${shortHash(head.commit)} failed: ${redCheckNames(head)}`,
  );
  const problem: Problem = {
    failedTo: 'get the checks to pass',
    because: failed.join('; '),
    advice: `see ${red.map(({ url }) => url).join(', ')}`,
    kind: 'checks',
  };
  return { ...ended, status: 'checks-failed', checks: 'failed', problem };
}

function isRed({ checks }: Head): boolean {
  return redChecks(checks).length > 0;
}

function timedOutOutcome(ended: Ended, { heads, unread }: WaitState): ChecksNotPassed {
  const places = heads.map(({ head }) => head.url).join(', ') || linkTo(ended.conversation);
  const lastLook = unread ? ` (the last attempt to read them failed: ${unread.problem.because})` : '';
  return pendingOutcome(ended, 'timed-out', {
    failedTo: 'wait for the checks',
    because: `the deadline passed before they finished, although the agent is done${lastLook}`,
    advice: `give the step more timeout-seconds, or see them at ${places}`,
    kind: 'checks',
  });
}

function pendingOutcome(
  ended: Ended,
  status: 'timed-out' | 'unreachable',
  problem: Problem,
): ChecksNotPassed {
  return { ...ended, status, checks: 'pending', problem };
}

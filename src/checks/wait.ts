import { type PullRequestQuery, unreadWords } from '../github/agent-pull-requests.ts';
import { catchGitHubFailure, GitHubFailure, isRateLimited, RATE_LIMIT_WAIT_MS } from '../github/failure.ts';
import { isDeadline } from '../port/interruption.ts';
import type { ChecksNotPassed, Outcome, Succeeded } from '../port/outcome.ts';
import { CONFIRM_MS, nextWaitMs } from '../port/pace.ts';
import type { Problem } from '../port/problem.ts';
import { sleepUntil } from '../session/ask.ts';
import type { Session, Tools } from '../session/session.ts';
import type { ChecksSource } from './check-runs.ts';
import { type ChecksEvent, type HeadWithChecks, redChecks } from './head.ts';
import { readHeads, unreadableChecksProblem } from './heads.ts';

/** When to look first: checks take a moment to start. */
const FIRST_LOOK_MS = 10_000;
/** The shortest time between two looks: many workflows share one rate limit. */
const MIN_WAIT_MS = 10_000;
/** How long completed checks must stay unchanged before their result counts. */
const SETTLE_MS = 30_000;
/** How long to wait for the first check of a commit. */
const CHECKS_BEGIN_MS = 120_000;

export interface ChecksWait extends Tools<ChecksEvent> {
  readonly source: ChecksSource;
}

/** A head over time. Times are the clock's milliseconds. */
interface WatchedHead extends HeadWithChecks {
  readonly firstSeenAt: number;
  readonly changedAt: number;
}

interface WaitState {
  readonly startedAt: number;
  /** The pull requests to read: without those that do not count. */
  query: PullRequestQuery;
  heads: readonly WatchedHead[];
  /** Since when the checks cannot be read, and why. */
  unread?: { readonly since: number; readonly problem: Problem } | undefined;
}

/** How the wait ends. `over`: so does the step. `red`: the checks have settled, and these heads have a red one. */
export type WaitEnd =
  | { readonly kind: 'over'; readonly outcome: Outcome }
  | { readonly kind: 'red'; readonly heads: readonly HeadWithChecks[] };
/** What follows from a look. */
type AfterLook = WaitEnd | { readonly kind: 'wait'; readonly until: number };

function over(outcome: Outcome): WaitEnd {
  return { kind: 'over', outcome };
}

/** Waits until the checks of a finished agent's pull requests have settled. */
export async function waitForChecks(
  ended: Succeeded,
  query: PullRequestQuery,
  wait: ChecksWait,
): Promise<WaitEnd> {
  const { session, emit } = wait;
  const startedAt = session.clock.now();
  const seen: WaitState = { startedAt, query, heads: [] };
  const heartbeat = (): void => {
    if (seen.heads.length > 0) emit({ kind: 'checks', heads: seen.heads, leftOut: [] });
  };
  try {
    const firstAt = Math.min(startedAt + FIRST_LOOK_MS, session.deadlineAt);
    let next: AfterLook = { kind: 'wait', until: firstAt };
    while (next.kind === 'wait') {
      await sleepUntil(next.until, session, heartbeat);
      next = await lookOnce(ended, seen, wait);
    }
    return next;
  } catch (error) {
    if (!isDeadline(error)) throw error;
    // The agent has finished, so there is nothing to pause. If the deadline has a cause, its message names a failure,
    // which timedOutOutcome names anyway.
    const because = error.cause === undefined ? error.message : 'the deadline passed';
    return over(timedOutOutcome(ended, because, seen));
  }
}

/** Reads the checks once, and keeps them in `seen`. Returns what follows. */
async function lookOnce(ended: Succeeded, seen: WaitState, wait: ChecksWait): Promise<AfterLook> {
  const { session, source, emit } = wait;
  const look = await catchGitHubFailure(readHeads(seen.query, source));
  if (look instanceof GitHubFailure) return handleFailure(look, ended, seen, wait);
  const { heads, leftOut } = look;
  const now = session.clock.now();
  seen.unread = undefined;
  const ignored = leftOut.map(({ pullRequest }) => pullRequest);
  const pulls = seen.query.pulls.filter(({ number }) => !ignored.includes(number));
  seen.query = { ...seen.query, pulls };
  seen.heads = heads.map((head) => watchedHead(head, seen.heads, now));
  emit({ kind: 'checks', heads: seen.heads, leftOut, unread: unreadWords(seen.query) });
  return judgeChecks(ended, seen, session);
}

/** Returns what follows from checks that were read. Every check counts, required or not. */
function judgeChecks(ended: Succeeded, seen: WaitState, session: Session): AfterLook {
  const { heads } = seen;
  const red = heads.filter(({ checks }) => redChecks(checks).length > 0);
  const cut = heads.find((head) => head.cut !== undefined);
  // One red check is enough to fail. Otherwise the result depends on the checks that are never read, so waiting would not help.
  if (red.length === 0 && cut !== undefined) return over(tooManyChecksOutcome(ended, cut));
  const now = session.clock.now();
  const unsettledUntil = heads.map(settlesAt).filter((each) => each > now);
  if (unsettledUntil.length > 0) {
    // Looks again as soon as a head may have settled, even if the pace is slower.
    const until = Math.min(nextChecksLookAt(seen, session), ...unsettledUntil);
    return { kind: 'wait', until };
  }
  if (red.length > 0) return { kind: 'red', heads: red };
  const checks: 'passed' | 'none' = heads.some((head) => head.checks.length > 0) ? 'passed' : 'none';
  return over({ ...ended, checks });
}

/** Handles a failed look: the wait continues, but ends after a minute if the failure is not temporary. */
function handleFailure(
  failure: GitHubFailure,
  ended: Succeeded,
  seen: WaitState,
  { session, emit }: ChecksWait,
): AfterLook {
  const now = session.clock.now();
  const problem = unreadableChecksProblem(failure);
  if (seen.unread === undefined) emit({ kind: 'checks-unreadable', problem });
  const since = seen.unread?.since ?? now;
  seen.unread = { since, problem };
  const mayBeTemporary = problem.kind === 'github';
  const giveUpAt = mayBeTemporary ? Infinity : since + CONFIRM_MS;
  if (giveUpAt <= now)
    return over({
      ...ended,
      kind: 'checks-not-passed',
      status: 'unreachable',
      checks: 'pending',
      // In the output `failure-kind`, `auth` and `not-found` are about OpenHands.
      problem: { ...problem, kind: 'github' },
    });
  const waitMs = isRateLimited(failure) ? (failure.retryAfterMs ?? RATE_LIMIT_WAIT_MS) : 0;
  const until = Math.max(Math.min(nextChecksLookAt(seen, session), giveUpAt), now + waitMs);
  return { kind: 'wait', until };
}

/** Returns the outcome of a head with too many checks to read, of which none that was read is red. */
function tooManyChecksOutcome(
  ended: Succeeded,
  { pullRequest, commit, url, cut }: HeadWithChecks,
): ChecksNotPassed {
  const problem: Problem = {
    failedTo: `read the checks of #${pullRequest} at ${commit.slice(0, 7)}`,
    because: `it has ${cut?.total}, of which only ${cut?.read} can be read, and one of the others may have failed`,
    advice: `see them at ${url}`,
    kind: 'github',
  };
  return { ...ended, kind: 'checks-not-passed', status: 'unreachable', checks: 'pending', problem };
}

/** Returns the time of the next look. The pace restarts with each commit. */
function nextChecksLookAt({ startedAt, heads }: WaitState, { clock, deadlineAt, pace }: Session): number {
  const now = clock.now();
  const begunAt = Math.max(startedAt, ...heads.map(({ firstSeenAt }) => firstSeenAt));
  return now + nextWaitMs(deadlineAt - now, now - begunAt, { ...pace, minMs: MIN_WAIT_MS });
}

/** Returns a head after a look, with its times. A new commit restarts the wait, and so does a check that starts, ends or runs again. */
function watchedHead(head: HeadWithChecks, before: readonly WatchedHead[], now: number): WatchedHead {
  const same = before.find(
    ({ pullRequest, commit }) => pullRequest === head.pullRequest && commit === head.commit,
  );
  if (same === undefined) return { ...head, firstSeenAt: now, changedAt: now };
  const isUnchanged = JSON.stringify(same.checks) === JSON.stringify(head.checks);
  return { ...head, firstSeenAt: same.firstSeenAt, changedAt: isUnchanged ? same.changedAt : now };
}

/** Returns when a head is settled if nothing changes; Infinity while a check runs. */
function settlesAt({ checks, firstSeenAt, changedAt }: WatchedHead): number {
  if (checks.length === 0) return firstSeenAt + CHECKS_BEGIN_MS;
  return checks.some(({ state }) => state === 'running') ? Infinity : changedAt + SETTLE_MS;
}

function timedOutOutcome(ended: Succeeded, because: string, { heads, unread }: WaitState): ChecksNotPassed {
  // An outage of GitHub has nothing to put right.
  const isRefused = unread !== undefined && unread.problem.kind !== 'github';
  const where = heads.length === 0 ? 'in the pull request' : `at ${heads.map(({ url }) => url).join(', ')}`;
  const lastLook = unread ? ` (the last attempt to read them failed: ${unread.problem.because})` : '';
  const problem: Problem = {
    failedTo: 'wait for the checks',
    because: `${because} before they finished, although the agent is done${lastLook}`,
    advice: isRefused ? unread.problem.advice : `see them ${where}`,
    kind: 'checks',
  };
  return { ...ended, kind: 'checks-not-passed', status: 'timed-out', checks: 'pending', problem };
}

import type { Deferred } from '../conversation/api.ts';

/** A check of a commit: a check run, or a commit status. */
export interface Check {
  readonly name: string;
  readonly state: 'running' | 'green' | 'red';
  /** GitHub's word for how the check has ended, or for its status if it has not. */
  readonly conclusion: string;
  /** The page of the check. */
  readonly url?: string;
  /** The id of its GitHub Actions job, if it is one. */
  readonly job?: number;
}

/** The newest commit of a pull request, and its checks. */
export interface Head {
  readonly pullRequest: number;
  /** The page of the pull request. */
  readonly url: string;
  /** The hash of the commit. */
  readonly commit: string;
  readonly checks: readonly Check[];
}

/** Which checks to read: those of the pull requests that may be a conversation's. */
export interface ChecksQuery {
  /** The pull requests that the server lists for the conversation. */
  readonly named: readonly number[];
  /** The pull requests that only the agent's answer names. */
  readonly answered: readonly number[];
  /** When the conversation began, in milliseconds since 1970: older pull requests are not its work. */
  readonly since: number;
}

/** The result of one look at the checks. */
export interface ChecksLook {
  readonly kind: 'checks';
  readonly heads: readonly Head[];
  /** The pull requests that do not count, and why, as the end of a sentence. */
  readonly leftOut: readonly { readonly pullRequest: number; readonly because: string }[];
}

/** Reads checks. Both methods throw {@link ApiFailure}, or the signal's reason once it is aborted. */
export interface ChecksReader {
  look(query: ChecksQuery, signal: AbortSignal): Promise<ChecksLook | Deferred>;
  /** Returns the end of a job's log: at most 64 KiB, with secrets redacted. */
  logEnd(job: number, signal: AbortSignal): Promise<string>;
}

/** How long completed checks must stay unchanged before their result counts. */
const SETTLE_MS = 30_000;
/** How long to wait for the first check of a commit. */
const BEGIN_MS = 120_000;

/** A head over time. Times are the clock's milliseconds. */
export interface WatchedHead {
  readonly head: Head;
  /** When the head was first seen. */
  readonly since: number;
  /** When its checks last changed. */
  readonly changedAt: number;
}

/** Returns the heads after a look. A new commit restarts the wait, and so does a check that starts, ends or runs again. */
export function watchedAfter(
  before: readonly WatchedHead[],
  heads: readonly Head[],
  now: number,
): readonly WatchedHead[] {
  return heads.map((head) => {
    const same = before.find((each) => isSameHead(each.head, head));
    if (same === undefined) return { head, since: now, changedAt: now };
    const isUnchanged = JSON.stringify(same.head.checks) === JSON.stringify(head.checks);
    return isUnchanged ? same : { ...same, head, changedAt: now };
  });
}

function isSameHead(one: Head, other: Head): boolean {
  return one.pullRequest === other.pullRequest && one.commit === other.commit;
}

/** Returns when a head is settled if nothing changes; Infinity while a check runs. */
export function settlesAt({ head: { checks }, since, changedAt }: WatchedHead): number {
  if (checks.length === 0) return since + BEGIN_MS;
  return checks.some(({ state }) => state === 'running') ? Infinity : changedAt + SETTLE_MS;
}

/** Returns the overall result of the checks. Every check counts, required or not. */
export function verdictOn(heads: readonly Head[]): 'passed' | 'failed' | 'none' {
  if (heads.some(isRed)) return 'failed';
  return heads.some(({ checks }) => checks.length > 0) ? 'passed' : 'none';
}

/** Whether a check of the head is red. */
export function isRed({ checks }: Head): boolean {
  return redIn(checks).length > 0;
}

/** Returns the red checks. */
export function redIn(checks: readonly Check[]): readonly Check[] {
  return checks.filter(({ state }) => state === 'red');
}

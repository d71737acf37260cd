import type { Deferred } from './api.ts';

/** A check of a commit: a check run, or a commit status. */
export interface Check {
  readonly name: string;
  readonly state: 'running' | 'green' | 'red';
  /** How it has ended, or how far it is, in GitHub's word. */
  readonly conclusion: string;
  /** Where people see it. */
  readonly url?: string;
  /** The job of GitHub Actions that it is. */
  readonly job?: number;
}

/** The newest commit of a pull request, and its checks. */
export interface Head {
  readonly pullRequest: number;
  /** Its page. */
  readonly url: string;
  /** The hash of the commit. */
  readonly commit: string;
  readonly checks: readonly Check[];
}

/** Whose checks are sought: pull requests that may be a conversation's. */
export interface ChecksQuery {
  /** Those that the conversation names. */
  readonly named: readonly number[];
  /** Those that only its agent's answer names. */
  readonly answered: readonly number[];
  /** When the conversation began, in milliseconds since 1970: what is older is not its work. */
  readonly since: number;
}

/** What a look at them shows. */
export interface ChecksLook {
  readonly kind: 'checks';
  readonly heads: readonly Head[];
  /** The pull requests that do not count, and why: the end of a sentence. */
  readonly leftOut: readonly { readonly pullRequest: number; readonly because: string }[];
}

/** Reads checks. Both methods throw {@link ApiFailure}, or the signal's reason once that is aborted. */
export interface ChecksReader {
  look(query: ChecksQuery, signal: AbortSignal): Promise<ChecksLook | Deferred>;
  /** The end of the log of a job: at most 64 KiB, without secrets. */
  logEnd(job: number, signal: AbortSignal): Promise<string>;
}

/** So long nothing new may come before what has ended counts. */
const SETTLE_MS = 30_000;
/** Nothing that has not begun by then is waited for. */
const BEGIN_MS = 120_000;

/** A head as it is watched. Times are the clock's milliseconds. */
export interface WatchedHead {
  readonly head: Head;
  /** When it was seen first. */
  readonly since: number;
  /** When it was last seen otherwise than before. */
  readonly changedAt: number;
}

/** The heads after a look: a push starts over, and so does what begins, ends or runs again. */
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

/** When a head is settled if nothing changes; never while a check runs. */
export function settlesAt({ head: { checks }, since, changedAt }: WatchedHead): number {
  if (checks.length === 0) return since + BEGIN_MS;
  return checks.some(({ state }) => state === 'running') ? Infinity : changedAt + SETTLE_MS;
}

/** What came of the checks of several heads. Required or not, every check counts. */
export function verdictOn(heads: readonly Head[]): 'passed' | 'failed' | 'none' {
  if (heads.some(isRed)) return 'failed';
  return heads.some(({ checks }) => checks.length > 0) ? 'passed' : 'none';
}

/** Whether a check of it is red. */
export function isRed({ checks }: Head): boolean {
  return redIn(checks).length > 0;
}

/** Those that are red. */
export function redIn(checks: readonly Check[]): readonly Check[] {
  return checks.filter(({ state }) => state === 'red');
}

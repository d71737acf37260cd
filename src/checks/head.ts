import type { IgnoredPullRequest } from '../github/agent-pull-requests.ts';
import type { Problem } from '../port/problem.ts';
import { firstOf } from '../text/first-of.ts';

/** A check of a commit: a check run, or a commit status. */
export interface Check {
  readonly name: string;
  readonly state: 'running' | 'green' | 'red';
  /** GitHub's word for how the check has ended, or for its status if it has not. */
  readonly conclusion: string;
  readonly url?: string;
  /** The id of its GitHub Actions job, if it is one. */
  readonly job?: number;
}

/** The newest commit of a pull request, and its checks. */
export interface HeadWithChecks {
  readonly pullRequest: number;
  readonly url: string;
  readonly commit: string;
  readonly checks: readonly Check[];
  /** Present if the commit has more checks than can be read: an unread one may be red. */
  readonly cut?: { readonly read: number; readonly total: number };
}

/** One message that sends red checks back to the agent. */
export interface Round {
  /** 1 for the first round. */
  readonly number: number;
  readonly of: number;
  /** The commit whose checks are red, and its pull request. */
  readonly head: HeadWithChecks;
  /** Present once the agent has the message. */
  readonly isDelivered?: true;
}

/** An event during the wait for the checks of pull requests. */
export type ChecksEvent =
  | { readonly kind: 'checking' }
  /** The checks were read, or a minute has passed without a read. */
  | {
      readonly kind: 'checks';
      readonly heads: readonly HeadWithChecks[];
      readonly leftOut: readonly IgnoredPullRequest[];
      /** Which pull requests are not looked at, as the end of a sentence; absent if all are. */
      readonly unread?: string | undefined;
    }
  /** The checks cannot be read now. Emitted once until they can be read again. */
  | { readonly kind: 'checks-unreadable'; readonly problem: Problem }
  /** The step is about to send red checks back to the agent. */
  | { readonly kind: 'round'; readonly round: Round }
  /** Another step has sent red checks to the agent. This step waits for the result. */
  | { readonly kind: 'round-of-other-step' };

const MAX_NAMED_CHECKS = 10;

/** Lists the first red checks with their conclusions; empty if no check is red. `as`: makes each of them safe for where it is shown. */
export function redCheckNames(
  { checks }: HeadWithChecks,
  as: (name: string) => string = (name) => name,
): string {
  return firstOf(redChecks(checks), MAX_NAMED_CHECKS, ({ name, conclusion }) =>
    as(`${name} (${conclusion})`),
  );
}

export function redChecks(checks: readonly Check[]): readonly Check[] {
  return checks.filter(({ state }) => state === 'red');
}

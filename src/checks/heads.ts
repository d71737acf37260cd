import {
  findAgentPullRequests,
  type IgnoredPullRequest,
  type PullRequestQuery,
} from '../github/agent-pull-requests.ts';
import { type GitHubFailure, isRateLimited } from '../github/failure.ts';
import type { Problem } from '../port/problem.ts';
import { singleLine } from '../text/safe.ts';
import { type ChecksSource, readChecks } from './check-runs.ts';
import type { HeadWithChecks } from './head.ts';

const MAX_SHOWN_URL = 200;

/**
 * Reads the checks of a conversation's pull requests, as {@link findAgentPullRequests} finds them.
 *
 * @throws {GitHubFailure}, or the signal's reason.
 */
export async function readHeads(
  query: PullRequestQuery,
  source: ChecksSource,
): Promise<{ readonly heads: readonly HeadWithChecks[]; readonly leftOut: readonly IgnoredPullRequest[] }> {
  const { counting, leftOut } = await findAgentPullRequests(query, source);
  const heads = counting.map(async ({ number, html_url, head: { sha: commit } }) => ({
    pullRequest: number,
    url: singleLine(html_url, MAX_SHOWN_URL),
    commit,
    ...(await readChecks(commit, source)),
  }));
  return { heads: await Promise.all(heads), leftOut };
}

/** Returns the problem of checks that cannot be read. */
export function unreadableChecksProblem(failure: GitHubFailure): Problem {
  const { failedTo, message: because, status } = failure;
  const isRefused = !isRateLimited(failure) && [401, 403].includes(status);
  return {
    failedTo,
    because,
    advice: 'give the job the permissions checks: read, statuses: read and pull-requests: read',
    kind: isRefused ? 'auth' : status === 404 ? 'not-found' : 'github',
  };
}

import type { Problem } from '../conversation/problem.ts';
import { type GitHubFailure, isLimited } from '../github/failure.ts';
import type { GitHub } from '../github/octokit.ts';
import { singleLine } from '../text/safe.ts';
import { checksOf } from './check-runs.ts';
import type { Head, LeftOut } from './head.ts';
import { type ChecksQuery, type PullRequest, pullRequestsOf } from './heads.ts';

const MAX_WORDS = 200;

/** Where checks are read. */
export interface ChecksPlace {
  readonly github: GitHub;
  /** The repository of the pull requests, as `owner/repo`. */
  readonly repository: string;
  /** The id of this workflow run; `undefined` if it is unknown. */
  readonly ownRun: string | undefined;
  /** GitHub's URL, without a trailing slash. */
  readonly gitHubUrl: string;
}

/**
 * Looks at the checks of pull requests, with GitHub's REST API.
 *
 * @throws {GitHubFailure}, or the signal's reason.
 */
export async function lookAtChecks(
  query: ChecksQuery,
  { github, repository, ownRun, gitHubUrl }: ChecksPlace,
  signal: AbortSignal,
): Promise<{ readonly heads: readonly Head[]; readonly leftOut: readonly LeftOut[] }> {
  const sanitize = (text: string): string => singleLine(text, MAX_WORDS);
  const jobs = { ownRun, jobPages: `${gitHubUrl}/${repository}/actions/runs/` };
  const headOf = async ({ number, html_url, head: { sha: commit } }: PullRequest): Promise<Head> => ({
    pullRequest: number,
    url: sanitize(html_url),
    commit,
    checks: await checksOf({ github, repository, ref: commit, signal }, jobs, sanitize),
  });
  const { counting, leftOut } = await pullRequestsOf(query, { github, repository, signal });
  return { heads: await Promise.all(counting.map(headOf)), leftOut };
}

/** Returns the problem of checks that cannot be read. */
export function problemOf(failure: GitHubFailure): Problem {
  const { failedTo, message: because, status } = failure;
  const isRefused = !isLimited(failure) && [401, 403].includes(status);
  return {
    failedTo,
    because,
    todo: 'give the job the permissions checks: read, statuses: read and pull-requests: read, and see whether the pull request is still there',
    kind: isRefused ? 'auth' : status === 404 ? 'not-found' : 'github',
  };
}

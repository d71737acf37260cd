import { ApiFailure, type Deferred } from '../conversation/api.ts';
import type { ChecksLook, ChecksQuery, ChecksReader, Head } from '../conversation/checks.ts';
import type { Problem } from '../conversation/problem.ts';
import { singleLine } from '../text/safe.ts';
import { checksOf } from './check-runs.ts';
import { GitHubFailure, isLimited, type Sanitize } from './failure.ts';
import { candidatesOf, type PullRequest } from './heads.ts';
import type { GitHub } from './octokit.ts';

const LONGEST_WORDS = 200;
/** So long GitHub wants nobody to ask again who is over its limit, if it does not say. */
const LIMITED_MS = 60_000;

/** What reading checks takes. */
export interface ChecksPlace {
  readonly github: GitHub;
  /** Where the pull requests are, as `owner/repo`. */
  readonly repository: string;
  /** The id of this workflow run; `undefined` if nobody knows it. */
  readonly ownRun: string | undefined;
  /** GitHub's address, without a trailing slash. */
  readonly serverUrl: string;
  /** Takes secrets out of what others wrote. */
  readonly redact: (text: string) => string;
}

/** Reads the checks of pull requests by GitHub's REST API. */
export function checksReader({ github, repository, ownRun, serverUrl, redact }: ChecksPlace): ChecksReader {
  const sanitize: Sanitize = (text) => singleLine(redact(text), LONGEST_WORDS);

  const headOf = async (
    { number: pullRequest, html_url: url, head: { sha: commit } }: PullRequest,
    signal: AbortSignal,
  ): Promise<Head> => ({
    pullRequest,
    url: sanitize(url),
    commit,
    checks: await checksOf(
      { github, repository, ref: commit, signal },
      { ownRun, jobPages: `${serverUrl}/${repository}/actions/runs/` },
      sanitize,
    ),
  });

  const look = async (query: ChecksQuery, signal: AbortSignal): Promise<ChecksLook> => {
    const candidates = await candidatesOf(query, { github, repository, signal });
    const heads = candidates.flatMap((each) => (each.kind === 'counts' ? [headOf(each.found, signal)] : []));
    return {
      kind: 'checks',
      heads: await Promise.all(heads),
      leftOut: candidates.flatMap((each) => (each.kind === 'left-out' ? [each] : [])),
    };
  };

  return {
    look: async (query, signal) => orDeferred(async () => look(query, signal)),
    async logEnd(job, signal) {
      try {
        return redact(await github.jobLog(repository, job, signal));
      } catch (error) {
        throw error instanceof GitHubFailure ? new ApiFailure(problemOf(error)) : error;
      }
    },
  };
}

/** What is asked, or when to ask again if GitHub limits it. */
async function orDeferred<T>(asked: () => Promise<T>): Promise<T | Deferred> {
  try {
    return await asked();
  } catch (error) {
    if (!(error instanceof GitHubFailure)) throw error;
    const problem = problemOf(error);
    if (!isLimited(error)) throw new ApiFailure(problem);
    return { kind: 'deferred', problem, waitMs: error.retryAfterMs ?? LIMITED_MS };
  }
}

function problemOf(failure: GitHubFailure): Problem {
  const { failedTo, message: because, status } = failure;
  const isRefused = !isLimited(failure) && [401, 403].includes(status);
  return {
    failedTo,
    because,
    todo: 'give the job the permissions checks: read, statuses: read and pull-requests: read, and see whether the pull request is still there',
    kind: isRefused ? 'auth' : status === 404 ? 'not-found' : 'github',
  };
}

import { ApiFailure, type Deferred } from '../conversation/api.ts';
import type { Problem } from '../conversation/problem.ts';
import { GitHubFailure, isLimited } from '../github/failure.ts';
import type { GitHub } from '../github/octokit.ts';
import { singleLine } from '../text/safe.ts';
import { checksOf, type Sanitize } from './check-runs.ts';
import type { ChecksLook, ChecksQuery, ChecksReader, Head } from './head.ts';
import { candidatesOf, type PullRequest } from './heads.ts';

const MAX_WORDS = 200;
/** The wait at a rate limit if GitHub does not say how long. */
const LIMITED_MS = 60_000;

/** What {@link checksReader} needs. */
export interface ChecksAccess {
  readonly github: GitHub;
  /** The repository of the pull requests, as `owner/repo`. */
  readonly repository: string;
  /** The id of this workflow run; `undefined` if it is unknown. */
  readonly ownRun: string | undefined;
  /** GitHub's URL, without a trailing slash. */
  readonly gitHubUrl: string;
  /** Redacts texts of others. */
  readonly redact: (text: string) => string;
}

/** Creates a reader of the checks of pull requests, with GitHub's REST API. */
export function checksReader({ github, repository, ownRun, gitHubUrl, redact }: ChecksAccess): ChecksReader {
  const sanitize: Sanitize = (text) => singleLine(redact(text), MAX_WORDS);

  const headOf = async (
    { number: pullRequest, html_url: url, head: { sha: commit } }: PullRequest,
    signal: AbortSignal,
  ): Promise<Head> => ({
    pullRequest,
    url: sanitize(url),
    commit,
    checks: await checksOf(
      { github, repository, ref: commit, signal },
      { ownRun, jobPages: `${gitHubUrl}/${repository}/actions/runs/` },
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

/** Runs a read; at a rate limit of GitHub, returns when to retry. */
async function orDeferred<T>(read: () => Promise<T>): Promise<T | Deferred> {
  try {
    return await read();
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

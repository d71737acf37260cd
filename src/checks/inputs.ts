import * as v from 'valibot';

import type { Workplace } from '../conversation/assignment.ts';
import type { Problem } from '../conversation/problem.ts';
import { GitHubFailure, isRateLimited } from '../github/failure.ts';
import { type GitHub, ownerAndRepo } from '../github/octokit.ts';
import type { Reader } from '../inputs/reader.ts';
import { readCheckRuns, readStatuses } from './check-runs.ts';

/** The options of a step that waits for the checks of pull requests. */
export interface ChecksOptions {
  /** The repository of the pull requests, as `owner/repo`. */
  readonly repository: string;
  /** How often red checks may be sent back to the agent, counted over the whole conversation. */
  readonly maxRounds: number;
}

const MAX_ROUNDS = 5;

/** Reads the options for checks; `undefined` if the step does not wait for checks. */
export function checksIn(read: Reader, workplace: Workplace | undefined): ChecksOptions | undefined {
  const waits = read.boolean('wait-for-checks');
  const maxRounds = read.parsed(
    'max-fix-rounds',
    `it must be a whole number from 0 to ${MAX_ROUNDS}`,
    (value) => (/^\d$/.test(value) && Number(value) <= MAX_ROUNDS ? Number(value) : undefined),
    0,
  );
  if (!waits) {
    if (maxRounds > 0)
      read.wrong(
        'max-fix-rounds needs wait-for-checks: true: it limits how often failed checks are sent back to the agent',
      );
    return undefined;
  }
  read.requirePoll('wait-for-checks', 'the step waits for the checks after it has waited for the agent');
  if (workplace?.gitProvider !== 'github')
    read.wrong(
      'wait-for-checks needs a repository on GitHub: name it in repository, with git-provider: github, or leave wait-for-checks out',
    );
  return { repository: workplace?.repository ?? '', maxRounds };
}

/** The `failedTo` of a failed preparation for checks. */
export const PREPARE = 'prepare for the checks of pull requests';

const Repository = v.object({ private: v.boolean(), default_branch: v.string() });

export interface RightsQuery extends ChecksOptions {
  /** Whether `repository` is not the workflow's own. */
  readonly isOther: boolean;
  readonly github: GitHub;
  readonly warn: (text: string) => void;
}

/**
 * Tries one read for each permission that the wait for checks needs. Returns the problem if one is missing; only warns if it is
 * the one for logs. The workflow's own repository needs no check if it is public. A read that fails for another reason counts
 * as permitted.
 *
 * @throws nothing but the signal's reason once that is aborted.
 */
export async function findMissingPermission(
  { repository, maxRounds, isOther, github, warn }: RightsQuery,
  signal: AbortSignal,
): Promise<Problem | undefined> {
  const get = async <T>(path: string, shape: v.GenericSchema<unknown, T>): Promise<T> =>
    github.rest({
      goal: `read the repository ${repository}`,
      route: `GET /repos/{owner}/{repo}${path}`,
      parameters: ownerAndRepo(repository),
      shape,
      signal,
    });
  const found = await answerOrRefusal(get('', Repository));
  if (found instanceof GitHubFailure)
    return problemOf(
      `github-token cannot read ${repository} (${found.message})`,
      'give the job the permissions checks: read, statuses: read and pull-requests: read, or a token of that repository in github-token',
    );
  if (found === undefined || (!found.private && !isOther)) return undefined;
  const query = { github, repository, ref: found.default_branch, signal };
  const [pulls, checks, statuses, actions] = await Promise.all([
    answerOrRefusal(get('/pulls?per_page=1', v.unknown())),
    answerOrRefusal(readCheckRuns(query)),
    answerOrRefusal(readStatuses(query)),
    maxRounds > 0 ? answerOrRefusal(get('/actions/runs?per_page=1', v.unknown())) : undefined,
  ]);
  const missing = Object.entries({ 'pull-requests': pulls, checks, statuses })
    .filter(([, answer]) => answer instanceof GitHubFailure)
    .map(([right]) => `${right}: read`);
  if (missing.length > 0)
    return problemOf(
      `github-token lacks ${missing.join(', ')} in ${repository}`,
      'add this to the permissions of the job',
    );
  if (actions instanceof GitHubFailure)
    warn(
      'github-token lacks actions: read: the agent learns which checks failed, but not what their logs say',
    );
  return undefined;
}

/** Returns the answer, or the failure if GitHub refuses the read; `undefined` after another failure. */
async function answerOrRefusal<T>(read: Promise<T>): Promise<T | GitHubFailure | undefined> {
  try {
    return await read;
  } catch (error) {
    if (!(error instanceof GitHubFailure)) throw error;
    return [401, 403, 404].includes(error.status) && !isRateLimited(error) ? error : undefined;
  }
}

function problemOf(because: string, advice: string): Problem {
  return { failedTo: PREPARE, because, advice, kind: 'github' };
}

import * as v from 'valibot';

import type { Workplace } from '../conversation/assignment.ts';
import type { Problem } from '../conversation/problem.ts';
import { catchGitHubFailure, GitHubFailure, isRefusal } from '../github/failure.ts';
import { type GitHub, ownerAndRepo } from '../github/octokit.ts';
import type { Runner } from '../github/runner.ts';
import type { InputReader } from '../inputs/reader.ts';

export interface ChecksOptions {
  /** The repository of the pull requests, as `owner/repo`. */
  readonly repository: string;
  /** How often red checks may be sent back to the agent, counted over the whole conversation. */
  readonly maxRounds: number;
}

/** The highest max-fix-rounds. */
const MAX_ROUNDS = 5;

/** Reads the options for checks; `undefined` if the step does not wait for checks. */
export function checksIn(read: InputReader, workplace: Workplace | undefined): ChecksOptions | undefined {
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
  const repository = read.requireGitHub(workplace, 'wait-for-checks', 'leave wait-for-checks out');
  return { repository, maxRounds };
}

/** What fails if a permission is missing, as in {@link Problem}. */
export const PREPARE = 'prepare for the checks of pull requests';

const Repository = v.object({ private: v.boolean(), default_branch: v.string() });

export interface PermissionQuery extends ChecksOptions {
  /** Whether `repository` is not the workflow's own. */
  readonly isOther: boolean;
  readonly github: GitHub;
  readonly runner: Pick<Runner, 'warning'>;
}

/**
 * Tries one read for each permission that the wait for checks needs. Returns the problem if GitHub refuses one; only warns if it is
 * the one for logs. A read that fails for another reason counts as permitted.
 *
 * @throws nothing but the signal's reason once that is aborted.
 */
export async function findMissingPermission(query: PermissionQuery): Promise<Problem | undefined> {
  const { repository, maxRounds, isOther, runner } = query;
  const found = await tryRead('', Repository, query);
  if (found instanceof GitHubFailure)
    return permissionProblem(
      `github-token cannot read ${repository} (${found.message})`,
      'give the job the permissions checks: read, statuses: read and pull-requests: read, or a token of that repository in github-token',
    );
  if (found === undefined) return undefined;
  // The workflow's own repository needs no check if it is public.
  if (!found.private && !isOther) return undefined;
  const commit = `/commits/${encodeURIComponent(found.default_branch)}`;
  const reads = [
    ['pull-requests', '/pulls'],
    ['checks', `${commit}/check-runs`],
    ['statuses', `${commit}/status`],
    ...(maxRounds > 0 ? [['actions', '/actions/runs'] as const] : []),
  ] as const;
  const answers = await Promise.all(
    reads.map(async ([, path]) => tryRead(`${path}?per_page=1`, v.unknown(), query)),
  );
  const refused = reads
    .filter((_, index) => answers[index] instanceof GitHubFailure)
    .map(([permission]) => permission);
  const missing = refused
    .filter((permission) => permission !== 'actions')
    .map((permission) => `${permission}: read`);
  if (missing.length > 0)
    return permissionProblem(
      `github-token lacks ${missing.join(', ')} in ${repository}`,
      'add this to the permissions of the job',
    );
  if (refused.length > 0)
    runner.warning(
      'github-token lacks actions: read: the agent learns which checks failed, but not what their logs say',
    );
  return undefined;
}

/** Reads something of the repository. Returns the failure if GitHub refuses that; `undefined` if it fails for another reason. */
async function tryRead<T>(
  path: string,
  shape: v.GenericSchema<unknown, T>,
  { repository, github }: PermissionQuery,
): Promise<T | GitHubFailure | undefined> {
  const goal = `read the repository ${repository}`;
  const route = `GET /repos/{owner}/{repo}${path}`;
  const request = github.rest({ goal, route, parameters: ownerAndRepo(repository), shape });
  const answer = await catchGitHubFailure(request);
  if (!(answer instanceof GitHubFailure)) return answer;
  return isRefusal(answer) ? answer : undefined;
}

function permissionProblem(because: string, advice: string): Problem {
  return { failedTo: PREPARE, because, advice, kind: 'github' };
}

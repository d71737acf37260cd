import * as v from 'valibot';

import { catchGitHubFailure, GitHubFailure, lacksRight } from '../github/failure.ts';
import { type GitHub, ownerAndRepo } from '../github/octokit.ts';
import type { Runner } from '../github/runner.ts';
import type { ChecksOptions } from '../inputs/checks.ts';
import type { Problem } from '../port/problem.ts';

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
  return lacksRight(answer) ? answer : undefined;
}

function permissionProblem(because: string, advice: string): Problem {
  return { failedTo: PREPARE, because, advice, kind: 'github' };
}

import * as v from 'valibot';

import { GitHubFailure, isLimited } from '../github/failure.ts';
import { type GitHub, ownerAndRepo } from '../github/octokit.ts';
import { runsOf, statusesOf } from './check-runs.ts';

/** A permission that waiting for checks needs. */
export type Right = 'pull-requests: read' | 'checks: read' | 'statuses: read' | 'actions: read';

/** The result of a check of a token's permissions. */
export type RightsCheck =
  | { readonly kind: 'rights'; readonly missing: readonly Right[] }
  /** The token cannot even read the repository; `because` is in GitHub's words. */
  | { readonly kind: 'no-repository'; readonly because: string };

const Repository = v.object({ private: v.boolean(), default_branch: v.string() });

/**
 * Checks which permissions a token lacks, with one read for each. No check is needed for the workflow's own repository if it
 * is public. A read that fails for another reason counts as permitted.
 *
 * @throws nothing but the signal's reason once that is aborted.
 */
export async function missingRights(
  github: GitHub,
  {
    repository,
    isOther,
    withLogs,
  }: { readonly repository: string; readonly isOther: boolean; readonly withLogs: boolean },
  signal: AbortSignal,
): Promise<RightsCheck> {
  const place = { ...ownerAndRepo(repository) };
  let ref: string;
  try {
    const found = await github.rest({
      to: `read the repository ${repository}`,
      route: 'GET /repos/{owner}/{repo}',
      parameters: place,
      answer: Repository,
      signal,
    });
    if (!found.private && !isOther) return { kind: 'rights', missing: [] };
    ref = found.default_branch;
  } catch (error) {
    if (!(error instanceof GitHubFailure)) throw error;
    return isRefused(error)
      ? { kind: 'no-repository', because: error.message }
      : { kind: 'rights', missing: [] };
  }
  const list = async (route: string): Promise<unknown> =>
    github.rest({
      to: 'try a permission',
      route,
      parameters: { ...place, per_page: 1 },
      answer: v.unknown(),
      signal,
    });
  const query = { github, repository, ref, signal };
  const tries: readonly (readonly [Right, () => Promise<unknown>])[] = [
    ['pull-requests: read', async () => list('GET /repos/{owner}/{repo}/pulls')],
    ['checks: read', async () => runsOf(query)],
    ['statuses: read', async () => statusesOf(query)],
    ...(withLogs
      ? [['actions: read', async () => list('GET /repos/{owner}/{repo}/actions/runs')] as const]
      : []),
  ];
  const missing = await Promise.all(
    tries.map(async ([right, attempt]) => ((await isAllowed(attempt)) ? [] : [right])),
  );
  return { kind: 'rights', missing: missing.flat() };
}

async function isAllowed(attempt: () => Promise<unknown>): Promise<boolean> {
  try {
    await attempt();
    return true;
  } catch (error) {
    if (!(error instanceof GitHubFailure)) throw error;
    return !isRefused(error);
  }
}

function isRefused(failure: GitHubFailure): boolean {
  return [401, 403, 404].includes(failure.status) && !isLimited(failure);
}

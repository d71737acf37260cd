import * as v from 'valibot';

import { GitHubFailure } from './failure.ts';
import { type GitHub, ownerAndRepo } from './octokit.ts';

/**
 * Whether GitHub has a commit of a repository. `false` also if the token may not read it, without `contents: read`.
 * Source: "Get a commit object" in https://docs.github.com/rest/git/commits.
 */
export async function hasCommit(
  repository: string,
  commit: string,
  github: GitHub,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await github.rest({
      to: `look for the commit ${commit}`,
      route: 'GET /repos/{owner}/{repo}/git/commits/{commit_sha}',
      parameters: { ...ownerAndRepo(repository), commit_sha: commit },
      answer: v.object({ sha: v.literal(commit) }),
      signal,
    });
    return true;
  } catch (error) {
    if (error instanceof GitHubFailure) return false;
    throw error;
  }
}

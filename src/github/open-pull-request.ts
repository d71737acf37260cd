import * as v from 'valibot';

import { catchGitHubFailure, GitHubFailure, lacksRight } from './failure.ts';
import { ownerAndRepo } from './octokit.ts';
import { parsePullRequestUrl, type PullRequest } from './pull-request.ts';
import { readPullRequestFacts } from './pull-request-facts.ts';

/**
 * Returns why a pull request counts as open, such as because it cannot be read; `undefined` if it is merged, closed or deleted. Throws
 * the signal's reason once aborted.
 */
export async function findOpenReason(
  url: string,
  { github, gitHubUrl }: Pick<PullRequest, 'github'> & { readonly gitHubUrl: string },
): Promise<string | undefined> {
  const place = parsePullRequestUrl(url, gitHubUrl);
  if (place === undefined) return `its pull request ${url} is on another GitHub server, so it counts as open`;
  const pull = { ...place, github };
  const facts = await catchGitHubFailure(readPullRequestFacts(pull));
  if (!(facts instanceof GitHubFailure))
    return facts.state === 'open' || facts.state === 'draft' ? `its pull request ${url} is open` : undefined;
  // GitHub also answers 404 if the token may not read the repository: that says nothing of the pull request.
  if (facts.status === 404 && (await isRepositoryReadable(pull))) return undefined;
  const advice = lacksRight(facts) ? '; give the job the permission pull-requests: read' : '';
  return `its pull request ${url} counts as open because it cannot be read (${facts.message})${advice}`;
}

async function isRepositoryReadable({ repository, github }: PullRequest): Promise<boolean> {
  const request = github.rest({
    goal: 'read the repository',
    route: 'GET /repos/{owner}/{repo}',
    parameters: ownerAndRepo(repository),
    shape: v.object({ full_name: v.string() }),
  });
  return !((await catchGitHubFailure(request)) instanceof GitHubFailure);
}

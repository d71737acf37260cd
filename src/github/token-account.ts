import * as v from 'valibot';

import { catchGitHubFailure, GitHubFailure, isRateLimited } from './failure.ts';
import type { GitHub } from './octokit.ts';

/**
 * Returns whether an author may be the token's account. Tokens of workflows and apps cannot read theirs (403): it may be any bot.
 * Throws {@link GitHubFailure} for other failures, or the signal's reason.
 * Source: "Get the authenticated user" in https://docs.github.com/rest/users/users (no installation access tokens)
 */
export async function matchesTokenAccount(author: string, github: GitHub): Promise<boolean> {
  const request = github.rest({
    goal: 'read which account the token belongs to',
    route: 'GET /user',
    parameters: {},
    // A deleted account is an author without a login.
    shape: v.object({ login: v.pipe(v.string(), v.nonEmpty()) }),
  });
  const account = await catchGitHubFailure(request);
  if (!(account instanceof GitHubFailure)) return account.login === author;
  if (account.status !== 403 || isRateLimited(account)) throw account;
  return author.endsWith('[bot]');
}

import * as v from 'valibot';

import { GitHubFailure } from './failure.ts';
import type { GitHub } from './octokit.ts';

/**
 * Reads the login of the token's account; `undefined` for a token of a workflow or an app, which may not read it.
 * Source: "Get the authenticated user" in https://docs.github.com/rest/users/users (no installation access tokens)
 *
 * @throws {GitHubFailure}, or the signal's reason.
 */
export async function loginOf(github: GitHub, signal: AbortSignal): Promise<string | undefined> {
  try {
    const { login } = await github.rest({
      to: 'read which account the token belongs to',
      route: 'GET /user',
      parameters: {},
      answer: v.object({ login: v.string() }),
      signal,
    });
    return login;
  } catch (error) {
    if (error instanceof GitHubFailure && error.status === 403) return undefined;
    throw error;
  }
}

/**
 * Whether an author may be the token's account. For a token of a workflow or an app, that can be any bot. If GitHub does not
 * say whose token it is, any author.
 */
export async function mayBeTokenAccount(
  author: string,
  github: GitHub,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const login = await loginOf(github, signal);
    return login === undefined ? author.endsWith('[bot]') : login === author;
  } catch (error) {
    if (error instanceof GitHubFailure) return true;
    throw error;
  }
}

import * as v from 'valibot';

import { GitHubFailure } from './failure.ts';
import type { GitHub } from './octokit.ts';

/**
 * Who the token is; `undefined` if it is a workflow's or an app's, which may not ask that.
 * Source: "Get the authenticated user" in https://docs.github.com/rest/users/users (no installation access tokens)
 *
 * @throws {GitHubFailure}, or the signal's reason.
 */
export async function loginOf(github: GitHub, signal: AbortSignal): Promise<string | undefined> {
  try {
    const { login } = await github.ask({
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
 * Whether the token's account may have written something: of a workflow's or an app's, any bot may be it, and if GitHub
 * does not say who it is, anybody.
 */
export async function mayBeBy(author: string, github: GitHub, signal: AbortSignal): Promise<boolean> {
  try {
    const login = await loginOf(github, signal);
    return login === undefined ? author.endsWith('[bot]') : login === author;
  } catch (error) {
    if (error instanceof GitHubFailure) return true;
    throw error;
  }
}

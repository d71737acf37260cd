import * as v from 'valibot';

import type { Trigger } from '../github/event.ts';
import { type GitHub, ownerAndRepo } from '../github/octokit.ts';

/** Source: https://docs.github.com/rest/reactions/reactions */
const ROUTES: Readonly<Record<Trigger['kind'], string>> = {
  comment: 'POST /repos/{owner}/{repo}/issues/comments/{id}/reactions',
  'review comment': 'POST /repos/{owner}/{repo}/pulls/comments/{id}/reactions',
  thread: 'POST /repos/{owner}/{repo}/issues/{id}/reactions',
};

/**
 * Reacts with 👀 to what triggered the run. Repeating it changes nothing: an account has one reaction of a kind.
 *
 * @throws {GitHubFailure}, or the signal's reason.
 */
export async function reactTo(
  { kind, id }: Trigger,
  repository: string,
  github: GitHub,
  signal: AbortSignal,
): Promise<void> {
  await github.rest({
    to: 'give 👀',
    route: ROUTES[kind],
    parameters: { ...ownerAndRepo(repository), id, content: 'eyes' },
    answer: v.unknown(),
    signal,
  });
}

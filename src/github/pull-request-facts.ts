import * as v from 'valibot';

import { type PullRequest, requestAbout } from './pull-request.ts';

export interface PullRequestFacts {
  readonly title: string;
  readonly state: 'draft' | 'open' | 'merged' | 'closed';
  /** How many lines were added and removed. */
  readonly added: number;
  readonly removed: number;
}

const Count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** Source: "Get a pull request" in https://docs.github.com/rest/pulls/pulls. */
const PullRequestAnswer = v.object({
  title: v.string(),
  state: v.picklist(['open', 'closed']),
  draft: v.optional(v.boolean(), false),
  merged: v.boolean(),
  additions: Count,
  deletions: Count,
});

/** Reads title, state and size of a pull request. Throws {@link GitHubFailure}, or the signal's reason. */
export async function readPullRequestFacts(pull: PullRequest): Promise<PullRequestFacts> {
  const { title, state, draft, merged, additions, deletions } = await requestAbout(
    pull,
    'read',
    '',
    PullRequestAnswer,
  );
  const open = draft ? 'draft' : 'open';
  return {
    title,
    state: merged ? 'merged' : state === 'open' ? open : 'closed',
    added: additions,
    removed: deletions,
  };
}

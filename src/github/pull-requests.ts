import * as v from 'valibot';

import { type Clock, withDeadline } from '../conversation/clock.ts';
import type { PullRequest, PullRequestFacts } from '../report/pull-requests.ts';
import { GitHubFailure } from './failure.ts';
import { type GitHub, ownerAndRepo } from './octokit.ts';
import { ask, type PullRequest as Pull } from './pull-request.ts';

/** How many pull requests are read: a page does not need more. */
const MOST = 5;
/** The timeout is short: the facts are optional, and the step is over. */
const READ_MS = 3_000;

/** What {@link readPullRequests} needs. */
export interface PullRequestReader {
  /** Absent if there is no token. */
  readonly github: GitHub | undefined;
  readonly clock: Clock;
  /** GitHub's URL, without a trailing slash. */
  readonly gitHubUrl: string;
  /** Aborted when the step is cancelled. */
  readonly signal: AbortSignal;
}

/**
 * Reads title, state and size of pull requests, if they are on this GitHub and the token may read them. Reads only the first
 * few, in parallel and with a short timeout. It never throws.
 */
export async function readPullRequests(
  urls: readonly string[],
  { github, clock, gitHubUrl, signal }: PullRequestReader,
): Promise<readonly PullRequest[]> {
  const read = async (url: string, index: number, soon: AbortSignal): Promise<PullRequest> => {
    const place = index < MOST ? placeOf(url, gitHubUrl) : undefined;
    return place && github ? { url, facts: await factsOf({ ...place, github, signal: soon }) } : { url };
  };
  return withDeadline(clock, READ_MS, signal, async (soon) =>
    Promise.all(urls.map(async (url, index) => read(url, index, soon).catch(() => ({ url })))),
  );
}

/**
 * Returns why a pull request counts as open (the middle of a sentence); `undefined` if it is merged, closed or deleted. A
 * pull request that cannot be read counts as open.
 *
 * @throws the signal's reason once aborted.
 */
export async function whyOpen(
  url: string,
  { github, gitHubUrl, signal }: Pick<Pull, 'github' | 'signal'> & { readonly gitHubUrl: string },
): Promise<string | undefined> {
  const place = placeOf(url, gitHubUrl);
  if (place === undefined) return `its pull request ${url} is on another GitHub server, so it counts as open`;
  const pull = { ...place, github, signal };
  try {
    const { state } = await factsOf(pull);
    return state === 'open' || state === 'draft' ? `its pull request ${url} is open` : undefined;
  } catch (error) {
    if (!(error instanceof GitHubFailure)) throw error;
    if (error.status === 404 && (await isReadable(pull))) return undefined;
    return `its pull request ${url} counts as open because it cannot be read (${error.message}); give the job the permission pull-requests: read`;
  }
}

async function isReadable({ repository, github, signal }: Pull): Promise<boolean> {
  try {
    await github.rest({
      to: 'read the repository',
      route: 'GET /repos/{owner}/{repo}',
      parameters: ownerAndRepo(repository),
      answer: v.object({ full_name: v.string() }),
      signal,
    });
    return true;
  } catch (error) {
    if (!(error instanceof GitHubFailure)) throw error;
    return false;
  }
}

function placeOf(url: string, gitHubUrl: string): Pick<Pull, 'repository' | 'number'> | undefined {
  const path = url.startsWith(`${gitHubUrl}/`) ? url.slice(gitHubUrl.length + 1) : '';
  const [, repository, number] = /^([\w.-]+\/[\w.-]+)\/pull\/(\d{1,9})$/.exec(path) ?? [];
  return repository === undefined ? undefined : { repository, number: Number(number) };
}

const Count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** Source: "Get a pull request" in https://docs.github.com/rest/pulls/pulls. */
const Answer = v.object({
  title: v.string(),
  state: v.picklist(['open', 'closed']),
  draft: v.optional(v.boolean(), false),
  merged: v.boolean(),
  additions: Count,
  deletions: Count,
});

async function factsOf(pull: Pull): Promise<PullRequestFacts> {
  const { title, state, draft, merged, additions, deletions } = await ask(pull, 'read', '', Answer);
  const open = draft ? 'draft' : 'open';
  return {
    title,
    state: merged ? 'merged' : state === 'open' ? open : 'closed',
    added: additions,
    removed: deletions,
  };
}

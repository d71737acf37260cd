import * as v from 'valibot';

import { type Clock, withDeadline } from '../conversation/clock.ts';
import type { PullRequest, PullRequestFacts } from '../report/pull-requests.ts';
import { GitHubFailure } from './failure.ts';
import type { GitHub } from './octokit.ts';

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
  const here = urls.filter((url) => pathOf(url, gitHubUrl) !== undefined).slice(0, MOST);
  const known = new Map<string, PullRequestFacts>();
  if (github !== undefined && here.length > 0 && !signal.aborted) {
    await withDeadline(clock, READ_MS, signal, async (untilThen) =>
      Promise.allSettled(
        here.map(async (url) => {
          const parameters = pathOf(url, gitHubUrl);
          if (parameters !== undefined) known.set(url, await read(parameters, github, untilThen));
        }),
      ),
    );
  }
  return urls.map((url) => {
    const facts = known.get(url);
    return facts === undefined ? { url } : { url, facts };
  });
}

/**
 * Returns why a pull request counts as open (the middle of a sentence); `undefined` if it is merged, closed or deleted. A
 * pull request that cannot be read counts as open.
 *
 * @throws the signal's reason once aborted.
 */
export async function whyOpen(
  url: string,
  {
    github,
    gitHubUrl,
    signal,
  }: Pick<PullRequestReader, 'gitHubUrl' | 'signal'> & { readonly github: GitHub },
): Promise<string | undefined> {
  const path = pathOf(url, gitHubUrl);
  if (path === undefined) return `its pull request ${url} is on another GitHub server, so it counts as open`;
  try {
    const { state } = await read(path, github, signal);
    return state === 'open' || state === 'draft' ? `its pull request ${url} is open` : undefined;
  } catch (error) {
    if (!(error instanceof GitHubFailure)) throw error;
    if (error.status === 404 && (await isReadable(path, github, signal))) return undefined;
    return `its pull request ${url} counts as open because it cannot be read (${error.message}); give the job the permission pull-requests: read`;
  }
}

async function isReadable({ owner, repo }: Path, github: GitHub, signal: AbortSignal): Promise<boolean> {
  try {
    await github.rest({
      to: 'read the repository',
      route: 'GET /repos/{owner}/{repo}',
      parameters: { owner, repo },
      answer: v.object({ full_name: v.string() }),
      signal,
    });
    return true;
  } catch (error) {
    if (!(error instanceof GitHubFailure)) throw error;
    return false;
  }
}

type Path = Readonly<Record<'owner' | 'repo' | 'pull_number', string>>;

function pathOf(url: string, gitHubUrl: string): Path | undefined {
  if (!url.startsWith(`${gitHubUrl}/`)) return undefined;
  const [, owner, repo, number] =
    /^([\w.-]+)\/([\w.-]+)\/pull\/(\d{1,9})$/.exec(url.slice(gitHubUrl.length + 1)) ?? [];
  if (owner === undefined || repo === undefined || number === undefined) return undefined;
  return { owner, repo, pull_number: number };
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

async function read(parameters: Path, github: GitHub, signal: AbortSignal): Promise<PullRequestFacts> {
  const { title, state, draft, merged, additions, deletions } = await github.rest({
    to: 'read the pull request',
    route: 'GET /repos/{owner}/{repo}/pulls/{pull_number}',
    parameters,
    answer: Answer,
    signal,
  });
  const open = draft ? 'draft' : 'open';
  return {
    title,
    state: merged ? 'merged' : state === 'open' ? open : 'closed',
    added: additions,
    removed: deletions,
  };
}

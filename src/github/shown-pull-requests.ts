import { type Clock, withDeadline } from '../port/clock.ts';
import type { GitHubClient } from './octokit.ts';
import { parsePullRequestUrl } from './pull-request.ts';
import { type PullRequestFacts, readPullRequestFacts } from './pull-request-facts.ts';

/** How many pull requests are read: the page needs no more. */
const MAX_READ = 5;
/** A short timeout, because the facts are optional, and the step is over. */
const READ_TIMEOUT_MS = 3_000;

export interface ShownPullRequest {
  readonly url: string;
  /** Absent if it is not on the workflow's GitHub, or could not be read in time. */
  readonly facts?: PullRequestFacts;
}

export interface PullRequestReader {
  /** Absent if there is no token. */
  readonly github: GitHubClient | undefined;
  readonly clock: Clock;
  /** GitHub's URL, without a trailing slash. */
  readonly gitHubUrl: string;
  readonly signal: AbortSignal;
}

/** Reads title, state and size of the first few pull requests, if this GitHub has them and the token may read them. Never throws. */
export async function readPullRequests(
  urls: readonly string[],
  { github, clock, gitHubUrl, signal }: PullRequestReader,
): Promise<readonly ShownPullRequest[]> {
  return withDeadline(clock, READ_TIMEOUT_MS, signal, async (timed) => {
    const requests = github?.during(timed);
    const read = async (url: string, index: number): Promise<ShownPullRequest> => {
      const place = index < MAX_READ ? parsePullRequestUrl(url, gitHubUrl) : undefined;
      return place && requests
        ? { url, facts: await readPullRequestFacts({ ...place, github: requests }) }
        : { url };
    };
    return Promise.all(urls.map(async (url, index) => read(url, index).catch(() => ({ url }))));
  });
}

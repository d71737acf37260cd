import * as v from 'valibot';

import { type Clock, withDeadline } from '../conversation/clock.ts';
import { catchGitHubFailure, GitHubFailure } from './failure.ts';
import { type GitHub, type GitHubClient, ownerAndRepo } from './octokit.ts';

export interface PullRequest {
  readonly github: GitHub;
  /** `owner/repo`. */
  readonly repository: string;
  readonly number: number;
}

/** The head of a pull request. `repo` is null if it was deleted. */
export const PullRequestHead = v.object({
  sha: v.pipe(v.string(), v.regex(/^[0-9a-f]{40,64}$/, 'the hash of a commit was expected')),
  repo: v.nullish(v.object({ full_name: v.string() })),
});
export type PullRequestHead = v.InferOutput<typeof PullRequestHead>;

export function isIn(repository: string, { repo }: PullRequestHead): boolean {
  return repo?.full_name.toLowerCase() === repository.toLowerCase();
}

const PER_PAGE = 100;
/** GitHub lists at most 3,000 files. Source: "List pull requests files" in https://docs.github.com/rest/pulls/pulls */
const MAX_PAGES = 30;

/** Sends a request: a POST if it has a body. `verb` is for errors. Throws {@link GitHubFailure}, or the signal's reason. */
export async function requestAbout<T>(
  { github, repository, number }: PullRequest,
  verb: string,
  path: string,
  shape: v.GenericSchema<unknown, T>,
  body?: Readonly<Record<string, unknown>>,
): Promise<T> {
  return github.rest({
    goal: `${verb} pull request #${number}`,
    route: `${body === undefined ? 'GET' : 'POST'} /repos/{owner}/{repo}/pulls/{pull_number}${path}`,
    parameters: { ...ownerAndRepo(repository), pull_number: number, ...body },
    shape,
  });
}

/** Reads a list page by page, like {@link requestAbout}. */
export async function readListAbout<T>(
  pull: PullRequest,
  verb: string,
  path: string,
  item: v.GenericSchema<unknown, T>,
): Promise<readonly T[]> {
  const all: T[] = [];
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    all.push(...(await requestAbout(pull, verb, `${path}?per_page=${PER_PAGE}&page=${page}`, v.array(item))));
    if (all.length < page * PER_PAGE) break;
  }
  return all;
}

/** How many pull requests are read: the page needs no more. */
const MAX_READ = 5;
/** A short timeout, because the facts are optional, and the step is over. */
const READ_TIMEOUT_MS = 3_000;

export interface ShownPullRequest {
  readonly url: string;
  /** Absent if it is not on the workflow's GitHub, or could not be read in time. */
  readonly facts?: PullRequestFacts;
}

export interface PullRequestFacts {
  readonly title: string;
  readonly state: 'draft' | 'open' | 'merged' | 'closed';
  /** How many lines were added and removed. */
  readonly added: number;
  readonly removed: number;
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
  if (facts.status === 404 && (await checkReadable(pull))) return undefined;
  return `its pull request ${url} counts as open because it cannot be read (${facts.message}); give the job the permission pull-requests: read`;
}

async function checkReadable({ repository, github }: PullRequest): Promise<boolean> {
  const request = github.rest({
    goal: 'read the repository',
    route: 'GET /repos/{owner}/{repo}',
    parameters: ownerAndRepo(repository),
    shape: v.object({ full_name: v.string() }),
  });
  return !((await catchGitHubFailure(request)) instanceof GitHubFailure);
}

function parsePullRequestUrl(
  url: string,
  gitHubUrl: string,
): Pick<PullRequest, 'repository' | 'number'> | undefined {
  const path = url.startsWith(`${gitHubUrl}/`) ? url.slice(gitHubUrl.length + 1) : '';
  const [, repository, number] = /^([\w.-]+\/[\w.-]+)\/pull\/(\d{1,9})$/.exec(path) ?? [];
  return repository === undefined ? undefined : { repository, number: Number(number) };
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

async function readPullRequestFacts(pull: PullRequest): Promise<PullRequestFacts> {
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

import * as v from 'valibot';

import { type GitHub, ownerAndRepo } from './octokit.ts';

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

/** Whether a head is in a repository: not in a fork, and not deleted. */
export function isIn(repository: string, { repo }: PullRequestHead): boolean {
  return repo?.full_name.toLowerCase() === repository.toLowerCase();
}

const PER_PAGE = 100;
/** GitHub lists at most 3,000 files. Source: "List pull requests files" in https://docs.github.com/rest/pulls/pulls */
const MAX_PAGES = 30;

/**
 * Sends a request about a pull request: a POST if it has a body, otherwise a GET.
 *
 * @param purpose the goal for errors, without the pull request: "post the review on".
 * @param path what follows the address of the pull request, such as `/files`; empty for the pull request itself.
 * @throws {GitHubFailure}, or the signal's reason.
 */
export async function requestAbout<T>(
  { github, repository, number }: PullRequest,
  purpose: string,
  path: string,
  shape: v.GenericSchema<unknown, T>,
  body?: Readonly<Record<string, unknown>>,
): Promise<T> {
  return github.rest({
    goal: `${purpose} pull request #${number}`,
    route: `${body === undefined ? 'GET' : 'POST'} /repos/{owner}/{repo}/pulls/{pull_number}${path}`,
    parameters: { ...ownerAndRepo(repository), pull_number: number, ...body },
    shape,
  });
}

/** Reads a list page by page, like {@link requestAbout}. */
export async function readListAbout<T>(
  pull: PullRequest,
  purpose: string,
  path: string,
  item: v.GenericSchema<unknown, T>,
): Promise<readonly T[]> {
  const all: T[] = [];
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    all.push(
      ...(await requestAbout(pull, purpose, `${path}?per_page=${PER_PAGE}&page=${page}`, v.array(item))),
    );
    if (all.length < page * PER_PAGE) break;
  }
  return all;
}

/** Returns the pull request that a URL names; `undefined` if it is on another GitHub. `gitHubUrl`: without a trailing slash. */
export function parsePullRequestUrl(
  url: string,
  gitHubUrl: string,
): Pick<PullRequest, 'repository' | 'number'> | undefined {
  const path = url.startsWith(`${gitHubUrl}/`) ? url.slice(gitHubUrl.length + 1) : '';
  const [, repository, number] = /^([\w.-]+\/[\w.-]+)\/pull\/(\d{1,9})$/.exec(path) ?? [];
  return repository === undefined ? undefined : { repository, number: Number(number) };
}

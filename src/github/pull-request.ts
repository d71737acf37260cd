import * as v from 'valibot';

import { type GitHub, ownerAndRepo } from '../github/octokit.ts';

/** A pull request, for as long as the signal is not aborted. */
export interface PullRequest {
  readonly github: GitHub;
  /** `owner/repo`. */
  readonly repository: string;
  readonly number: number;
  readonly signal: AbortSignal;
}

/** The head of a pull request, as GitHub answers. `repo` is null if it was deleted. */
export const PullRequestHead = v.object({
  sha: v.pipe(v.string(), v.regex(/^[0-9a-f]{40,64}$/, 'the hash of a commit was expected')),
  repo: v.nullish(v.object({ full_name: v.string() })),
});
export type PullRequestHead = v.InferOutput<typeof PullRequestHead>;

/** Whether a head is in the repository itself. */
export function isIn(repository: string, { repo }: PullRequestHead): boolean {
  return repo?.full_name.toLowerCase() === repository.toLowerCase();
}

const PER_PAGE = 100;
/** GitHub lists 3,000 files at most. Source: "List pull requests files" in https://docs.github.com/rest/pulls/pulls */
const MAX_PAGES = 30;

/** Sends a request about a pull request: a POST if it has a body. @throws {GitHubFailure}, or the signal's reason. */
export async function ask<T>(
  { github, repository, number, signal }: PullRequest,
  verb: string,
  path: string,
  answer: v.GenericSchema<unknown, T>,
  body?: Readonly<Record<string, unknown>>,
): Promise<T> {
  return github.rest({
    to: `${verb} pull request #${number}`,
    route: `${body === undefined ? 'GET' : 'POST'} /repos/{owner}/{repo}/pulls/{pull_number}${path}`,
    parameters: { ...ownerAndRepo(repository), pull_number: number, ...body },
    answer,
    signal,
  });
}

/** Reads a list about a pull request, page by page. @throws {GitHubFailure}, or the signal's reason. */
export async function listOf<T>(
  pull: PullRequest,
  verb: string,
  path: string,
  item: v.GenericSchema<unknown, T>,
): Promise<readonly T[]> {
  const all: T[] = [];
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    all.push(...(await ask(pull, verb, `${path}?per_page=${PER_PAGE}&page=${page}`, v.array(item))));
    if (all.length < page * PER_PAGE) break;
  }
  return all;
}

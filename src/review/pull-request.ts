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

/** A request about a pull request. `verb` says what it is for, and `path` stands behind the address. */
interface Request<T> {
  readonly verb: string;
  readonly method?: 'GET' | 'POST';
  readonly path: string;
  readonly answer: v.GenericSchema<unknown, T>;
  readonly body?: Readonly<Record<string, unknown>>;
}

const PER_PAGE = 100;
/** GitHub lists 3,000 files at most. Source: "List pull requests files" in https://docs.github.com/rest/pulls/pulls */
const MAX_PAGES = 30;

/** Sends a request about a pull request. @throws {GitHubFailure}, or the signal's reason. */
export async function ask<T>(
  { github, repository, number, signal }: PullRequest,
  { verb, method = 'GET', path, answer, body }: Request<T>,
): Promise<T> {
  return github.rest({
    to: `${verb} pull request #${number}`,
    route: `${method} /repos/{owner}/{repo}/pulls/{pull_number}${path}`,
    parameters: { ...ownerAndRepo(repository), pull_number: number, ...body },
    answer,
    signal,
  });
}

/** Yields the items of a list, page by page. @throws {GitHubFailure}, or the signal's reason. */
export async function* listOf<T>(
  pull: PullRequest,
  { answer, ...request }: Omit<Request<T>, 'method' | 'body'>,
): AsyncGenerator<T> {
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    const path = `${request.path}?per_page=${PER_PAGE}&page=${page}`;
    const items = await ask(pull, { ...request, path, answer: v.array(answer) });
    yield* items;
    if (items.length < PER_PAGE) return;
  }
}

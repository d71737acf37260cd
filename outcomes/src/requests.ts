import * as v from 'valibot';

import { GitHubFailure } from '../../src/github/failure.ts';
import { ownerAndRepo } from '../../src/github/octokit.ts';
import { type Interruption, isDeadline } from '../../src/port/interruption.ts';
import type { PullState } from './count.ts';
import { MAX_ZIP_BYTES } from './outcome-file.ts';
import type { Requests } from './patience.ts';
import { Artifact, Run, type Upload } from './uploads.ts';

/** Why a request of the report failed. The functions below return it instead of an answer, and throw only other errors. */
export type Failed = GitHubFailure | Interruption;

const PER_PAGE = 100;
/** How many pages are read. Of repositories, more than a report has: archived ones and forks among them do not count. */
const MAX_PAGES = { repositories: 20, artifacts: 20, runs: 10, pulls: 3 } as const;

export function hasFailed(answer: unknown): answer is Failed {
  return answer instanceof GitHubFailure || isDeadline(answer);
}

/** Returns the answer to a request or why it failed, as {@link Failed} says. */
async function attempt<T>(request: Promise<T>): Promise<T | Failed> {
  return request.catch((error: unknown) => {
    if (hasFailed(error)) return error;
    throw error;
  });
}

const Repository = v.object({ private: v.boolean() });

/** Whether a repository is private or internal. Source: https://docs.github.com/rest/repos/repos */
export async function isPrivate(repository: string, { rest }: Requests): Promise<boolean | Failed> {
  const goal = 'read the repository';
  const route = 'GET /repos/{owner}/{repo}';
  const request = rest({ goal, route, parameters: ownerAndRepo(repository), shape: Repository });
  const answer = await attempt(request);
  return hasFailed(answer) ? answer : answer.private;
}

const Listed = v.object({
  full_name: v.pipe(v.string(), v.regex(/^[\w.-]+\/[\w.-]+$/)),
  private: v.boolean(),
  archived: v.nullish(v.boolean(), false),
  fork: v.boolean(),
});

/** Lists the repositories of an organization that the token can see. Source: https://docs.github.com/rest/repos/repos */
export async function listRepositories(
  org: string,
  { rest }: Requests,
): Promise<readonly v.InferOutput<typeof Listed>[] | Failed> {
  const listed: v.InferOutput<typeof Listed>[] = [];
  for (let page = 1; page <= MAX_PAGES.repositories; page += 1) {
    const answer = await attempt(
      rest({
        goal: 'list the repositories of the organization',
        route: 'GET /orgs/{org}/repos',
        parameters: { org, sort: 'full_name', direction: 'asc', per_page: PER_PAGE, page },
        shape: v.array(Listed),
      }),
    );
    if (hasFailed(answer)) return answer;
    listed.push(...answer);
    if (answer.length < PER_PAGE) break;
  }
  return listed;
}

/** A list, and how many of its items were not read. */
export interface Part<T> {
  readonly items: readonly T[];
  readonly missing: number;
}

const Artifacts = v.object({ total_count: v.number(), artifacts: v.array(Artifact) });

/** Lists all artifacts uploaded since `since`, an ISO timestamp, and maybe older ones. Source: https://docs.github.com/rest/actions/artifacts */
export async function listArtifacts(
  repository: string,
  since: string,
  { rest }: Requests,
): Promise<Part<Artifact> | Failed> {
  return readPages(MAX_PAGES.artifacts, async (page) => {
    const { total_count, artifacts } = await rest({
      goal: 'list the artifacts',
      route: 'GET /repos/{owner}/{repo}/actions/artifacts',
      parameters: { ...ownerAndRepo(repository), per_page: PER_PAGE, page },
      shape: Artifacts,
    });
    // A run that counts began after `since`, and uploaded its artifacts later. GitHub lists the newest artifacts first, but does not
    // document that, so all artifacts of the page must be older.
    const isLast = artifacts.every(({ created_at }) => created_at !== '' && created_at < since);
    return { total: total_count, items: artifacts, isLast };
  });
}

const Runs = v.object({ total_count: v.number(), workflow_runs: v.array(Run) });

/**
 * Lists the runs that were created in a time, newest first. Source: https://docs.github.com/rest/actions/workflow-runs
 *
 * @param created the time in the syntax of https://docs.github.com/search-github/getting-started-with-searching-on-github/understanding-the-search-syntax
 */
export async function listRuns(
  repository: string,
  created: string,
  { rest }: Requests,
): Promise<Part<Run> | Failed> {
  return readPages(MAX_PAGES.runs, async (page) => {
    const { total_count, workflow_runs } = await rest({
      goal: 'list the runs',
      route: 'GET /repos/{owner}/{repo}/actions/runs',
      parameters: { ...ownerAndRepo(repository), created, per_page: PER_PAGE, page },
      shape: Runs,
    });
    return { total: total_count, items: workflow_runs, isLast: false };
  });
}

interface Page<T> {
  /** How many items GitHub says that there are. */
  readonly total: number;
  readonly items: readonly T[];
  /** Whether no later page has anything that is wanted. */
  readonly isLast: boolean;
}

/** Reads at most `most` pages of a list. The first has the number 1. `missing`: how many items are on later pages. */
async function readPages<T extends { readonly id: number }>(
  most: number,
  read: (page: number) => Promise<Page<T>>,
): Promise<Part<T> | Failed> {
  // By id: while pages are read, a new item can move others to a later page.
  const items = new Map<number, T>();
  let total = 0;
  for (let page = 1; page <= most; page += 1) {
    const answer = await attempt(read(page));
    if (hasFailed(answer)) return answer;
    ({ total } = answer);
    for (const item of answer.items) items.set(item.id, item);
    if (answer.isLast || answer.items.length < PER_PAGE) return { items: [...items.values()], missing: 0 };
  }
  return { items: [...items.values()], missing: Math.max(total - items.size, 0) };
}

/** Downloads an outcome file in a zip file. Nobody has looked into it. */
export async function download(
  repository: string,
  { id }: Upload,
  requests: Requests,
): Promise<Uint8Array | Failed> {
  return attempt(requests.readArtifact(repository, id, MAX_ZIP_BYTES));
}

const Pull = v.object({
  number: v.number(),
  state: v.picklist(['open', 'closed']),
  merged_at: v.nullish(v.string()),
});

/**
 * Reads the states of pull requests: from lists, newest first, and the rest one by one. Those that do not exist or cannot be read are
 * not in the result. Source: https://docs.github.com/rest/pulls/pulls
 *
 * @param numbers the highest first: in this order the rest is read, until a request fails.
 */
export async function readStates(
  repository: string,
  numbers: readonly number[],
  { rest }: Requests,
): Promise<ReadonlyMap<number, PullState>> {
  const parameters = ownerAndRepo(repository);
  const states = new Map<number, PullState>();
  const add = ({ number, state, merged_at }: v.InferOutput<typeof Pull>): void => {
    states.set(number, merged_at == null ? state : 'merged');
  };
  let missing = numbers;
  // For one, a request of its own is as cheap as a list, and always finds it.
  for (let page = 1; page <= MAX_PAGES.pulls && missing.length > 1; page += 1) {
    const answer = await attempt(
      rest({
        goal: 'list the pull requests',
        route: 'GET /repos/{owner}/{repo}/pulls',
        parameters: {
          ...parameters,
          state: 'all',
          sort: 'created',
          direction: 'desc',
          per_page: PER_PAGE,
          page,
        },
        shape: v.array(Pull),
      }),
    );
    if (hasFailed(answer)) return states;
    answer.forEach(add);
    if (answer.length < PER_PAGE) return states;
    const lowest = Math.min(...answer.map(({ number }) => number));
    // The list goes down by number: a higher one that no page had does not exist.
    missing = missing.filter((number) => number < lowest);
  }
  for (const pull_number of missing) {
    const answer = await attempt(
      rest({
        goal: `read pull request #${pull_number}`,
        route: 'GET /repos/{owner}/{repo}/pulls/{pull_number}',
        parameters: { ...parameters, pull_number },
        shape: Pull,
      }),
    );
    const isNotFound = answer instanceof GitHubFailure && answer.status === 404;
    if (isNotFound) continue;
    if (hasFailed(answer)) return states;
    add(answer);
  }
  return states;
}

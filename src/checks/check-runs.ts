import * as v from 'valibot';

import { GitHubFailure } from '../github/failure.ts';
import { type GitHub, ownerAndRepo } from '../github/octokit.ts';
import type { Check } from './head.ts';

const PER_PAGE = 100;
/** If a commit has more checks, the read fails: one that was not read could be red. */
const MAX_PAGES = 5;

/** A commit whose checks are read, and what that needs. */
export interface CommitQuery {
  readonly github: GitHub;
  readonly repository: string;
  /** A commit hash or a branch name. */
  readonly ref: string;
  readonly signal: AbortSignal;
}

/** Source: "List check runs for a Git reference" in https://docs.github.com/rest/checks/runs. */
const Run = v.object({
  id: v.number(),
  name: v.string(),
  status: v.string(),
  conclusion: v.nullish(v.string()),
  details_url: v.fallback(v.nullish(v.string()), null),
  html_url: v.fallback(v.nullish(v.string()), null),
  check_suite: v.fallback(v.nullish(v.object({ id: v.number() })), null),
  app: v.fallback(v.nullish(v.object({ id: v.nullish(v.number()), slug: v.nullish(v.string()) })), null),
});
type Run = v.InferOutput<typeof Run>;
const Runs = v.object({ total_count: v.number(), check_runs: v.array(Run) });

/** Source: "Get the combined status for a specific reference" in https://docs.github.com/rest/commits/statuses. */
const Status = v.object({
  context: v.string(),
  state: v.string(),
  target_url: v.fallback(v.nullish(v.string()), null),
});
const Statuses = v.object({ total_count: v.number(), statuses: v.array(Status) });

const GREEN = ['success', 'neutral', 'skipped'];
const ACTIONS = 'github-actions';
/** The end of the URL of a job's page: the ids of the workflow run and the job. */
const JOB = /^(\d{1,20})\/job\/(\d{1,15})(?:[/?#]|$)/;

/** How to recognize the check runs that are jobs, and this run's own jobs. */
interface Jobs {
  /** The id of this workflow run. Its checks are left out: this job cannot end before this step. */
  readonly ownRun: string | undefined;
  /** The beginning of the URLs of the repository's jobs. Any app can write another URL into its check run. */
  readonly jobPages: string;
}

/** Redacts and shortens a text of somebody else, on one line. */
export type Sanitize = (text: string) => string;

/**
 * Reads the check runs and commit statuses of a commit. Of the check runs with the same name, app and suite only the newest
 * counts. Each workflow run has its own suite, so two workflows can have jobs with the same name.
 *
 * @throws {GitHubFailure}, or the signal's reason.
 */
export async function checksOf(
  query: CommitQuery,
  { ownRun, jobPages }: Jobs,
  sanitize: Sanitize,
): Promise<readonly Check[]> {
  const [runs, statuses] = await Promise.all([runsOf(query), statusesOf(query)]);
  const newest = new Map<string, Run>();
  for (const run of runs.toSorted((a, b) => a.id - b.id))
    if (ownRun === undefined || jobIn(run, jobPages)?.run !== ownRun)
      newest.set(JSON.stringify([run.name, run.app?.id ?? run.app?.slug, run.check_suite?.id]), run);
  return [
    ...[...newest.values()].map((run) => checkOf(run, jobPages, sanitize)),
    ...statuses.toSorted((a, b) => (a.context < b.context ? -1 : 1)).map((each) => statusAs(each, sanitize)),
  ];
}

/** Reads the check runs of a commit. */
export async function runsOf(query: CommitQuery): Promise<readonly Run[]> {
  const to = 'read the checks of a commit';
  return pagesOf(to, async (page) => {
    const { total_count, check_runs } = await query.github.rest({
      to,
      route: 'GET /repos/{owner}/{repo}/commits/{ref}/check-runs',
      parameters: { ...parametersOf(query), filter: 'latest', per_page: PER_PAGE, page },
      answer: Runs,
      signal: query.signal,
    });
    return { total: total_count, items: check_runs };
  });
}

/** Reads the commit statuses of a commit. */
export async function statusesOf(query: CommitQuery): Promise<readonly v.InferOutput<typeof Status>[]> {
  const to = 'read the statuses of a commit';
  return pagesOf(to, async (page) => {
    const { total_count, statuses } = await query.github.rest({
      to,
      route: 'GET /repos/{owner}/{repo}/commits/{ref}/status',
      parameters: { ...parametersOf(query), per_page: PER_PAGE, page },
      answer: Statuses,
      signal: query.signal,
    });
    return { total: total_count, items: statuses };
  });
}

function parametersOf({ repository, ref }: CommitQuery): Readonly<Record<string, string>> {
  return { ...ownerAndRepo(repository), ref };
}

async function pagesOf<T>(
  to: string,
  pageOf: (page: number) => Promise<{ readonly total: number; readonly items: readonly T[] }>,
): Promise<readonly T[]> {
  const read: T[] = [];
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    const { total, items } = await pageOf(page);
    read.push(...items);
    if (read.length >= total) return read;
    if (items.length === 0 || page === MAX_PAGES)
      throw new GitHubFailure(to, `only ${read.length} of its ${total} could be read`, 200);
  }
  return read;
}

/**
 * Converts a check run. One that has completed and is not green is red.
 * Source: `status` and `conclusion` in https://docs.github.com/rest/checks/runs.
 */
function checkOf(run: Run, jobPages: string, sanitize: Sanitize): Check {
  const { name, status, conclusion, html_url, details_url } = run;
  const url = html_url ?? details_url;
  const job = jobIn(run, jobPages)?.job;
  const isEnded = status === 'completed';
  return {
    name: sanitize(name),
    state: !isEnded ? 'running' : GREEN.includes(conclusion ?? '') ? 'green' : 'red',
    conclusion: sanitize(isEnded ? (conclusion ?? 'no conclusion') : status),
    ...(url != null && { url: sanitize(url) }),
    ...(job !== undefined && { job }),
  };
}

function statusAs(
  { context, state, target_url: url }: v.InferOutput<typeof Status>,
  sanitize: Sanitize,
): Check {
  return {
    name: sanitize(context),
    state: state === 'pending' ? 'running' : state === 'success' ? 'green' : 'red',
    conclusion: sanitize(state),
    ...(url != null && { url: sanitize(url) }),
  };
}

/** Returns the workflow run and the job of a check run; `undefined` if it is not a job. A job has its check run's id. */
function jobIn(
  { id, app, details_url, html_url }: Run,
  jobPages: string,
): { readonly run: string; readonly job: number } | undefined {
  if (app?.slug !== ACTIONS) return undefined;
  for (const address of [details_url ?? '', html_url ?? '']) {
    if (!address.toLowerCase().startsWith(jobPages.toLowerCase())) continue;
    const [, run, job] = JOB.exec(address.slice(jobPages.length)) ?? [];
    if (run !== undefined && Number(job) === id) return { run, job: id };
  }
  return undefined;
}

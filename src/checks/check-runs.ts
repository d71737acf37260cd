import * as v from 'valibot';

import { GitHubFailure } from '../github/failure.ts';
import { type GitHub, ownerAndRepo } from '../github/octokit.ts';
import { singleLine } from '../text/safe.ts';
import type { Check, HeadWithChecks } from './head.ts';

const PER_PAGE = 100;
const MAX_CHECKS_PAGES = 5;
const MAX_READ_CHECKS = MAX_CHECKS_PAGES * PER_PAGE;
const MAX_SHOWN_CHARACTERS = 200;
/** The conclusions of check runs, and the states of statuses, that count as passed. */
const GREEN = ['success', 'neutral', 'skipped'];

/** Where the checks of a commit are read. */
export interface ChecksSource {
  readonly github: GitHub;
  /** `owner/repo`. */
  readonly repository: string;
  /** The id of this workflow run; `undefined` if unknown. Its checks are left out: this job cannot end before this step. */
  readonly ownRun: string | undefined;
  /** GitHub's URL, without a trailing slash. */
  readonly gitHubUrl: string;
}

const Url = v.fallback(v.nullish(v.string()), null);
/** Source: "List check runs for a Git reference" in https://docs.github.com/rest/checks/runs. */
const CheckRun = v.object({
  id: v.number(),
  name: v.string(),
  status: v.string(),
  conclusion: v.nullish(v.string()),
  details_url: Url,
  html_url: Url,
  check_suite: v.fallback(v.nullish(v.object({ id: v.number() })), null),
  app: v.fallback(v.nullish(v.object({ id: v.nullish(v.number()), slug: v.nullish(v.string()) })), null),
});
type CheckRun = v.InferOutput<typeof CheckRun>;
/** Source: "Get the combined status for a specific reference" in https://docs.github.com/rest/commits/statuses. */
const Status = v.object({ context: v.string(), state: v.string(), target_url: Url });
const ChecksPage = v.object({
  total_count: v.number(),
  check_runs: v.optional(v.array(CheckRun), []),
  statuses: v.optional(v.array(Status), []),
});
type ChecksPage = v.InferOutput<typeof ChecksPage>;

/**
 * Reads the check runs and commit statuses of a commit, at most 500 of each. Only the newest check run of a name, app and suite counts.
 * Each workflow run has its own suite, so two workflows can have jobs with the same name.
 *
 * @throws {GitHubFailure}, or the signal's reason.
 */
export async function readChecks(
  commit: string,
  source: ChecksSource,
): Promise<Pick<HeadWithChecks, 'checks' | 'cut'>> {
  const [runs, statuses] = await Promise.all([
    readCheckList('checks', 'check-runs', commit, source),
    readCheckList('statuses', 'status', commit, source),
  ]);
  const newest = new Map<string, Check>();
  // The newest last, so that it replaces the others.
  for (const run of runs.pages.flatMap(({ check_runs }) => check_runs).toSorted((a, b) => a.id - b.id)) {
    const workflowRun = workflowRunOf(run, source);
    if (workflowRun !== undefined && workflowRun === source.ownRun) continue;
    const key = JSON.stringify([run.name, run.app?.id ?? run.app?.slug, run.check_suite?.id]);
    // The id of a job is that of its check run.
    newest.set(key, { ...checkOfRun(run), ...(workflowRun !== undefined && { job: run.id }) });
  }
  const ofStatuses = statuses.pages
    .flatMap((page) => page.statuses)
    .toSorted((a, b) => (a.context < b.context ? -1 : 1))
    .map(({ context, state, target_url }) => checkOf(context, state === 'pending', state, target_url));
  const cut = cutOf([runs, statuses]);
  return { checks: [...newest.values(), ...ofStatuses], ...(cut && { cut }) };
}

/** Returns how many checks were read and how many there are, if there are too many to read; otherwise `undefined`. */
function cutOf(lists: readonly CheckList[]): HeadWithChecks['cut'] {
  if (lists.every(({ total }) => total <= MAX_READ_CHECKS)) return undefined;
  const sum = (numbers: readonly number[]): number => numbers.reduce((all, each) => all + each, 0);
  return { read: sum(lists.map(({ read }) => read)), total: sum(lists.map(({ total }) => total)) };
}

/** The first pages of a list, how many items they have, and how many there are. */
interface CheckList {
  readonly pages: readonly ChecksPage[];
  readonly read: number;
  readonly total: number;
}

/**
 * Reads a list, or its first pages if it is too long to read. Throws {@link GitHubFailure} if the list changes meanwhile, so that not all
 * of it can be read.
 */
async function readCheckList(
  what: 'checks' | 'statuses',
  path: 'check-runs' | 'status',
  ref: string,
  { github, repository }: ChecksSource,
): Promise<CheckList> {
  const goal = `read the ${what} of a commit`;
  const route = `GET /repos/{owner}/{repo}/commits/{ref}/${path}`;
  const pages: ChecksPage[] = [];
  for (let read = 0, page = 1; ; page += 1) {
    // Without the parameter `filter`, GitHub returns only the newest check run of each name and suite.
    const parameters = { ...ownerAndRepo(repository), ref, per_page: PER_PAGE, page };
    const found = await github.rest({ goal, route, parameters, shape: ChecksPage });
    const { total_count: total } = found;
    pages.push(found);
    read += found.check_runs.length + found.statuses.length;
    if (read >= total) return { pages, read, total };
    if (page < MAX_CHECKS_PAGES) continue;
    if (total > MAX_READ_CHECKS) return { pages, read, total };
    // The list has changed between two pages. An unread check may be red. 200: GitHub has refused nothing, so a retry may help.
    throw new GitHubFailure(goal, `only ${read} of its ${total} could be read`, 200);
  }
}

/** Source: `status` and `conclusion` in https://docs.github.com/rest/checks/runs. */
function checkOfRun({ name, status, conclusion, html_url, details_url }: CheckRun): Check {
  const isRunning = status !== 'completed';
  const words = isRunning ? status : (conclusion ?? 'no conclusion');
  return checkOf(name, isRunning, words, html_url ?? details_url);
}

/** A check is red if it has ended and is not green. `conclusion`: how it has ended; while it runs, its status. */
function checkOf(name: string, isRunning: boolean, conclusion: string, url?: string | null): Check {
  const short = (text: string): string => singleLine(text, MAX_SHOWN_CHARACTERS);
  const result = GREEN.includes(conclusion) ? 'green' : 'red';
  const state = isRunning ? 'running' : result;
  return { name: short(name), state, conclusion: short(conclusion), ...(url != null && { url: short(url) }) };
}

/** Returns the workflow run of a check run; `undefined` if it is not a job of GitHub Actions. Other apps can use any URL. */
function workflowRunOf(
  { id, app, details_url, html_url }: CheckRun,
  { repository, gitHubUrl }: ChecksSource,
): string | undefined {
  if (app?.slug !== 'github-actions') return undefined;
  const runs = RegExp.escape(`${gitHubUrl}/${repository}/actions/runs/`);
  const page = new RegExp(`^${runs}(\\d{1,20})/job/${id}(?:[/?#]|$)`, 'i');
  return page.exec(details_url ?? '')?.[1] ?? page.exec(html_url ?? '')?.[1];
}

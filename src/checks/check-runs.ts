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

const Url = v.fallback(v.nullish(v.string()), null);
/** Source: "List check runs for a Git reference" in https://docs.github.com/rest/checks/runs. */
const Run = v.object({
  id: v.number(),
  name: v.string(),
  status: v.string(),
  conclusion: v.nullish(v.string()),
  details_url: Url,
  html_url: Url,
  check_suite: v.fallback(v.nullish(v.object({ id: v.number() })), null),
  app: v.fallback(v.nullish(v.object({ id: v.nullish(v.number()), slug: v.nullish(v.string()) })), null),
});
type Run = v.InferOutput<typeof Run>;
const Runs = v.object({ total_count: v.number(), check_runs: v.array(Run) });

/** Source: "Get the combined status for a specific reference" in https://docs.github.com/rest/commits/statuses. */
const Status = v.object({ context: v.string(), state: v.string(), target_url: Url });
type Status = v.InferOutput<typeof Status>;
const Statuses = v.object({ total_count: v.number(), statuses: v.array(Status) });

const GREEN = ['success', 'neutral', 'skipped'];

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
  const newest = new Map<string, Check>();
  for (const run of runs.toSorted((a, b) => a.id - b.id)) {
    const job = jobIn(run, jobPages);
    if (job !== undefined && job.run === ownRun) continue;
    const key = JSON.stringify([run.name, run.app?.id ?? run.app?.slug, run.check_suite?.id]);
    newest.set(key, sanitized({ ...checkOf(run), ...(job && { job: run.id }) }, sanitize));
  }
  const others = statuses.toSorted((a, b) => (a.context < b.context ? -1 : 1)).map(statusAs);
  return [...newest.values(), ...others.map((check) => sanitized(check, sanitize))];
}

/** Reads the check runs of a commit. */
export async function runsOf(query: CommitQuery): Promise<readonly Run[]> {
  return pagesOf('read the checks of a commit', 'check-runs', Runs, query, ({ total_count, check_runs }) => ({
    total: total_count,
    items: check_runs,
  }));
}

/** Reads the commit statuses of a commit. */
export async function statusesOf(query: CommitQuery): Promise<readonly Status[]> {
  return pagesOf('read the statuses of a commit', 'status', Statuses, query, ({ total_count, statuses }) => ({
    total: total_count,
    items: statuses,
  }));
}

async function pagesOf<Page, Item>(
  to: string,
  what: 'check-runs' | 'status',
  answer: v.GenericSchema<unknown, Page>,
  { github, repository, ref, signal }: CommitQuery,
  itemsIn: (page: Page) => { readonly total: number; readonly items: readonly Item[] },
): Promise<readonly Item[]> {
  const route = `GET /repos/{owner}/{repo}/commits/{ref}/${what}`;
  const read: Item[] = [];
  for (let page = 1; ; page += 1) {
    // The newest check runs of each name and suite are the default of GitHub.
    const parameters = { ...ownerAndRepo(repository), ref, per_page: PER_PAGE, page };
    const { total, items } = itemsIn(await github.rest({ to, route, parameters, answer, signal }));
    read.push(...items);
    if (read.length >= total) return read;
    if (items.length === 0 || page === MAX_PAGES)
      throw new GitHubFailure(to, `only ${read.length} of its ${total} could be read`, 200);
  }
}

/** Any URL that GitHub gives, or none. */
type MaybeUrl = Run['html_url'];
type Unsanitized = Omit<Check, 'url'> & { readonly url: MaybeUrl };

/**
 * Converts a check run. One that has completed and is not green is red.
 * Source: `status` and `conclusion` in https://docs.github.com/rest/checks/runs.
 */
function checkOf({ name, status, conclusion, html_url, details_url }: Run): Unsanitized {
  const url = html_url ?? details_url;
  if (status !== 'completed') return { name, state: 'running', conclusion: status, url };
  const state = GREEN.includes(conclusion ?? '') ? 'green' : 'red';
  return { name, state, conclusion: conclusion ?? 'no conclusion', url };
}

function statusAs({ context: name, state: conclusion, target_url: url }: Status): Unsanitized {
  const state = conclusion === 'pending' ? 'running' : conclusion === 'success' ? 'green' : 'red';
  return { name, state, conclusion, url };
}

function sanitized({ url, ...check }: Unsanitized, sanitize: Sanitize): Check {
  const { name, conclusion } = check;
  return {
    ...check,
    name: sanitize(name),
    conclusion: sanitize(conclusion),
    ...(url != null && { url: sanitize(url) }),
  };
}

/** Returns the workflow run of a job of Actions; `undefined` if the check run is none. A job has its check run's id. */
function jobIn(
  { id, app, details_url, html_url }: Run,
  jobPages: string,
): { readonly run: string } | undefined {
  if (app?.slug !== 'github-actions') return undefined;
  const page = new RegExp(`^${RegExp.escape(jobPages)}(\\d{1,20})/job/${id}(?:[/?#]|$)`, 'i');
  const run = page.exec(details_url ?? '')?.[1] ?? page.exec(html_url ?? '')?.[1];
  return run === undefined ? undefined : { run };
}

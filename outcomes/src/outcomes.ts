import { GitHubFailure } from '../../src/github/failure.ts';
import type { connectGitHub } from '../../src/github/octokit.ts';
import { checkInputs, WrongInputs } from '../../src/inputs/reader.ts';
import { type Clock, withDeadline } from '../../src/port/clock.ts';
import { problemLine } from '../../src/report/problem.ts';
import { asDollars } from '../../src/text/dollars.ts';
import { saveInNewFolder } from '../../src/text/file.ts';
import { asClause } from '../../src/text/safe.ts';
import { toError } from '../../src/text/to-error.ts';
import { sumsOf } from './count.ts';
import { outcomesInputsIn } from './inputs.ts';
import { pageOf } from './page.ts';
import { type Requests, withPatience } from './patience.ts';
import { reportOf, weeksOf } from './report.ts';
import { type Query, type Reading, readRepository, unread } from './repository.ts';
import { type Failed, hasFailed, isPrivate, listRepositories } from './requests.ts';
import type { OutcomesRunner } from './runner.ts';

/** After this long nothing more is read, and the report is of what was read: the token of a job is valid for an hour. */
const LIMIT_MS = 50 * 60_000;
const MAX_REPOSITORIES = 500;
const NEVER = new AbortController().signal;

export interface OutcomesWorld {
  readonly runner: OutcomesRunner;
  readonly clock: Clock;
  readonly github: (token: string) => ReturnType<typeof connectGitHub>;
  /** The workflow's repository, as `owner/repo`. */
  readonly repository: string;
  /** GitHub's URL, without a trailing slash. */
  readonly gitHubUrl: string;
  /** The runner's folder for temporary files. */
  readonly temporary: string;
}

/** A repository to read. `isPrivate` is undefined if it is not known. */
interface Asked {
  readonly name: string;
  readonly isPrivate?: boolean;
}

/**
 * Reports what agents achieved and cost in output, summary and log. Fails the step if the inputs are wrong, or if nothing could be
 * read.
 */
export async function reportOutcomes(world: OutcomesWorld): Promise<void> {
  const { runner, clock, repository, gitHubUrl } = world;
  const now = clock.date().getTime();
  const inputs = checkInputs(runner, (read) => outcomesInputsIn(read, repository, now));
  runner.secrets.add(inputs.token);
  const { period, workflows } = inputs;
  const deadlineAt = clock.now() + LIMIT_MS;
  const onWait = (waitMs: number): void => {
    runner.info(`GitHub's limit of requests is used up: waits ${Math.ceil(waitMs / 1000)} s`);
  };
  const { readings, unlisted } = await withDeadline(clock, LIMIT_MS, NEVER, async (signal) => {
    // Each repository gets a new client, because a client keeps all its answers in memory.
    const connect = (): Requests =>
      withPatience(world.github(inputs.token).during(signal), signal, { clock, deadlineAt, onWait });
    return readAll(inputs.repositories, { period, workflows, gitHubUrl }, world, connect);
  });

  const report = reportOf(period, readings, unlisted);
  const text = JSON.stringify(report);
  runner.output('report', text);
  saveReport(text, world);
  const conversations = readings.flatMap((each) => each.conversations);
  await runner.summary(pageOf(report, period, weeksOf(conversations, period)));
  const [first] = readings;
  if (first?.problem && readings.every(({ problem }) => problem !== undefined))
    runner.fail(
      problemLine({
        failedTo: 'read any repository',
        because: first.problem.because,
        advice: 'check github-token and its permissions actions: read and pull-requests: read',
      }),
    );
}

/** Saves the report, too: an output of many repositories is too long for an environment variable. A failure is only a warning. */
function saveReport(text: string, { runner, temporary }: OutcomesWorld): void {
  try {
    runner.output('report-file', saveInNewFolder(temporary, 'report.json', runner.secrets.redact(text)));
  } catch (error) {
    runner.warning(`the report could not be saved to a file: ${toError(error).message}`);
  }
}

interface AllReadings {
  readonly readings: readonly Reading[];
  /** How many repositories were left out without a row. */
  readonly unlisted: number;
}

/** Reads all repositories, one after another, as GitHub asks for. `connect` makes a new client for each of them. */
async function readAll(
  lines: readonly string[],
  query: Query,
  { runner, repository: here }: OutcomesWorld,
  connect: () => Requests,
): Promise<AllReadings> {
  const hidesPrivate = await mustHidePrivate(lines, here, connect());
  const { asked, readings: failed, unlisted } = await listAll(lines, connect());
  for (const reading of failed) tell(reading, reading.repository, runner, query.gitHubUrl);
  const readings = [...failed];
  let hidden = 0;
  let stop = readings.find((each) => each.stop !== undefined)?.stop;
  for (const [index, each] of asked.entries()) {
    const mustBePublic = hidesPrivate && !isSame(each.name, here);
    const reading = await readUnlessHidden(each, { mustBePublic, stop }, query, connect());
    if (reading === 'hidden') hidden += 1;
    else {
      readings.push(reading);
      tell(reading, `[${index + 1}/${asked.length}] ${each.name}`, runner, query.gitHubUrl);
      // Once there is a stop, all later readings have the same.
      ({ stop } = reading);
    }
  }
  if (stop !== undefined) {
    const missed = readings.filter(({ problem }) => problem !== undefined).length;
    runner.warning(`Repositories that were not read: ${missed}. ${asClause(stop.message)}`);
  }
  // Their names are not for everybody either.
  if (hidden > 0)
    runner.notice(`Private repositories left out, because everybody can read this run: ${hidden}`);
  return { readings, unlisted: unlisted + hidden };
}

/**
 * Whether the report must hide other repositories that are private: everybody can read the run of a public repository. If it is not known
 * whether `here`, the run's own repository, is public, it counts as public.
 */
async function mustHidePrivate(lines: readonly string[], here: string, requests: Requests): Promise<boolean> {
  const hasOthers = lines.some((line) => !isSame(line, here));
  return hasOthers && (await isPrivate(here, requests)) !== true;
}

/** Reads a repository, unless it is private and must be public (`hidden`). After the failure `stop` it sends no request. */
async function readUnlessHidden(
  { name, ...known }: Asked,
  { mustBePublic, stop }: { readonly mustBePublic: boolean; readonly stop: Failed | undefined },
  query: Query,
  requests: Requests,
): Promise<Reading | 'hidden'> {
  if (mustBePublic && known.isPrivate === true) return 'hidden';
  if (stop !== undefined) return unread(name, stop);
  if (mustBePublic && known.isPrivate === undefined) {
    const answer = await isPrivate(name, requests);
    if (hasFailed(answer)) return unread(name, answer);
    if (answer) return 'hidden';
  }
  return readRepository(name, query, requests);
}

/**
 * Replaces organizations by their repositories. `readings` are of those that could not be listed. Throws {@link WrongInputs} if one is
 * no organization.
 */
async function listAll(
  lines: readonly string[],
  requests: Requests,
): Promise<AllReadings & { readonly asked: readonly Asked[] }> {
  const asked = new Map<string, Asked>();
  const readings: Reading[] = [];
  for (const line of lines) {
    // A line without `/*` names a single repository.
    const [owner = ''] = line.split('/*');
    const listed = owner === line ? [{ name: line }] : await listOwner(owner, requests);
    if (hasFailed(listed)) readings.push(unread(line, listed));
    else for (const each of listed) asked.set(each.name.toLowerCase(), each);
  }
  const all = [...asked.values()];
  const unlisted = Math.max(all.length - MAX_REPOSITORIES, 0);
  return { asked: all.slice(0, MAX_REPOSITORIES), readings, unlisted };
}

async function listOwner(owner: string, requests: Requests): Promise<readonly Asked[] | Failed> {
  const listed = await listRepositories(owner, requests);
  if (listed instanceof GitHubFailure && listed.status === 404)
    throw new WrongInputs([
      `repositories has ${owner}/*, but GitHub shows the token no organization ${owner}: list a person's repositories one by one`,
    ]);
  if (hasFailed(listed)) return listed;
  return listed
    .filter(({ archived, fork }) => !archived && !fork)
    .map((each) => ({ name: each.full_name, isPrivate: each.private }));
}

function isSame(name: string, other: string): boolean {
  return name.toLowerCase() === other.toLowerCase();
}

const MAX_RUNS_NAMED = 5;

/** Says how a repository was read, in one line. Says nothing if a stop kept it from being read: one warning is enough for all of these. */
function tell(
  { repository, conversations, unreadable, problem, stop }: Reading,
  label: string,
  runner: OutcomesRunner,
  gitHubUrl: string,
): void {
  if (problem !== undefined) {
    if (stop === undefined) runner.warning(`${label}: cannot be read: ${problem.because}`);
    return;
  }
  const { runs, merged, 'cost-usd': cost } = sumsOf(conversations);
  const counted = `conversations: ${runs}, cost: ${asDollars(cost)}, merged pull requests: ${merged}`;
  const named = unreadable
    .slice(0, MAX_RUNS_NAMED)
    .map((run) => `${gitHubUrl}/${repository}/actions/runs/${run}`);
  const more = unreadable.length > named.length ? ', …' : '';
  const left =
    named.length === 0 ? '' : `; unreadable outcomes: ${unreadable.length}, of ${named.join(', ')}${more}`;
  runner.info(`${label}: ${counted}${left}`);
}

import type { connectGitHub } from '../../src/github/octokit.ts';
import { checkInputs } from '../../src/inputs/reader.ts';
import { type Clock, withDeadline } from '../../src/port/clock.ts';
import { problemLine } from '../../src/report/problem.ts';
import { saveInNewFolder } from '../../src/text/file.ts';
import { toError } from '../../src/text/to-error.ts';
import { outcomesInputsIn } from './inputs.ts';
import { type Asked, listAll, type Listing } from './listing.ts';
import { pageOf } from './page.ts';
import { type Requests, withPatience } from './patience.ts';
import { reportOf, weeksOf } from './report.ts';
import { type Query, type Reading, readRepository, stopIn, unread } from './repository.ts';
import { type Failed, hasFailed, isPrivate } from './requests.ts';
import type { OutcomesRunner } from './runner.ts';
import { type AllReadings, tell, tellLeftOut } from './tell.ts';

/** After this long nothing more is read, and the report is of what was read: the token of a job is valid for an hour. */
const LIMIT_MS = 50 * 60_000;
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
    const listing = await listAll(inputs.repositories, repository, connect);
    const all = await readAll(listing, { period, workflows, gitHubUrl }, world, connect);
    tellLeftOut(all, runner);
    return { ...all, unlisted: listing.tooMany + all.hidden };
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

/** Reads the repositories of a listing, and says how each was read. */
async function readAll(
  { asked, failed, hidden }: Listing,
  query: Query,
  { runner }: OutcomesWorld,
  connect: () => Requests,
): Promise<AllReadings> {
  for (const reading of failed) tell(reading, reading.repository, runner, query.gitHubUrl);
  const read: (Reading | 'hidden')[] = [];
  for await (const reading of readInTurn(asked, stopIn(failed), query, connect)) {
    read.push(reading);
    if (reading === 'hidden') continue;
    tell(reading, `[${read.length}/${asked.length}] ${reading.repository}`, runner, query.gitHubUrl);
  }
  const shown = read.filter((each) => each !== 'hidden');
  return { readings: [...failed, ...shown], hidden: hidden + read.length - shown.length };
}

/** Reads repositories one after another, as GitHub asks for. `stop`: why no request can succeed; after one, the rest are unread. */
async function* readInTurn(
  asked: readonly Asked[],
  stop: Failed | undefined,
  query: Query,
  connect: () => Requests,
): AsyncGenerator<Reading | 'hidden'> {
  let stopped = stop;
  for (const each of asked) {
    const reading =
      stopped === undefined ? await readUnlessHidden(each, query, connect()) : unread(each.name, stopped);
    if (reading !== 'hidden') stopped = reading.stop;
    yield reading;
  }
}

/** Reads a repository, unless it must be public and is not (`hidden`). */
async function readUnlessHidden(
  { name, mustBePublic }: Asked,
  query: Query,
  requests: Requests,
): Promise<Reading | 'hidden'> {
  const isHidden = mustBePublic && (await isPrivate(name, requests));
  if (hasFailed(isHidden)) return unread(name, isHidden);
  return isHidden ? 'hidden' : readRepository(name, query, requests);
}

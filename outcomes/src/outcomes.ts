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
import { type Query, type Reading, readRepository, unread } from './repository.ts';
import { hasFailed, isPrivate } from './requests.ts';
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

/** Reads all repositories of a listing, one after another, as GitHub asks for, and says how each was read. */
async function readAll(
  { asked, failed, hidden: hiddenInList }: Listing,
  query: Query,
  { runner }: OutcomesWorld,
  connect: () => Requests,
): Promise<AllReadings> {
  const readings = [...failed];
  let hidden = hiddenInList;
  let stop = failed.find((each) => each.stop !== undefined)?.stop;
  for (const reading of failed) tell(reading, reading.repository, runner, query.gitHubUrl);
  for (const [index, each] of asked.entries()) {
    const reading =
      stop === undefined ? await readUnlessHidden(each, query, connect()) : unread(each.name, stop);
    if (reading === 'hidden') {
      hidden += 1;
      continue;
    }
    readings.push(reading);
    tell(reading, `[${index + 1}/${asked.length}] ${each.name}`, runner, query.gitHubUrl);
    // Once there is a stop, all later readings have the same.
    ({ stop } = reading);
  }
  return { readings, hidden, stop };
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

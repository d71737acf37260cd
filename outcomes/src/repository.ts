import { GitHubFailure } from '../../src/github/failure.ts';
import { asClause } from '../../src/text/safe.ts';
import { conversationsIn, type Counted, type ReadOutcome } from './count.ts';
import { stepOutcomeIn } from './outcome-file.ts';
import type { Requests } from './patience.ts';
import type { Period } from './period.ts';
import { download, type Failed, hasFailed, listArtifacts, listRuns, readStates } from './requests.ts';
import { areKeptFor, isOutcomeFile, type Upload, uploadsIn } from './uploads.ts';

/** How many outcome files of a repository are downloaded, and of how many pull requests the state is read: the newest. */
const MAX_DOWNLOADS = 300;
const MAX_PULL_REQUESTS = 200;

/** What the report counts. */
export interface Query {
  readonly period: Period;
  readonly workflows: readonly string[];
  /** GitHub's URL, without a trailing slash. */
  readonly gitHubUrl: string;
}

/** How many things were left out of a report. */
export interface LeftOut {
  readonly runs: number;
  readonly artifacts: number;
  /** Outcome files that nobody looked at: they are too many or expired, or no other request can succeed. */
  readonly outcomes: number;
  /** Outcome files of its own runs that are not as they should be. */
  readonly unreadable: number;
  readonly 'too-large': number;
  /** Outcome files of runs for forks, which never count. */
  readonly 'of-forks': number;
  readonly 'pull-requests': number;
}

const NOTHING_LEFT: LeftOut = {
  runs: 0,
  artifacts: 0,
  outcomes: 0,
  unreadable: 0,
  'too-large': 0,
  'of-forks': 0,
  'pull-requests': 0,
};

/** What was read of a repository. */
export interface Reading {
  /** `owner/repo`, or `owner/*` if the repositories of an organization could not be listed. */
  readonly repository: string;
  readonly conversations: readonly Counted[];
  readonly left: LeftOut;
  /** Whether the repository keeps outcomes for all of the period; absent if nothing was read. */
  readonly isKept?: boolean;
  /** The date of the oldest outcome, if they are not kept for all of it. */
  readonly from?: string | undefined;
  /** The repository's own runs whose outcome files are unreadable or too large. */
  readonly unreadable: readonly number[];
  /** Why nothing was read. */
  readonly problem?: ReadProblem;
  /** The failure after which no other request can succeed. */
  readonly stop?: Failed | undefined;
}

interface ReadProblem {
  /** In our own words, for the report. */
  readonly words: string;
  /** In GitHub's words, for the log, and what they may mean. */
  readonly because: string;
}

/** Returns the reading of a repository of which a request failed. */
export function unread(repository: string, failed: Failed): Reading {
  const problem = { words: wordsOf(failed), because: asClause(failed.message) + meaningOf(failed) };
  return { repository, conversations: [], left: NOTHING_LEFT, unreadable: [], problem, stop: stopOf(failed) };
}

/** GitHub answers 404 for what the token may not read, too. */
function meaningOf(failed: Failed): string {
  return failed instanceof GitHubFailure && failed.status === 404
    ? ' (no repository has this name, or the token may not read it)'
    : '';
}

function wordsOf(failed: Failed): string {
  if (!(failed instanceof GitHubFailure)) return 'not read in time';
  return failed.status > 0 ? `HTTP ${failed.status}` : 'no usable answer';
}

/** Returns the failure if no other request can succeed after it, because the time is up or the token is invalid; else `undefined`. */
function stopOf(failed: Failed): Failed | undefined {
  const isTimeUp = !(failed instanceof GitHubFailure);
  const isTokenInvalid = failed instanceof GitHubFailure && failed.status === 401;
  return isTimeUp || isTokenInvalid ? failed : undefined;
}

/** Returns the failure after which no other request could succeed; `undefined` if there was none. */
export function stopIn(readings: readonly Reading[]): Failed | undefined {
  return readings.find(({ stop }) => stop !== undefined)?.stop;
}

/** Reads the outcomes of a repository, and the states of their pull requests. */
export async function readRepository(repository: string, query: Query, requests: Requests): Promise<Reading> {
  const { period, workflows, gitHubUrl } = query;
  const { since, created, ageDays } = period;
  const artifacts = await listArtifacts(repository, since, requests);
  if (hasFailed(artifacts)) return unread(repository, artifacts);
  const left = { ...NOTHING_LEFT, artifacts: artifacts.missing };
  // Expired ones of earlier days are listed, too: they do not count.
  const mayHaveOutcomes = artifacts.items.some(
    (each) => isOutcomeFile(each) && (!each.expired || each.created_at >= since),
  );
  if (!mayHaveOutcomes)
    return { repository, conversations: [], left, unreadable: [], isKept: areKeptFor(ageDays, []) };
  const runs = await listRuns(repository, created, requests);
  if (hasFailed(runs)) return unread(repository, runs);
  const uploads = uploadsIn(artifacts.items, runs.items, workflows);
  // First of all: anybody can upload from a fork, and push the repository's own ones out of the newest.
  const own = uploads.filter(({ isOfFork }) => !isOfFork);
  const large = own.filter(({ isTooLarge }) => isTooLarge);
  const small = own.filter(({ isTooLarge }) => !isTooLarge);
  const present = small.filter(({ isExpired }) => !isExpired);
  const newest = present.slice(-MAX_DOWNLOADS);
  const downloads = await downloadAll(repository, newest, `${gitHubUrl}/${repository}`, requests);
  const { reads, unreadable, stop } = downloads;
  const conversations = conversationsIn(reads);
  const numbers = conversations.flatMap(({ pullRequests }) => pullRequests).toSorted((a, b) => b - a);
  const states =
    stop === undefined
      ? await readStates(repository, numbers.slice(0, MAX_PULL_REQUESTS), requests)
      : new Map<number, never>();
  const isKept = areKeptFor(ageDays, small);
  return {
    repository,
    conversations: conversations.map((each) => ({
      ...each,
      states: each.pullRequests.map((number) => states.get(number)).filter((state) => state !== undefined),
    })),
    left: {
      ...left,
      runs: runs.missing,
      outcomes: small.length - reads.length - unreadable.length,
      unreadable: unreadable.length,
      'too-large': large.length,
      'of-forks': uploads.length - own.length,
      'pull-requests': numbers.filter((number) => !states.has(number)).length,
    },
    // Outcomes of earlier days are missing only if files are kept for fewer days.
    isKept,
    from: isKept ? undefined : present[0]?.date.slice(0, 10),
    unreadable: [...unreadable, ...large].map(({ run }) => run),
    stop,
  };
}

interface Downloads {
  /** Oldest first. */
  readonly reads: readonly ReadOutcome[];
  readonly unreadable: readonly Upload[];
  readonly stop: Failed | undefined;
}

/** Downloads outcome files, from the newest to the oldest, until no other request can succeed. `uploads`: oldest first. */
async function downloadAll(
  repository: string,
  uploads: readonly Upload[],
  repositoryUrl: string,
  requests: Requests,
): Promise<Downloads> {
  const reads: ReadOutcome[] = [];
  const unreadable: Upload[] = [];
  for (const upload of uploads.toReversed()) {
    const zip = await download(repository, upload, requests);
    const stop = hasFailed(zip) ? stopOf(zip) : undefined;
    if (stop !== undefined) return { reads: reads.toReversed(), unreadable, stop };
    const outcome = hasFailed(zip) ? undefined : stepOutcomeIn(zip, repositoryUrl);
    if (outcome === undefined) unreadable.push(upload);
    else reads.push({ ...upload, outcome });
  }
  return { reads: reads.toReversed(), unreadable, stop: undefined };
}

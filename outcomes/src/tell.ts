import { asDollars } from '../../src/text/dollars.ts';
import { asClause } from '../../src/text/safe.ts';
import { sumsOf } from './count.ts';
import { type Reading, stopIn } from './repository.ts';
import type { OutcomesRunner } from './runner.ts';

const MAX_RUNS_NAMED = 5;

/** Says how a repository was read, in one line. Says nothing if a stop kept it from being read: one warning is enough for all of these. */
export function tell(
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

/** What was read of all repositories. */
export interface AllReadings {
  readonly readings: readonly Reading[];
  /** How many private ones were left out. */
  readonly hidden: number;
}

/** Says which repositories the report lacks, and why. */
export function tellLeftOut({ readings, hidden }: AllReadings, runner: OutcomesRunner): void {
  const stop = stopIn(readings);
  if (stop !== undefined) {
    const missed = readings.filter(({ problem }) => problem !== undefined).length;
    runner.warning(`Repositories that were not read: ${missed}. ${asClause(stop.message)}`);
  }
  // Their names are not for everybody either.
  if (hidden > 0)
    runner.notice(`Private repositories left out, because everybody can read this run: ${hidden}`);
}

import { breakNamed } from './breaks.ts';
import { judge } from './check.ts';
import type { Violation } from './checks/violation.ts';
import type { History } from './history.ts';
import { historyOf } from './plan.ts';
import { playHistory } from './play.ts';
import type { Seams } from './seams.ts';

/** How a history went, in plain data. */
export interface Result {
  readonly seed: number;
  readonly violations: readonly Violation[];
  readonly excepted: readonly string[];
  readonly statuses: readonly string[];
  readonly requests: number;
  readonly faults: number;
  /** In seconds. */
  readonly simulated: number;
}

/** Plays and checks the history of a seed. */
export async function runSeed(seed: number): Promise<Result> {
  return run(historyOf(seed));
}

/** Plays and checks a history. */
export async function run(history: History, seams?: Seams): Promise<Result> {
  const played = await playHistory(history, seams);
  const { steps } = played;
  const requests = steps.flatMap((step) => step.requests);
  return {
    seed: history.seed,
    ...judge(played),
    statuses: steps.map(({ outputs, main }) => (main === 'done' ? (outputs['status'] ?? '') : main)),
    requests: requests.length,
    faults: requests.filter(({ mishap }) => mishap !== undefined).length,
    simulated: Math.max(0, ...steps.map(({ endedAt, postEndedAt }) => postEndedAt ?? endedAt)),
  };
}

/** Plays the history of a seed with the action broken on purpose. The violations are those of the promises that the break must break. */
export async function runBroken(seed: number, name: string): Promise<Result> {
  const { promises, seams } = breakNamed(name);
  return onlyOf(promises, await run(historyOf(seed), seams));
}

/** The same without a fix. The code under test must have been loaded without it. */
export async function runUnfixed(seed: number, promises: readonly string[]): Promise<Result> {
  return onlyOf(promises, await runSeed(seed));
}

function onlyOf(promises: readonly string[], result: Result): Result {
  return { ...result, violations: result.violations.filter(({ promise }) => promises.includes(promise)) };
}

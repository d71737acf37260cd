import { judge } from './check.ts';
import type { Violation } from './checks/violation.ts';
import { breakNamed } from './breaks.ts';
import type { History } from './history.ts';
import { historyOf } from './plan.ts';
import { playHistory } from './play.ts';

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

/** Plays and checks the history of a seed, with the action as it is or broken on purpose. */
export async function runSeed(seed: number, broken?: string): Promise<Result> {
  return run(historyOf(seed), broken);
}

/** Plays and checks a history. */
export async function run(history: History, broken?: string): Promise<Result> {
  const played = await playHistory(history, broken === undefined ? {} : breakNamed(broken));
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

import type { ScenarioName } from '../simulator/server/scenarios.ts';
import { diceOf } from './dice.ts';
import type { History } from './history.ts';

/** How many jobs start at the same moment. */
export const CROWD_JOBS = 50;
/** Long enough for the last of the jobs, and for the longest of the agents. */
const TIMEOUT_SECONDS = 7200;

const WORK: readonly ScenarioName[] = ['finish', 'finish', 'message', 'error', 'needs-input', 'long'];

/**
 * Returns the history of many jobs at once on one account with the limits of the Cloud. Each job has its own key and an agent of any
 * kind, and nothing else goes wrong.
 */
export function crowdOf(seed: number): History {
  const dice = diceOf(seed);
  return {
    seed,
    server: { kind: 'v1', scenario: 'finish', hasLimits: true },
    pushes: [],
    people: [],
    steps: Array.from({ length: CROWD_JOBS }, (_, job) => ({
      at: 0,
      run: 100 + job,
      attempt: 1,
      inputs: {
        'idempotency-key': `job-${job}`,
        message: `Task of step ${job}.\nsimulate: ${dice.pick(WORK)}`,
        poll: 'true',
        'timeout-seconds': String(TIMEOUT_SECONDS),
      },
      faults: [],
      post: { delay: 1 },
    })),
  };
}

/** Whether a history is one of a crowd. */
export function isCrowd({ steps }: History): boolean {
  return steps.length === CROWD_JOBS;
}

import type { ScenarioName } from '../../simulator/scenarios.ts';
import type { Outcome } from '../../src/conversation/outcome.ts';
import { isAtWork } from '../support/play.ts';
import { withSteps } from '../support/steps.ts';
import { randomOf } from './soak.ts';

/**
 * Many jobs at once on one account, with the limits that the Cloud has for it: a key each, and whatever agents. Every job
 * must come to its right end however long the account is full, and no agent may be left at work with no job to watch it.
 */

const LIMITS = { perSecond: 10, perMinute: 100 } as const;
/** Long enough for the last of fifty, and for the longest of the agents. */
const TIMEOUT_SECONDS = 7200;

const WORK: readonly (readonly [ScenarioName, Outcome['status']])[] = [
  ['finish', 'finished'],
  ['finish', 'finished'],
  ['message', 'finished'],
  ['error', 'error'],
  ['needs-input', 'needs-input'],
  ['long', 'finished'],
];

/** How a crowd fared. */
export interface Crowd {
  /** What is wrong with each job that did not come to its right end. */
  readonly wrong: readonly string[];
  /** How many agents are at work with no job to watch them. */
  readonly unwatched: number;
  readonly conversations: number;
  readonly requests: number;
  readonly refused: number;
  /** When the last of them had its conversation, in seconds. */
  readonly lastBegunAt: number;
  /** When the last of them had ended, in seconds. */
  readonly seconds: number;
}

/** Lets so many jobs begin at the same moment; what chance decides follows from the seed. */
export async function crowd(seed: number, jobs: number): Promise<Crowd> {
  const random = randomOf(seed);
  const wrong: string[] = [];
  let result: Crowd | undefined;
  await withSteps(
    { api: 'v1', rateLimit: LIMITS },
    async ({ step, simulator, clock }) => {
      const lasted: number[] = [];
      const job = async (number: number): Promise<void> => {
        const [scenario, expected] = WORK[Math.floor(random() * WORK.length)] ?? ['finish', 'finished'];
        const { outcome, runner } = await step({
          'idempotency-key': `job-${number}`,
          message: `Work on ${number}\nsimulate: ${scenario}`,
          poll: 'true',
          'timeout-seconds': `${TIMEOUT_SECONDS}`,
        });
        lasted.push(clock.now() / 1000);
        const { status, reused } = runner.outputs;
        if (status !== expected || outcome.status !== expected || reused !== 'false')
          wrong.push(`job ${number}: ${status} instead of ${expected}, ${runner.failures.join()}`);
      };
      await Promise.all(Array.from({ length: jobs }, async (_, number) => job(number)));
      const { requests, conversations } = simulator;
      const begunAt = requests.filter(({ method, status }) => method === 'POST' && status === 200);
      const firstAt = Math.min(...requests.map(({ at }) => at));
      result = {
        wrong,
        unwatched: conversations.filter(isAtWork).length,
        conversations: conversations.length,
        requests: requests.length,
        refused: requests.filter(({ status }) => status === 429).length,
        lastBegunAt: (Math.max(...begunAt.map(({ at }) => at)) - firstAt) / 1000,
        seconds: Math.max(...lasted),
      };
    },
    { random },
  );
  if (result === undefined) throw new Error('the crowd never came');
  return result;
}

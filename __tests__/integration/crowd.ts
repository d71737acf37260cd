import type { ScenarioName } from '../../simulator/server/scenarios.ts';
import type { Outcome } from '../../src/conversation/outcome.ts';
import { isAtWork } from '../support/play.ts';
import { startSteps } from '../support/steps.ts';
import { randomOf } from './soak.ts';

/**
 * Many jobs at once on one account with the limits of the Cloud. Each job has its own key and an agent of any kind.
 * Every job must end as its scenario does, however long the account is at its limit, and no agent may be left at work
 * without a job that watches it.
 */

const LIMITS = { perSecond: 10, perMinute: 100 } as const;
/** Long enough for the last of fifty jobs, and for the longest of the agents. */
const TIMEOUT_SECONDS = 7200;

const WORK: readonly (readonly [ScenarioName, Outcome['status']])[] = [
  ['finish', 'finished'],
  ['finish', 'finished'],
  ['message', 'finished'],
  ['error', 'error'],
  ['needs-input', 'needs-input'],
  ['long', 'finished'],
];

/** The result of a crowd of jobs. */
export interface Crowd {
  /** What is wrong with each job that did not end as expected. */
  readonly wrong: readonly string[];
  /** How many agents are at work without a job that watches them. */
  readonly unwatched: number;
  readonly conversations: number;
  readonly requests: number;
  readonly refused: number;
  /** When the last job had its conversation, in seconds. */
  readonly lastBegunAt: number;
  /** When the last job had ended, in seconds. */
  readonly seconds: number;
}

/** Starts this many jobs at the same moment. The seed decides everything random. */
export async function crowd(seed: number, jobs: number): Promise<Crowd> {
  const random = randomOf(seed);
  const wrong: string[] = [];
  const { step, simulator, clock, close } = await startSteps({ api: 'v1', rateLimit: LIMITS }, { random });
  try {
    const endedAt: number[] = [];
    const job = async (number: number): Promise<void> => {
      const [scenario, expected] = WORK[Math.floor(random() * WORK.length)] ?? ['finish', 'finished'];
      const { outcome, runner } = await step({
        'idempotency-key': `job-${number}`,
        message: `Work on ${number}\nsimulate: ${scenario}`,
        poll: 'true',
        'timeout-seconds': `${TIMEOUT_SECONDS}`,
      });
      endedAt.push(clock.now() / 1000);
      const { status, reused } = runner.outputs;
      if (status !== expected || outcome.status !== expected || reused !== 'false')
        wrong.push(`job ${number}: ${status} instead of ${expected}, ${runner.failures.join()}`);
    };
    await Promise.all(Array.from({ length: jobs }, async (_, number) => job(number)));
    const { requests, conversations } = simulator;
    const begunAt = requests.filter(({ method, status }) => method === 'POST' && status === 200);
    const firstAt = Math.min(...requests.map(({ at }) => at));
    return {
      wrong,
      unwatched: conversations.filter(isAtWork).length,
      conversations: conversations.length,
      requests: requests.length,
      refused: requests.filter(({ status }) => status === 429).length,
      lastBegunAt: (Math.max(...begunAt.map(({ at }) => at)) - firstAt) / 1000,
      seconds: Math.max(...endedAt),
    };
  } finally {
    await close();
  }
}

import { describe, expect, test } from '@jest/globals';

import type { Comment } from '../../src/comment/comment.ts';
import { GitHubFailure } from '../../src/github/failure.ts';
import type { GitHubClient } from '../../src/github/octokit.ts';
import type { Disturb } from '../support/network.ts';
import { openSteps } from '../support/open-steps.ts';
import { post } from '../support/post.ts';
import type { Step } from '../support/steps.ts';

const until = async (signal: AbortSignal, goal: string): Promise<never> =>
  new Promise((_, reject) => {
    const end = (): void => {
      reject(new GitHubFailure(goal, 'aborted', 0));
    };
    if (signal.aborted) end();
    signal.addEventListener('abort', end);
  });
/** A GitHub that never answers. */
const HANGS: GitHubClient = {
  during: (signal) => ({
    rest: async ({ goal }) => until(signal, goal),
    graphql: async ({ goal }) => until(signal, goal),
    readJobLog: async () => until(signal, 'read a log'),
  }),
};

const COMMENTED = { message: 'simulate: long', poll: 'true', comment: 'true', 'issue-number': '7' };
const stopHangs: Disturb = (_, target) =>
  /\/(?:pause|interrupt)$/.test(target) ? { answer: { kind: 'hang' } } : undefined;

/** Runs a step with a GitHub that never answers, and returns how many seconds the step took. */
async function secondsOf(
  inputs: Readonly<Record<string, string>>,
  cancelAfterSeconds?: number,
  disturb?: Disturb,
): Promise<Pick<Step, 'outcome'> & { readonly seconds: number; readonly state: unknown }> {
  const { step, clock } = await openSteps(
    { api: 'v1' },
    { github: () => HANGS, ...(disturb && { disturb }) },
  );
  const { outcome, runner } = await step({ ...COMMENTED, ...inputs }, cancelAfterSeconds);
  return { outcome, seconds: clock.now() / 1000, state: runner.savedState().kind };
}

describe('a comment without an answer from GitHub', () => {
  test('delays a canceled step less than the runner allows', async () => {
    const { outcome, seconds, state } = await secondsOf({}, 60);
    expect(outcome.status).toBe('cancelled');
    expect(seconds).toBeLessThan(60 + 7.5);
    expect(state).toBe('unreported');
  });

  test('delays a canceled step less than the runner allows even if the agent cannot be stopped', async () => {
    const { seconds, state } = await secondsOf({}, 60, stopHangs);
    expect(seconds).toBeGreaterThan(64);
    expect(seconds).toBeLessThan(60 + 7.5);
    expect(state).toBe('started');
  });

  test('is left to post, even if only a sandbox is left to pause', async () => {
    const steps = await openSteps({ api: 'v1' }, { github: () => HANGS });
    const cancelled = await steps.step({ ...COMMENTED, 'max-cost-usd': '50' }, 60);
    expect(cancelled.runner.failures).toEqual([expect.stringContaining('the post step pauses its sandbox')]);
    const written: string[] = [];
    const close: Comment['close'] = async (text) => Promise.resolve(written.push(text) > 0);
    await post(cancelled, steps, { sink: () => undefined, close });
    expect(written).toEqual([expect.stringContaining('### 🛑 Canceled')]);
  });

  test('is given up if the step is canceled while it is written', async () => {
    const { outcome, seconds, state } = await secondsOf({ poll: 'false' }, 10);
    expect(outcome.status).toBe('running');
    expect(seconds).toBeLessThan(10 + 7.5);
    expect(state).toBe('unreported');
  });

  test('delays the end at a deadline by at most two seconds', async () => {
    const { outcome, seconds } = await secondsOf({ 'timeout-seconds': '60' });
    expect(outcome.status).toBe('timed-out');
    expect(seconds).toBeLessThanOrEqual(62);
  });

  test('delays a step without poll by 20 to 30 s', async () => {
    const { seconds } = await secondsOf({ poll: 'false' });
    expect(seconds).toBeGreaterThan(20);
    expect(seconds).toBeLessThan(30);
  });
});

test('issue-number without comment: true causes a warning', async () => {
  const { step } = await openSteps({ api: 'v1' });
  const { outcome, runner } = await step({ message: 'Fix it', 'issue-number': '7' });
  expect(outcome.status).toBe('running');
  expect(runner.log).toContainEqual(
    expect.stringMatching(/^Warning: issue-number needs comment: true or review: true: set one/),
  );
  const without = await step({ message: 'Fix it' });
  expect(without.runner.log.join('\n')).not.toContain('Warning:');
});

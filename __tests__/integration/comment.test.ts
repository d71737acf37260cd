import { describe, expect, test } from '@jest/globals';

import type { Fault } from '../../simulator/faults.ts';
import type { WorkflowEvent } from '../../src/github/event.ts';
import { GitHubFailure } from '../../src/github/failure.ts';
import type { GitHubClient } from '../../src/github/octokit.ts';
import type { Disturb } from '../../testbed/network.ts';
import { postWithComment } from '../../testbed/post.ts';
import type { Step } from '../../testbed/steps.ts';
import { DISPATCH } from '../../testbed/world.ts';
import { openGithub } from '../support/after-test.ts';
import { type GithubSteps, openGithubSteps } from '../support/github-steps.ts';
import { openSteps } from '../support/open-steps.ts';

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
    const github = await openGithub();
    const steps = await openSteps({ api: 'v1' }, { github: () => HANGS });
    const cancelled = await steps.step({ ...COMMENTED, 'max-cost-usd': '50' }, 60);
    expect(cancelled.runner.failures).toEqual([
      expect.stringContaining('the step was canceled, and the agent was paused. What to do: '),
    ]);
    await postWithComment(cancelled, { ...steps, github }, DISPATCH);
    expect(headingsOf({ github })).toEqual([expect.stringContaining('### 🛑 Canceled')]);
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

/** The event of an issue that was labeled. */
const LABELED: WorkflowEvent = { ...DISPATCH, name: 'issues', issue: 1 };
const POLLED = { message: 'simulate: finish', poll: 'true', comment: 'true' };
const LOOKS = { method: 'GET', path: '/api/v1/app-conversations' } as const;

/** Opens steps on a GitHub whose comments can be written only while `isOut` is false. */
async function openWithOutages(): Promise<GithubSteps & { readonly outage: { isOut: boolean } }> {
  const outage = { isOut: false };
  const disturb: Disturb = (_, target) =>
    outage.isOut && /\/comments|\/graphql/.test(target) ? { answer: { kind: 'refused' } } : undefined;
  return { ...(await openGithubSteps({}, { event: LABELED, disturb })), outage };
}

/** Returns the first line of each comment. */
function headingsOf({ github }: Pick<GithubSteps, 'github'>): readonly string[] {
  return github.comments.map(({ body }) => body.split('\n')[0] ?? '');
}

describe('a comment whose end main could not write', () => {
  /** Runs a step whose comment cannot be written from its 20th second to its end, and then post. */
  const endWithoutComment = async (
    inputs: Readonly<Record<string, string>>,
    faults: readonly Fault[] = [],
  ): Promise<GithubSteps & { readonly ended: Step }> => {
    const steps = await openWithOutages();
    const going = steps.step({ ...POLLED, ...inputs });
    await steps.clock.sleep(20_000, new AbortController().signal);
    steps.outage.isOut = true;
    for (const fault of faults) steps.simulator.order(fault);
    const ended = await going;
    expect(headingsOf(steps)).toEqual([expect.stringContaining('⏳')]);
    steps.outage.isOut = false;
    await postWithComment(ended, steps, LABELED);
    return { ...steps, ended };
  };

  test.each([
    [
      'the agent says that it is blocked',
      { message: 'simulate: blocked', 'require-result': 'done' },
      '🚧 Not done',
    ],
    ['its answer does not fit', { 'output-schema': '{"type":"number"}' }, '❌ Invalid output'],
    ['it took too long', { message: 'simulate: long', 'timeout-seconds': '60' }, '⏰ Timed out'],
    ['the agent has finished', {}, '✅ Finished'],
  ])('is written by post as main has ended: %s', async (_, inputs, heading) => {
    const steps = await endWithoutComment(inputs);
    expect(headingsOf(steps)).toEqual([expect.stringMatching(`^### ${heading}`)]);
  });

  test('is written by post after a failure that main has left to it, and says what became of the agent', async () => {
    const refused = { kind: 'status', status: 403 } as const;
    const steps = await endWithoutComment({ message: 'simulate: forever' }, [
      { ...LOOKS, times: 6, answer: refused },
    ]);
    expect(steps.ended.outcome.status).toBe('unreachable');
    expect(headingsOf(steps)).toEqual([expect.stringMatching(/^### ❌ Unreachable/)]);
    expect(steps.github.comments[0]?.body).toContain('The step has failed, and the agent was paused');
    // Main has written the summary.
    expect(steps.ended.runner.page().match(/^### /gm)).toHaveLength(1);
  });

  test.each(['cut', 'garbage', 'page'] as const)(
    'is written by post although its first looks are broken: %s',
    async (kind) => {
      const steps = await openWithOutages();
      const going = steps.step({ ...POLLED, message: 'simulate: finish' });
      await steps.clock.sleep(20_000, new AbortController().signal);
      steps.outage.isOut = true;
      const ended = await going;
      steps.outage.isOut = false;
      steps.simulator.order({ ...LOOKS, times: 8, answer: { kind } });
      await postWithComment(ended, steps, LABELED);
      expect(steps.github.comments[0]?.body).toContain('### ✅ Finished');
      expect(steps.github.comments[0]?.body).not.toContain('Unreachable');
    },
  );
});

test('the comment of a killed step that has sent nothing says so in its first line', async () => {
  const steps = await openWithOutages();
  const keyed = { ...POLLED, comment: 'false', message: 'simulate: forever', 'idempotency-key': 'issue-1' };
  await steps.step({ ...keyed, poll: 'false' });
  const attached = await steps.killed({ ...keyed, comment: 'true' }, 30, { step: ['2', 'agent', 'ask'] });
  await postWithComment(attached, steps, LABELED);
  expect(headingsOf(steps)).toEqual([expect.stringContaining(' · Message not sent · ')]);
});

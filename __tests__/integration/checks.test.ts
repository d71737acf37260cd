import { describe, expect, test } from '@jest/globals';

import type { SimulatedCheck } from '../../simulator/github/api.ts';
import { OPENED_AFTER, PULL_REQUEST } from '../../simulator/github/pushing-agent.ts';
import type { Disturb } from '../../testbed/network.ts';
import { logOf } from '../../testbed/steps.ts';
import { FIX, GREEN, RED, sent, WAIT } from '../support/checks.ts';
import { answering, openGithubSteps } from '../support/github-steps.ts';

const OWN: SimulatedCheck = { name: 'agent', to: Infinity, run: 77 };

describe('a step that waits for checks', () => {
  test('passes once all checks are green and no new one has come for 30 s', async () => {
    const { step, pushes, clock, github } = await openGithubSteps();
    pushes({ checks: [GREEN, { name: 'lint', to: 20, kind: 'status' }, OWN] });
    const { runner } = await step(WAIT);
    expect(runner.outputs).toMatchObject({ status: 'finished', checks: 'passed' });
    expect(runner.outputs['response']).toContain('README');
    expect(runner.failures).toEqual([]);
    const seconds = clock.now() / 1000;
    expect(seconds).toBeGreaterThan(OPENED_AFTER + 60 + 30);
    expect(seconds).toBeLessThan(OPENED_AFTER + 60 + 30 + 15);
    expect(runner.page()).toContain('\nChecks: passed\n');
    expect(github.requests.length).toBeLessThan(50);
  });

  test('uses little of the rate limit while nothing changes', async () => {
    const { step, pushes, github } = await openGithubSteps();
    pushes({ checks: [{ ...GREEN, to: 1200 }] });
    await step(WAIT);
    const counted = github.requests.filter(({ status }) => status !== 304);
    expect(counted.length).toBeLessThan(15);
    expect(github.requests.length).toBeLessThan(200);
  });

  test.each([
    ['a failed check', RED],
    ['a failed commit status', { name: 'lint', to: 20, kind: 'status', conclusion: 'error' }],
    ['a check that a person has to approve', { ...GREEN, conclusion: 'action_required' }],
    ['a canceled check', { ...GREEN, conclusion: 'cancelled' }],
  ] as const)('fails with the names of the checks if there is %s', async (_what, check) => {
    const { step, pushes, ...rest } = await openGithubSteps();
    pushes({ checks: [check, { name: 'other', to: 5 }] });
    const { outcome, runner } = await step(WAIT);
    expect(runner.outputs).toMatchObject({
      status: 'checks-failed',
      checks: 'failed',
      'failure-kind': 'checks',
    });
    expect(runner.outputs['response']).toContain('README');
    expect(runner.failures).toEqual([
      expect.stringContaining(
        `failed to get the checks to pass: checks of #12 at 215299a failed: ${check.name} (`,
      ),
    ]);
    expect(runner.failures.join()).not.toContain('other');
    expect(outcome.status).toBe('checks-failed');
    expect(sent(rest)).toEqual([]);
  });

  test.each(['neutral', 'skipped'])('takes %s for green', async (conclusion) => {
    const { step, pushes } = await openGithubSteps();
    pushes({ checks: [{ ...GREEN, conclusion }] });
    expect((await step(WAIT)).runner.outputs['checks']).toBe('passed');
  });

  test('passes with a notice if no check begins within two minutes', async () => {
    const { step, pushes, clock } = await openGithubSteps();
    pushes({ checks: [OWN] });
    const done = await step(WAIT);
    expect(done.runner.outputs).toMatchObject({ status: 'finished', checks: 'none' });
    expect(logOf(done)).toContain('No check of the pull request started within two minutes');
    expect(clock.now() / 1000).toBeGreaterThan(OPENED_AFTER + 120);
    expect(clock.now() / 1000).toBeLessThan(OPENED_AFTER + 150);
  });

  test('passes at once with a notice if there is no pull request', async () => {
    const { step, github, clock } = await openGithubSteps();
    const done = await step({ ...WAIT, message: 'Only look\nsimulate: message' });
    expect(done.runner.outputs).toMatchObject({ status: 'finished', checks: 'none' });
    expect(logOf(done)).toContain('The conversation has no pull request whose checks');
    expect(done.runner.page()).toContain('\nChecks: no pull request\n');
    expect(github.requests.map(({ path }) => path)).toEqual(['/repos/octo-org/octo-repo']);
    expect(clock.now()).toBeLessThan(60_000);
  });

  test("fails if it knows no pull request, and the agent's last events never arrive", async () => {
    const none = '{"items":[],"next_page_id":null}';
    const disturb: Disturb = (_, target) =>
      target.includes('/events') ? { answer: { kind: 'tampered', change: () => none } } : undefined;
    const { step } = await openGithubSteps({}, { disturb });
    const { runner } = await step({ ...WAIT, message: 'Only look\nsimulate: message' });
    expect(runner.outputs).toMatchObject({
      status: 'unreachable',
      checks: 'pending',
      'failure-kind': 'server',
    });
    expect(runner.failures).toEqual([
      expect.stringMatching(
        /^failed to read which pull requests the agent has opened: .*although the agent is done\. .*see them at http/,
      ),
    ]);
  });

  test('starts over after a push', async () => {
    const { step, pushes, github, clock } = await openGithubSteps();
    pushes({ checks: [RED] });
    github.push({ number: PULL_REQUEST }, { in: 100, checks: [{ ...GREEN, to: 40 }] });
    expect((await step(WAIT)).runner.outputs['checks']).toBe('passed');
    expect(clock.now() / 1000).toBeGreaterThan(100 + 40 + 30);
  });

  test('uses the newest of several checks with the same name', async () => {
    const { step, pushes } = await openGithubSteps();
    pushes({ checks: [RED, { ...GREEN, from: 61, to: 90 }] });
    expect((await step(WAIT)).runner.outputs['checks']).toBe('passed');
  });

  describe('of a commit with more than 500 checks', () => {
    const many = (check: SimulatedCheck): readonly SimulatedCheck[] =>
      Array.from({ length: 520 }, (_, index) => ({
        ...GREEN,
        name: `shard-${index}`,
        ...(index === 7 && check),
      }));

    test('ends at once if none that it can read is red, and does not pause the agent', async () => {
      const { step, pushes, requests, clock, github } = await openGithubSteps();
      pushes({ checks: many({ ...GREEN, to: 5000 }) });
      const { runner } = await step(WAIT);
      expect(runner.outputs).toMatchObject({
        status: 'unreachable',
        'failure-kind': 'github',
        checks: 'pending',
      });
      expect(runner.outputs['response']).toContain('README');
      expect(runner.failures).toEqual([
        expect.stringMatching(
          /^failed to read the checks of #12 at [0-9a-f]{7}: it has 520, of which only 500 can be read, .*\. What to do: see them at https/,
        ),
      ]);
      expect(clock.now() / 1000).toBeLessThan(OPENED_AFTER + 30);
      expect(github.requests.length).toBeLessThan(20);
      expect(requests().filter((each) => /pause|interrupt/.test(each))).toEqual([]);
      expect(runner.savedState()).toEqual({ kind: 'over' });
    });

    test('fails by a red one that it can read', async () => {
      const { step, pushes, ...rest } = await openGithubSteps();
      pushes({ checks: many({ ...RED, name: 'shard-7', to: 2 }) });
      const { runner } = await step(WAIT);
      expect(runner.outputs).toMatchObject({ status: 'checks-failed', checks: 'failed' });
      expect(runner.failures).toEqual([
        expect.stringMatching(/checks of #12 at [0-9a-f]{7} failed: shard-7 \(/),
      ]);
      expect(sent(rest)).toEqual([]);
    });

    test('sends a red one back to the agent, and ends once none is red', async () => {
      const { step, pushes, ...rest } = await openGithubSteps();
      pushes({ checks: many({ ...RED, name: 'shard-7', to: 2 }) }, { checks: many(GREEN) });
      const { runner } = await step(FIX);
      expect(runner.outputs).toMatchObject({ status: 'unreachable', checks: 'pending' });
      expect(sent(rest)).toHaveLength(1);
    });
  });

  test('fails at the deadline, and does not pause an agent that has finished', async () => {
    const { step, pushes, requests } = await openGithubSteps();
    pushes({ checks: [{ ...GREEN, to: Infinity }] });
    const { runner } = await step({ ...WAIT, 'timeout-seconds': '300' });
    expect(runner.outputs).toMatchObject({
      status: 'timed-out',
      checks: 'pending',
      'failure-kind': 'checks',
    });
    expect(runner.outputs['response']).toContain('README');
    expect(runner.failures).toEqual([expect.stringContaining('the agent is done')]);
    expect(requests().filter((each) => /pause|interrupt/.test(each))).toEqual([]);
    expect(runner.savedState()).toEqual({ kind: 'over' });
  });

  test('is canceled at once, and does not pause an agent that has finished', async () => {
    const { step, pushes, requests, clock } = await openGithubSteps();
    pushes({ checks: [{ ...GREEN, to: Infinity }] });
    const { runner } = await step(WAIT, 60);
    expect(runner.outputs).toMatchObject({ status: 'cancelled', checks: 'pending' });
    expect(runner.failures).toEqual([
      expect.stringMatching(
        /^failed to wait for the checks: the step was canceled, and the agent was no longer running\. /,
      ),
    ]);
    expect(clock.now()).toBe(60_000);
    expect(requests().filter((each) => /pause|interrupt/.test(each))).toEqual([]);
    expect(runner.savedState()).toEqual({ kind: 'over' });
  });
});

describe('the pull requests whose checks are waited for', () => {
  test('do not include those older than the conversation', async () => {
    const { step, github, clock } = await openGithubSteps();
    github.push({ number: PULL_REQUEST }, { checks: [RED] });
    await clock.sleep(600_000, new AbortController().signal);
    const done = await step(WAIT);
    expect(done.runner.outputs['checks']).toBe('none');
    expect(logOf(done)).toContain('Ignoring #12: it is older than the conversation');
  });

  test('are read once if they do not count', async () => {
    const { step, github, pushes } = await openGithubSteps({
      scenario: answering('It is like https://github.com/octo-org/octo-repo/pull/13'),
    });
    pushes({ checks: [GREEN] });
    github.push({ number: 13, author: 'mona' }, { in: OPENED_AFTER, checks: [RED], message: 'By hand' });
    expect((await step(WAIT)).runner.outputs['checks']).toBe('passed');
    const readsOf = (number: number): number =>
      github.requests.filter(({ path }) => path.endsWith(`/pulls/${number}`)).length;
    // Once for the checks, and once for the summary.
    expect(readsOf(13)).toBe(2);
    expect(readsOf(12)).toBeGreaterThan(2);
  });

  test('are ten at most, although an answer names a hundred', async () => {
    const urls = Array.from(
      { length: 100 },
      (_, at) => `https://github.com/octo-org/octo-repo/pull/${13 + at}`,
    );
    const { step, github, pushes } = await openGithubSteps({ scenario: answering(urls.join(' '), false) });
    github.push({ number: 112 }, { in: OPENED_AFTER, checks: [GREEN] });
    pushes({ checks: [] });
    const done = await step(WAIT);
    expect(done.runner.outputs['checks']).toBe('passed');
    const said = done.runner.log.filter((line) => line.includes('At most 10 pull requests are looked at'));
    expect(said).toEqual([
      expect.stringMatching(/those named last: #102, #101, #100, #99, #98 and 85 more were not$/),
    ]);
    const read = github.requests.filter(({ path }) => /\/pulls\/\d+$/.test(path)).map(({ path }) => path);
    // The summary shows five of them.
    expect(new Set(read).size).toBe(10);
    expect(github.requests.length).toBeLessThan(100);
  });

  test('include older ones that got a push since', async () => {
    const { step, github, pushes, clock } = await openGithubSteps();
    github.push({ number: PULL_REQUEST }, { checks: [GREEN] });
    await clock.sleep(600_000, new AbortController().signal);
    pushes({ checks: [RED] });
    expect((await step(WAIT)).runner.outputs['checks']).toBe('failed');
  });

  test('do not include those from another repository', async () => {
    const { step, github } = await openGithubSteps();
    github.push({ number: PULL_REQUEST, from: 'mallory/octo-repo' }, { in: OPENED_AFTER, checks: [RED] });
    const done = await step(WAIT);
    expect(done.runner.outputs['checks']).toBe('none');
    expect(logOf(done)).toContain('Ignoring #12: its branch is in another repository');
  });

  test.each([
    [
      'the author of the other pull requests',
      { author: 'octocat' },
      { message: 'By hand' },
      'octocat',
      'failed',
    ],
    ['the author of their commits', { author: 'hubot' }, { message: 'By hand' }, 'hubot', 'failed'],
    ['an author whose commits are by the agent', { author: 'mona' }, {}, 'octocat', 'failed'],
    ['somebody else', { author: 'mona' }, { message: 'By hand' }, 'hubot', 'passed'],
  ] as const)(
    'include one that only the answer names if it is by %s',
    async (_who, pull, commit, by, expected) => {
      const answer =
        'Done in https://github.com/octo-org/octo-repo/pull/12, see https://github.com/octo-org/octo-repo/pull/13 too.';
      const { step, github, pushes } = await openGithubSteps({ scenario: answering(answer) });
      pushes({ by, checks: [GREEN] });
      github.push({ number: 13, ...pull }, { in: OPENED_AFTER, checks: [RED], ...commit });
      expect((await step(WAIT)).runner.outputs['checks']).toBe(expected);
    },
  );
});

describe('a github-token without a permission', () => {
  test.each([
    ['pull-requests', 'pull-requests: read'],
    ['checks', 'checks: read'],
    ['statuses', 'statuses: read'],
  ] as const)('to read %s in a private repository fails the step before the start', async (right, words) => {
    const { step, simulator } = await openGithubSteps({ github: { isPrivate: true, denied: [right] } });
    const { runner } = await step(WAIT);
    expect(runner.outputs).toMatchObject({ status: 'start-failed', 'failure-kind': 'github' });
    expect(runner.failures).toEqual([
      expect.stringContaining(`github-token lacks ${words} in octo-org/octo-repo`),
    ]);
    expect(simulator.conversations).toEqual([]);
  });
});

describe('a GitHub that fails during the wait for checks', () => {
  const refused = {
    kind: 'status',
    status: 403,
    body: '{"message":"Resource not accessible by integration"}',
  } as const;
  const limited = { kind: 'status', status: 403, body: '{"message":"API rate limit exceeded"}' } as const;

  test('is asked again no sooner than its rate limit says', async () => {
    const { step, pushes, github, clock } = await openGithubSteps();
    pushes({ checks: [GREEN] });
    const answer = { ...limited, headers: { 'retry-after': '600' } };
    github.order({ path: '*/check-runs', answer });
    expect((await step(WAIT)).runner.outputs['checks']).toBe('passed');
    expect(clock.now()).toBeGreaterThan(600_000);
    expect(github.requests.length).toBeLessThan(30);
  });

  test('ends the wait if it refuses for a minute', async () => {
    const { step, pushes, github, clock } = await openGithubSteps();
    pushes({ checks: [GREEN] });
    github.order({ path: '*/check-runs', answer: refused, times: Infinity });
    const { runner } = await step(WAIT);
    expect(runner.outputs).toMatchObject({
      status: 'unreachable',
      'failure-kind': 'github',
      checks: 'pending',
    });
    expect(clock.now()).toBeLessThan(180_000);
  });

  test.each([
    [
      'refuses',
      refused,
      'give the job the permissions checks: read, statuses: read and pull-requests: read',
      '70',
    ],
    ['fails', { kind: 'status', status: 503 }, 'see them in the pull request', '100'],
  ] as const)(
    'and %s until the deadline is not looked for in the conversation',
    async (_, answer, todo, seconds) => {
      const { step, pushes, github } = await openGithubSteps();
      pushes({ checks: [GREEN] });
      github.order({ path: '*/check-runs', answer, times: Infinity });
      const { runner } = await step({ ...WAIT, 'timeout-seconds': seconds });
      expect(runner.outputs['status']).toBe('timed-out');
      expect(runner.failures.join()).toContain(`What to do: ${todo}`);
    },
  );
});

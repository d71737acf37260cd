import { describe, expect, test } from '@jest/globals';
import * as v from 'valibot';

import { GitHubFailure } from '../../src/github/failure.ts';
import type { GitHub } from '../../src/github/octokit.ts';
import { APP_SERVER_ALONE } from '../../testbed/play.ts';
import type { Step } from '../../testbed/steps.ts';
import { KEY } from '../../testbed/world.ts';
import { answering, openGithubSteps } from '../support/github-steps.ts';
import { openSteps } from '../support/open-steps.ts';

const WEEK_MS = 7 * 24 * 60 * 60 * 1000;
const never = new AbortController().signal;
const AUDIT = { message: 'Check the README.', 'idempotency-key': 'readme-audit', poll: 'true' };
const ids = (steps: readonly Step[]): readonly unknown[] =>
  steps.map(({ runner }) => runner.outputs['conversation-id']);
const noticesOf = ({ runner }: Step): readonly string[] =>
  runner.log.filter((line) => line.startsWith('The step tries the last conversation'));

const AGENT_SERVER = {
  'api-version': 'agent-server',
  model: 'openai/any',
  'working-directory': '/work',
};

/** A GitHub whose pull requests have these states, or whose answers have these statuses. `isHidden`: the token sees no repository. */
function gitHub(
  states: Readonly<Record<string, 'open' | 'closed' | 'merged' | 403 | 404 | 502>>,
  isHidden = false,
): GitHub {
  return {
    async rest({ goal, route, parameters, shape }) {
      if (route === 'GET /repos/{owner}/{repo}' && !isHidden)
        return Promise.resolve(v.parse(shape, { full_name: 'octo-org/octo-repo' }));
      const state = states[String(parameters['pull_number'])] ?? 404;
      if (typeof state === 'number') throw new GitHubFailure(goal, `HTTP ${state}`, state);
      const merged = state === 'merged';
      return Promise.resolve(
        v.parse(shape, {
          title: 'Correct the README',
          state: state === 'open' ? 'open' : 'closed',
          merged,
          additions: 1,
          deletions: 1,
        }),
      );
    },
    graphql: async () => Promise.reject(new Error('nobody asks that')),
    readJobLog: async () => Promise.reject(new Error('nobody asks that')),
  };
}

describe.each([
  ['V1', { api: 'v1' }],
  ['V1 without an agent server', { api: 'v1', ...APP_SERVER_ALONE }],
] as const)('if-exists: restart-merged, with %s', (_, options) => {
  const inputs = { ...AUDIT, 'if-exists': 'restart-merged' };

  test('starts nothing for ten weeks while the pull request is open, and the next conversation once it is merged', async () => {
    const states: Record<string, 'open' | 'merged'> = { 12: 'open' };
    const { step, clock, simulator } = await openSteps(options, {
      github: () => ({ during: () => gitHub(states) }),
    });
    const runs: Step[] = [];
    for (let week = 0; week < 10; week += 1) {
      runs.push(await step(inputs));
      await clock.sleep(WEEK_MS, never);
    }
    expect(new Set(ids(runs)).size).toBe(1);
    expect(simulator.conversations).toHaveLength(1);
    expect(runs.map(({ outcome }) => outcome.status)).toEqual(Array(10).fill('finished'));
    expect(runs.at(-1)?.runner.log.filter((line) => line.includes('for this idempotency-key'))).toEqual([
      expect.stringContaining('its pull request https://github.com/octo-org/octo-repo/pull/12 is open'),
      expect.stringMatching(/already exists: the message of this run was not sent$/),
    ]);
    states['12'] = 'merged';
    const next = await step(inputs);
    expect(next.runner.outputs).toMatchObject({ status: 'finished', reused: 'false' });
    expect(next.runner.log.filter((line) => line.includes('for this idempotency-key'))).toEqual([
      expect.stringMatching(/has ended, so the step starts another one\. The last one: http/),
    ]);
    expect(ids(runs)).not.toContain(next.runner.outputs['conversation-id']);
    expect(simulator.conversations).toHaveLength(2);
  });

  test.each([
    ['is closed', { 12: 'closed' }, false, 2],
    ['is missing', {}, false, 2],
    ['cannot be read', { 12: 403 }, false, 1],
    ['is in a repository that the token does not see', {}, true, 1],
  ] as const)(
    'with a pull request that %s (%j, %s), has started %d conversations after two runs',
    async (_how, states, isHidden, count) => {
      const { step, simulator } = await openSteps(options, {
        github: () => ({ during: () => gitHub(states, isHidden) }),
      });
      await step(inputs);
      await step(inputs);
      expect(simulator.conversations).toHaveLength(count);
    },
  );
});

test.each([
  [403, true],
  [502, false],
] as const)(
  'a pull request that cannot be read (%d) gets an advice about the permission: %s',
  async (status, isAdvised) => {
    const { step } = await openSteps(
      { api: 'v1', scenario: 'finish' },
      { github: () => ({ during: () => gitHub({ 12: status }) }) },
    );
    const inputs = { ...AUDIT, 'if-exists': 'restart-merged' };
    await step(inputs);
    const [notice = ''] = noticesOf(await step(inputs));
    expect(notice).toContain('counts as open because it cannot be read');
    expect(notice.includes('give the job the permission pull-requests: read')).toBe(isAdvised);
  },
);

test('a hundred addresses of pull requests in an answer cost a few requests, and start nothing', async () => {
  const urls = Array.from(
    { length: 100 },
    (_, at) => `https://github.com/octo-org/octo-repo/pull/${13 + at}`,
  );
  const { step, github, simulator } = await openGithubSteps({ scenario: answering(urls.join(' ')) });
  await step({ ...AUDIT, 'if-exists': 'restart-merged' });
  const next = await step({ ...AUDIT, 'if-exists': 'restart-merged' });
  expect(noticesOf(next)).toEqual([expect.stringContaining('the last one names 100 pull requests')]);
  expect(simulator.conversations).toHaveLength(1);
  expect(github.requests.length).toBeLessThan(20);
});

describe('if-exists: restart', () => {
  const inputs = { ...AUDIT, 'if-exists': 'restart' };

  test('starts the next conversation once the last has ended, and attaches to one that has not', async () => {
    const { step, simulator } = await openSteps({ api: 'v1' });
    const runs = [await step(inputs), await step({ ...inputs, message: 'simulate: long', poll: 'false' })];
    runs.push(await step({ ...inputs, poll: 'false' }));
    expect(simulator.conversations).toHaveLength(2);
    expect(runs.map(({ runner }) => runner.outputs['reused'])).toEqual(['false', 'false', 'true']);
    expect(runs.slice(-1).flatMap(noticesOf)).toEqual([
      expect.stringContaining('the last one has not ended'),
    ]);
  });

  test('starts one conversation a week although two runs start it shortly after each other', async () => {
    const { step, simulator, clock } = await openSteps({ api: 'v1' });
    for (const [week, apartMs] of [1_000, 0, 4_000, 8_000].entries()) {
      const first = step(inputs);
      await clock.sleep(apartMs, never);
      const two = await Promise.all([first, step(inputs)]);
      expect(new Set(ids(two)).size).toBe(1);
      expect(two.map(({ outcome }) => outcome.status)).toEqual(['finished', 'finished']);
      expect(two.filter(({ runner }) => runner.outputs['reused'] === 'false')).toHaveLength(1);
      expect(new Set(simulator.conversations.map(({ id }) => id)).size).toBe(week + 1);
      await clock.sleep(WEEK_MS, never);
    }
  });

  test('attaches to the next conversation if its step was canceled before it had the id', async () => {
    const { step, simulator } = await openSteps({ api: 'v1' });
    await step(inputs);
    expect((await step(inputs, 2)).outcome.status).toBe('cancelled');
    const again = await step(inputs);
    expect(again.outcome.status).toBe('finished');
    expect(simulator.conversations).toHaveLength(2);
  });

  test('works with an agent server', async () => {
    const { step, simulator } = await openSteps({
      api: 'agent-server',
      authorization: { kind: 'session', key: KEY },
    });
    await step({ ...inputs, ...AGENT_SERVER });
    await step({ ...inputs, ...AGENT_SERVER });
    expect(simulator.conversations).toHaveLength(2);
  });
});

test.each([
  ['finish', 1],
  ['error', 2],
  ['stuck', 2],
  ['vanish', 2],
])(
  'if-exists: restart-failed: after a conversation with the scenario %s there are %d conversations',
  async (scenario, count) => {
    const inputs = { ...AUDIT, 'if-exists': 'restart-failed' };
    const { step, simulator } = await openSteps({ api: 'v1' });
    await step({ ...inputs, message: `simulate: ${scenario}` });
    await step(inputs);
    expect(simulator.conversations).toHaveLength(count);
  },
);

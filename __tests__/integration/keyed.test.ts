import { describe, expect, test } from '@jest/globals';

import { withSteps } from '../support/steps.ts';

const KEYED = { message: 'Work on issue 12', 'idempotency-key': 'issue-12', poll: 'true' };

const isStart = (request: string): boolean => request === 'POST /api/v1/app-conversations';

describe('the same key means the same conversation', () => {
  test('a second run takes it up, whatever its state, and says that the message was not sent', async () => {
    await withSteps({ api: 'v1' }, async ({ step, simulator, requests }) => {
      const first = await step(KEYED);
      expect(first.outcome.status).toBe('finished');
      expect(first.runner.outputs['reused']).toBe('false');
      const second = await step({ ...KEYED, message: 'Something else' });
      expect(second.outcome.status).toBe('finished');
      expect(second.runner.outputs).toMatchObject({
        reused: 'true',
        'conversation-id': first.runner.outputs['conversation-id'],
        response: first.runner.outputs['response'],
      });
      expect(second.runner.log.join('\n')).toContain('the message was not sent');
      expect(simulator.conversations).toHaveLength(1);
      expect(requests().filter(isStart)).toHaveLength(1);
    });
  });

  test('the summary of a second run says so, and shows neither its message nor its branch', async () => {
    await withSteps({ api: 'v1' }, async ({ step }) => {
      await step({ ...KEYED, branch: 'main', poll: 'false' });
      const again = { ...KEYED, message: 'Something else', branch: 'other' };
      const unpolled = (await step({ ...again, poll: 'false' })).runner.page();
      const waited = (await step(again)).runner.page();
      expect(waited).toContain('- Repository: `octo-org/octo-repo`\n- Branch: `main`\n');
      expect(unpolled).toContain('✅ OpenHands: the key has a conversation already');
      for (const page of [waited, unpolled]) {
        expect(page).not.toContain('Something else');
        expect(page).not.toContain('other');
      }
    });
  });

  test('a run that comes while the start is under way waits for the same conversation', async () => {
    await withSteps({ api: 'v1' }, async ({ step, arrival, simulator }) => {
      const first = step(KEYED);
      await arrival('GET /api/v1/app-conversations/start-tasks?');
      const second = await step(KEYED);
      expect((await first).outcome.status).toBe('finished');
      expect(second.outcome.status).toBe('finished');
      expect(second.runner.outputs['conversation-id']).toBe((await first).runner.outputs['conversation-id']);
      expect(second.runner.outputs['reused']).toBe('true');
      expect(simulator.conversations).toHaveLength(1);
    });
  });

  test.each([
    ['key', { 'idempotency-key': 'issue-13' }],
    ['repository', { repository: 'octo-org/other' }],
    ['repository, none', { repository: 'none' }],
  ])('another %s means another one', async (_, other) => {
    await withSteps({ api: 'v1' }, async ({ step, simulator }) => {
      await step(KEYED);
      const second = await step({ ...KEYED, ...other });
      expect(second.runner.outputs['reused']).toBe('false');
      expect(simulator.conversations).toHaveLength(2);
    });
  });

  test('the case of the repository does not matter', async () => {
    await withSteps({ api: 'v1' }, async ({ step }) => {
      await step({ ...KEYED, repository: 'Octo-Org/Octo-Repo' });
      const second = await step({ ...KEYED, repository: 'octo-org/octo-repo' });
      expect(second.runner.outputs['reused']).toBe('true');
    });
  });

  test('a start that failed is no conversation: the next run starts again', async () => {
    await withSteps({ api: 'v1', scenario: 'start-error' }, async ({ step, requests }) => {
      expect((await step(KEYED)).outcome.status).toBe('start-failed');
      const second = await step({ ...KEYED, message: 'simulate: finish' });
      expect(second.outcome.status).toBe('finished');
      expect(second.runner.outputs['reused']).toBe('false');
      expect(requests().filter(isStart)).toHaveLength(2);
    });
  });

  test('a run that was refused looks again before it asks again', async () => {
    const faults = [
      {
        method: 'POST',
        path: '/api/v1/app-conversations',
        answer: { kind: 'status', status: 429, headers: { 'retry-after': '20' }, body: '{}' },
      },
    ] as const;
    await withSteps({ api: 'v1', faults }, async ({ step, arrival, simulator }) => {
      const refused = step(KEYED);
      await arrival('POST /api/v1/app-conversations');
      const second = await step(KEYED);
      expect((await refused).outcome.status).toBe('finished');
      expect((await refused).runner.outputs['reused']).toBe('true');
      expect(second.runner.outputs['reused']).toBe('false');
      expect(simulator.conversations).toHaveLength(1);
    });
  });
});

test('an agent of another run is not stopped by the cancel of this one', async () => {
  await withSteps({ api: 'v1', scenario: 'long' }, async ({ step, simulator }) => {
    await step({ ...KEYED, poll: 'false' });
    const second = await step(KEYED, 60);
    expect(second.outcome.status).toBe('cancelled');
    expect(second.runner.saved()).toEqual({ step: 'over' });
    expect(simulator.conversations[0]?.state).toMatchObject({ execution: 'running' });
  });
});

test('a server without V1 is never asked for an unguarded start', async () => {
  await withSteps({ api: 'v0' }, async ({ step, requests }) => {
    const { outcome, runner } = await step(KEYED);
    expect(outcome.status).toBe('start-failed');
    expect(runner.failures).toEqual([expect.stringContaining('idempotency-key needs API V1')]);
    expect(requests()).toHaveLength(1);
  });
});

test('a server that chooses ids of its own costs a warning: the key cannot work with it', async () => {
  await withSteps({ api: 'v1', honourConversationId: false }, async ({ step }) => {
    const { outcome, runner } = await step(KEYED);
    expect(outcome.status).toBe('finished');
    expect(runner.log.join('\n')).toContain('Warning: The server chose an id of its own');
  });
});

/** Two runs with the same key of which neither sees the other before both have asked for a conversation. */
describe.each(['cloud', 'self-hosted'] as const)(
  'two runs at the same moment, on a server like %s',
  (kind) => {
    test('end on one conversation, and leave no sandbox that runs in vain', async () => {
      await withSteps({ api: 'v1', kind, scenario: 'long' }, async ({ step, simulator, requests, clock }) => {
        const both = [step(KEYED, 300), step(KEYED, 300)];
        await clock.sleep(120_000, new AbortController().signal);
        expect(requests().filter(isStart)).toHaveLength(2);
        const atWork = simulator.sandboxes.filter(({ status }) => status === 'RUNNING');
        expect(atWork).toHaveLength(1);
        const [one, other] = await Promise.all(both);
        expect(one?.runner.outputs['conversation-id']).toBe(other?.runner.outputs['conversation-id']);
        expect([one, other].map((each) => each?.runner.outputs['reused']).toSorted()).toEqual([
          'false',
          'true',
        ]);
      });
    });
  },
);

import { describe, expect, test } from '@jest/globals';

import type { SimulatorOptions } from '../../simulator/server/server.ts';
import type { Scenario } from '../../simulator/server/timeline.ts';
import { isAtWork } from '../support/play.ts';
import { post } from '../support/post.ts';
import { type Steps, withSteps } from '../support/steps.ts';
import { KEY } from '../support/world.ts';

const HIDING: SimulatorOptions = { api: 'v1', hidesDeleted: true };
const START = { method: 'POST', path: '/api/v1/app-conversations' } as const;
const PAUSE = { method: 'POST', path: '/api/v1/sandboxes/*/pause', times: Infinity } as const;
const FINISH = { message: 'Check it\nsimulate: finish', 'idempotency-key': 'issue-12', poll: 'true' };
const FOREVER = { ...FINISH, message: 'Check it\nsimulate: forever', 'timeout-seconds': '300' };

async function deleteFirst({ step, simulator, fetch }: Steps): Promise<void> {
  const { outcome } = await step(FINISH);
  const url = `${simulator.url}/api/v1/app-conversations/${outcome.conversation?.id ?? ''}`;
  await fetch(url, { method: 'DELETE', headers: { authorization: `Bearer ${KEY}` } });
}

describe('two steps with one key at the same instant, on a server that hides the deleted conversation', () => {
  // The second start is stored first, so that both steps have found nothing.
  const both = { ...HIDING, faults: [{ ...START, skip: 1, answer: { kind: 'slow', seconds: 2 } }] } as const;

  test.each(['true', 'false'])('leave no hidden agent at work (poll: %s)', async (poll) => {
    await withSteps(both, async (steps) => {
      await deleteFirst(steps);
      await Promise.all([steps.step({ ...FOREVER, poll }), steps.step({ ...FOREVER, poll })]);
      const hidden = steps.simulator.conversations.filter(
        ({ state }) => state.version === 'v1' && !state.shown,
      );
      expect(hidden).toHaveLength(2);
      expect(hidden.filter(isAtWork)).toEqual([]);
    });
  });

  test('leave no hidden agent at work if both are canceled', async () => {
    await withSteps(both, async (steps) => {
      await deleteFirst(steps);
      const runs = await Promise.all([steps.step(FOREVER, 30), steps.step(FOREVER, 30)]);
      for (const run of runs) await post(run, steps);
      expect(steps.simulator.conversations).toHaveLength(2);
      expect(steps.simulator.conversations.filter(isAtWork)).toEqual([]);
    });
  });

  test('do not say that a sandbox was paused whose agent works', async () => {
    await withSteps(both, async (steps) => {
      await deleteFirst(steps);
      const runs = await Promise.all([steps.step(FOREVER), steps.step(FOREVER)]);
      const log = runs.flatMap(({ runner }) => runner.log).join('\n');
      const atWork = steps.simulator.conversations.filter(isAtWork);
      for (const { sandboxId } of atWork) expect(log).not.toContain(`sandbox ${sandboxId} was paused`);
    });
  });
});

test('a healthy start is no hidden one if the server has the times of its starts in another zone', async () => {
  const HOURS_MS = 5 * 3_600_000;
  const behind = (text: string): string =>
    text.replace(/("updated_at":\s*")([^"]+)"/g, (_, name: string, at: string) => {
      const time = Date.parse(/Z|[+]/.test(at) ? at : `${at}Z`) - HOURS_MS;
      return `${name}${new Date(time).toISOString()}"`;
    });
  await withSteps(
    { api: 'v1' },
    async ({ step, simulator }) => {
      const { outcome, runner } = await step(FINISH);
      expect([outcome.status, ...runner.failures]).toEqual(['finished']);
      expect(simulator.conversations).toHaveLength(1);
    },
    {
      disturb: (method, target) =>
        target.includes('start-tasks') || (method === 'POST' && target === START.path)
          ? { answer: { kind: 'tampered', change: behind } }
          : undefined,
    },
  );
});

describe('a step that ends after its first conversation was hidden', () => {
  test('does not output the hidden conversation if it is canceled while the next is started', async () => {
    await withSteps(HIDING, async (steps) => {
      await deleteFirst(steps);
      const { runner } = await steps.step(FOREVER, 69);
      expect(runner.failures[0]).toContain('before there was a conversation');
      expect(runner.outputs['conversation-id'] ?? '').toBe('');
    });
  });

  test('does not send people to the hidden conversation if the next cannot be looked for', async () => {
    const faults = [
      {
        path: '/api/v1/app-conversations/start-tasks/search',
        skip: 5,
        times: Infinity,
        answer: { kind: 'status', status: 401 },
      },
    ] as const;
    await withSteps({ ...HIDING, faults }, async (steps) => {
      await deleteFirst(steps);
      const { runner } = await steps.step(FOREVER);
      const [hidden] = steps.simulator.conversations;
      expect(runner.failures[0]).not.toContain(hidden?.id);
    });
  });
});

test('nobody is told to pause a sandbox in which other conversations work', async () => {
  await withSteps({ ...HIDING, sharedSandbox: true }, async (steps) => {
    await steps.step({ message: 'Mine\nsimulate: forever', poll: 'false' });
    await deleteFirst(steps);
    const { runner } = await steps.step(FOREVER);
    expect(runner.failures[0]).toContain('has other conversations');
    expect(runner.failures[0]).not.toMatch(/What to do: pause its sandbox/);
  });
});

test('a key whose ids are all taken gets the advice to use another', async () => {
  const faults = [{ ...START, times: Infinity, answer: { kind: 'status', status: 409 } }] as const;
  await withSteps({ api: 'v1', faults }, async ({ step }) => {
    const { runner } = await step(FINISH);
    expect(runner.failures[0]).toContain('use another idempotency-key');
  });
});

test('a start without a key that is refused with 409 leaves nothing to post', async () => {
  const faults = [{ ...START, answer: { kind: 'status', status: 409 } }] as const;
  await withSteps({ api: 'v1', faults }, async ({ step }) => {
    const { runner } = await step({ message: 'Check it', poll: 'true' });
    expect(runner.saved()).toEqual({ kind: 'over' });
  });
});

test('a step that found an unlisted conversation does not say that its agent continues, which an earlier step has paused', async () => {
  await withSteps(HIDING, async (steps) => {
    await deleteFirst(steps);
    await steps.step(FOREVER, 30);
    expect(steps.simulator.conversations.filter(isAtWork)).toEqual([]);
    const { runner } = await steps.step(FOREVER, 10);
    expect(runner.failures[0]).toContain('it is unknown whether the agent continues');
  });
});

test('a later step does not start the number of a hidden conversation again, which an earlier step has paused', async () => {
  await withSteps(HIDING, async (steps) => {
    await deleteFirst(steps);
    await steps.step(FOREVER, 50);
    await steps.clock.sleep(40_000, new AbortController().signal);
    const { outcome, runner } = await steps.step(FINISH);
    expect([outcome.status, runner.outputs['reused']]).toEqual(['finished', 'false']);
    // The paused one, and the next of the key.
    expect(steps.simulator.conversations.map(({ state }) => state)).toEqual([
      expect.objectContaining({ shown: false, sandbox: 'PAUSED' }),
      expect.objectContaining({ shown: true }),
    ]);
  });
});

describe('a start that fails after its sandbox has begun to run', () => {
  const scenario: Scenario = {
    about: 'the start fails in a running sandbox',
    start: [
      { at: 0, start: 'accepted', presence: 'hidden', box: 'starting', agent: 'idle' },
      { at: 3, start: 'preparing-repository', box: 'running' },
      { at: 4, start: 'failed', detail: 'The setup script failed.' },
    ],
    work: [],
  };
  const sandboxIn = ({ simulator }: Steps): string | undefined => simulator.sandboxes[0]?.status;

  test.each([
    ['without a key', { message: 'Check it' }],
    ['with a key', { message: 'Check it', 'idempotency-key': 'issue-12' }],
  ])('has its sandbox paused, and leaves nothing to post, %s', async (_, inputs) => {
    await withSteps({ api: 'v1', scenario }, async (steps) => {
      const { outcome, runner } = await steps.step(inputs);
      expect(outcome.status).toBe('start-failed');
      expect(runner.failures).toEqual([expect.stringContaining('The setup script failed')]);
      expect(sandboxIn(steps)).toBe('PAUSED');
      expect(runner.saved()).toEqual({ kind: 'over' });
    });
  });

  test('says that its sandbox may still run if it cannot be paused', async () => {
    const faults = [{ ...PAUSE, answer: { kind: 'status', status: 403 } }] as const;
    await withSteps({ api: 'v1', scenario, faults }, async (steps) => {
      const { runner } = await steps.step({ message: 'Check it' });
      expect(runner.failures[0]).toMatch(
        /The setup script failed.*its sandbox \S+ could not be paused .*may still run/,
      );
      expect(sandboxIn(steps)).toBe('RUNNING');
    });
  });
});

import { describe, expect, test } from '@jest/globals';

import type { ConversationView, SimulatorOptions } from '../../simulator/server/server.ts';
import { isAtWork, play } from '../support/play.ts';
import { type Step, type Steps, withSteps } from '../support/steps.ts';
import { KEY } from '../support/world.ts';

/** A server that keeps the ids of deleted conversations and hides what is started with them, like OpenHands Cloud. */
const HIDING: SimulatorOptions = { api: 'v1', hidesDeleted: true };
const FOREVER = { message: 'Check it\nsimulate: forever', 'idempotency-key': 'issue-12' };
const FINISH = { message: 'Check it\nsimulate: finish', 'idempotency-key': 'issue-12', poll: 'true' };

async function remove({ simulator, fetch }: Steps, id: string): Promise<void> {
  const answer = await fetch(`${simulator.url}/api/v1/app-conversations/${id}`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${KEY}` },
  });
  expect(answer.status).toBe(200);
}

/** Runs a step with the key, and deletes its conversation. */
async function deleteFirst(steps: Steps): Promise<void> {
  const { outcome } = await steps.step(FINISH);
  await remove(steps, outcome.conversation?.id ?? '');
}

const textOf = ({ runner }: Step): string => [...runner.log, ...runner.failures].join('\n');

function isShown({ state }: ConversationView): boolean {
  return state.shown;
}

describe('a server that hides what is started with the id of a deleted conversation', () => {
  test('gets the next conversation of the key, which later steps find', async () => {
    await withSteps(HIDING, async (steps) => {
      await deleteFirst(steps);
      const again = await steps.step(FINISH);
      const [hidden, shown] = steps.simulator.conversations;
      expect([again.outcome.status, again.runner.outputs['reused']]).toEqual(['finished', 'false']);
      expect([hidden && isShown(hidden), shown && isShown(shown)]).toEqual([false, true]);
      expect(steps.simulator.conversations.filter(isAtWork)).toEqual([]);
      expect(again.runner.outputs['conversation-id']).toBe(shown?.id);
      expect(again.runner.outputs['conversation-url']).toContain(shown?.id);
      expect(textOf(again)).toMatch(/its sandbox \S+ was paused.*What its agent has cost is not known/);
      const later = await steps.step(FINISH);
      expect(later.runner.outputs['conversation-id']).toBe(shown?.id);
      expect([later.outcome.status, later.runner.outputs['reused']]).toEqual(['finished', 'true']);
      expect(steps.simulator.conversations).toHaveLength(2);
    });
  });

  test.each(['restart', 'send'])('gets the next conversation with if-exists: %s, too', async (ifExists) => {
    await withSteps(HIDING, async (steps) => {
      await deleteFirst(steps);
      const again = await steps.step({ ...FINISH, 'if-exists': ifExists });
      expect([again.outcome.status, again.runner.outputs['reused']]).toEqual(['finished', 'false']);
      expect(steps.simulator.conversations.filter(isShown)).toHaveLength(1);
      expect(steps.simulator.conversations.filter(isAtWork)).toEqual([]);
    });
  });

  test('gets the next conversation from a step that does not wait, which passes only with one that is listed', async () => {
    await withSteps(HIDING, async (steps) => {
      await deleteFirst(steps);
      const again = await steps.step({ ...FOREVER, poll: 'false' });
      const [hidden, shown] = steps.simulator.conversations;
      expect(again.outcome).toMatchObject({ status: 'running', conversation: { id: shown?.id } });
      expect([hidden, shown].map((each) => each && isAtWork(each))).toEqual([false, true]);
    });
  });

  test('gets no third conversation: the step fails, names the sandbox, and says to use another key', async () => {
    await withSteps(HIDING, async (steps) => {
      await deleteFirst(steps);
      const second = await steps.step(FINISH);
      await remove(steps, second.outcome.conversation?.id ?? '');
      // By then, no recent start shows that the first number is hidden.
      await steps.clock.sleep(40 * 60_000, new AbortController().signal);
      const third = await steps.step(FINISH);
      const { status } = third.outcome;
      expect([status, third.runner.outputs['failure-kind']]).toEqual(['missing', 'not-found']);
      expect(third.runner.failures).toHaveLength(1);
      const sandbox = steps.simulator.conversations.at(-1)?.sandboxId;
      expect(third.runner.failures[0]).toContain(`its sandbox ${sandbox ?? ''} was paused`);
      expect(third.runner.failures[0]).toContain('use another idempotency-key');
      expect(steps.simulator.conversations.filter(isAtWork)).toEqual([]);
    });
  });

  test('gets nothing more if the sandbox cannot be paused, and the error says that the agent may continue', async () => {
    const faults = [
      {
        method: 'POST',
        path: '/api/v1/sandboxes/*/pause',
        times: Infinity,
        answer: { kind: 'status', status: 500 },
      },
    ] as const;
    await withSteps({ ...HIDING, faults }, async (steps) => {
      await deleteFirst(steps);
      const again = await steps.step({ ...FOREVER, poll: 'true' });
      expect(again.outcome.status).toBe('missing');
      expect(again.runner.failures[0]).toMatch(
        /could not be paused .*may continue.*check what works in its sandbox/,
      );
      expect(again.runner.failures[0]?.match(/may continue/g)).toHaveLength(1);
      expect(steps.simulator.conversations).toHaveLength(1);
      // Post tries again.
      expect(again.runner.saved()).toMatchObject({ hasFailed: true });
    });
  });

  test.each([
    ['one that waits', 'true'],
    ['one that does not', 'false'],
  ])('is told to a step without a key, %s: missing, and the sandbox is paused', async (_, poll) => {
    const disturbed: SimulatorOptions = { api: 'v1', scenario: 'never-appears' };
    await withSteps(disturbed, async (steps) => {
      const { outcome, runner } = await steps.step({ message: 'Check it', poll });
      expect(outcome.status).toBe('missing');
      expect(runner.failures[0]).toMatch(/its sandbox \S+ was paused.*What to do: run the step again/);
      expect(steps.simulator.conversations).toHaveLength(1);
      expect(steps.simulator.conversations.filter(isAtWork)).toEqual([]);
    });
  });

  test('does not make another step that waited for the same start start it again', async () => {
    await withSteps(HIDING, async (steps) => {
      await deleteFirst(steps);
      const both = await Promise.all([
        steps.step(FINISH),
        steps.clock.sleep(20_000, new AbortController().signal).then(async () => steps.step(FINISH)),
      ]);
      expect(both.map(({ outcome }) => outcome.status)).toEqual(['finished', 'finished']);
      const ids = both.map(({ runner }) => runner.outputs['conversation-id']);
      expect(new Set(ids).size).toBe(1);
      const starts = steps.requests().filter((each) => each === 'POST /api/v1/app-conversations');
      // The first, its hidden successor, and the next: one start of each number.
      expect(starts.length).toBeLessThanOrEqual(4);
      expect(steps.simulator.conversations.filter(isShown)).toHaveLength(1);
      expect(steps.simulator.conversations.filter(isAtWork)).toEqual([]);
    });
  });
});

describe('a server that refuses a start with 409 because the id is taken', () => {
  test('gives two runs with one key, at the same instant, one conversation', async () => {
    await withSteps({ api: 'v1', reservesIds: true }, async (steps) => {
      const both = await Promise.all([steps.step(FINISH), steps.step(FINISH)]);
      expect(both.map(({ outcome }) => outcome.status)).toEqual(['finished', 'finished']);
      expect(both.map(({ runner }) => runner.outputs['reused']).toSorted()).toEqual(['false', 'true']);
      expect(steps.simulator.conversations).toHaveLength(1);
    });
  });

  test('gives a step whose answer was lost the conversation that it has asked for', async () => {
    const faults = [
      { method: 'POST', path: '/api/v1/app-conversations', when: 'after', answer: { kind: 'reset' } },
      // As if the start were not stored yet.
      {
        path: '/api/v1/app-conversations/start-tasks/search',
        skip: 1,
        times: 3,
        answer: { kind: 'status', status: 400 },
      },
    ] as const;
    await withSteps({ api: 'v1', reservesIds: true, faults }, async (steps) => {
      const { outcome, runner } = await steps.step(FINISH);
      expect([outcome.status, runner.outputs['reused']]).toEqual(['finished', 'false']);
      expect(steps.simulator.conversations).toHaveLength(1);
    });
  });

  test('gets the next conversation of the key if nothing is found under the id for a minute', async () => {
    const faults = [
      { method: 'POST', path: '/api/v1/app-conversations', answer: { kind: 'status', status: 409 } },
    ] as const;
    await withSteps({ api: 'v1', faults }, async (steps) => {
      const { outcome, runner } = await steps.step(FINISH);
      expect([outcome.status, runner.outputs['reused']]).toEqual(['finished', 'false']);
      expect(steps.clock.now()).toBeGreaterThan(60_000);
    });
  });
});

test('a start whose agent was paused, and cannot be run again, is no message that was not sent', async () => {
  let isPaused = false;
  const { outcome, runner } = await play('finish', 'v1', {}, [], {
    mishapOf({ method, target }) {
      isPaused ||= target.endsWith('/pause');
      if (method === 'POST' && target.endsWith('/resume')) return { answer: { kind: 'status', status: 403 } };
      const isLook = method === 'GET' && target.startsWith('/api/v1/app-conversations?ids=');
      return isLook && !isPaused ? { answer: { kind: 'tampered', change: () => '[null]' } } : undefined;
    },
  });
  expect(outcome).toMatchObject({ status: 'start-failed', conversation: {} });
  expect(runner.failures).toEqual([expect.stringMatching(/^failed to resume the conversation: HTTP 403/)]);
  expect(runner.page()).toContain('### ❌ Start failed');
});

test.each(['attach', 'send', 'restart'])(
  'a conversation that the server says is in another repository is not used with if-exists: %s',
  async (ifExists) => {
    await withSteps({ api: 'v1' }, async (steps) => {
      const first = await steps.step(FINISH);
      // The server answers for an id with its newest conversation.
      await steps.fetch(`${steps.simulator.url}/api/v1/app-conversations`, {
        method: 'POST',
        headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
        body: JSON.stringify({
          conversation_id: first.outcome.conversation?.id,
          selected_repository: 'octo-org/elsewhere',
        }),
      });
      await steps.clock.sleep(10_000, new AbortController().signal);
      const { outcome, runner } = await steps.step({ ...FINISH, 'if-exists': ifExists });
      expect([outcome.status, runner.outputs['failure-kind']]).toEqual(['start-failed', 'server']);
      expect(runner.failures[0]).toContain('is in another repository, octo-org/elsewhere');
      expect(steps.simulator.conversations).toHaveLength(2);
    });
  },
);

import { describe, expect, test } from '@jest/globals';

import type { Comment } from '../../src/comment.ts';
import type { Disturb } from '../support/network.ts';
import { isAtWork, play } from '../support/play.ts';
import { DEFAULTS, post } from '../support/post.ts';
import { withSteps } from '../support/steps.ts';

/** Both runs have looked before one of them asks: the answers to their first looks come a second late. */
function togetherAtFirst(): Disturb {
  let looks = 0;
  return (_, target) => {
    if (!target.includes('/start-tasks/search')) return undefined;
    looks += 1;
    return looks <= 2 ? { answer: { kind: 'slow', seconds: 1 } } : undefined;
  };
}

/** A start that takes longer than the step may. */
const TOO_SHORT = { message: 'simulate: long', 'timeout-seconds': '3', poll: 'true' };

describe('a start that was under way when the deadline passed', () => {
  test('is followed, and its agent stopped, with stop-on-timeout alone', async () => {
    await withSteps({ api: 'v1' }, async (steps) => {
      const { simulator, step } = steps;
      const late = await step({ ...TOO_SHORT, 'stop-on-cancel': 'false' });
      expect(late.outcome.status).toBe('start-failed');
      await post(late, steps, { ...DEFAULTS, cancel: false });
      expect(simulator.conversations[0]?.state).toMatchObject({ sandbox: 'PAUSED' });
      expect(late.runner.log.join('\n')).toContain('The step was interrupted, and the agent was paused');
    });
  });

  test('is left alone without stop-on-timeout', async () => {
    await withSteps({ api: 'v1' }, async (steps) => {
      const { step, requests } = steps;
      const late = await step({ ...TOO_SHORT, 'stop-on-timeout': 'false' });
      const before = requests().length;
      await post(late, steps, { ...DEFAULTS, deadline: false });
      expect(requests()).toHaveLength(before);
    });
  });
});

describe.each([
  ['while it waits to ask again', 10],
  ['while it waits for the conversation of the other', 23],
])('a run that was refused and is canceled %s', (_, seconds) => {
  test('leaves the agent of another run with the same key alone', async () => {
    const keyed = { message: 'simulate: long', 'idempotency-key': 'issue-12', poll: 'true' };
    const faults = [
      {
        method: 'POST',
        path: '/api/v1/app-conversations',
        answer: { kind: 'status', status: 429, headers: { 'retry-after': '20' }, body: '{}' },
      },
    ] as const;
    await withSteps({ api: 'v1', faults }, async (steps) => {
      const { simulator, step, arrival, clock } = steps;
      const refused = step(keyed, seconds);
      await arrival('POST /api/v1/app-conversations');
      await clock.sleep((seconds - 5) * 1000, new AbortController().signal);
      await step({ ...keyed, poll: 'false' });
      expect((await refused).outcome.status).toBe('cancelled');
      await post(await refused, steps);
      await clock.sleep(60_000, new AbortController().signal);
      expect(simulator.conversations).toHaveLength(1);
      expect(simulator.conversations[0]?.state).toMatchObject({ sandbox: 'RUNNING', execution: 'running' });
    });
  });
});

describe.each([0, 1])(
  'of two runs with the same key at the same moment, one that is canceled (%d)',
  (which) => {
    test.each([3, 7, 9])('after %d s stops nothing but what is in vain without it', async (seconds) => {
      const keyed = { message: 'simulate: long', 'idempotency-key': 'issue-12', poll: 'true' };
      await withSteps(
        { api: 'v1', kind: 'cloud' },
        async (steps) => {
          const { simulator, step, clock } = steps;
          const runs = [0, 1].map(async (each) => step(keyed, each === which ? seconds : 300));
          const cancelled = await runs[which];
          if (cancelled === undefined) throw new Error('there was no such run');
          await post(cancelled, steps);
          await clock.sleep(90_000, new AbortController().signal);
          const [, second] = simulator.conversations.map(({ state }) => state);
          expect(simulator.sandboxes).toHaveLength(2);
          const home = second !== undefined && 'shown' in second && second.shown ? 1 : 0;
          const states = simulator.sandboxes.map(({ status }) => status);
          // The other sandbox is of no use to anybody.
          expect(states[1 - home]).toBe('PAUSED');
          const told = cancelled.runner.log.join('\n');
          expect(states[home]).toBe(told.includes('and the agent was paused') ? 'PAUSED' : 'RUNNING');
          await Promise.all(runs);
        },
        { disturb: togetherAtFirst() },
      );
    });
  },
);

test('a comment that main could not write says of a paused conversation that it is paused', async () => {
  await withSteps({ api: 'v1', scenario: 'agent-paused' }, async (steps) => {
    const started = await steps.step({ message: 'Check the README' });
    const id = started.runner.outputs['conversation-id'] ?? '';
    await steps.clock.sleep(60_000, new AbortController().signal);
    started.runner.save({ step: 'unreported', version: 'v1', id });
    const told: string[] = [];
    const ended: Comment['close'] = async ({ status }) => Promise.resolve(told.push(status) > 0);
    await post(started, steps, DEFAULTS, { sink: () => undefined, close: ended });
    expect(told).toEqual(['paused']);
  });
});

test('a start that was refused leaves nothing to post: there is nothing to look for', async () => {
  const faults = [
    {
      method: 'POST',
      path: '/api/v1/app-conversations',
      answer: { kind: 'status', status: 429, headers: { 'retry-after': '20' }, body: '{}' },
    },
  ] as const;
  await withSteps({ api: 'v1', faults }, async ({ step }) => {
    const cancelled = await step({ message: 'simulate: long', poll: 'true' }, 10);
    expect(cancelled.outcome.status).toBe('cancelled');
    expect(cancelled.runner.saved()).toEqual({ step: 'over' });
  });
});

test.each(['v1', 'v0'] as const)(
  'a start by %s whose answer comes a moment after the cancel is not left running',
  async (version) => {
    const path = version === 'v1' ? '/api/v1/app-conversations' : '/api/conversations';
    const late = { method: 'POST', path, answer: { kind: 'slow', seconds: 2 } } as const;
    const ran = await play('forever', version, { 'api-version': version }, [late], { cancelAt: 1 });
    expect(ran.outcome.status).toBe('cancelled');
    expect(ran.seconds).toBeLessThanOrEqual(4);
    expect(ran.left.map(isAtWork)).toEqual([false]);
  },
);

test.each([
  ['v1', '/api/v1/sandboxes/*/pause'],
  ['v0', '/api/conversations/*/stop'],
] as const)(
  'an agent by %s that another step started and this one waits for is stopped by post',
  async (version, path) => {
    const failing = { method: 'POST', path, answer: { kind: 'status', status: 500 } } as const;
    const inputs = { 'api-version': version, message: '' };
    const ran = await play('forever', version, inputs, [failing], { earlier: 'forever', cancelAt: 10 });
    expect(ran.outcome.status).toBe('cancelled');
    expect(ran.left.map(isAtWork)).toEqual([false]);
  },
);

test('a start that is never answered does not hold up a canceled step', async () => {
  const hanging = { method: 'POST', path: '/api/conversations', answer: { kind: 'hang' } } as const;
  const ran = await play('forever', 'v0', { 'api-version': 'v0' }, [hanging], { cancelAt: 1 });
  expect(ran.outcome.status).toBe('cancelled');
  expect(ran.seconds).toBe(6.5);
});

test.each(['v0', 'auto'])(
  'a start by V0 that is never answered is not said to be looked for, which V0 does not allow: api-version %s',
  async (wanted) => {
    const hanging = { method: 'POST', path: '/api/conversations', answer: { kind: 'hang' } } as const;
    const ran = await play('forever', 'v0', { 'api-version': wanted }, [hanging], { cancelAt: 1 });
    expect(ran.runner.failures).toEqual([expect.not.stringContaining('looked for')]);
    expect(ran.runner.log.at(-1)).toContain('while the conversation was being started: check at http');
    // Post asks nobody.
    expect(ran.asked).toHaveLength(ran.post?.from ?? 0);
  },
);

test('a start that was under way when the step was canceled is followed, and its agent stopped', async () => {
  await withSteps({ api: 'v1' }, async (steps) => {
    const { simulator, step } = steps;
    const cancelled = await step({ message: 'simulate: long', poll: 'true' }, 3);
    expect(cancelled.outcome.status).toBe('cancelled');
    await post(cancelled, steps);
    expect(simulator.conversations[0]?.state).toMatchObject({ sandbox: 'PAUSED' });
  });
});

test('a V0 conversation whose runtime is not registered yet is stopped once it is: until then it is only said to be', async () => {
  await withSteps({ api: 'v0', scenario: 'stopped-early' }, async (steps) => {
    const { step, simulator, clock, requests } = steps;
    const cancelled = await step({ message: 'Check the README', poll: 'true', 'api-version': 'v0' }, 5);
    expect(cancelled.runner.failures).toEqual([expect.stringContaining('it had not started yet')]);
    await post(cancelled, steps);
    await clock.sleep(60_000, new AbortController().signal);
    expect(simulator.conversations.map(isAtWork)).toEqual([false]);
    expect(simulator.conversations[0]?.state).toMatchObject({ status: 'STOPPED' });
    expect(requests().filter((request) => request.endsWith('/stop')).length).toBeLessThan(12);
  });
});

test('a sandbox that is said to be broken, as a busy one is, is paused anyway', async () => {
  const busy = (body: string): string =>
    body
      .replace('"sandbox_status":"RUNNING"', '"sandbox_status":"ERROR"')
      .replace(/"execution_status":"[a-z]+"/, '"execution_status":null');
  const ran = await play('forever', 'v1', { 'api-version': 'v1' }, [], {
    cancelAt: 20,
    mishapOf: ({ target, at }) =>
      at >= 18 && target.startsWith('/api/v1/app-conversations?ids')
        ? { answer: { kind: 'tampered', change: busy } }
        : undefined,
  });
  expect(ran.runner.failures).toEqual([expect.stringContaining('and the agent was paused')]);
  expect(ran.left.map(isAtWork)).toEqual([false]);
});

test('a sandbox in which another conversation is about to begin is not paused: the agent alone is stopped', async () => {
  await withSteps({ api: 'v1', sharedSandbox: true }, async ({ step, clock, simulator }) => {
    const cancelled = step({ message: 'simulate: forever', poll: 'true' }, 33);
    await clock.sleep(30_000, new AbortController().signal);
    const other = await step({ message: 'simulate: finish', poll: 'true' });
    expect((await cancelled).outcome.status).toBe('cancelled');
    expect(other.outcome.status).toBe('finished');
    expect(simulator.conversations.map(isAtWork)).toEqual([false, false]);
  });
});

test('post does not wait forever for a server that asks for it', async () => {
  await withSteps({ api: 'v1' }, async (steps) => {
    const started = await steps.step({ message: 'Check the README' });
    const id = started.runner.outputs['conversation-id'] ?? '';
    started.runner.save({ step: 'unreported', version: 'v1', id });
    steps.simulator.order({
      method: 'GET',
      path: '/api/v1/app-conversations',
      times: Number.POSITIVE_INFINITY,
      answer: { kind: 'status', status: 429, headers: { 'retry-after': '900000' }, body: '{}' },
    });
    const since = steps.clock.now();
    await expect(post(started, steps)).rejects.toThrow('the deadline passed');
    expect(steps.clock.now() - since).toBe(90_000);
  });
});

test.each([
  ['is refused', { kind: 'status', status: 500 }],
  ['is a page', { kind: 'page' }],
  ['never comes', { kind: 'hang' }],
] as const)('an agent is stopped at once if the list of starts %s', async (_, answer) => {
  const starts = { method: 'GET', path: '/api/v1/app-conversations/start-tasks/search' };
  const ran = await play(
    'forever',
    'v1',
    { 'api-version': 'v1' },
    [{ ...starts, times: Number.POSITIVE_INFINITY, answer }],
    { cancelAt: 60 },
  );
  expect(ran.runner.failures).toEqual([expect.stringContaining('and the agent was paused')]);
  expect(ran.runner.saved()).toEqual({ step: 'over' });
  expect(ran.left.map(isAtWork)).toEqual([false]);
});

const PAUSE = { method: 'POST', path: '/api/v1/sandboxes/*/pause' } as const;
const NEIGHBORS = { method: 'GET', path: '/api/v1/app-conversations/search' } as const;
const INTERRUPT = { method: 'POST', path: '/agent-server/*/interrupt' } as const;
const ALWAYS = { times: Number.POSITIVE_INFINITY } as const;

describe.each([
  ['the pause of its sandbox', PAUSE],
  ['the search for other conversations of its sandbox', NEIGHBORS],
])('if %s', (_, request) => {
  test.each([
    ['is refused', { kind: 'status', status: 403 }],
    ['conflicts', { kind: 'status', status: 409 }],
    ['is limited', { kind: 'status', status: 429, headers: { 'retry-after': '20' } }],
    ['fails', { kind: 'status', status: 500 }],
    ['is answered in broken JSON', { kind: 'garbage' }],
    ['never is answered', { kind: 'hang' }],
  ] as const)('%s, an agent is interrupted at once', async (_, answer) => {
    const fault = { ...request, ...ALWAYS, answer };
    const ran = await play('forever', 'v1', { 'api-version': 'v1' }, [fault], { cancelAt: 60 });
    expect(ran.runner.failures).toEqual([expect.stringContaining('and the agent was paused')]);
    expect(ran.post).toBeUndefined();
    expect(ran.left.map(isAtWork)).toEqual([false]);
  });

  test('is refused, post interrupts the agent', async () => {
    await withSteps({ api: 'v1' }, async (steps) => {
      const { simulator, step } = steps;
      const cancelled = await step({ message: 'simulate: forever', poll: 'true' }, 3);
      simulator.order({ ...request, ...ALWAYS, answer: { kind: 'status', status: 403 } });
      await post(cancelled, steps);
      expect(cancelled.runner.log.join('\n')).toContain('The step was interrupted, and the agent was paused');
      expect(simulator.conversations.map(isAtWork)).toEqual([false]);
    });
  });
});

test('an agent that can neither be paused nor interrupted is said to continue, with what refused the pause', async () => {
  const refused = {
    ...ALWAYS,
    answer: { kind: 'status', status: 403, body: '{"detail":"not yours"}' },
  } as const;
  const ran = await play(
    'forever',
    'v1',
    { 'api-version': 'v1' },
    [
      { ...PAUSE, ...refused },
      { ...INTERRUPT, ...refused },
    ],
    { cancelAt: 60 },
  );
  expect(ran.runner.failures).toEqual([
    expect.stringContaining('the agent could not be paused (HTTP 403: not yours) and may continue'),
  ]);
  expect(ran.seconds).toBeLessThanOrEqual(64.5);
});

const V0_START = { method: 'POST', path: '/api/conversations' } as const;

test('a V0 start whose answer comes long after the cancel, and before the runner kills the step, is not left running', async () => {
  const late = { ...V0_START, answer: { kind: 'slow', seconds: 6 } } as const;
  const ran = await play('forever', 'v0', { 'api-version': 'v0' }, [late], { cancelAt: 1 });
  expect(ran.outcome.status).toBe('cancelled');
  expect(ran.runner.failures).toEqual([expect.stringContaining('and the agent was paused')]);
  expect(ran.seconds).toBeLessThan(1 + 7.5);
  expect(ran.left.map(isAtWork)).toEqual([false]);
});

test('a V0 start whose answer comes so late that its stop takes longer than the step may is stopped by post', async () => {
  const faults = [
    { ...V0_START, answer: { kind: 'slow', seconds: 6 } },
    { method: 'POST', path: '/api/conversations/*/stop', answer: { kind: 'hang' } },
  ] as const;
  const ran = await play('forever', 'v0', { 'api-version': 'v0' }, faults, { cancelAt: 1 });
  expect(ran.seconds).toBeLessThan(1 + 7.5);
  expect(ran.left.map(isAtWork)).toEqual([false]);
});

test.each(['true', 'false'])(
  'a V0 start whose answer comes a moment after the deadline is known, with stop-on-timeout: %s',
  async (stops) => {
    const late = { ...V0_START, answer: { kind: 'slow', seconds: 7 } } as const;
    const inputs = { 'api-version': 'v0', 'timeout-seconds': '3', 'stop-on-timeout': stops };
    const ran = await play('forever', 'v0', inputs, [late]);
    expect(ran.outcome).toMatchObject({ status: 'timed-out', conversation: { id: ran.left[0]?.id } });
    expect(ran.left.map(isAtWork)).toEqual([stops === 'false']);
  },
);

describe('a pause that takes six seconds, of an agent that cannot be interrupted', () => {
  const slow = [
    { ...PAUSE, ...ALWAYS, answer: { kind: 'slow', seconds: 6 } },
    { ...INTERRUPT, ...ALWAYS, answer: { kind: 'status', status: 403 } },
  ] as const;

  test('is waited for at a deadline, when nobody kills the step', async () => {
    const inputs = { 'api-version': 'v1', 'timeout-seconds': '30' };
    const ran = await play('forever', 'v1', inputs, slow);
    expect(ran.runner.failures).toEqual([
      expect.stringContaining('the deadline passed, and the agent was paused'),
    ]);
    expect(ran.post).toBeUndefined();
  });

  test('is waited for at a deadline until a cancel comes', async () => {
    const hanging = [{ ...PAUSE, ...ALWAYS, answer: { kind: 'hang' } }, slow[1]] as const;
    const inputs = { 'api-version': 'v1', 'timeout-seconds': '30' };
    const ran = await play('forever', 'v1', inputs, hanging, { cancelAt: 32 });
    expect(ran.outcome.status).toBe('timed-out');
    expect(ran.seconds).toBeLessThan(32 + 7.5);
  });
});

test('what post did stands in the summary, too, after what main had to say', async () => {
  const refused = { answer: { kind: 'status', status: 500 } } as const;
  const ran = await play('forever', 'v1', { 'api-version': 'v1' }, [], {
    cancelAt: 60,
    mishapOf: ({ method, at }) => (method === 'POST' && at > 59 && at < 64 ? refused : undefined),
  });
  expect(ran.runner.failures).toEqual([expect.stringContaining('may continue')]);
  const [before = '', after = ''] = ran.runner.page().split('may continue');
  expect(before).not.toContain('the agent was paused');
  expect(after).toContain('the step was canceled, and the agent was paused');
});

test.each(['cancel', 'deadline'] as const)(
  'a step that a %s ends before its start is over says that the agent will be paused after the job',
  async (kind) => {
    const inputs = {
      'api-version': 'v1',
      ...(kind === 'deadline' && { 'timeout-seconds': '3' }),
    };
    const ran = await play('forever', 'v1', inputs, [], kind === 'cancel' ? { cancelAt: 3 } : {});
    expect(ran.runner.failures).toEqual([
      expect.stringContaining(
        'before there was a conversation; the post step looks for it and pauses its agent',
      ),
    ]);
    expect(ran.runner.page()).toContain('and the agent was paused');
    expect(ran.left.map(isAtWork)).toEqual([false]);
  },
);

test('a step that a cancel ends before its start is over promises nothing with stop-on-cancel: false', async () => {
  const inputs = { 'api-version': 'v1', 'stop-on-cancel': 'false' };
  const ran = await play('forever', 'v1', inputs, [], { cancelAt: 3 });
  expect(ran.runner.failures).toEqual([expect.not.stringContaining('after the job')]);
});

test('what post did is told in the comment and by a notice, too, after what main had to say', async () => {
  await withSteps({ api: 'v1' }, async (steps) => {
    const { simulator, step } = steps;
    // Main tries three times.
    for (const request of [PAUSE, INTERRUPT]) {
      simulator.order({ ...request, times: 3, answer: { kind: 'status', status: 500 } });
    }
    const cancelled = await step({ message: 'simulate: forever', poll: 'true' }, 20);
    expect(cancelled.runner.failures).toEqual([expect.stringContaining('could not be paused (HTTP 500')]);
    const told: unknown[] = [];
    const ended: Comment['close'] = async (outcome) => Promise.resolve(told.push(outcome) > 0);
    await post(cancelled, steps, DEFAULTS, { sink: () => undefined, close: ended });
    expect(told).toMatchObject([
      { status: 'cancelled', problem: { because: 'the step was canceled, and the agent was paused' } },
    ]);
    expect(cancelled.runner.log.at(-1)).toContain('The step was interrupted, and the agent was paused: http');
  });
});

test('an agent is stopped by main although the first look for it never is answered', async () => {
  let looks = 0;
  const ran = await play('forever', 'v1', { 'api-version': 'v1' }, [], {
    cancelAt: 60,
    mishapOf: ({ target, at }) => {
      if (at < 60 || !target.startsWith('/api/v1/app-conversations?ids')) return undefined;
      looks += 1;
      return looks === 1 ? { answer: { kind: 'hang' } } : undefined;
    },
  });
  expect(ran.runner.failures).toEqual([expect.stringContaining('and the agent was paused')]);
  expect(ran.post).toBeUndefined();
});

test.each(['https://169.254.169.254', 'https://10.0.0.1', 'http://192.168.0.1'])(
  'no key is sent to %s, which the server names for its agent',
  async (origin) => {
    const elsewhere = (body: string): string =>
      body.replace(/"conversation_url":"[^"]*"/, `"conversation_url":"${origin}/latest"`);
    const refused = { ...PAUSE, ...ALWAYS, answer: { kind: 'status', status: 403 } } as const;
    const ran = await play('forever', 'v1', { 'api-version': 'v1' }, [refused], {
      cancelAt: 60,
      mishapOf: ({ target, at }) =>
        at >= 30 && target.startsWith('/api/v1/app-conversations?ids')
          ? { answer: { kind: 'tampered', change: elsewhere } }
          : undefined,
    });
    expect(ran.runner.failures).toEqual([expect.stringContaining('may continue')]);
    expect(ran.asked.filter(({ target }) => target.startsWith('/latest'))).toEqual([]);
  },
);

test.each([
  ['is refused', { kind: 'status', status: 403 }],
  ['fails', { kind: 'status', status: 500 }],
  ['is a page', { kind: 'page' }],
  ['is about another start', { kind: 'other' }],
  ['knows of none', { kind: 'tampered', change: () => '[null]' }],
  ['never comes', { kind: 'hang' }],
] as const)(
  'after a cancel a conversation is looked for by the chosen id if the word of its start %s',
  async (_, answer) => {
    const task = { path: '/api/v1/app-conversations/start-tasks?ids=*', skip: 1 };
    const troubles = [{ ...task, times: Number.POSITIVE_INFINITY, answer }];
    const ran = await play('forever', 'v1', { 'api-version': 'v1' }, troubles, { cancelAt: 3 });
    expect(ran.outcome.status).toBe('cancelled');
    expect(ran.left.map(isAtWork)).toEqual([false]);
  },
);

test.each([
  ['v1', '/api/v1/app-conversations'],
  ['v0', '/api/conversations'],
] as const)(
  'a step by %s that is canceled after its start has failed, and before that is sure, is canceled',
  async (version, path) => {
    const failing = { method: 'POST', path, times: 2, answer: { kind: 'status', status: 500 } } as const;
    const ran = await play('forever', version, { 'api-version': version }, [failing], { cancelAt: 0.5 });
    expect(ran.outcome.status).toBe('cancelled');
    expect(ran.post).toBeDefined();
  },
);

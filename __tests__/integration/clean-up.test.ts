import { describe, expect, test } from '@jest/globals';

import { isAtWork } from '../../simulator/server/at-work.ts';
import type { Scenario } from '../../simulator/server/timeline.ts';
import type { UnfinishedAgentWork } from '../../src/port/unfinished.ts';
import type { Mishap } from '../../testbed/mishap.ts';
import type { Disturb } from '../../testbed/network.ts';
import { changeLooks, play, type SentRequest } from '../../testbed/play.ts';
import { post, postWithComment } from '../../testbed/post.ts';
import type { Step, Steps } from '../../testbed/steps.ts';
import { DISPATCH, KEY } from '../../testbed/world.ts';
import { openGithub } from '../support/after-test.ts';
import { openSteps } from '../support/open-steps.ts';

/** Makes both runs look before one of them starts: the answers to their first looks come a second late. */
function togetherAtFirst(): Disturb {
  let looks = 0;
  return (_, target) => {
    if (!target.includes('/start-tasks/search')) return undefined;
    looks += 1;
    return looks <= 2 ? { answer: { kind: 'slow', seconds: 1 } } : undefined;
  };
}

/** A start that takes longer than the timeout. */
const TOO_SHORT = { message: 'simulate: long', 'timeout-seconds': '3', poll: 'true' };

describe('a start that was under way at the deadline', () => {
  test('is followed by post, and its agent stopped, if only stop-on-timeout is true', async () => {
    const steps = await openSteps({ api: 'v1' });
    const { simulator, step } = steps;
    const late = await step({ ...TOO_SHORT, 'stop-on-cancel': 'false' });
    expect(late.outcome.status).toBe('start-failed');
    await post(late, steps);
    expect(simulator.conversations[0]?.state).toMatchObject({ sandbox: 'PAUSED' });
    expect(late.runner.log.join('\n')).toContain('The step was interrupted, and the agent was paused');
  });

  test('is left alone with stop-on-timeout: false', async () => {
    const steps = await openSteps({ api: 'v1' });
    const { step, requests } = steps;
    const late = await step({ ...TOO_SHORT, 'stop-on-timeout': 'false' });
    const before = requests().length;
    await post(late, steps);
    expect(requests()).toHaveLength(before);
  });
});

describe.each([
  ['while it waits to retry', 10],
  ['while it waits for the conversation of the other run', 23],
])('a run whose start was refused and that is canceled %s', (_, seconds) => {
  test('does not stop the agent of another run with the same key', async () => {
    const keyed = { message: 'simulate: long', 'idempotency-key': 'issue-12', poll: 'true' };
    const faults = [
      {
        method: 'POST',
        path: '/api/v1/app-conversations',
        answer: { kind: 'status', status: 429, headers: { 'retry-after': '20' }, body: '{}' },
      },
    ] as const;
    const steps = await openSteps({ api: 'v1', faults });
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

describe.each([0, 1])('two runs with the same key at the same moment, with run %d canceled', (which) => {
  test.each([3, 7, 9])(
    'after %d s: only the sandbox that the other run does not use is stopped',
    async (seconds) => {
      const keyed = { message: 'simulate: long', 'idempotency-key': 'issue-12', poll: 'true' };
      const steps = await openSteps({ api: 'v1', kind: 'cloud' }, { disturb: togetherAtFirst() });
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
      // No run uses the other sandbox.
      expect(states[1 - home]).toBe('PAUSED');
      const reported = cancelled.runner.log.join('\n');
      expect(states[home]).toBe(reported.includes('and the agent was paused') ? 'PAUSED' : 'RUNNING');
      await Promise.all(runs);
    },
  );
});

test('the agent of another run with the same key continues if the start of that run stays pending', async () => {
  const first = togetherAtFirst();
  let isPending = false;
  const disturb: Disturb = (method, target) => {
    if (!isPending || !target.includes('/start-tasks/search')) return first(method, target);
    // The list has the newest start first.
    const change = (body: string): string =>
      body.replace(/"status":"READY"(?!.*"status":"READY")/, '"status":"WORKING"');
    return { answer: { kind: 'tampered', change } };
  };
  const steps = await openSteps({ api: 'v1', kind: 'cloud' }, { disturb });
  const keyed = { message: 'simulate: long', 'idempotency-key': 'issue-12', poll: 'true' };
  const other = steps.step(keyed, 400);
  // The first to ask is the starter.
  await steps.arrival('GET /api/v1/app-conversations/start-tasks/search');
  const canceled = await steps.step(keyed, 3);
  isPending = true;
  await post(canceled, steps);
  expect(canceled.runner.log.join('\n')).toContain('Another run with the same idempotency-key owns');
  await other;
});

test('the agent of another run with the same key continues if this run is canceled late in a start of five minutes', async () => {
  const scenario: Scenario = {
    about: 'a slow start',
    start: [
      { at: 0, start: 'accepted', presence: 'hidden', box: 'starting', agent: 'idle' },
      { at: 280, start: 'ready', presence: 'shown', box: 'running' },
    ],
    work: [{ at: 1, agent: 'working' }],
  };
  const steps = await openSteps({ api: 'v1', kind: 'cloud', scenario }, { disturb: togetherAtFirst() });
  const keyed = { message: 'Check it', 'idempotency-key': 'issue-12', poll: 'true' };
  const other = steps.step(keyed, 500);
  // The first to ask is the starter.
  await steps.arrival('GET /api/v1/app-conversations/start-tasks/search');
  const canceled = await steps.step(keyed, 275);
  await post(canceled, steps);
  expect(canceled.runner.log.join('\n')).toContain('Another run with the same idempotency-key owns');
  expect(steps.simulator.conversations.map(isAtWork)).toContain(true);
  await other;
});

test.each([
  ['cancelled', { cancelAt: 3, timeout: '60' }],
  ['start-failed', { cancelAt: undefined, timeout: '3' }],
])(
  'a step that ends as %s before it knows that another run owns its conversation gets a summary with the link',
  async (status, { cancelAt, timeout }) => {
    const steps = await openSteps({ api: 'v1', kind: 'cloud' }, { disturb: togetherAtFirst() });
    const keyed = { message: 'simulate: long', 'idempotency-key': 'issue-12', poll: 'true' };
    const other = steps.step(keyed, 400);
    // The first to ask is the starter.
    await steps.arrival('GET /api/v1/app-conversations/start-tasks/search');
    const { outcome, runner } = await steps.step({ ...keyed, 'timeout-seconds': timeout }, cancelAt);
    expect(outcome.status).toBe(status);
    await post({ runner }, steps);
    const link = (await other).runner.outputs['conversation-url'] ?? '';
    expect(link).toMatch(/^http/);
    expect(runner.page()).toContain(link);
    expect(runner.page()).toContain('another run with the same idempotency-key owns the conversation');
    expect(runner.page()).toContain(`Status: ${status}`);
  },
);

/** A step with a comment that does not wait. */
const COMMENTED = { message: 'Check the README', comment: 'true', 'issue-number': '7' };

test('a comment that main could not write is written by post, and says that the conversation is paused', async () => {
  const steps = await openSteps({ api: 'v1', scenario: 'agent-paused' });
  const github = await openGithub();
  const started = await steps.step(COMMENTED);
  const id = started.runner.outputs['conversation-id'] ?? '';
  await steps.clock.sleep(60_000, new AbortController().signal);
  started.runner.saveState({ kind: 'unreported', version: 'v1', id, marker: 'step-1' });
  await postWithComment(started, { ...steps, github }, DISPATCH);
  expect(github.comments.map(({ body }) => body)).toEqual([expect.stringContaining('### ⏸️ Paused')]);
});

test('a refused start leaves nothing to post: there is nothing to look for', async () => {
  const faults = [
    {
      method: 'POST',
      path: '/api/v1/app-conversations',
      answer: { kind: 'status', status: 429, headers: { 'retry-after': '20' }, body: '{}' },
    },
  ] as const;
  const { step } = await openSteps({ api: 'v1', faults });
  const cancelled = await step({ message: 'simulate: long', poll: 'true' }, 10);
  expect(cancelled.outcome.status).toBe('cancelled');
  expect(cancelled.runner.savedState()).toEqual({ kind: 'over' });
});

test.each(['v1', 'v0'] as const)(
  'a start with %s whose answer comes just after the cancel is stopped',
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
  'an agent with %s that another step started and this one waits for is stopped by post',
  async (version, path) => {
    const failing = { method: 'POST', path, answer: { kind: 'status', status: 500 } } as const;
    const inputs = { 'api-version': version, message: '' };
    const ran = await play('forever', version, inputs, [failing], { earlier: 'forever', cancelAt: 10 });
    expect(ran.outcome.status).toBe('cancelled');
    expect(ran.left.map(isAtWork)).toEqual([false]);
  },
);

test.each(['v0', 'auto'])(
  'a V0 start without an answer is not said to be looked for, which V0 does not allow: api-version %s',
  async (wanted) => {
    const hanging = { method: 'POST', path: '/api/conversations', answer: { kind: 'hang' } } as const;
    const ran = await play('forever', 'v0', { 'api-version': wanted }, [hanging], { cancelAt: 1 });
    expect(ran.runner.failures).toEqual([expect.not.stringContaining('looked for')]);
    expect(ran.runner.log.at(-1)).toContain('while the conversation was starting: check at http');
    // Post sends no request.
    expect(ran.requests).toHaveLength(ran.post?.from ?? 0);
  },
);

test('a V0 conversation whose runtime is not registered yet is stopped once it is: before that, V0 only calls it stopped', async () => {
  const steps = await openSteps({ api: 'v0', scenario: 'stopped-early' });
  const { step, simulator, clock, requests } = steps;
  const cancelled = await step({ message: 'Check the README', poll: 'true', 'api-version': 'v0' }, 5);
  expect(cancelled.runner.failures).toEqual([
    expect.stringContaining('the conversation had not started yet'),
  ]);
  await post(cancelled, steps);
  await clock.sleep(60_000, new AbortController().signal);
  expect(simulator.conversations.map(isAtWork)).toEqual([false]);
  expect(simulator.conversations[0]?.state).toMatchObject({ status: 'STOPPED' });
  expect(requests().filter((request) => request.endsWith('/stop')).length).toBeLessThan(12);
});

test('a sandbox that the server calls broken because it is busy is paused, too', async () => {
  const busy = (body: string): string =>
    body
      .replace('"sandbox_status":"RUNNING"', '"sandbox_status":"ERROR"')
      .replace(/"execution_status":"[a-z]+"/, '"execution_status":null');
  const ran = await play('forever', 'v1', { 'api-version': 'v1' }, [], {
    cancelAt: 20,
    mishapOf: changeLooks(busy, { from: 18 }),
  });
  expect(ran.runner.failures).toEqual([expect.stringContaining('and the agent was paused')]);
  expect(ran.left.map(isAtWork)).toEqual([false]);
});

test('a sandbox in which another conversation is about to begin is not paused: only the agent is interrupted', async () => {
  const { step, clock, simulator } = await openSteps({ api: 'v1', sharedSandbox: true });
  const cancelled = step({ message: 'simulate: forever', poll: 'true' }, 33);
  await clock.sleep(30_000, new AbortController().signal);
  const other = await step({ message: 'simulate: finish', poll: 'true' });
  expect((await cancelled).outcome.status).toBe('cancelled');
  expect(other.outcome.status).toBe('finished');
  expect(simulator.conversations.map(isAtWork)).toEqual([false, false]);
});

test.each([true, false])(
  'post warns of an unreadable state, and says where to look, unless the comment says so: written %s',
  async (isWritten) => {
    const steps = await openSteps({ api: 'v1' });
    const down = { path: '/*', ...ALWAYS, answer: { kind: 'status', status: 403 } } as const;
    const github = await openGithub({ faults: isWritten ? [] : [down] });
    const started = await steps.step(COMMENTED);
    const ofMain = warningsOf(started).length;
    const id = started.runner.outputs['conversation-id'] ?? '';
    started.runner.saveState({ kind: 'unreported', version: 'v1', id, marker: 'step-1' });
    const refused = { kind: 'status', status: 429, headers: { 'retry-after': '900000' } } as const;
    steps.simulator.order({ method: 'GET', path: '/api/v1/app-conversations', ...ALWAYS, answer: refused });
    await postWithComment(started, { ...steps, github }, DISPATCH);
    const { url } = started.outcome.conversation ?? {};
    const warning = `Warning: The comment or the summary is not up to date: the deadline passed. What to do: see ${url ?? ''}`;
    const unwritten = expect.stringMatching(
      /^Warning: Failed to look for the comment on octo-org\/octo-repo#7: HTTP 403: /,
    );
    expect(warningsOf(started).slice(ofMain)).toEqual(isWritten ? [] : [unwritten, warning]);
    const written = isWritten ? [expect.stringContaining('### ❌ Unreachable')] : [];
    expect(github.comments.map(({ body }) => body)).toEqual(written);
  },
);

const warningsOf = ({ runner }: Step): readonly string[] =>
  runner.log.filter((line) => line.startsWith('Warning: '));

/** Runs post with a bug in it: its clock breaks. */
async function failingPost(ended: Step, steps: Steps): Promise<void> {
  const now = (): number => {
    throw new RangeError('Invalid time value');
  };
  await post(ended, { ...steps, clock: { ...steps.clock, now } });
}

const LOOK_FOR_START = 'make sure at URL that the conversation was not started anyway';
const LEFT_ID = '0a1b2c3d00004000800000000000cafe';
const SEE_CONVERSATION = `see URL/conversations/${LEFT_ID}`;

describe.each<[UnfinishedAgentWork['left'], string]>([
  [undefined, LOOK_FOR_START],
  [{ why: 'failure', said: 'no-conversation' }, LOOK_FOR_START],
  [{ why: 'failure', said: 'not-paused' }, SEE_CONVERSATION],
])('post of a step that left %j, if it fails itself,', (left, ofStart) => {
  test.each<[UnfinishedAgentWork, string]>([
    [{ kind: 'asked', version: 'v1', id: LEFT_ID }, ofStart],
    [{ kind: 'pending', version: 'v1', id: LEFT_ID, task: 'task-1' }, ofStart],
    [{ kind: 'started', version: 'v1', id: LEFT_ID }, SEE_CONVERSATION],
  ])('says that the agent may still be working, and where to look: %j', async (state, where) => {
    const steps = await openSteps({ api: 'v1' });
    const ended = await steps.step({ message: 'Check the README' });
    ended.runner.saveState({ ...state, ...(left && { left }) });
    await failingPost(ended, steps);
    expect(warningsOf(ended)).toEqual([
      `Warning: The agent may still be working: Invalid time value. What to do: ${where.replace('URL', steps.simulator.url)}`,
    ]);
  });
});

test('post that cannot write the summary does not say that the agent may still be working, which it has paused', async () => {
  const steps = await openSteps({ api: 'v1' });
  const { runner, ...ended } = await steps.step({ message: 'simulate: forever', poll: 'true' }, 3);
  const full = { ...runner, summary: async () => Promise.reject(new Error('no space left on device')) };
  await post({ runner: full }, steps);
  expect(steps.simulator.conversations.map(isAtWork)).toEqual([false]);
  expect(warningsOf({ ...ended, runner })).toEqual([
    expect.stringMatching(
      /: The comment or the summary is not up to date: no space .*\. What to do: see http/,
    ),
  ]);
});

test.each([
  ['is refused', { kind: 'status', status: 500 }],
  ['never comes', { kind: 'hang' }],
] as const)('an agent is stopped at once if the answer about starts %s', async (_, answer) => {
  const starts = { method: 'GET', path: '/api/v1/app-conversations/start-tasks/search' };
  const ran = await play(
    'forever',
    'v1',
    { 'api-version': 'v1' },
    [{ ...starts, times: Number.POSITIVE_INFINITY, answer }],
    { cancelAt: 60 },
  );
  expect(ran.runner.failures).toEqual([expect.stringContaining('and the agent was paused')]);
  expect(ran.runner.savedState()).toEqual({ kind: 'over' });
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
  test('is refused, post interrupts the agent', async () => {
    const steps = await openSteps({ api: 'v1' });
    const { simulator, step } = steps;
    const cancelled = await step({ message: 'simulate: forever', poll: 'true' }, 3);
    simulator.order({ ...request, ...ALWAYS, answer: { kind: 'status', status: 403 } });
    await post(cancelled, steps);
    expect(cancelled.runner.log.join('\n')).toContain('The step was interrupted, and the agent was paused');
    expect(simulator.conversations.map(isAtWork)).toEqual([false]);
  });
});

test('an agent that can be neither paused nor interrupted is reported as continuing, with why the pause was refused', async () => {
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
    expect.stringContaining('the agent could not be paused (HTTP 403: not yours), so it may continue'),
  ]);
  expect(ran.seconds).toBeLessThanOrEqual(64.5);
});

const V0_START = { method: 'POST', path: '/api/conversations' } as const;

test('a V0 start whose answer comes just before the runner kills the canceled step is stopped', async () => {
  const late = { ...V0_START, answer: { kind: 'slow', seconds: 6 } } as const;
  const ran = await play('forever', 'v0', { 'api-version': 'v0' }, [late], { cancelAt: 1 });
  expect(ran.outcome.status).toBe('cancelled');
  expect(ran.runner.failures).toEqual([expect.stringContaining('and the agent was paused')]);
  expect(ran.seconds).toBeLessThan(1 + 7.5);
  expect(ran.left.map(isAtWork)).toEqual([false]);
});

test('a V0 start that main cannot stop before the runner kills it is stopped by post', async () => {
  const faults = [
    { ...V0_START, answer: { kind: 'slow', seconds: 6 } },
    { method: 'POST', path: '/api/conversations/*/stop', answer: { kind: 'hang' } },
  ] as const;
  const ran = await play('forever', 'v0', { 'api-version': 'v0' }, faults, { cancelAt: 1 });
  expect(ran.seconds).toBeLessThan(1 + 7.5);
  expect(ran.left.map(isAtWork)).toEqual([false]);
});

test.each(['true', 'false'])(
  'a V0 start whose answer comes just after the deadline has its conversation reported, with stop-on-timeout: %s',
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

  test('is waited for at a deadline, because the runner does not kill the step', async () => {
    const inputs = { 'api-version': 'v1', 'timeout-seconds': '30' };
    const ran = await play('forever', 'v1', inputs, slow);
    expect(ran.runner.failures).toEqual([
      expect.stringContaining('the deadline passed (timeout-seconds is 30), and the agent was paused'),
    ]);
    expect(ran.post).toBeUndefined();
  });

  test('is waited for at a deadline only until a cancel', async () => {
    const hanging = [{ ...PAUSE, ...ALWAYS, answer: { kind: 'hang' } }, slow[1]] as const;
    const inputs = { 'api-version': 'v1', 'timeout-seconds': '30' };
    const ran = await play('forever', 'v1', inputs, hanging, { cancelAt: 32 });
    expect(ran.outcome.status).toBe('timed-out');
    expect(ran.seconds).toBeLessThan(32 + 7.5);
  });
});

test('what post did is in the summary, below what main reported', async () => {
  const refused = { answer: { kind: 'status', status: 500 } } as const;
  const ran = await play('forever', 'v1', { 'api-version': 'v1' }, [], {
    cancelAt: 60,
    mishapOf: ({ method, at }) => (method === 'POST' && at > 59 && at < 64 ? refused : undefined),
  });
  expect(ran.runner.failures).toEqual([expect.stringContaining('may continue')]);
  const [before = '', after = ''] = ran.runner.page().split('may continue');
  expect(before).not.toContain('the agent was paused');
  expect(after).toContain('The step was canceled, and the agent was paused');
});

test.each(['cancel', 'deadline'] as const)(
  'a step that a %s ends during its start says that the agent will be paused after the job',
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
    expect(ran.runner.failures[0]).toMatch(/What to do: see what the post step reports/);
    // One summary: what main knew was out of date.
    const heading = kind === 'cancel' ? '🛑 Canceled' : '❌ Start failed';
    expect(headings(ran.runner.page())).toEqual([`### ${heading}`]);
    expect(ran.runner.page()).toContain(`Status: ${ran.runner.outputs['status'] ?? ''}`);
    expect(ran.runner.page()).toContain('and the agent was paused');
    expect(ran.left.map(isAtWork)).toEqual([false]);
  },
);

const IN_A_MINUTE = { 'timeout-seconds': '60' } as const;
const FAILS_THEN = {
  mishapOf: ({ at }: SentRequest): Mishap | undefined =>
    at > 59 && at < 95 ? { answer: { kind: 'status', status: 503 } } : undefined,
} as const;

test('a sandbox whose pause fails, of an agent that is paused already, is no second end: main has reported it', async () => {
  const ran = await play('agent-paused', 'v1', { 'max-cost-usd': '50', ...IN_A_MINUTE }, [], FAILS_THEN);
  expect(ran.post).toBeDefined();
  expect(ran.left.map(isAtWork)).toEqual([false]);
  expect(headings(ran.runner.page())).toHaveLength(1);
  expect(ran.runner.page()).toContain('What was asked');
});

const headings = (page: string): readonly string[] => page.match(/^### .*$/gm) ?? [];

test.each([
  ['V0, without an answer', 'v0', { ...V0_START, answer: { kind: 'hang' } }],
  [
    'V1, whose server then breaks',
    'v1',
    {
      method: 'GET',
      path: '/api/v1/app-conversations*',
      times: Number.POSITIVE_INFINITY,
      answer: { kind: 'status', status: 403 },
    },
  ],
] as const)(
  'a start that is canceled and not found has one summary, which says so: %s',
  async (_, version, trouble) => {
    const ran = await play('forever', version, { 'api-version': version }, [trouble], { cancelAt: 1 });
    expect(headings(ran.runner.page())).toEqual([expect.stringMatching(/^### 🛑 Canceled/)]);
    expect(ran.runner.page()).toContain('that the conversation was not started anyway');
  },
);

test('a step that a cancel ends during its start announces nothing with stop-on-cancel: false', async () => {
  const inputs = { 'api-version': 'v1', 'stop-on-cancel': 'false' };
  const ran = await play('forever', 'v1', inputs, [], { cancelAt: 3 });
  expect(ran.runner.failures).toEqual([expect.not.stringContaining('after the job')]);
});

test.each([
  ['is refused', { kind: 'status', status: 403 }],
  ['is about another start', { kind: 'other' }],
  ['lists none', { kind: 'tampered', change: () => '[null]' }],
  ['never comes', { kind: 'hang' }],
] as const)(
  'after a cancel a conversation is looked for by its chosen id if the answer about its start %s',
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
  'a step with %s that is canceled before it can tell that its start failed is canceled',
  async (version, path) => {
    const failing = { method: 'POST', path, times: 2, answer: { kind: 'status', status: 500 } } as const;
    const ran = await play('forever', version, { 'api-version': version }, [failing], { cancelAt: 0.5 });
    expect(ran.outcome.status).toBe('cancelled');
    expect(ran.post).toBeDefined();
  },
);

test('a step that was killed leaves its agent at work with stop-on-cancel: false, and post says so', async () => {
  const steps = await openSteps({ api: 'v1', scenario: 'forever' });
  const started = await steps.step({ message: 'Check the README', 'stop-on-cancel': 'false' });
  const id = started.runner.outputs['conversation-id'] ?? '';
  started.runner.saveState({ kind: 'started', version: 'v1', id });
  await post(started, steps);
  expect(steps.simulator.conversations.map(isAtWork)).toEqual([true]);
  expect(started.runner.log.join('\n')).toContain('The agent continues because stop-on-cancel is false');
});

describe('a key that is refused from the middle of the run on', () => {
  test.each([
    ['without idempotency-key', {}],
    ['with one', { 'idempotency-key': 'issue-12' }],
    ['with a cost limit', { 'max-cost-usd': '50' }],
  ])('makes neither main nor post wait, and the agent may go on: %s', async (_, inputs) => {
    const steps = await openSteps({ api: 'v1' });
    const { clock, simulator, step } = steps;
    const going = step({ message: 'simulate: forever', poll: 'true', ...inputs });
    await clock.sleep(30_000, new AbortController().signal);
    simulator.order({ path: '/api/*', ...ALWAYS, answer: { kind: 'status', status: 401, body: '{}' } });
    const refusedAt = clock.now();
    const ended = await going;
    expect(ended.outcome.status).toBe('unreachable');
    expect(ended.runner.failures).toEqual([expect.stringMatching(/HTTP 401.* may continue/)]);
    // The step notices it at its next look.
    expect(clock.now() - refusedAt).toBeLessThan(15_000);
    const endedAt = clock.now();
    await post(ended, steps);
    expect(clock.now() - endedAt).toBeLessThan(6_000);
    expect(ended.runner.log.join('\n')).toContain('may continue');
  });

  test('does not make post wait for a start that nobody can see any more', async () => {
    const steps = await openSteps({ api: 'v1' });
    const late = await steps.step({ ...TOO_SHORT, 'idempotency-key': 'issue-12' });
    const refused = { kind: 'status', status: 401, body: '{}' } as const;
    steps.simulator.order({ path: '/api/*', ...ALWAYS, answer: refused });
    const endedAt = steps.clock.now();
    await post(late, steps);
    expect(steps.clock.now() - endedAt).toBeLessThan(6_000);
    expect(late.runner.log.join('\n')).toContain('check at http');
  });

  test('only once is tried again, and the agent is paused', async () => {
    const ran = await play(
      'forever',
      'v1',
      { 'api-version': 'v1' },
      [
        { ...PAUSE, answer: { kind: 'status', status: 401, body: '{}' } },
        { ...INTERRUPT, answer: { kind: 'status', status: 401, body: '{}' } },
      ],
      { cancelAt: 30 },
    );
    expect(ran.left.map(isAtWork)).toEqual([false]);
  });
});

test.each([
  ['are refused', { kind: 'status', status: 403 }],
  ['never come', { kind: 'hang' }],
] as const)(
  'a lost start of a key leaves the agent alone if the answers about its starts %s: another run may have started it',
  async (_, answer) => {
    let cannotList = false;
    const disturb: Disturb = (_method, target) => {
      if (!cannotList || !target.includes('/start-tasks/search')) return undefined;
      if (answer.kind === 'hang') return { answer };
      steps.simulator.order({ method: 'GET', path: target, answer });
      return undefined;
    };
    const steps = await openSteps({ api: 'v1', kind: 'cloud' }, { disturb });
    const other = await steps.step({
      message: 'simulate: forever',
      'idempotency-key': 'issue-12',
      poll: 'false',
    });
    await steps.clock.sleep(30_000, new AbortController().signal);
    const at = steps.clock.date().getTime();
    const id = other.runner.outputs['conversation-id'] ?? '';
    other.runner.saveState({ kind: 'asked', version: 'v1', id, at, stepTag: 'of-this-step' });
    cannotList = true;
    await post(other, steps);
    expect(steps.simulator.conversations.map(isAtWork)).toEqual([true]);
    expect(warningsOf(other)).toEqual([
      expect.stringContaining('another run with the same idempotency-key may have started it'),
    ]);
  },
);

test('post shows no key that the server repeats', async () => {
  const steps = await openSteps({ api: 'v1', scenario: 'forever' });
  const left = await steps.killed({ message: 'Fix it', poll: 'true' }, 30);
  const answer = { kind: 'status', status: 403, body: JSON.stringify({ detail: `${KEY} may not` }) } as const;
  for (const path of ['*/pause', '*/interrupt'])
    steps.simulator.order({ method: 'POST', path, times: Number.POSITIVE_INFINITY, answer });
  await post(left, steps);
  const shown = left.runner.log.join('\n') + left.runner.page();
  expect(shown).toContain('HTTP 403: *** may not');
  expect(shown).not.toContain(KEY);
});

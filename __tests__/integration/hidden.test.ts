import { describe, expect, test } from '@jest/globals';

import { isAtWork } from '../../simulator/server/at-work.ts';
import type { SimulatorOptions } from '../../simulator/server/server-options.ts';
import type { ConversationView } from '../../simulator/server/store.ts';
import type { Scenario } from '../../simulator/server/timeline.ts';
import type { Disturb } from '../../testbed/network.ts';
import { play } from '../../testbed/play.ts';
import { post } from '../../testbed/post.ts';
import { deleteConversation, type Step, type Steps } from '../../testbed/steps.ts';
import { KEY } from '../../testbed/world.ts';
import { openSteps } from '../support/open-steps.ts';

/** A server that keeps the ids of deleted conversations and hides what is started with them, like OpenHands Cloud. */
const HIDING: SimulatorOptions = { api: 'v1', hidesDeleted: true };
const FOREVER = { message: 'Check it\nsimulate: forever', 'idempotency-key': 'issue-12' };
const FINISH = { message: 'Check it\nsimulate: finish', 'idempotency-key': 'issue-12', poll: 'true' };

const ENDLESS = { ...FOREVER, poll: 'true', 'timeout-seconds': '300' };
const START = { method: 'POST', path: '/api/v1/app-conversations' } as const;
const PAUSE = { method: 'POST', path: '/api/v1/sandboxes/*/pause', times: Infinity } as const;

/** Runs a step with the key, and deletes its conversation. */
async function deleteFirst(steps: Steps): Promise<void> {
  const { outcome } = await steps.step(FINISH);
  await deleteConversation(steps, outcome.conversation?.id ?? '');
}

const textOf = ({ runner }: Step): string => [...runner.log, ...runner.failures].join('\n');

function isShown({ state }: ConversationView): boolean {
  return state.shown;
}

describe('a server that hides what is started with the id of a deleted conversation', () => {
  test('gets the next conversation of the key, which later steps find', async () => {
    const steps = await openSteps(HIDING);
    await deleteFirst(steps);
    const again = await steps.step(FINISH);
    const [hidden, shown] = steps.simulator.conversations;
    expect([again.outcome.status, again.runner.outputs['reused']]).toEqual(['finished', 'false']);
    expect([hidden && isShown(hidden), shown && isShown(shown)]).toEqual([false, true]);
    expect(steps.simulator.conversations.filter(isAtWork)).toEqual([]);
    expect(again.runner.outputs['conversation-id']).toBe(shown?.id);
    expect(again.runner.outputs['conversation-url']).toContain(shown?.id);
    expect(textOf(again)).toMatch(/; sandbox \S+ was paused.*The cost of its agent is unknown/);
    const later = await steps.step(FINISH);
    expect(later.runner.outputs['conversation-id']).toBe(shown?.id);
    expect([later.outcome.status, later.runner.outputs['reused']]).toEqual(['finished', 'true']);
    expect(steps.simulator.conversations).toHaveLength(2);
  });

  test.each(['restart', 'send'])('gets the next conversation with if-exists: %s, too', async (ifExists) => {
    const steps = await openSteps(HIDING);
    await deleteFirst(steps);
    const again = await steps.step({ ...FINISH, 'if-exists': ifExists });
    expect([again.outcome.status, again.runner.outputs['reused']]).toEqual(['finished', 'false']);
    expect(steps.simulator.conversations.filter(isShown)).toHaveLength(1);
    expect(steps.simulator.conversations.filter(isAtWork)).toEqual([]);
  });

  test('gets the next conversation from a step that does not wait, which passes only with one that is listed', async () => {
    const steps = await openSteps(HIDING);
    await deleteFirst(steps);
    const again = await steps.step({ ...FOREVER, poll: 'false' });
    const [hidden, shown] = steps.simulator.conversations;
    expect(again.outcome).toMatchObject({ status: 'running', conversation: { id: shown?.id } });
    expect([hidden, shown].map((each) => each && isAtWork(each))).toEqual([false, true]);
  });

  test('gets no third conversation: the step fails, names the sandbox, and says to use another key', async () => {
    const steps = await openSteps(HIDING);
    await deleteFirst(steps);
    const second = await steps.step(FINISH);
    await deleteConversation(steps, second.outcome.conversation?.id ?? '');
    // By then, no recent start shows that the first number is hidden.
    await steps.clock.sleep(40 * 60_000, new AbortController().signal);
    const third = await steps.step(FINISH);
    const { status } = third.outcome;
    expect([status, third.runner.outputs['failure-kind']]).toEqual(['missing', 'not-found']);
    expect(third.runner.failures).toHaveLength(1);
    const sandbox = steps.simulator.conversations.at(-1)?.sandboxId;
    expect(third.runner.failures[0]).toContain(
      `; sandbox ${sandbox ?? ''} was paused. What to do: change the key in the workflow, if all its runs have the same, then start a new run.`,
    );
    expect(steps.simulator.conversations.filter(isAtWork)).toEqual([]);
  });

  test('gets nothing more if the sandbox cannot be paused, and the error says once that the agent may be working', async () => {
    const faults = [{ ...PAUSE, answer: { kind: 'status', status: 500 } }] as const;
    const steps = await openSteps({ ...HIDING, faults });
    await deleteFirst(steps);
    const again = await steps.step({ ...FOREVER, poll: 'true' });
    expect(again.outcome.status).toBe('missing');
    expect(again.runner.failures[0]).toMatch(
      /could not be paused .*may be working.*check what runs in sandbox/,
    );
    expect(again.runner.failures[0]?.match(/may continue|may be working/g)).toHaveLength(1);
    expect(steps.simulator.conversations).toHaveLength(1);
    // Post tries again.
    expect(again.runner.savedState()).toMatchObject({ left: { why: 'failure' } });
  });

  test.each([
    ['one that waits', 'true'],
    ['one that does not', 'false'],
  ])('is told to a step without a key, %s: missing, and the sandbox is paused', async (_, poll) => {
    const disturbed: SimulatorOptions = { api: 'v1', scenario: 'never-appears' };
    const steps = await openSteps(disturbed);
    const { outcome, runner } = await steps.step({ message: 'Check it', poll });
    expect(outcome.status).toBe('missing');
    expect(runner.failures[0]).toMatch(/; sandbox \w+ was paused\. What to do: start a new run\.$/);
    expect(steps.simulator.conversations).toHaveLength(1);
    expect(steps.simulator.conversations.filter(isAtWork)).toEqual([]);
  });

  test('does not make another step that waited for the same start start it again', async () => {
    const steps = await openSteps(HIDING);
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

describe('a server that refuses a start with 409 because the id is taken', () => {
  test('gives two runs with one key, at the same instant, one conversation', async () => {
    const steps = await openSteps({ api: 'v1', reservesIds: true });
    const both = await Promise.all([steps.step(FINISH), steps.step(FINISH)]);
    expect(both.map(({ outcome }) => outcome.status)).toEqual(['finished', 'finished']);
    expect(both.map(({ runner }) => runner.outputs['reused']).toSorted()).toEqual(['false', 'true']);
    expect(steps.simulator.conversations).toHaveLength(1);
  });

  test('gives a step whose answer was lost the conversation that it has asked for', async () => {
    const faults = [
      { ...START, when: 'after', answer: { kind: 'reset' } },
      // As if the start were not stored yet.
      {
        path: '/api/v1/app-conversations/start-tasks/search',
        skip: 1,
        times: 3,
        answer: { kind: 'status', status: 400 },
      },
    ] as const;
    const steps = await openSteps({ api: 'v1', reservesIds: true, faults });
    const { outcome, runner } = await steps.step(FINISH);
    expect([outcome.status, runner.outputs['reused']]).toEqual(['finished', 'false']);
    expect(steps.simulator.conversations).toHaveLength(1);
  });

  test('does not lose its agent to a cancel of the second run, which was refused while the first one started', async () => {
    const slow = { ...FINISH, message: 'Check it\nsimulate: slow-start' };
    let searches = 0;
    const noStarts = { kind: 'tampered', change: () => '{"items":[],"next_page_id":null}' } as const;
    const disturb: Disturb = (_, target) => {
      if (target.includes('/start-tasks/search')) searches += 1;
      // As if the second run had looked for the start before the first one asked for it.
      return searches === 2 && target.includes('/start-tasks/search') ? { answer: noStarts } : undefined;
    };
    const steps = await openSteps({ api: 'v1', reservesIds: true }, { disturb });
    const first = steps.step(slow);
    await steps.arrival('POST /api/v1/app-conversations');
    const second = await steps.step(slow, 4);
    expect(textOf(second)).toContain('HTTP 409');
    expect(second.outcome.status).toBe('cancelled');
    await post(second, steps);
    await first;
    expect(steps.requests().filter((request) => request.endsWith('/pause'))).toEqual([]);
  });

  test('gets the next conversation of the key if nothing is found under the id for a minute', async () => {
    const faults = [{ ...START, answer: { kind: 'status', status: 409 } }] as const;
    const steps = await openSteps({ api: 'v1', faults });
    const { outcome, runner } = await steps.step(FINISH);
    expect([outcome.status, runner.outputs['reused']]).toEqual(['finished', 'false']);
    expect(steps.clock.now()).toBeGreaterThan(60_000);
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
    const steps = await openSteps({ api: 'v1' });
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
  },
);

test.each([
  ['after a lost answer', { answer: { kind: 'reset' } }],
  ['after a 409', { answer: { kind: 'status', status: 409 } }],
  ['after a 429', { answer: { kind: 'status', status: 429, headers: { 'retry-after': '2' }, body: '{}' } }],
] as const)(
  'a conversation that the server says is in another repository is not used %s',
  async (_when, { answer }) => {
    const change = (body: string): string => body.replaceAll('octo-org/octo-repo', 'octo-org/elsewhere');
    const disturb: Disturb = (method, target) =>
      method === 'GET' && target.startsWith('/api/v1/app-conversations?ids=')
        ? { answer: { kind: 'tampered', change } }
        : undefined;
    // Somebody has started it just before.
    const faults = [{ ...START, when: 'after', answer }] as const;
    const steps = await openSteps({ api: 'v1', faults }, { disturb });
    const step = await steps.step({ ...FINISH, repository: 'octo-org/octo-repo' });
    const { outcome, runner } = step;
    expect([outcome.status, runner.outputs['failure-kind']]).toEqual(['start-failed', 'server']);
    expect(runner.failures).toEqual([
      expect.stringContaining('is in another repository, octo-org/elsewhere'),
    ]);
    expect(steps.simulator.conversations).toHaveLength(1);
  },
);

test('a start with the key whose conversation is in another repository is not used, once it is listed', async () => {
  const change = (body: string): string => body.replaceAll('octo-org/octo-repo', 'octo-org/elsewhere');
  let isChanged = false;
  const disturb: Disturb = (method, target) =>
    isChanged && method === 'GET' && target.startsWith('/api/v1/app-conversations?ids=')
      ? { answer: { kind: 'tampered', change } }
      : undefined;
  const steps = await openSteps({ api: 'v1' }, { disturb });
  const first = steps.step({ ...FINISH, 'stop-on-cancel': 'false' }, 4);
  await steps.arrival('GET /api/v1/app-conversations/start-tasks?');
  await first;
  isChanged = true;
  const { outcome, runner } = await steps.step(FINISH);
  expect([outcome.status, runner.outputs['failure-kind']]).toEqual(['start-failed', 'server']);
  expect(runner.failures).toEqual([expect.stringContaining('is in another repository, octo-org/elsewhere')]);
  expect(steps.requests().filter((request) => request.endsWith('/pause'))).toEqual([]);
});

describe('two steps with one key at the same instant, on a server that hides the deleted conversation', () => {
  // The second start is stored first, so that both steps have found nothing.
  const both = { ...HIDING, faults: [{ ...START, skip: 1, answer: { kind: 'slow', seconds: 2 } }] } as const;

  test.each(['true', 'false'])('leave no hidden agent at work (poll: %s)', async (poll) => {
    const steps = await openSteps(both);
    await deleteFirst(steps);
    await Promise.all([steps.step({ ...ENDLESS, poll }), steps.step({ ...ENDLESS, poll })]);
    const hidden = steps.simulator.conversations.filter((each) => !isShown(each));
    expect(hidden).toHaveLength(2);
    expect(hidden.filter(isAtWork)).toEqual([]);
  });

  test('leave no hidden agent at work if both are canceled', async () => {
    const steps = await openSteps(both);
    await deleteFirst(steps);
    const runs = await Promise.all([steps.step(ENDLESS, 30), steps.step(ENDLESS, 30)]);
    for (const run of runs) await post(run, steps);
    expect(steps.simulator.conversations).toHaveLength(2);
    expect(steps.simulator.conversations.filter(isAtWork)).toEqual([]);
  });

  test('do not say that a sandbox was paused whose agent works', async () => {
    const steps = await openSteps(both);
    await deleteFirst(steps);
    const runs = await Promise.all([steps.step(ENDLESS), steps.step(ENDLESS)]);
    const log = runs.flatMap(({ runner }) => runner.log).join('\n');
    const atWork = steps.simulator.conversations.filter(isAtWork);
    for (const { sandboxId } of atWork) expect(log).not.toContain(`sandbox ${sandboxId} was paused`);
  });
});

test('a healthy start is no hidden one if the server has the times of its starts in another zone', async () => {
  const HOURS_MS = 5 * 3_600_000;
  const behind = (text: string): string =>
    text.replace(/("updated_at":\s*")([^"]+)"/g, (_, name: string, at: string) => {
      const time = Date.parse(/Z|[+]/.test(at) ? at : `${at}Z`) - HOURS_MS;
      return `${name}${new Date(time).toISOString()}"`;
    });
  const { step, simulator } = await openSteps(
    { api: 'v1' },
    {
      disturb: (method, target) =>
        target.includes('start-tasks') || (method === 'POST' && target === START.path)
          ? { answer: { kind: 'tampered', change: behind } }
          : undefined,
    },
  );
  const { outcome, runner } = await step(FINISH);
  expect([outcome.status, ...runner.failures]).toEqual(['finished']);
  expect(simulator.conversations).toHaveLength(1);
});

describe('a step that ends after its first conversation was hidden', () => {
  test('does not output the hidden conversation if it is canceled while the next is started', async () => {
    const steps = await openSteps(HIDING);
    await deleteFirst(steps);
    const { runner } = await steps.step(ENDLESS, 69);
    expect(runner.failures[0]).toContain('before there was a conversation');
    expect(runner.outputs['conversation-id'] ?? '').toBe('');
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
    const steps = await openSteps({ ...HIDING, faults });
    await deleteFirst(steps);
    const { runner } = await steps.step(ENDLESS);
    const [hidden] = steps.simulator.conversations;
    expect(runner.failures[0]).not.toContain(hidden?.id);
  });
});

test('nobody is told to pause a sandbox in which other conversations work', async () => {
  const steps = await openSteps({ ...HIDING, sharedSandbox: true });
  await steps.step({ message: 'Mine\nsimulate: forever', poll: 'false' });
  await deleteFirst(steps);
  const { runner } = await steps.step(ENDLESS);
  expect(runner.failures[0]).toContain('has other conversations');
  expect(runner.failures[0]).not.toMatch(/What to do: pause its sandbox/);
});

test('a key whose ids are all taken gets the advice to use another', async () => {
  const faults = [{ ...START, times: Infinity, answer: { kind: 'status', status: 409 } }] as const;
  const { step } = await openSteps({ api: 'v1', faults });
  const { runner } = await step(FINISH);
  expect(runner.failures[0]).toContain('change the key in the workflow');
});

test('a start without a key that is refused with 409 leaves nothing to post', async () => {
  const faults = [{ ...START, answer: { kind: 'status', status: 409 } }] as const;
  const { step } = await openSteps({ api: 'v1', faults });
  const { runner } = await step({ message: 'Check it', poll: 'true' });
  expect(runner.savedState()).toEqual({ kind: 'over' });
});

test('a step that found an unlisted conversation does not say that its agent continues, which an earlier step has paused', async () => {
  const steps = await openSteps(HIDING);
  await deleteFirst(steps);
  await steps.step(ENDLESS, 30);
  expect(steps.simulator.conversations.filter(isAtWork)).toEqual([]);
  const { runner } = await steps.step(ENDLESS, 10);
  expect(runner.failures[0]).toContain('it is unknown whether the agent continues');
});

test('a later step does not start the number of a hidden conversation again, which an earlier step has paused', async () => {
  const steps = await openSteps(HIDING);
  await deleteFirst(steps);
  await steps.step(ENDLESS, 50);
  await steps.clock.sleep(40_000, new AbortController().signal);
  const { outcome, runner } = await steps.step(FINISH);
  expect([outcome.status, runner.outputs['reused']]).toEqual(['finished', 'false']);
  // The paused one, and the next of the key.
  expect(steps.simulator.conversations.map(({ state }) => state)).toEqual([
    expect.objectContaining({ shown: false, sandbox: 'PAUSED' }),
    expect.objectContaining({ shown: true }),
  ]);
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
    const steps = await openSteps({ api: 'v1', scenario });
    const { outcome, runner } = await steps.step(inputs);
    expect(outcome.status).toBe('start-failed');
    expect(runner.failures).toEqual([expect.stringContaining('The setup script failed')]);
    expect(sandboxIn(steps)).toBe('PAUSED');
    expect(runner.savedState()).toEqual({ kind: 'over' });
  });

  test('says that its sandbox may still run if it cannot be paused', async () => {
    const faults = [{ ...PAUSE, answer: { kind: 'status', status: 403 } }] as const;
    const steps = await openSteps({ api: 'v1', scenario, faults });
    const { runner } = await steps.step({ message: 'Check it' });
    expect(runner.failures[0]).toMatch(
      /The setup script failed.*its sandbox \S+ could not be paused .*may still run/,
    );
    expect(sandboxIn(steps)).toBe('RUNNING');
  });
});

test('an agent that was paused because its server was slow, and has spent the budget by then, is not run again', async () => {
  let isPaused = false;
  const { outcome, left, requests } = await play('forever', 'v1', { 'max-cost-usd': '0.05' }, [], {
    mishapOf({ method, target }) {
      isPaused ||= target.endsWith('/pause');
      const isLook = method === 'GET' && target.startsWith('/api/v1/app-conversations?ids=');
      return isLook && !isPaused ? { answer: { kind: 'tampered', change: () => '[null]' } } : undefined;
    },
  });
  expect(outcome.status).toBe('over-budget');
  expect(requests.filter(({ target }) => target.endsWith('/resume'))).toEqual([]);
  expect(left.filter(isAtWork)).toEqual([]);
});

import { describe, expect, test } from '@jest/globals';

import { isAtWork } from '../../simulator/server/at-work.ts';
import { worksFor } from '../../simulator/server/scenario-parts.ts';
import type { SimulatorOptions } from '../../simulator/server/server-options.ts';
import type { Mishap } from '../../testbed/mishap.ts';
import type { Disturb } from '../../testbed/network.ts';
import { play } from '../../testbed/play.ts';
import { post } from '../../testbed/post.ts';
import { logOf, type Step, type Steps } from '../../testbed/steps.ts';
import { ALONE, OF_ALONE } from '../support/agent-server.ts';
import { openSteps } from '../support/open-steps.ts';

const KEYED = { message: 'simulate: long', 'idempotency-key': 'weekly', poll: 'true' };
const LIMIT = { 'max-cost-usd': '0.30' };

/** The requests that change something, in order: the last part of each path, and the second of its arrival. */
function changes({ simulator }: Steps): readonly (readonly [string, number])[] {
  const posts = simulator.requests.filter(({ method, status }) => method === 'POST' && status < 300);
  const [first] = posts;
  return posts.map(({ path, at }) => [path.replace(/.*\//, ''), (at - (first?.at ?? 0)) / 1000]);
}

const namesOf = (steps: Steps): readonly string[] => changes(steps).map(([name]) => name);

describe('a conversation that has used up max-cost-usd', () => {
  test('is interrupted, and its sandbox runs on, so that the server gets to know the whole cost', async () => {
    const steps = await openSteps({ api: 'v1' });
    const { outcome, runner } = await steps.step({ ...KEYED, ...LIMIT });
    expect(outcome.status).toBe('over-budget');
    expect(runner.failures).toEqual([expect.stringContaining(', and the agent was paused. What to do')]);
    expect(namesOf(steps)).toEqual(['app-conversations', 'interrupt']);
  });

  test('is paused, too, if another run started its agent', async () => {
    const steps = await openSteps({ api: 'v1' });
    await steps.step({ ...KEYED, poll: 'false' });
    const { outcome, runner } = await steps.step({ ...KEYED, ...LIMIT });
    expect(outcome.status).toBe('over-budget');
    expect(runner.failures).toEqual([expect.stringContaining(', and the agent was paused. What to do')]);
    expect(namesOf(steps)).toEqual(['app-conversations', 'interrupt']);
  });

  test.each([['attach'], ['send']])(
    'of another run is left to post with if-exists: %s if main cannot pause it',
    async (ifExists) => {
      let isRefused = false;
      const disturb: Disturb = (_, target) =>
        isRefused && /\/(?:pause|interrupt)$/.test(target) ? { answer: { kind: 'refused' } } : undefined;
      const steps = await openSteps({ api: 'v1', scenario: 'forever' }, { disturb });
      await steps.step({ ...KEYED, poll: 'false' });
      await steps.clock.sleep(20_000, new AbortController().signal);
      isRefused = true;
      const over = { ...KEYED, message: 'Go on', 'if-exists': ifExists, 'max-cost-usd': '0.01' };
      const ended = await steps.step(over);
      isRefused = false;
      expect(ended.outcome.status).toBe('over-budget');
      expect(steps.simulator.conversations).toMatchObject([{ state: { sandbox: 'RUNNING' } }]);
      await post(ended, steps);
      expect(steps.simulator.conversations).toMatchObject([{ state: { sandbox: 'PAUSED' } }]);
      const headings = ended.runner.page().match(/^### .*/gm) ?? [];
      expect(headings.at(-1)).toMatch(/^### 💸 Over budget.* · Message not sent · /);
    },
  );

  test.each([
    ['the deadline', { 'timeout-seconds': '150' }],
    ['the limit', { 'max-cost-usd': '0.10' }],
  ])('is paused again if the server defers that, as other requests: after %s', async (_, inputs) => {
    let refusals = 0;
    const deferred = (): Mishap | undefined => {
      refusals += 1;
      const answer = { kind: 'status', status: 429, headers: { 'retry-after': '5' }, body: '{}' } as const;
      return refusals <= 4 ? { answer } : undefined;
    };
    const long = { 'max-cost-usd': '50', ...inputs };
    const { runner, left } = await play(worksFor(1_200), 'v1', long, [], {
      // The look before it, too.
      mishapOf: ({ target, at }) => (at > 150 || target.endsWith('/pause') ? deferred() : undefined),
    });
    expect(runner.failures).toEqual([expect.stringContaining(', and the agent was paused. What to do: ')]);
    expect(left.map(isAtWork)).toEqual([false]);
  });

  test('is interrupted on an agent server', async () => {
    const steps = await openSteps(ALONE);
    const { outcome } = await steps.step({ ...OF_ALONE, ...KEYED, ...LIMIT });
    expect(outcome.status).toBe('over-budget');
    expect(namesOf(steps)).toEqual(['conversations', 'interrupt']);
    const end = steps.simulator.requests.at(-1)?.at ?? NaN;
    const interrupt = steps.simulator.requests.find(({ path }) => path.endsWith('/interrupt'))?.at ?? NaN;
    expect(end - interrupt).toBeLessThan(1_000);
  });
});

const SERVERS: readonly (readonly [string, SimulatorOptions, Readonly<Record<string, string>>])[] = [
  ['V1', { api: 'v1' }, { 'api-version': 'v1' }],
  ['V1 whose look shows no cost', { api: 'v1', kind: 'self-hosted' }, { 'api-version': 'v1' }],
  ['an agent server', ALONE, OF_ALONE],
];

/** What the error says to do. */
const RAISE =
  / What to do: raise max-cost-usd in the workflow before the next run, which with the same limit may start another agent \((?:GET )?http\S+\)\.$/;
const RAISE_BY_ID =
  / What to do: raise max-cost-usd in the workflow, then start a new run with this conversation-id \((?:GET )?http\S+\)\.$/;

describe.each(SERVERS)('a conversation that a step finds over max-cost-usd, on %s', (_, options, inputs) => {
  type Inputs = Readonly<Record<string, string>>;

  /** Runs a step until its limit, and then another one. Returns both, and what the second one has changed. */
  const runTwo = async (
    second: (id: string) => Inputs,
    message = KEYED.message,
  ): Promise<{ readonly first: Step; readonly step: Step; readonly changed: readonly string[] }> => {
    const steps = await openSteps(options);
    const first = await steps.step({ ...inputs, ...KEYED, message, ...LIMIT });
    // A running sandbox sends its last events within half a minute.
    await steps.clock.sleep(40_000, new AbortController().signal);
    const before = namesOf(steps);
    const startedAt = steps.clock.now();
    const of = second(first.runner.outputs['conversation-id'] ?? '');
    const again = 'conversation-id' in of ? { 'api-version': inputs['api-version'] ?? '' } : inputs;
    const step = await steps.step({ ...again, poll: 'true', ...LIMIT, ...of });
    expect(steps.clock.now() - startedAt).toBeLessThan(30_000);
    return { first, step, changed: namesOf(steps).slice(before.length) };
  };

  test.each<readonly [string, (id: string) => Inputs, string]>([
    ['by its key', () => KEYED, 'the conversation is paused'],
    ['by its key, to resume it', () => ({ ...KEYED, 'on-paused': 'resume' }), 'the conversation is paused'],
    ['by its id', (id) => ({ 'conversation-id': id, 'on-paused': 'resume' }), 'the conversation is paused'],
    [
      'by its id, to send it a message',
      (id) => ({ 'conversation-id': id, message: 'Go on' }),
      'the message was not sent',
    ],
    [
      'by its key, to send it a message',
      () => ({ ...KEYED, 'if-exists': 'send' }),
      'the message was not sent',
    ],
  ])('%s, is neither resumed nor sent anything', async (_how, second, why) => {
    const { step, changed } = await runTwo(second);
    expect(changed).toEqual([]);
    expect(step.outcome.status).toBe('over-budget');
    expect(Number(step.runner.outputs['cost-usd'])).toBeGreaterThanOrEqual(0.3);
    expect(step.runner.failures).toEqual([
      expect.stringMatching(`the conversation as a whole has cost \\$0\\.3.*, and ${why}`),
    ]);
    expect(logOf(step)).not.toMatch(/resuming|resumes it|Pausing/i);
    expect(step.runner.failures.join()).not.toContain('may continue');
  });

  test.each<readonly [string, raised: RegExp, (id: string) => Inputs]>([
    ['its key', RAISE, () => ({ ...inputs, ...KEYED, 'if-exists': 'send' })],
    [
      'its id',
      RAISE_BY_ID,
      (id) => ({
        'api-version': inputs['api-version'] ?? '',
        'conversation-id': id,
        message: 'Go on',
        poll: 'true',
      }),
    ],
  ])(
    "gets no message by %s while another run's agent is at work, which is paused",
    async (_how, raised, second) => {
      const steps = await openSteps(options);
      const first = await steps.step({ ...inputs, ...KEYED, poll: 'false' });
      await steps.clock.sleep(260_000, new AbortController().signal);
      const { outcome, runner } = await steps.step({
        ...second(first.runner.outputs['conversation-id'] ?? ''),
        ...LIMIT,
      });
      expect(outcome.status).toBe('over-budget');
      expect(runner.failures).toEqual([
        expect.stringMatching(
          /^failed to send the message: the conversation as a whole has cost \$0\.3\d \(max-cost-usd is \$0\.30\), and the agent was paused\. /,
        ),
      ]);
      expect(runner.failures[0]).toMatch(raised);
      expect(steps.simulator.conversations.map(isAtWork)).toEqual([false]);
    },
  );

  test('gets no message that the server has deferred until its agent has reached the limit, and is paused', async () => {
    const steps = await openSteps(options);
    await steps.step({ ...inputs, ...KEYED, poll: 'false' });
    await steps.clock.sleep(160_000, new AbortController().signal);
    const answer = { kind: 'status', status: 429, headers: { 'retry-after': '120' }, body: '{}' } as const;
    for (const path of ['*/send-message', '*/events'])
      steps.simulator.order({ method: 'POST', path, answer });
    const { outcome, runner } = await steps.step({ ...inputs, ...KEYED, ...LIMIT, 'if-exists': 'send' });
    expect(outcome.status).toBe('over-budget');
    expect(runner.failures).toEqual([expect.stringContaining(', and the agent was paused. What to do: ')]);
    expect(namesOf(steps)).not.toContainEqual(expect.stringMatching(/^(?:send-message|events)$/));
    expect(steps.simulator.conversations.map(isAtWork)).toEqual([false]);
  });

  test('is handed on if it has finished', async () => {
    const second = { ...KEYED, 'max-cost-usd': '0.01' };
    const { step, changed } = await runTwo(() => second, 'simulate: finish');
    expect(changed).toEqual([]);
    expect(step.outcome.status).toBe('finished');
  });

  test.each<readonly [string, raised: RegExp, (id: string) => Inputs]>([
    ['its key', RAISE, () => ({ ...KEYED, 'if-exists': 'send' })],
    ['its id', RAISE_BY_ID, (id) => ({ 'conversation-id': id, message: 'Go on' })],
  ])(
    'gets no message by %s if it has finished, but its answer is handed on',
    async (_how, raised, second) => {
      const inputsOf = (id: string): Inputs => ({ ...second(id), 'max-cost-usd': '0.01' });
      const { first, step, changed } = await runTwo(inputsOf, 'simulate: finish');
      expect(changed).toEqual([]);
      expect(step.outcome.status).toBe('over-budget');
      expect(step.runner.outputs['response']).toBe(first.runner.outputs['response']);
      expect(step.runner.failures).toEqual([expect.stringContaining('and the message was not sent. ')]);
      expect(step.runner.failures[0]).toMatch(raised);
    },
  );

  test.each(['restart', 'restart-failed', 'restart-merged'])(
    'is followed by the next one with %s',
    async (ifExists) => {
      const second = { ...KEYED, message: 'simulate: finish', 'if-exists': ifExists };
      const { first, step, changed } = await runTwo(() => second);
      expect(changed[0]).toMatch(/conversations$/);
      expect(step.outcome.status).toBe('finished');
      expect(step.outcome.conversation?.id).not.toBe(first.outcome.conversation?.id);
    },
  );

  test.each(['attach', 'send'])(
    'fails the next step with an error that says whose cost it is, and how to go on: %s',
    async (ifExists) => {
      const { step } = await runTwo(() => ({ ...KEYED, 'if-exists': ifExists }));
      expect(step.runner.failures).toEqual([
        expect.stringMatching(
          /the conversation as a whole has cost \$0\.3\d* \(max-cost-usd is \$0\.30\).* What to do: raise max-cost-usd in the workflow before the next run, which with the same limit may start another agent \((?:GET )?http\S+\)\.$/,
        ),
      ]);
    },
  );
});

test.each(['attach', 'send', 'restart', 'restart-failed', 'restart-merged'])(
  'the error of an agent over max-cost-usd has one advice, whatever if-exists: %s',
  async (ifExists) => {
    const { step } = await openSteps({ api: 'v1' });
    const { runner } = await step({ ...KEYED, ...LIMIT, 'if-exists': ifExists });
    expect(runner.failures).toEqual([
      expect.stringMatching(
        /and the agent was paused\. What to do: raise max-cost-usd in the workflow before the next run, which with the same limit may start another agent \(http\S+\)\.$/,
      ),
    ]);
  },
);

test('a cost that the events alone show is read again if that fails, before anything is resumed or sent', async () => {
  const steps = await openSteps({ api: 'v1', kind: 'self-hosted' });
  const first = await steps.step({ ...KEYED, ...LIMIT });
  await steps.clock.sleep(40_000, new AbortController().signal);
  const before = namesOf(steps);
  const id = first.runner.outputs['conversation-id'] ?? '';
  for (const second of [KEYED, { 'conversation-id': id, message: 'Go on', poll: 'true' }]) {
    const path = '/api/v1/conversation/*/events/search';
    steps.simulator.order({ method: 'GET', path, answer: { kind: 'status', status: 503 } });
    expect((await steps.step({ ...second, ...LIMIT })).outcome.status).toBe('over-budget');
    expect(namesOf(steps)).toEqual(before);
  }
});

test('a paused conversation is not said to go on if the server fails as the step ends', async () => {
  const { runner } = await play('agent-paused', 'v1', { 'timeout-seconds': '60', ...LIMIT }, [], {
    mishapOf: ({ at }) => (at >= 60 ? { answer: { kind: 'refused' } } : undefined),
  });
  expect(runner.failures).toEqual([
    expect.stringContaining('the deadline passed (timeout-seconds is 60), and the conversation is paused'),
  ]);
});

test('restart-failed starts no second agent beside one at work over its limit, but pauses it, and then starts another', async () => {
  const steps = await openSteps({ api: 'v1' });
  await steps.step({ ...KEYED, poll: 'false' });
  await steps.clock.sleep(260_000, new AbortController().signal);
  const again = { ...KEYED, ...LIMIT, 'if-exists': 'restart-failed' };
  expect((await steps.step(again)).outcome.status).toBe('over-budget');
  expect(namesOf(steps)).toEqual(['app-conversations', 'interrupt']);
  await steps.clock.sleep(40_000, new AbortController().signal);
  await steps.step(again);
  expect(steps.simulator.conversations).toHaveLength(2);
});

describe('an answer', () => {
  test('is kept if max-cost-usd allows no correction of it, and none is announced', async () => {
    const { runner, outcome } = await play('finish', 'v1', {
      'max-cost-usd': '0.23',
      'output-schema': '{"type": "object"}',
    });
    expect(outcome.status).toBe('over-budget');
    expect(runner.outputs['response']).toContain('README');
    expect(runner.log.join('\n')).not.toMatch(/Asking the agent for another|Pausing/);
  });

  test('is kept if max-cost-usd is reached during its correction', async () => {
    const { runner, outcome } = await play('finish', 'v1', {
      'max-cost-usd': '0.30',
      'output-schema': '{"type": "object"}',
    });
    expect(outcome.status).toBe('over-budget');
    expect(runner.outputs['response']).toContain('README');
    expect(runner.log.join('\n')).toContain('Asking the agent for another');
  });
});

import { expect, test } from '@jest/globals';

import { SCENARIOS } from '../../simulator/server/scenarios.ts';
import type { Change } from '../../simulator/server/timeline.ts';
import { APP_SERVER_ALONE, play, type Trouble } from '../../testbed/play.ts';

const ALWAYS = { times: Number.POSITIVE_INFINITY } as const;
const warningsIn = (log: readonly string[]): readonly string[] =>
  log.filter((line) => /^Warning: (?!The conversation was paused)/.test(line));

test('a paused conversation whose events cannot be read ends as paused with on-paused: fail, and a warning', async () => {
  const unread: Trouble = {
    path: '/api/v1/conversation/*/events/search',
    ...ALWAYS,
    answer: { kind: 'status', status: 403 },
  };
  const { outcome, runner } = await play('paused', 'v1', { 'on-paused': 'fail' }, [unread], {
    simulator: APP_SERVER_ALONE,
  });
  expect(outcome.status).toBe('paused');
  expect(warningsIn(runner.log)).toContainEqual(
    expect.stringMatching(/^Warning: Failed to read the events of the conversation: .*HTTP 403/),
  );
});

test('a conversation is resumed three times; if it is paused again, it ends as paused', async () => {
  const pauses = [0, 1, 2, 3].map((count): Change => ({ at: 8 + 5 * count, hold: 'box' }));
  const story = { ...SCENARIOS.forever, work: [...SCENARIOS.forever.work, ...pauses] };
  const { outcome, requests } = await play(story, 'v1', { 'on-paused': 'resume' });
  expect(outcome.status).toBe('paused');
  expect(requests.filter(({ target }) => target.endsWith('/resume'))).toHaveLength(3);
});

test('a wait for a conversation whose sandbox is gone at each resume ends after a minute, with an error that says why', async () => {
  let lookedAt = 0;
  const missing = (body: string): string => body.replace('"PAUSED"', '"MISSING"');
  const { outcome, runner } = await play('paused', 'v1', { 'on-paused': 'resume' }, [], {
    simulator: APP_SERVER_ALONE,
    mishapOf({ target, at }) {
      if (!target.startsWith('/api/v1/app-conversations?ids')) return undefined;
      // A resume looks again right after the look that shows the pause.
      const isAgain = at === lookedAt;
      lookedAt = at;
      return isAgain ? { answer: { kind: 'tampered', change: missing } } : undefined;
    },
  });
  expect(outcome.status).toBe('unreachable');
  expect(runner.failures).toEqual([
    expect.stringMatching(/^failed to resume the conversation: its sandbox is missing/),
  ]);
  expect(new Set(warningsIn(runner.log))).toEqual(
    new Set(['Warning: Failed to resume the conversation: its sandbox is missing']),
  );
});

test('an end that only the events show, which cannot be read at the pause, is found a minute later', async () => {
  const { outcome, seconds } = await play('hidden-finish', 'v1', {}, [], {
    simulator: APP_SERVER_ALONE,
    mishapOf: ({ target, at }) =>
      at > 20 && at < 40 && target.includes('/events/search')
        ? { answer: { kind: 'status', status: 403 } }
        : undefined,
  });
  expect(outcome.status).toBe('finished');
  expect(seconds).toBeGreaterThan(60);
  expect(seconds).toBeLessThan(8 + 18.5 + 60 + 5);
});

test('the log says each minute that a conversation is paused, however seldom it is looked at', async () => {
  const inputs = { 'poll-interval-seconds': '600', 'timeout-seconds': '3600' };
  const { runner } = await play('paused', 'v1', inputs, [], { simulator: APP_SERVER_ALONE });
  expect(runner.log.filter((line) => line.includes('Still: sandbox paused')).length).toBeGreaterThan(40);
});

test.each(['paused', 'agent-paused'] as const)(
  'a conversation that is paused at the deadline is not said to be paused by the step: %s',
  async (scenario) => {
    const { runner } = await play(scenario, 'v1', { 'timeout-seconds': '60' });
    expect(runner.failures).toEqual([expect.stringContaining('the conversation is paused')]);
    expect(runner.log.join('\n')).not.toContain('Pausing the agent');
  },
);

test('post says nothing of a conversation that was paused before the step could pause it', async () => {
  const { runner, post } = await play('agent-paused', 'v1', { 'timeout-seconds': '60' }, [], {
    mishapOf: ({ at }) => (at > 59 && at < 95 ? { answer: { kind: 'status', status: 503 } } : undefined),
  });
  expect(post).toBeDefined();
  const [last = ''] = runner.failures;
  expect(last).toContain('the conversation is paused');
  expect(runner.log.at(-1)).toMatch(/^Status: timed-out/);
});

test.each([
  ['v1', 'box'],
  ['agent-server', 'agent'],
] as const)(
  'an agent that was paused before it began does not hold the step beyond its deadline, by %s',
  async (api, hold) => {
    const pause: Change = { at: 0, hold };
    const story = { ...SCENARIOS.forever, work: [pause, ...SCENARIOS.forever.work] };
    const alone = { 'api-version': 'agent-server', model: 'openai/any', 'llm-api-key': 'sk-llm-pauses' };
    const inputs = { 'timeout-seconds': '120', ...(api === 'agent-server' && alone) };
    const simulator = api === 'v1' ? APP_SERVER_ALONE : { api };
    const { outcome, seconds, runner } = await play(story, 'v1', inputs, [], { simulator });
    expect(outcome.status).toBe('timed-out');
    expect(runner.outputs['failure-kind']).toBe('paused');
    expect(runner.failures).toEqual([expect.stringContaining('the conversation is paused')]);
    expect(seconds).toBeLessThan(125);
  },
);

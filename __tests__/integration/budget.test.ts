import { describe, expect, test } from '@jest/globals';

import { isAtWork } from '../../simulator/server/at-work.ts';
import { worksFor } from '../../simulator/server/scenario-parts.ts';
import { SCENARIOS } from '../../simulator/server/scenarios.ts';
import type { Story } from '../../simulator/server/story.ts';
import { APP_SERVER_ALONE, play, type Trouble } from '../../testbed/play.ts';
import { ALONE, OF_ALONE } from '../support/agent-server.ts';
import { inputsWith } from '../support/record.ts';

const SERVERS = [
  ['pushed', {}, 'RUNNING'],
  // Nobody can interrupt its agent.
  ['polled', { simulator: APP_SERVER_ALONE }, 'PAUSED'],
] as const;

describe.each(SERVERS)('a conversation with max-cost-usd, %s', (_how, choices, sandbox) => {
  test('is paused once it has cost that much, and the error has both figures', async () => {
    const { outcome, runner, left, seconds } = await play(
      worksFor(1_200),
      'v1',
      { poll: 'true', 'max-cost-usd': '0.30' },
      [],
      choices,
    );
    expect(outcome.status).toBe('over-budget');
    expect(left).toMatchObject([{ state: { sandbox } }]);
    expect(left.map(isAtWork)).toEqual([false]);
    expect(runner.failures).toEqual([
      expect.stringMatching(
        /the conversation has cost \$0\.3\d?\d? \(max-cost-usd is \$0\.30\), and the agent was paused.* What to do: raise max-cost-usd in the workflow, then start a new run with this conversation-id \(without it, another agent starts\) \(http\S+\)\.$/,
      ),
    ]);
    expect(runner.failures.join()).toContain(', and the agent was paused. What to do: ');
    expect(runner.outputs).toMatchObject({ 'failure-kind': 'budget', status: 'over-budget' });
    expect(Number(runner.outputs['cost-usd'])).toBeGreaterThanOrEqual(0.3);
    // After the first 20 cents, each twenty seconds cost a cent.
    expect(seconds).toBeGreaterThan(200);
    expect(seconds).toBeLessThan(300);
  });

  test('counts as finished if the agent has finished, whatever it cost', async () => {
    const { outcome } = await play('finish', 'v1', { poll: 'true', 'max-cost-usd': '0.23' }, [], choices);
    expect(outcome.status).toBe('finished');
  });
});

describe('what the agent of an agent server uses until it is paused', () => {
  /** It costs 31 cents after 100 s, and 42 cents two seconds later. */
  const story: Story = {
    ...SCENARIOS.forever,
    work: [
      { at: 1, agent: 'working', cost: 0.01 },
      ...[100, 102].map((at) => ({
        at,
        cost: at === 100 ? 0.31 : 0.42,
        happening: { kind: 'command', summary: 'Work', command: 'npm test' } as const,
      })),
    ],
  };
  const late: Trouble = { method: 'POST', path: '*/interrupt', answer: { kind: 'late', seconds: 4 } };

  test('is part of the cost in output, summary and error', async () => {
    const { runner } = await play(story, 'v1', { ...OF_ALONE, 'max-cost-usd': '0.30' }, [late], {
      simulator: ALONE,
    });
    expect(runner.outputs).toMatchObject({ status: 'over-budget', 'cost-usd': '0.42' });
    expect(runner.failures).toEqual([
      expect.stringContaining(
        'the conversation has cost $0.42 (max-cost-usd is $0.30), and the agent was paused.',
      ),
    ]);
    expect(runner.page()).toContain('$0.42');
    expect(runner.page()).not.toContain('$0.31');
  });

  test('counts at a deadline, too', async () => {
    const inputs = { ...OF_ALONE, 'max-cost-usd': '5', 'timeout-seconds': '107' };
    const { runner } = await play(story, 'v1', inputs, [late], { simulator: ALONE });
    expect(runner.outputs).toMatchObject({ status: 'timed-out', 'cost-usd': '0.42' });
  });
});

describe('an unknown cost with max-cost-usd', () => {
  const changing = (change: (body: string) => string): Trouble => ({
    method: 'GET',
    path: '**',
    times: Number.POSITIVE_INFINITY,
    answer: { kind: 'tampered', change },
  });
  const withoutCost = (body: string): string =>
    body.replaceAll(/"accumulated_cost":[\d.]+/g, '"accumulated_cost":0');
  const WITHOUT_COST = changing(withoutCost);
  const WITHOUT_USAGE = changing((body) =>
    withoutCost(body).replaceAll(/"(prompt|completion|cache_read)_tokens":\d+/g, '"$1_tokens":0'),
  );
  const warningsOf = ({ log }: { readonly log: readonly string[] }): readonly string[] =>
    log.filter((line) => line.startsWith('Warning: max-cost-usd may have no effect'));

  test.each<readonly [string, Story | 'finish' | 'error', Readonly<Record<string, string>>, string]>([
    ['after two minutes of work', worksFor(600), {}, 'finished'],
    ['at the end of shorter work that has used tokens', 'finish', {}, 'finished'],
    ['at the end of an agent that has failed', 'error', {}, 'error'],
    ['at the deadline', worksFor(600), { 'timeout-seconds': '60' }, 'timed-out'],
    [
      'in a step that asks for another answer',
      worksFor(200),
      { 'output-schema': '{"type": "array"}', 'timeout-seconds': '3600' },
      'invalid-output',
    ],
  ])('causes one warning: %s', async (_when, story, inputs, status) => {
    const given = { 'max-cost-usd': '0.01', ...inputs };
    const { outcome, runner } = await play(story, 'v1', given, [WITHOUT_COST], {
      simulator: APP_SERVER_ALONE,
    });
    expect(outcome.status).toBe(status);
    expect(warningsOf(runner)).toHaveLength(1);
  });

  test.each([
    ['without max-cost-usd', WITHOUT_COST, {}],
    ['where no tokens are told either', WITHOUT_USAGE, { 'max-cost-usd': '0.01' }],
  ])('causes no warning at the end of short work %s', async (_when, trouble, inputs) => {
    const { runner } = await play('finish', 'v1', inputs, [trouble], { simulator: APP_SERVER_ALONE });
    expect(warningsOf(runner)).toEqual([]);
  });
});

test.each([
  ['1.7e308', 'over $1,000,000'],
  ['123456789012345678901234', 'over $1,000,000'],
  ['4200.5', '$4200.50'],
  ['0.00003', 'under $0.0001'],
  ['1.5e-9', 'under $0.0001'],
])('a cost of %s is told as an amount that people can read', async (cost, words) => {
  const change = (body: string): string =>
    body.replaceAll(/"accumulated_cost":[\d.]+/g, `"accumulated_cost":${cost}`);
  const tampered = {
    method: 'GET',
    path: '**',
    times: Infinity,
    answer: { kind: 'tampered', change },
  } as const;
  for (const inputs of [{}, { 'max-cost-usd': '0.000001' }]) {
    const { runner } = await play(worksFor(300), 'v1', inputs, [tampered], { simulator: APP_SERVER_ALONE });
    const texts = [...runner.log, ...runner.failures, runner.page()].join('\n');
    expect(texts).toContain(words);
    expect(/\$[\d,.]*(?:e[+-]|\d{8}|0\.00\b)|Infinity/.exec(texts)).toBeNull();
  }
});

test('max-cost-usd starts nothing with V0, which reports no cost', async () => {
  const { outcome, runner, conversations } = await play('finish', 'v0', {
    poll: 'true',
    'max-cost-usd': '1',
  });
  expect(outcome.status).toBe('start-failed');
  expect(runner.failures).toEqual([expect.stringContaining('max-cost-usd needs API V1')]);
  expect(conversations).toBe(0);
});

test.each([
  [{ 'max-cost-usd': '0' }, 'max-cost-usd is "0": it must be a number of US dollars above 0'],
  [{ 'max-cost-usd': '$2' }, 'max-cost-usd is "$2": it must be a number of US dollars'],
  [{ 'max-cost-usd': '2', poll: 'false' }, 'max-cost-usd needs poll: true'],
  [{ 'max-cost-usd': '2', 'api-version': 'v0' }, 'max-cost-usd needs API V1 or an agent server'],
])('the inputs %j are refused', async (given, why) => {
  await expect(inputsWith({ poll: 'true', ...given })).rejects.toThrow(why);
});

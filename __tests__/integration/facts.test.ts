import { describe, expect, test } from '@jest/globals';

import type { ScenarioName } from '../../simulator/server/scenarios.ts';
import type { FailureKind } from '../../src/port/problem.ts';
import type { Mishap } from '../../testbed/mishap.ts';
import { play, type PlayOptions, type SentRequest, type Trouble } from '../../testbed/play.ts';
import { openSteps } from '../support/open-steps.ts';
import { read } from '../support/yaml.ts';

const START = { method: 'POST', path: '/api/v1/app-conversations' };
const LOOK = { method: 'GET', path: '/api/v1/app-conversations' };

function refused(at: typeof LOOK, status: number, skip = 0): Trouble {
  const answer = { kind: 'status', status, body: '{"detail":"ordered"}' } as const;
  return { ...at, skip, times: Number.POSITIVE_INFINITY, answer };
}

describe('the facts of a conversation are reported at every end', () => {
  test.each<
    [
      string,
      ScenarioName,
      Readonly<Record<string, string>>,
      readonly Trouble[],
      Pick<PlayOptions, 'cancelAt'>,
    ]
  >([
    ['timed-out', 'forever', {}, [], {}],
    ['cancelled', 'forever', {}, [], { cancelAt: 300 }],
    ['unreachable', 'forever', {}, [refused(LOOK, 401, 12)], {}],
    ['paused', 'agent-paused', { 'on-paused': 'fail' }, [], {}],
    ['missing', 'missing', {}, [], {}],
    ['error', 'model-credit', {}, [], {}],
  ])('as seen last: %s', async (status, scenario, inputs, troubles, choices) => {
    const { runner } = await play(scenario, 'v1', inputs, troubles, choices);
    expect(runner.outputs).toMatchObject({
      status,
      title: 'Check the README for wrong statements',
      'cost-usd': expect.stringMatching(/^[01]\.\d*[1-9]/),
      'input-tokens': expect.stringMatching(/^[1-9]\d*$/),
      'output-tokens': expect.stringMatching(/^[1-9]\d*$/),
      'pull-request-urls': '',
    });
    expect(runner.page()).toMatch(/^### .* · \$[01]\.\d\d\n[^]* · Tokens: \d/);
    expect(runner.log.find((line) => line.startsWith('Status: '))).toMatch(/, \$[01]\.\d/);
  });

  test('also by post after the step, if post stopped the agent', async () => {
    const mishapOf = ({ at }: SentRequest): Mishap | undefined =>
      at >= 60 && at < 67 ? { answer: { kind: 'hang' } } : undefined;
    const { runner, post } = await play('opened-early', 'v1', {}, [], { cancelAt: 60, mishapOf });
    expect(post).toBeDefined();
    const last = runner.page().split('### ').at(-1) ?? '';
    expect(last).toContain('and the agent was paused');
    expect(last).toMatch(/^🛑 .* · \$0\.\d+\n[^]*<a href=".*\/pull\/12">PR #12<\/a>/);
    expect(last).toMatch(/ · Tokens: \d/);
  });

  test('with a pull request as soon as the conversation names it', async () => {
    const { runner } = await play('opened-early', 'v1', { 'timeout-seconds': '120' });
    const url = 'https://github.com/octo-org/octo-repo/pull/12';
    expect(runner.outputs).toMatchObject({ status: 'timed-out', 'pull-request-urls': url });
    expect(runner.page()).toContain(`<a href="${url}">PR #12</a>`);
  });

  test('without a cost, not even 0, if the server reports none', async () => {
    const { runner } = await play('forever', 'v0');
    expect(runner.outputs).not.toHaveProperty('cost-usd');
    expect(runner.outputs).not.toHaveProperty('input-tokens');
  });

  test('with V0 except those outputs that its page calls always empty', async () => {
    const [, row = ''] = /^\| (.*?) +\| always empty +\|$/m.exec(read('docs/api-v0.md')) ?? [];
    const empty = [...row.matchAll(/`([a-z-]+)`/g)].map(([, name]) => name);
    const { runner } = await play('finish', 'v1');
    const { runner: ofV0 } = await play('finish', 'v0');
    const missing = Object.keys(runner.outputs).filter((name) => !(name in ofV0.outputs));
    expect(missing.toSorted()).toEqual(empty.toSorted());
  });
});

test('the page that a server names is the conversation-url once a look has shown it', async () => {
  const { step } = await openSteps({ api: 'v1', scenario: 'finish', webPath: '/canvas' });
  const { runner } = await step({ message: 'Check it', 'api-version': 'v1', poll: 'true' });
  const { 'conversation-id': id = '', 'conversation-url': url } = runner.outputs;
  expect(url).toMatch(new RegExp(`^http://127\\.0\\.0\\.1:\\d+/canvas/conversations/${id}$`));
  expect(runner.page()).toContain(`[Conversation](${url})`);
  const { runner: next } = await step({ 'conversation-id': id, 'api-version': 'v1' });
  expect(next.log.filter((line) => line.includes('/conversations/'))).toEqual([
    expect.stringContaining(`OpenHands conversation: ${url}`),
  ]);
});

describe('failure-kind', () => {
  test.each<
    [FailureKind, Readonly<Record<string, string>>, readonly Trouble[], Pick<PlayOptions, 'cancelAt'>]
  >([
    ['input', { 'timeout-seconds': 'soon' }, [], {}],
    ['network', {}, [{ ...START, times: Number.POSITIVE_INFINITY, answer: { kind: 'refused' } }], {}],
    ['timeout', { 'timeout-seconds': '3' }, [], {}],
    ['cancelled', {}, [], { cancelAt: 3 }],
    ['cancelled', {}, [], { cancelAt: 15 }],
    ['paused', { 'on-paused': 'fail' }, [], {}],
  ])('is %s for an end that the step itself decides', async (kind, inputs, troubles, choices) => {
    const { runner } = await play('paused', 'v1', inputs, troubles, choices);
    expect(runner.outputs['failure-kind']).toBe(kind);
  });
});

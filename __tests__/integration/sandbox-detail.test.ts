import { describe, expect, test } from '@jest/globals';

import { play, type Trouble } from '../../testbed/play.ts';
import { openSteps } from '../support/open-steps.ts';

const SANDBOXES = '/api/v1/sandboxes?id=';
const DETAIL = 'OOMKilled: the sandbox needs more than 4 GiB';
const V1 = { 'api-version': 'v1' } as const;
const failing = (answer: Trouble['answer']): Trouble => ({
  method: 'GET',
  path: '/api/v1/sandboxes',
  answer,
});

describe('why a sandbox is gone', () => {
  test.each([
    ['sandbox-error', 'error', 'the agent or its sandbox ran into an error'],
    ['missing', 'missing', 'the conversation or its sandbox is gone'],
    ['archived', 'missing', 'the conversation or its sandbox is gone'],
  ] as const)('is in the error, as the server tells it: %s', async (scenario, status, what) => {
    const ran = await play(scenario, 'v1', V1, [], { simulator: { statusDetail: DETAIL } });
    expect(ran.outcome.status).toBe(status);
    expect(ran.runner.outputs['failure-kind']).toBe('sandbox');
    expect(ran.runner.failures).toEqual([expect.stringContaining(`${what}: ${DETAIL}, and `)]);
    expect(ran.runner.page()).toContain(DETAIL);
    expect(ran.requests.filter(({ target }) => target.startsWith(SANDBOXES))).toHaveLength(1);
  });

  test('is in the error of a step whose conversation-id has dashes', async () => {
    const { step } = await openSteps({ api: 'v1', scenario: 'missing', statusDetail: DETAIL });
    const { runner } = await step({ ...V1, message: 'Check the README' });
    const id = String(runner.outputs['conversation-id']);
    const dashed = id.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
    const again = await step({ ...V1, 'conversation-id': dashed, poll: 'true' });
    expect(again.runner.failures).toEqual([expect.stringContaining(DETAIL)]);
  });

  test('of a start that fails without a reason is in the error, too', async () => {
    const { runner } = await play('start-silent', 'v1', V1, [], { simulator: { statusDetail: DETAIL } });
    expect(runner.failures).toEqual([expect.stringContaining(DETAIL)]);
  });

  test.each([
    ['all is well', 'finish'],
    ['a start fails with a reason of its own', 'start-error'],
  ] as const)('is not asked where %s', async (_, scenario) => {
    const ran = await play(scenario, 'v1', V1, [], { simulator: { statusDetail: DETAIL } });
    expect(ran.requests.filter(({ target }) => target.startsWith(SANDBOXES))).toEqual([]);
  });

  test.each<[string, Trouble['answer'] | undefined]>([
    ['says nothing', undefined],
    ['does not answer', { kind: 'hang' }],
    ['has no such request', { kind: 'status', status: 404 }],
    ['fails', { kind: 'status', status: 503 }],
  ])('is left out if the server %s', async (_, answer) => {
    const plain = await play('missing', 'v1', V1, answer ? [failing(answer)] : []);
    expect(plain.runner.failures).toEqual([
      expect.stringContaining('the conversation or its sandbox is gone (sandbox missing), and '),
    ]);
    expect(plain.requests.filter(({ target }) => target.startsWith(SANDBOXES))).toHaveLength(1);
    expect(plain.seconds).toBeLessThan(90);
  });
});

describe('whether the conversations of an account share a sandbox', () => {
  const KEYED = { ...V1, 'idempotency-key': 'issue-42' };
  const LINE = /conversations of this account share a sandbox, its files and its credentials/i;

  test.each(['ADD_TO_ANY', 'GROUP_BY_NEWEST', 'OF_TOMORROW'])(
    'is a line of the log if they may: %s',
    async (grouping) => {
      const { runner, requests } = await play('finish', 'v1', KEYED, [], { simulator: { grouping } });
      expect(runner.log.filter((line) => LINE.test(line))).toEqual([expect.stringContaining(grouping)]);
      expect(requests.filter(({ target }) => target === '/api/v1/users/me')).toHaveLength(1);
    },
  );

  test('has no such line if the server says that they share none', async () => {
    const { runner } = await play('finish', 'v1', KEYED);
    expect(runner.log.filter((line) => LINE.test(line))).toEqual([]);
  });
});

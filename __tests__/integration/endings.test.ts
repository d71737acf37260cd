import { describe, expect, test } from '@jest/globals';

import type { ScenarioName } from '../../simulator/scenarios.ts';
import { play } from '../support/play.ts';

/** What the contract's table of statuses makes of each scenario, with V1 and with V0. */
const ENDINGS: readonly (readonly [ScenarioName, string, string])[] = [
  ['finish', 'finished', 'finished'],
  ['message', 'finished', 'needs-input'],
  ['pull-request', 'finished', 'finished'],
  ['error', 'error', 'error'],
  ['hostile-error', 'error', 'error'],
  ['stuck', 'stuck', 'error'],
  ['needs-input', 'needs-input', 'needs-input'],
  ['confirmation', 'needs-input', 'needs-input'],
  ['rejected', 'error', 'error'],
  ['rate-limited', 'error', 'error'],
  ['start-error', 'start-failed', 'start-failed'],
  ['hostile-start', 'start-failed', 'start-failed'],
  ['no-access', 'start-failed', 'start-failed'],
  ['hidden-finish', 'finished', 'finished'],
  ['paused', 'timed-out', 'stopped'],
  ['paused-resumed', 'finished', 'stopped'],
  ['agent-paused', 'timed-out', 'timed-out'],
  ['sandbox-error', 'error', 'error'],
  ['missing', 'missing', 'missing'],
  ['deleting', 'missing', 'stopped'],
  ['archived', 'missing', 'missing'],
  ['vanish', 'missing', 'missing'],
  ['never-appears', 'missing', 'missing'],
  ['unknown-status', 'finished', 'finished'],
  ['stopped', 'timed-out', 'stopped'],
  ['stopped-early', 'finished', 'finished'],
  ['long', 'finished', 'finished'],
  ['forever', 'timed-out', 'timed-out'],
  ['hostile', 'finished', 'finished'],
  ['long-answer', 'finished', 'finished'],
  ['no-answer', 'finished', 'finished'],
];

const GREEN = ['finished', 'stopped', 'running'];

describe.each(['v1', 'v0'] as const)('%s', (version) => {
  test.each(ENDINGS.map(([scenario, v1, v0]) => [scenario, version === 'v1' ? v1 : v0] as const))(
    '%s ends as %s',
    async (scenario, status) => {
      const { outcome, runner, secrets, file } = await play(scenario, version);
      for (const secret of secrets) {
        for (const text of [runner.log.join('\n'), runner.page(), JSON.stringify(runner.outputs), file]) {
          expect(text).not.toContain(secret);
        }
      }
      expect(outcome.status).toBe(status);
      expect(runner.outputs['status']).toBe(status);
      expect(runner.failures).toHaveLength(GREEN.includes(status) ? 0 : 1);
      expect(runner.page()).toContain(`\`${status}\``);
      expect(runner.outputs['api-version']).toBe(status === 'start-failed' ? undefined : version);
    },
  );

  test('waiting for an agent of 20 minutes costs at most 100 status requests, and its end is seen 33 s later at most', async () => {
    const { seconds, statusRequests } = await play('long', version);
    expect(statusRequests).toBeLessThanOrEqual(100);
    expect(seconds).toBeGreaterThan(1200);
    // The simulated start takes six and a half seconds of its own.
    expect(seconds).toBeLessThan(1200 + 6.5 + 33);
  });

  test('a look costs one request more at most, also with the steps of the agent in the log', async () => {
    const { asked, runner } = await play('long', version, { 'api-version': version });
    const kinds = asked.map(({ target }) => (target.includes('/events') ? 'e' : 'l')).join('');
    // The start and the end have requests of their own.
    expect(kinds).toMatch(/^l+(?:le?)+e{0,2}l$/);
    // Four to begin with, and one every twenty seconds.
    expect(runner.log.filter((line) => /^\[[\d:]+\] Step: /.test(line))).toHaveLength(4 + 59);
  });

  test('the deadline holds to the second, through start and wait', async () => {
    for (const timeout of ['3', '90', '1800']) {
      const { seconds } = await play('forever', version, { 'timeout-seconds': timeout });
      expect(seconds).toBe(Number(timeout));
    }
  });

  test('without polling it ends when the conversation is there, with no status request', async () => {
    const { outcome, runner, seconds, statusRequests } = await play('forever', version, { poll: 'false' });
    expect(outcome.status).toBe('running');
    expect(runner.outputs['conversation-url']).toMatch(/\/conversations\/[0-9a-f]{32}$/);
    expect(runner.failures).toEqual([]);
    expect(statusRequests).toBe(0);
    expect(seconds).toBeLessThan(10);
  });
});

test('V1: a deadline before there is a conversation is a failed start that says where to look', async () => {
  const { outcome, runner } = await play('finish', 'v1', { 'timeout-seconds': '3' });
  expect(outcome.status).toBe('start-failed');
  expect(runner.outputs).not.toHaveProperty('conversation-id');
  expect(runner.failures[0]).toMatch(/the deadline passed before there was a conversation.*\/conversations/);
});

test('everything that is known is handed on', async () => {
  const { runner } = await play('finish', 'v1');
  expect(runner.outputs).toMatchObject({
    status: 'finished',
    'api-version': 'v1',
    title: 'Check the README for wrong statements',
    'cost-usd': '0.23',
    'pull-request-urls': 'https://github.com/octo-org/octo-repo/pull/12',
    response: expect.stringContaining('three wrong statements'),
    'response-file': expect.stringMatching(/response\.md$/),
  });
});

test('a bad end hands on the answer, too', async () => {
  const { runner } = await play('needs-input', 'v1');
  expect(runner.outputs['response']).toContain('Which one do you mean?');
});

test('a long answer is cut at 96 KiB, and says where the whole is', async () => {
  const { runner } = await play('long-answer', 'v1');
  const response = runner.outputs['response'] ?? '';
  expect(Buffer.byteLength(response)).toBeLessThan(131_071 - 'RESPONSE='.length);
  expect(response).toContain(runner.outputs['response-file'] ?? 'no file');
});

import { describe, expect, test } from '@jest/globals';

import type { Mishap } from '../../testbed/mishap.ts';
import { play, type StepRun } from '../../testbed/play.ts';

const PAGE = { headers: { 'content-type': 'text/html' }, body: '<html><h1>Log in</h1></html>' };
const LOGIN = 'https://login.example.com/start?rd=openhands';

const WAYS: readonly (readonly [way: string, answer: Mishap['answer']])[] = [
  ['redirects to another host', { kind: 'redirect', to: LOGIN }],
  ['redirects to another port', { kind: 'redirect', to: 'http://127.0.0.1:1/api/v1/users/me' }],
  ['redirects to another path', { kind: 'redirect', to: '/oauth2/start' }],
  ['sends its page', { kind: 'page' }],
  ['answers 407', { kind: 'status', status: 407 }],
  ['answers 401 with its page', { kind: 'status', status: 401, ...PAGE }],
  ['answers 403 with its page', { kind: 'status', status: 403, ...PAGE }],
];

const errorOf = ({ runner }: StepRun): string => runner.failures.join('\n');

test('a redirect from http to https is no login: the error says how to write base-url', async () => {
  const to = 'https://127.0.0.1/api/v1/app-conversations/';
  const ran = await play('finish', 'v1', {}, [], { mishapOf: () => ({ answer: { kind: 'redirect', to } }) });
  expect([ran.outcome.status, ran.runner.outputs['failure-kind']]).toEqual(['start-failed', 'input']);
  expect(errorOf(ran)).toMatch(
    /What to do: write base-url as the server does, which redirects to the same host/,
  );
});

describe.each(WAYS)('a proxy that asks for a login, and %s,', (_, answer) => {
  const atFirst = { mishapOf: () => ({ answer }) };

  test.each<[string, Readonly<Record<string, string>>]>([
    ['for a start', {}],
    ['for a start with a key', { 'idempotency-key': 'issue-12' }],
    [
      'for inputs of an agent server',
      { 'working-directory': '/work', 'llm-api-key': 'sk-llm-tests', model: 'any' },
    ],
    ['for V1', { 'api-version': 'v1' }],
    ['for an existing conversation', { message: '', 'conversation-id': 'a'.repeat(32) }],
  ])('ends the step by its first answer, %s: the error says only that', async (_case, inputs) => {
    const ran = await play('finish', 'v1', inputs, [], atFirst);
    expect([ran.outcome.status, ran.runner.outputs['failure-kind']]).toEqual(['start-failed', 'server']);
    expect(errorOf(ran)).toMatch(/: a proxy asks for a login/);
    expect(errorOf(ran)).toMatch(/What to do: exempt the API from that login/);
    expect(errorOf(ran)).not.toMatch(/leave|set base-url/);
    expect(ran.seconds).toBeLessThan(2);
  });

  test('is waited out like an outage once the server has answered', async () => {
    const ran = await play('long', 'v1', { 'timeout-seconds': '3600' }, [], {
      mishapOf: ({ at }) => (at >= 60 && at < 150 ? { answer } : undefined),
    });
    expect(ran.outcome.status).toBe('finished');
    expect(ran.conversations).toBe(1);
  });

  test('ends the wait after three minutes, as unreachable', async () => {
    const ran = await play('forever', 'v1', { 'timeout-seconds': '3600' }, [], {
      mishapOf: ({ at }) => (at >= 60 ? { answer } : undefined),
    });
    expect(ran.outcome.status).toBe('unreachable');
    expect(errorOf(ran)).toMatch(/a proxy asks for a login.* \(tried for 1\d\d s\)/);
  });
});

import { describe, expect, test } from '@jest/globals';

import { play } from '../../testbed/play.ts';
import { messagesIn } from '../support/messages.ts';
import { openSteps } from '../support/open-steps.ts';
import { inputsWith } from '../support/record.ts';

const SCHEMA = JSON.stringify({
  type: 'object',
  properties: { changed: { type: 'boolean' }, findings: { type: 'array', items: { type: 'object' } } },
  required: ['changed', 'findings'],
  additionalProperties: false,
});
const ASKED = { poll: 'true', 'output-schema': SCHEMA };
/** A message that the agent answers in words. */
const WORDS = 'Look at it.\nsimulate: pull-request';

describe('an answer with output-schema, v1', () => {
  test('is an output in one line if it matches', async () => {
    const { outcome, runner, left, requests } = await play('json', 'v1', ASKED);
    expect(outcome.status).toBe('finished');
    expect(runner.outputs['structured-output']).toBe(
      '{"changed":true,"findings":[{"file":"README.md","line":31,"text":"The port is 3000."}]}',
    );
    expect(left[0]?.message).toContain(SCHEMA);
    expect(messagesIn(requests)).toBe(0);
  });

  test('that does not match is requested once more in the same conversation', async () => {
    const given = { ...ASKED, message: WORDS };
    const { outcome, runner, conversations, requests } = await play('json', 'v1', given);
    expect(outcome.status).toBe('finished');
    expect(runner.outputs).toMatchObject({
      'structured-output':
        '{"changed":true,"findings":[{"file":"README.md","line":31,"text":"The port is 3000."}]}',
      reused: 'false',
    });
    expect(runner.log.join('\n')).toContain('The answer does not match output-schema: it is not JSON');
    expect([conversations, messagesIn(requests)]).toEqual([1, 1]);
    const { title = 'none' } = runner.outputs;
    expect(runner.log.filter((line) => line.endsWith(`: ${title}`))).toHaveLength(1);
  });

  test('that does not match the second time either fails the step without a structured output', async () => {
    const { outcome, runner, requests } = await play('pull-request', 'v1', ASKED);
    expect(outcome.status).toBe('invalid-output');
    expect(runner.outputs).toMatchObject({ status: 'invalid-output', 'failure-kind': 'output' });
    expect(runner.outputs).not.toHaveProperty('structured-output');
    expect(runner.outputs['response']).toContain('the README is right again');
    expect(runner.failures).toEqual([
      expect.stringMatching(
        /^failed to get an answer that matches output-schema: it is not JSON, and does not end in a code block with JSON\. What to do: ask the agent for an answer that matches output-schema in its conversation \(http\S+\)\.$/,
      ),
    ]);
    expect(messagesIn(requests)).toBe(1);
  });
});

describe('an answer with output-schema, v0', () => {
  test('is an output if it matches', async () => {
    const { outcome, runner, left, requests } = await play('json', 'v0', ASKED);
    expect(outcome.status).toBe('finished');
    expect(runner.outputs['structured-output']).toMatch(/^\{"changed":true,"findings":\[.*\]\}$/);
    expect(left[0]?.message).toContain(SCHEMA);
    expect(messagesIn(requests)).toBe(0);
  });

  test('that does not match is requested once more, and then fails the step', async () => {
    const again = await play('json', 'v0', { ...ASKED, message: WORDS });
    expect(again.outcome.status).toBe('finished');
    expect(again.runner.outputs['structured-output']).toMatch(/^\{"changed":true/);
    expect(messagesIn(again.requests)).toBe(1);
    const never = await play('pull-request', 'v0', ASKED);
    expect(never.runner.outputs).toMatchObject({ status: 'invalid-output', 'failure-kind': 'output' });
    expect(never.runner.outputs).not.toHaveProperty('structured-output');
    expect(messagesIn(never.requests)).toBe(1);
  });
});

test('a correction keeps the pull request that only the answer before it names', async () => {
  const server = { 'api-version': 'agent-server', model: 'a/model', 'llm-api-key': 'sk-llm-integration' };
  const { step } = await openSteps({ api: 'agent-server', scenario: 'json' });
  const { runner } = await step({ ...ASKED, ...server, message: 'simulate: finish' });
  expect(runner.outputs['status']).toBe('finished');
  expect(runner.outputs['response']).not.toContain('/pull/');
  expect(runner.outputs['pull-request-urls']).toBe('https://github.com/octo-org/octo-repo/pull/12');
});

test('a correction is not sent twice if the answer to it is lost', async () => {
  const lost = {
    method: 'POST',
    path: '/api/v1/app-conversations/*/send-message',
    when: 'after',
    answer: { kind: 'reset' },
  } as const;
  const { outcome, requests } = await play('json', 'v1', { ...ASKED, message: WORDS }, [lost]);
  expect(outcome.status).toBe('finished');
  expect(messagesIn(requests)).toBe(1);
});

test('a correction to a sandbox that is gone leaves the earlier answer and its patch', async () => {
  const gone = {
    method: 'POST',
    path: '/api/v1/app-conversations/*/send-message',
    answer: { kind: 'status', status: 410, body: '{"detail":"Sandbox is gone"}' },
  } as const;
  const given = { ...ASKED, message: WORDS, 'patch-file': 'changes.patch' };
  const { outcome, runner } = await play('json', 'v1', given, [gone]);
  expect(outcome.status).toBe('invalid-output');
  expect(runner.failures).toEqual([expect.stringMatching(/it is not JSON.*; the sandbox is gone/)]);
  expect(runner.outputs['response']).toContain('the README is right again');
  expect(runner.outputs['patch-file']).toMatch(/changes\.patch$/);
});

test('an agent that fails during the correction fails the step', async () => {
  const { outcome } = await play('error', 'v1', { ...ASKED, message: WORDS });
  expect(outcome.status).toBe('error');
});

test.each([
  [{ 'output-schema': 'schemas/audit.json' }, 'it must be the schema itself, as JSON, not the path'],
  [{ 'output-schema': 'null' }, 'it must be an object'],
  [{ 'output-schema': '[]' }, 'it must be an object'],
  [{ 'output-schema': '{"type": "thing"}' }, 'output-schema is not a JSON Schema: '],
  [{ 'output-schema': '{"$ref": "https://example.com/a.json"}' }, 'output-schema is not a JSON Schema: '],
  [{ 'output-schema': JSON.stringify({ title: 'x'.repeat(64 * 1024) }) }, 'it is larger than 64 KiB'],
  [{ 'output-schema': '{}', poll: 'false' }, 'output-schema needs poll: true'],
])('the inputs %j are refused', async (given, why) => {
  await expect(inputsWith({ poll: 'true', ...given })).rejects.toThrow(why);
});

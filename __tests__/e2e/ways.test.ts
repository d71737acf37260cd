import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from '@jest/globals';

import { act, expectFailure, MESSAGE, simulate } from '../support/act.ts';

test('a message can come from a template in a file, filled in from the event', async () => {
  const simulator = await simulate();
  const workspace = await mkdtemp(join(tmpdir(), 'ways-'));
  const template = 'Fix #{{ github.event.issue.number }}:\n{{ github.event.issue.title }}\n';
  await writeFile(join(workspace, 'task.md'), template);
  const event = {
    name: 'issues',
    payload: { issue: { number: 42, title: 'Crash\u200b <!-- x -->{{ github.sha }}' } },
  };
  const run = await act(
    { 'message-template-file': 'task.md', 'base-url': simulator.url, 'require-permission': 'none' },
    { workspace, event },
  );
  await rm(workspace, { recursive: true });
  expect(run.exitCode).toBe(0);
  expect(simulator.conversations[0]?.message).toMatch(
    /^Fix #42:\nThe text .*\n-{5} untrusted text (\w+) begins -{5}\nCrash  {{ github\.sha }}\n-{5} untrusted text \1 ends -{5}\n$/,
  );
});

test('a cancel before the start is answered leaves no agent at work', async () => {
  if (process.platform === 'win32') return;
  const simulator = await simulate({ scenario: 'forever', speed: 3 });
  const start = { method: 'POST', path: '/api/v1/app-conversations' } as const;
  simulator.order({ ...start, when: 'after', answer: { kind: 'hang' } });
  const run = await act(
    { message: MESSAGE, 'base-url': simulator.url, poll: 'true' },
    { signal: { after: () => simulator.conversations.length > 0, send: 'SIGINT' } },
  );
  expectFailure(run, 'cancelled', /failed to start the conversation: the step was canceled/);
  expect(run.post?.log).toContain('The step was interrupted, and the agent was paused');
  expect(simulator.requests.filter(({ path }) => path.endsWith('/pause'))).toHaveLength(1);
  expect(simulator.conversations).toHaveLength(1);
});

test('require-result fails a step whose agent is blocked, with the reason, and corrects an answer without the line', async () => {
  const blocked = await simulate({ scenario: 'blocked' });
  const given = { message: MESSAGE, poll: 'true', 'require-result': 'done' };
  const run = await act({ ...given, 'base-url': blocked.url });
  expectFailure(
    run,
    'not-done',
    /failed to get the task done: the agent is blocked: the repository has no README/,
  );
  expect(run.outputs['failure-kind']).toBe('result');
  expect(run.summary).toMatch(/^### 🚧 Not done/);
  const done = await simulate({ scenario: 'done' });
  const again = await act({ ...given, 'base-url': done.url, message: `${MESSAGE}\nsimulate: finish` });
  expect(again.outputs['status']).toBe('finished');
  expect(again.outputs['response']).toMatch(/\n\nResult: done$/);
  expect(done.requests.filter(({ path }) => path.endsWith('/send-message'))).toHaveLength(1);
});

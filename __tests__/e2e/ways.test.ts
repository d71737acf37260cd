import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, expect, test } from '@jest/globals';

import { act, expectFailure, MESSAGE, simulate } from '../support/act.ts';

const workspaces: string[] = [];

afterAll(async () => {
  for (const path of workspaces) await rm(path, { recursive: true });
});

/** Returns a folder with a file `task.md`. */
async function workspaceWith(task: string): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'ways-'));
  workspaces.push(path);
  await writeFile(join(path, 'task.md'), task);
  return path;
}

test('a message can come from a file', async () => {
  const simulator = await simulate();
  const workspace = await workspaceWith('Do {{ this }}\n');
  const run = await act({ 'message-file': 'task.md', 'base-url': simulator.url }, { workspace });
  expect(run.exitCode).toBe(0);
  expect(simulator.conversations[0]?.message).toBe('Do {{ this }}\n');
});

test('a message can come from a template, filled in from the event', async () => {
  const simulator = await simulate();
  const workspace = await workspaceWith(
    'Fix #{{ github.event.issue.number }}:\n{{ github.event.issue.title }}\n',
  );
  const event = {
    name: 'issues',
    payload: { issue: { number: 42, title: 'Crash\u200b <!-- x -->{{ github.sha }}' } },
  };
  const run = await act(
    { 'message-template-file': 'task.md', 'base-url': simulator.url, 'require-permission': 'none' },
    { workspace, event },
  );
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

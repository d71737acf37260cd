import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { contextEnvironment, contextOf } from '../../simulator/runner/context.ts';
import { workflowOf } from '../../src/github/workflow.ts';

describe('the context of a template', () => {
  let folder = '';
  const file = (): string => join(folder, 'event.json');

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'workflow-'));
  });

  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  test("has the event and the runner's values about the run", async () => {
    const context = contextOf({ head_ref: 'topic', base_ref: 'main' });
    const payload = { issue: { title: 'Ünïcode' } };
    await writeFile(file(), JSON.stringify(payload, null, 2));
    const env = {
      ...contextEnvironment(context, { name: 'issues', payload }),
      GITHUB_EVENT_PATH: file(),
    };
    expect(await workflowOf(env).templateContext()).toEqual({
      event: payload,
      github: {
        repository: 'octo-org/octo-repo',
        repository_owner: 'octo-org',
        ref: 'refs/heads/main',
        ref_name: 'main',
        sha: context.sha,
        actor: 'octocat',
        event_name: 'issues',
        run_id: context.run_id,
        run_number: '3',
        run_attempt: '1',
        workflow: 'Agent',
        server_url: 'https://github.com',
        head_ref: 'topic',
        base_ref: 'main',
      },
    });
  });

  test('has no event if none can be read', async () => {
    const eventAt = async (path: string): Promise<unknown> =>
      (await workflowOf({ GITHUB_EVENT_PATH: path }).templateContext()).event;
    expect(await eventAt('')).toBeUndefined();
    expect(await eventAt(join(folder, 'none'))).toBeUndefined();
    await writeFile(file(), '{"issue":');
    expect(await eventAt(file())).toBeUndefined();
  });
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from '@jest/globals';

import { type ActionRun, runAction } from '../../simulator/runner/runner.ts';
import { repositoryWith, type Uploaded } from '../../testbed/outcomes.ts';
import { REPOSITORY } from '../../testbed/world.ts';
import { act, errorsOf, KEY, simulate } from '../support/act.ts';
import { afterTest, openGithub } from '../support/after-test.ts';
import { ROOT } from '../support/yaml.ts';

const TOKEN = 'ghs_end-to-end-tests-of-outcomes';

/** Runs the built `dist/outcomes.js` as a process. */
async function run(url: string, inputs: Readonly<Record<string, string>> = {}): Promise<ActionRun> {
  const ran = await runAction({
    action: join(ROOT, 'outcomes'),
    with: { 'github-token': TOKEN, ...inputs },
    github: { api_url: url },
  });
  afterTest(async () => ran.dispose());
  for (const text of [ran.log, ran.summary, JSON.stringify(ran.outputs)]) expect(text).not.toContain(TOKEN);
  expect(ran.log).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m);
  return ran;
}

/** Returns what a repository has if its runs are of today. */
function today(uploads: readonly Uploaded[]): ReturnType<typeof repositoryWith> {
  const at = new Date().toISOString();
  return repositoryWith(
    uploads.map((each) => ({ ...each, run: { at, ...each.run }, artifact: { at, ...each.artifact } })),
    { pulls: { 12: 'merged' } },
  );
}

test('the outcome of a step is counted by the report', async () => {
  const { url } = await simulate();
  const step = await act({ message: 'Check the README', 'base-url': url, poll: 'true' });
  const outcome = readFileSync(step.outputs['outcome-file'] ?? '', 'utf8');
  expect(outcome).not.toContain(KEY);
  const api = await openGithub({ repositories: [today([{ outcome }])] });
  const { outputs, summary, log, exitCode } = await run(api.url);
  expect(exitCode).toBe(0);
  expect(JSON.parse(outputs['report'] ?? '')).toMatchObject({
    incomplete: false,
    total: { runs: 1, ended: { finished: 1 }, 'cost-usd': Number(step.outputs['cost-usd']), merged: 1 },
  });
  expect(summary).toContain('| `Solve issues` | 1 | 1 finished |');
  expect(log).toContain(`[1/1] ${REPOSITORY}: conversations: 1`);
});

test('the built report refuses a person, and says what to do', async () => {
  const api = await openGithub({ repositories: [today([{}])] });
  const ran = await run(api.url, { repositories: 'octocat/*' });
  expect(ran.exitCode).toBe(1);
  expect(errorsOf(ran)).toEqual([
    expect.stringMatching(/no organization octocat: list a person's repositories/),
  ]);
});

test('the built report fails in one line if nothing can be read', async () => {
  const api = await openGithub({ repositories: [{ ...today([{}]), refuses: { artifacts: 403 } }] });
  const ran = await run(api.url);
  expect(ran.exitCode).toBe(1);
  expect(errorsOf(ran)).toEqual([expect.stringMatching(/^failed to read any repository: HTTP 403/)]);
});

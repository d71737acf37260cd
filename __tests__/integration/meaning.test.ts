import { expect, test } from '@jest/globals';

import { postWithComment } from '../../testbed/post.ts';
import { DISPATCH } from '../../testbed/world.ts';
import { openGithubSteps } from '../support/github-steps.ts';

const PAGE = 'https://github.com/octo-org/openhands/blob/v1/docs/troubleshooting.md';
const LABELED = { ...DISPATCH, name: 'issues', isLabeled: true, issue: 1 };
const ASKED = { message: 'simulate: error', 'api-version': 'v1', poll: 'true', comment: 'true' };

test('a failed step links to what its status means, in log, summary and comment', async () => {
  const steps = await openGithubSteps({}, { event: LABELED });
  const { runner } = await steps.step(ASKED, undefined, { helpUrl: PAGE });
  expect(runner.log).toContain(`What this means: ${PAGE}#error-quota`);
  const link = `[What this means](${PAGE}#error-quota)`;
  expect(runner.page()).toContain(link);
  expect(steps.github.comments.map(({ body }) => body)).toEqual([expect.stringContaining(link)]);
});

test('one thing to do is named in summary and comment, and what the label would do', async () => {
  const steps = await openGithubSteps({}, { event: LABELED });
  const { runner } = await steps.step(ASKED);
  expect(runner.page()).toContain(
    '**What to do:** add credit to the account that pays for the model, then tell the agent to continue in its conversation (a label may start another agent).',
  );
  expect(steps.github.comments.map(({ body }) => body)).toEqual([
    expect.stringContaining(
      '**What to do:** add credit to the account that pays for the model, then tell the agent to continue in its conversation (a label may start another agent).',
    ),
  ]);
});

test('nothing links anywhere if the page is not known, or all is well', async () => {
  const steps = await openGithubSteps({}, { event: LABELED });
  const failed = await steps.step(ASKED);
  const well = await steps.step({ ...ASKED, message: 'simulate: finish' }, undefined, {
    helpUrl: PAGE,
    runId: '2',
  });
  for (const { runner } of [failed, well])
    expect(runner.page() + runner.log.join('\n')).not.toContain('What this means');
});

test('post links, too, to the page that main has saved', async () => {
  const steps = await openGithubSteps({ scenario: 'forever' }, { event: LABELED });
  const killed = await steps.killed({ ...ASKED, message: 'simulate: forever' }, 30, { helpUrl: PAGE });
  await postWithComment(killed, steps, LABELED);
  expect(killed.runner.page()).toContain(`[What this means](${PAGE}#cancelled)`);
});

import { describe, expect, test } from '@jest/globals';

import { DISPATCH } from '../../testbed/world.ts';
import { openGithubSteps } from '../support/github-steps.ts';
import { openSteps } from '../support/open-steps.ts';

test('several wrong inputs are a list in the log and in the summary, and one line in the error', async () => {
  const { step, requests } = await openSteps({ api: 'v1' });
  const { outcome, runner } = await step({ prompt: 'Fix it', poll: 'maybe', 'timeout-seconds': '20m' });
  expect(outcome.status).toBe('start-failed');
  const problems = [
    'prompt is not an input of this action: use message or message-file',
    'poll is "maybe": it must be true or false',
    'timeout-seconds is "20m": it must be a whole number of seconds from 1 to 21600: write 1200',
  ];
  expect(runner.log.join('\n')).toContain(
    ['Failed to read the inputs:', ...problems.map((problem) => `- ${problem}`)].join('\n'),
  );
  expect(runner.failures).toEqual([`failed to read the inputs: ${problems.join('; ')}.`]);
  expect(runner.page()).toContain(
    `<p>Failed to read the inputs:</p>\n<ul>\n${problems.map((problem) => `<li>${problem.replaceAll('"', '&quot;')}</li>`).join('\n')}\n</ul>\n`,
  );
  // Each of them says what would be right.
  expect(runner.page()).not.toContain('What to do');
  expect(requests()).toEqual([]);
});

test('one wrong input is one sentence', async () => {
  const { step } = await openSteps({ api: 'v1' });
  const { runner } = await step({ message: 'Fix it', poll: 'maybe' });
  expect(runner.page()).toContain(
    '<p>Failed to read the inputs: poll is &quot;maybe&quot;: it must be true or false.</p>',
  );
  expect(runner.log.join('\n')).not.toContain('Failed to read');
});

test('a missing key is one whole sentence on the page, too', async () => {
  const { step } = await openSteps({ api: 'v1' });
  const { runner } = await step({ message: 'Fix it', 'api-key': '' });
  expect(runner.page()).toContain(
    '<p>Failed to read the inputs: api-key is empty: create a key in OpenHands (Settings → API Keys), or take the session key of your agent ' +
      'server, save it as the secret that the workflow passes as api-key, such as OPENHANDS_API_KEY, then re-run the job (GitHub gives runs for forks and for Dependabot no secrets).</p>',
  );
});

describe('a wrong key', () => {
  const REFUSED = { authorization: { kind: 'bearer', keys: ['the-right-key-of-the-test'] } } as const;
  const ID = '24c34a8b-2284-52d8-a84b-555b1fcff91b';

  test.each([
    ['an account is read for a key', { message: 'Fix it', 'idempotency-key': 'issue-12' }, 'start'],
    ['the API is looked for', { message: 'Fix it' }, 'start'],
    ['a start is asked for', { message: 'Fix it', 'api-version': 'v1' }, 'start'],
    ['an existing conversation is looked for', { 'conversation-id': ID, poll: 'true' }, 'attach to'],
    ['it is looked for with V1 given', { 'conversation-id': ID, 'api-version': 'v1' }, 'attach to'],
    ['it is to get a message', { 'conversation-id': ID, message: 'Go on', 'api-version': 'v1' }, 'attach to'],
  ])('has the same error and advice where %s', async (_, inputs, action) => {
    const { step } = await openSteps({ api: 'v1', ...REFUSED });
    const { runner } = await step(inputs);
    expect(runner.outputs['failure-kind']).toBe('auth');
    expect(runner.failures).toEqual([
      expect.stringMatching(
        new RegExp(
          `^failed to ${action} the conversation: HTTP 401: .*\\. What to do: save a valid key of the server \\(in OpenHands: Settings → API Keys\\) as the secret that the workflow passes as api-key, such as OPENHANDS_API_KEY, then re-run the job\\.$`,
        ),
      ),
    ]);
  });
});

test('a conversation that does not exist is what fails a step with a short deadline, too', async () => {
  const { step } = await openSteps({ api: 'v1' });
  const id = '24c34a8b-2284-52d8-a84b-555b1fcff91b';
  const { runner } = await step({ 'conversation-id': id, poll: 'true', 'timeout-seconds': '20' });
  expect(runner.outputs).toMatchObject({ status: 'start-failed', 'failure-kind': 'not-found' });
  expect(runner.failures).toEqual([
    expect.stringMatching(
      /the server does not list the conversation .* What to do: check conversation-id and base-url, and that api-key belongs to the account of the conversation, then start a new run\.$/,
    ),
  ]);
});

test('a github-token that cannot read the permission of a user is an error that says what it must be able to read', async () => {
  const event = { ...DISPATCH, name: 'issues', issue: 1 };
  const { step, github, requests } = await openGithubSteps({}, { event });
  const answer = { kind: 'status', status: 403, body: '{"message":"Resource not accessible"}' } as const;
  github.order({ path: '*/permission', times: Infinity, answer });
  const { runner } = await step({ message: 'Fix it' });
  expect(runner.failures).toEqual([
    'failed to read the permission of octocat: HTTP 403: Resource not accessible. What to do: check that github-token can read octo-org/octo-repo, then re-run the job.',
  ]);
  expect(requests()).toEqual([]);
});

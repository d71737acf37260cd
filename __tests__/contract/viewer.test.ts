import { afterEach, expect, test } from '@jest/globals';

import { type GithubApi, startGithubApi } from '../../simulator/github-api.ts';
import { mayBeTokenAccount } from '../../src/github/permission.ts';
import { clientOf } from '../support/github.ts';

const never = new AbortController().signal;

let api: GithubApi;
afterEach(async () => {
  await api.close();
});

test.each([
  ["a workflow's token", 'ghs_workflow', 'github-actions[bot]', true],
  ["an app's token, which may not ask who it is", 'app', 'helper[bot]', true],
  ["a workflow's token", 'ghs_workflow', 'octocat', false],
  ["a person's token", 'pat', 'octocat', true],
  ["a person's token", 'pat', 'monalisa', false],
  ["a person's token", 'pat', 'github-actions[bot]', false],
  ['a token whose account GitHub does not name', 'wrong', 'octocat', true],
])('%s (%s) may have written a comment by %s: %j', async (_, token, author, expected) => {
  api = await startGithubApi({ tokens: { pat: 'octocat', app: 'helper[bot]' } });
  expect(await mayBeTokenAccount(author, clientOf(api, { token }), never)).toBe(expected);
});

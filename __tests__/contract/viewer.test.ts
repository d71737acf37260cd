import { expect, test } from '@jest/globals';

import type { FaultAnswer } from '../../simulator/faults.ts';
import { GitHubFailure } from '../../src/github/failure.ts';
import { matchesTokenAccount } from '../../src/github/token-account.ts';
import { clientOf } from '../../testbed/github-client.ts';
import { openGithub } from '../support/after-test.ts';

const never = new AbortController().signal;

test.each([
  ["a workflow's token", 'ghs_workflow', 'github-actions[bot]', true],
  ["an app's token, which may not ask who it is", 'app', 'helper[bot]', true],
  ["a workflow's token", 'ghs_workflow', 'octocat', false],
  ["a person's token", 'pat', 'octocat', true],
  ["a person's token", 'pat', 'monalisa', false],
  ["a person's token", 'pat', 'github-actions[bot]', false],
])('%s (%s) may have written a comment by %s: %j', async (_, token, author, expected) => {
  const api = await openGithub({ tokens: { pat: 'octocat', app: 'helper[bot]' } });
  expect(await matchesTokenAccount(author, clientOf(api, { token }).during(never))).toBe(expected);
});

const answered = (status: number, body = '{}'): FaultAnswer => ({ kind: 'status', status, body });
const LIMITED = { 'x-ratelimit-remaining': '0', 'retry-after': '5' };

test.each<[string, FaultAnswer]>([
  ['401', answered(401)],
  ['404', answered(404)],
  ['500', answered(500)],
  ['a rate limit', { kind: 'status', status: 403, headers: LIMITED }],
  ['a connection that is reset', { kind: 'reset' }],
  ['a web page', { kind: 'page' }],
  ['no login', answered(200, '{"type":"User"}')],
  ['an empty login', answered(200, '{"login":""}')],
])('if GitHub answers with %s, nobody counts as the account of the token', async (_what, answer) => {
  const api = await openGithub();
  api.order({ path: '/user', times: Infinity, answer });
  for (const author of ['', 'octocat', 'github-actions[bot]'])
    await expect(matchesTokenAccount(author, clientOf(api).during(never))).rejects.toThrow(GitHubFailure);
});

import { afterEach, expect, test } from '@jest/globals';

import { type GithubApi, type GithubApiOptions, startGithubApi } from '../../simulator/github/api.ts';
import { sendReaction } from '../../src/comment/thread.ts';
import { clientOf, REPOSITORY } from '../support/github.ts';

const never = new AbortController().signal;

let api: GithubApi;
afterEach(async () => {
  await api.close();
});

async function open(options: GithubApiOptions = {}): Promise<number> {
  api = await startGithubApi(options);
  return api.comment(1, 'octocat', 'Fix it').id;
}

test.each<[string, (comment: number) => string]>([
  ['thread', () => 'issues/7'],
  ['comment', (comment) => `issues/comments/${comment}`],
  ['review comment', () => 'pulls/comments/12'],
])('a %s gets one 👀 even if the step reacts twice', async (_kind, targetOf) => {
  const trigger = targetOf(await open());
  await sendReaction(trigger, REPOSITORY, clientOf(api).during(never));
  await sendReaction(trigger, REPOSITORY, clientOf(api).during(never));
  expect(api.reactions).toEqual([{ target: trigger, author: 'github-actions[bot]', content: 'eyes' }]);
});

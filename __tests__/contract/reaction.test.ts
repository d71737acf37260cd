import { afterEach, expect, test } from '@jest/globals';

import { type GithubApi, type GithubApiOptions, startGithubApi } from '../../simulator/github/api.ts';
import { sendReaction } from '../../src/comment/thread.ts';
import type { Trigger } from '../../src/github/event.ts';
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

test.each<[Trigger['kind'], (comment: number) => number, (comment: number) => string]>([
  ['thread', () => 7, () => 'issues/7'],
  ['comment', (comment) => comment, (comment) => `issues/comments/${comment}`],
  ['review comment', () => 12, () => 'pulls/comments/12'],
])('a %s gets one 👀 even if the step reacts twice', async (kind, idOf, targetOf) => {
  const comment = await open();
  const trigger = { kind, id: idOf(comment) };
  await sendReaction(trigger, REPOSITORY, clientOf(api).during(never));
  await sendReaction(trigger, REPOSITORY, clientOf(api).during(never));
  expect(api.reactions).toEqual([
    { target: targetOf(comment), author: 'github-actions[bot]', content: 'eyes' },
  ]);
});

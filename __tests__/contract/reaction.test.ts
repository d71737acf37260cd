import { expect, test } from '@jest/globals';

import { sendReaction } from '../../src/comment/thread.ts';
import type { Trigger } from '../../src/github/event.ts';
import { openGithub } from '../support/after-test.ts';
import { clientOf, REPOSITORY } from '../support/github.ts';

const never = new AbortController().signal;

test.each<[Trigger['kind'], (comment: number) => number, (comment: number) => string]>([
  ['thread', () => 7, () => 'issues/7'],
  ['comment', (comment) => comment, (comment) => `issues/comments/${comment}`],
  ['review comment', () => 12, () => 'pulls/comments/12'],
])('a %s gets one 👀 even if the step reacts twice', async (kind, idOf, targetOf) => {
  const api = await openGithub();
  const comment = api.comment(1, 'octocat', 'Fix it').id;
  const trigger = { kind, id: idOf(comment) };
  await sendReaction(trigger, REPOSITORY, clientOf(api), never);
  await sendReaction(trigger, REPOSITORY, clientOf(api), never);
  expect(api.reactions).toEqual([
    { target: targetOf(comment), author: 'github-actions[bot]', content: 'eyes' },
  ]);
});

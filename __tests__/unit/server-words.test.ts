import { expect, test } from '@jest/globals';

import { meaningIn } from '../../src/openhands/v1/server-words.ts';

test.each([
  ['Directory not found', 'no-folder'],
  ['Directory not found: /srv/project', undefined],
  ['500: Failed to generate git delta: Failed to generate git delta', 'no-files'],
  ["500: Failed to generate git delta: 'lib/' does not have a commit checked out", 'no-patch'],
  ['Failed to archive directory', 'no-patch'],
  ['Git command failed: git worktree add -b openhands/1 /srv/project origin/next', 'no-worktree'],
  ["LLM profile 'default' not found", 'no-model'],
  ['Internal Server Error', undefined],
])('the words of an agent server say more than its status: %s: %s', (detail, meaning) => {
  expect(meaningIn({ kind: 'status', status: 500, detail })).toBe(meaning);
});

test('a failure without words of the server has no such meaning', () => {
  expect(meaningIn({ kind: 'unexpected', reason: 'LLM profile' })).toBeUndefined();
});

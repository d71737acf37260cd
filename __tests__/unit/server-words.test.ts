import { expect, test } from '@jest/globals';

import { failedStart, meaningIn } from '../../src/openhands/sdk/server-words.ts';

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

test.each([
  'The repository could not be cloned',
  'fatal: Remote branch next not found in upstream origin',
  "error: pathspec 'next' did not match any file(s) known to git",
])('the reason of a failed start says that the server could not clone the repository: %s', (reason) => {
  expect(failedStart(reason)).toEqual({ kind: 'failed', reason, isCloneFailure: true });
});

test.each([
  '',
  'no room',
  "Client error '401 Unauthorized' for url 'http://localhost:8000/api/conversations'",
])('the reason of a failed start says nothing of a clone: %s', (reason) => {
  expect(failedStart(reason)).toEqual({ kind: 'failed', reason });
});

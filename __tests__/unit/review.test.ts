import { describe, expect, test } from '@jest/globals';
import * as v from 'valibot';

import type { GitHub } from '../../src/github/octokit.ts';
import { composeMessage } from '../../src/message/agent-message.ts';
import { askedReviewIn } from '../../src/message/asked-review.ts';
import { cutToSize, type Finding, findingsIn } from '../../src/review/findings.ts';
import { commentedLinesOf, hunksIn, lineTextsOf, readHead } from '../../src/review/head.ts';

const PATCH = `@@ -1,3 +1,4 @@ import { a } from './a.ts';
 one
-two
+TWO
+two and a half
 three
@@ -20,2 +21,2 @@
-twenty
+TWENTY
 twenty one
\\ No newline at end of file`;

const finding = (given: Partial<Finding>): Finding => ({
  path: 'src/a.ts',
  line: 2,
  severity: 'error',
  text: 'It is wrong.',
  ...given,
});
const keep = (text: string): string => text;

describe('the lines of a diff', () => {
  /** Returns the first line of each hunk, and the text of its lines. */
  const shown = (patch: string) =>
    hunksIn(patch).map(({ from, lines }) => [from, ...lines.map(({ text }) => text)]);

  test('are those that each hunk shows of the new file', () => {
    expect(shown(PATCH)).toEqual([
      [1, 'one', 'TWO', 'two and a half', 'three'],
      [21, 'TWENTY', 'twenty one'],
    ]);
  });

  test.each([
    ['no patch, as of a binary or very large file, or one that was only renamed', '', []],
    ['a new file', '@@ -0,0 +1,2 @@\n+one\n+two', [[1, 'one', 'two']]],
    ['a deleted file has none', '@@ -1,2 +0,0 @@\n-one\n-two', [[0]]],
    [
      'a hunk that only deletes has its context',
      '@@ -5,3 +5,2 @@\n five\n-six\n seven',
      [[5, 'five', 'seven']],
    ],
    [
      'lines that look like a header',
      '@@ -1,1 +1,2 @@\n @@ -9 +9 @@\n+@@ -70,9 +70,9 @@',
      [[1, '@@ -9 +9 @@', '@@ -70,9 +70,9 @@']],
    ],
    ['a patch that is cut has fewer lines than its header says', '@@ -1,90 +1,90 @@\n one', [[1, 'one']]],
  ])('%s', (_what, patch, hunks) => {
    expect(shown(patch)).toEqual(hunks);
  });

  const diff = new Map([['src/a.ts', hunksIn(PATCH)]]);
  const place = (given: Partial<Finding>) => commentedLinesOf(finding(given), diff);

  test.each([
    [{ line: 1 }, { line: 1 }],
    [
      { line: 4, start_line: 2 },
      { line: 4, start_line: 2, start_side: 'RIGHT' },
    ],
    [{ line: 2, start_line: 4 }, { line: 2 }],
    [{ line: 22, start_line: 3 }, { line: 22 }],
  ])('the finding %j becomes a comment on %j', (given, lines) => {
    expect(place(given)).toEqual({ path: 'src/a.ts', side: 'RIGHT', ...lines });
  });

  test.each([{ line: 0 }, { line: 5 }, { path: 'src/b.ts' }, { path: '__proto__' }])(
    'the finding %j becomes none',
    (given) => {
      expect(place(given)).toBeUndefined();
    },
  );
});

describe('the text of the lines of a finding', () => {
  const diff = new Map([['src/a.ts', hunksIn(PATCH)]]);

  test.each([
    [{ line: 1 }, ['one']],
    [{ line: 2 }, ['TWO']],
    [{ line: 4, start_line: 2 }, ['TWO', 'two and a half', 'three']],
    [{ line: 4, start_line: 4 }, ['three']],
    [{ line: 22, start_line: 21 }, ['TWENTY', 'twenty one']],
    [{ line: 22 }, ['twenty one']],
  ])('%j is known', (given, lines) => {
    expect(lineTextsOf(finding(given), diff)).toEqual(lines);
  });

  test.each([
    ['is not in the diff', { line: 5 }],
    ['is in no file of the diff', { path: 'src/b.ts' }],
    ['ends before it begins', { line: 2, start_line: 3 }],
    ['begins before the hunk', { line: 2, start_line: 0 }],
    ['begins in another hunk', { line: 22, start_line: 3 }],
    ['has a deleted line in it', { line: 2, start_line: 1 }],
  ])('is unknown if it %s', (_what, given) => {
    expect(lineTextsOf(finding(given), diff)).toBeUndefined();
  });
});

describe('the findings of an answer', () => {
  test('are in the order of their severity, without secrets and with long texts cut', () => {
    const answer = {
      summary: 's'.repeat(2_000),
      findings: [
        finding({ severity: 'note', text: `${'n'.repeat(995)} sk-oh-secret`, line: 1e300 }),
        finding({ severity: 'error', path: 'p'.repeat(2_000) }),
      ],
    };
    const redact = (text: string): string => text.replaceAll('sk-oh-secret', '***');
    const { summary, findings } = findingsIn(JSON.stringify(cutToSize(answer, redact)));
    expect(Array.from(summary)).toHaveLength(1_000);
    expect(findings.map(({ severity }) => severity)).toEqual(['error', 'note']);
    expect(findings[0]?.path).toHaveLength(1_000);
    expect(findings[1]?.text).toMatch(/n \*\*\*$/);
    expect(findings[1]?.line).toBe(Number.MAX_SAFE_INTEGER);
  });

  test.each([null, [], 'text', { summary: '', findings: [{ path: 'a' }] }])('%j stays as it is', (answer) => {
    expect(cutToSize(answer, keep)).toBe(answer);
  });
});

describe('the commit that a message names', () => {
  const commit = 'a'.repeat(40);
  const pull = { repository: 'octo-org/octo-repo', number: 7 };
  const naming = (head: string, task = 'Review it'): string =>
    composeMessage({ task, review: { pull, head: { commit: head } } });
  const asked = { text: naming(commit) };

  test('is read from the newest message with one', () => {
    const older = { text: naming('b'.repeat(40)) };
    const later = { text: 'Answer again' };
    expect(askedReviewIn([later, {}, asked, older], pull)?.commit).toBe(commit);
  });

  test('is that of our own sentences at the end, not of the same sentences before them', () => {
    const text = naming(commit, naming('c'.repeat(40)));
    expect(askedReviewIn([{ text }], pull)?.commit).toBe(commit);
  });

  test.each([
    '',
    '\n',
    '\n\n<!-- openhands-run 77 agent/ask 0a1b2c3d -->',
    ' \n<!-- openhands-run 1 a b -->\n',
  ])('is read although the message ends in %j, as the mark of a run', (end) => {
    expect(askedReviewIn([{ text: asked.text + end }], pull)?.commit).toBe(commit);
  });

  test.each([
    ['a line alone', `Look.\n\nReview of pull request octo-org/octo-repo#7, commit ${commit}`],
    ['a word behind', `${asked.text} Or not.`],
    ['a fence behind', `${asked.text}\n----- untrusted text 0a ends -----`],
    ['a comment behind that is no mark', `${asked.text}\n<!-- openhands-run 1 a b -->\n<!-- x -->`],
    ['other sentences', asked.text.replace('files', 'pages')],
    ['the line of another place', `Look.\nSee r${asked.text.slice('Review it\n\nR'.length)}`],
  ])('is not read from %s', (_what, text) => {
    expect(askedReviewIn([{ text }], pull)?.commit).toBeUndefined();
  });

  test('counts only for the same pull request', () => {
    expect(askedReviewIn([asked], { ...pull, number: 8 })).toBeUndefined();
    expect(askedReviewIn([asked], { ...pull, repository: 'octo-org/other' })).toBeUndefined();
  });
});

describe('the head of a pull request', () => {
  const [older, newer] = ['a'.repeat(40), 'b'.repeat(40)];
  /** Returns a GitHub on which the head is the next of these at each look. */
  const gitHub = (...heads: string[]): Pick<GitHub, 'rest'> => ({
    rest: async ({ route, shape }) => {
      const head = { sha: heads[0], repo: { full_name: 'octo-org/octo-repo' } };
      if (!route.includes('/files')) heads.shift();
      return Promise.resolve(
        v.parse(shape, route.includes('/files') ? [{ filename: 'a', patch: PATCH }] : { head }),
      );
    },
  });
  const read = async (...heads: string[]) => {
    const github = { ...gitHub(...heads), graphql: unasked, readJobLog: unasked };
    return readHead({ github, repository: 'Octo-Org/octo-repo', number: 7 }, false);
  };
  const unasked = async (): Promise<never> => Promise.reject(new Error('nobody asks for this'));

  test('has no lines if it has moved while its files were read', async () => {
    await expect(read(older, newer)).resolves.toMatchObject({ commit: newer, diff: new Map(), files: [] });
  });
});

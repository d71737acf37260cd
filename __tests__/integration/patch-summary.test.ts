import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { marked } from 'marked';

import { openSteps } from '../support/open-steps.ts';
import { hostileText, INVISIBLE } from '../unit/hostile-text.ts';

const INPUTS = { message: 'Check the README', poll: 'true', 'patch-file': 'changes.patch' };

/** A patch that adds a file. */
function added(name: string, ...lines: readonly string[]): string {
  const content = lines.map((line) => `+${line}\n`).join('');
  return `diff --git a/${name} b/${name}\nnew file mode 100644\nindex 0000000..aaaaaaa\n--- /dev/null\n+++ b/${name}\n@@ -0,0 +1,${lines.length} @@\n${content}`;
}

/** Runs a step whose agent leaves this patch. Returns its summary. */
async function summaryOf(patch: string): Promise<string> {
  const headers = { 'content-type': 'text/x-patch', 'x-archive-base-commit': '5eedc0de'.repeat(5) };
  const unlisted = { kind: 'status', status: 200, body: '[]' } as const;
  const faults = [
    { path: '*/api/git/changes', answer: unlisted },
    { path: '*/api/file/archive?*HEAD%40*', answer: { kind: 'status', status: 200, headers, body: patch } },
  ] as const;
  const { step } = await openSteps({ api: 'v1', faults });
  const done = await step(INPUTS);
  expect(done.outcome.status).toBe('finished');
  return done.runner.page();
}

/** Returns the blocks of code of a page with changes. */
function diffsIn(page: string): readonly string[] {
  return marked
    .lexer(page)
    .flatMap((token) => (token.type === 'code' && token.lang === 'diff' ? [String(token.text)] : []));
}

describe('the summary of a step with patch-file', () => {
  test('shows the patch, unfolded, so that a person can approve it', async () => {
    const patch = added('a.txt', 'one', '', '<b>two</b>');
    const page = await summaryOf(patch);
    expect(page).toContain('<details open>\n<summary>The patch (1 file, +3 −0)</summary>\n\n```diff\n');
    expect(diffsIn(page)).toEqual([patch.trimEnd()]);
  });

  test('shows no patch if nothing has changed', async () => {
    expect(await summaryOf('')).not.toContain('The patch');
  });

  test('makes visible what could hide a change from a person', async () => {
    const [diff = ''] = diffsIn(
      await summaryOf(added('a.txt', 'if (admin\u202E) {', 'x\u200By\u001B[8mz', 'a\u2028b', 'c\rd', 'e\r')),
    );
    for (const shown of ['admin<U+202E>)', 'x<U+200B>y<U+001B>[8mz', 'a<U+2028>b', 'c<U+000D>d', '+e'])
      expect(diff).toContain(shown);
    expect(diff).not.toMatch(INVISIBLE);
  });

  test.each(['\r', '\u2028'])(
    'takes no line of a file for a header, after another line break (%j)',
    async (end) => {
      const page = await summaryOf(
        added('a.txt', `x${end}GIT binary patch`, 'evil()', `y${end}diff --git a/b b/b`),
      );
      expect(diffsIn(page).join('\n')).toContain('evil()');
    },
  );

  test('names a binary file, without its data', async () => {
    const data = `diff --git a/a.png b/a.png\nnew file mode 100644\nindex ${'0'.repeat(40)}..${'a'.repeat(40)}\nGIT binary patch\nliteral 0\nHcmV?d00001\n\nliteral 0\nHcmV?d00001\n\n`;
    const [diff = ''] = diffsIn(await summaryOf(data + added('b.txt', 'one')));
    expect(diff).toContain('b/a.png');
    expect(diff).toContain('Binary file');
    expect(diff).not.toContain('HcmV');
    expect(diff).toContain('+one');
  });

  test('says first what of a large patch it does not show', async () => {
    const long = Array.from({ length: 3_000 }, () => 'x'.repeat(50));
    const page = await summaryOf(
      added('a.lock', ...long) + added('src/b.ts', 'evil()') + added('@octo-org', ...long),
    );
    expect(page).toMatch(
      /<\/summary>\n\n\*\*Not the whole patch\.\*\* Too long to show, see .*`patch-file`: a\/a\.lock b\/a\.lock, <code>a\/@octo-org<\/code> <code>b\/@octo-org<\/code>\n\n```diff\n/,
    );
    expect(diffsIn(page).join('')).toContain('evil()');
    expect(Buffer.byteLength(page)).toBeLessThan(200 * 1024);
  });

  test('keeps every line of a hostile patch in its block', async () => {
    const texts = fc.sample(hostileText('\n+', '````', '`'.repeat(300), '</details>', '```diff'), {
      numRuns: 25,
      seed: 7,
    });
    const lines = texts.flatMap((text) => text.toWellFormed().split('\n'));
    // Also as unchanged lines, which begin with a blank: a fence may, too.
    const hunk = lines.map((line) => ` ${line}\n`).join('');
    const unchanged = `diff --git a/b b/b\nindex 1111111..2222222 100644\n--- a/b\n+++ b/b\n@@ -1,${lines.length} +1,${lines.length + 1} @@\n${hunk}+last line\n`;
    const page = await summaryOf(added('a.txt', ...lines) + unchanged);
    const diffs = diffsIn(page);
    expect(diffs).toHaveLength(1);
    expect(diffs[0]).toMatch(/\n\+last line$/);
  });
});

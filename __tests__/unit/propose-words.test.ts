import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { marked } from 'marked';
import { parse } from 'yaml';

import { scriptsOf } from '../../workflow-tests/scripts.ts';
import { members, read, ROOT } from '../support/yaml.ts';

const WORKFLOW = '.github/workflows/propose.yml';
const RUN = 'https://github.com/octo-org/octo-repo/actions/runs/7';
const onLinux = process.platform === 'linux' ? describe : describe.skip;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'propose-words-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

interface Words {
  readonly title: string;
  readonly message: string;
  readonly body: string;
  readonly printed: string;
}

/** Runs the step that writes the words of the pull request. */
function wordsOf(given: Readonly<Record<string, string>>): Words {
  const [, script] = scriptsOf(join(ROOT, WORKFLOW), WORKFLOW);
  expect(script?.step).toBe('Write title and description');
  const output = join(folder, 'output.txt');
  const unset = Object.fromEntries((script?.variables ?? []).map((name) => [name, '']));
  const printed = execFileSync('bash', ['-e', '-c', script?.text ?? 'exit 99'], {
    cwd: folder,
    env: {
      ...unset,
      PATH: process.env['PATH'],
      RUNNER_TEMP: folder,
      GITHUB_OUTPUT: output,
      RUN,
      LC_ALL: 'C.UTF-8',
      ...given,
    },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // As the runner reads it: one line, then several up to the word that the first of them names.
  const set = /^title=(.*)\nmessage<<(\S+)\n([^]*)\n\2\n$/.exec(readFileSync(output, 'utf8'));
  rmSync(output);
  const body = readFileSync(join(folder, 'description.md'), 'utf8');
  return { title: set?.[1] ?? 'none', message: set?.[3] ?? 'none', body, printed };
}

const ISSUE = { ISSUE: '12', ISSUE_TITLE: 'The build fails on Windows' };
const HOSTILE = [
  'a $(touch injected) b',
  'a `touch injected` b',
  "'; touch injected; '",
  '${{ secrets.token }} $TITLE \\',
  '-n --help %s \\n',
];

onLinux('the words of a pull request from a patch', () => {
  test('without words of the caller or an issue, say only whose changes they are', () => {
    const { title, message, body } = wordsOf({});
    expect([title, message]).toEqual(['Changes proposed by OpenHands', 'Changes proposed by OpenHands']);
    expect(body).toBe(`By an agent: [Run](${RUN})\n`);
  });

  test("name and close the event's issue", () => {
    const { title, message, body } = wordsOf(ISSUE);
    expect([title, message]).toEqual([
      'Fix #12: The build fails on Windows',
      'Fix #12: The build fails on Windows',
    ]);
    expect(body).toMatch(/^Fixes #12\.\n\n/);
  });

  test('are those of the caller, if there are any', () => {
    const given = {
      TITLE: 'Windows (see #3)',
      MESSAGE: 'fix: paths\n\nCo-authored-by: a <a@b.c>',
      BODY: 'See @octo-team, #3.',
    };
    const { title, message, body } = wordsOf({ ...ISSUE, ...given });
    expect([title, message]).toEqual([given.TITLE, given.MESSAGE]);
    expect(body).toMatch(/^See @octo-team, #3\.\n\n/);
    expect(body).not.toContain('12');
  });

  test('link to the conversation, and quote its answer', () => {
    const url = 'https://app.all-hands.dev/conversations/0a1b';
    const { body } = wordsOf({ ...ISSUE, CONVERSATION: url, ANSWER: 'I fixed it.\nResult: done' });
    expect(body).toBe(
      `Fixes #12.\n\nBy an agent: [Conversation](${url}) · [Run](${RUN})\n\nIts answer:\n\n\`\`\`text\nI fixed it.\nResult: done\n\`\`\`\n`,
    );
  });

  test.each(['javascript:alert(1)', 'https://a.b/c) [d](https://e.f', 'https://a.b/c\nd', 'no address'])(
    'do not link to %j',
    (url) => {
      expect(wordsOf({ CONVERSATION: url }).body).toBe(`By an agent: [Run](${RUN})\n`);
    },
  );

  test.each(HOSTILE)('run nothing of %j, and pass it on as it is', (text) => {
    const { title, message, body } = wordsOf({ TITLE: text, MESSAGE: text, BODY: text, ANSWER: text });
    expect([title, message]).toEqual([text, text]);
    expect(body.split(text)).toHaveLength(3);
    const { title: named } = wordsOf({ ...ISSUE, ISSUE_TITLE: text });
    expect(named).toBe(`Fix #12: ${text}`);
    expect(() => readFileSync(join(folder, 'injected'))).toThrow('ENOENT');
  });

  test.each([
    ['closes #99', 'closes # 99'],
    ['fixes octo-org/other#99', 'fixes octo-org/other# 99'],
    ['fixes GH-99 at high-end', 'fixes GH 99 at high-end'],
    ['resolves https://github.com/o/r/issues/9', 'resolves https: //github.com/o/r/issues/9'],
    ['ask @octo-org/owners about C#', 'ask @ octo-org/owners about C#'],
    ['one\nmessage<<x\r\ttwo', 'one message<<x two'],
    ['a\u202Eb\u200Bc\u{E0041}d\u2028e', 'a b c d e'],
    ['##[error]x ::error::y', '# # [error]x ::error::y'],
    ['', ''],
  ])("make the issue's title %j inert", (text, inert) => {
    const { title } = wordsOf({ ...ISSUE, ISSUE_TITLE: text });
    expect(title).toBe(`Fix #12: ${inert}`.trim());
  });

  test('fit where GitHub would refuse a longer title', () => {
    for (const text of ['x'.repeat(300), '𝒳'.repeat(300), 'é '.repeat(300)]) {
      for (const given of [{ TITLE: text }, { ...ISSUE, ISSUE_TITLE: text }]) {
        const { title } = wordsOf(given);
        expect(Array.from(title)).toHaveLength(120);
        expect(title).toMatch(/…$/);
      }
    }
  });

  test.each(['::error::x', ' \t::error::x', 'x\r::error::x', '##[error]x', 'a\n\n::error::x\n##[error]'])(
    'are no command to the runner, which reads the message where it is printed: %j',
    (text) => {
      const { title, message, printed } = wordsOf({ TITLE: text, MESSAGE: text });
      // As git's command is printed.
      const lines = `git commit -m ${message}\n[main 1] ${title}`.split(/[\r\n]+/);
      expect(lines.filter((line) => /^\s*::|##\[/.test(line))).toEqual([]);
      expect(printed).toBe('');
    },
  );

  test.each([
    'x\n```\n@octo-org fixes #9 [a](https://b.c) <img src="https://d.e/f">',
    'x\n````text\n`````\n@octo-org',
    `${'`'.repeat(300)}\n@octo-org`,
    '   ```\r```\r@octo-org',
    '~~~\n@octo-org\n</details>',
    `${'`'.repeat(9_999)}\n@octo-org`,
  ])('keep all of an answer in its block of code (%#)', (answer) => {
    const { body } = wordsOf({ ...ISSUE, ANSWER: answer });
    const blocks = marked.lexer(body).filter(({ type }) => type !== 'space');
    expect(blocks.map(({ type }) => type).slice(0, 4)).toEqual([
      'paragraph',
      'paragraph',
      'paragraph',
      'code',
    ]);
    for (const { type, raw } of blocks) if (type !== 'code') expect(raw).not.toContain('@');
  });

  test('cut a long answer, and say so', () => {
    const { body } = wordsOf({ ANSWER: 'word '.repeat(20_000) });
    expect(body.length).toBeLessThan(65_536);
    expect(body).toMatch(/\n```\n\nThe answer is longer: see the summary of the run\.\n$/);
    for (const line of body.split('\n')) expect(line.length).toBeLessThan(120);
  });
});

describe('propose.yml', () => {
  const steps = [...members(parse(read(WORKFLOW)), 'jobs', 'propose', 'steps').values()];

  test('signs its commits, and gives what it got to the action as data', () => {
    const opening = members(steps.at(-1), 'with');
    expect(opening.get('sign-commits')).toBe(true);
    expect(opening.get('title')).toBe('${{ steps.words.outputs.title }}');
    expect(opening.get('commit-message')).toBe('${{ steps.words.outputs.message }}');
    for (const step of steps) expect(members(step).get('run') ?? '').not.toContain('${{');
  });
});

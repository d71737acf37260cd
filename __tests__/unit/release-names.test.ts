import { globSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from '@jest/globals';

import { namesFor, withNames, wrongName } from '../../scripts/release-names.ts';
import { read, ROOT } from '../support/yaml.ts';

const HASH = 'a'.repeat(40);

const STEP = `
  # pin it: REPLACE_WITH_OWNER/openhands-conversation-action@<commit> # v1.0.0
  uses: REPLACE_WITH_OWNER/openhands-conversation-action@v1
  # pin it: REPLACE_WITH_OWNER/openhands-conversation-action/local@<commit> # v1.0.0
  uses: REPLACE_WITH_OWNER/openhands-conversation-action/local@v1
  # pin it: REPLACE_WITH_OWNER/openhands-conversation-action/.github/workflows/run.yml@<commit> # v1.0.0
  uses: REPLACE_WITH_OWNER/openhands-conversation-action/.github/workflows/run.yml@v1
  - uses: actions/checkout@0123456789012345678901234567890123456789 # v7.0.1`;

test('a release fills in account, version and commit', () => {
  expect(withNames(STEP, { owner: 'acme', version: '2.3.4', commit: HASH })).toBe(`
  # pin it: acme/openhands-conversation-action@${HASH} # v2.3.4
  uses: acme/openhands-conversation-action@v2
  # pin it: acme/openhands-conversation-action/local@${HASH} # v2.3.4
  uses: acme/openhands-conversation-action/local@v2
  # pin it: acme/openhands-conversation-action/.github/workflows/run.yml@${HASH} # v2.3.4
  uses: acme/openhands-conversation-action/.github/workflows/run.yml@v2
  - uses: actions/checkout@0123456789012345678901234567890123456789 # v7.0.1`);
});

test('the next release replaces what the last one filled in', () => {
  const first = withNames(STEP, { owner: 'acme', version: '1.0.0', commit: HASH });
  const second = { owner: 'other-acme', version: '1.1.0', commit: 'b'.repeat(40) };
  expect(withNames(first, second)).toBe(withNames(STEP, second));
});

test('a version without a commit is not pinned to the commit of another version', () => {
  const first = withNames(STEP, { owner: 'acme', version: '1.0.0', commit: HASH });
  expect(withNames(first, { version: '1.1.0' })).toContain(
    'acme/openhands-conversation-action@<commit> # v1.1.0\n',
  );
});

test('the badges of the README are shown once there is an account', () => {
  const readme = read('README.md');
  const visible = (text: string): string => text.replaceAll(/<!--[^]*?-->/g, '');
  expect(visible(readme)).not.toContain('badge');
  const [title, , ci, scorecard, , sentence] = visible(withNames(readme, { owner: 'acme' })).split('\n');
  expect(title).toBe('# OpenHands Conversation');
  expect(ci).toContain('(https://github.com/acme/openhands-conversation-action/actions/workflows/ci.yml)');
  expect(scorecard).toContain('uri=github.com/acme/openhands-conversation-action)');
  expect(sentence).toMatch(/^A GitHub Action that /);
});

test('the README begins with a line that nothing is published, until there is an account', () => {
  const readme = read('README.md');
  expect(readme).toMatch(/^\*\*Nothing is published yet\b/);
  expect(withNames(readme, { version: '1.0.0' })).toMatch(/^\*\*Nothing is published yet\b/);
  expect(withNames(readme, { owner: 'acme' })).toMatch(/^# OpenHands Conversation\n/);
});

test('README and action.yml say that this is no official product of OpenHands', () => {
  for (const file of ['README.md', 'action.yml'])
    expect(read(file).replaceAll(/\s+/g, ' ')).toMatch(/not an official product of OpenHands\./i);
});

test('names that are not given stay unchanged', () => {
  expect(withNames(STEP, {})).toBe(STEP);
  expect(withNames('* @REPLACE_WITH_OWNER', { version: '1.1.0' })).toBe('* @REPLACE_WITH_OWNER');
});

test('called workflows name the commit with dist/ once it is known, and pages that of the tag', () => {
  const [page, workflow] = [join(ROOT, 'README.md'), join(ROOT, '.github/workflows/run.yml')];
  const before = { owner: 'acme', version: '1.2.3' };
  expect([page, workflow].map((path) => namesFor(path, before))).toEqual([before, { owner: 'acme' }]);
  const dist = 'd'.repeat(40);
  const [inPage, inWorkflow] = [page, workflow].map((path) => namesFor(path, { version: '1.2.3', dist }));
  expect(withNames(STEP, inPage ?? {})).toBe(STEP);
  expect(withNames(STEP, inWorkflow ?? {})).toContain(`openhands-conversation-action@${dist} # v1.2.3\n`);
  const after = { version: '1.2.3', commit: HASH };
  expect([page, workflow].map((path) => withNames(STEP, namesFor(path, after)) === STEP)).toEqual([
    false,
    true,
  ]);
});

test.each([
  [{ owner: 'REPLACE_WITH_OWNER' }, 'is not an account name'],
  [{ owner: '-acme' }, 'is not an account name'],
  [{ version: 'v1.2.3' }, 'write it like 1.2.3'],
  [{ version: '1.2.3', commit: 'abc' }, 'is not a commit hash'],
  [{ commit: HASH }, 'needs --version'],
  [{ dist: HASH }, '--dist needs --version'],
  [{ version: '1.2.3', dist: HASH, commit: HASH }, 'give --dist before the tag'],
])('%j is refused', (names, why) => {
  expect(wrongName(names)).toContain(why);
});

test('no page, example or workflow keeps the placeholder after a release', () => {
  const files = globSync(['*.md', 'docs/**/*.md', 'examples/**/*.{sh,yml}', '.github/**/*.{yml,md}'], {
    cwd: ROOT,
  });
  expect(files.length).toBeGreaterThan(20);
  for (const file of files) {
    const named = withNames(read(file), { owner: 'acme', version: '1.2.3', commit: HASH });
    expect(named).not.toMatch(
      /REPLACE_WITH_OWNER|openhands-conversation-action(?:\/[\w./-]+)?@(?!v1\b|a{40} # v1\.2\.3\b)/,
    );
  }
});

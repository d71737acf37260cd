import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { scriptsOf } from '../../workflow-tests/scripts.ts';

const RECIPE = join(import.meta.dirname, '../../examples/weekly-readme-audit.yml');
const GH = '#!/bin/sh\necho "$*" >>"$RECORD"\n[ "$2" = list ] || cat "$RUNNER_TEMP/issue.md" >>"$RECORD"\n';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'audit-'));
  mkdirSync(join(folder, 'bin'));
  writeFileSync(join(folder, 'bin/gh'), GH, { mode: 0o755 });
  writeFileSync(join(folder, 'record'), '');
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Runs the last step of the recipe as a runner does, and says how it ended and what `gh` was asked. */
function afterAnswer(answer: string | undefined): { readonly status: number | null; readonly gh: string } {
  const [script] = scriptsOf(RECIPE, 'recipe');
  const file = join(folder, 'answer.md');
  if (answer !== undefined) writeFileSync(file, answer);
  const { status } = spawnSync('bash', ['-e', '-c', script?.text ?? 'exit 99'], {
    env: {
      PATH: `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}`,
      RECORD: join(folder, 'record'),
      RUNNER_TEMP: folder,
      ANSWER: answer === undefined ? '' : file,
      CONVERSATION: 'https://example.com/conversations/1',
      TITLE: 'The README says what is not so',
    },
  });
  return { status, gh: readFileSync(join(folder, 'record'), 'utf8') };
}

const onLinux = process.platform === 'linux' ? describe : describe.skip;

onLinux('the weekly audit', () => {
  test.each(['NOTHING TO REPORT', 'Nothing to report.\n', '**NOTHING TO REPORT**'])(
    'opens no issue for the answer %j',
    (answer) => {
      expect(afterAnswer(answer)).toEqual({ status: 0, gh: '' });
    },
  );

  test('opens an issue for result, with every line of them as code', () => {
    const { status, gh } = afterAnswer('Line 3 is wrong. @everyone\r# Out of its place\n<!-- hidden -->\n');
    expect(status).toBe(0);
    expect(gh).toContain('issue create --title The README says what is not so --body-file');
    expect(gh).toContain('\n\n    Line 3 is wrong. @everyone\n    # Out of its place\n    <!-- hidden -->\n');
  });

  test('opens one for result that also say that there is nothing to report', () => {
    expect(afterAnswer('Line 3 is wrong. Otherwise NOTHING TO REPORT').gh).toContain('issue create');
  });

  test('fits a long answer into an issue', () => {
    const { gh } = afterAnswer('a line like any other\n'.repeat(20_000));
    expect(gh.length).toBeGreaterThan(50_000);
    expect(gh.length).toBeLessThan(61_000);
  });

  test('fails without an answer', () => {
    expect(afterAnswer(undefined)).toEqual({ status: 1, gh: '' });
  });
});

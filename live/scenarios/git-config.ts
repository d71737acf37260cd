import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { ActionRun } from '../../simulator/runner/runner.ts';
import { sh } from '../git.ts';
import { act, assertFailure, assertSuccess, KEY, type Scenario, type Stage } from '../stage.ts';
import { cloneFor, FILE, runScript } from './patch.ts';

/** The scenarios for patch-file where git is configured to write something else than a patch of what it stores. */
export const SCENARIOS_GIT_CONFIG: readonly Scenario[] = [
  { name: 'patch: a git that passes diffs to another program fails the step', run: testElsewhere },
  { name: 'patch: a git with another patch format fails the step', run: testOtherwise },
  {
    name: 'patch: a git that converts text for diffs writes a patch that the job which applies it can tell by its ids',
    run: testConverted,
  },
];

async function testElsewhere(stage: Stage): Promise<void> {
  const run = await runScript(stage, 'elsewhere', 'git config diff.external true\necho 3 >>a.txt\n');
  assertFailure(run, 'error', /patch lacks a\.txt/);
}

async function testOtherwise(stage: Stage): Promise<void> {
  const run = await runScript(stage, 'otherwise', 'git config diff.noprefix true\necho 3 >>a.txt\n');
  assertFailure(run, 'error', /not in a format that git apply accepts/);
}

/** The machine's git converts some files, as for git-crypt or Office. */
async function testConverted(stage: Stage): Promise<void> {
  const attributes = join(stage.open.root, 'attributes');
  await writeFile(attributes, '*.up diff=upper\n');
  const environment = {
    GIT_CONFIG_COUNT: '2',
    GIT_CONFIG_KEY_0: 'core.attributesFile',
    GIT_CONFIG_VALUE_0: attributes,
    GIT_CONFIG_KEY_1: 'diff.upper.textconv',
    GIT_CONFIG_VALUE_1: 'tr a-z A-Z <',
  };
  const server = await stage.start({ sessionKey: KEY, environment });
  let patch = '';
  const convert = async (name: string, script: string): Promise<ActionRun> => {
    const { folder, inputs } = await cloneFor(stage, `converted-${name}`, script);
    sh(
      folder,
      `printf '\\000one\\n' >binary.up; seq 3 >digits.up; echo one >text.up
      git add -A; git commit -q -m converted`,
    );
    return act(stage, server, inputs, {
      inspect: async ({ workspace }) => {
        patch = await readFile(join(workspace, FILE), 'utf8').catch(() => '');
      },
    });
  };
  assertSuccess(await convert('part', 'echo 4 >>digits.up\necho five >>digits.up\n'), 'finished');
  assert.match(patch, /^index 01e79c3\.\.[0-9a-f]{7} 100644\n[^]*\n\+FIVE$/m);
}

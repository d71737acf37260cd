/**
 * Checks workflows with linters at their strictest settings: zizmor looks for unsafe workflows, shellcheck for mistakes in
 * their scripts.
 *
 *     npm run lint:workflows
 *
 * The exceptions, each with its reason, are in `.github/zizmor.yml`, in comments of the workflows, and in
 * `shellcheck.ts`. The linters send no requests to GitHub, so zizmor's online checks are left out.
 */
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';

import { environmentOf } from '../live/python.ts';
import { scriptsOf } from './scripts.ts';
import { checkFile, checkScript } from './shellcheck.ts';

const ROOT = join(import.meta.dirname, '..');
const CACHE = join(ROOT, '.cache/workflow-tests');
const WORKFLOWS = ['.github/workflows/*.yml', 'examples/*.yml', 'workflow-tests/workflows/*.yml'];
const ACTIONS = ['action.yml', '*/action.yml'];
const OTHERS = ['.github/dependabot.yml'];
const SHELL_SCRIPTS = [
  '.ci/run',
  '.github/keep-issue.sh',
  'examples/clone-all.sh',
  'examples/hand-out.sh',
  'examples/set-up.sh',
  'local/isolate.sh',
  'live/spy.sh',
];
const STRICTEST = ['--persona=auditor', '--strict-collection', '--config=.github/zizmor.yml'];
const PLAIN = ['--offline', '--no-progress', '--quiet', '--color=never'];

/** Finds the files of the project that match the patterns. Throws if there are none. */
function found(patterns: readonly string[]): readonly string[] {
  const files = globSync(patterns, { cwd: ROOT }).map((file) => file.replaceAll('\\', '/'));
  if (files.length === 0) throw new Error(`there is no file ${patterns.join(' or ')}`);
  return files.sort();
}

/** Runs a check and prints its result. Returns whether it found nothing. */
function check(name: string, problems: () => string): boolean {
  const began = performance.now();
  const text = problems().trimEnd();
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(`${text === '' ? 'ok    ' : 'FAILED'}  ${name} (${seconds} s)`);
  if (text !== '') console.log(text);
  return text === '';
}

function zizmor(program: string, files: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(program, [...STRICTEST, ...PLAIN, ...files], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  if (status === null) throw new Error('zizmor did not run');
  return status === 0 ? '' : `${stdout}${stderr}`;
}

function main(): void {
  const tools = environmentOf({
    requirements: join(import.meta.dirname, 'requirements-lint.txt'),
    cache: CACHE,
  });
  if (tools.kind === 'missing') {
    console.log(`skipped: ${tools.why}`);
    return;
  }
  const workflows = found(WORKFLOWS);
  const actions = found(ACTIONS);
  const scripts = [...workflows, ...actions].flatMap((file) => scriptsOf(join(ROOT, file), file));
  const shellcheck = join(tools.bin, 'shellcheck');
  const audited = [...workflows, ...actions, ...found(OTHERS)];
  const results = [
    check(`zizmor: ${audited.length} files`, () => zizmor(join(tools.bin, 'zizmor'), audited)),
    check(`shellcheck: ${scripts.length} scripts of steps`, () =>
      scripts.flatMap((script) => checkScript(shellcheck, script)).join('\n'),
    ),
    check(`shellcheck: ${SHELL_SCRIPTS.join(', ')}`, () =>
      SHELL_SCRIPTS.flatMap((file) => checkFile(shellcheck, ROOT, file)).join('\n'),
    ),
  ];
  if (results.includes(false)) process.exitCode = 1;
}

try {
  main();
} catch (error) {
  console.error(`lint:workflows: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

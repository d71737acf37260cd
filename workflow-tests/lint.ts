/**
 * Checks workflows with linters that others wrote for them, at their strictest: zizmor looks for what makes a workflow
 * unsafe, shellcheck for what is wrong with the scripts in it.
 *
 *     npm run lint:workflows
 *
 * The exceptions, each with its reason, are in `.github/zizmor.yml`, in comments of the workflows, and in
 * `shellcheck.ts`. Nothing is asked of GitHub: what zizmor could only learn there stays unchecked.
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
const SHELL_SCRIPTS = ['.ci/run', 'local/isolate.sh', 'live/canary.sh'];
const STRICTEST = ['--persona=auditor', '--strict-collection', '--config=.github/zizmor.yml'];
const PLAIN = ['--offline', '--no-progress', '--quiet', '--color=never'];

function found(patterns: readonly string[]): readonly string[] {
  const files = globSync(patterns, { cwd: ROOT }).map((file) => file.replaceAll('\\', '/'));
  if (files.length === 0) throw new Error(`there is no file ${patterns.join(' or ')}`);
  return files.sort();
}

/** One check, with a line that tells how it went. True if it found nothing. */
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

/**
 * Runs workflows with act, an independent runner: those of `examples/`, the project's own end-to-end job, and one for
 * everything else. Each gets its own simulated server, except `examples/local.yml`, which runs OpenHands' own server with a
 * scripted model. Only the downloads of the runner and of that server need the network. No containers are needed.
 *
 *     npm run test:act
 *     npm run test:act -- propose    only the cases whose workflow or name has this word
 *
 * The workflows are not changed for the tests:
 *
 * - The runner replaces `REPLACE_WITH_OWNER/openhands-conversation-action@v1` by a local folder. It contains the built action
 *   and an `action.yml` that differs in one line: the default of `base-url` is the simulated server.
 * - `actions/checkout` works as usual in act: the files of the repository are in the workspace. `actions/setup-node` is a
 *   stand-in that prints the version of the installed Node. The repository is made from the current files of the project.
 * - The runner ignores `permissions` and `concurrency`; its check of the form of all workflows covers their syntax.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { globSync } from 'node:fs';
import { join } from 'node:path';

import { environmentOf, registryProblem } from '../live/python.ts';
import { CASES } from './cases.ts';
import type { Case } from './checks.ts';
import { type Runner, runWorkflow } from './run.ts';
import { Stage } from './stage.ts';

const CACHE = join(import.meta.dirname, '../.cache/workflow-tests');
const WORKFLOWS = ['.github/workflows/*.yml', 'examples/*.yml', 'workflow-tests/workflows/*.yml'];
/** The list of packages that a workflow with an agent server installs. */
const LOCAL = join(import.meta.dirname, '../local/requirements.txt');
/** The error of a machine that does not support isolation: such a case is skipped. Isolation that fails its trial is a bug. */
const CANNOT_ISOLATE = /::error::(failed to isolate the agent: (?!it did not hold).*)/;
const LINES_OF_LOG = 40;
/** A case mostly waits, but starts several processes: more at once, and a step on two processors waits too long for an answer. */
const AT_ONCE = 12;

/** Says what went wrong; `undefined` if nothing did. */
type Verdict = string | undefined;
/** Whether something passed, if this machine can run it. */
type Result = boolean | 'skipped';

/** Prints the result of a case. Returns whether it passed. */
function report(name: string, began: number, verdict: Verdict): boolean {
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(`${verdict === undefined ? 'ok    ' : 'FAILED'}  ${name} (${seconds} s)`);
  if (verdict !== undefined) console.log(verdict.trimEnd().replaceAll(/^/gm, '        '));
  return verdict === undefined;
}

/** Reports that this machine cannot run a case, and why. That is not a failure. */
function skip({ name, order }: Pick<Case, 'name' | 'order'>, why: string): 'skipped' {
  console.log(`skipped ${order.workflow}: ${name}: ${why}`);
  return 'skipped';
}

/** Whether the form of all workflows is valid, including keys that the runner ignores. */
function checkForms({ program, stage }: Runner): boolean {
  const began = performance.now();
  const workflows = globSync(WORKFLOWS, { cwd: stage.repository }).sort();
  const wrong = workflows.flatMap((workflow) => {
    const { status, stderr } = spawnSync(program, ['--validate', '--strict', '--workflows', workflow], {
      cwd: stage.repository,
      env: { HOME: stage.folder() },
      encoding: 'utf8',
    });
    return status === 0 ? [] : [`${workflow}: ${stderr}`];
  });
  return report(
    `${workflows.length} workflows are well-formed`,
    began,
    workflows.length === 0 ? 'there are none' : wrong.length === 0 ? undefined : wrong.join('\n'),
  );
}

async function runCase(runner: Runner, { name, order, fails, check }: Case, id: string): Promise<Result> {
  const began = performance.now();
  try {
    const run = await runWorkflow(runner, id, order);
    const cannot = CANNOT_ISOLATE.exec(run.log)?.[1];
    if (cannot !== undefined) return skip({ name, order }, cannot);
    return report(
      `${order.workflow}: ${name}`,
      began,
      verdictOf(() => {
        assert.equal(run.exitCode, fails ? 1 : 0);
        check(run);
      }, run.log),
    );
  } catch (error) {
    return report(`${order.workflow}: ${name}`, began, String(error));
  }
}

/** Runs a check of a run. A failure is quoted with the end of the run's log. */
function verdictOf(check: () => void, log: string): Verdict {
  try {
    check();
    return undefined;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return `${reason}\nThe end of its log:\n${log.split('\n').slice(-LINES_OF_LOG).join('\n')}`;
  }
}

/**
 * Runs the cases. Those with OpenHands' own server come last, one after the other: each installs the server and keeps the
 * processors busy.
 */
async function runCases(runner: Runner, cases: readonly Case[], python: string): Promise<readonly Result[]> {
  const named = cases.map((each, index) => ({ each, name: `case-${index}` }));
  const plain = named.filter(({ each }) => each.order.isLocal !== true);
  const results: Result[] = [];
  // All take from the same iterator, so each case runs once.
  const next = plain.values();
  const runOneByOne = async (): Promise<void> => {
    for (const { each, name } of next) results.push(await runCase(runner, each, name));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, runOneByOne));
  const local = named.filter(({ each }) => each.order.isLocal === true);
  const missing = local.length === 0 ? undefined : registryProblem(python, LOCAL, '3.13');
  for (const { each, name } of local) {
    results.push(missing === undefined ? await runCase(runner, each, name) : skip(each, missing));
  }
  return results;
}

async function runAll(bin: string, word: string): Promise<void> {
  const stage = new Stage(randomUUID());
  const end = (): void => {
    void stage.processes.end();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, end);
  const results: Result[] = [];
  try {
    const runner = { program: join(bin, 'act'), stage };
    results.push(checkForms(runner));
    const cases = CASES.filter(({ name, order }) => `${order.workflow}: ${name}`.includes(word));
    if (cases.length === 0) throw new Error(`no case has "${word}" in its workflow or name`);
    results.push(...(await runCases(runner, cases, join(bin, 'python'))));
  } finally {
    const began = performance.now();
    const left = await stage.clear();
    const verdict = left.length === 0 ? undefined : `still there: ${left.join(', ')}`;
    results.push(report('no process is left behind', began, verdict));
  }
  const failed = results.filter((result) => result === false).length;
  const skipped = results.filter((result) => result === 'skipped').length;
  console.log(`${results.length - failed - skipped} passed, ${failed} failed, ${skipped} skipped`);
  process.exitCode = failed === 0 ? 0 : 1;
}

async function main(word = ''): Promise<void> {
  if (process.platform !== 'linux') {
    console.log('skipped: a job for ubuntu-latest runs without a container only on Linux.');
    return;
  }
  const tools = environmentOf({
    requirements: join(import.meta.dirname, 'requirements-act.txt'),
    cache: CACHE,
  });
  if (tools.kind === 'missing') {
    console.log(`skipped: ${tools.why}`);
    return;
  }
  await runAll(tools.bin, word);
}

main(process.argv[2]).catch((error: unknown) => {
  console.error(`test:act: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});

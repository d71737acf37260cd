import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';

import { type ActionRun, type ProcessRun, runAction, type RunOptions } from '../simulator/runner/runner.ts';
import { findFreePort } from './listen.ts';
import { MODEL, type Model, startModel } from './model.ts';
import { others, withCommand } from './processes.ts';
import { environmentOf } from './python.ts';
import { playTwice, runScenario } from './report.ts';
import { asking, LLM_KEY } from './stage.ts';

const ROOT = join(import.meta.dirname, '..');
const LIVE = join(ROOT, '.live');
const SPY = join(import.meta.dirname, 'spy.sh');
/** A secret of the job, as in `env:` of a step. The spy searches for it. */
export const PLANTED = 'planted-secret-0123456789abcdef';
/** The variables of the machine that the installation needs: for Python, and to reach the registry. */
const OF_THE_MACHINE = /^(?:PIP_|UV_|PYENV_VERSION|SSL_CERT_|REQUESTS_CA|HTTPS?_PROXY|NO_PROXY)/i;

/** A scenario of `local/action.yml`. It throws if the action does not behave as expected. */
export interface LocalScenario {
  readonly name: string;
  readonly run: (place: LocalStage) => Promise<void>;
}

/** The surroundings of a local scenario. */
export interface LocalStage {
  readonly model: Model;
  /** The folder in which the agent server is installed, shared by all scenarios. */
  readonly tools: string;
  /** A folder for this scenario only. */
  readonly root: string;
  /** The steps that the scenario started. Their servers are stopped in any case. */
  readonly started: ActionRun[];
}

/** Creates a checkout as a careless workflow leaves it: with a token in its settings, a hook, and cloud credentials. */
export function checkoutIn(root: string): string {
  const workspace = join(root, 'workspace');
  mkdirSync(workspace, { recursive: true });
  const git = (...args: readonly string[]): string =>
    execFileSync('git', args, { cwd: workspace, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  git('init', '-q', '-b', 'main');
  cpSync(SPY, join(workspace, 'run.sh'));
  writeFileSync(join(workspace, 'README.md'), 'Hello\n');
  git('add', '-A');
  git('-c', 'user.name=Somebody', '-c', 'user.email=somebody@invalid', 'commit', '-q', '-m', 'First');
  git('remote', 'add', 'origin', `https://x-access-token:${PLANTED}@github.com/octo/repo`);
  git('config', 'http.https://github.com/.extraheader', `AUTHORIZATION: basic ${PLANTED}`);
  git('config', 'include.path', '/root/.gitconfig');
  writeFileSync(join(workspace, '.git/hooks/post-checkout'), `#!/bin/sh\n# ${PLANTED}\n`, { mode: 0o755 });
  writeFileSync(join(workspace, 'gha-creds-0123456789abcdef.json'), JSON.stringify({ key: PLANTED }));
  return workspace;
}

type Options = Omit<RunOptions, 'action' | 'workspace' | 'post' | 'env'>;

/** Runs the step that starts the server, in a job with a secret, but not its post. */
export async function start(
  { tools, started }: LocalStage,
  workspace: string,
  options: Options = {},
): Promise<ActionRun> {
  const machine = Object.entries(process.env).filter(([name]) => OF_THE_MACHINE.test(name));
  const run = await runAction({
    action: join(ROOT, 'local'),
    workspace,
    post: false,
    ...options,
    with: { port: String(await findFreePort()), ...options.with },
    env: {
      ...Object.fromEntries(machine.map(([name, value]) => [name, value ?? ''])),
      // Otherwise the server requests model prices from the internet, which a test must not need.
      LITELLM_LOCAL_MODEL_COST_MAP: 'True',
      SECRET_OF_THE_JOB: PLANTED,
      RUNNER_TOOL_CACHE: tools,
    },
  });
  started.push(run);
  const key = run.outputs['api-key'] ?? PLANTED;
  assert.ok(!run.rawLog.replace(/^::add-mask::.*$/gm, '').includes(key), 'the key is in the log');
  return run;
}

/** Runs the main action against the server that a step started. */
export async function work(
  stage: LocalStage,
  local: ActionRun,
  script: string,
  more: Options['with'] = {},
): Promise<ActionRun> {
  const { outputs, workspace } = local;
  return runAction({
    workspace,
    with: {
      ...asking(script),
      'api-version': 'agent-server',
      'base-url': outputs['base-url'] ?? '',
      'api-key': outputs['api-key'] ?? '',
      'working-directory': outputs['working-directory'] ?? '',
      repository: 'none',
      model: MODEL,
      'llm-api-key': LLM_KEY,
      'llm-base-url': stage.model.url,
      poll: 'true',
      'timeout-seconds': '120',
      'poll-interval-seconds': '2',
      ...more,
    },
  });
}

/** Runs post, and checks that nothing of the server is left except its log. */
export async function finish(local: ActionRun): Promise<ProcessRun> {
  const user = userOf(local);
  const post = await local.runPost?.();
  assert.ok(post);
  assert.equal(post.exitCode, 0, post.log);
  assert.deepEqual(post.annotations, []);
  const left = readdirSync(local.temp).filter((name) => name.startsWith('openhands-local-'));
  assert.ok(
    left.every((name) => name.endsWith('.log')),
    `left: ${left.join(', ')}`,
  );
  const running = processesWith(new RegExp(RegExp.escape(local.temp)));
  assert.deepEqual(
    running.map((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8')),
    [],
  );
  // Only the rules of this server's user: others may run a server on this machine, too.
  if (user !== '')
    assert.ok(!execFileSync('ip', ['rule'], { encoding: 'utf8' }).includes(`uidrange ${user}-`));
  return post;
}

/** Returns the user id of a step's server; empty if it has none. */
function userOf({ state }: ActionRun): string {
  const file = join(state['base'] ?? '', 'uid');
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
}

export function processesWith(pattern: RegExp): readonly number[] {
  return withCommand(others(), pattern);
}

/** Runs scenarios one after the other, because each needs the whole machine. Returns those that failed. */
async function play(
  scenarios: readonly LocalScenario[],
  stage: Omit<LocalStage, 'started'>,
): Promise<readonly LocalScenario[]> {
  const failed: LocalScenario[] = [];
  for (const each of scenarios) {
    const { name, run } = each;
    const root = await mkdtemp(join(stage.root, 's'));
    const whole = async (): Promise<void> => {
      const started: ActionRun[] = [];
      try {
        await run({ ...stage, root, started });
      } finally {
        for (const step of started) {
          await step.runPost?.();
          await step.dispose();
        }
      }
    };
    if (!(await runScenario(name, whole))) failed.push(each);
  }
  return failed;
}

/** Runs scenarios on this machine, or says why it cannot. Returns whether they passed. */
export async function testLocal(scenarios: readonly LocalScenario[]): Promise<boolean> {
  const why = whyNot();
  if (why !== undefined) {
    console.log(`skipped: ${why}`);
    return true;
  }
  // Not below /tmp: the isolated agent has another /tmp, and would find nothing there in any case.
  const tools = join(LIVE, 'tools');
  const root = await mkdtemp(join(LIVE, 'local-'));
  process.env['TMPDIR'] = root;
  const model = await startModel();
  try {
    const all = async (some: readonly LocalScenario[]): Promise<readonly LocalScenario[]> =>
      play(some, { model, tools, root });
    return await playTwice(scenarios, all, all);
  } finally {
    await model.close();
    rmSync(root, { recursive: true, force: true });
  }
}

/** Returns why the scenarios cannot run on this machine; `undefined` if they can. */
function whyNot(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    return 'isolating the agent, and testing that, needs root on Linux';
  const python = environmentOf({ requirements: join(ROOT, 'local/requirements-uv.txt'), cache: LIVE });
  return python.kind === 'missing' ? python.why : undefined;
}

import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';

import { measureEnds, PROMPT_ENDS, PROMPT_ENDS_OF_V1 } from './ends.ts';
import { startForge } from './forge.ts';
import { install, type Installed } from './install.ts';
import { type Kind, worksInFolder } from './kinds.ts';
import { testLocal } from './local.ts';
import { startModel } from './model.ts';
import { KNOWN, newIn } from './news.ts';
import { Processes } from './processes.ts';
import { record } from './record.ts';
import { playTwice, runScenario } from './report.ts';
import { playRestarts } from './restarts/restarts.ts';
import { SCENARIOS_AGENT_SERVER, SCENARIOS_OPEN } from './scenarios/agent-server.ts';
import { SCENARIOS_BRANCH, SCENARIOS_OLD_BRANCH } from './scenarios/branch.ts';
import { SCENARIOS_CANVAS } from './scenarios/canvas.ts';
import { SCENARIOS_CONTEXT } from './scenarios/context.ts';
import { SCENARIOS_CORRECTED } from './scenarios/corrected.ts';
import { KEEPS_DELETED, SCENARIOS_DELETING } from './scenarios/deleting.ts';
import { SCENARIOS_FETCH } from './scenarios/fetch.ts';
import { SCENARIOS_FOLDER } from './scenarios/folder.ts';
import { SCENARIOS_GIT_CONFIG } from './scenarios/git-config.ts';
import { SCENARIOS_LOCAL } from './scenarios/local.ts';
import { SCENARIOS_PATCH } from './scenarios/patch.ts';
import { SCENARIOS_PICTURES } from './scenarios/pictures.ts';
import { SCENARIOS_PLAN, SCENARIOS_PLAN_ALONE } from './scenarios/plan.ts';
import { SCENARIOS_REPOSITORY, SCENARIOS_REPOSITORY_OF_V1 } from './scenarios/repository.ts';
import { SCENARIOS_SHARED } from './scenarios/shared.ts';
import { SCENARIOS_THREAD } from './scenarios/thread.ts';
import { SCENARIOS_V0 } from './scenarios/v0.ts';
import { SCENARIOS } from './scenarios/v1.ts';
import { SCENARIOS_WITHOUT_ANY_TOOLS, SCENARIOS_WITHOUT_TOOLS } from './scenarios/without-tools.ts';
import { startServer } from './server.ts';
import { ask, KEY, type Scenario, type Stage } from './stage.ts';

const HELP = `Runs the built action against OpenHands' own server, with a model that follows a script. All on loopback.

Usage: npm run test:live -- [options]

  --deleting    the server with V1, changed to keep deleted conversations to itself
  --v0          the older server with the V0 API, instead of the one with V1
  --agent-server
                an agent server by itself
  --canvas      Agent Canvas, with its agent server behind its ingress
  --local       an agent server that local/action.yml runs on this machine, isolated; needs root on Linux
  --restarts    an agent server that is restarted and killed while steps use it, and another one behind the ingress of Agent Canvas
  --seed N      what --restarts draws its instants from, to repeat them
  --newest      the newest version of that server that is published, not the one that was tested; also says what it has
                that live/news.ts does not know
  --only TEXT   only the scenarios whose name contains TEXT
  --runs N      measures N times how late each end is reported, instead of the scenarios
  --record      records exchanges with the server for the contract tests, instead of the scenarios
  --keep        keeps the folder with the server's log and data
  --help        show this and exit

It needs Python 3.12 or 3.13, and installs everything else into .live/. Without Python, or without access to the
Python registry, it says so and exits with 0.`;

const OPTIONS = {
  help: { type: 'boolean', short: 'h' },
  only: { type: 'string' },
  record: { type: 'boolean' },
  deleting: { type: 'boolean' },
  v0: { type: 'boolean' },
  'agent-server': { type: 'boolean' },
  canvas: { type: 'boolean' },
  local: { type: 'boolean' },
  newest: { type: 'boolean' },
  restarts: { type: 'boolean' },
  seed: { type: 'string' },
  runs: { type: 'string' },
  keep: { type: 'boolean' },
} as const;

/** The number of scenarios at a time: more than processors, because scenarios mostly wait. */
const LANES = 4;

const MAX_SEED = 1_000_000;

const PLAYED = {
  v1: [
    ...SCENARIOS_CONTEXT,
    ...SCENARIOS_REPOSITORY_OF_V1,
    ...SCENARIOS,
    ...SCENARIOS_SHARED,
    ...SCENARIOS_PICTURES,
    ...SCENARIOS_PLAN,
    ...SCENARIOS_THREAD,
    ...PROMPT_ENDS_OF_V1,
  ],
  deleting: SCENARIOS_DELETING,
  v0: SCENARIOS_V0,
  'agent-server': [
    ...SCENARIOS_REPOSITORY,
    ...SCENARIOS_AGENT_SERVER,
    ...SCENARIOS_CONTEXT,
    ...SCENARIOS_CORRECTED,
    ...SCENARIOS_PATCH,
    ...SCENARIOS_BRANCH,
    ...SCENARIOS_FOLDER,
    ...SCENARIOS_FETCH,
    ...SCENARIOS_GIT_CONFIG,
    ...SCENARIOS_WITHOUT_TOOLS,
    ...SCENARIOS_SHARED,
    ...SCENARIOS_PICTURES,
    ...SCENARIOS_PLAN,
    ...SCENARIOS_PLAN_ALONE,
    ...SCENARIOS_THREAD,
    ...PROMPT_ENDS,
  ],
  // Last, because one of them leaves the server without a model.
  canvas: [
    ...SCENARIOS_OLD_BRANCH,
    ...SCENARIOS_OPEN,
    ...SCENARIOS_PICTURES,
    ...SCENARIOS_PLAN,
    ...SCENARIOS_WITHOUT_ANY_TOOLS,
    ...SCENARIOS_CANVAS,
  ],
} as const;

/** The kinds with an option. */
const KINDS = ['v0', 'agent-server', 'canvas'] as const;

interface Choice {
  readonly kind: Kind;
  /** Whether the open server keeps deleted conversations to itself; for `v1`. */
  readonly isDeleting: boolean;
  readonly isNewest: boolean;
  readonly only: string;
  readonly record: boolean;
  readonly runs: number;
  readonly keep: boolean;
}

async function onStage<T>(
  { python, canvas }: Installed,
  choice: Pick<Choice, 'kind' | 'isDeleting' | 'keep'>,
  play: (stage: Stage) => Promise<T>,
): Promise<T> {
  // A short path, because it contains sockets of the agent's terminal; and the real one, because the action refuses links.
  const root = await mkdtemp(join(await realpath(tmpdir()), 'live-'));
  const processes = new Processes(basename(root));
  const stop = new AbortController();
  const interrupted = (): void => {
    console.log('interrupted: stopping all processes');
    stop.abort();
    void processes.end();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, interrupted);
  const model = await startModel();
  const forge = await startForge(join(root, 'forge'));
  let servers = 0;
  const { kind, isDeleting } = choice;
  const start: Stage['start'] = async (options = {}) =>
    startServer({
      python,
      canvas,
      root: join(root, String((servers += 1))),
      kind,
      modelUrl: model.url,
      forge,
      processes,
      ...options,
    });
  let left: readonly unknown[] = [];
  const played = async (): Promise<T> => {
    const open = await start({
      ...(worksInFolder(kind) && { sessionKey: KEY }),
      ...(isDeleting && { environment: KEEPS_DELETED }),
    });
    return play({ kind, model, forge, processes, start, open, interrupted: stop.signal });
  };
  const result = await played().finally(async () => {
    left = await processes.end();
    await model.close();
    await forge.close();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, interrupted);
    if (choice.keep) console.log(`kept: ${root}`);
    else await rm(root, { recursive: true, force: true, maxRetries: 5 });
  });
  if (left.length > 0) throw new Error(`processes did not stop: ${left.join(', ')}`);
  return result;
}

/** Plays scenarios, so many at a time. Returns those that failed. */
async function playAll(
  scenarios: readonly Scenario[],
  stage: Stage,
  lanes: number,
): Promise<readonly Scenario[]> {
  const failed: Scenario[] = [];
  const lane = async (waiting: Scenario[]): Promise<void> => {
    while (!stage.interrupted.aborted) {
      const next = waiting.shift();
      if (next === undefined) return;
      if (!(await runScenario(next.name, async () => next.run(stage), stage.interrupted))) failed.push(next);
    }
  };
  const together = scenarios.filter(({ isAlone }) => isAlone !== true);
  await Promise.all(Array.from({ length: lanes }, async () => lane(together)));
  await lane(scenarios.filter(({ isAlone }) => isAlone === true));
  if (stage.interrupted.aborted) throw new Error('interrupted');
  return failed;
}

/** Prints what the server has that is not known. Agent Canvas has a published agent server, which was looked at before. */
async function sayNews({ kind, open }: Stage): Promise<void> {
  if (kind !== 'v1' && kind !== 'agent-server') return;
  const [description, info] = [
    await ask(open, 'GET', '/openapi.json'),
    await ask(open, 'GET', '/server_info'),
  ];
  for (const each of newIn(KNOWN[kind], description, info)) console.log(`new: ${kind}: ${each}`);
}

async function test(choice: Choice): Promise<boolean> {
  const installed = install(choice.kind, choice.isNewest);
  if ('why' in installed) {
    console.log(`skipped: ${installed.why}`);
    return true;
  }
  console.log(`with ${installed.versions}`);
  const played: readonly Scenario[] = PLAYED[choice.isDeleting ? 'deleting' : choice.kind];
  const scenarios = played.filter(({ name }) => name.includes(choice.only));
  if (choice.record) return onStage(installed, choice, record);
  if (choice.runs > 0)
    return onStage(installed, choice, async (stage) => measureEnds(stage, choice.runs, choice.only));
  const first = async (all: readonly Scenario[]): Promise<readonly Scenario[]> =>
    onStage(installed, choice, async (stage) => {
      if (choice.isNewest) await sayNews(stage);
      return playAll(all, stage, LANES);
    });
  // A new server: the first one may hold what the first try left.
  const again = async (failed: readonly Scenario[]): Promise<readonly Scenario[]> =>
    onStage(installed, choice, async (stage) => playAll(failed, stage, 1));
  return playTwice(scenarios, first, again);
}

/** Restarts agent servers, directly and behind the ingress of Agent Canvas, as a seed says. */
async function testRestarts(seed: number, keep: boolean): Promise<boolean> {
  const [installed, canvas] = [install('agent-server', false), install('canvas', false)];
  for (const each of [installed, canvas]) if ('why' in each) console.log(`skipped: ${each.why}`);
  if ('why' in installed || 'why' in canvas) return true;
  console.log(`with ${installed.versions}, ${canvas.versions}, --seed ${seed}`);
  return onStage(installed, { kind: 'agent-server', isDeleting: false, keep }, async (stage) =>
    playRestarts(stage, seed, canvas.canvas),
  );
}

type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'];

/** Runs the command. */
async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: OPTIONS, strict: true, allowPositionals: false });
  if (values.help === true) {
    console.log(HELP);
    return;
  }
  process.exitCode = (await play(values)) ? 0 : 1;
}

/** Plays what the options name. Returns whether it passed. */
async function play(values: Values): Promise<boolean> {
  const { only = '', record: recording = false, keep = false, runs = '0' } = values;
  const { seed = String(Math.floor(Math.random() * MAX_SEED)) } = values;
  const [isDeleting, isNewest] = [values.deleting === true, values.newest === true];
  if (values.restarts === true) return testRestarts(Number(seed), keep);
  if (values.local === true) {
    if (isNewest) throw new Error('--newest is not for --local: the action pins its server');
    return testLocal(SCENARIOS_LOCAL.filter(({ name }) => name.includes(only)));
  }
  const kind = KINDS.find((each) => values[each] === true) ?? 'v1';
  return test({ kind, isDeleting, isNewest, only, record: recording, keep, runs: Number(runs) });
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(`FAILED: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});

import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { parse } from 'yaml';

import { PLANTED } from '../live/local.ts';
import { type Model, startModel } from '../live/model.ts';
import { withCommand } from '../live/processes.ts';
import { MODEL } from '../live/server.ts';
import {
  type CommentView,
  type GithubApi,
  type SimulatedCheck,
  type SimulatedRepository,
  startGithubApi,
} from '../simulator/github/api.ts';
import { CHANGED_FILES } from '../simulator/github/review-story.ts';
import type { ReviewView } from '../simulator/github/store.ts';
import { isRecord, parseJson } from '../simulator/json.ts';
import { zipOf } from '../simulator/server/zip.ts';
import { readable, type StepRun, stepsOf } from './run-log.ts';
import type { Server, Stage, Start } from './stage.ts';
import { STAND_INS } from './stand-ins.ts';

/** A workflow, and the event that triggers it. */
interface Trigger {
  /** The path of the workflow in the project. */
  readonly workflow: string;
  /** The name of the event, and the file of `events/` that holds its payload. */
  readonly event: string;
  readonly payload: string;
  /** The id of the run, and its attempt; both 1 by default. */
  readonly runId?: number;
  readonly attempt?: number;
  /** The variables of the repository. */
  readonly variables?: Readonly<Record<string, string>>;
  /** The job to run; all jobs by default. */
  readonly job?: string;
}

/** The workflow to run, its event, and its surroundings. */
export interface Order extends Trigger {
  /** Earlier runs with the same servers, which must succeed. */
  readonly before?: readonly Trigger[];
  /** The actor of the event; by default somebody who may write to the repository. */
  readonly actor?: string;
  /** The number of the open issue that `gh` finds; none by default. */
  readonly openIssue?: string;
  /** The file of `events/` with the pull request that `gh` returns. */
  readonly pullRequest?: string;
  /** Whether GitHub lists what the runs before have uploaded, and the pull request of their agent as merged. */
  readonly isReport?: true;
  /** Whether to kill the action while it waits for the agent. */
  readonly killed?: boolean;
  /** The checks of the pull request that the agent opens; seconds count from before the run. */
  readonly checks?: readonly SimulatedCheck[];
  /** The kind of server; an app server by default. */
  readonly api?: 'agent-server';
  /** The scenario of its agents; `finish` by default. */
  readonly scenario?: string;
  /** Whether the workflow runs OpenHands' own agent server, from the Python registry, with a scripted model. */
  readonly isLocal?: true;
  /** Changes to the workflow: a text, and its replacement. */
  readonly edits?: readonly (readonly [string, string])[];
}

/** The result of a workflow. */
export interface WorkflowRun {
  /** `null` if the runner had to be killed. */
  readonly exitCode: number | null;
  /** The steps that ran, in their order, without skipped ones. */
  readonly steps: readonly StepRun[];
  readonly serverUrl: string;
  readonly requests: readonly string[];
  readonly starts: readonly Start[];
  /** The number of answers of the scripted model. */
  readonly turns: number;
  /** The comments on the issue and the pull request. */
  readonly comments: readonly CommentView[];
  /** The reviews of the pull request. */
  readonly reviews: readonly ReviewView[];
  /** The calls of `gh`: a line with the arguments, then the body. */
  readonly gh: string;
  /** The patch that a job uploaded for another one; empty if there is none. */
  readonly patch: string;
  /** The log of the runner. */
  readonly log: string;
}

/** The program that runs workflows, and its surroundings. */
export interface Runner {
  readonly program: string;
  readonly stage: Stage;
}

/** The key. It must not occur in other texts, because the runner masks it. */
const KEY = 'key-of-the-workflow-tests';
const SECRETS = ['OPENHANDS_API_KEY', 'AGENT_SERVER_KEY', 'LLM_API_KEY'];
/** The project in a `uses:`, its part, which is an action or a workflow that can be called, and the version. */
const PROJECT =
  /^([\w-]+\/openhands-conversation-action)(?:\/(local|outcomes|\.github\/workflows\/[\w-]+\.yml))?(@.+)$/;
/** A proxy that does not exist, so that requests to the network fail immediately. */
const NOWHERE = 'http://127.0.0.1:9';
const ARTIFACTS = 'artifacts';
const MAX_RUN_MS = 90_000;
/** A run with OpenHands' own server installs 0.8 GB. */
const MAX_LOCAL_RUN_MS = 300_000;
/** The variables for registries, certificates and proxies. */
const REACHES_OUT = /^(?:PIP_|UV_|PYENV_|SSL_CERT_|(?:HTTPS?|ALL|NO)_PROXY$|NODE_EXTRA_CA_CERTS$)/i;
const BETWEEN_LOOKS_MS = 50;

/** The repository that workflows run in. */
const REPOSITORY = 'octo-org/octo-repo';
/** The issue and the pull request of the simulated GitHub. */
const ISSUE = 42;
const PULL_REQUEST = 7;
/** The pull request that the simulated agent opens. */
const AGENT_PULL_REQUEST = 12;
/** The head of the pull request, as in the events. */
const HEAD = 'ffac537e6cbbf934b08745a378932722df287a53';
const MAINTAINER = 'octo-maintainer';
/** GitHub's token. It must not occur in other texts either. */
const TOKEN = 'token-of-the-workflow-tests';

/** The surroundings of a workflow. */
interface Surroundings {
  readonly name: string;
  readonly server: Server;
  readonly github: GithubApi;
  readonly model: Model | undefined;
  readonly home: string;
}

/** Runs a workflow, or one of its jobs, with its own simulated OpenHands and GitHub. */
export async function runWorkflow(runner: Runner, name: string, order: Order): Promise<WorkflowRun> {
  const { stage } = runner;
  const home = stage.folder(`${name}.home`);
  mkdirSync(home);
  const server = await stage.startServer(name, order.api, order.scenario);
  const model = order.isLocal && (await startModel());
  const github = await startGithubApi({
    threads: { [ISSUE]: 'Issue', [PULL_REQUEST]: 'PullRequest' },
    permissions: { [MAINTAINER]: { permission: 'write', role_name: 'write' } },
  });
  // The pull request must be newer than any conversation, whose simulated time passes faster.
  const pullRequest = { number: AGENT_PULL_REQUEST, createdAt: Date.UTC(2100, 0) };
  if (order.checks) github.push(pullRequest, { checks: order.checks });
  github.push({ number: PULL_REQUEST, ...forkOf(order) }, { commit: HEAD, files: CHANGED_FILES });
  try {
    const around = { name, server, github, model, home };
    for (const [index, trigger] of (order.before ?? []).entries()) {
      const before = await act(runner, trigger, {
        ...around,
        log: stage.folder(`${name}.before-${index}.log`),
      });
      if (before.exitCode !== 0) throw new Error(`the preparation failed:\n${before.lines.join('\n')}`);
    }
    if (order.isReport) github.addRepository(uploadedIn(home));
    const { exitCode, lines } = await act(runner, order, { ...around, log: stage.folder(`${name}.log`) });
    const entries = lines.map((line): unknown => parseJson(line)).filter(isRecord);
    return {
      exitCode,
      steps: stepsOf(entries),
      serverUrl: server.url,
      requests: server.requests(),
      starts: await server.starts(),
      turns: model?.turns() ?? 0,
      comments: github.comments,
      reviews: github.reviews,
      gh: textOf(recordOf(home)),
      patch: textOf(patchOf(home)),
      log: lines.map(readable).join('\n'),
    };
  } finally {
    await github.close();
    await model?.close();
  }
}

/** Returns the repository with what its runs have uploaded, as one run. */
function uploadedIn(home: string): SimulatedRepository {
  const at = new Date().toISOString();
  const folder = join(home, ARTIFACTS);
  const artifacts = readdirSync(folder).map((name, index) => {
    const files = readdirSync(join(folder, name));
    const entries = files.map((file) => ({
      name: file,
      text: readFileSync(join(folder, name, file), 'utf8'),
    }));
    return { id: index + 1, name, run: 1, at, zip: zipOf(entries) };
  });
  const pulls = { [AGENT_PULL_REQUEST]: 'merged' } as const;
  return { name: REPOSITORY, artifacts, runs: [{ id: 1, name: 'Call', at }], pulls };
}

/** Returns the repository of the pull request's head, if the event says so. */
function forkOf({ payload }: Order): { readonly from?: string } {
  const text = readFileSync(join(import.meta.dirname, 'events', payload), 'utf8');
  const [, from] = /"head": \{[^{}]*"repo": \{[^{}]*"full_name": "([^"]+)"/.exec(text) ?? [];
  return from === undefined ? {} : { from };
}

/** Runs a workflow once. Returns the runner's exit code and log. */
async function act(
  { program, stage }: Runner,
  order: Order,
  { name, server, github, model, home, log }: Surroundings & { readonly log: string },
): Promise<{ readonly exitCode: number | null; readonly lines: readonly string[] }> {
  const given = [
    ...argumentsFor(stage, name, order, server.url),
    ...githubArguments(github),
    ...(model ? modelArguments(model) : []),
  ];
  const child = stage.processes.start([program, ...given], {
    cwd: stage.repository,
    env: environment(stage, home, order),
    log,
  });
  if (order.killed === true) await killAction(stage, name, server);
  const timer = setTimeout(() => child.kill('SIGKILL'), model ? MAX_LOCAL_RUN_MS : MAX_RUN_MS);
  await once(child, 'exit');
  clearTimeout(timer);
  return { exitCode: child.exitCode, lines: readFileSync(log, 'utf8').split('\n') };
}

/** Kills the action as soon as it has requested the state of the conversation that it started. */
async function killAction({ processes }: Stage, name: string, server: Server): Promise<void> {
  const deadline = performance.now() + MAX_RUN_MS;
  // With a key, the state is requested before the start, too.
  const waits = /^POST \/api\/v1\/app-conversations\b[^]*^GET \/api\/v1\/app-conversations\?ids=/m;
  while (!waits.test(server.requests().join('\n'))) {
    if (performance.now() > deadline) throw new Error('the action never waited for the agent');
    await delay(BETWEEN_LOOKS_MS);
  }
  const action = new RegExp(`/${name}\\.home/.*/dist/main\\.js`);
  const pids = withCommand(processes.running(), action);
  if (pids.length !== 1) throw new Error(`there are ${pids.length} processes of the action, not one`);
  for (const pid of pids) process.kill(pid, 'SIGKILL');
}

function argumentsFor(stage: Stage, name: string, order: Order, baseUrl: string): readonly string[] {
  const replaced = fetchedBy(order.workflow, stage, stage.actionFor(name, baseUrl));
  return [
    order.event,
    ...['--workflows', stage.workflowFor(name, order, baseUrl)],
    ...['--eventpath', join(import.meta.dirname, 'events', order.payload)],
    ...(order.job === undefined ? [] : ['--job', order.job]),
    // On this machine, without containers. Jobs for other systems are left out.
    ...['--platform', 'ubuntu-latest=-self-hosted', '--matrix', 'os:ubuntu-latest'],
    ...[...replaced].flatMap((pair) => ['--local-repository', pair.join('=')]),
    ...SECRETS.flatMap((secret) => ['--secret', `${secret}=${KEY}`]),
    ...Object.entries(order.variables ?? {}).flatMap(([name, value]) => ['--var', `${name}=${value}`]),
    ...['--actor', order.actor ?? MAINTAINER],
    ...['--env', `GITHUB_RUN_ID=${order.runId ?? 1}`, '--env', `GITHUB_RUN_ATTEMPT=${order.attempt ?? 1}`],
    ...['--action-offline-mode', '--no-cache-server', '--json'],
  ];
}

/** Returns the runner's arguments for the simulated GitHub. */
function githubArguments({ url }: GithubApi): readonly string[] {
  const addresses = [`GITHUB_API_URL=${url}`, `GITHUB_GRAPHQL_URL=${url}/graphql`];
  return ['--secret', `GITHUB_TOKEN=${TOKEN}`, ...addresses.flatMap((address) => ['--env', address])];
}

/** Returns the runner's arguments for the model, as variables of the repository. */
function modelArguments({ url }: Model): readonly string[] {
  return ['--var', `LLM_MODEL=${MODEL}`, '--var', `LLM_BASE_URL=${url}`];
}

/**
 * Returns what a workflow, and the workflows of the project that it calls, would fetch, with the folders that replace it: the
 * copy of the project, or a stand-in.
 */
function fetchedBy(workflow: string, stage: Stage, project: string): ReadonlyMap<string, string> {
  const used = new Map<string, string>();
  parse(readFileSync(join(stage.repository, workflow), 'utf8'), (key, value) => {
    if (key !== 'uses' || typeof value !== 'string') return value;
    const [, repository, part = '', version] = PROJECT.exec(value) ?? [];
    const [, standIn] = Object.entries(STAND_INS).find(([prefix]) => value.startsWith(prefix)) ?? [];
    if (repository !== undefined) used.set(`${repository}${version ?? ''}`, project);
    if (standIn) used.set(value, stage.folder('stand-ins', standIn.folder));
    const called = part === '' ? value.replace(/^\.\//, '') : part;
    if (called.endsWith('.yml')) for (const each of fetchedBy(called, stage, project)) used.set(...each);
    return value;
  });
  return used;
}

/**
 * Returns the environment of the runner, which steps inherit: only PATH, with `gh` and this process's Node first. If a server
 * is to be installed, also the variables for the registry.
 */
function environment(
  stage: Stage,
  home: string,
  { openIssue, pullRequest, isLocal }: Order,
): Readonly<Record<string, string>> {
  const path = [stage.folder('bin'), dirname(process.execPath), process.env['PATH'] ?? ''];
  return {
    PATH: path.join(delimiter),
    HOME: home,
    ...(isLocal ? outwards() : { HTTP_PROXY: NOWHERE, HTTPS_PROXY: NOWHERE, NO_PROXY: '127.0.0.1' }),
    STAND_IN_RECORD: recordOf(home),
    STAND_IN_REPOSITORY: stage.repository,
    STAND_IN_ARTIFACTS: join(home, ARTIFACTS),
    // A secret that the agent must not find.
    SECRET_OF_THE_JOB: PLANTED,
    STAND_IN_OPEN_ISSUE: openIssue ?? '',
    STAND_IN_PULL_REQUEST: join(import.meta.dirname, 'events', pullRequest ?? 'none'),
  };
}

/** Returns the variables for reaching the registry. */
function outwards(): Readonly<Record<string, string>> {
  const own = Object.entries(process.env).flatMap(([name, value]) =>
    REACHES_OUT.test(name) && value !== undefined ? [[name, value] as const] : [],
  );
  // Otherwise the server requests model prices from the internet.
  return { ...Object.fromEntries(own), LITELLM_LOCAL_MODEL_COST_MAP: 'True' };
}

function recordOf(home: string): string {
  return join(home, 'gh.txt');
}

function patchOf(home: string): string {
  return join(home, ARTIFACTS, 'changes/changes.patch');
}

function textOf(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

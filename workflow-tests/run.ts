import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { type Model, startModel } from '../live/model.ts';
import { withCommand } from '../live/processes.ts';
import {
  type CommentView,
  type GithubApi,
  type SimulatedRepository,
  startGithubApi,
} from '../simulator/github/api.ts';
import { CHANGED_FILES, FEEDBACK } from '../simulator/github/review-story.ts';
import type { ReplyView, ReviewView } from '../simulator/github/store.ts';
import { isRecord, parseJson } from '../simulator/json.ts';
import { zipOf } from '../simulator/server/zip.ts';
import {
  argumentsFor,
  ARTIFACTS,
  environment,
  githubArguments,
  modelArguments,
  patchOf,
  recordOf,
} from './call.ts';
import { MAINTAINER, type Order } from './order.ts';
import { readable, type StepRun, stepsOf } from './run-log.ts';
import type { Server, Stage, Start } from './stage.ts';

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
  /** The replies in threads of the pull request. */
  readonly replies: readonly ReplyView[];
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

const MAX_RUN_MS = 90_000;
/** A run with OpenHands' own server installs 0.8 GB. */
const MAX_LOCAL_RUN_MS = 300_000;
const BETWEEN_LOOKS_MS = 50;

/** The repository that workflows run in. */
const REPOSITORY = 'octo-org/octo-repo';
/** The issue and the pull request of the simulated GitHub. */
const ISSUE = 42;
const PULL_REQUEST = 7;
/** The pull request that the simulated agent opens. */
const AGENT_PULL_REQUEST = 12;
/** The id of the review, as in the events. */
const REVIEW = 80;
/** The head of the pull request, as in the events. */
const HEAD = 'ffac537e6cbbf934b08745a378932722df287a53';

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
  const model = order.isLocal ? await startModel() : undefined;
  const github = await startGithubApi({
    threads: { [ISSUE]: 'Issue', [PULL_REQUEST]: 'PullRequest' },
    permissions: { [MAINTAINER]: { permission: 'write', role_name: 'write' } },
  });
  // The pull request must be newer than any conversation, whose simulated time passes faster.
  const pullRequest = { number: AGENT_PULL_REQUEST, createdAt: Date.UTC(2100, 0) };
  if (order.checks) github.push(pullRequest, { checks: order.checks });
  github.push({ number: PULL_REQUEST, ...forkOf(order) }, { commit: HEAD, files: CHANGED_FILES });
  for (const each of order.hasThreads ? FEEDBACK : [])
    github.beginThread({ ...each, pull: PULL_REQUEST, author: MAINTAINER, review: REVIEW });
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
      replies: github.replies,
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

/** Returns the repository of the pull request's head, if the order or the event says so. */
function forkOf({ payload, fork }: Order): { readonly from?: string } {
  if (fork !== undefined) return { from: fork };
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
  // Only a request of the state after the start counts: with an idempotency key, there is one before the start, too.
  const hasWaited = /^POST \/api\/v1\/app-conversations\b[^]*^GET \/api\/v1\/app-conversations\?ids=/m;
  while (!hasWaited.test(server.requests().join('\n'))) {
    if (performance.now() > deadline) throw new Error('the action never waited for the agent');
    await delay(BETWEEN_LOOKS_MS);
  }
  const action = new RegExp(`/${name}\\.home/.*/dist/main\\.js`);
  const pids = withCommand(processes.running(), action);
  if (pids.length !== 1) throw new Error(`there are ${pids.length} processes of the action, not one`);
  for (const pid of pids) process.kill(pid, 'SIGKILL');
}

function textOf(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

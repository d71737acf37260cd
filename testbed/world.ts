import { randomUUID } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { memorySockets, type MemoryWorld } from '../simulator/server/memory-sockets.ts';
import type { Simulator } from '../simulator/server/server.ts';
import type { WorkflowEvent } from '../src/github/event.ts';
import { GitHubFailure } from '../src/github/failure.ts';
import type { GitHub } from '../src/github/octokit.ts';
import type { Runner } from '../src/github/runner.ts';
import type { Workflow } from '../src/github/workflow.ts';
import type { Clock } from '../src/port/clock.ts';
import type { UnfinishedWork } from '../src/port/unfinished.ts';
import { problemsOf } from '../src/schema/schema-worker.ts';
import { saveAtomically } from '../src/text/file.ts';
import { createSecrets } from '../src/text/secrets.ts';
import type { World } from '../src/world.ts';
import { simulatedClock } from './clock.ts';
import { type Busy, type Disturb, fetchBy, resolver } from './network.ts';

export const KEY = 'sk-oh-integration-tests';
/** The repository of each workflow in tests. */
export const REPOSITORY = 'octo-org/octo-repo';

/** A runner that records its outputs, log, failures and summary. */
export interface RecordingRunner extends Runner {
  readonly outputs: Readonly<Record<string, string>>;
  readonly log: string[];
  readonly failures: readonly string[];
  readonly page: () => string;
}

/** The inputs whose default is not the same as an empty one. */
const DEFAULTS: Readonly<Record<string, string>> = { tools: 'all' };

export function recordingRunner(inputs: Readonly<Record<string, string>>): RecordingRunner {
  const secrets = createSecrets(() => undefined);
  const outputs: Record<string, string> = {};
  const log: string[] = [];
  const failures: string[] = [];
  const states: UnfinishedWork[] = [];
  let outcomeFile = '';
  let helpUrl: string | undefined;
  let page = '';
  const say = (text: string): void => {
    log.push(secrets.redact(text));
  };
  return {
    secrets,
    outputs,
    log,
    failures,
    page: () => page,
    input: (name) => inputs[name] ?? DEFAULTS[name] ?? '',
    allInputs: () => new Map(Object.entries(inputs)),
    output: (name, value) => {
      outputs[name] = secrets.redact(value);
    },
    outputProblem: () => undefined,
    saveState: (state) => {
      states.push(state);
    },
    savedState: () => states.at(-1) ?? { kind: 'over' },
    saveOutcomeFile: (path) => {
      outcomeFile = path;
    },
    savedOutcomeFile: () => outcomeFile,
    saveHelpUrl: (url) => {
      helpUrl = url;
    },
    savedHelpUrl: () => helpUrl,
    debug: () => undefined,
    info: (...lines) => {
      lines.forEach(say);
    },
    quote: (heading, text) => {
      say(heading);
      say(secrets.redact(text));
    },
    notice: say,
    warning: (text) => {
      say(`Warning: ${text}`);
    },
    fail: (text) => {
      failures.push(secrets.redact(text));
    },
    summary: async (markdown) => {
      page += secrets.redact(markdown);
      return Promise.resolve();
    },
  };
}

/**
 * Returns a clock that jumps only while no request is pending, a matching fetch with optional disturbances, and file
 * functions.
 */
export function jumpingTime(disturb: Disturb = () => undefined): {
  readonly clock: Clock;
  readonly fetch: typeof fetch;
  readonly save: World['save'];
  /** Stops the clock during work that the clock cannot see. */
  readonly busy: Busy;
} {
  let underWay = 0;
  const busy: Busy = async (work) => {
    underWay += 1;
    try {
      return await work();
    } finally {
      underWay -= 1;
    }
  };
  const clock = simulatedClock(() => underWay > 0);
  return {
    clock,
    busy,
    fetch: fetchBy(clock, busy, disturb),
    save: async (path, pieces, roots) => busy(async () => saveAtomically(path, pieces, roots)),
  };
}

/**
 * Returns a world for a step in which hours pass in milliseconds. Waits for nothing, so that steps that begin together do so in the same
 * order each time.
 */
export function worldOf(
  runner: Runner,
  time: Pick<World, 'clock' | 'fetch' | 'save'>,
  simulator: MemoryWorld['simulator'],
): World {
  const temporary = mkdtempSync(join(tmpdir(), 'world-'));
  return {
    runner,
    clock: time.clock,
    fetch: time.fetch,
    save: time.save,
    lookup: resolver(),
    openSocket: memorySockets({ simulator, clock: time.clock }),
    useProxy: () => ({ kind: 'none' }),
    random: () => 0.5,
    newId: randomUUID,
    validate: async (schema, json) => Promise.resolve(problemsOf(schema, json)),
    workflow: workflowIn(temporary),
    event: DISPATCH,
    github: () => ({ during: () => NO_GITHUB }),
    cancelled: new AbortController().signal,
  };
}

/** Returns the workflow of a step whose files are in a folder. */
export function workflowIn(temporary: string): Workflow {
  return {
    repository: REPOSITORY,
    runId: '77',
    step: ['1658821493', 'agent', '__octo-org_openhands'],
    isFirstAttempt: true,
    attempt: '1',
    gitHubUrl: 'https://github.com',
    helpUrl: undefined,
    workspace: '/work',
    roots: [temporary],
    temporary,
    templateContext: async () => Promise.reject(new Error('there is no event here')),
  };
}

/**
 * Checks what holds for every step: the API key never goes to an agent server, no key is in an address, and no socket
 * sends a second frame, which would be a message to the agent.
 *
 * @throws if the server recorded a misuse.
 */
export function expectNoMisuse({ misuses }: Pick<Simulator, 'misuses'>): void {
  if (misuses.length > 0) throw new Error(`misuse: ${misuses.join(', ')}`);
}

/** An event from somebody who may write to the repository. */
export const DISPATCH: WorkflowEvent = {
  name: 'workflow_dispatch',
  repository: REPOSITORY,
  actors: ['octocat'],
  senderBot: undefined,
  isOfOtherRepository: false,
  whyNoSecrets: undefined,
  issue: undefined,
  pullRequest: undefined,
  trigger: undefined,
  review: undefined,
  thread: undefined,
  isLabeled: false,
  comment: undefined,
  runUrl: undefined,
  textPaths: new Map(),
};

/** A GitHub that no test should reach. */
export const NO_GITHUB: GitHub = {
  rest: async ({ goal }) => Promise.reject(new GitHubFailure(goal, 'there is no GitHub here', 0)),
  graphql: async ({ goal }) => Promise.reject(new GitHubFailure(goal, 'there is no GitHub here', 0)),
  readJobLog: async () => Promise.reject(new GitHubFailure('read a log', 'there is no GitHub here', 0)),
};

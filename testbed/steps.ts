import { rm } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';

import { type Simulator, type SimulatorOptions, startSimulator } from '../simulator/server/server.ts';
import type { GitHub } from '../src/github/octokit.ts';
import type { Workflow } from '../src/github/workflow.ts';
import type { Clock } from '../src/port/clock.ts';
import { Interruption } from '../src/port/interruption.ts';
import type { Outcome } from '../src/port/outcome.ts';
import { runStep } from '../src/step/step.ts';
import type { World } from '../src/world.ts';
import type { Disturb } from './network.ts';
import {
  expectNoMisuse,
  jumpingTime,
  KEY,
  NO_GITHUB,
  type RecordingRunner,
  recordingRunner,
  worldOf,
} from './world.ts';

/** A completed step. */
export interface Step {
  readonly outcome: Outcome;
  readonly runner: RecordingRunner;
  /** The folder of the step's files. */
  readonly folder: string;
}

/** A server for several steps, one after another or at the same time, on one simulated clock. */
export interface Steps {
  readonly simulator: Simulator;
  readonly clock: Clock;
  readonly fetch: typeof fetch;
  /** Runs a step. It is canceled after the given seconds, if any. */
  readonly step: (
    inputs: Readonly<Record<string, string>>,
    cancelAfterSeconds?: number,
    workflow?: Partial<Workflow>,
    random?: World['random'],
    event?: World['event'],
  ) => Promise<Step>;
  /** Runs a step whose process is killed after the given seconds. Returns the runner of its post. */
  readonly killed: (
    inputs: Readonly<Record<string, string>>,
    afterSeconds: number,
    workflow?: Partial<Workflow>,
  ) => Promise<Pick<Step, 'runner'>>;
  /** The requests so far, as "METHOD path". */
  readonly requests: () => readonly string[];
  /** Resolves once a request has arrived that begins with this text, as "METHOD path". */
  readonly arrival: (request: string) => Promise<void>;
}

/** Starts a server for steps of the whole action except its entries. `close` also checks that no request was misuse. */
export async function startSteps(
  options: SimulatorOptions,
  {
    disturb,
    aheadMs = 0,
    ...more
  }: Partial<Pick<World, 'github' | 'event' | 'random'>> & {
    readonly disturb?: Disturb;
    /** How far the runner's time of day is ahead of the server's. */
    readonly aheadMs?: number;
  } = {},
): Promise<Steps & { readonly close: () => Promise<void> }> {
  const time = jumpingTime(disturb);
  const simulator = await startSimulator({
    rateLimit: 'none',
    clock: { speed: 1, now: () => time.clock.date().getTime() },
    ...options,
  });
  const clock: Clock = { ...time.clock, date: () => new Date(time.clock.date().getTime() + aheadMs) };
  const folders: string[] = [];
  const runnerFor = (inputs: Readonly<Record<string, string>>): RecordingRunner =>
    recordingRunner({ 'api-key': KEY, 'base-url': simulator.url, ...inputs });
  const run = async (
    runner: RecordingRunner,
    cancelAfterSeconds?: number,
    changes: Partial<Pick<World, 'random' | 'fetch' | 'github' | 'event'>> & {
      readonly workflow?: Partial<Workflow>;
    } = {},
  ): Promise<Step> => {
    const { workflow, ...changed } = changes;
    // Lets a step that was begun before go first.
    await time.busy(async () => setImmediate());
    const world = worldOf(runner, { ...time, clock }, simulator);
    folders.push(world.workflow.temporary);
    const cancel = countdown(cancelAfterSeconds, time.clock);
    cancel.begin();
    const prepared = Promise.withResolvers<undefined>();
    const running = runStep({
      ...world,
      ...more,
      ...changed,
      github: (token) => {
        prepared.resolve(undefined);
        return (changed.github ?? more.github ?? world.github)(token);
      },
      workflow: { ...world.workflow, ...workflow },
      cancelled: cancel.signal,
    });
    // The clock cannot see that a step reads files for its inputs.
    await time.busy(async () => Promise.race([prepared.promise, running]));
    const outcome = await running;
    cancel.end();
    return { outcome, runner, folder: world.workflow.temporary };
  };
  const step: Steps['step'] = async (inputs, cancelAfterSeconds, workflow, random, event) =>
    run(runnerFor(inputs), cancelAfterSeconds, {
      ...(workflow && { workflow }),
      ...(random && { random }),
      ...(event && { event }),
    });
  const killed: Steps['killed'] = async (inputs, afterSeconds, workflow) => {
    let isDead = false;
    const runner = runnerFor(inputs);
    // A dead process gets no answer.
    const answered = async <T>(ask: () => Promise<T>): Promise<T> => {
      const answer = isDead ? undefined : await ask();
      return answer === undefined || isDead ? new Promise(() => undefined) : answer;
    };
    const send: World['fetch'] = async (input, init) => answered(async () => time.fetch(input, init));
    const github: World['github'] = (token) => {
      const client = more.github?.(token) ?? { during: () => NO_GITHUB };
      return { during: (signal) => aliveOnly(client.during(signal), answered) };
    };
    void run(runner, undefined, { fetch: send, github, ...(workflow && { workflow }) });
    await time.clock.sleep(afterSeconds * 1000, new AbortController().signal);
    isDead = true;
    const next = runnerFor(inputs);
    next.saveState(runner.savedState());
    next.saveOutcomeFile(runner.savedOutcomeFile());
    const helpUrl = runner.savedHelpUrl();
    if (helpUrl !== undefined) next.saveHelpUrl(helpUrl);
    return { runner: next };
  };
  const requests = (): readonly string[] => simulator.requests.map(({ method, path }) => `${method} ${path}`);
  const arrival: Steps['arrival'] = async (request) => {
    while (!requests().some((each) => each.startsWith(request))) await setImmediate();
  };
  const close = async (): Promise<void> => {
    await simulator.close();
    await Promise.all(folders.map(async (folder) => rm(folder, { recursive: true })));
    expectNoMisuse(simulator);
  };
  return { simulator, clock: time.clock, fetch: time.fetch, step, killed, requests, arrival, close };
}

/** A cancel that the runner sends some time after the countdown has begun. */
interface Countdown {
  readonly signal: AbortSignal;
  readonly begin: () => void;
  readonly end: () => void;
}

/** Returns a countdown to a cancel, in seconds. Without seconds the cancel never comes. */
export function countdown(seconds = Number.POSITIVE_INFINITY, clock: Clock): Countdown {
  const cancel = new AbortController();
  const over = new AbortController();
  return {
    signal: cancel.signal,
    begin: () => {
      clock.sleep(seconds * 1000, over.signal).then(
        () => {
          cancel.abort(new Interruption('cancel'));
        },
        () => undefined,
      );
    },
    end: () => {
      over.abort();
    },
  };
}

/** Returns all log lines of a step. */
export function logOf({ runner }: Pick<Step, 'runner'>): string {
  return runner.log.join('\n');
}

/** Deletes a conversation of V1, as a person can. */
export async function deleteConversation(
  { simulator, fetch }: { readonly simulator: Pick<Simulator, 'url'>; readonly fetch: World['fetch'] },
  id: string,
): Promise<void> {
  const answer = await fetch(`${simulator.url}/api/v1/app-conversations/${id}`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${KEY}` },
  });
  if (answer.status !== 200) throw new Error(`the conversation ${id} was not deleted: HTTP ${answer.status}`);
}

/** Returns a GitHub that answers only a living process. */
function aliveOnly(github: GitHub, answered: <T>(ask: () => Promise<T>) => Promise<T>): GitHub {
  return {
    rest: async (request) => answered(async () => github.rest(request)),
    graphql: async (query) => answered(async () => github.graphql(query)),
    readJobLog: async (repository, job) => answered(async () => github.readJobLog(repository, job)),
  };
}

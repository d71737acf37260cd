import { clientFor, type Network, reach } from './client.ts';
import { ApiFailure, type Assignment, type ConversationApi, type StartRequest } from './conversation/api.ts';
import { Interruption, withDeadline } from './conversation/clock.ts';
import type { Conversation } from './conversation/conversation.ts';
import type { Outcome } from './conversation/outcome.ts';
import type { Pace } from './conversation/pace.ts';
import { untilCreated } from './conversation/start.ts';
import { type Aftermath, stopAgent } from './conversation/stop.ts';
import { waitForEnd, watch } from './conversation/wait.ts';
import type { Runner } from './github/runner.ts';
import { type Inputs, readInputs, WrongInputs } from './inputs.ts';
import type { ReadContext } from './message/placeholders.ts';
import { begin } from './openhands/begin.ts';
import { broken, brokenOff, withoutConversation } from './report/interruption.ts';
import { createJournal, type Journal } from './report/journal.ts';
import { report } from './report/report.ts';
import type { Roots } from './text/file.ts';
import { thrown } from './text/thrown.ts';

/** What a step needs of the world. */
export interface World extends Network {
  readonly runner: Runner;
  /** A UUID, anew at each call. */
  readonly newId: () => string;
  readonly workflow: Workflow;
  /** Aborted with an Interruption when the step is cancelled. */
  readonly cancelled: AbortSignal;
}

/** What is known of the workflow that the step is part of. */
export interface Workflow {
  /** `owner/repo`. */
  readonly repository: string;
  /** GitHub's address, without a trailing slash. */
  readonly serverUrl: string;
  /** The folders that files may be read from. */
  readonly roots: Roots;
  /** The folder for files that the next steps read. */
  readonly temporary: string;
  /** What the placeholders of a template stand for. */
  readonly templateContext: () => Promise<ReadContext>;
}

/** Does the step: inputs → API → outcome → outputs. Whatever happens, it ends in a report. */
export async function run(world: World): Promise<Outcome> {
  const { runner, clock, workflow } = world;
  runner.secrets.add(runner.input('api-key').trim());
  // First of all, so that no other step can have written another state.
  runner.save({ step: 'over' });
  const journal = createJournal(runner, clock);
  const reported = async (outcome: Outcome, request?: Assignment): Promise<Outcome> => {
    const { serverUrl, temporary } = workflow;
    const durationMs = journal.elapsedMs();
    await report(outcome, { runner, serverUrl, temporary, durationMs, ...(request && { request }) });
    return outcome;
  };

  const inputs = await inputsOf(world);
  if ('status' in inputs) return reported(inputs);
  const request = { ...inputs, id: world.newId() };
  const outcome = await withDeadline(clock, inputs.timeoutMs, world.cancelled, async (signal) =>
    converse(request, { world, journal, signal }),
  );
  return reported(outcome, request);
}

/** The inputs, or the outcome where they, or the environment of the requests, are wrong. */
async function inputsOf(world: World): Promise<Inputs | Outcome> {
  const { runner, workflow } = world;
  const { repository, roots, templateContext } = workflow;
  const wrong = (because: string, todo: string): Outcome => ({
    status: 'start-failed',
    problem: { failedTo: 'read the inputs', because, todo },
  });
  let inputs: Inputs;
  try {
    const { input, secrets } = runner;
    inputs = await readInputs({ input, redact: secrets.redact, repository, roots, templateContext });
  } catch (error) {
    if (error instanceof WrongInputs) return wrong(error.message, "correct the step's `with:`");
    logBug(error, runner);
    return withoutConversation(error, '');
  }
  const proxy = reach(inputs, world, runner.secrets);
  if (proxy.kind === 'invalid') {
    return wrong(`${proxy.variable} holds no address of a proxy`, `correct ${proxy.variable}, or unset it`);
  }
  if (proxy.kind === 'not-supported') {
    runner.warning(
      "A proxy is set, and this runner's Node cannot use it: update the runner, or unset HTTPS_PROXY",
    );
  }
  return inputs;
}

/** What is to be done, and how. */
type Task = Inputs & StartRequest;

/** The runner ends a cancelled step 7.5 s after it asked it to end by itself; reports must have their time, too. */
const STOP_MS = 4_000;

/** What the two halves of a conversation, its start and the wait for its end, have in common. */
interface Stage {
  readonly world: World;
  readonly journal: Journal;
  /** Aborted when the deadline passes or the step is cancelled. */
  readonly signal: AbortSignal;
}

interface Started {
  readonly api: ConversationApi;
  readonly conversation: Conversation;
}

async function converse(inputs: Task, stage: Stage): Promise<Outcome> {
  const { runner } = stage.world;
  let started: Started;
  try {
    started = await start(inputs, stage);
  } catch (error) {
    logBug(error, runner);
    // A start that was under way when the step was broken off is left to post.
    if (!isLeftToPost(error, inputs)) runner.save({ step: 'over' });
    return withoutConversation(error, inputs.baseUrl);
  }
  const { conversation } = started;
  stage.journal.started(conversation);
  handOn(started, runner);
  if (inputs.poll) return waited(started, inputs, stage);
  runner.save({ step: 'over' });
  return { status: 'running', conversation };
}

async function waited(started: Started, inputs: Inputs, stage: Stage): Promise<Outcome> {
  const { runner } = stage.world;
  const { conversation } = started;
  try {
    const ended = await waitFor(started, inputs, stage);
    runner.save({ step: 'over' });
    return ended;
  } catch (error) {
    logBug(error, runner);
    const aftermath: Aftermath =
      error instanceof Interruption ? await aftermathOf(error, started, inputs, stage) : { kind: 'goes-on' };
    // What main could not do, post tries once more.
    if (aftermath.kind !== 'not-stopped') runner.save({ step: 'over' });
    return error instanceof Interruption
      ? brokenOff(error, conversation, aftermath)
      : broken(error, conversation);
  }
}

function isLeftToPost(error: unknown, { stopOn }: Inputs): boolean {
  return error instanceof Interruption && stopOn[error.kind];
}

/** Stops the agent where that is wished. */
async function aftermathOf(
  { kind }: Interruption,
  { api, conversation }: Started,
  { stopOn }: Inputs,
  { world, journal }: Stage,
): Promise<Aftermath> {
  if (!stopOn[kind]) return { kind: 'goes-on' };
  journal.stopping();
  return stopAgent(api, conversation.id, world.clock, STOP_MS);
}

async function start(inputs: Task, { world, journal, signal }: Stage): Promise<Started> {
  const { runner } = world;
  journal.starting(inputs);
  runner.save({ step: 'asked', id: inputs.id });
  const deadlineAt = journal.startedAt + inputs.timeoutMs;
  const http = clientFor(inputs, world, { secrets: runner.secrets, deadlineAt, onRetry: journal.retrying });
  const { api, progress } = await begin(http, inputs.apiVersion, inputs, world.clock, signal);
  if (progress.kind === 'pending')
    runner.save({ step: 'pending', version: api.version, task: progress.task });
  const conversation = await untilCreated(progress, {
    api,
    clock: world.clock,
    pace: paceOf(inputs, world),
    startedAt: journal.startedAt,
    deadlineAt,
    signal,
    onPhase: journal.startPhase,
  });
  runner.save({ step: 'started', version: api.version, id: conversation.id });
  return { api, conversation };
}

/** What is known of the conversation goes out before any waiting for the agent: a kill later loses nothing. */
function handOn({ api, conversation }: Started, runner: Runner): void {
  runner.output('conversation-id', conversation.id);
  runner.output('conversation-url', conversation.url);
  runner.output('api-version', api.version);
  runner.output('status', 'running');
}

async function waitFor({ api, conversation }: Started, inputs: Inputs, stage: Stage): Promise<Outcome> {
  const { world, journal, signal } = stage;
  const options = {
    api,
    clock: world.clock,
    pace: paceOf(inputs, world),
    deadlineAt: journal.startedAt + inputs.timeoutMs,
    signal,
    observe: journal.waiting,
  };
  for await (const ended of waitForEnd([watch(conversation, journal.startedAt)], options)) return ended;
  throw new Error('the wait ended without an end');
}

function paceOf({ longestPollMs: longestMs }: Inputs, { random }: World): Pace {
  return { longestMs, random };
}

/** Where a bug is, for whoever looks for it: shown in a run with debug logging only. */
function logBug(error: unknown, runner: Runner): void {
  if (!(error instanceof ApiFailure || error instanceof Interruption)) runner.debug(thrown(error).stack);
}

import { ApiFailure, type ConversationApi, type StartRequest } from './conversation/api.ts';
import { type Clock, Interruption, withDeadline } from './conversation/clock.ts';
import type { Conversation } from './conversation/conversation.ts';
import type { Outcome } from './conversation/outcome.ts';
import type { Pace } from './conversation/pace.ts';
import type { Problem } from './conversation/problem.ts';
import { untilCreated } from './conversation/start.ts';
import { waitForEnd, watch } from './conversation/wait.ts';
import type { Runner } from './github/runner.ts';
import { type Inputs, readInputs, WrongInputs } from './inputs.ts';
import { begin } from './openhands/begin.ts';
import { createHttpClient, type HttpClient, TIMEOUTS_MS } from './openhands/http.ts';
import { createJournal, type Journal } from './report/journal.ts';
import { report } from './report/report.ts';
import type { Roots } from './text/file.ts';
import { thrown } from './text/thrown.ts';
import { VERSION } from './version.ts';

/** What a step needs of the world. */
export interface World {
  readonly runner: Runner;
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  /** A number in [0, 1), anew at each call. */
  readonly random: () => number;
  readonly workflow: Workflow;
  /** Aborted with an {@link Interruption} when the step is cancelled. */
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
}

/** Does the step: inputs → API → outcome → outputs. Whatever happens, it ends in a report. */
export async function run(world: World): Promise<Outcome> {
  const { runner, clock, workflow } = world;
  runner.secrets.add(runner.input('api-key').trim());
  const journal = createJournal(runner, clock);
  const reported = async (outcome: Outcome, request?: StartRequest): Promise<Outcome> => {
    const { serverUrl, temporary } = workflow;
    await report(outcome, {
      runner,
      serverUrl,
      temporary,
      durationMs: journal.elapsedMs(),
      ...(request && { request }),
    });
    return outcome;
  };

  let inputs: Inputs;
  try {
    inputs = await readInputs({
      input: runner.input,
      repository: workflow.repository,
      roots: workflow.roots,
    });
  } catch (error) {
    return reported({ status: 'start-failed', problem: problemBehind(error, runner) });
  }
  const outcome = await withDeadline(clock, inputs.timeoutMs, world.cancelled, async (signal) =>
    converse(inputs, { world, journal, signal }),
  );
  return reported(outcome, inputs);
}

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

async function converse(inputs: Inputs, stage: Stage): Promise<Outcome> {
  let started: Started;
  try {
    started = await start(inputs, stage);
  } catch (error) {
    return withoutConversation(error, inputs, stage);
  }
  const { conversation } = started;
  if (!inputs.poll) return { status: 'running', conversation, facts: { pullRequests: [] } };
  try {
    return await waitFor(started, inputs, stage);
  } catch (error) {
    return withConversation(error, conversation, stage);
  }
}

/** Starts the conversation and hands on what is known of it, before any waiting for the agent. */
async function start(inputs: Inputs, { world, journal, signal }: Stage): Promise<Started> {
  const { runner, clock } = world;
  journal.starting(inputs);
  const { api, progress } = await begin(clientFor(inputs, world, journal), inputs.apiVersion, inputs, signal);
  const conversation = await untilCreated(progress, {
    api,
    clock,
    pace: paceOf(inputs, world),
    startedAt: journal.startedAt,
    deadlineAt: journal.startedAt + inputs.timeoutMs,
    signal,
    onPhase: journal.startPhase,
  });
  runner.output('conversation-id', conversation.id);
  runner.output('conversation-url', conversation.url);
  runner.output('api-version', api.version);
  runner.output('status', 'running');
  journal.started(conversation);
  return { api, conversation };
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
  for await (const { ended } of waitForEnd([watch(conversation, journal.startedAt)], options)) {
    return { status: ended.ending, conversation, ...ended };
  }
  throw new Error('the wait ended without an end');
}

function clientFor(inputs: Inputs, { fetch, clock, random, runner }: World, journal: Journal): HttpClient {
  return createHttpClient({
    baseUrl: inputs.baseUrl,
    apiKey: inputs.apiKey,
    userAgent: `openhands-conversation-action/${VERSION}`,
    fetch,
    clock,
    random,
    timeoutsMs: TIMEOUTS_MS,
    onSecret: runner.secrets.add,
    onRetry: journal.retrying,
  });
}

function paceOf({ longestPollMs: longestMs }: Inputs, { random }: World): Pace {
  return { longestMs, random };
}

function withoutConversation(error: unknown, { baseUrl }: Inputs, { world }: Stage): Outcome {
  const look = `see at ${baseUrl}/conversations whether it was started all the same`;
  if (!(error instanceof Interruption)) {
    return { status: 'start-failed', problem: problemBehind(error, world.runner) };
  }
  return error.kind === 'cancel'
    ? { status: 'cancelled', problem: { failedTo: START, because: 'the step was cancelled', todo: look } }
    : {
        status: 'start-failed',
        problem: {
          failedTo: START,
          because: 'the deadline passed before there was a conversation',
          todo: `${look}, and give the step more timeout-seconds`,
        },
      };
}

function withConversation(error: unknown, conversation: Conversation, { world }: Stage): Outcome {
  const { url } = conversation;
  if (!(error instanceof Interruption)) {
    const { because, todo, failedTo } = problemBehind(error, world.runner);
    const problem = { failedTo, because, todo: `${todo}; the agent may still be at work: ${url}` };
    return { status: 'unreachable', conversation, problem };
  }
  return error.kind === 'cancel'
    ? {
        status: 'cancelled',
        conversation,
        problem: {
          failedTo: WAIT,
          because: 'the step was cancelled',
          todo: `see what the agent does: ${url}`,
        },
      }
    : {
        status: 'timed-out',
        conversation,
        problem: {
          failedTo: WAIT,
          because: 'the deadline passed, and the agent goes on',
          todo: `give the step more timeout-seconds, or watch the agent: ${url}`,
        },
      };
}

const START = 'start the conversation';
const WAIT = 'wait for the end of the conversation';

function problemBehind(error: unknown, runner: Runner): Problem {
  if (error instanceof ApiFailure) return error.problem;
  if (error instanceof WrongInputs) {
    return { failedTo: 'read the inputs', because: error.message, todo: "correct the step's `with:`" };
  }
  const { message, stack } = thrown(error);
  runner.debug(stack);
  return {
    failedTo: 'do the step',
    because: message,
    todo: 'report this as a bug of the action, with the log of a run with debug logging',
  };
}

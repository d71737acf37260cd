import { readFile, rm } from 'node:fs/promises';

import * as v from 'valibot';

import { createFaultBook, type FaultAnswer, type Occasion } from '../../simulator/faults.ts';
import { type GithubApi, type GithubApiOptions, startGithubApi } from '../../simulator/github-api.ts';
import type { ScenarioName, Story } from '../../simulator/scenarios.ts';
import {
  type ConversationView,
  type Simulator,
  type SimulatorOptions,
  startSimulator,
} from '../../simulator/server.ts';
import { cleanUp } from '../../src/clean-up.ts';
import { clientFor } from '../../src/client.ts';
import { type Clock, Interruption } from '../../src/conversation/clock.ts';
import { conversationIdOf } from '../../src/conversation/idempotency.ts';
import type { Outcome } from '../../src/conversation/outcome.ts';
import { connectionIn } from '../../src/inputs/connection.ts';
import { checked } from '../../src/inputs/reader.ts';
import { step } from '../../src/step.ts';
import type { World } from '../../src/world.ts';
import { clientOf } from './github.ts';
import type { Disturb, WayAnswer } from './network.ts';
import { type Push, pushingAgent } from './pushes.ts';
import { expectNoMisuse, jumpingTime, KEY, type RecordingRunner, recordingRunner, worldOf } from './world.ts';

/** What goes wrong with a request: on its way, or at the server. Time passes by the simulated clock alone. */
export interface Mishap {
  /** As in a fault of the simulator. */
  readonly when?: 'before' | 'after';
  readonly answer: FaultAnswer | WayAnswer;
}

/** A mishap and the requests that it happens to. */
export type Trouble = Mishap & Occasion;

/** A request as the action made it, whether or not the server got it. */
export interface Asked {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  /** Seconds since the step began. */
  readonly at: number;
  readonly mishap?: Mishap;
}

/** What can be chosen beside scenario, version, inputs and troubles. */
export interface Choices {
  /** Decides for each request what happens to it, where the troubles do not. */
  readonly mishapOf?: (request: Asked) => Mishap | undefined;
  /** When the step is cancelled, in seconds since its start. */
  readonly cancelAt?: number;
  readonly simulator?: Pick<
    SimulatorOptions,
    'agentServers' | 'api' | 'faults' | 'kind' | 'sharedSandbox' | 'honourConversationId'
  >;
  /** Whether somebody else's conversation, of V1, runs on the server already. */
  readonly neighbor?: boolean;
  /** What the agent pushes to a pull request on a simulated GitHub: when it is started, and with each message. */
  readonly pushes?: readonly [Push, ...(readonly Push[])];
  /** How GitHub is, if it is asked for pull requests. */
  readonly github?: GithubApiOptions;
  /** What became, in two minutes, of an earlier conversation that the step takes up, by its key if it has one. */
  readonly earlier?: ScenarioName;
  /** A number in [0, 1), anew at each call. */
  readonly random?: () => number;
}

/** How a step went. */
export interface Ran {
  readonly outcome: Outcome;
  readonly runner: RecordingRunner;
  /** How long the step took; what is done after it is not counted. */
  readonly seconds: number;
  readonly statusRequests: number;
  /** How many conversations there are on the server, without the neighbor's. */
  readonly conversations: number;
  /** How they were left, after `post`. */
  readonly left: readonly ConversationView[];
  readonly neighbor?: ConversationView;
  /** The requests of the step and of what is done after it. */
  readonly asked: readonly Asked[];
  /** Whether there was something to do after the step, and so how many requests were made before. */
  readonly post?: { readonly from: number };
  /** The sockets that were opened, the oldest first. */
  readonly sockets: Simulator['sockets']['views'];
  /** The key, and those of the sandboxes. */
  readonly secrets: readonly string[];
  /** What was written for the next steps. */
  readonly file: string;
}

/** A server whose agent servers cannot be reached: its own answers are all that there is. */
export const APP_SERVER_ALONE = { agentServers: 'http://127.0.0.1:1' } as const;

/** Lets the whole action, but for its entries, talk to the simulator over HTTP, both by the same jumping clock. */
export async function play(
  scenario: Story,
  version: 'v1' | 'v0',
  inputs: Readonly<Record<string, string>> = {},
  troubles: readonly Trouble[] = [],
  {
    mishapOf = () => undefined,
    cancelAt,
    random,
    pushes,
    simulator: options,
    github: gitHub,
    ...before
  }: Choices = {},
): Promise<Ran> {
  let startedAt = 0;
  const asked: Asked[] = [];
  const book = createFaultBook(troubles);
  const time = jumpingTime((method, target) => {
    if (asked.length === 0) cancel.begin();
    const request = { method, target, at: (time.clock.now() - startedAt) / 1000 };
    const mishap = book.take(method, target) ?? mishapOf(request);
    asked.push({ ...request, ...(mishap && { mishap }) });
    return mishap && handOver(mishap, isOfGithub(target) && github ? github : simulator, method, target);
  });
  const cancel = cancelling(cancelAt, time.clock);
  const wallClock = { speed: 1, now: (): number => time.clock.date().getTime() };
  const agent = pushingAgent(() => github);
  const hasGithub = pushes !== undefined || gitHub !== undefined;
  const github = hasGithub
    ? await startGithubApi({ clock: wallClock, isPrivate: true, ...gitHub })
    : undefined;
  const simulator = await startSimulator({
    api: version,
    scenario,
    rateLimit: 'none',
    ...options,
    onRequest: agent.onRequest,
    clock: wallClock,
  });
  const taken = await happenBefore(simulator, version, time.clock, {
    ...before,
    key: inputs['idempotency-key'],
  });
  startedAt = time.clock.now();
  if (pushes) agent.pushes(...pushes);
  const { runner, endedAt } = timed(
    recordingRunner({
      'api-key': KEY,
      message: 'Check the README',
      'base-url': simulator.url,
      poll: 'true',
      ...taken,
      ...inputs,
    }),
    time.clock,
  );
  const world = {
    ...(await worldOf(runner, time, simulator)),
    ...(random && { random }),
    ...gitHubOf(github, time),
  };
  try {
    const outcome = await step({ ...world, cancelled: cancel.signal });
    cancel.end();
    const from = asked.length;
    const post = await afterwards(world);
    expectNoMisuse(simulator);
    return {
      outcome,
      runner,
      seconds: (endedAt() - startedAt) / 1000,
      asked,
      ...(post && { post: { from } }),
      statusRequests: asked.filter((each) => isLook(each, version)).length,
      ...whatIsLeft(simulator),
      file: await textOf(runner.outputs['response-file']),
    };
  } finally {
    await simulator.close();
    await github?.close();
    await rm(world.workflow.temporary, { recursive: true });
  }
}

/** A runner by which can be told when the step ended: by its last status, which is that of the report. */
function timed(
  recording: RecordingRunner,
  clock: Clock,
): { readonly runner: RecordingRunner; readonly endedAt: () => number } {
  let endedAt = clock.now();
  const runner: RecordingRunner = {
    ...recording,
    output(name, value) {
      if (name === 'status') endedAt = clock.now();
      recording.output(name, value);
    },
  };
  return { runner, endedAt: () => endedAt };
}

function whatIsLeft({
  conversations,
  sockets,
}: Simulator): Pick<Ran, 'conversations' | 'left' | 'neighbor' | 'secrets' | 'sockets'> {
  const neighbor = conversations.find(({ message }) => message === NEIGHBOR);
  const left = conversations.filter((each) => each !== neighbor);
  return {
    conversations: left.length,
    left,
    ...(neighbor && { neighbor }),
    sockets: sockets.views,
    secrets: [KEY, ...conversations.map(({ sessionKey }) => sessionKey)],
  };
}

async function textOf(path: string | undefined): Promise<string> {
  return path === undefined ? '' : readFile(path, 'utf8');
}

const NEIGHBOR = 'Somebody else asked for this.\nsimulate: forever';

const EARLIER_MS = 120_000;

/** What was there before the step does anything; the inputs by which it takes up what was. */
async function happenBefore(
  simulator: Simulator,
  version: 'v1' | 'v0',
  clock: Clock,
  { neighbor, earlier, key }: Pick<Choices, 'neighbor' | 'earlier'> & { readonly key: string | undefined },
): Promise<Readonly<Record<string, string>>> {
  if (neighbor === true) await startBefore(simulator.url, 'v1', NEIGHBOR);
  if (earlier === undefined) return {};
  const id = key === undefined ? undefined : await idOfKey(simulator.url, key);
  await startBefore(simulator.url, version, `simulate: ${earlier}`, id);
  await clock.sleep(EARLIER_MS, new AbortController().signal);
  if (id !== undefined) return {};
  return { 'conversation-id': simulator.conversations[0]?.id ?? '' };
}

/** The id that the key means in the repository of the tests. */
async function idOfKey(url: string, key: string): Promise<string> {
  const asked = await fetch(`${url}/api/v1/users/me`, { headers: { authorization: `Bearer ${KEY}` } });
  const account = v.parse(v.object({ id: v.string() }), await asked.json()).id;
  return conversationIdOf(key, { baseUrl: url, repository: 'octo-org/octo-repo', account });
}

/** Starts a conversation by a request of its own. */
async function startBefore(url: string, version: 'v1' | 'v0', message: string, id?: string): Promise<void> {
  const [path, body] =
    version === 'v1'
      ? [
          '/api/v1/app-conversations',
          {
            initial_message: { role: 'user', content: [{ type: 'text', text: message }] },
            selected_repository: 'octo-org/octo-repo',
            ...(id !== undefined && { conversation_id: id }),
          },
        ]
      : ['/api/conversations', { initial_user_msg: message }];
  await fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${KEY}` },
    body: JSON.stringify(body),
  });
}

/** What GitHub is asked by, if there is one. */
function gitHubOf(
  github: GithubApi | undefined,
  { clock, fetch: send }: Pick<World, 'clock' | 'fetch'>,
): Partial<Pick<World, 'github'>> {
  return github ? { github: () => clientOf(github, { clock, send }) } : {};
}

function isOfGithub(target: string): boolean {
  return target.startsWith('/repos/') || target.startsWith('/_logs/');
}

/** Leaves a mishap to the server, for the very next request, where it is the server's to make. */
function handOver(
  { answer, when }: Mishap,
  simulator: Pick<Simulator, 'order'>,
  method: string,
  path: string,
): ReturnType<Disturb> {
  switch (answer.kind) {
    case 'refused':
    case 'drip':
    case 'late':
    case 'hang':
    case 'slow':
    case 'tampered':
      return { answer, ...(when && { when }) };
    default:
      simulator.order({ method, path, answer, ...(when && { when }) });
      return undefined;
  }
}

/** The signal of the runner, aborted at a moment in seconds. */
function cancelling(seconds: number | undefined, clock: Clock): Cancelling {
  const cancel = new AbortController();
  const done = new AbortController();
  return {
    signal: cancel.signal,
    begin: () => {
      if (seconds === undefined) return;
      clock.sleep(seconds * 1000, done.signal).then(
        () => {
          cancel.abort(new Interruption('cancel'));
        },
        () => undefined,
      );
    },
    end: () => {
      done.abort();
    },
  };
}

interface Cancelling {
  readonly signal: AbortSignal;
  /** The clock cannot see that inputs are read from files: time begins to count with the first request. */
  readonly begin: () => void;
  readonly end: () => void;
}

/** What `post` does after a step; whether there was something to do. */
async function afterwards(world: World): Promise<boolean> {
  const { runner, clock } = world;
  const state = runner.saved();
  if (state.step === 'over') return false;
  const connection = checked({ input: runner.input, redact: runner.secrets.redact }, connectionIn);
  const http = clientFor(connection, world, {
    secrets: runner.secrets,
    deadlineAt: Number.POSITIVE_INFINITY,
    onRetry: () => undefined,
  });
  const { serverUrl } = world.workflow;
  await cleanUp(state, { runner, clock, http, connection, comment: undefined, serverUrl });
  return true;
}

function isLook({ method, target }: Asked, version: 'v1' | 'v0'): boolean {
  if (method !== 'GET') return false;
  return version === 'v1'
    ? target.startsWith('/api/v1/app-conversations?')
    : /^\/api\/conversations\/\w+$/.test(target);
}

/** What an agent or its sandbox shows that does not go on by itself; whatever else they show, it may be at work. */
const AT_REST = {
  v1: ['finished', 'paused', 'waiting_for_confirmation', 'error', 'stuck', 'deleting'],
  v0: [
    'finished',
    'paused',
    'stopped',
    'awaiting_user_input',
    'awaiting_user_confirmation',
    'error',
    'rejected',
  ],
  sandbox: ['PAUSED', 'ERROR', 'MISSING'],
  conversation: ['STOPPED', 'ERROR', 'ARCHIVED'],
};

/** Whether the agent of a conversation is at work, or will be. */
export function isAtWork({ state }: ConversationView): boolean {
  if (state.version === 'v0') {
    return !AT_REST.conversation.includes(state.status) && !AT_REST.v0.includes(state.agentState);
  }
  const { start, sandbox, execution } = state;
  if (start === 'ERROR' || AT_REST.sandbox.includes(sandbox)) return false;
  return sandbox === 'STARTING' || !AT_REST.v1.includes(execution ?? '');
}

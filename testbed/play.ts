import { readFile, rm } from 'node:fs/promises';

import * as v from 'valibot';

import { createFaultBook, type Occasion } from '../simulator/faults.ts';
import { type GithubApi, type GithubApiOptions, startGithubApi } from '../simulator/github/api.ts';
import { type Push, pushingAgent, REVIEWED } from '../simulator/github/pushing-agent.ts';
import { CHANGED_FILES, FEEDBACK } from '../simulator/github/review-story.ts';
import { type CommentView, type ReplyView, type ReviewView } from '../simulator/github/store.ts';
import type { ScenarioName } from '../simulator/server/scenarios.ts';
import { type Simulator, startSimulator } from '../simulator/server/server.ts';
import type { SimulatorOptions } from '../simulator/server/server-options.ts';
import type { ConversationView } from '../simulator/server/store.ts';
import type { Story } from '../simulator/server/story.ts';
import { composeMessage } from '../src/message/agent-message.ts';
import type { Clock } from '../src/port/clock.ts';
import type { Outcome } from '../src/port/outcome.ts';
import { conversationIdOf } from '../src/start/key.ts';
import { runStep } from '../src/step/step.ts';
import type { World } from '../src/world.ts';
import { withEventTexts } from './event-texts.ts';
import { clientOf } from './github-client.ts';
import { handOver, isOfGithub, type Mishap } from './mishap.ts';
import { post, postWithComment } from './post.ts';
import { REVIEW_ID, withThreads } from './review-event.ts';
import { PICTURE_SECRETS } from './secrets.ts';
import { countdown, deleteConversation, type Step, type Steps } from './steps.ts';
import {
  DISPATCH,
  expectNoMisuse,
  jumpingTime,
  KEY,
  type RecordingRunner,
  recordingRunner,
  REPOSITORY,
  worldOf,
} from './world.ts';

/** A mishap and the requests to which it happens. */
export type Trouble = Mishap & Occasion;

/** A request that the action made, whether or not the server received it. */
export interface SentRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  /** Seconds since the step began. */
  readonly at: number;
  readonly mishap?: Mishap;
}

/** Options besides scenario, version, inputs and troubles. */
export interface PlayOptions {
  /** Decides what happens to each request for which no trouble applies. */
  readonly mishapOf?: (request: SentRequest) => Mishap | undefined;
  /** When the step is canceled, in seconds since its start. */
  readonly cancelAt?: number;
  readonly simulator?: Pick<
    SimulatorOptions,
    | 'agentServers'
    | 'api'
    | 'faults'
    | 'grouping'
    | 'hidesDeleted'
    | 'kind'
    | 'sharedSandbox'
    | 'honourConversationId'
    | 'statusDetail'
  >;
  /** When the agent servers are stopped, to come back after five seconds; in seconds since the first request. */
  readonly stopServersAt?: number;
  /** Whether somebody else's V1 conversation already runs on the server. */
  readonly neighbor?: boolean;
  /** What the agent pushes to a pull request on a simulated GitHub: at its start and with each message. */
  readonly pushes?: readonly [Push, ...(readonly Push[])];
  /** The options of the simulated GitHub, if there is one. */
  readonly github?: GithubApiOptions;
  /** The text of the issue 1, about which the event is, for templates. */
  readonly issue?: string;
  /** Whether the simulated GitHub has the pull request {@link REVIEWED}, with the files of the scenario `review`. */
  readonly hasReviewed?: boolean;
  /**
   * Whether the event is a review of {@link REVIEWED}, with the threads of the scenario `feedback`, and a comment in the first one.
   */
  readonly hasThreads?: boolean;
  /** The scenario of a conversation, started two minutes before, that the step continues or finds by its key. */
  readonly earlier?: ScenarioName;
  /** Whether its message asked for the line that says whether the task is done. */
  readonly earlierAsks?: boolean;
  /** Whether that conversation was deleted before the step. */
  readonly isDeleted?: boolean;
  /** Returns a new number in [0, 1) at each call. */
  readonly random?: () => number;
}

/** How a step went. */
export interface StepRun {
  readonly outcome: Outcome;
  readonly runner: RecordingRunner;
  /** The duration of the step, without post. */
  readonly seconds: number;
  readonly statusRequests: number;
  /** The number of conversations on the server, without the neighbor's. */
  readonly conversations: number;
  /** The conversations after `post`, without the neighbor's. */
  readonly left: readonly ConversationView[];
  readonly neighbor?: ConversationView;
  /** The requests of the step and of post. */
  readonly requests: readonly SentRequest[];
  /** Exists if post had something to do; `from` is the number of requests before it. */
  readonly post?: { readonly from: number };
  /** The reviews on the simulated GitHub. */
  readonly reviews: readonly ReviewView[];
  /** The replies in threads on the simulated GitHub. */
  readonly replies: readonly ReplyView[];
  /** The comments on the simulated GitHub. */
  readonly comments: readonly CommentView[];
  /** The sockets that were opened, oldest first. */
  readonly sockets: Simulator['sockets']['views'];
  /** The API key, the keys of the sandboxes, and what each signed address and each picture contains. */
  readonly secrets: readonly string[];
  /** The bodies of the starts and messages that the server has accepted. */
  readonly messages: readonly string[];
  /** The content of the answer file. */
  readonly file: string;
}

/** The event of a step with a comment, which is on the issue 1. */
const COMMENTED = { ...DISPATCH, issue: 1 };

/** Changes the answer to each look of V1 between two times of the step, in seconds. */
export function changeLooks(
  change: (body: string) => string,
  { from = 0, to = Number.POSITIVE_INFINITY } = {},
): PlayOptions['mishapOf'] & {} {
  return ({ target, at }) =>
    at >= from && at < to && target.startsWith('/api/v1/app-conversations?ids=')
      ? { answer: { kind: 'tampered', change } }
      : undefined;
}

/** Makes the agent servers unreachable, so that all responses come from the app server. */
export const APP_SERVER_ALONE = { agentServers: 'http://127.0.0.1:1' } as const;

/** Runs the whole action except its entries against the simulator over HTTP, both on one simulated clock. */
export async function play(
  scenario: Story,
  version: 'v1' | 'v0',
  inputs: Readonly<Record<string, string>> = {},
  troubles: readonly Trouble[] = [],
  {
    mishapOf = () => undefined,
    cancelAt,
    stopServersAt,
    random,
    pushes,
    issue,
    simulator: options,
    ...before
  }: PlayOptions = {},
): Promise<StepRun> {
  let startedAt = 0;
  const requests: SentRequest[] = [];
  const book = createFaultBook(troubles);
  const time = jumpingTime((method, target) => {
    if (requests.length === 0) {
      cancel.begin();
      stop.begin();
    }
    const request = { method, target, at: (time.clock.now() - startedAt) / 1000 };
    const mishap = book.take(method, target) ?? mishapOf(request);
    requests.push({ ...request, ...(mishap && { mishap }) });
    return mishap && handOver(mishap, isOfGithub(target) && github ? github : simulator, method, target);
  });
  // Begins at the first request: the clock cannot see the files that are read for inputs before.
  const cancel = countdown(cancelAt, time.clock);
  const stop = countdown(stopServersAt, time.clock);
  stop.signal.addEventListener('abort', () => {
    simulator.restart('stop', 5);
  });
  const wallClock = { speed: 1, now: (): number => time.clock.date().getTime() };
  const agent = pushingAgent(() => github);
  const github = await startGithub({ ...before, ...(pushes && { pushes }) }, wallClock);
  const simulator = await startSimulator({
    api: version,
    scenario,
    rateLimit: 'none',
    ...options,
    onRequest: agent.onRequest,
    clock: wallClock,
  });
  const earlierInputs = await prepareServer(simulator, version, time.clock, {
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
      ...earlierInputs,
      ...inputs,
    }),
    time.clock,
  );
  const world = {
    ...withThreads(before, withIssue(issue, worldOf(runner, time, simulator))),
    ...(random && { random }),
    ...(github && { github: () => clientOf(github, { clock: time.clock, send: time.fetch }) }),
  };
  try {
    const outcome = await runStep({ ...world, cancelled: cancel.signal });
    cancel.end();
    stop.end();
    const from = requests.length;
    const hasPost = runner.savedState().kind !== 'over';
    if (hasPost) await playPost({ runner }, { ...time, simulator }, github, world.event);
    expectNoMisuse(simulator);
    return {
      outcome,
      runner,
      seconds: (endedAt() - startedAt) / 1000,
      requests,
      ...(hasPost && { post: { from } }),
      statusRequests: requests.filter((each) => isLook(each, version)).length,
      ...(await whatIsLeft(simulator, github, runner.outputs['response-file'])),
    };
  } finally {
    await simulator.close();
    await github?.close();
    await rm(world.workflow.temporary, { recursive: true });
  }
}

/** Returns a world whose event has the issue 1 with this text, if there is one. */
function withIssue(body: string | undefined, world: World): World {
  return body === undefined ? world : withEventTexts([{ name: 'issue', path: 'issues/1', body }], world);
}

/** Runs post, with a comment if there is a GitHub. */
async function playPost(
  step: Pick<Step, 'runner'>,
  steps: Pick<Steps, 'simulator' | 'clock' | 'fetch'>,
  github: GithubApi | undefined,
  event: World['event'],
): Promise<void> {
  await (github
    ? postWithComment(step, { ...steps, github }, event.thread ? event : COMMENTED)
    : post(step, steps));
}

/** Wraps a runner to record when the step ended: at its last status, which is that of the report. */
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

/** Starts the simulated GitHub, if there is one. */
async function startGithub(
  { pushes, github, hasThreads = false, hasReviewed = hasThreads }: PlayOptions,
  clock: GithubApiOptions['clock'] & {},
): Promise<GithubApi | undefined> {
  if (pushes === undefined && github === undefined && !hasReviewed) return undefined;
  const api = await startGithubApi({ clock, isPrivate: true, ...github });
  if (hasReviewed) api.push({ number: REVIEWED }, { files: CHANGED_FILES });
  for (const each of hasThreads ? FEEDBACK : [])
    api.beginThread({ ...each, pull: REVIEWED, author: 'octocat', review: REVIEW_ID });
  return api;
}

async function whatIsLeft(
  { conversations, sockets, requests }: Simulator,
  github: GithubApi | undefined,
  answerFile: string | undefined,
): Promise<
  Pick<
    StepRun,
    | 'conversations'
    | 'left'
    | 'neighbor'
    | 'secrets'
    | 'messages'
    | 'sockets'
    | 'reviews'
    | 'replies'
    | 'comments'
    | 'file'
  >
> {
  const neighbor = conversations.find(({ message }) => message === NEIGHBOR);
  const left = conversations.filter((each) => each !== neighbor);
  return {
    conversations: left.length,
    left,
    ...(neighbor && { neighbor }),
    sockets: sockets.views,
    reviews: github?.reviews ?? [],
    replies: github?.replies ?? [],
    comments: github?.comments ?? [],
    file: answerFile === undefined ? '' : await readFile(answerFile, 'utf8'),
    secrets: [KEY, ...PICTURE_SECRETS, ...conversations.map(({ sessionKey }) => sessionKey)],
    messages: requests
      .filter(({ body, status }) => status < 300 && body.includes('"content"'))
      .map(({ body }) => body),
  };
}

const NEIGHBOR = 'Somebody else asked for this.\nsimulate: forever';

const EARLIER_MS = 120_000;

/** Creates the conversations before the step. Returns the inputs for the conversation to continue, if any. */
async function prepareServer(
  simulator: Simulator,
  version: 'v1' | 'v0',
  clock: Clock,
  {
    neighbor,
    earlier,
    earlierAsks = false,
    isDeleted,
    key,
  }: Pick<PlayOptions, 'neighbor' | 'earlier' | 'earlierAsks' | 'isDeleted'> & {
    readonly key: string | undefined;
  },
): Promise<Readonly<Record<string, string>>> {
  if (neighbor === true) await startBefore(simulator.url, 'v1', NEIGHBOR);
  if (earlier === undefined) return {};
  const id = key === undefined ? undefined : await idOfKey(simulator.url, key);
  const message = composeMessage({ task: `simulate: ${earlier}`, asksForResult: earlierAsks });
  await startBefore(simulator.url, version, message, id);
  await clock.sleep(EARLIER_MS, new AbortController().signal);
  if (isDeleted === true) await deleteConversation({ simulator, fetch }, id ?? '');
  if (id !== undefined) return {};
  return { 'conversation-id': simulator.conversations[0]?.id ?? '' };
}

/** Returns the conversation id of a key in the repository of the tests. */
async function idOfKey(url: string, key: string): Promise<string> {
  const response = await fetch(`${url}/api/v1/users/me`, { headers: { authorization: `Bearer ${KEY}` } });
  const account = v.parse(v.object({ id: v.string() }), await response.json()).id;
  return conversationIdOf(key, { baseUrl: url, repository: REPOSITORY, account });
}

/** Starts a conversation with a direct request. */
async function startBefore(url: string, version: 'v1' | 'v0', message: string, id?: string): Promise<void> {
  const [path, body] =
    version === 'v1'
      ? [
          '/api/v1/app-conversations',
          {
            initial_message: { role: 'user', content: [{ type: 'text', text: message }] },
            selected_repository: REPOSITORY,
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

function isLook({ method, target }: SentRequest, version: 'v1' | 'v0'): boolean {
  if (method !== 'GET') return false;
  return version === 'v1'
    ? target.startsWith('/api/v1/app-conversations?')
    : /^\/api\/conversations\/\w+$/.test(target);
}

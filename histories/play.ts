import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';

import { type CommentView, type GithubApi, startGithubApi } from '../simulator/github/api.ts';
import { PULL_REQUEST, pushingAgent, REVIEWED } from '../simulator/github/pushing-agent.ts';
import { OPENED, type SimulatedPullRequest } from '../simulator/github/rest.ts';
import { CHANGED_FILES, FEEDBACK } from '../simulator/github/review-story.ts';
import type { ReplyView, ReviewView } from '../simulator/github/store.ts';
import {
  type AgentView,
  type ConversationView,
  type Simulator,
  startSimulator,
} from '../simulator/server/server.ts';
import { jumpingTime } from '../testbed/world.ts';
import {
  type Deed,
  type History,
  type PushPlan,
  ROLES,
  type ServerKind,
  type ServerPlan,
  type StepPlan,
} from './history.ts';
import { doDeed, DOWN_SECONDS, isNeighbor, startNeighbors } from './people.ts';
import { githubWith } from './pictures.ts';
import { THREADS } from './plan-threads.ts';
import type { Seams } from './seams.ts';
import { serverOptions } from './server.ts';
import type { Stage } from './stage.ts';
import { playStep } from './step.ts';
import type { Beat, ToldStep } from './told.ts';

/** Everything that is on its way has arrived after this many seconds. */
const SETTLED_SECONDS = 200;
/** What GitHub tells of those who are known in the repository. */
const PERMISSIONS = {
  octocat: { permission: ROLES.octocat, role_name: ROLES.octocat },
  reader: { permission: ROLES.reader, role_name: ROLES.reader },
};
const NEVER = new AbortController().signal;

/** A deed that was done, and the id of its conversation. */
interface Done extends Deed {
  readonly id?: string;
}

/** A history that was played: what the steps told, and what the simulators know. */
export interface Played {
  readonly history: History;
  /** By number; a step that continues a conversation that is not there never runs. */
  readonly steps: readonly ToldStep[];
  readonly deeds: readonly Done[];
  /** The conversations, but for those of neighbors. */
  readonly conversations: readonly ConversationView[];
  readonly agents: readonly AgentView[];
  /** What people have deleted, as it was just before, oldest first. */
  readonly deleted: Kept;
  readonly neighbor?: ConversationView;
  readonly comments: readonly CommentView[];
  readonly reviews: readonly ReviewView[];
  readonly replies: readonly ReplyView[];
  readonly misuses: readonly string[];
  readonly requests: Simulator['requests'];
  /** What the story tells, in the order in which it happened, but for what the agents said. */
  readonly beats: readonly Beat[];
  /** The simulated time of day at the beginning, in milliseconds since the epoch. */
  readonly epoch: number;
}

/** Plays a history in simulated time. */
export async function playHistory(history: History, seams: Seams = {}): Promise<Played> {
  const time = jumpingTime();
  const epoch = time.clock.date().getTime();
  // Whole milliseconds, so that times of the clock and of the servers compare.
  const now = (): number => Math.round(time.clock.now()) / 1000;
  const clock = { speed: 1, now: () => time.clock.date().getTime() };
  const pulls: Record<number, SimulatedPullRequest> = { [PULL_REQUEST]: OPENED };
  const tokens = { ghp_person: 'octocat' };
  const github = await startGithubApi({
    clock,
    isPrivate: true,
    pullRequests: pulls,
    permissions: PERMISSIONS,
    tokens,
    origin: 'http://github.test',
    ...githubWith(history),
  });
  const agent = pushingAgent(() => github);
  const { onRequest } = agent;
  const simulator = await startSimulator({ ...serverOptions(history.server), clock, onRequest });
  const beats: Beat[] = [];
  const tell: Stage['tell'] = (who, what) => beats.push({ at: now(), who, what });
  const noteChanges = changesOf(simulator, tell);
  let downUntil = -1;
  const stage: Stage = {
    history,
    seams,
    time,
    simulator,
    github,
    isDown: () => now() < downUntil,
    onRequest: noteChanges,
    tell,
  };
  const deeds: Done[] = [];
  const deleted: Kept[] = [];
  const person = async (deed: Deed): Promise<void> => {
    await time.clock.sleep(deed.at * 1000, NEVER);
    const { kind } = history.server;
    if (isDownBy(deed, kind)) downUntil = now() + DOWN_SECONDS;
    const reach = { kind, simulator, github, pulls };
    const before = conversationsOf(simulator);
    const id = await time.busy(async () => doDeed(deed, reach));
    if (deed.what === 'delete') deleted.push(goneFrom(before, simulator));
    deeds.push({ ...deed, ...(id !== undefined && { id }) });
    tell('a person', `${deed.what}${id === undefined ? '' : ` of ${id}`}`);
    noteChanges();
  };
  try {
    await time.busy(async () => startNeighbors(simulator.url, history.server));
    if (history.steps.some(({ inputs }) => inputs['review'] === 'true'))
      github.push(
        { number: REVIEWED, ...(history.server.isFork && { from: 'stranger/octo-repo' }) },
        { files: CHANGED_FILES },
      );
    if (history.server.hasFeedback) requestChanges(history, github);
    if (history.server.hasThreads) beginThreads(github);
    preparePushes(history.pushes, agent);
    const [steps] = await Promise.all([playSteps(stage), Promise.all(history.people.map(person))]);
    await time.clock.sleep(SETTLED_SECONDS * 1000, NEVER);
    noteChanges();
    return {
      history,
      steps,
      deeds,
      deleted: {
        conversations: deleted.flatMap(({ conversations }) => conversations),
        agents: deleted.flatMap(({ agents }) => agents),
      },
      beats,
      epoch,
      ...truthOf(simulator, github, history.server),
    };
  } finally {
    await simulator.close();
    await github.close();
  }
}

/** Whether a deed takes down the server that the steps ask. */
function isDownBy({ what }: Deed, kind: ServerKind): boolean {
  return what === 'restart server' || (kind === 'agent-server' && what.endsWith('agent servers'));
}

function preparePushes(plans: readonly PushPlan[], agent: ReturnType<typeof pushingAgent>): void {
  const [first, ...others] = plans.map(({ check }) => ({
    checks:
      check === undefined
        ? []
        : [{ name: 'test', to: 30, conclusion: check, ...(check === 'failure' && { log: '1 test failed' }) }],
  }));
  if (first !== undefined) agent.pushes(first, ...others);
}

/** Plays the steps, each at its time. */
async function playSteps(stage: Stage): Promise<readonly ToldStep[]> {
  const { history, time } = stage;
  const played: Promise<ToldStep | undefined>[] = [];
  const play = async ({ at, after, continues }: StepPlan, number: number): Promise<ToldStep | undefined> => {
    if (after !== undefined) await played[after];
    // Steps of the same moment begin in order of their numbers, on every machine.
    await time.clock.sleep(at * 1000 + number / 1000, NEVER);
    if (continues === undefined) return playStep(number, undefined, stage);
    const id = await Promise.race([
      played[continues]?.then((told) => told?.outputs['conversation-id']),
      time.clock.sleep(1, NEVER).then(() => undefined),
    ]);
    return id === undefined || id === '' ? undefined : playStep(number, id, stage);
  };
  history.steps.forEach((plan, number) => {
    played.push(play(plan, number));
  });
  const told = (await Promise.all(played)).filter((each) => each !== undefined);
  const folders = told
    .flatMap(({ outputs }) => outputs['outcome-file'] ?? [])
    .map((file) => dirname(dirname(file)));
  await time.busy(async () =>
    Promise.all(folders.map(async (folder) => rm(folder, { recursive: true, force: true }))),
  );
  return told;
}

/** Returns a function that tells each change of a conversation's state since it was last called. */
function changesOf(simulator: Simulator, tell: Stage['tell']): () => void {
  const last = new Map<number, string>();
  return () => {
    simulator.conversations.forEach((conversation, index) => {
      const { id, state } = conversation;
      const words =
        state.version === 'v0'
          ? `${state.status}, agent ${state.agentState}`
          : `start ${state.start}, sandbox ${state.sandbox}, agent ${state.execution ?? 'not reachable'}${state.shown ? '' : ', not listed'}`;
      if (last.get(index) === words) return;
      last.set(index, words);
      tell(isNeighbor(conversation) ? 'neighbor' : `agent ${id.slice(0, 6)}`, `is seen: ${words}`);
    });
  };
}

/** Begins the threads of the reviews: those in which the agent replies for the first run, and one for each other. */
function requestChanges({ steps }: History, github: GithubApi): void {
  const [first, ...others] = new Set(steps.map(({ run }) => run));
  const threads = [
    ...FEEDBACK.map((each) => [first, each] as const),
    ...others.map((run) => [run, FEEDBACK[0]] as const),
  ];
  for (const [review, each] of threads)
    github.beginThread({
      ...each,
      pull: REVIEWED,
      author: 'octocat',
      ...(review !== undefined && { review }),
    });
}

/** Begins threads whose comments are tasks. */
function beginThreads(github: GithubApi): void {
  for (let index = 0; index < THREADS; index += 1)
    github.beginThread({
      pull: REVIEWED,
      author: 'octocat',
      path: 'src/a.ts',
      originalLine: 2,
      body: 'Rename this.',
    });
}

/** Returns the replies of steps whose comments stand in threads. */
function repliesAsComments({ replies }: GithubApi): readonly CommentView[] {
  return replies.map((reply) => ({ ...reply, issue: REVIEWED }));
}

type Kept = Pick<Played, 'conversations' | 'agents'>;

/** Returns the conversations, but for those of neighbors, and their agents. */
function conversationsOf({ conversations, agents }: Simulator): Kept {
  return {
    conversations: conversations.filter((each) => !isNeighbor(each)),
    agents: agents.filter((_, index) => !conversations[index] || !isNeighbor(conversations[index])),
  };
}

/** Returns those that the server has no more. */
function goneFrom({ conversations, agents }: Kept, simulator: Simulator): Kept {
  const left = new Set(simulator.conversations.map(({ id }) => id));
  return {
    conversations: conversations.filter(({ id }) => !left.has(id)),
    agents: agents.filter(({ id }) => !left.has(id)),
  };
}

function truthOf(
  simulator: Simulator,
  github: GithubApi,
  { hasThreads }: ServerPlan,
): Kept & Pick<Played, 'neighbor' | 'comments' | 'reviews' | 'replies' | 'misuses' | 'requests'> {
  const neighbor = simulator.conversations.find(isNeighbor);
  return {
    ...conversationsOf(simulator),
    ...(neighbor && { neighbor }),
    comments: hasThreads ? [...github.comments, ...repliesAsComments(github)] : github.comments,
    reviews: github.reviews,
    replies: hasThreads ? [] : github.replies,
    misuses: simulator.misuses,
    requests: simulator.requests,
  };
}

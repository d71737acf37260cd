import type { Clock } from './clock.ts';
import { Conversation, type Manners, type Order } from './conversation.ts';
import { canonicalId, type IdSource } from './ids.ts';
import { DEFAULT_SCENARIO, orderedScenario, type Story } from './scenarios.ts';
import type { StartPhase } from './timeline.ts';
import { executionOf, V0_AGENT, V0_STATUS, V1_SANDBOX, V1_START } from './vocabulary.ts';

/** What a test or a person may want to know of a conversation. */
export interface ConversationView {
  readonly id: string;
  readonly taskId: string;
  readonly sandboxId: string;
  /** The secret that opens the sandbox. */
  readonly sessionKey: string;
  readonly version: 'v1' | 'v0' | 'agent-server';
  readonly message: string;
  readonly repository: string | null;
  readonly branch: string | null;
  readonly provider: string | null;
  readonly model: string | null;
  readonly scenario: Story;
  /** How things stand now, in the words of its version. */
  readonly state: ConversationState;
}

/** The state of a conversation in the API's own words. */
export type ConversationState =
  | {
      readonly version: 'v1' | 'agent-server';
      readonly start: string;
      readonly sandbox: string;
      readonly execution: string | null;
      readonly shown: boolean;
    }
  | { readonly version: 'v0'; readonly status: string; readonly agentState: string; readonly shown: boolean };

/** A sandbox of V1. One that runs and has no conversations costs money for nothing. */
export interface SandboxView {
  readonly id: string;
  /** In the API's words. */
  readonly status: string;
  /** The ids of the conversations that live in it, those included that are about to. */
  readonly conversations: readonly string[];
}

/** All conversations of the server, and the means to make more. */
export interface Store {
  readonly clock: Clock;
  readonly ids: IdSource;
  /** The one commit of every repository, 40 hexadecimal digits. */
  readonly commit: string;
  /** The conversations, oldest first, brought to the present. */
  all(): readonly Conversation[];
  /** The conversation that the server shows under an id, which may have dashes or not; else the newest of that id. */
  byId(id: string): Conversation | undefined;
  byTask(taskId: string): Conversation | undefined;
  inSandbox(sandboxId: string): readonly Conversation[];
  /** Starts a conversation: V1 under the id that was asked for, or a new one; V0 under 32 hexadecimal digits. */
  add(order: Order, id: string | undefined): Conversation;
  /** Which scenario a message orders, or the server's own. */
  scenarioFor(message: string): Story;
  views(): readonly ConversationView[];
  sandboxes(): readonly SandboxView[];
}

/** What makes one store differ from another. */
export interface StoreOptions {
  readonly scenario?: Story | undefined;
  /** Puts all conversations into one sandbox, as an account can be set to. */
  readonly sharedSandbox?: boolean | undefined;
  /** Which server of V1 it is like; `cloud` if it is left out. */
  readonly kind?: 'cloud' | 'self-hosted' | undefined;
  /** Whether events of V1 reach the server in lots, up to 30 s late; true if it is left out. */
  readonly lateEvents?: boolean | undefined;
  /** Whether of two starts of one id both become ready, as some do at a server of one's own; else one fails. */
  readonly duplicatesReady?: boolean | undefined;
  /** The one commit of every repository. */
  readonly commit?: string | undefined;
}

const COMMIT = '5eedc0de'.repeat(5);

/** When and how the losing one of two starts of the same id ends. Seen with openhands-ai 1.11.0, RUNTIME=process. */
const FIRST_FAILS_SECONDS = 1;
const NO_SANDBOX = '500: Sandbox entered error state: {{id}}';
const SECOND_FAILS_SECONDS = 6;
const NO_CONVERSATION =
  "Server error '500 Internal Server Error' for url 'http://localhost:8000/api/conversations'";

function stateOf({ order, situation }: Conversation): ConversationState {
  const shown = situation.presence === 'shown';
  if (order.version === 'v0') {
    return { version: 'v0', status: V0_STATUS[situation.box], agentState: V0_AGENT[situation.agent], shown };
  }
  const sandbox = V1_SANDBOX[situation.box];
  return {
    version: order.version,
    start: V1_START[situation.start],
    sandbox,
    execution: executionOf(situation),
    shown,
  };
}

function viewOf(conversation: Conversation): ConversationView {
  const { order, names, scenario } = conversation;
  const { version, message, repository, branch, provider, model } = order;
  return {
    ...names,
    version,
    message,
    repository,
    branch,
    provider,
    model,
    scenario,
    state: stateOf(conversation),
  };
}

/** Whether a conversation is in its sandbox, or is about to be. */
function isInside({ situation }: Conversation): boolean {
  return (situation.presence === 'shown' && situation.box !== 'emptied') || isStarting(situation.start);
}

function isStarting(phase: StartPhase): boolean {
  return phase !== 'ready' && phase !== 'failed';
}

function sandboxesOf(conversations: readonly Conversation[]): readonly SandboxView[] {
  return [...new Set(conversations.map(({ names }) => names.sandboxId))].map((id) => {
    const users = conversations.filter(({ names }) => names.sandboxId === id);
    return {
      id,
      status: V1_SANDBOX[users.at(-1)?.situation.box ?? 'missing'],
      conversations: users.filter(isInside).map(({ names }) => names.id),
    };
  });
}

/**
 * A second start of the same id by a server of one's own: both sandboxes have the same id, so the second takes the place
 * of the first.
 */
function displace(first: Conversation, second: Conversation, now: number): void {
  if (isStarting(first.situation.start)) first.failStart(now, FIRST_FAILS_SECONDS, NO_SANDBOX);
  if (first.situation.start !== 'ready') return;
  first.loseBox(now);
  second.failStart(now, SECOND_FAILS_SECONDS, NO_CONVERSATION);
}

/** A second start of the same id by the Cloud: the conversation moves into the newer sandbox once that has it. */
function moveOn(conversations: readonly Conversation[], now: number): void {
  const taken = new Set<string>();
  for (const conversation of conversations.toReversed()) {
    if (conversation.situation.presence === 'hidden') continue;
    if (taken.has(conversation.names.id)) conversation.moveOut(now);
    taken.add(conversation.names.id);
  }
}

/** An empty store. */
export function createStore(clock: Clock, ids: IdSource, options: StoreOptions): Store {
  const conversations: Conversation[] = [];
  const sharedSandbox = options.sharedSandbox === true ? ids.uuid() : undefined;
  const isOwn = options.kind === 'self-hosted';
  const manners: Manners = {
    lateEvents: options.lateEvents ?? true,
    hasStatistics: !isOwn,
    resumedAgent: isOwn ? 'continues' : 'interrupted',
  };
  const all = (): readonly Conversation[] => {
    for (const conversation of conversations) conversation.advance(clock.now());
    moveOn(conversations, clock.now());
    return conversations;
  };
  const byId = (id: string): Conversation | undefined => {
    const same = all().filter(({ names }) => canonicalId(names.id) === canonicalId(id));
    return same.findLast(({ situation }) => situation.presence === 'shown') ?? same.at(-1);
  };
  return {
    clock,
    ids,
    commit: options.commit ?? COMMIT,
    all,
    byId,
    byTask: (taskId) => all().find(({ names }) => names.taskId === canonicalId(taskId)),
    inSandbox: (sandboxId) => all().filter(({ names }) => names.sandboxId === sandboxId),
    add: (order, wished) => {
      const id = canonicalId(wished ?? ids.uuid());
      const names = {
        id,
        taskId: ids.uuid(),
        sandboxId: sharedSandbox ?? (isOwn ? id : ids.uuid()),
        sessionKey: ids.secret('session'),
      };
      const before = byId(id);
      const conversation = new Conversation(order, names, ids, manners);
      if (before !== undefined && isOwn && options.duplicatesReady !== true)
        displace(before, conversation, order.at);
      conversations.push(conversation);
      return conversation;
    },
    scenarioFor: (message) => orderedScenario(message) ?? options.scenario ?? DEFAULT_SCENARIO,
    views: () => all().map(viewOf),
    sandboxes: () => sandboxesOf(all().filter(({ order }) => order.version === 'v1')),
  };
}

import type { Clock } from './clock.ts';
import { Conversation, type Order } from './conversation.ts';
import { canonicalId, type IdSource } from './ids.ts';
import { DEFAULT_SCENARIO, orderedScenario, type ScenarioName } from './scenarios.ts';
import { V0_AGENT, V0_STATUS, V1_EXECUTION, V1_SANDBOX, V1_START } from './vocabulary.ts';

/** What a test or a person may want to know of a conversation. */
export interface ConversationView {
  readonly id: string;
  readonly taskId: string;
  readonly sandboxId: string;
  /** The secret that opens the sandbox. */
  readonly sessionKey: string;
  readonly version: 'v1' | 'v0';
  readonly message: string;
  readonly repository: string | null;
  readonly branch: string | null;
  readonly provider: string | null;
  readonly model: string | null;
  readonly scenario: ScenarioName;
  /** How things stand now, in the words of its version. */
  readonly state: ConversationState;
}

/** The state of a conversation in the API's own words. */
export type ConversationState =
  | {
      readonly version: 'v1';
      readonly start: string;
      readonly sandbox: string;
      readonly execution: string | null;
      readonly shown: boolean;
    }
  | { readonly version: 'v0'; readonly status: string; readonly agentState: string; readonly shown: boolean };

/** All conversations of the server, and the means to make more. */
export interface Store {
  readonly clock: Clock;
  readonly ids: IdSource;
  /** The conversations, oldest first, brought to the present. */
  all(): readonly Conversation[];
  /** The newest conversation of that id, which may have dashes or not. */
  byId(id: string): Conversation | undefined;
  byTask(taskId: string): Conversation | undefined;
  inSandbox(sandboxId: string): readonly Conversation[];
  /** Starts a conversation: V1 under the id that was asked for, or a new one; V0 under 32 hexadecimal digits. */
  add(order: Order, id: string | undefined): Conversation;
  /** Which scenario a message orders, or the server's own. */
  scenarioFor(message: string): ScenarioName;
  views(): readonly ConversationView[];
}

/** What makes one store differ from another. */
export interface StoreOptions {
  readonly scenario?: ScenarioName | undefined;
  /** Puts all conversations into one sandbox, as an account can be set to. */
  readonly sharedSandbox?: boolean | undefined;
}

function stateOf({ order, situation }: Conversation): ConversationState {
  const shown = situation.presence === 'shown';
  if (order.version === 'v0') {
    return { version: 'v0', status: V0_STATUS[situation.box], agentState: V0_AGENT[situation.agent], shown };
  }
  const sandbox = V1_SANDBOX[situation.box];
  const execution = sandbox === 'RUNNING' ? V1_EXECUTION[situation.agent] : null;
  return { version: 'v1', start: V1_START[situation.start], sandbox, execution, shown };
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

/** An empty store. */
export function createStore(clock: Clock, ids: IdSource, options: StoreOptions): Store {
  const conversations: Conversation[] = [];
  const sharedSandbox = options.sharedSandbox === true ? ids.uuid() : undefined;
  const all = (): readonly Conversation[] => {
    for (const conversation of conversations) conversation.advance(clock.now());
    return conversations;
  };
  return {
    clock,
    ids,
    all,
    byId: (id) => all().findLast(({ names }) => canonicalId(names.id) === canonicalId(id)),
    byTask: (taskId) => all().find(({ names }) => names.taskId === canonicalId(taskId)),
    inSandbox: (sandboxId) => all().filter(({ names }) => names.sandboxId === sandboxId),
    add: (order, id) => {
      const names = {
        id: canonicalId(id ?? ids.uuid()),
        taskId: ids.uuid(),
        sandboxId: sharedSandbox ?? ids.uuid(),
        sessionKey: ids.secret('session'),
      };
      const conversation = new Conversation(order, names, ids);
      conversations.push(conversation);
      return conversation;
    },
    scenarioFor: (message) => orderedScenario(message) ?? options.scenario ?? DEFAULT_SCENARIO,
    views: () => all().map(viewOf),
  };
}

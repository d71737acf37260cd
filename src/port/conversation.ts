import type { Plan } from './plan.ts';
import type { FailureKind } from './problem.ts';

/** A conversation that exists: its validated id, and the page where people see it. */
export interface Conversation {
  readonly id: string;
  readonly url: string;
  /** Present if an agent server runs it, which has no page for people: `url` is then its address in the API. */
  readonly hasNoPage?: true;
}

/** Returns where people can see a conversation, as the end of a sentence. */
export function linkTo({ url, hasNoPage }: Conversation): string {
  return hasNoPage ? `GET ${url}` : url;
}

/** Whether two ids are the same: servers write an id with or without dashes. */
export function isSameId(one: string, other: string): boolean {
  return one.replaceAll('-', '').toLowerCase() === other.replaceAll('-', '').toLowerCase();
}

/** How a conversation can end. These are values of the output `status`. */
export type Ending = 'finished' | 'stopped' | 'needs-input' | 'error' | 'stuck' | 'missing' | 'paused';

/** What to do with a conversation that was paused before its agent had finished. */
export const ON_PAUSED = ['wait', 'resume', 'fail'] as const;
export type OnPaused = (typeof ON_PAUSED)[number];

/** The state of a conversation as one look shows it. `failure` is present if the state itself says what failed. */
export type State =
  /** The agent is starting, working, or idle for a moment: then it has not begun on its message. */
  | { readonly kind: 'active'; readonly isIdle?: true }
  /** The agent will not continue on its own. */
  | { readonly kind: 'ended'; readonly ending: Ending; readonly failure?: FailureKind }
  /** The sandbox or the agent in it was paused; somebody can resume it. */
  | { readonly kind: 'paused' }
  /** The conversation looks ended, but servers also show this for a while around a start, or while they are busy. */
  | {
      readonly kind: 'unconfirmed';
      readonly ending: 'missing' | 'stopped' | 'error';
      readonly failure?: FailureKind;
    }
  /** The sandbox is starting or does not respond. The agent may or may not be at work. */
  | { readonly kind: 'unclear'; readonly isStarting?: true }
  /** A status that this version of the action does not know. */
  | { readonly kind: 'unrecognized' };

/** What is known about a conversation besides its state. */
export interface Facts {
  readonly title?: string;
  readonly repository?: string;
  /** The git provider of the repository, as the server names it. */
  readonly gitProvider?: string;
  readonly branch?: string;
  /** The folder in which the agent works, if the server tells it. */
  readonly folder?: string;
  readonly pullRequests: readonly number[];
  readonly costUsd?: number | undefined;
  readonly tokens?: Tokens | undefined;
  /** When the conversation was created, in milliseconds since 1970, by the server's clock. */
  readonly createdAt?: number;
}

export const NO_FACTS: Facts = { pullRequests: [] };

/** How many tokens the model has read and written. `cached` is the part of `input` that came from a cache. */
export interface Tokens {
  readonly input: number;
  readonly cached: number;
  readonly output: number;
}

/** What a conversation has used so far. Absent and undefined members are unknown. */
export type Usage = Pick<Facts, 'costUsd' | 'tokens'>;
/** The same, with each member named: one that is forgotten would be lost. */
type WholeUsage = { readonly [Name in keyof Required<Usage>]: Usage[Name] };

/** Returns the highest cost and token counts of two looks: servers sometimes report less than before, or nothing, for a while. */
export function highestUsage(one: Usage, other: Usage): WholeUsage {
  const costs = [one.costUsd, other.costUsd].filter((cost) => cost !== undefined);
  const [tokens] = [other.tokens, one.tokens]
    .filter((each) => each !== undefined)
    .toSorted((a, b) => b.input + b.output - (a.input + a.output));
  return { costUsd: costs.length > 0 ? Math.max(...costs) : undefined, tokens };
}

/** Returns the facts after a look. Cost and tokens are the highest values seen. `seen`: `undefined` if the look shows no facts. */
export function factsAfter(before: Facts, seen: Facts | undefined): Facts {
  return seen === undefined ? before : { ...seen, ...highestUsage(before, seen) };
}

/** Whether a look shows the agent's own state: then nothing hides its end. */
export function showsAgent({ whenToReadStored }: Pick<Snapshot, 'whenToReadStored'>): boolean {
  return whenToReadStored === 'never';
}

/** What one look at a conversation shows. */
export interface Snapshot {
  /** The state in the server's own words, for people. */
  readonly phase: string;
  readonly state: State;
  /**
   * When to read the stored events. `on-change`: the phase may hide the end. `each-time`: no status ever shows the end. `never`: the state
   * is the agent's own, and hides nothing.
   */
  readonly whenToReadStored: 'never' | 'on-change' | 'each-time';
  /** Absent if the server does not list the conversation. */
  readonly facts?: Facts;
  /** Present if the agent is idle, and may not have received its message. */
  readonly mayLackMessage?: true;
  /** The {@link STEP_TAG} of its start, if the server tells it. */
  readonly startedBy?: string;
}

/** The state according to the stored events. */
export type StoredState = Pick<Snapshot, 'phase' | 'state'>;

/**
 * One step of the agent, as a line of the log: what it did, said, or failed at, in the agent's or the server's words. `condensation`: the
 * server has shortened the prompt, so that the model no longer sees some events. `plan`: the agent has written its plan.
 */
export type AgentStep =
  | { readonly kind: 'action' | 'message' | 'error' | 'condensation'; readonly text: string }
  | { readonly kind: 'plan'; readonly plan: Plan };

/** The agent's steps after a place in the stored events. */
export interface Steps {
  /** Oldest first. */
  readonly steps: readonly AgentStep[];
  /** Whether older steps are left out, because there are too many to read at once. */
  readonly isCut: boolean;
  /** The newest event that was read: the next read starts after it. Absent if no event was read. */
  readonly cursor?: string;
  /** Present if the same events show it. */
  readonly usage?: Usage;
}

/** An update that a server pushes about a conversation. */
export type PushUpdate =
  /** The push connection was opened or lost. */
  | { readonly kind: 'connected' | 'lost' }
  | {
      readonly kind: 'events';
      /** The agent's new state, if these events change it. */
      readonly state?: StoredState;
      /** Returns the steps in the newest events of the conversation, also those of updates before this one. */
      readonly stepsSince: (since: Since) => Steps;
    };

/** The place after which a follow-up begins: the newest message of a person before it; absent if there was none. */
export interface MessageCursor {
  readonly lastMessage?: string;
}

/** A message of a person in a conversation. */
export interface PersonMessage {
  readonly id: string;
  /** Absent if the server does not give the message as text. */
  readonly text?: string;
}

/** The stored messages of persons, newest first. */
export interface Messages {
  readonly said: readonly PersonMessage[];
  /** Whether messages are stored as soon as they arrive. */
  readonly isLive: boolean;
}

/**
 * Whether a message after the cursor has this text, or may have it because its text is unknown.
 *
 * @param messages newest first. If none of them is at the cursor, all count.
 */
export function containsMessage(
  text: string,
  messageCursor: MessageCursor,
  messages: readonly PersonMessage[],
): boolean {
  return messagesAfter(messageCursor, messages).some(
    (message) => message.text === undefined || message.text.trim() === text.trim(),
  );
}

/** Returns the messages after the cursor, newest first. If none of them is at the cursor, all are. */
export function messagesAfter(
  { lastMessage }: MessageCursor,
  messages: readonly PersonMessage[],
): readonly PersonMessage[] {
  const cursorAt = messages.findIndex(({ id }) => id === lastMessage);
  return cursorAt < 0 ? messages : messages.slice(0, cursorAt);
}

/** Where to start reading the stored events. */
export interface Since {
  /** Only events after the message that follows this cursor count. */
  readonly messageCursor?: MessageCursor;
  /** Only steps after this event count. If absent, only steps after the newest message of a person count. */
  readonly cursor?: string;
}

/** The result of the agent according to the stored events. */
export interface StoredEnd {
  /** Whether the events up to the end are stored: servers store them up to half a minute late. */
  readonly complete: boolean;
  /** Present if the events were read from a server that stores them at once. */
  readonly isLive?: true;
  /** Present if only events after a message count, and not even that message is stored yet. */
  readonly awaitsMessage?: true;
  /** The message of the agent's finish, or its last message. */
  readonly answer?: string;
  /** Present if the server has answered in place of this model, because it does not know that the model sees pictures. */
  readonly blindModel?: string;
  /** Why the agent failed, in the server's words. */
  readonly reason?: string;
  /** What failed, as the server classifies it. */
  readonly fault?: AgentFault;
  /** The newest steps, if the same requests show them. */
  readonly steps?: Steps;
}

/**
 * Why an agent can fail. `agent-limit`: it has reached its limit of steps, and a message makes it go on. `model` is any failure of the
 * model that the server does not classify further. `model-context`: the model's context is too small for the task. The server says nothing
 * of it, and may call the agent finished. `model-pictures`: the provider refuses pictures. `model-connection`: the model's service could not
 * be reached; `model-address`: the same, at the address that the step names.
 */
export type AgentFault =
  | 'agent'
  | 'agent-limit'
  | 'server'
  | 'model'
  | 'model-context'
  | 'model-name'
  | 'model-pictures'
  | 'model-key'
  | 'model-credit'
  | 'model-limit'
  | 'model-service'
  | 'model-connection'
  | 'model-address';

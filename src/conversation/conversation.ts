import type { FailureKind } from './problem.ts';

/** The API version that a server speaks. */
export type ApiVersion = 'v1' | 'v0' | 'agent-server';

/** A conversation that exists: its id, checked to be one, and the page where people see it. */
export interface Conversation {
  readonly id: string;
  readonly url: string;
  /** Present for one of an agent server by itself, which has no page for people: `url` is its address in the API. */
  readonly hasNoPage?: true;
}

/** Where people are sent to see a conversation: the end of a sentence. */
export function placeOf({ url, hasNoPage }: Conversation): string {
  return hasNoPage ? `GET ${url}` : url;
}

/** Whether two ids are the same: servers write one with dashes in one place and without in another. */
export function isSameId(one: string, other: string): boolean {
  return one.replaceAll('-', '').toLowerCase() === other.replaceAll('-', '').toLowerCase();
}

/** How a conversation can end; these are values of the output `status`. */
export type Ending = 'finished' | 'stopped' | 'needs-input' | 'error' | 'stuck' | 'missing' | 'paused';

/** What to do with a conversation that was paused before its agent was done. */
export const ON_PAUSED = ['wait', 'resume', 'fail'] as const;
export type OnPaused = (typeof ON_PAUSED)[number];

/** What one look at a conversation tells of its state; `failure` if the state itself says what failed. */
export type State =
  /** It starts, works or idles: there is more to come. */
  | { readonly kind: 'active' }
  /** It will not go on by itself. */
  | { readonly kind: 'ended'; readonly ending: Ending; readonly failure?: FailureKind }
  /** The sandbox or the agent in it was paused; somebody can resume it. */
  | { readonly kind: 'paused' }
  /** It looks ended, but servers show the same for a while around a start, or while they are busy. */
  | {
      readonly kind: 'doubtful';
      readonly ending: 'missing' | 'stopped' | 'error';
      readonly failure?: FailureKind;
    }
  /** Its sandbox starts, or cannot be asked: once its agent was seen, nobody can tell whether it is still at work. */
  | { readonly kind: 'unclear' }
  /** A value that this version of the action has never heard of. */
  | { readonly kind: 'unrecognized' };

/** What is known of a conversation beside its state. */
export interface Facts {
  readonly title?: string;
  readonly repository?: string;
  /** Where the repository is, in the server's word. */
  readonly gitProvider?: string;
  readonly branch?: string;
  readonly pullRequests: readonly number[];
  readonly costUsd?: number;
  readonly tokens?: Tokens;
  /** When it began, in milliseconds since 1970, by the server's clock. */
  readonly createdAt?: number;
}

/** What is known before anything was seen. */
export const NO_FACTS: Facts = { pullRequests: [] };

/** How many tokens the model has read and written; those of its input that came out of a cache are part of the input. */
export interface Tokens {
  readonly input: number;
  readonly cached: number;
  readonly output: number;
}

/** What a conversation has used so far; absent if that is not known. */
export type Usage = Pick<Facts, 'costUsd' | 'tokens'>;

/** What one look at a conversation shows. */
export interface Snapshot {
  /** The state in the server's own words, for people. */
  readonly phase: string;
  readonly state: State;
  /**
   * Whether the stored events may know better: `on-change`, when the phase is new (a state hides how the agent ended);
   * `each-time`, if the status alone never tells.
   */
  readonly consult: 'never' | 'on-change' | 'each-time';
  /** Absent if the server did not know the conversation. */
  readonly facts?: Facts;
  /**
   * Changes when there may be new steps of the agent, which then take a request of their own. Absent if they come with
   * what {@link Snapshot.consult} asks for.
   */
  readonly revision?: string;
}

/** What the stored events say of the state. */
export type StoredState = Pick<Snapshot, 'phase' | 'state'>;

/** What a reading of the newest stored events tells. */
export interface Stored {
  /** Absent if none of them says it. */
  readonly state?: StoredState;
  /** Absent if they were not among what was read. */
  readonly steps?: Steps;
}

/** What the agent did or said, or what went wrong for it, in the words of the agent or the server: a line of a log. */
export interface AgentStep {
  /** `unconfirmed`: an action that a person is to confirm first. */
  readonly kind: 'action' | 'unconfirmed' | 'message' | 'error';
  readonly text: string;
}

/** The agent's steps behind a place in the stored events. */
export interface Steps {
  /** The oldest first. */
  readonly steps: readonly AgentStep[];
  /** Whether there were more than are read at once: then the older ones are left out. */
  readonly isCut: boolean;
  /** The newest event that was read, behind which the next reading begins. Absent if there was none. */
  readonly cursor?: string;
  /** What the same events tell of what was used. */
  readonly usage?: Usage;
}

/** What a server pushes about a conversation, as it happens. */
export type PushUpdate =
  /** The connection was opened, or lost. */
  | { readonly kind: 'connected' | 'lost' }
  | {
      readonly kind: 'events';
      /** The agent's state, if it has changed. */
      readonly state?: StoredState;
      /** The steps in the newest events. */
      readonly stepsSince: (since: Since) => Steps;
    };

/**
 * The place in the stored events behind which a follow-up begins: the newest message of a person before it. Absent if
 * there was none.
 */
export interface MessageCursor {
  readonly lastMessage?: string;
}

/** What a person has said in a conversation. */
export interface PersonMessage {
  readonly id: string;
  /** Absent if it is not told as text. */
  readonly text?: string;
}

/** The messages of persons that are stored, the newest first. */
export interface Messages {
  readonly said: readonly PersonMessage[];
  /** Whether they are told as they come, and not later. */
  readonly isLive: boolean;
}

/** Whether one of the messages says that, among those that have come since the cursor: the newest of all first. */
export function isAmong(
  text: string,
  messageCursor: MessageCursor,
  messages: readonly PersonMessage[],
): boolean {
  const cursorAt = messages.findIndex(({ id }) => id === messageCursor.lastMessage);
  const since = cursorAt < 0 ? messages : messages.slice(0, cursorAt);
  return since.some((message) => message.text === undefined || message.text.trim() === text.trim());
}

/** Where reading of the stored events begins. */
export interface Since {
  /** Only what comes behind the message that follows it counts. */
  readonly messageCursor?: MessageCursor;
  /** Steps count behind this event; without it, behind the newest message of a person. */
  readonly cursor?: string;
}

/** Whether another message has come since then, by the newest one now: while it is not stored, all there is is older. */
export function hasFollowed(messageCursor: MessageCursor, { lastMessage }: MessageCursor): boolean {
  return lastMessage !== undefined && lastMessage !== messageCursor.lastMessage;
}

/** What the stored events say of the result. */
export interface Result {
  /** Whether the events reach up to the end: servers store them up to half a minute late. */
  readonly complete: boolean;
  /** They were read where they are stored as they happen. */
  readonly isLive?: true;
  /** If they are to be behind a message: not even that is stored yet. */
  readonly awaitsMessage?: true;
  /** Whether there were events too large to be read, in which a later answer may have been. */
  readonly isCut?: true;
  /** The agent's last answer or message. */
  readonly answer?: string;
  /** Why it failed, in the server's words. */
  readonly reason?: string;
  /** What that was, as the server classifies it. */
  readonly fault?: AgentFault;
}

/** The same, and the newest steps, if the same requests show them. */
export interface ReadResult extends Result {
  readonly steps?: Steps;
}

/** What an agent can fail of. `model` is any failure of the model that is not told more exactly. */
export type AgentFault =
  | 'agent'
  | 'server'
  | 'model'
  | 'model-name'
  | 'model-key'
  | 'model-credit'
  | 'model-limit'
  | 'model-service';

/** A conversation that ended, with all that is known of it. */
export interface Ended {
  readonly status: Ending;
  readonly conversation: Conversation;
  readonly phase: string;
  /** What failed, if the last state itself said it. */
  readonly failure?: FailureKind;
  readonly facts: Facts;
  /** Absent if the stored events could not be read. */
  readonly result?: Result;
  /**
   * What is missing from an error: nobody saw the agent begin with the message, or the deadline passed before the reason
   * was stored.
   */
  readonly lacks?: 'beginning' | 'reason';
  /** Its answer as JSON in one line, if it had to fit a schema. */
  readonly structured?: string;
  /** What came of the checks of its pull requests, if they were waited for: `none` if there were none. */
  readonly checks?: 'passed' | 'none';
}

import type { StartRequest } from './assignment.ts';
import type {
  ApiVersion,
  Conversation,
  MessageCursor,
  Messages,
  PushUpdate,
  ReadResult,
  Since,
  Snapshot,
  Steps,
  Stored,
} from './conversation.ts';
import type { Patch } from './patch.ts';
import type { Problem } from './problem.ts';
import type { Workplace } from './workplace.ts';

/** What a start is called if it fails. */
export const START = 'start the conversation';

/** What the first look at an existing conversation is called if it is broken off. */
export const TAKE_UP = 'attach to the conversation';

/** What a follow-up is called if it fails. */
export const SEND = 'send the message';

/** What the download of a trajectory is called if it fails. */
export const TRAJECTORY = 'download the trajectory';

/** What the patch of an agent's changes is called if it fails. */
export const PATCH = "save the agent's changes";

/** How far a start has come. */
export type StartProgress =
  /** The server prepares the sandbox; `task` is what to ask about. */
  | { readonly kind: 'pending'; readonly task: string; readonly phase: string }
  | { readonly kind: 'created'; readonly id: string }
  /** The conversation is there, and its agent idles: the message may be on its way, or the server fell over it. */
  | { readonly kind: 'no-message'; readonly id: string }
  /** The server does not tell; for a moment that is no bad sign. */
  | { readonly kind: 'unknown'; readonly task: string }
  /** The server gave up; `reason` in its own words, empty if it gives none. */
  | { readonly kind: 'failed'; readonly reason: string };

/** A conversation, or the start of one, that somebody may have asked for. */
export interface StartQuery {
  /** The id that was chosen for it. */
  readonly id: string;
  /** For servers that forget that id: what was asked. */
  readonly message?: string;
  /** Present if others may ask for the same id: then only a recent start that leads to a conversation counts. */
  readonly isShared?: true;
}

/** What is found of it. */
export type Found = StartProgress | { readonly kind: 'not-there' } | { readonly kind: 'unreported' };

/** Whether a start has led to a conversation, or is on its way to one. */
export function isAlive(found: Found): found is StartProgress & { readonly kind: 'pending' | 'created' } {
  return found.kind === 'pending' || found.kind === 'created';
}

/** What became of the wish to stop an agent. */
export type Stop =
  | 'stopped'
  /** Nothing was to be done. */
  | 'not-running'
  /** The server does not list the conversation or its sandbox, as it is for a moment after the start. */
  | 'not-listed'
  /** The agent was told so before it had begun, and may begin all the same. */
  | 'not-begun'
  /** It is paused, and may be resumed all the same. */
  | 'paused';

/** A refusal that passes, by itself or when others are done: nothing came of the request, which may be made again then. */
export interface Deferred {
  readonly kind: 'deferred';
  readonly problem: Problem;
  /** How long to wait before that, in milliseconds. */
  readonly waitMs: number;
}

/** What the server answers to a start. */
export type StartAnswer =
  | StartProgress
  | Deferred
  /** There was a conversation of that id already, which has not got the message. */
  | { readonly kind: 'existing'; readonly id: string }
  /** It does not have this version of the API. The next request goes by another one. */
  | { readonly kind: 'switched' };

/** What became of a message to an agent. */
export type Delivery =
  | { readonly kind: 'delivered' }
  | Deferred
  /** The sandbox does not run: it must be resumed first. */
  | { readonly kind: 'paused' }
  /** The server does not take it; `reason` in its words. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** There is no agent any more that could read it; `reason` in the server's words. */
  | { readonly kind: 'unavailable'; readonly reason: string };

/** The sandbox of a conversation, as far as the agent in it can be reached. */
export type Sandbox =
  /** `handle` is what to resume and to pause it by. */
  | { readonly kind: 'running'; readonly handle: string }
  | { readonly kind: 'starting'; readonly handle: string }
  | { readonly kind: 'paused'; readonly handle: string }
  | { readonly kind: 'unavailable'; readonly reason: string };

/** A start that asked for a conversation of an id that was chosen. */
export interface ListedStart {
  readonly task: string;
  /** By the server's clock, in milliseconds since 1970; 0 if it does not say. */
  readonly createdAt: number;
  /** The sandbox that was made for it; absent until there is one. */
  readonly sandbox?: string;
  readonly progress: StartProgress;
}

/** Reads how things stand. */
export interface Reader {
  /** Looks at several conversations, with as few requests as the version allows. In the order of `ids`. */
  look(ids: readonly string[], signal: AbortSignal): Promise<readonly Snapshot[]>;
  /**
   * How the stored events end, if they say so, and the newest steps, if the same request shows them. Behind a cursor,
   * only what came after the message that follows it.
   */
  stored(id: string, signal: AbortSignal, since?: Since): Promise<Stored>;
  /** The newest steps of the agent, by one request that is not made again if it fails. */
  steps(id: string, signal: AbortSignal, since?: Since): Promise<Steps>;
  /**
   * The agent's answer and, if it failed, why; and the newest steps, if the same requests show them. Reads only as
   * far back as needed.
   */
  result(id: string, signal: AbortSignal, since?: Since): Promise<ReadResult>;
  /** What the server pushes; ends if no more can come. */
  subscribe(id: string, signal: AbortSignal): AsyncIterable<PushUpdate>;
  /** The place behind which a message that is sent now will stand. */
  messageCursor(id: string, signal: AbortSignal): Promise<MessageCursor>;
  /** The messages of persons. */
  messages(id: string, signal: AbortSignal): Promise<Messages>;
  /**
   * The whole course of a conversation that has ended, as a file that goes to `save` piece by piece. If a try fails,
   * the next begins from the start. It is as the server has it: secrets that the agent saw may be in it.
   */
  trajectory(
    id: string,
    save: (pieces: AsyncIterable<Uint8Array>) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void>;
  /** What the agent has changed in its folder since the conversation began. It takes a sandbox that runs. */
  patch(id: string, signal: AbortSignal): Promise<Patch>;
}

/** Starts conversations. */
export interface Starter {
  /** The account that the API key belongs to; empty if the server knows only one. */
  account(signal: AbortSignal): Promise<string>;
  /** Asks for a new conversation. Sent once: sending it again could start a second agent. {@link Starter.find} tells what came. */
  start(request: StartRequest, signal: AbortSignal): Promise<StartAnswer>;
  /** How far a pending start has come. */
  startProgress(task: string, signal: AbortSignal): Promise<StartProgress>;
  /** Looks for a conversation by the id that was chosen for it: `untold` if the version or the server cannot tell. */
  find(request: StartQuery, signal: AbortSignal): Promise<Found>;
  /**
   * The starts of the last half hour, by the server's clock, that asked for a conversation of that id, the newest first.
   * If several runs chose the same id at the same moment there are several.
   */
  starts(id: string, signal: AbortSignal): Promise<readonly ListedStart[]>;
  /**
   * Why the account cannot use a repository, in the server's words, by requests that are not made again if they fail;
   * empty if the server knows of no reason.
   */
  repositoryRefusal(workplace: Workplace, signal: AbortSignal): Promise<string>;
}

/** Has an effect on conversations that exist. */
export interface Controller {
  /** Sends a message to the agent, once. {@link Reader.messages} tells what became of one whose answer was lost. */
  send(id: string, message: string, signal: AbortSignal): Promise<Delivery>;
  /** The sandbox of a conversation. */
  sandbox(id: string, signal: AbortSignal): Promise<Sandbox>;
  /** Starts a paused sandbox again. That takes a while: {@link sandbox} tells when it runs. */
  resume(handle: string, signal: AbortSignal): Promise<void>;
  /**
   * Runs the agent again in a sandbox that runs; one that works or has ended is left alone.
   *
   * @param called whether there is a message that it has not begun with: then it has not ended.
   */
  run(id: string, signal: AbortSignal, called: boolean): Promise<void>;
  /** Pauses a sandbox, unless it has other conversations than the one of that id. */
  pause(handle: string, id: string, signal: AbortSignal): Promise<void>;
  /**
   * Makes the agent of a conversation stop, and nobody else's work. Nothing is lost: people can resume it.
   *
   * @param called whether a message or a resume may be on its way to it: one that is at rest may be about to begin then.
   * @param eachMs how long a way may take before the next one is tried, in milliseconds; the server's own pace without it.
   */
  stop(id: string, signal: AbortSignal, called?: boolean, eachMs?: number): Promise<Stop>;
}

/** Where people see conversations. */
export interface Places {
  /** A conversation with its page, or its address in the API if there is no page. */
  conversation(id: string): Conversation;
  /** The page of all of them, or their address in the API. */
  readonly list: string;
}

/**
 * The OpenHands API in the words of this project. What differs between its versions stays behind it.
 *
 * Every method throws {@link ApiFailure} when the API cannot be reached or gives no usable answer, and the signal's
 * reason once that is aborted.
 */
export interface ConversationApi extends Reader, Starter, Controller, Places {
  readonly version: ApiVersion;
}

/** The API could not be used. */
export class ApiFailure extends Error {
  override readonly name = 'ApiFailure';
  readonly problem: Problem;
  /** Whether the server may have done what was asked all the same. */
  readonly mayHaveActed: boolean;

  constructor(problem: Problem, mayHaveActed = false) {
    super(problem.because);
    this.problem = problem;
    this.mayHaveActed = mayHaveActed;
  }
}

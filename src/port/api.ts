import type { ApiVersion } from './api-version.ts';
import type { Message, StartRequest, Workplace } from './assignment.ts';
import type {
  Conversation,
  MessageCursor,
  Messages,
  PushUpdate,
  Since,
  Snapshot,
  Steps,
  StoredEnd,
  StoredState,
} from './conversation.ts';
import type { KnownPlace, Place, Start } from './place.ts';
import type { Problem } from './problem.ts';

/** What can fail, as the `failedTo` of a problem. `ATTACH`: the first look at an existing conversation. */
export const START = 'start the conversation';
export const ATTACH = 'attach to the conversation';
export const SEND = 'send the message';
export const RESUME = 'resume the conversation';
export const STOP = 'pause the agent';
export const TRAJECTORY = 'download the trajectory';
export const PATCH = "save the agent's changes";

/**
 * The result of stopping an agent. `not-listed`: the server lists neither the conversation nor its start. `shared`: the
 * sandbox has other conversations, and the agent cannot be stopped alone. `not-begun`: it may still start. `paused`, `ended`: it was before,
 * and may still start on a message.
 */
export type StopAnswer =
  'stopped' | 'not-running' | 'not-listed' | 'shared' | 'not-begun' | 'paused' | 'ended';

/**
 * What may still make an agent work that looks as if it had nothing to do. `start`: the message with which this step has started the
 * conversation, or the resume of its sandbox. An agent that has ended stays so. `later`: a message to an existing conversation, or a
 * request to run, which an agent that has ended may not have got yet. `delivered`: such a message that has arrived: an end that is
 * stored after it is the answer to it.
 */
export type PendingWork = 'start' | 'later' | 'delivered';

/** How to stop an agent. */
interface HowToStop {
  /** Why an agent that does nothing may be about to start; absent if it may not. */
  readonly pendingWork?: PendingWork | undefined;
  /** The timeout of each request, in milliseconds. It does not apply to the interrupt, which is the last resort. */
  readonly timeoutMs?: number;
  /**
   * `sandbox`: if possible, interrupts only the agent. A running sandbox still sends the server the agent's last events, and with them its
   * cost. Servers pause a sandbox without work themselves.
   */
  readonly spares?: 'sandbox' | undefined;
}

/** The request had no effect, and a retry may succeed: a rate limit, a full server, or one that could not be reached at all. */
export interface Deferred {
  readonly kind: 'deferred';
  readonly problem: Problem;
  /** How long to wait before the retry, in milliseconds. */
  readonly waitMs: number;
}

/** The server's answer to a start. */
export type StartAnswer =
  | KnownPlace
  | Deferred
  /** A conversation with this id existed before. It did not get the message. */
  | { readonly kind: 'existing'; readonly id: string }
  /** The id was asked for before, by another run or by this one. The request had no effect. */
  | { readonly kind: 'taken'; readonly problem: Problem };

/** The result of sending a message to an agent. */
export type Delivery =
  | { readonly kind: 'delivered' }
  | Deferred
  /** The sandbox is not running: it must be resumed first. */
  | { readonly kind: 'sandbox-paused' }
  /**
   * The server refuses the message, or there is no agent left to read it. `archived`: there will be none again. `reason` is in the server's
   * words.
   */
  | { readonly kind: 'refused' | 'unavailable' | 'archived'; readonly reason: string };

/** The sandbox of a conversation, by whether its agent can be reached. */
export type Sandbox =
  /** `handle` identifies the sandbox in requests to resume or pause it. */
  | { readonly kind: 'running' | 'starting' | 'paused'; readonly handle: string }
  /** The server may name it, although nobody can reach its agent. */
  | { readonly kind: 'unavailable'; readonly reason: string; readonly handle?: string };

/** A conversation at work, and the folder that its agent works in. */
export interface FolderInUse {
  readonly id: string;
  readonly folder: string;
}

/** Everything that an agent has changed, committed or not. */
export interface Patch {
  /** As `git diff --binary` writes it. */
  readonly bytes: Buffer;
  /** The commit that the patch applies to, 40 hexadecimal digits. */
  readonly base: string;
  /** Which commit `base` is: the one before the agent started or, if git no longer has it, that of the branch. */
  readonly since: 'start' | 'branch';
  /** The files that git calls changed: the patch must have them all. Empty if the server cannot list them. */
  readonly changed: readonly string[];
  /** Other changed files: those above the agent's folder and, if git tracks them, those in folders of installed packages. */
  readonly leftOut: readonly string[];
}

/** Reads from conversations, without changing them. */
export interface ConversationReader {
  /** Looks at up to 99 conversations, with as few requests as possible. Returns snapshots in the order of `ids`. */
  look(ids: readonly string[], signal: AbortSignal): Promise<readonly Snapshot[]>;
  /** Reads the state from the stored events after `since`; `undefined` if they show none. */
  readStored(id: string, signal: AbortSignal, since?: Since): Promise<StoredState | undefined>;
  /** Reads the newest steps of the agent. With `since`: with one request, and no retry. */
  readSteps(id: string, signal: AbortSignal, since?: Since): Promise<Steps>;
  /** Reads the agent's answer and, if it failed, why; and the newest steps, if the same requests show them. */
  readStoredEnd(id: string, signal: AbortSignal, since?: Since): Promise<StoredEnd>;
  /**
   * Reads the newest answer from the agent server, which also has one that is too large for the stored events; `undefined` if there is
   * none. It may be an earlier answer, unless the agent has finished. Absent if the API has no such request.
   */
  readFinalAnswer?(id: string, signal: AbortSignal): Promise<string | undefined>;
  /**
   * Whether the agent was paused as its server does it when it is stopped, and `isRestarted` says by the server's uptime, in milliseconds, that
   * it was restarted. Absent if the API has no such request.
   */
  isPausedByRestart?(
    id: string,
    isRestarted: (uptimeMs: number) => boolean,
    signal: AbortSignal,
  ): Promise<boolean>;
  /**
   * Returns why a sandbox has failed or is gone, in the server's words; `undefined` if it does not say. Does not retry. Absent if the API has
   * no such request.
   *
   * @param sandbox its handle; by default that of the conversation, if a look has shown it.
   */
  readSandboxDetail?(id: string, signal: AbortSignal, sandbox?: string): Promise<string | undefined>;
  /**
   * Returns the names of the tools that the model was told of, besides those with which it only thinks and ends; `undefined` if that is not
   * stored, or not told. Absent if the API has no agents without tools.
   */
  readOtherTools?(id: string, signal: AbortSignal): Promise<readonly string[] | undefined>;
  /** Yields what the server pushes; ends if nothing more can come. */
  subscribe(id: string, signal: AbortSignal): AsyncIterable<PushUpdate>;
  /** Returns the position after which a message sent now will be stored. */
  readMessageCursor(id: string, signal: AbortSignal): Promise<MessageCursor>;
  /** Reads the answers and messages of the agent in the newest thousand events, newest first. */
  readAnswers(id: string, signal: AbortSignal): Promise<readonly string[]>;
  /** Reads the newest messages of persons. */
  readMessages(id: string, signal: AbortSignal): Promise<Messages>;
  /**
   * Downloads all events of a conversation that has ended, as a file that goes to `save` piece by piece. A retry downloads
   * it from the beginning. Nothing is redacted: the file may hold secrets that the agent saw.
   */
  downloadTrajectory(
    id: string,
    save: (pieces: AsyncIterable<Uint8Array>) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void>;
  /**
   * Whether the agent's folder is not there, or is in no git repository with a commit: so the server could not clone the repository. False
   * if the step has seen a commit before. `undefined`, without a request, if the last look has shown no server to ask: the sandbox does not
   * run. Nobody is told of the retries. Absent if the API clones nothing, or cannot tell.
   */
  lacksClone?(id: string, signal: AbortSignal): Promise<boolean | undefined>;
  /**
   * Returns what the agent has changed since the start. The sandbox must be running. Returns `undefined` if the server lists
   * no repository, unless `asksForRepository` says that there is one.
   */
  readPatch(id: string, asksForRepository: boolean, signal: AbortSignal): Promise<Patch | undefined>;
}

/** An account. `id`: always the same text if the server has only one. */
export interface Account {
  readonly id: string;
  /** How the server puts its conversations into shared sandboxes, in the server's words; absent if each has a sandbox of its own. */
  readonly grouping?: string;
}

export interface ConversationStarter {
  /** Returns the account of the API key. */
  readAccount(signal: AbortSignal): Promise<Account>;
  /** Asks for a new conversation. Never retries: that could start a second agent. If the answer is lost, locate.ts looks for it. */
  start(request: StartRequest, signal: AbortSignal): Promise<StartAnswer>;
  /** Lists the conversations of everybody that are at work. Does not retry. Absent if each agent has its own files. */
  readAtWork?(signal: AbortSignal): Promise<readonly FolderInUse[]>;
  /** Reads where a start is, by its task: the server's id of it. */
  readStart(task: string, signal: AbortSignal): Promise<Place>;
  /**
   * Lists the starts of all runs, newest first. `newest`: a hundred, with one request. `recent`: those of the last half hour, by
   * the server's clock. Empty if the API lists no starts.
   */
  listStarts(range: 'newest' | 'recent', signal: AbortSignal): Promise<readonly Start[]>;
  /** Returns why the account cannot use a repository, in the server's words; empty without a reason. Does not retry. */
  readRepositoryRefusal(workplace: Workplace, signal: AbortSignal): Promise<string>;
}

export interface ConversationController {
  /** Sends a message to the agent, without retries. If the answer is lost, {@link ConversationReader.readMessages} shows if it arrived. */
  send(id: string, message: Message, signal: AbortSignal): Promise<Delivery>;
  readSandbox(id: string, signal: AbortSignal): Promise<Sandbox>;
  /** Starts a paused sandbox. That takes a while: {@link readSandbox} shows when it runs. */
  resume(handle: string, signal: AbortSignal): Promise<void>;
  /**
   * Runs the agent again in a running sandbox. Has no effect on an agent that has finished, unless it has pending work: a message that it
   * was not seen to start on.
   */
  run(id: string, signal: AbortSignal, hasPendingWork: boolean): Promise<void>;
  /** Pauses a sandbox, unless it also runs other conversations than this one. */
  pause(handle: string, id: string, signal: AbortSignal): Promise<void>;
  /** Stops the agent of this conversation, and no other agent. Nothing is lost: people can resume it. */
  stop(id: string, signal: AbortSignal, how?: HowToStop): Promise<StopAnswer>;
}

export interface Links {
  /** Returns a conversation with its page, or with its address in the API if there is no page. */
  conversation(id: string): Conversation;
  /** The page that lists all conversations, or its address in the API. */
  readonly list: string;
}

/**
 * The OpenHands API in the terms of this project. It hides the differences between the API's versions.
 *
 * Every method throws {@link ApiFailure} if the API cannot be reached or gives no usable answer, and the signal's reason once
 * the signal is aborted.
 */
export interface ConversationApi
  extends ConversationReader, ConversationStarter, ConversationController, Links {
  readonly version: ApiVersion;
  /** Whether the server chooses the ids of conversations itself. Then a start whose answer is lost cannot be found. */
  readonly choosesIds: boolean;
  /** Whether a message can have pictures. */
  readonly takesPictures: boolean;
  /** Whether agents work in a folder of the server's machine, instead of a clone of a repository. */
  readonly worksInFolder: boolean;
  /**
   * What becomes of a branch if agents work in folders: a git worktree for each conversation or, at an old server, nothing. `unknown` if
   * the server does not tell its version; absent if the server clones.
   */
  readonly worktrees?: 'made' | 'not-made' | 'unknown';
}

/** A request to the API that failed. */
export class ApiFailure extends Error {
  override readonly name = 'ApiFailure';
  readonly problem: Problem;
  /** Whether the server may have processed the request anyway. */
  readonly mayHaveActed: boolean;

  constructor(problem: Problem, mayHaveActed = false) {
    super(problem.because);
    this.problem = problem;
    this.mayHaveActed = mayHaveActed;
  }
}

import type { AgentStep, Conversation, Facts, MessageCursor, OnPaused, State } from './conversation.ts';
import type { ChecksResult } from './outcome.ts';
import type { Problem } from './problem.ts';

/** The state of a conversation as last seen. */
export interface CurrentState {
  readonly phase: string;
  /** Absent before the first look. */
  readonly state?: State['kind'];
  /** Present if a Stop hook of the repository may be why the agent cannot be reached: the step then waits longer. */
  readonly mayRunHook?: true;
  readonly facts: Facts;
}

/** What the step does with a conversation: it started it, found it by its key, sends it a message, or only observes it. */
export type Role = 'started' | 'attached' | 'follow-up' | 'observer';

/** Whether the agent may have begun before the step. */
export function beganEarlier(role: Role | undefined): boolean {
  return role === 'attached' || role === 'observer';
}

/** What people should know, although it changes nothing for the step. */
export type Note =
  /** The server chose another id than the key's; or it reports no cost, although there is a budget. */
  | { readonly about: 'ignored-key' | 'unknown-cost' }
  /** The server does not say in which folder the agent works, so nobody knows whether it is a worktree of the branch. */
  | { readonly about: 'unknown-folder'; readonly branch: string }
  /** Others are at work in the folder that the step is about to use. `conversation`: one of them; `count`: how many. */
  | {
      readonly about: 'neighbor';
      readonly folder: string;
      readonly conversation: Conversation;
      readonly count: number;
    }
  /** The agent has ended, and its last events have not arrived yet. */
  | { readonly about: 'late-events' }
  /** The sandbox of a duplicate start could not be paused. */
  | { readonly about: 'duplicate'; readonly sandbox: string }
  /** A state that is unrecognized, or that has not shown for a minute whether the agent is still at work. */
  | { readonly about: 'unrecognized' | 'unclear'; readonly phase: string }
  | { readonly about: 'pause'; readonly phase: string; readonly onPaused: OnPaused }
  /**
   * The step looks for a conversation that is not there yet, for at most this long, or longer if requests fail. `problem`: what is known so
   * far.
   */
  | { readonly about: 'search'; readonly problem: Problem; readonly limitMs: number }
  /** `steps`: they cannot be read. `failure`: another request failed that the step can do without. */
  | { readonly about: 'steps' | 'failure'; readonly problem: Problem }
  /** The agent has ended, but its answer could not be read, or there may be a later answer. */
  | { readonly about: 'answer'; readonly because: string };

/** An event of a conversation. Each is emitted as it happens; some, such as a look, again and again. */
export type ConversationEvent =
  /** The step has chosen the id of the conversation that it will ask for. */
  | { readonly kind: 'chosen'; readonly id: string }
  /**
   * The step is about to ask the server for a conversation with this id. `at`: when, in milliseconds since 1970. `stepTag`: the
   * {@link STEP_TAG} of this step's start; present if the id comes from a key, so that other runs may ask for it, too.
   */
  | { readonly kind: 'asking'; readonly id: string; readonly at: number; readonly stepTag?: string }
  /** The server has refused a start or a message, or has given up a start: no agent of this step is about to work. */
  | { readonly kind: 'no-work' }
  /** The message is not at the server, but its sandbox is resumed for it: an agent that has not ended may continue its earlier work. */
  | { readonly kind: 'only-resumed' }
  /** The request is retried after a wait. */
  | { readonly kind: 'retrying'; readonly problem: Problem; readonly waitMs: number }
  /** The server has accepted this step's start of `id`. */
  | { readonly kind: 'preparing'; readonly task: string; readonly id: string }
  /** The progress of the start, in the server's words. Emitted at each look. `problem`: present if the start stands still. */
  | { readonly kind: 'start-phase'; readonly phase: string; readonly problem?: Problem }
  /**
   * The conversation exists, at this page. `role` is absent while it is not known which run has started it. `mayBeOthers`: that cannot
   * be found out, and the step takes it for its own, but does not stop its agent. `facts`: what the step has seen of it before. `hasMessage`:
   * an earlier attempt of the run has sent it the message.
   */
  | {
      readonly kind: 'found';
      readonly conversation: Conversation;
      readonly role?: Role;
      readonly mayBeOthers?: true;
      readonly facts?: Facts;
      readonly hasMessage?: true;
    }
  /** The agent works in this folder: a worktree of the branch, or `working-directory` itself, as it was started before. */
  | {
      readonly kind: 'folder';
      readonly folder: string;
      readonly branch: string;
      readonly isWorktree: boolean;
      /** Whether this step has started the conversation. */
      readonly isOwn: boolean;
    }
  /** The model was told of no tools but those with which it thinks and ends. */
  | { readonly kind: 'without-tools' }
  /** The conversation of the key can take no message any more: the step goes on with the key's next one. */
  | { readonly kind: 'archived'; readonly conversation: Conversation }
  /** The conversation of the key lacks its repository: the step goes on with the key's next one. */
  | { readonly kind: 'not-cloned'; readonly conversation: Conversation }
  /** The server hides the conversation of a start. `isPaused`: its sandbox was paused. */
  | { readonly kind: 'hidden'; readonly isPaused: boolean; readonly problem: Problem }
  /**
   * So many pictures go with the message that is about to be sent. `problem`: which are left out, and why. `note`: why none is looked for.
   */
  | { readonly kind: 'pictures'; readonly count: number; readonly problem?: string; readonly note?: string }
  /** The step is about to send a message, or to run an agent. */
  | { readonly kind: 'sending' }
  | { readonly kind: 'delivered'; readonly cursor: MessageCursor }
  /** The state as last seen, after each look and after each minute without one. `isNew`: its phase was not reported before. */
  | ({ readonly kind: 'state'; readonly isNew: boolean } & CurrentState)
  /** `isCut` if older steps are left out. */
  | { readonly kind: 'steps'; readonly steps: readonly AgentStep[]; readonly isCut: boolean }
  /** `at-work`: the agent is seen at work for the first time since its start or resume. */
  | { readonly kind: 'at-work' | 'agent-ended' }
  /**
   * The step is about to let the agent go on. `restart`: its server has paused it, because it was stopped. `forgotten`: its server was
   * killed before the agent began on its message. By default, somebody has paused it.
   */
  | { readonly kind: 'resuming'; readonly after?: 'restart' | 'forgotten' }
  /** The conversation has cost `max-cost-usd`, so the step ends. `checks`: their result, if it had waited for them before. */
  | { readonly kind: 'budget-spent'; readonly facts: Facts; readonly checks?: ChecksResult }
  /** Answers of the agent were read, newest first. They may be known already. */
  | { readonly kind: 'answers'; readonly answers: readonly string[] }
  | ({ readonly kind: 'note' } & Note);

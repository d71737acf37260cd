import type { ChecksEvent } from '../checks/checks.ts';
import type { ConversationApi } from '../conversation/api.ts';
import type { InterruptionKind } from '../conversation/clock.ts';
import type { Conversation } from '../conversation/conversation.ts';
import type { ConversationEvent } from '../conversation/events.ts';
import type { Outcome } from '../conversation/outcome.ts';
import type { PatchEvent } from '../patch/patch.ts';
import type { ReviewEvent } from '../review/words.ts';
import type { SchemaEvent } from '../schema/schema.ts';
import type { Inputs } from './inputs.ts';

/** An event of a step. Each is emitted once, as it happens, to the record and then to every sink. */
export type StepEvent =
  /** The inputs are valid, and whoever triggered the workflow may start an agent. */
  | { readonly kind: 'begun'; readonly inputs: Inputs; readonly comment?: string | undefined }
  | ConversationEvent
  /** The API version of the server is known. */
  | ({ readonly kind: 'api' } & Pick<
      ConversationApi,
      'version' | 'worksInFolder' | 'startsTwice' | 'worktrees'
    >)
  /** A key has a conversation. Another one is started, unless `because` says why not. */
  | { readonly kind: 'restart-decided'; readonly conversation: Conversation; readonly because?: string }
  | ChecksEvent
  | SchemaEvent
  | PatchEvent
  | ReviewEvent
  /** The step is cancelled, or its deadline has passed, and its agent is being stopped. */
  | { readonly kind: 'stopping' }
  | { readonly kind: 'trajectory-saved'; readonly path: string }
  | { readonly kind: 'trajectory-missing'; readonly because: string }
  /** Main could not stop the agent: `post` must. */
  | {
      readonly kind: 'left-to-post';
      readonly why: { readonly interruptedBy: InterruptionKind } & LeftToPostReason;
    }
  | { readonly kind: 'ended'; readonly outcome: Outcome; readonly answerFile?: string }
  /** Summary and comment show the outcome. */
  | { readonly kind: 'reported' };

/**
 * `isStart`: main knew of no conversation. `isGone`: the server does not answer. `isPaused`: the agent is interrupted, but its
 * sandbox is not paused. `hasFailed`: main has failed, and has reported why.
 */
type LeftToPostReason = Readonly<Partial<Record<'isStart' | 'isGone' | 'isPaused' | 'hasFailed', boolean>>>;

import type { ChecksEvent } from '../checks/checks.ts';
import type { CorrectionEvent } from '../continue/correction.ts';
import type { Inputs } from '../inputs/inputs.ts';
import type { PatchEvent } from '../patch/patch.ts';
import type { Account, ConversationApi } from '../port/api.ts';
import type { Conversation } from '../port/conversation.ts';
import type { ConversationEvent } from '../port/events.ts';
import type { Outcome } from '../port/outcome.ts';
import type { LeftToPost } from '../port/unfinished.ts';
import type { RepliesEvent } from '../replies/words.ts';
import type { ResultEvent } from '../result/words.ts';
import type { ReviewEvent } from '../review/words.ts';

/** An event of a step. It goes to the record as it happens, and then to every sink. */
export type StepEvent =
  /** The inputs are valid, and whoever triggered the workflow may start an agent. */
  | {
      readonly kind: 'begun';
      readonly inputs: Inputs;
      /** The JSON Schema that the agent's answer must match; absent for none. */
      readonly schema?: string | undefined;
      readonly comment?: string | undefined;
    }
  | ConversationEvent
  /** The API version of the server is known. */
  | ({ readonly kind: 'api' } & Pick<ConversationApi, 'version' | 'worksInFolder' | 'worktrees'> &
      Pick<Account, 'grouping'>)
  /** A key has a conversation. Another one is started, unless `because` says why not. */
  | { readonly kind: 'restart-decided'; readonly conversation: Conversation; readonly because?: string }
  | ChecksEvent
  | CorrectionEvent
  | PatchEvent
  | ReviewEvent
  | RepliesEvent
  | ResultEvent
  /** The agent is being stopped: after a cancel, the deadline, a spent budget or a failure. */
  | { readonly kind: 'stopping' }
  | { readonly kind: 'trajectory-saved'; readonly path: string }
  | { readonly kind: 'trajectory-missing'; readonly because: string }
  /** Main could not stop the agent: `post` must. */
  | { readonly kind: 'left-to-post'; readonly left: LeftToPost }
  | { readonly kind: 'ended'; readonly outcome: Outcome; readonly answerFile?: string }
  /** Summary and comment show the outcome. */
  | { readonly kind: 'reported' };

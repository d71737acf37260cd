import type { Interrupted } from './conversation/clock.ts';
import type { ApiVersion, Conversation } from './conversation/conversation.ts';
import type { LifeEvent } from './conversation/events.ts';
import type { Outcome } from './conversation/outcome.ts';
import type { Patch } from './conversation/patch.ts';
import type { Round } from './conversation/rounds.ts';
import type { Inputs } from './inputs.ts';
import type { Quoted } from './report/answer.ts';

/** What happens in a step. Each event is told once, as it happens: to the record, and then to every sink. */
export type StepEvent =
  /** The inputs are right, and whoever triggered the workflow may start an agent. */
  | { readonly kind: 'begun'; readonly inputs: Inputs; readonly hasComment: boolean }
  /** The id that the conversation is asked for, or taken up, by: nothing was asked of the server yet. */
  | { readonly kind: 'chosen'; readonly id: string }
  /** It is known which API the server speaks. */
  | { readonly kind: 'api'; readonly version: ApiVersion }
  | LifeEvent
  /** A key has a conversation: another one is started, or not, for that reason. */
  | { readonly kind: 'judged'; readonly conversation: Conversation; readonly because?: string }
  /** The answer does not fit the schema, and the agent is asked for another one. */
  | { readonly kind: 'unfit'; readonly problems: readonly string[]; readonly checks?: 'passed' | 'none' }
  /** Red checks are about to be sent back to the agent. */
  | { readonly kind: 'round'; readonly round: Round }
  /** Another step has sent red checks to the agent, and what comes of it is waited for. */
  | { readonly kind: 'others-round' }
  /** The step is cancelled, or its deadline has passed, and its agent is being stopped. */
  | { readonly kind: 'stopping' }
  | { readonly kind: 'trajectory-saved'; readonly path: string }
  | { readonly kind: 'trajectory-missing'; readonly because: string }
  /** `isElsewhere` if the agent has pushed its work, too. */
  | (SavedPatch & { readonly kind: 'patch-saved'; readonly isElsewhere: boolean })
  | { readonly kind: 'patch-missing'; readonly because: string }
  /** A patch that was saved counts no more: the agent had a message since. `because` if its file could not be deleted. */
  | { readonly kind: 'patch-dropped'; readonly path: string; readonly because?: string }
  /** How the step ends; `left` if `post` is to stop the agent, and why main could not. */
  | {
      readonly kind: 'ended';
      readonly outcome: Outcome;
      readonly left?: Interrupted;
      readonly answerFile?: string;
      /** The agent's answer as the log shows it. */
      readonly quoted?: Quoted;
    }
  /** The comment says how the step ended. */
  | { readonly kind: 'commented' };

/** A patch that is saved. */
export interface SavedPatch extends Pick<Patch, 'base' | 'since' | 'size' | 'submodules'> {
  readonly path: string;
}

import type { Round } from './checks/rounds.ts';
import type { InterruptionKind } from './conversation/clock.ts';
import type { ApiVersion, Conversation } from './conversation/conversation.ts';
import type { LifeEvent } from './conversation/events.ts';
import type { Outcome } from './conversation/outcome.ts';
import type { Patch } from './conversation/patch.ts';
import type { Inputs } from './inputs.ts';
import type { Quoted } from './report/answer.ts';

/** An event of a step. Each is emitted once, as it happens, to the record and then to every sink. */
export type StepEvent =
  /** The inputs are valid, and whoever triggered the workflow may start an agent. */
  | { readonly kind: 'begun'; readonly inputs: Inputs; readonly hasComment: boolean }
  /** The step has chosen the id that it will ask for. Nothing was sent to the server yet. */
  | { readonly kind: 'chosen'; readonly id: string }
  /** The API version of the server is known. */
  | { readonly kind: 'api'; readonly version: ApiVersion; readonly worksInFolder: boolean }
  | LifeEvent
  /** A key has a conversation. Another one is started, unless `because` says why not. */
  | { readonly kind: 'restart-decided'; readonly conversation: Conversation; readonly because?: string }
  /** The answer does not fit the schema, and the agent is asked for another answer. */
  | {
      readonly kind: 'invalid-answer';
      readonly problems: readonly string[];
      readonly checks?: 'passed' | 'none';
    }
  /** The step is about to send red checks back to the agent. */
  | { readonly kind: 'round'; readonly round: Round }
  /** Another step has sent red checks to the agent. This step waits for the result. */
  | { readonly kind: 'round-of-other-step' }
  /** The step is cancelled, or its deadline has passed, and its agent is being stopped. */
  | { readonly kind: 'stopping' }
  | { readonly kind: 'trajectory-saved'; readonly path: string }
  | { readonly kind: 'trajectory-missing'; readonly because: string }
  /** `isElsewhere`: the agent has also pushed its work. */
  | (SavedPatch & { readonly kind: 'patch-saved'; readonly isElsewhere: boolean })
  | { readonly kind: 'patch-missing'; readonly because: string }
  /** A saved patch is out of date, because the agent got a message since. `because`: why its file could not be deleted. */
  | { readonly kind: 'patch-dropped'; readonly path: string; readonly because?: string }
  /** The step has ended. `stopInPost`: why it was interrupted, if `post` must stop the agent because main could not. */
  | {
      readonly kind: 'ended';
      readonly outcome: Outcome;
      readonly stopInPost?: InterruptionKind;
      readonly answerFile?: string;
      /** The agent's answer as the log shows it. */
      readonly quoted?: Quoted;
    }
  /** The comment shows the outcome. */
  | { readonly kind: 'commented' };

/** A saved patch. */
export interface SavedPatch extends Pick<Patch, 'base' | 'since' | 'size' | 'submodules'> {
  readonly path: string;
}

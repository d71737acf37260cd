import type { AgentStep } from '../port/conversation.ts';

/** How many steps the summary and the comment show at most. */
const MAX_SHOWN_STEPS = 50;

export interface AgentSteps {
  /** Oldest first. */
  readonly newest: readonly AgentStep[];
  /** How many steps there were, also those that are not shown. */
  readonly count: number;
  /** Whether the server had more steps than the action read. */
  readonly isCut: boolean;
}

/** The steps of an agent that has not done anything yet. */
export const NO_STEPS: AgentSteps = { newest: [], count: 0, isCut: false };

/** Adds the steps that were just reported. */
export function withSteps(
  { newest, count, isCut }: AgentSteps,
  reported: { readonly steps: readonly AgentStep[]; readonly isCut: boolean },
): AgentSteps {
  return {
    newest: [...newest, ...reported.steps].slice(-MAX_SHOWN_STEPS),
    count: count + reported.steps.length,
    isCut: isCut || reported.isCut,
  };
}

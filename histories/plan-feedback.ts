import { diceOf } from './dice.ts';
import type { ServerPlan, StepPlan } from './history.ts';

/** The share of histories about requested changes. */
const SHARE = 0.08;

/**
 * Makes some histories those of a review that requests changes, in whose threads the agent replies: each run is about a review of its own, and
 * the agent replies in the threads of the first one. The dice are others, so that the rest of a history does not depend on it.
 */
export function withFeedback(
  seed: number,
  { server, steps }: { readonly server: ServerPlan; readonly steps: readonly StepPlan[] },
): { readonly server: ServerPlan; readonly steps: readonly StepPlan[] } {
  const isOther = steps.some(({ inputs, by }) => inputs['review'] === 'true' || by !== undefined);
  if (isOther || !diceOf(seed * 1_618_033 + 29).chance(SHARE)) return { server, steps };
  return {
    server: { ...server, scenario: 'feedback', hasFeedback: true },
    steps: steps.map((step) =>
      step.inputs['poll'] === 'true' && step.inputs['output-schema'] === undefined
        ? { ...step, inputs: { ...step.inputs, 'review-feedback': 'true' } }
        : step,
    ),
  };
}

import type { AgentStep } from '../port/conversation.ts';
import { isSamePlan, type Plan } from '../port/plan.ts';

/** How many steps the summary and the comment show at most. */
const MAX_SHOWN_STEPS = 50;

export interface AgentSteps {
  /** Oldest first. */
  readonly newest: readonly AgentStep[];
  /** How many steps there were, also those that are not shown. */
  readonly count: number;
  /** Whether the server had more steps than the action read. */
  readonly isCut: boolean;
  /** The newest plan of the agent that the step has seen it write. */
  readonly plan?: Plan | undefined;
}

/** The steps of an agent that has not done anything yet. */
export const NO_STEPS: AgentSteps = { newest: [], count: 0, isCut: false };

/** Adds the steps that were just reported. */
export function withSteps(
  { newest, count, isCut, plan }: AgentSteps,
  reported: { readonly steps: readonly AgentStep[]; readonly isCut: boolean },
): AgentSteps {
  const fresh = withoutSamePlans(reported.steps, plan);
  const last = fresh.findLast((step) => step.kind === 'plan');
  return {
    newest: [...newest, ...fresh].slice(-MAX_SHOWN_STEPS),
    count: count + fresh.length,
    isCut: isCut || reported.isCut,
    plan: last?.plan ?? plan,
  };
}

/** Leaves out each plan that is as the one before it: agents also write it anew without a change. `before`: the plan before these steps. */
export function withoutSamePlans(
  steps: readonly AgentStep[],
  before: Plan | undefined,
): readonly AgentStep[] {
  let plan = before;
  return steps.filter((step) => {
    if (step.kind !== 'plan') return true;
    const isNew = !isSamePlan(step.plan, plan);
    plan = step.plan;
    return isNew;
  });
}

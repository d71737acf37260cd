import type { AgentStep } from '../../src/port/conversation.ts';

/** Returns the text of a step; of a plan, the title of its current task. */
export function textOfStep(step: AgentStep): string {
  return step.kind === 'plan' ? (step.plan.current ?? '') : step.text;
}

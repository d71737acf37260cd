import type { AgentStep } from './conversation.ts';

/** After this many condensations without an action, the context of the model counts as too small for the task. */
export const MAX_CONDENSATIONS = 3;

/**
 * Returns the number of condensations since the agent's last action: it has only forgotten, and done nothing else.
 *
 * @param steps oldest first.
 * @param before the number before these steps.
 */
export function condensationsAfter(steps: readonly AgentStep[], before = 0): number {
  return steps.reduce((count, { kind }) => {
    if (kind === 'action' || kind === 'plan') return 0;
    return kind === 'condensation' ? count + 1 : count;
  }, before);
}

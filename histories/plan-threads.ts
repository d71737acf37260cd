import { FIRST_THREAD_ID } from '../simulator/github/store.ts';
import { diceOf } from './dice.ts';
import type { ServerPlan, StepPlan } from './history.ts';
import { withInputs } from './plan-folders.ts';

/** The share of histories with threads. */
const SHARE = 0.12;
/** Two threads are there when the steps begin, and a third one was deleted. */
export const THREADS = 2;

/** Returns the thread of a run: several runs may share one. */
export function threadOf({ run }: Pick<StepPlan, 'run'>): number {
  return FIRST_THREAD_ID + (run % (THREADS + 1));
}

/**
 * Lets the steps of some histories begin by comments in threads of a review, where their own comments stand then. The dice are others, so that
 * the rest of a history does not depend on it.
 */
export function withThreads(
  seed: number,
  { server, steps }: { readonly server: ServerPlan; readonly steps: readonly StepPlan[] },
): { readonly server: ServerPlan; readonly steps: readonly StepPlan[] } {
  const isOther = server.hasFeedback === true || steps.some(({ inputs }) => inputs['review'] === 'true');
  if (isOther || !diceOf(seed * 1_732_051 + 31).chance(SHARE)) return { server, steps };
  return {
    server: { ...server, hasThreads: true },
    steps: withInputs(steps, (inputs) => ({ ...withoutNumber(inputs), comment: 'true' })),
  };
}

/** Lets the event say where the comment stands. */
function withoutNumber(inputs: StepPlan['inputs']): StepPlan['inputs'] {
  return Object.fromEntries(Object.entries(inputs).filter(([name]) => name !== 'issue-number'));
}

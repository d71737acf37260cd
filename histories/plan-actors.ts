import { diceOf } from './dice.ts';
import type { Actor, StepPlan } from './history.ts';
import { withInputs } from './plan-folders.ts';

const ACTORS: readonly Actor[] = ['octocat', 'reader', 'stranger', 'helper[bot]'];

/**
 * Lets people cause some of the steps by a comment, also those who lack the permission. The dice are others, so that the rest of a history
 * does not depend on it.
 */
export function withActors(seed: number, steps: readonly StepPlan[]): readonly StepPlan[] {
  const dice = diceOf(seed * 1_414_213 + 41);
  if (!dice.chance(0.15)) return steps;
  const actors = new Map<number, Actor>();
  for (const { run } of steps) if (!actors.has(run) && dice.chance(0.7)) actors.set(run, dice.pick(ACTORS));
  const asked = withInputs(steps, (inputs) => ({
    ...inputs,
    ...dice.maybe(0.3, { 'require-permission': dice.pick(['none', 'read', 'triage', 'admin']) }),
    ...dice.maybe(0.3, { 'allowed-bots': 'renovate[bot], helper[bot]' }),
  }));
  return asked.map((step) => {
    const by = actors.get(step.run);
    return by === undefined ? step : { ...step, by };
  });
}

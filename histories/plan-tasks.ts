import type { ScenarioName } from '../simulator/server/scenarios.ts';
import { diceOf } from './dice.ts';
import type { ServerPlan } from './history.ts';

/** The scenarios in which an agent keeps a plan, by the one that ends in the same way without it. */
const PLANNED: Partial<Record<ScenarioName, readonly ScenarioName[]>> = {
  finish: ['plan', 'plan', 'hostile-plan'],
  error: ['plan-error'],
  forever: ['plan-forever'],
};

/** Whether the agent of a scenario keeps a plan. */
export function isPlanned(name: ScenarioName): boolean {
  return Object.values(PLANNED).flat().includes(name);
}

/** Returns the scenario of an agent that keeps a plan. The dice are others, so that the rest of a history does not depend on it. */
export function plannedOf(seed: number, { scenario }: ServerPlan): Pick<ServerPlan, 'scenario'> {
  const dice = diceOf(seed * 2_236_067 + 41);
  const planned = PLANNED[scenario];
  return { scenario: planned !== undefined && dice.chance(0.5) ? dice.pick(planned) : scenario };
}

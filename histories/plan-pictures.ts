import { type Dice, diceOf } from './dice.ts';
import { type History, PICTURES, type ServerPlan } from './history.ts';

/** Returns the pictures of a history, mostly none. The dice are others, so that the rest of a history does not depend on it. */
export function picturesOf(seed: number): Pick<History, 'pictures'> {
  const dice = diceOf(seed * 2_718_281 + 31);
  return dice.maybe(0.15, {
    pictures: {
      issue: manyOf(dice, [0, 1, 1, 2, 3, 12]),
      comment: manyOf(dice, [0, 0, 1, 2]),
      failing: dice.pick([0, 0, 0.2, 0.5, 1]),
    },
  });
}

function manyOf(dice: Dice, counts: readonly number[]): readonly (typeof PICTURES)[number][] {
  return Array.from({ length: dice.pick(counts) }, () => dice.pick([...PICTURES, 'png', 'png']));
}

/** Returns whether others have just started conversations with large pictures on an account of V1. Their agents are not to be restarted. */
export function othersOf(
  seed: number,
  { kind, hasLimits }: ServerPlan,
  hasRestarts: boolean,
): Pick<ServerPlan, 'hasPicturedNeighbors'> {
  if ((kind !== 'v1' && kind !== 'self-hosted') || hasLimits === true || hasRestarts) return {};
  return diceOf(seed * 1_414_213 + 37).maybe(0.01, { hasPicturedNeighbors: true as const });
}

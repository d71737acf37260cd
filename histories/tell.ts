import { judge } from './check.ts';
import type { History } from './history.ts';
import { historyOf } from './plan.ts';
import { type Played, playHistory } from './play.ts';
import { shrink } from './shrink.ts';
import { storyOf } from './story.ts';

/** The story of a seed, and whether it breaks a promise. */
interface Told {
  readonly story: string;
  readonly isBroken: boolean;
}

/** Tells the story of a seed. A history that breaks a promise is made smaller first, unless the whole one is wanted. */
export async function tell(seed: number, isWhole: boolean): Promise<Told> {
  const history = historyOf(seed);
  const whole = await playHistory(history);
  const { violations } = judge(whole);
  const [violation] = violations;
  const isBroken = violation !== undefined;
  if (!isBroken || isWhole) return { story: storyOf(whole, violations, 'as it was planned'), isBroken };
  const told = await playHistory(await smallest(history, violation.promise, hasWrongInputs(whole)));
  const story = storyOf(told, judge(told).violations, 'made smaller; --whole shows all of it');
  return { story, isBroken };
}

/** Returns the smallest history found that breaks the same promise. Its inputs fit together, unless the whole one's do not. */
async function smallest(history: History, promise: string, mayBeWrong: boolean): Promise<History> {
  return shrink(history, async (smaller) => {
    const played = await playHistory(smaller);
    const isSame = judge(played).violations.some((each) => each.promise === promise);
    return isSame && (mayBeWrong || !hasWrongInputs(played));
  });
}

function hasWrongInputs({ steps }: Played): boolean {
  return steps.some(({ outputs }) => outputs['failure-kind'] === 'input');
}

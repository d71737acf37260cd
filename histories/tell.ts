import { judge } from './check.ts';
import type { History } from './history.ts';
import { historyOf } from './plan.ts';
import { playHistory } from './play.ts';
import { shrink } from './shrink.ts';
import { storyOf } from './story.ts';

/** Returns the story of a seed. A history that breaks a promise is made smaller first, unless the whole one is wanted. */
export async function tell(seed: number, isWhole: boolean): Promise<string> {
  const history = historyOf(seed);
  const [violation] = await violationsOf(history);
  const isWrong = async (smaller: History): Promise<boolean> => {
    const violations = await violationsOf(smaller);
    return violations.some(({ promise }) => promise === violation?.promise);
  };
  const told = violation === undefined || isWhole ? history : await shrink(history, isWrong);
  const played = await playHistory(told);
  const words = told === history ? 'as it was planned' : 'made smaller; --whole shows all of it';
  return storyOf(played, judge(played).violations, words);
}

async function violationsOf(history: History): Promise<ReturnType<typeof judge>['violations']> {
  return judge(await playHistory(history)).violations;
}

import { judge } from './check.ts';
import { historyOf } from './plan.ts';
import { playHistory } from './play.ts';
import { storyOf } from './story.ts';

/** Returns the story of a seed. */
export async function tell(seed: number, _isWhole = false): Promise<string> {
  const played = await playHistory(historyOf(seed));
  return storyOf(played, judge(played).violations);
}

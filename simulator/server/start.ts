import { START_ALONE } from './alone-story.ts';
import type { Names, Order } from './order.ts';
import { scenarioOf, startSeconds } from './story.ts';
import type { Change } from './timeline.ts';

/** Adapts a start to V0, which creates the conversation immediately or never. */
function visibleAtOnce(start: readonly Change[]): readonly Change[] {
  const presence = start.findLast((change) => change.presence !== undefined)?.presence ?? 'shown';
  return start.map((change) => ({ ...change, presence }));
}

/** Returns the changes until the agent gets the message, and their duration in seconds. */
export function startOf({ version, scenario }: Order): {
  readonly changes: readonly Change[];
  readonly seconds: number;
} {
  if (version === 'agent-server') return { changes: START_ALONE, seconds: 0 };
  const story = scenarioOf(scenario);
  const changes = version === 'v0' ? visibleAtOnce(story.start) : story.start;
  return { changes, seconds: startSeconds(story) };
}

/** Returns the title that the server uses until the model has written one. */
export function firstTitle({ title, version }: Order, { id }: Names): string | null {
  return title ?? (version === 'agent-server' ? null : `Conversation ${id.slice(0, 5)}`);
}

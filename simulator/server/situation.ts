import type { Behavior } from './behavior.ts';
import type { Agent, Box, Change, StartPhase } from './timeline.ts';

/** The current state of a conversation. */
export interface Situation {
  readonly start: StartPhase;
  readonly detail: string | null;
  readonly presence: 'shown' | 'hidden';
  readonly box: Box;
  readonly agent: Agent;
  readonly reason: string | null;
  readonly title: string | null;
  /** The cost so far in US dollars. The server may know less: `knownCost` of the conversation. */
  readonly cost: number;
  readonly pullRequests: readonly number[];
}

/** The state of a conversation before its first change. */
export const NOTHING_YET: Situation = {
  start: 'accepted',
  detail: null,
  presence: 'hidden',
  box: 'starting',
  agent: 'idle',
  reason: null,
  title: null,
  cost: 0,
  pullRequests: [],
};

/** Returns the states of sandbox and agent after a change. A hold pauses one of them. */
function stateAfter(before: Situation, change: Change): Pick<Situation, 'box' | 'agent'> {
  return {
    box: change.hold === 'box' ? 'paused' : (change.box ?? before.box),
    agent: change.hold === 'agent' || change.hold === 'interrupt' ? 'paused' : (change.agent ?? before.agent),
  };
}

/** Returns the situation after a change. The placeholders of its texts are not filled in yet. */
export function situationAfter(before: Situation, change: Change): Situation {
  return {
    ...stateAfter(before, change),
    start: change.start ?? before.start,
    detail: change.detail ?? before.detail,
    presence: change.presence ?? before.presence,
    reason: change.agent === undefined ? before.reason : (change.reason ?? null),
    title: change.title ?? before.title,
    // What an agent has cost only grows; the server's figure of it may fall.
    cost: Math.max(before.cost, change.cost ?? 0),
    pullRequests: change.pullRequest === undefined ? before.pullRequests : [change.pullRequest],
  };
}

/** Keeps a conversation hidden that the server never shows. */
export function hideIfHidden(change: Change, { isHidden }: Behavior): Change {
  return isHidden ? { ...change, presence: 'hidden' } : change;
}

/** Adds the cost before the current message to a change: scenarios count costs from their message. */
export function withCost(change: Change, before: number): Change {
  return change.cost === undefined ? change : { ...change, cost: Number((before + change.cost).toFixed(4)) };
}

import type { Agent, Change } from './timeline.ts';

/** An agent server by itself has nothing to start: the conversation is there with the answer. */
export const START_ALONE: readonly Change[] = [{ at: 0, start: 'ready', presence: 'shown', box: 'running' }];

/**
 * What a change means to an agent server by itself, which has no sandboxes: what pauses one pauses the agent, and what is
 * gone is unknown. One that breaks is the process, which does not answer until it runs again.
 */
export function changeAlone(change: Change, agent: Agent): Change {
  const { box, hold, ...rest } = change;
  switch (box) {
    case 'paused':
    case 'stopped':
      return agent === 'working' ? { ...rest, agent: 'paused' } : rest;
    case 'missing':
    case 'archived':
      return { ...rest, presence: 'hidden' };
    case 'running':
      return agent === 'paused' ? { agent: 'working', ...rest, box } : { ...rest, box };
    case undefined:
      return hold === undefined ? rest : { ...rest, hold: 'agent' };
    default:
      return change;
  }
}

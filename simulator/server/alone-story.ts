import type { Agent, Change } from './timeline.ts';

/** The start on a standalone agent server: the conversation exists as soon as the server responds. */
export const START_ALONE: readonly Change[] = [{ at: 0, start: 'ready', presence: 'shown', box: 'running' }];

/**
 * Translates a change for a standalone agent server, which has no sandboxes: a paused sandbox becomes a paused agent, and a
 * missing one an unknown conversation. A broken sandbox is the server's process, which does not respond until it runs again.
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
      return hold === undefined ? rest : { ...rest, hold: hold === 'box' ? 'agent' : hold };
    default:
      return change;
  }
}

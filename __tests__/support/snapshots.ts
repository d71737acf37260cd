import type { Facts, Snapshot, State } from '../../src/conversation/conversation.ts';

const ACTIVE: State = { kind: 'active' };

/** Returns a snapshot of a conversation that the server lists. */
export function shows(
  phase: string,
  state: State,
  consult: Snapshot['consult'] = 'never',
  facts: Facts = { pullRequests: [] },
): Snapshot {
  return { phase, state, consult, facts };
}

export const RUNNING = shows('agent running', ACTIVE);
export const FINISHED = shows('agent finished', { kind: 'ended', ending: 'finished' });
export const STOPPED = shows('conversation stopped', { kind: 'doubtful', ending: 'stopped' }, 'on-change');
export const V0_RUNNING = shows('conversation running', ACTIVE, 'each-time');
/** The server does not list the conversation. */
export const GONE: Snapshot = {
  phase: 'conversation not found',
  state: { kind: 'doubtful', ending: 'missing' },
  consult: 'on-change',
};
/** The state in the stored events of a finished agent. */
export const SAYS_FINISHED = {
  phase: 'agent finished',
  state: { kind: 'ended', ending: 'finished' },
} as const;

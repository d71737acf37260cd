import type { Ending, Snapshot, State, StoredState } from '../../conversation/conversation.ts';
import { inWords } from '../wire.ts';

const ACTIVE: State = { kind: 'active' };
const UNCLEAR: State = { kind: 'unclear' };
const PAUSED: State = { kind: 'paused' };
const ended = (ending: Ending): State => ({ kind: 'ended', ending });
const GONE: State = { kind: 'ended', ending: 'missing', failure: 'not-found' };

/** Source: `ConversationExecutionStatus` in OpenHands/software-agent-sdk. */
const AGENT_STATES: ReadonlyMap<string, State> = new Map([
  ['idle', ACTIVE],
  ['running', ACTIVE],
  ['paused', PAUSED],
  ['waiting_for_confirmation', ended('needs-input')],
  ['finished', ended('finished')],
  ['error', ended('error')],
  ['stuck', ended('stuck')],
  ['deleting', GONE],
]);

/** Source: `SandboxStatus` in OpenHands/OpenHands, openhands/app_server/sandbox. */
const SANDBOX_STATES: ReadonlyMap<string, State> = new Map<string, State>([
  // Also what the server says of one that died, and is not there again.
  ['STARTING', UNCLEAR],
  // The agent in it cannot be asked just now.
  ['RUNNING', UNCLEAR],
  ['PAUSED', PAUSED],
  // Also what the server says while a busy sandbox misses a health check, and goes on afterwards.
  ['ERROR', { kind: 'doubtful', ending: 'error', failure: 'sandbox' }],
  ['MISSING', { kind: 'doubtful', ending: 'missing' }],
]);

/**
 * The state behind the two statuses of a conversation. The agent's is null whenever the sandbox does not run or cannot
 * be reached, so an end may be hidden: then the stored events are to be asked.
 */
export function stateOf(sandbox: string, execution: string | undefined): Omit<Snapshot, 'facts'> {
  if (execution !== undefined && (sandbox === 'RUNNING' || AGENT_STATES.get(execution)?.kind === 'ended')) {
    return { ...agentState(execution), consult: 'never' };
  }
  return {
    phase: `sandbox ${inWords(sandbox)}`,
    state: SANDBOX_STATES.get(sandbox) ?? { kind: 'unrecognized' },
    consult: sandbox === 'STARTING' ? 'never' : 'on-change',
  };
}

/** The state behind the agent's own status. */
export function agentState(execution: string): StoredState {
  return {
    phase: `agent ${inWords(execution)}`,
    state: AGENT_STATES.get(execution) ?? { kind: 'unrecognized' },
  };
}

/**
 * Whether an agent that is to go on is to be set going: it does not run yet, and has not ended otherwise than in error.
 *
 * @param called whether there is a message that it has not begun with.
 */
export function isToGoOn(execution: string, called: boolean): boolean {
  const { state } = agentState(execution);
  if (state.kind !== 'ended') return execution !== 'running';
  return state.ending === 'error' || (called && state.ending === 'finished');
}

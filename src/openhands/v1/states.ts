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
  // Also reported for a sandbox that died and does not come back.
  ['STARTING', UNCLEAR],
  // The agent's status is not available just now.
  ['RUNNING', UNCLEAR],
  ['PAUSED', PAUSED],
  // Also reported while a busy sandbox misses a health check. It recovers.
  ['ERROR', { kind: 'doubtful', ending: 'error', failure: 'sandbox' }],
  ['MISSING', { kind: 'doubtful', ending: 'missing' }],
]);

/**
 * Converts the two statuses of a conversation to its state. The agent's status is null whenever the sandbox does not run or
 * cannot be reached. That may hide an end, so the stored events are consulted.
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

/** Converts the agent's status to a state. */
export function agentState(execution: string): StoredState {
  return {
    phase: `agent ${inWords(execution)}`,
    state: AGENT_STATES.get(execution) ?? { kind: 'unrecognized' },
  };
}

/**
 * Whether an agent must be told to run, in order to continue: it does not run, and has not ended. An error is no end here.
 *
 * @param hasPendingWork whether a message waits for the agent: then a finish is no end either.
 */
export function mustBeRun(execution: string, hasPendingWork: boolean): boolean {
  const { state } = agentState(execution);
  if (state.kind !== 'ended') return execution !== 'running';
  return state.ending === 'error' || (hasPendingWork && state.ending === 'finished');
}

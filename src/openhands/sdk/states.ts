import type { PendingWork } from '../../port/api.ts';
import type { Ending, Snapshot, State, StoredState } from '../../port/conversation.ts';
import { inWords } from '../wire.ts';

const PAUSED: State = { kind: 'paused' };

/**
 * What an agent does, by its own status. `working`: an interrupt stops it, and it need not be told to run. `idle`: it has not begun, and a
 * message may be on its way to it. `unknown`: this action does not know the status.
 */
type Activity = 'idle' | 'working' | 'paused' | 'ended' | 'unknown';

/** What a status of an agent means. */
interface AgentStatus {
  readonly activity: Activity;
  readonly state: State;
}

const ended = (ending: Ending, more: { readonly failure?: 'not-found' } = {}): AgentStatus => ({
  activity: 'ended',
  state: { kind: 'ended', ending, ...more },
});

const IDLE: AgentStatus = { activity: 'idle', state: { kind: 'active', isIdle: true } };
const WORKING: AgentStatus = { activity: 'working', state: { kind: 'active' } };
/** The status by which an agent server lists the conversations at work. */
export const RUNNING = 'running';

/** All that depends on a status of an agent. Source: `ConversationExecutionStatus` in OpenHands/software-agent-sdk. */
const AGENT_STATUSES: ReadonlyMap<string, AgentStatus> = new Map([
  ['idle', IDLE],
  [RUNNING, WORKING],
  ['paused', { activity: 'paused', state: PAUSED }],
  ['waiting_for_confirmation', ended('needs-input')],
  ['finished', ended('finished')],
  ['error', ended('error')],
  ['stuck', ended('stuck')],
  ['deleting', ended('missing', { failure: 'not-found' })],
]);

/** Returns what an agent does, by its own status; `unknown` also without one. */
export function activityOf(execution: string | null | undefined): Activity {
  return AGENT_STATUSES.get(execution ?? '')?.activity ?? 'unknown';
}

/** Source: `SandboxStatus` in OpenHands/OpenHands, openhands/app_server/sandbox. */
const SANDBOX_STATES: ReadonlyMap<string, State> = new Map<string, State>([
  // Also reported for a sandbox that has died for good.
  ['STARTING', { kind: 'unclear', isStarting: true }],
  // The agent's status is not available for the moment.
  ['RUNNING', { kind: 'unclear' }],
  ['PAUSED', PAUSED],
  // Also reported for a busy sandbox that misses a health check, or runs a Stop hook. It recovers.
  ['ERROR', { kind: 'unconfirmed', ending: 'error', failure: 'sandbox' }],
  ['MISSING', { kind: 'unconfirmed', ending: 'missing' }],
]);

/**
 * Converts the two statuses of a conversation to its state. The agent's status is null while the sandbox does not run or cannot be
 * reached. That may hide an end: `whenToReadStored` says when to read the stored state.
 */
export function stateOf(sandbox: string, execution: string | undefined): Omit<Snapshot, 'facts'> {
  // An end stays true when its sandbox is paused or gone. Any other status may then be out of date.
  if (execution !== undefined && (sandbox === 'RUNNING' || activityOf(execution) === 'ended')) {
    return { ...agentStateOf(execution), whenToReadStored: 'never' };
  }
  return {
    phase: `sandbox ${inWords(sandbox)}`,
    state: SANDBOX_STATES.get(sandbox) ?? { kind: 'unrecognized' },
    // A sandbox that starts for the first time has stored nothing. If its agent was at work before, `Watch.interpret` changes this.
    whenToReadStored: sandbox === 'STARTING' ? 'never' : 'on-change',
  };
}

/** Converts the agent's own status, as the server or an event tells it. */
export function agentStateOf(execution: string): StoredState {
  return {
    phase: `agent ${inWords(execution)}`,
    state: AGENT_STATUSES.get(execution)?.state ?? { kind: 'unrecognized' },
  };
}

/**
 * Whether an agent must be told to run: if it is paused or has failed, and with pending work also if it is idle or has finished. Without
 * a message, an idle one would finish at once: its message starts it. One that waits for a confirmation or is stuck needs a person.
 */
export function mustBeRun(execution: string, hasPendingWork: boolean): boolean {
  const activity = activityOf(execution);
  if (activity === 'idle') return hasPendingWork;
  const { state } = agentStateOf(execution);
  if (state.kind !== 'ended') return activity !== 'working';
  return state.ending === 'error' || (hasPendingWork && state.ending === 'finished');
}

/** Whether an agent does nothing, unless something is on its way to it. With an unknown state, it may be at work. */
export function isInactive(state: State): boolean {
  return state.kind === 'ended' || state.kind === 'paused';
}

/** Whether pending work may start an agent that looks inactive. */
export function mayStartOn(pendingWork: PendingWork | undefined, state: State): boolean {
  // A conversation that is being deleted starts on nothing.
  if (state.kind === 'ended' && state.ending === 'missing') return false;
  if (pendingWork === 'start') return state.kind !== 'ended';
  return pendingWork !== undefined;
}

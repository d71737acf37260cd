import type { Agent, Box, StartPhase } from './timeline.ts';

/** V1's `AppConversationStartTaskStatus` for each phase of a start. */
export const V1_START = {
  accepted: 'WORKING',
  'waiting-for-sandbox': 'WAITING_FOR_SANDBOX',
  'preparing-repository': 'PREPARING_REPOSITORY',
  'running-setup-script': 'RUNNING_SETUP_SCRIPT',
  'starting-conversation': 'STARTING_CONVERSATION',
  ready: 'READY',
  failed: 'ERROR',
} as const satisfies Record<StartPhase, string>;

/** V1's `sandbox_status` for each state of the machine. V1 has no word for archived: such a sandbox is missing. */
export const V1_SANDBOX = {
  unregistered: 'STARTING',
  starting: 'STARTING',
  running: 'RUNNING',
  emptied: 'RUNNING',
  paused: 'PAUSED',
  stopped: 'PAUSED',
  failed: 'ERROR',
  missing: 'MISSING',
  archived: 'MISSING',
  unknown: 'RUNNING',
} as const satisfies Record<Box, string>;

/** V0's `status`. It says STOPPED of a runtime that it does not know yet, and ERROR and ARCHIVED undocumented. */
export const V0_STATUS = {
  unregistered: 'STOPPED',
  starting: 'STARTING',
  running: 'RUNNING',
  emptied: 'RUNNING',
  paused: 'STOPPED',
  stopped: 'STOPPED',
  failed: 'ERROR',
  missing: 'ARCHIVED',
  archived: 'ARCHIVED',
  unknown: 'HIBERNATING',
} as const satisfies Record<Box, string>;

/** V0's `runtime_status`. */
export const V0_RUNTIME = {
  unregistered: null,
  starting: 'STATUS$STARTING_RUNTIME',
  running: 'STATUS$READY',
  emptied: 'STATUS$READY',
  paused: 'STATUS$STOPPED',
  stopped: 'STATUS$STOPPED',
  failed: 'STATUS$ERROR',
  missing: null,
  archived: null,
  unknown: null,
} as const satisfies Record<Box, string | null>;

/** V1's `execution_status` for what the agent does. Only V0 tells several of these apart. */
export const V1_EXECUTION = {
  idle: 'idle',
  working: 'running',
  finished: 'finished',
  answered: 'finished',
  paused: 'paused',
  'asks-input': 'waiting_for_confirmation',
  'asks-confirmation': 'waiting_for_confirmation',
  failed: 'error',
  stuck: 'stuck',
  rejected: 'error',
  'rate-limited': 'error',
  deleting: 'deleting',
  stopped: 'paused',
  unknown: 'daydreaming',
} as const satisfies Record<Agent, string>;

/** V1's `execution_status`: the server asks the agent in the sandbox; if there is none to ask, it knows nothing. */
export function executionOf({ box, agent }: { readonly box: Box; readonly agent: Agent }): string | null {
  return V1_SANDBOX[box] === 'RUNNING' && box !== 'emptied' ? V1_EXECUTION[agent] : null;
}

/** V0's `agent_state`. It reports a stuck agent as one in error, with the reason beside it. */
export const V0_AGENT = {
  idle: 'loading',
  working: 'running',
  finished: 'finished',
  answered: 'awaiting_user_input',
  paused: 'paused',
  'asks-input': 'awaiting_user_input',
  'asks-confirmation': 'awaiting_user_confirmation',
  failed: 'error',
  stuck: 'error',
  rejected: 'rejected',
  'rate-limited': 'rate_limited',
  deleting: 'stopped',
  stopped: 'stopped',
  unknown: 'daydreaming',
} as const satisfies Record<Agent, string>;

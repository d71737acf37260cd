import type { Agent, Box, StartPhase } from './timeline.ts';

/** V1's `AppConversationStartTaskStatus` for each phase of a start. */
export const V1_START = {
  accepted: 'WORKING',
  'waiting-for-sandbox': 'WAITING_FOR_SANDBOX',
  'preparing-repository': 'PREPARING_REPOSITORY',
  'starting-conversation': 'STARTING_CONVERSATION',
  ready: 'READY',
  failed: 'ERROR',
} as const satisfies Record<StartPhase, string>;

/** V1's `sandbox_status` for each state of the sandbox. V1 reports an archived sandbox as missing. */
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

/** V0's `status`. V0 reports STOPPED for a runtime that it does not know yet. ERROR and ARCHIVED are undocumented. */
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

/** V1's `execution_status` for each state of the agent. Only V0 distinguishes some of these states. */
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

/** Returns V1's `execution_status`, which the server gets from the agent server; null if the sandbox does not run. */
export function executionOf({ box, agent }: { readonly box: Box; readonly agent: Agent }): string | null {
  return V1_SANDBOX[box] === 'RUNNING' && box !== 'emptied' ? V1_EXECUTION[agent] : null;
}

/** V0's `agent_state`. V0 reports a stuck agent as an error, with a reason. */
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

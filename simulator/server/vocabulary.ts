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

/**
 * V1's `sandbox_status`, V0's `status` and V0's `runtime_status` for each state of the sandbox. V1 reports an archived sandbox
 * as missing, V0 a runtime that it does not know yet as STOPPED. ERROR and ARCHIVED are undocumented in V0.
 */
export const BOX_NAMES = {
  unregistered: { v1: 'STARTING', v0: 'STOPPED', runtime: null },
  starting: { v1: 'STARTING', v0: 'STARTING', runtime: 'STATUS$STARTING_RUNTIME' },
  running: { v1: 'RUNNING', v0: 'RUNNING', runtime: 'STATUS$READY' },
  restarting: { v1: 'RUNNING', v0: 'RUNNING', runtime: 'STATUS$READY' },
  emptied: { v1: 'RUNNING', v0: 'RUNNING', runtime: 'STATUS$READY' },
  paused: { v1: 'PAUSED', v0: 'STOPPED', runtime: 'STATUS$STOPPED' },
  stopped: { v1: 'PAUSED', v0: 'STOPPED', runtime: 'STATUS$STOPPED' },
  failed: { v1: 'ERROR', v0: 'ERROR', runtime: 'STATUS$ERROR' },
  missing: { v1: 'MISSING', v0: 'ARCHIVED', runtime: null },
  archived: { v1: 'MISSING', v0: 'ARCHIVED', runtime: null },
  unknown: { v1: 'RUNNING', v0: 'HIBERNATING', runtime: null },
} as const satisfies Record<Box, object>;

/**
 * V1's `execution_status` and V0's `agent_state` for each state of the agent. Only V0 distinguishes some of these states; it
 * reports a stuck agent as an error, with a reason.
 */
export const AGENT_NAMES = {
  idle: { v1: 'idle', v0: 'loading' },
  working: { v1: 'running', v0: 'running' },
  finished: { v1: 'finished', v0: 'finished' },
  answered: { v1: 'finished', v0: 'awaiting_user_input' },
  paused: { v1: 'paused', v0: 'paused' },
  'asks-input': { v1: 'waiting_for_confirmation', v0: 'awaiting_user_input' },
  'asks-confirmation': { v1: 'waiting_for_confirmation', v0: 'awaiting_user_confirmation' },
  failed: { v1: 'error', v0: 'error' },
  stuck: { v1: 'stuck', v0: 'error' },
  rejected: { v1: 'error', v0: 'rejected' },
  'rate-limited': { v1: 'error', v0: 'rate_limited' },
  deleting: { v1: 'deleting', v0: 'stopped' },
  stopped: { v1: 'paused', v0: 'stopped' },
  unknown: { v1: 'daydreaming', v0: 'daydreaming' },
} as const satisfies Record<Agent, object>;

/** Returns V1's `execution_status`, which the server gets from the agent server; null if the sandbox does not run, or its agent server is down. */
export function executionOf({ box, agent }: { readonly box: Box; readonly agent: Agent }): string | null {
  return BOX_NAMES[box].v1 === 'RUNNING' && box !== 'emptied' && box !== 'restarting'
    ? AGENT_NAMES[agent].v1
    : null;
}

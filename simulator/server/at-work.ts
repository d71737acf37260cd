import type { ConversationView } from './server.ts';

/** The states in which an agent or its sandbox is stopped. In every other state the agent may be at work. */
const STOPPED = {
  v1: ['finished', 'paused', 'waiting_for_confirmation', 'error', 'stuck', 'deleting'],
  v0: [
    'finished',
    'paused',
    'stopped',
    'awaiting_user_input',
    'awaiting_user_confirmation',
    'error',
    'rejected',
  ],
  sandbox: ['PAUSED', 'ERROR', 'MISSING'],
  conversation: ['STOPPED', 'ERROR', 'ARCHIVED'],
};

/** Whether the agent of a conversation is at work or will be. */
export function isAtWork({ state }: ConversationView): boolean {
  if (state.version === 'v0') {
    return !STOPPED.conversation.includes(state.status) && !STOPPED.v0.includes(state.agentState);
  }
  const { start, sandbox, execution } = state;
  if (start === 'ERROR' || STOPPED.sandbox.includes(sandbox) || isLost({ state })) return false;
  return sandbox === 'STARTING' || !STOPPED.v1.includes(execution ?? '');
}

/**
 * Whether an agent is gone: its agent server, a single process, has lost the conversation; or another sandbox, which runs without the
 * conversation, has replaced its own.
 */
export function isLost({ state }: Pick<ConversationView, 'state'>): boolean {
  if (state.version === 'agent-server') return !state.shown;
  return state.version === 'v1' && state.sandbox === 'RUNNING' && state.execution === null;
}

/** Whether the sandbox of a conversation runs, so that its agent can be asked. V0 does not show that. */
export function isReachable({ state }: ConversationView): boolean {
  return state.version === 'v0' || state.execution !== null;
}

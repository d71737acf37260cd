import { naiveTime, zonedTime } from '../clock.ts';
import type { JsonObject } from '../json.ts';
import type { Conversation } from './conversation.ts';
import type { StoredEvent } from './order.ts';
import { AGENT_NAMES, BOX_NAMES } from './vocabulary.ts';

/** Renders a conversation, `ConversationInfo` in the API description; null if the server does not know it. */
export function renderInfo(conversation: Conversation, origin: string): JsonObject | null {
  const { names, order, situation, updatedAt } = conversation;
  if (situation.presence === 'hidden') return null;
  return {
    conversation_id: names.id,
    title: situation.title ?? `Conversation ${names.id.slice(0, 5)}`,
    last_updated_at: zonedTime(updatedAt),
    status: BOX_NAMES[situation.box].v0,
    runtime_status: BOX_NAMES[situation.box].runtime,
    selected_repository: order.repository,
    selected_branch: order.branch,
    git_provider: order.provider,
    trigger: 'openhands_api',
    num_connections: 0,
    url:
      situation.box === 'running'
        ? `${origin}/agent-server/${names.sandboxId}/api/conversations/${names.id}`
        : null,
    session_api_key: names.sessionKey,
    created_at: zonedTime(order.at),
    pr_number: situation.pullRequests,
  };
}

function contentOf({ happening }: StoredEvent): JsonObject {
  switch (happening.kind) {
    case 'user-message':
      return {
        source: 'user',
        message: happening.text,
        action: 'message',
        args: { content: happening.text },
      };
    case 'agent-message':
      return {
        source: 'agent',
        message: happening.text,
        action: 'message',
        args: { content: happening.text, wait_for_response: true },
      };
    case 'command':
      return {
        source: 'agent',
        message: `Running command: ${happening.command}`,
        action: 'run',
        args: { command: happening.command, thought: happening.summary, is_input: false },
      };
    case 'command-result':
      return {
        source: 'agent',
        message: `Command \`${happening.command}\` executed with exit code 0.`,
        observation: 'run',
        content: happening.text,
        extras: { command: happening.command, metadata: { exit_code: 0 } },
      };
    case 'edit':
      return {
        source: 'agent',
        message: `Editing ${happening.path}`,
        action: 'edit',
        args: {
          path: happening.path,
          command: 'create',
          file_text: happening.text,
          thought: happening.summary,
        },
      };
    case 'finish':
      return {
        source: 'agent',
        message: 'All done! What is next on the agenda?',
        action: 'finish',
        args: { final_thought: happening.text, outputs: {}, thought: '' },
      };
    case 'error':
      return {
        source: 'environment',
        message: happening.detail,
        observation: 'error',
        content: happening.detail,
        extras: { error_id: happening.code },
      };
    case 'agent-state':
      return {
        source: 'environment',
        message: '',
        observation: 'agent_state_changed',
        content: '',
        extras: { agent_state: AGENT_NAMES[happening.agent].v0, reason: happening.reason ?? '' },
      };
    case 'cost':
      // V0 has no such event. This is its empty observation.
      return { source: 'environment', message: '', observation: 'null', content: '', extras: {} };
  }
}

/** Renders an event as V0 stores it. */
export function renderV0Event(event: StoredEvent): JsonObject {
  return { id: event.serial, timestamp: naiveTime(event.at), ...contentOf(event) };
}

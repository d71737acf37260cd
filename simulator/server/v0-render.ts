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

function action(
  source: 'user' | 'agent',
  name: 'message' | 'run' | 'edit' | 'finish',
  message: string,
  args: JsonObject,
): JsonObject {
  return { source, message, action: name, args };
}

function observation(name: string, message: string, content: string, extras: JsonObject): JsonObject {
  const source = name === 'run' ? 'agent' : 'environment';
  return { source, message, observation: name, content, extras };
}

function contentOf({ happening }: StoredEvent): JsonObject {
  switch (happening.kind) {
    case 'user-message':
      return action('user', 'message', happening.text, { content: happening.text });
    case 'agent-message':
      return action('agent', 'message', happening.text, { content: happening.text, wait_for_response: true });
    case 'command': {
      const { command, summary: thought } = happening;
      return action('agent', 'run', `Running command: ${command}`, { command, thought, is_input: false });
    }
    case 'command-result': {
      const { command, text } = happening;
      const message = `Command \`${command}\` executed with exit code 0.`;
      return observation('run', message, text, { command, metadata: { exit_code: 0 } });
    }
    case 'edit': {
      const { path, text: file_text, summary: thought } = happening;
      return action('agent', 'edit', `Editing ${path}`, { path, command: 'create', file_text, thought });
    }
    case 'finish': {
      const args = { final_thought: happening.text, outputs: {}, thought: '' };
      return action('agent', 'finish', 'All done! What is next on the agenda?', args);
    }
    case 'error':
      return observation('error', happening.detail, happening.detail, { error_id: happening.code });
    case 'tool-error':
      return observation('error', happening.text, happening.text, {});
    case 'agent-state': {
      const { agent, reason = '' } = happening;
      return observation('agent_state_changed', '', '', { agent_state: AGENT_NAMES[agent].v0, reason });
    }
    case 'system-prompt':
    case 'condensation':
    case 'cost':
    case 'pause':
    case 'interrupt':
    case 'plan':
    case 'plan-result':
      // V0 has no such event. This is its empty observation.
      return observation('null', '', '', {});
  }
}

/** Renders an event as V0 stores it. */
export function renderV0Event(event: StoredEvent): JsonObject {
  return { id: event.serial, timestamp: naiveTime(event.at), ...contentOf(event) };
}

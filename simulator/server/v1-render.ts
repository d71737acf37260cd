import { randomUUID } from 'node:crypto';

import { naiveTime, zonedTime } from '../clock.ts';
import { dashed } from '../ids.ts';
import type { JsonObject } from '../json.ts';
import type { Call } from '../reply.ts';
import { folderOf } from './archive.ts';
import type { Conversation } from './conversation.ts';
import type { StoredEvent } from './order.ts';
import { AGENT_NAMES, BOX_NAMES, executionOf, V1_START } from './vocabulary.ts';

/** Returns the path of a conversation on its simulated agent server. */
function agentServerPath(conversation: Conversation): string {
  return `/agent-server/${conversation.names.sandboxId}/api/conversations/${conversation.names.id}`;
}

/** Renders a start task, `AppConversationStartTask` in the API description. */
export function renderStartTask(conversation: Conversation, origin: string): JsonObject {
  const { names, order, situation, startUpdatedAt } = conversation;
  const ready = situation.start === 'ready';
  return {
    id: names.taskId,
    created_by_user_id: order.accountId,
    status: V1_START[situation.start],
    detail: situation.detail,
    app_conversation_id: ready ? names.id : null,
    sandbox_id: situation.start === 'accepted' ? null : names.sandboxId,
    agent_server_url: ready ? `${origin}/agent-server/${names.sandboxId}` : null,
    request: order.request,
    created_at: zonedTime(order.at),
    updated_at: zonedTime(startUpdatedAt),
  };
}

function metrics(cost: number): JsonObject {
  const prompts = Math.round(cost * 100_000);
  return {
    model_name: 'simulated',
    accumulated_cost: cost,
    max_budget_per_task: null,
    accumulated_token_usage: {
      model: 'simulated',
      prompt_tokens: prompts,
      completion_tokens: Math.round(prompts / 12),
      cache_read_tokens: Math.round(prompts / 2),
      cache_write_tokens: Math.round(prompts / 8),
      reasoning_tokens: 0,
      context_window: 200_000,
      per_turn_token: Math.round(prompts / 4),
      response_id: '',
    },
  };
}

/** Renders a conversation, `AppConversation` in the API description; null if the server does not know it. */
export function renderConversation(
  conversation: Conversation,
  { origin, webPath }: Pick<Call, 'origin' | 'webPath'>,
): JsonObject | null {
  const { names, situation } = conversation;
  if (situation.presence === 'hidden') return null;
  const sandbox = BOX_NAMES[situation.box].v1;
  return {
    ...renderInfo(conversation),
    sandbox_status: sandbox,
    execution_status: executionOf(situation),
    // Only a running sandbox has an address and a key.
    conversation_url: sandbox === 'RUNNING' ? `${origin}${agentServerPath(conversation)}` : null,
    session_api_key: sandbox === 'RUNNING' ? names.sessionKey : null,
    ...(webPath !== undefined && { conversation_ui_url: `${origin}${webPath}/conversations/${names.id}` }),
    acp_server: null,
    launched_agent_profile: null,
  };
}

/** Renders the stored part of a conversation, `AppConversationInfo`. */
export function renderInfo({ names, order, situation, knownCost, updatedAt }: Conversation): JsonObject {
  return {
    id: names.id,
    created_by_user_id: order.accountId,
    sandbox_id: names.sandboxId,
    selected_repository: order.repository,
    selected_branch: order.branch,
    git_provider: order.provider,
    title: situation.title,
    trigger: order.trigger,
    pr_number: situation.pullRequests,
    llm_model: order.model,
    agent_kind: 'openhands',
    metrics: metrics(knownCost),
    parent_conversation_id: null,
    sub_conversation_ids: [],
    public: null,
    tags: {},
    created_at: zonedTime(order.at),
    updated_at: zonedTime(updatedAt),
  };
}

/** Renders a conversation as its agent server does, `ConversationInfo` in the agent server's API description. */
export function renderAgentConversation(conversation: Conversation): JsonObject {
  const { names, order, situation, updatedAt } = conversation;
  return {
    id: dashed(names.id),
    title: situation.title,
    ...agentState(conversation),
    // Seen: null before the model was called.
    metrics: situation.cost === 0 ? null : metrics(situation.cost),
    workspace: {
      kind: 'LocalWorkspace',
      working_dir: folderOf(conversation),
    },
    agent: {
      kind: 'Agent',
      llm: { model: order.model ?? 'simulated', usage_id: 'agent', is_subscription: false },
    },
    max_iterations: 500,
    tags: order.request['tags'] ?? {},
    created_at: zonedTime(order.at),
    updated_at: zonedTime(updatedAt),
  };
}

/** Renders the state as an agent server does, in responses and on sockets. */
function agentState({ order, situation }: Conversation): JsonObject {
  return {
    execution_status: AGENT_NAMES[situation.agent].v1,
    confirmation_policy: { kind: order.scenario === 'confirmation' ? 'AlwaysConfirm' : 'NeverConfirm' },
    stats: { usage_to_metrics: { agent: metrics(situation.cost) } },
  };
}

/** Renders the event with the whole state that a socket begins with. It is not stored. */
export function renderFullState(conversation: Conversation, at: number): JsonObject {
  return {
    id: randomUUID(),
    timestamp: naiveTime(at),
    kind: 'ConversationStateUpdateEvent',
    source: 'environment',
    key: 'full_state',
    value: agentState(conversation),
  };
}

function toolCall(event: StoredEvent, tool: string, summary: string, action: JsonObject): JsonObject {
  const { kind, ...rest } = action;
  const thought = kind === 'FinishAction' ? [] : [{ cache_prompt: false, type: 'text', text: summary }];
  return {
    kind: 'ActionEvent',
    source: 'agent',
    thought,
    reasoning_content: null,
    thinking_blocks: [],
    action,
    tool_name: tool,
    tool_call_id: `call-${event.id}`,
    tool_call: { id: `call-${event.id}`, name: tool, arguments: JSON.stringify(rest), origin: 'completion' },
    llm_response_id: `response-${event.id}`,
    security_risk: 'LOW',
    summary,
  };
}

function message(source: 'agent' | 'user', text: string): JsonObject {
  return {
    kind: 'MessageEvent',
    source,
    llm_message: {
      role: source === 'user' ? 'user' : 'assistant',
      content: [{ cache_prompt: false, type: 'text', text }],
    },
    activated_skills: [],
    extended_content: [],
  };
}

function terminalResult(event: StoredEvent, command: string, text: string): JsonObject {
  return {
    kind: 'ObservationEvent',
    source: 'environment',
    tool_name: 'terminal',
    tool_call_id: `call-${event.id}`,
    action_id: event.id,
    observation: {
      kind: 'TerminalObservation',
      command,
      exit_code: 0,
      timeout: false,
      is_error: false,
      content: [{ cache_prompt: false, type: 'text', text }],
    },
  };
}

function contentOf(event: StoredEvent): JsonObject {
  const { happening } = event;
  switch (happening.kind) {
    case 'user-message':
      return message('user', happening.text);
    case 'agent-message':
      return message('agent', happening.text);
    case 'command':
      return toolCall(event, 'terminal', happening.summary, {
        kind: 'TerminalAction',
        command: happening.command,
        is_input: false,
        reset: false,
      });
    case 'edit':
      return toolCall(event, 'file_editor', happening.summary, {
        kind: 'FileEditorAction',
        command: 'create',
        path: happening.path,
        file_text: happening.text,
      });
    case 'finish':
      return toolCall(event, 'finish', 'Finish the task', { kind: 'FinishAction', message: happening.text });
    case 'command-result':
      return terminalResult(event, happening.command, happening.text);
    case 'error':
      return {
        kind: 'ConversationErrorEvent',
        source: 'environment',
        code: happening.code,
        detail: happening.detail,
        // Absent on older servers.
        ...(happening.classified !== undefined && {
          classification: { kind: happening.classified, retryable: false, user_action: 'settings' },
        }),
      };
    case 'tool-error':
      return {
        kind: 'AgentErrorEvent',
        source: 'agent',
        tool_name: 'terminal',
        tool_call_id: `call-${event.id}`,
        error: happening.text,
      };
    case 'agent-state':
      return stateUpdate(event, AGENT_NAMES[happening.agent].v1);
    case 'cost':
      return {
        kind: 'ConversationStateUpdateEvent',
        source: 'environment',
        key: 'stats',
        value: { usage_to_metrics: { agent: metrics(happening.dollars) } },
      };
  }
}

/** Renders a state event: the first one has the whole state, later ones only the field that changed. */
function stateUpdate(event: StoredEvent, status: string): JsonObject {
  const fields =
    event.serial === 0
      ? {
          key: 'full_state',
          value: { execution_status: status, confirmation_policy: { kind: 'NeverConfirm' } },
        }
      : { key: 'execution_status', value: status };
  return { kind: 'ConversationStateUpdateEvent', source: 'environment', ...fields };
}

/** Renders an event as V1 stores it. */
export function renderEvent(event: StoredEvent): JsonObject {
  return { id: dashed(event.id), timestamp: naiveTime(event.at), ...contentOf(event) };
}

import { randomUUID } from 'node:crypto';

import { naiveTime, zonedTime } from '../clock.ts';
import { dashed } from '../ids.ts';
import type { JsonObject } from '../json.ts';
import type { Call } from '../reply.ts';
import { folderOf } from './archive.ts';
import type { Conversation } from './conversation.ts';
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

/** Renders the sandbox of a conversation, `SandboxInfo` in the API description. */
export function renderSandbox({ names, order, situation }: Conversation, detail = ''): JsonObject {
  const status = BOX_NAMES[situation.box].v1;
  return {
    id: names.sandboxId,
    created_by_user_id: order.accountId,
    sandbox_spec_id: 'simulated',
    status,
    session_api_key: status === 'RUNNING' ? names.sessionKey : null,
    created_at: zonedTime(order.at),
    status_detail: ['ERROR', 'MISSING'].includes(status) && detail !== '' ? detail : null,
  };
}

/** Renders cost and tokens, `MetricsSnapshot` in the API description. */
export function metrics(cost: number): JsonObject {
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

/** Renders events as V1 stores them, in the agent server's format. */
import { naiveTime } from '../clock.ts';
import { dashed } from '../ids.ts';
import type { JsonObject } from '../json.ts';
import type { StoredEvent } from './order.ts';
import type { PlannedTask, Tool } from './timeline.ts';
import { metrics } from './v1-render.ts';
import { AGENT_NAMES } from './vocabulary.ts';

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

/** Seen with agent server 1.58.2. */
function systemPrompt(tools: readonly Tool[]): JsonObject {
  return {
    kind: 'SystemPromptEvent',
    source: 'agent',
    system_prompt: { cache_prompt: false, type: 'text', text: 'You are OpenHands agent.' },
    tools: tools.map((tool) => ({
      description: 'What it does.',
      action_type: 'Action',
      observation_type: 'Observation',
      annotations: null,
      meta: null,
      ...tool,
    })),
    dynamic_context: null,
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

/** Seen with agent server 1.58.2, and the one of V1. */
function planned(tasks: readonly PlannedTask[]): JsonObject {
  return { command: 'plan', task_list: tasks.map((task) => ({ notes: '', ...task })) };
}

function planResult(event: StoredEvent, tasks: readonly PlannedTask[]): JsonObject {
  const text = `Task list has been updated with ${tasks.length} item(s).`;
  return {
    kind: 'ObservationEvent',
    source: 'environment',
    tool_name: 'task_tracker',
    tool_call_id: `call-${event.id}`,
    action_id: event.id,
    observation: {
      kind: 'TaskTrackerObservation',
      is_error: false,
      content: [{ cache_prompt: false, type: 'text', text }],
      ...planned(tasks),
    },
  };
}

function contentOf(event: StoredEvent): JsonObject {
  const { happening } = event;
  switch (happening.kind) {
    case 'user-message':
      return message('user', happening.text);
    case 'system-prompt':
      return systemPrompt(happening.tools);
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
    case 'plan':
      return toolCall(event, 'task_tracker', 'Update the plan', {
        kind: 'TaskTrackerAction',
        ...planned(happening.tasks),
      });
    case 'plan-result':
      return planResult(event, happening.tasks);
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
    case 'condensation':
      return {
        kind: 'Condensation',
        source: 'environment',
        forgotten_event_ids: [...event.forgotten],
        summary: 'The agent waits for a task.',
        summary_offset: 1,
        llm_response_id: `response-${event.id}`,
      };
    case 'pause':
      return { kind: 'PauseEvent', source: 'user' };
    case 'interrupt':
      return { kind: 'InterruptEvent', source: 'user' };
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

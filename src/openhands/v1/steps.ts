import * as v from 'valibot';

import type { AgentStep, Since, Steps } from '../../conversation/conversation.ts';
import { type NewestEvents, stepsIn } from '../steps.ts';
import { answerIn, type Event, executionStatusIn, failureIn, messageIn, personMessageIn } from './events.ts';

const Text = v.fallback(v.nullish(v.string()), null);

/** `summary` is a short description by the model. Source: `ActionEvent` in V1's OpenAPI description. */
const Action = v.looseObject({
  kind: v.literal('ActionEvent'),
  source: v.literal('agent'),
  tool_name: v.string(),
  summary: Text,
  action: v.fallback(
    v.nullish(
      v.looseObject({ kind: Text, command: Text, path: Text, url: Text, query: Text, thought: Text }),
    ),
    null,
  ),
});
/**
 * A tool call of an external agent that speaks the Agent Client Protocol. The event is repeated at each status change.
 * Source: `ACPToolCallEvent` in OpenHands/software-agent-sdk.
 */
const AcpToolCall = v.looseObject({
  kind: v.literal('ACPToolCallEvent'),
  title: v.string(),
  status: v.picklist(['completed', 'failed']),
});
const ToolFailure = v.looseObject({ kind: v.literal('AgentErrorEvent'), error: v.string() });

/** Returns the agent's new steps in V1's newest events. */
export function v1StepsIn(newest: NewestEvents<Event>, since: Since = {}): Steps {
  return stepsIn(newest, since, {
    // The WebSocket also sends events that are never stored, or not yet. If the event at the cursor is missing, times decide.
    cursorOf: ({ id, timestamp }) => (timestamp === undefined ? id : id && `${id} ${timestamp}`),
    isAt: ({ id }, cursor) => id === cursor.split(' ')[0],
    isBefore({ timestamp }, cursor) {
      const [, at = ''] = cursor.split(' ');
      return timestamp !== undefined && timestamp <= at;
    },
    stepIn,
    answerIn,
    personMessageIn,
    awaitsConfirmationIn(event) {
      const status = executionStatusIn(event);
      return status === undefined ? undefined : status === 'waiting_for_confirmation';
    },
    isResult: ({ kind }) => kind === 'ObservationEvent',
  });
}

function stepIn(event: Event): AgentStep | undefined {
  const action = v.safeParse(Action, event);
  if (action.success) return actionStep(action.output);
  const call = v.safeParse(AcpToolCall, event);
  if (call.success)
    return { kind: call.output.status === 'failed' ? 'error' : 'action', text: call.output.title };
  const failure = failureIn(event);
  if (failure !== undefined) return { kind: 'error', text: failure };
  const toolFailure = v.safeParse(ToolFailure, event);
  if (toolFailure.success) return { kind: 'error', text: toolFailure.output.error };
  const message = messageIn(event);
  return message === undefined ? undefined : { kind: 'message', text: message };
}

/** Converts an action to a step. The finish is not a step: its message is the answer. */
function actionStep({
  summary,
  tool_name: tool,
  action,
}: v.InferOutput<typeof Action>): AgentStep | undefined {
  if (action?.kind === 'FinishAction') return undefined;
  if (summary?.trim()) return { kind: 'action', text: summary };
  const details = [action?.command, action?.path, action?.url, action?.query, action?.thought];
  return {
    kind: 'action',
    text: [`${tool}:`, ...details.filter((detail) => detail != null)].join(' ').replace(/:$/, ''),
  };
}

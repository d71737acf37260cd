import * as v from 'valibot';

import type {
  AgentFault,
  AgentStep,
  PersonMessage as Said,
  Result,
  Since,
  Steps,
} from '../../conversation/conversation.ts';
import { type NewestEvents, type Place, stepsIn } from '../history.ts';
import { fitted, listUpTo, MAX_EVENTS } from '../wire.ts';
import { agentState, STATE_UPDATE } from './states.ts';

const OptionalText = v.fallback(v.optional(v.string()), undefined);
/** An event of any kind. Kinds that this file does not describe are skipped. */
export const Event = v.looseObject({ kind: v.string(), id: OptionalText, timestamp: OptionalText });
export const EventPage = v.looseObject({
  items: listUpTo(MAX_EVENTS, Event),
  next_page_id: v.nullish(v.string()),
});
export type EventPage = v.InferOutput<typeof EventPage>;
export type Event = v.InferOutput<typeof Event>;

const StateUpdate = v.looseObject({
  kind: v.literal(STATE_UPDATE),
  key: v.string(),
  value: v.unknown(),
});
const FullState = v.looseObject({ execution_status: v.string() });
const Finish = v.looseObject({
  kind: v.literal('ActionEvent'),
  source: v.literal('agent'),
  action: v.looseObject({ kind: v.literal('FinishAction'), message: v.string() }),
});
const AgentMessage = v.looseObject({
  kind: v.literal('MessageEvent'),
  source: v.literal('agent'),
  llm_message: v.looseObject({ content: v.array(v.unknown()) }),
});
const PersonMessage = v.looseObject({
  kind: v.literal('MessageEvent'),
  source: v.literal('user'),
  id: v.string(),
  llm_message: v.fallback(v.looseObject({ content: v.array(v.unknown()) }), { content: [] }),
});
const TextPart = v.looseObject({ type: v.optional(v.literal('text'), 'text'), text: v.string() });
const Failure = v.looseObject({
  kind: v.literal('ConversationErrorEvent'),
  code: v.string(),
  detail: v.string(),
  classification: v.fallback(v.nullish(v.looseObject({ kind: v.string() })), null),
});

/** Source: `FailureKind` in OpenHands/software-agent-sdk. `config` and `unknown` are left out: the code says more. */
const CLASSIFIED: ReadonlyMap<string, AgentFault> = new Map([
  ['auth', 'model-key'],
  ['quota', 'model-credit'],
  ['rate_limit', 'model-limit'],
  ['transient', 'model-service'],
  ['agent_action', 'agent'],
  ['internal', 'server'],
]);
/** Older servers report only the class of the error. Source: openhands-sdk/openhands/sdk/llm/exceptions. */
const CODES: ReadonlyMap<string, AgentFault> = new Map([
  ['LLMAuthenticationError', 'model-key'],
  ['LLMRateLimitError', 'model-limit'],
  ['LLMServiceUnavailableError', 'model-service'],
  ['LLMTimeoutError', 'model-service'],
  // Classes of litellm, which the SDK does not convert: a 404 of the model, and others such as 402.
  ['NotFoundError', 'model-name'],
  ['APIError', 'model'],
]);

/** Words of the model's service, for refusals that servers take for a limit or an outage: those would not pass by themselves. */
const REFUSED: readonly (readonly [RegExp, AgentFault])[] = [
  [/\binsufficient_quota\b|\b(?:code|status|HTTP)\W{0,3}402\b|payment required/i, 'model-credit'],
  [/\b(?:code|status|HTTP)\W{0,3}403\b|permission.?denied|illegal header value b'bearer/i, 'model-key'],
];

/** Returns the agent's status; `undefined` if the event is neither a status change nor a copy of the full state. */
export function executionStatusIn(event: Event): string | undefined {
  const { key, value } = fitted(StateUpdate, event) ?? {};
  if (key === 'execution_status' && typeof value === 'string') return value;
  return key === 'full_state' ? fitted(FullState, value)?.execution_status : undefined;
}

/**
 * Reads the agent's answer (the message of its finish, or its last plain message) and why the conversation failed. Stops at
 * the answer. The result is complete if the newest event with the agent's status reports an end; an older end may have been
 * followed by a resume. An error status is stored just before its reason: the result is complete with the reason.
 *
 * @param events the events, newest first.
 * @param since the id of a message: only newer events count.
 */
export async function resultIn(
  events: AsyncIterable<Event> | Iterable<Event>,
  since?: string,
): Promise<Result> {
  let newest: Progress | undefined;
  let isEarlierWork = false;
  const ofEnd: Event[] = [];
  let answer: string | undefined;
  for await (const event of events) {
    if (isBoundary(event, since)) break;
    const progress = progressIn(event);
    newest ??= progress;
    isEarlierWork ||= progress === 'at-work';
    if (!isEarlierWork) ofEnd.push(event);
    answer = answerIn(event);
    if (answer !== undefined) break;
  }
  const why: Why = ofEnd.map(faultIn).find(({ reason }) => reason !== undefined) ?? {};
  const complete = newest === 'ended' || (newest === 'failed' && why.reason !== undefined);
  return { complete, ...(answer !== undefined && { answer }), ...why };
}

function isBoundary(event: Event, since: string | undefined): boolean {
  return since !== undefined && personMessageIn(event)?.id === since;
}

type Why = Pick<Result, 'reason' | 'fault'>;

/** Returns why the conversation failed, and what failed; empty if the event does not say. */
function faultIn(event: Event): Why {
  const failure = fitted(Failure, event);
  if (failure === undefined) return {};
  const { code, detail, classification } = failure;
  const fault =
    CLASSIFIED.get(classification?.kind ?? '') ??
    CODES.get(code) ??
    (code.startsWith('LLM') ? 'model' : 'agent');
  const refusal = fault.startsWith('model') ? REFUSED.find(([words]) => words.test(detail))?.[1] : undefined;
  return { reason: `${code}: ${detail}`, fault: refusal ?? fault };
}

/** Returns a person's message; `undefined` if the event is not one. */
export function personMessageIn(event: Event): Said | undefined {
  const message = fitted(PersonMessage, event);
  if (message === undefined) return undefined;
  const text = textIn(message.llm_message.content);
  return { id: message.id, ...(text !== undefined && { text }) };
}

/** What an event says of the agent's progress. `failed`: the status is an error, and its reason is another event. */
type Progress = 'ended' | 'failed' | 'at-work';

/** Returns the agent's progress; `undefined` if the event does not say. */
function progressIn(event: Event): Progress | undefined {
  if (faultIn(event).reason !== undefined || v.is(Finish, event)) return 'ended';
  const status = executionStatusIn(event);
  if (status === undefined) return undefined;
  const { state } = agentState(status);
  if (state.kind !== 'ended') return 'at-work';
  return state.ending === 'error' ? 'failed' : 'ended';
}

/** Whether an event says that the agent has ended. */
export function showsEnd(event: Event): boolean {
  return ['ended', 'failed'].includes(progressIn(event) ?? '');
}

/** Returns the text that is the agent's answer, unless more follows; `undefined` if the event has none. */
function answerIn(event: Event): string | undefined {
  const finish = fitted(Finish, event);
  return finish ? textOrNothing(finish.action.message) : messageIn(event);
}

/** Returns the text of a plain message of the agent; `undefined` if the event is not one. */
function messageIn(event: Event): string | undefined {
  return textIn(fitted(AgentMessage, event)?.llm_message.content ?? []);
}

function textIn(content: readonly unknown[]): string | undefined {
  return textOrNothing(content.flatMap((part) => fitted(TextPart, part)?.text ?? []).join('\n'));
}

function textOrNothing(text: string): string | undefined {
  return text.trim() === '' ? undefined : text;
}

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
const ToolFailure = v.looseObject({ kind: v.literal('AgentErrorEvent'), error: v.string() });

/** Returns the agent's new steps in V1's newest events. */
export function v1StepsIn(newest: NewestEvents<Event>, since: Since = {}): Steps {
  return stepsIn(newest, since, { placeOf, stepIn, answerIn, personMessageIn });
}

/** The WebSocket also sends events that are never stored, or not yet. If the event at the cursor is missing, times decide. */
function placeOf({ id, timestamp }: Event): Place {
  return { ...(id !== undefined && { id }), ...(timestamp !== undefined && { at: timestamp }) };
}

function stepIn(event: Event): AgentStep | undefined {
  const action = fitted(Action, event);
  if (action !== undefined) return actionStep(action);
  const error = faultIn(event).reason ?? fitted(ToolFailure, event)?.error;
  if (error !== undefined) return { kind: 'error', text: error };
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

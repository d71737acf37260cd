import * as v from 'valibot';

import type { AgentFault, PersonMessage as Said, Result } from '../../conversation/conversation.ts';
import { firstOf, MOST_EVENTS } from '../wire.ts';
import { agentState } from './states.ts';

/** An event of any kind: what is not one of those below is skipped. */
const Told = v.fallback(v.optional(v.string()), undefined);
export const Event = v.looseObject({ kind: v.string(), id: Told, timestamp: Told });
export const EventPage = v.looseObject({
  items: firstOf(MOST_EVENTS, Event),
  next_page_id: v.nullish(v.string()),
});
export type EventPage = v.InferOutput<typeof EventPage>;
export type Event = v.InferOutput<typeof Event>;

/** Stands for one that is too large to be read. */
export const UNREADABLE: Event = { kind: 'unreadable' };

const StateUpdate = v.looseObject({
  kind: v.literal('ConversationStateUpdateEvent'),
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

/** A tool call that a restart of the server cut off, or that broke: the agent may go on, or be in error for it. */
const CutOff = v.looseObject({
  kind: v.literal('AgentErrorEvent'),
  error: v.string(),
  classification: v.looseObject({ kind: v.literal('internal') }),
});

/** Source: `FailureKind` in OpenHands/software-agent-sdk. `config` and `unknown` say no more than the code. */
const CLASSIFIED: ReadonlyMap<string, AgentFault> = new Map([
  ['auth', 'model-key'],
  ['quota', 'model-credit'],
  ['rate_limit', 'model-limit'],
  ['transient', 'model-service'],
  ['agent_action', 'agent'],
  ['internal', 'server'],
]);
/** Older servers only tell the class of the error. Source: openhands-sdk/openhands/sdk/llm/exceptions. */
const CODES: ReadonlyMap<string, AgentFault> = new Map([
  ['LLMAuthenticationError', 'model-key'],
  ['LLMRateLimitError', 'model-limit'],
  ['LLMServiceUnavailableError', 'model-service'],
  ['LLMTimeoutError', 'model-service'],
  // litellm's, which the SDK passes on as they are: the model's 404, and others such as its 402.
  ['NotFoundError', 'model-name'],
  ['APIError', 'model'],
]);

/** The agent's status, if the event tells it: as a change of its own, or in a full copy of the state. */
export function executionStatusIn(event: Event): string | undefined {
  const update = v.safeParse(StateUpdate, event);
  if (!update.success) return undefined;
  const { key, value } = update.output;
  if (key === 'execution_status' && typeof value === 'string') return value;
  const full = v.safeParse(FullState, value);
  return key === 'full_state' && full.success ? full.output.execution_status : undefined;
}

/**
 * The agent's answer, the message of its finish or else its last plain message, and why the conversation failed. Reads
 * no further than to the answer. They are complete if the newest that tells of the agent's state tells of an end: it may
 * have come to one before, and been resumed. An error is stored just before its reason: it is complete with that.
 *
 * @param events the newest first.
 * @param since the id of the event that they must be newer than.
 */
export async function resultIn(events: AsyncIterable<Event>, since?: string): Promise<Result> {
  let newest: Standing | undefined;
  let isEarlierWork = false;
  const ofEnd: Event[] = [];
  let answer: string | undefined;
  let cut: Pick<Result, 'isCut'> = {};
  for await (const event of events) {
    if (isBoundary(event, since)) break;
    if (event === UNREADABLE) cut = { isCut: true };
    const standing = standingIn(event);
    newest ??= standing;
    isEarlierWork ||= standing === 'at-work';
    if (!isEarlierWork) ofEnd.push(event);
    answer = answerIn(event);
    if (answer !== undefined) break;
  }
  const why = whyAmong(ofEnd, newest);
  const complete = newest === 'ended' || (newest === 'failed' && why.reason !== undefined);
  return { complete, ...cut, ...(answer !== undefined && { answer }), ...why };
}

type Why = Pick<Result, 'reason' | 'fault'>;

/** Why it failed, by the newest event that tells it; or else what has cut off an agent that is in error. */
function whyAmong(ofEnd: readonly Event[], standing: Standing | undefined): Why {
  const told = ofEnd.map(faultIn).find(({ reason }) => reason !== undefined);
  if (told !== undefined || standing !== 'failed') return told ?? {};
  const cutOff = ofEnd.map((event) => v.safeParse(CutOff, event)).find(({ success }) => success);
  return cutOff?.success ? { reason: cutOff.output.error, fault: 'server' } : {};
}

function isBoundary(event: Event, since: string | undefined): boolean {
  return since !== undefined && personMessageIn(event) === since;
}

/** Why the conversation failed; `undefined` if the event does not tell. */
export function failureIn(event: Event): string | undefined {
  return faultIn(event).reason;
}

/** The same, and what it was that failed. */
function faultIn(event: Event): Why {
  const failure = v.safeParse(Failure, event);
  if (!failure.success) return {};
  const { code, detail, classification } = failure.output;
  const fault =
    CLASSIFIED.get(classification?.kind ?? '') ??
    CODES.get(code) ??
    (code.startsWith('LLM') ? 'model' : 'agent');
  return { reason: `${code}: ${detail}`, fault };
}

/** The id of a message that a person sent; `undefined` if the event is none. */
export function personMessageIn(event: Event): string | undefined {
  return messageOfPersonIn(event)?.id;
}

/** A message that a person sent; `undefined` if the event is none. */
export function messageOfPersonIn(event: Event): Said | undefined {
  const message = v.safeParse(PersonMessage, event);
  if (!message.success) return undefined;
  const { id, llm_message } = message.output;
  const text = textIn(llm_message.content);
  return { id, ...(text !== undefined && { text }) };
}

/** How the agent stands: `failed` without the reason, which is an event of its own. */
type Standing = 'ended' | 'failed' | 'at-work';

/** How the agent stands; `undefined` if the event does not tell. */
function standingIn(event: Event): Standing | undefined {
  if (failureIn(event) !== undefined || v.is(Finish, event)) return 'ended';
  const status = executionStatusIn(event);
  if (status === undefined) return undefined;
  const { state } = agentState(status);
  if (state.kind !== 'ended') return 'at-work';
  return state.ending === 'error' ? 'failed' : 'ended';
}

/** The agent's answer, if nothing follows; `undefined` if the event is none. */
export function answerIn(event: Event): string | undefined {
  const finish = v.safeParse(Finish, event);
  return finish.success ? textOrNothing(finish.output.action.message) : messageIn(event);
}

/** What the agent says in a plain message; `undefined` if the event is none. */
export function messageIn(event: Event): string | undefined {
  const message = v.safeParse(AgentMessage, event);
  if (!message.success) return undefined;
  return textIn(message.output.llm_message.content);
}

function textIn(content: readonly unknown[]): string | undefined {
  const texts = content.flatMap((part) => {
    const text = v.safeParse(TextPart, part);
    return text.success ? [text.output.text] : [];
  });
  return textOrNothing(texts.join('\n'));
}

function textOrNothing(text: string): string | undefined {
  return text.trim() === '' ? undefined : text;
}

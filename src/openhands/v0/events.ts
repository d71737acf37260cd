import * as v from 'valibot';

import {
  type Ending,
  type MessageCursor,
  type PersonMessage,
  type State,
  type StoredEnd,
  type StoredState,
} from '../../port/conversation.ts';
import { reasonLine } from '../../text/safe.ts';
import { hasNewerMessage, type Page } from '../history.ts';
import { eventListOf, inWords, matchShape } from '../wire.ts';

/** An event of any kind. Other kinds than the following are ignored. */
const Event = v.looseObject({ id: v.optional(v.number()) });
export type Event = v.InferOutput<typeof Event>;
export const EventPage = v.looseObject({
  events: eventListOf(Event),
  has_more: v.nullish(v.boolean()),
});

const StateChange = v.looseObject({
  observation: v.literal('agent_state_changed'),
  extras: v.looseObject({ agent_state: v.string(), reason: v.nullish(v.string()) }),
});
const Finish = v.looseObject({
  source: v.literal('agent'),
  action: v.literal('finish'),
  message: v.nullish(v.string()),
  args: v.nullish(v.looseObject({ final_thought: v.nullish(v.string()) })),
});
const Message = v.looseObject({
  source: v.string(),
  action: v.literal('message'),
  message: v.fallback(v.nullish(v.string()), null),
  args: v.fallback(v.nullish(v.looseObject({ content: v.nullish(v.string()) })), null),
});
const ErrorObservation = v.looseObject({ observation: v.literal('error'), content: v.string() });

/** A fixed text that the oldest servers send instead of the agent's answer. */
const NO_ANSWER = "All done! What's next on the agenda?";

const ACTIVE: State = { kind: 'active' };
const ended = (ending: Ending): State => ({ kind: 'ended', ending });

/** Source: `AgentState` in All-Hands-AI/OpenHands, openhands/core/schema/agent.py. */
const AGENT_STATES: ReadonlyMap<string, State> = new Map([
  ['loading', ACTIVE],
  ['running', ACTIVE],
  ['user_confirmed', ACTIVE],
  ['user_rejected', ACTIVE],
  // The server calls the model again. If that fails for good, the state becomes `error`.
  ['rate_limited', ACTIVE],
  ['paused', { kind: 'paused' }],
  ['awaiting_user_input', ended('needs-input')],
  ['awaiting_user_confirmation', ended('needs-input')],
  ['finished', ended('finished')],
  ['stopped', ended('stopped')],
  ['rejected', ended('error')],
  ['error', ended('error')],
]);

/** The state of an agent whose last state change is older than the events that were read. */
const AT_WORK: StoredState = { phase: 'agent running', state: ACTIVE };

/**
 * Returns the agent's newest state; `undefined` if no event has one. A server that closes a conversation adds `stopped` after an end: then
 * that end counts. `events`: newest first.
 */
export function lastStateIn(events: readonly Event[]): StoredState | undefined {
  const [last, before] = events.flatMap((event) => stateIn(event) ?? []);
  const isStopped = last?.state.kind === 'ended' && last.state.ending === 'stopped';
  return isStopped && before?.state.kind === 'ended' ? before : last;
}

/**
 * Returns the agent's state by its newest events; `undefined` if nothing shows it. Only events after a person's newest message count, and
 * that message must be newer than the cursor. If the events have neither a state nor a message, but there are older ones, the agent works.
 */
export function currentStateIn(
  { items: events, next }: Page<Event>,
  messageCursor?: MessageCursor,
): StoredState | undefined {
  const [lastMessage] = events.flatMap((event) => personMessageIn(event)?.id ?? []);
  const hasOlder = next !== undefined;
  if (lastMessage === undefined) return lastStateIn(events) ?? (hasOlder ? AT_WORK : undefined);
  if (messageCursor !== undefined && !hasNewerMessage(messageCursor, { lastMessage })) return undefined;
  const messageAt = events.findIndex((event) => personMessageIn(event)?.id === lastMessage);
  return lastStateIn(events.slice(0, messageAt));
}

/**
 * Reads the agent's newest answer (the thought of its finish, or a plain message) and why the conversation failed. Events are never late.
 *
 * @param events newest first.
 *
 * @param since the id of a message: only newer events count, and the result is complete once they include an end.
 */
export async function storedEndIn(events: AsyncIterable<Event>, since?: string): Promise<StoredEnd> {
  let complete = since === undefined;
  let reason: string | undefined;
  let answer: string | undefined;
  for await (const event of events) {
    if (since !== undefined && personMessageIn(event)?.id === since) break;
    complete ||= stateIn(event)?.state.kind === 'ended';
    reason ??= reasonIn(event);
    answer = answerIn(event);
    if (answer !== undefined) break;
  }
  return {
    complete,
    ...(answer !== undefined && { answer }),
    ...(reason !== undefined && { reason }),
  };
}

export function personMessageIn(event: Event): PersonMessage | undefined {
  const message = matchShape(Message, event);
  if (message?.source !== 'user' || event.id === undefined) return undefined;
  const text = firstText(message.args?.content, message.message);
  return { id: String(event.id), ...(text !== undefined && { text }) };
}

function stateIn(event: Event): StoredState | undefined {
  const state = matchShape(StateChange, event)?.extras.agent_state;
  if (state === undefined) return undefined;
  // Servers also tell it after a plain message, which may be the agent's last. Seen with 0.62.0.
  const more = state === 'awaiting_user_input' ? ', which API V0 also tells after a final message' : '';
  return {
    phase: `agent ${inWords(state)}${more}`,
    state: AGENT_STATES.get(state) ?? { kind: 'unrecognized' },
  };
}

/** Returns the text that is the agent's answer unless a newer event has one. */
export function answerIn(event: Event): string | undefined {
  const finish = matchShape(Finish, event);
  if (finish !== undefined) return firstText(finish.args?.final_thought, finish.message);
  const message = matchShape(Message, event);
  return message?.source === 'agent' ? firstText(message.args?.content, message.message) : undefined;
}

/** Returns why the conversation failed, if an event says so: a state change or, as older servers give no reason there, a tool's error. */
function reasonIn(event: Event): string | undefined {
  const change = matchShape(StateChange, event);
  const reason = firstText(change ? change.extras.reason : matchShape(ErrorObservation, event)?.content);
  return reason && reasonLine(reason);
}

function firstText(...texts: readonly (string | null | undefined)[]): string | undefined {
  return texts.find((text) => text != null && text.trim() !== '' && text !== NO_ANSWER) ?? undefined;
}

import * as v from 'valibot';

import {
  type Ending,
  hasFollowed,
  type MessageCursor,
  type PersonMessage as Said,
  type Result,
  type State,
  type StoredState,
} from '../../conversation/conversation.ts';
import type { NewestEvents } from '../steps.ts';
import { firstOf, inWords, MOST_EVENTS } from '../wire.ts';

/** An event of any kind: what is none of those below is skipped. */
const Event = v.looseObject({ id: v.optional(v.number()) });
export type Event = v.InferOutput<typeof Event>;
/** Stands for one that is too large to be read. */
export const UNREADABLE: Event = {};
export const EventPage = v.looseObject({
  events: firstOf(MOST_EVENTS, Event),
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
const AgentMessage = v.looseObject({
  source: v.literal('agent'),
  action: v.literal('message'),
  message: v.nullish(v.string()),
  args: v.nullish(v.looseObject({ content: v.nullish(v.string()) })),
});
const PersonMessage = v.looseObject({
  source: v.literal('user'),
  action: v.literal('message'),
  id: v.number(),
  message: v.fallback(v.nullish(v.string()), null),
  args: v.fallback(v.nullish(v.looseObject({ content: v.nullish(v.string()) })), null),
});
const ErrorObservation = v.looseObject({ observation: v.literal('error'), content: v.string() });

/** What the oldest servers put where newer ones put the agent's own words. */
const NO_ANSWER = "All done! What's next on the agenda?";

const ACTIVE: State = { kind: 'active' };
const ended = (ending: Ending): State => ({ kind: 'ended', ending });

/** Source: `AgentState` in All-Hands-AI/OpenHands, openhands/core/schema/agent.py. */
const AGENT_STATES: ReadonlyMap<string, State> = new Map([
  ['loading', ACTIVE],
  ['running', ACTIVE],
  ['user_confirmed', ACTIVE],
  ['user_rejected', ACTIVE],
  // Its call of the model is tried again by itself; if that is over, it is in error.
  ['rate_limited', ACTIVE],
  ['paused', { kind: 'paused' }],
  ['awaiting_user_input', ended('needs-input')],
  ['awaiting_user_confirmation', ended('needs-input')],
  ['finished', ended('finished')],
  ['stopped', ended('stopped')],
  ['rejected', ended('error')],
  ['error', ended('error')],
]);

/** What is known of an agent that has done more since its last change of state than was read. */
const AT_WORK: StoredState = { phase: 'agent running', state: ACTIVE };

/**
 * The agent's state by its newest events. A server that closes a conversation adds `stopped` after whatever the agent
 * came to, so an end before that says more.
 *
 * @param events the newest first.
 */
export function storedStateIn(events: readonly Event[]): StoredState | undefined {
  const [last, before] = events.flatMap((event) => stateIn(event) ?? []);
  const stopped = last?.state.kind === 'ended' && last.state.ending === 'stopped';
  return stopped && before?.state.kind === 'ended' ? before : last;
}

/**
 * The agent's state by its newest events. What it came to before the newest message of a person is over: it goes to work on
 * that. If they are full of work, and say nothing of its state, it is at work.
 *
 * @param messageCursor the place that the message must be behind: before it has come, nothing is said.
 */
export function stateAmong(
  { events, more }: NewestEvents<Event>,
  messageCursor?: MessageCursor,
): StoredState | undefined {
  const [lastMessage] = events.flatMap((event) => personMessageIn(event) ?? []);
  if (lastMessage === undefined) return storedStateIn(events) ?? (more ? AT_WORK : undefined);
  if (messageCursor !== undefined && !hasFollowed(messageCursor, { lastMessage })) return undefined;
  const messageAt = events.findIndex((event) => personMessageIn(event) === lastMessage);
  return storedStateIn(events.slice(0, messageAt));
}

/**
 * The agent's answer, the thought of its finish or else its last plain message, and why the conversation failed. Reads
 * no further than to the answer. The events come from the server that runs the agent: they are never late.
 *
 * @param events the newest first.
 * @param since the id of the event that they must be newer than: then they are complete once the agent has ended again.
 */
export async function resultIn(events: AsyncIterable<Event>, since?: string): Promise<Result> {
  let complete = since === undefined;
  let cut: Pick<Result, 'isCut'> = {};
  let reason: string | undefined;
  let answer: string | undefined;
  for await (const event of events) {
    if (since !== undefined && personMessageIn(event) === since) break;
    if (event === UNREADABLE) cut = { isCut: true };
    complete ||= stateIn(event)?.state.kind === 'ended';
    reason ??= reasonIn(event);
    answer = answerIn(event);
    if (answer !== undefined) break;
  }
  return {
    complete,
    ...cut,
    ...(answer !== undefined && { answer }),
    ...(reason !== undefined && { reason }),
  };
}

/** The id of a message that a person sent; `undefined` if the event is none. */
export function personMessageIn(event: Event): string | undefined {
  return messageOfPersonIn(event)?.id;
}

/** A message that a person sent; `undefined` if the event is none. */
export function messageOfPersonIn(event: Event): Said | undefined {
  const parsed = v.safeParse(PersonMessage, event);
  if (!parsed.success) return undefined;
  const { id, args, message } = parsed.output;
  const text = firstText(args?.content, message);
  return { id: String(id), ...(text !== undefined && { text }) };
}

/** The agent's state in the server's word; `undefined` if the event does not tell. */
export function agentStatusIn(event: Event): string | undefined {
  const change = v.safeParse(StateChange, event);
  return change.success ? change.output.extras.agent_state : undefined;
}

function stateIn(event: Event): StoredState | undefined {
  const status = agentStatusIn(event);
  return status === undefined ? undefined : agentState(status);
}

/** The agent's answer, if nothing follows; `undefined` if the event is none. */
export function answerIn(event: Event): string | undefined {
  const finish = v.safeParse(Finish, event);
  return finish.success
    ? firstText(finish.output.args?.final_thought, finish.output.message)
    : messageIn(event);
}

/** What the agent says in a plain message; `undefined` if the event is none. */
export function messageIn(event: Event): string | undefined {
  const message = v.safeParse(AgentMessage, event);
  return message.success ? firstText(message.output.args?.content, message.output.message) : undefined;
}

/** Older servers give no reason with the state: there the newest error of a tool is the likely one. */
function reasonIn(event: Event): string | undefined {
  const change = v.safeParse(StateChange, event);
  if (change.success) return firstText(change.output.extras.reason);
  return firstText(errorIn(event));
}

/** What went wrong with a tool; `undefined` if the event does not tell. */
export function errorIn(event: Event): string | undefined {
  const error = v.safeParse(ErrorObservation, event);
  return error.success ? error.output.content : undefined;
}

function agentState(state: string): StoredState {
  return { phase: `agent ${inWords(state)}`, state: AGENT_STATES.get(state) ?? { kind: 'unrecognized' } };
}

function firstText(...texts: readonly (string | null | undefined)[]): string | undefined {
  return texts.find((text) => text != null && text.trim() !== '' && text !== NO_ANSWER) ?? undefined;
}

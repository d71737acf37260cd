import * as v from 'valibot';

import { isSameId, type Mark, type PersonMessage } from '../conversation/conversation.ts';
import type { HttpClient } from './http.ts';
import type { NewestEvents } from './steps.ts';
import { type Event, EventPage, messageOfPersonIn, personMessageIn } from './v0-events.ts';
import { FACTS, OTHER_CONVERSATION } from './wire.ts';

export const CONVERSATIONS = '/api/conversations';
/** The newest few events hold the last change of the agent's state, or show that it works. */
const STATE_EVENTS = 20;
const EVENTS_PER_PAGE = 100;
/** An answer is among the last events. Further back than this there is none. */
const MOST_PAGES = 10;

export const Id = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{1,64}$/, 'an id was expected'));

const ConversationInfo = v.looseObject({ conversation_id: Id, ...FACTS, status: v.nullish(v.string()) });

export type ConversationInfo = v.InferOutput<typeof ConversationInfo>;

/** Source: `add_event` in All-Hands-AI/OpenHands, openhands/server/routes/conversation.py. */
const Added = v.looseObject({ success: v.literal(true) });

const Named = v.looseObject({ conversation_id: v.string() });

/** Checks that an answer is about the conversation that was asked for, if it names one. */
export function about<T>(id: string): v.CheckAction<T, string> {
  return v.check(
    (answer) => !v.is(Named, answer) || isSameId(answer.conversation_id, id),
    OTHER_CONVERSATION,
  );
}

/** What the server tells of a conversation; null where it does not know it. */
export async function infoOf(
  http: HttpClient,
  id: string,
  signal: AbortSignal,
): Promise<ConversationInfo | null> {
  return http.read({
    to: 'read the status of the conversation',
    path: `${CONVERSATIONS}/${id}`,
    answer: v.pipe(v.nullable(ConversationInfo), about(id)),
    signal,
  });
}

/** The newest events, which tell the state of the agent and its last steps. */
export async function newestEvents(
  http: HttpClient,
  id: string,
  signal: AbortSignal,
): Promise<NewestEvents<Event>> {
  const { events, has_more: more } = await eventPage(http, id, { limit: String(STATE_EVENTS) }, signal);
  return { events, more: more === true };
}

/** Adds an event, once, which is how V0 is told something. */
export async function addEvent(
  http: HttpClient,
  id: string,
  { to, event }: { readonly to: string; readonly event: object },
  signal: AbortSignal,
): Promise<void> {
  await http.sendOnce({ to, path: `${CONVERSATIONS}/${id}/events`, answer: Added, signal }, event);
}

async function eventPage(
  http: HttpClient,
  id: string,
  query: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<v.InferOutput<typeof EventPage>> {
  const newestFirst = new URLSearchParams({ reverse: 'true', ...query });
  return http.read({
    to: 'read the events of the conversation',
    path: `${CONVERSATIONS}/${id}/events?${newestFirst.toString()}`,
    answer: EventPage,
    worded: 'by-agent',
    signal,
  });
}

/** The newest message of a person. */
export async function markOf(http: HttpClient, id: string, signal: AbortSignal): Promise<Mark> {
  for await (const event of eventsBackwards(http, id, signal)) {
    const lastMessage = personMessageIn(event);
    if (lastMessage !== undefined) return { lastMessage };
  }
  return {};
}

/** The messages of persons among the newest events, the newest first. */
export async function messagesOfPersons(
  http: HttpClient,
  id: string,
  signal: AbortSignal,
): Promise<readonly PersonMessage[]> {
  const { events } = await eventPage(http, id, { limit: String(EVENTS_PER_PAGE) }, signal);
  return events.flatMap((event) => messageOfPersonIn(event) ?? []);
}

/** Events from the newest back, page by page, only as far as they are asked for. */
export async function* eventsBackwards(
  http: HttpClient,
  id: string,
  signal: AbortSignal,
): AsyncGenerator<Event> {
  let newest: number | undefined;
  for (let pages = 0; pages < MOST_PAGES; pages += 1) {
    const query = { limit: String(EVENTS_PER_PAGE), ...(newest !== undefined && { end_id: String(newest) }) };
    const { events, has_more: more } = await eventPage(http, id, query, signal);
    yield* events;
    const oldest = events.at(-1)?.id;
    if (more !== true || oldest === undefined || oldest < 1) return;
    newest = oldest - 1;
  }
}

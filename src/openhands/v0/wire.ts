import * as v from 'valibot';

import { isSameId, type MessageCursor, type PersonMessage } from '../../conversation/conversation.ts';
import type { HttpClient } from '../../http/client.ts';
import { asManyAsFit, type Fitting } from '../pages.ts';
import type { NewestEvents } from '../steps.ts';
import { FACTS, OTHER_CONVERSATION } from '../wire.ts';
import { type Event, EventPage, personMessageIn, UNREADABLE } from './events.ts';

export const CONVERSATIONS = '/api/conversations';
/** So many of the newest events hold the last change of the agent's state, or show that the agent works. */
const STATE_EVENTS = 20;
const EVENTS_PER_PAGE = 100;
/** How many pages are read back to the answer. It is among the last events. */
const MAX_PAGES = 10;

export const Id = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{1,64}$/, 'an id was expected'));

const ConversationInfo = v.looseObject({ conversation_id: Id, ...FACTS, status: v.nullish(v.string()) });

export type ConversationInfo = v.InferOutput<typeof ConversationInfo>;

/** Source: `add_event` in All-Hands-AI/OpenHands, openhands/server/routes/conversation.py. */
const Added = v.looseObject({ success: v.literal(true) });

const Named = v.looseObject({ conversation_id: v.string() });

/** Checks that an answer, if it names a conversation, names the right one. */
export function about<T>(id: string): v.CheckAction<T, string> {
  return v.check(
    (answer) => !v.is(Named, answer) || isSameId(answer.conversation_id, id),
    OTHER_CONVERSATION,
  );
}

/** Reads a conversation; null if the server does not know it. */
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

/** Reads the newest events, for the agent's state and its last steps. */
export async function newestEvents(
  http: HttpClient,
  id: string,
  signal: AbortSignal,
): Promise<NewestEvents<Event>> {
  const { page } = await eventPage(http, id, { limit: STATE_EVENTS }, signal);
  return { events: page?.events ?? [], more: page?.has_more === true || page === undefined };
}

/** Adds an event, without retries. That is how V0 gets messages and changes of the agent's state. */
export async function addEvent(
  http: HttpClient,
  id: string,
  { to, event }: { readonly to: string; readonly event: object },
  signal: AbortSignal,
): Promise<void> {
  await http.sendOnce({ to, path: `${CONVERSATIONS}/${id}/events`, answer: Added, signal }, event);
}

/** Reads a page of events; fewer than `limit` if they are too large together. */
async function eventPage(
  http: HttpClient,
  id: string,
  { limit, end }: { readonly limit: number; readonly end?: number },
  signal: AbortSignal,
): Promise<Fitting<v.InferOutput<typeof EventPage>>> {
  return asManyAsFit(limit, async (fewer) => {
    const newestFirst = new URLSearchParams({
      reverse: 'true',
      limit: String(fewer),
      ...(end !== undefined && { end_id: String(end) }),
    });
    return http.read({
      to: 'read the events of the conversation',
      path: `${CONVERSATIONS}/${id}/events?${newestFirst.toString()}`,
      answer: EventPage,
      contentBy: 'agent',
      signal,
    });
  });
}

/** Returns a cursor at the newest message of a person. */
export async function messageCursorOf(
  http: HttpClient,
  id: string,
  signal: AbortSignal,
): Promise<MessageCursor> {
  for await (const event of eventsBackwards(http, id, signal)) {
    const lastMessage = personMessageIn(event)?.id;
    if (lastMessage !== undefined) return { lastMessage };
  }
  return {};
}

/** Reads the messages of persons among the newest events, newest first. */
export async function newestPersonMessages(
  http: HttpClient,
  id: string,
  signal: AbortSignal,
): Promise<readonly PersonMessage[]> {
  const { page } = await eventPage(http, id, { limit: EVENTS_PER_PAGE }, signal);
  return page?.events.flatMap((event) => personMessageIn(event) ?? []) ?? [];
}

/** Yields events from the newest back. Reads further pages only as they are consumed. */
export async function* eventsBackwards(
  http: HttpClient,
  id: string,
  signal: AbortSignal,
): AsyncGenerator<Event> {
  let end: number | undefined;
  let limit = EVENTS_PER_PAGE;
  for (let pages = 0; pages < MAX_PAGES; pages += 1) {
    const read = await eventPage(http, id, { limit, ...(end !== undefined && { end }) }, signal);
    yield* read.page?.events ?? [UNREADABLE];
    const oldest = oldestOf(read, end);
    if (oldest === undefined || oldest < 1) return;
    end = oldest - 1;
    limit = read.page === undefined ? EVENTS_PER_PAGE : read.limit;
  }
  // With smaller pages fewer events were read, and the answer may be in older ones.
  if (limit < EVENTS_PER_PAGE) yield UNREADABLE;
}

/**
 * Returns the number of the oldest event of a page; `undefined` if it is the last page. If the event was too large to be
 * read, that is the event at `end`.
 */
function oldestOf(
  { page }: Fitting<v.InferOutput<typeof EventPage>>,
  end: number | undefined,
): number | undefined {
  if (page === undefined) return end;
  return page.has_more === true ? page.events.at(-1)?.id : undefined;
}

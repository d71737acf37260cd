import * as v from 'valibot';

import type { Requests } from '../../http/client.ts';
import { isSameId, type MessageCursor } from '../../port/conversation.ts';
import { findMessageCursor, MAX_ITEM_BYTES, readNewestFirst, type ReadPage } from '../history.ts';
import { FACTS, OTHER_ID, READ_STATUS } from '../wire.ts';
import { type Event, EventPage, personMessageIn } from './events.ts';

export const CONVERSATIONS = '/api/conversations';
/** This many of the newest events include the last change of the agent's state, or show that it works. */
export const STATE_EVENTS = 20;
const EVENTS_PER_PAGE = 100;

export const Id = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{1,64}$/, 'an id was expected'));

const ConversationInfo = v.looseObject({ conversation_id: Id, ...FACTS, status: v.nullish(v.string()) });

export type ConversationInfo = v.InferOutput<typeof ConversationInfo>;

const Named = v.looseObject({ conversation_id: v.string() });

/** Checks that an answer, if it names a conversation, names this one. */
export function namesConversation<T>(id: string): v.CheckAction<T, string> {
  return v.check((answer) => !v.is(Named, answer) || isSameId(answer.conversation_id, id), OTHER_ID);
}

/** Reads a conversation; null if the server does not know it. */
export async function readInfo(
  http: Requests,
  id: string,
  goal = READ_STATUS,
): Promise<ConversationInfo | null> {
  const shape = v.pipe(v.nullable(ConversationInfo), namesConversation(id));
  return http.read({ goal, path: `${CONVERSATIONS}/${id}`, shape });
}

/** Returns a reader of a conversation's events, newest first. A page begins `from` the number of an event; the oldest has 0. */
export function eventReader(http: Requests, id: string): ReadPage<Event> {
  return async (limit, from) => {
    const { events: items, has_more: hasMore } = await http.read({
      goal: 'read the events of the conversation',
      path: `${CONVERSATIONS}/${id}/events`,
      query: { reverse: 'true', limit: String(limit), ...(from !== undefined && { end_id: from }) },
      shape: EventPage,
      contentBy: 'agent',
      ...(limit === 1 && { limitBytes: MAX_ITEM_BYTES }),
    });
    const oldest = items.at(-1)?.id ?? 0;
    return { items, ...(hasMore === true && oldest > 0 && { next: String(oldest - 1) }) };
  };
}

/** Yields a conversation's events, newest first. */
export function readEvents(http: Requests, id: string): AsyncIterable<Event> {
  return readNewestFirst(eventReader(http, id), EVENTS_PER_PAGE);
}

export async function readMessageCursor(http: Requests, id: string): Promise<MessageCursor> {
  return findMessageCursor(readEvents(http, id), personMessageIn);
}

import * as v from 'valibot';

import type { Found, Sought } from '../conversation/api.ts';
import type { HttpClient } from './http.ts';
import { CONVERSATIONS, isSameId, listed, ListedStart, progressOf } from './v1-wire.ts';

/** Looks for what became of a start whose answer was lost: a conversation of the chosen id, or a start that asks for one. */
export async function findStart(http: HttpClient, request: Sought, signal: AbortSignal): Promise<Found> {
  const [conversation] = await listed(http, [request.id], signal);
  if (conversation != null) return { kind: 'created', id: conversation.id };
  return foundAmong(await newestStarts(http, signal), request);
}

/** So many starts cannot have come after one whose answer was lost a moment ago. */
const NEWEST_STARTS = 100;

/** The newest starts of the account. They are not filtered by time: clocks differ, and servers differ in its format. */
async function newestStarts(http: HttpClient, signal: AbortSignal): Promise<readonly ListedStart[]> {
  const { items } = await http.read({
    to: 'look for the start',
    path: `${CONVERSATIONS}/start-tasks/search?sort_order=CREATED_AT_DESC&limit=${NEWEST_STARTS}`,
    answer: v.looseObject({ items: v.array(ListedStart) }),
    signal,
  });
  return items;
}

/**
 * A start is found by the id that was chosen for its conversation. An older server forgets that id: where one of its
 * starts asks for the same, nobody can tell whether it is this one.
 */
function foundAmong(starts: readonly ListedStart[], { id, message }: Sought): Found {
  const own = starts.find(
    ({ request }) => request.conversation_id != null && isSameId(request.conversation_id, id),
  );
  if (own !== undefined) return progressOf(own);
  const alike = starts.some(
    ({ request }) => message !== undefined && request.conversation_id == null && textOf(request) === message,
  );
  return { kind: alike ? 'untold' : 'not-there' };
}

function textOf({ initial_message: message }: ListedStart['request']): string | undefined {
  return message?.content.find((part) => part.text != null)?.text ?? undefined;
}

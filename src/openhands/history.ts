import {
  type AgentStep,
  hasNewerMessage,
  type MessageCursor,
  type PersonMessage,
  type Since,
  type Steps,
} from '../conversation/conversation.ts';
import { RequestFailed } from '../http/failure.ts';

/** How many items are read back. An answer or a message is among the last events, a start among the last starts. */
const MAX_ITEMS = 1_000;
/** Each try divides the limit by this. Few tries: each may download 10 MiB before it fails. */
const FEWER = 4;

/** Events or starts, newest first. `next` is where the page with older ones begins; absent if there are none. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next?: string;
}

/** A page, and the limit that it was read with. */
type LimitedPage<Item> = Page<Item> & { readonly limit: number };

/** Reads at most `limit` items from a place; by default the newest. */
export type ReadPage<Item> = (limit: number, from?: string) => Promise<Page<Item>>;

/**
 * Reads a page, with a lower limit after each answer that is too large.
 *
 * @throws any other error of `read`, and the last if even a single item is too large.
 */
export async function asManyAsFit<Item>(
  read: ReadPage<Item>,
  limit: number,
  from?: string,
): Promise<LimitedPage<Item>> {
  try {
    return { ...(await read(limit, from)), limit };
  } catch (error) {
    const isTooLarge = error instanceof RequestFailed && error.failure.kind === 'too-large';
    if (limit === 1 || !isTooLarge) throw error;
    return asManyAsFit(read, Math.max(1, Math.floor(limit / FEWER)), from);
  }
}

/** Yields items back from the newest page, which may be read already. Reads further pages only as they are consumed. */
export async function* newestFirst<Item>(
  read: ReadPage<Item>,
  most: number,
  newest?: LimitedPage<Item>,
): AsyncGenerator<Item> {
  let page = newest ?? (await asManyAsFit(read, most));
  yield* page.items;
  for (let pages = 1; pages < MAX_ITEMS / most && page.next !== undefined; pages += 1) {
    page = await asManyAsFit(read, page.limit, page.next);
    yield* page.items;
  }
}

/** The place of an event among the others. */
export interface Place {
  readonly id?: string;
  readonly at?: string;
}

/** Reads the events of one version of the API. */
export interface EventReader<Event> {
  /** The id of an event and, if events can be missing, its time: together they are its cursor. */
  readonly placeOf: (event: Event) => Place;
  readonly stepIn: (event: Event) => AgentStep | undefined;
  /** The text that is the agent's answer, unless more follows; `undefined` if the event has none. */
  readonly answerIn: (event: Event) => string | undefined;
  /** A person's message; `undefined` if the event is not one. */
  readonly personMessageIn: (event: Event) => PersonMessage | undefined;
}

/** Returns a cursor at the newest message of a person. */
export async function messageCursorIn<Event>(
  events: AsyncIterable<Event>,
  personMessageIn: EventReader<Event>['personMessageIn'],
): Promise<MessageCursor> {
  for await (const event of events) {
    const lastMessage = personMessageIn(event)?.id;
    if (lastMessage !== undefined) return { lastMessage };
  }
  return {};
}

/** The newest events of a conversation, newest first. */
export interface NewestEvents<Event> {
  readonly events: readonly Event[];
  /** Whether older events were not read. */
  readonly more: boolean;
}

/**
 * Returns the agent's new steps in the newest events. Events arrive late and out of order, so they are compared by id, and
 * by time only if the version's cursor has it.
 */
export function stepsIn<Event>(
  { events, more }: NewestEvents<Event>,
  { cursor, messageCursor }: Since,
  reader: EventReader<Event>,
): Steps {
  const firstOld = firstOldIn(events, cursor, reader);
  if (cursor === undefined && messageCursor !== undefined) {
    const lastMessage = events.map(reader.personMessageIn).find((message) => message !== undefined)?.id;
    if (lastMessage === undefined || !hasNewerMessage(messageCursor, { lastMessage }))
      return { steps: [], isCut: false };
  }
  const from = heldBackCount(events, reader);
  const fresh = events.slice(from, firstOld < 0 ? undefined : firstOld);
  // Without new events the cursor stays: events[from] may be older than it.
  const [newest] = cursor === undefined ? events.slice(from) : fresh;
  const next = (newest && cursorAt(reader.placeOf(newest))) ?? cursor;
  return {
    steps: fresh.flatMap((event) => reader.stepIn(event) ?? []).toReversed(),
    isCut: firstOld < 0 && more,
    ...(next !== undefined && { cursor: next }),
  };
}

function cursorAt({ id, at = '' }: Place): string | undefined {
  return id === undefined ? undefined : `${id} ${at}`.trim();
}

/**
 * Returns the index of the newest event that was read before; -1 if there is none. The event at the cursor may be missing
 * if it came from another source, such as a push: then the first older event counts.
 */
function firstOldIn<Event>(
  events: readonly Event[],
  cursor: string | undefined,
  { placeOf, personMessageIn }: EventReader<Event>,
): number {
  if (cursor === undefined) return events.findIndex((event) => personMessageIn(event) !== undefined);
  const [id, time = ''] = cursor.split(' ');
  const places = events.map(placeOf);
  const index = places.findIndex((place) => place.id === id);
  return index >= 0 ? index : places.findIndex(({ at }) => at !== undefined && at <= time);
}

/** Returns how many of the newest events are not reported yet: a message that is still the last may be the answer. */
function heldBackCount<Event>(events: readonly Event[], { stepIn, answerIn }: EventReader<Event>): number {
  const last = events.findIndex((event) => stepIn(event) !== undefined || answerIn(event) !== undefined);
  const event = events[last];
  return event !== undefined && stepIn(event)?.kind === 'message' ? last + 1 : 0;
}

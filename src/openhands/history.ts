import type { MessageCursor, PersonMessage } from '../conversation/conversation.ts';
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

/** Returns a cursor at the newest message of a person. */
export async function messageCursorIn<Event>(
  events: AsyncIterable<Event>,
  personMessageIn: (event: Event) => PersonMessage | undefined,
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

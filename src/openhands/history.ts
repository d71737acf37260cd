import { RequestFailed } from '../http/failure.ts';
import type { MessageCursor, PersonMessage } from '../port/conversation.ts';

/** How far back items are read. An answer or a message is among the newest events, a start among the newest starts. */
const MAX_ITEMS = 1_000;
/** Each try divides the limit by this. It is large because each try may download 10 MiB before it fails. */
const LIMIT_DIVISOR = 4;

/** Events or starts, newest first. `next`: where the page of older ones begins; absent if there are none. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next?: string;
}

/** A page, and the limit that it was read with. */
type LimitedPage<Item> = Page<Item> & { readonly limit: number };

/** Reads at most `limit` items from a position on; by default the newest. */
export type ReadPage<Item> = (limit: number, from?: string) => Promise<Page<Item>>;

/** Reads a page, with a lower limit after each answer that is too large. Throws if even a single item is too large. */
export async function readWhatFits<Item>(
  read: ReadPage<Item>,
  limit: number,
  from?: string,
): Promise<LimitedPage<Item>> {
  try {
    return { ...(await read(limit, from)), limit };
  } catch (error) {
    const isTooLarge = error instanceof RequestFailed && error.failure.kind === 'too-large';
    if (limit === 1 || !isTooLarge) throw error;
    return readWhatFits(read, Math.max(1, Math.floor(limit / LIMIT_DIVISOR)), from);
  }
}

/** Yields items, newest first. Reads older pages only when needed. `newest`: the newest page, if it has been read already. */
export async function* readNewestFirst<Item>(
  read: ReadPage<Item>,
  pageSize: number,
  newest?: LimitedPage<Item>,
): AsyncGenerator<Item> {
  let page = newest ?? (await readWhatFits(read, pageSize));
  yield* page.items;
  for (let pages = 1; pages < MAX_ITEMS / pageSize && page.next !== undefined; pages += 1) {
    page = await readWhatFits(read, page.limit, page.next);
    yield* page.items;
  }
}

/** Returns a cursor at the newest message of a person; an empty one if there is none. `events`: newest first. */
export async function findMessageCursor<Event>(
  events: AsyncIterable<Event>,
  personMessageIn: (event: Event) => PersonMessage | undefined,
): Promise<MessageCursor> {
  for await (const event of events) {
    const lastMessage = personMessageIn(event)?.id;
    if (lastMessage !== undefined) return { lastMessage };
  }
  return {};
}

/**
 * Whether a message after the cursor is stored, such as a follow-up. If not, all stored events are older than that message.
 *
 * @param newest the cursor at the newest message that is stored now.
 */
export function hasNewerMessage(messageCursor: MessageCursor, newest: MessageCursor): boolean {
  return newest.lastMessage !== undefined && newest.lastMessage !== messageCursor.lastMessage;
}

import { RequestFailed } from '../http/failure.ts';
import type { MessageCursor, PersonMessage } from '../port/conversation.ts';

/** How far back items are read. An answer or a message is among the newest events, a start among the newest starts. */
const MAX_ITEMS = 1_000;
/** After a piece that is too large, a single item is asked for; after each piece that fits, this many times as many. */
const GROWTH_FACTOR = 2;
/** The largest answer with a single item, in bytes. A message has up to 4 MiB of pictures, and people can send more. */
export const MAX_ITEM_BYTES = 64 * 1024 * 1024;

/** Events or starts, newest first. `next`: where the page of older ones begins; absent if there are none. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next?: string;
}

/** Reads at most `limit` items from a position on; by default the newest. A single item may have up to {@link MAX_ITEM_BYTES}. */
export type ReadPage<Item> = (limit: number, from?: string) => Promise<Page<Item>>;

/** Reads a page: in one piece, or in as many as it takes if that is too large. Throws if even a single item is too large. */
export async function readWhatFits<Item>(
  read: ReadPage<Item>,
  limit: number,
  from?: string,
): Promise<Page<Item>> {
  const pieces = await Array.fromAsync(readPieces(read, limit, from));
  const { next } = pieces.at(-1) ?? {};
  return { items: pieces.flatMap(({ items }) => items), ...(next !== undefined && { next }) };
}

/** Yields the pieces of a page as they are read: a single one, if that is not too large. Throws if even a single item is too large. */
export async function* readPieces<Item>(
  read: ReadPage<Item>,
  limit: number,
  from?: string,
): AsyncGenerator<Page<Item>> {
  for (let size = limit, left = limit, at = from; left > 0;) {
    const count = Math.min(size, left);
    const piece = await readUnlessTooLarge(read, count, at);
    if (piece === undefined) {
      size = 1;
      continue;
    }
    yield piece;
    // A server may have a smaller limit of its own: what it answers to the whole limit is the page.
    if (piece.next === undefined || piece.items.length === 0 || count === limit) return;
    size = count * GROWTH_FACTOR;
    left -= piece.items.length;
    at = piece.next;
  }
}

/** Reads a piece; `undefined` if it is too large. Throws if a single item is. */
async function readUnlessTooLarge<Item>(
  read: ReadPage<Item>,
  count: number,
  from: string | undefined,
): Promise<Page<Item> | undefined> {
  try {
    return await read(count, from);
  } catch (error) {
    const isTooLarge = error instanceof RequestFailed && error.failure.kind === 'too-large';
    if (count === 1 || !isTooLarge) throw error;
    return undefined;
  }
}

/** Yields items, newest first. Reads older pages only when needed. `newest`: the newest page, if it has been read already. */
export async function* readNewestFirst<Item>(
  read: ReadPage<Item>,
  pageSize: number,
  newest?: Page<Item>,
): AsyncGenerator<Item> {
  let page = newest ?? (await readWhatFits(read, pageSize));
  yield* page.items;
  for (let pages = 1; pages < MAX_ITEMS / pageSize && page.next !== undefined; pages += 1) {
    page = await readWhatFits(read, pageSize, page.next);
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

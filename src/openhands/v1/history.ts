import {
  hasNewerMessage,
  type MessageCursor,
  type Messages,
  type PersonMessage,
  type ReadResult,
  type Since,
  type Steps,
} from '../../conversation/conversation.ts';
import type { HttpClient } from '../../http/client.ts';
import { asManyAsFit } from '../pages.ts';
import type { EventKind, EventSource } from './event-source.ts';
import { type Event, EventPage, executionStatusIn, personMessageIn, resultIn, UNREADABLE } from './events.ts';
import { agentState } from './states.ts';
import { v1StepsIn } from './steps.ts';
import { highestUsageIn } from './usage.ts';

/** How many state changes are read in search of the newest status: not every one has a status. */
const STATE_EVENTS = 20;
/** The newest message of a person is among so many messages. */
const MESSAGE_EVENTS = 100;
const EVENTS_PER_PAGE = 50;
/** A step is about three events. So many are more than agents do between two looks, and not too large with tool output. */
const STEP_EVENTS = 60;
/** How many pages are read back to the last reported step. */
const MAX_STEP_PAGES = 5;
/** How many pages are read back to the answer. It is among the last events. */
const MAX_PAGES = 20;

/**
 * Returns the agent's status by the newest stored event that has it. With a message cursor only the status of an end counts,
 * and only if it is newer than the message that followed the cursor. While the agent works that takes one request.
 */
export async function lastStatus(
  source: EventSource,
  signal: AbortSignal,
  messageCursor?: MessageCursor,
): Promise<string | undefined> {
  const last = await newestStatus(source, signal);
  if (messageCursor === undefined || last === undefined) return last;
  if (agentState(last).state.kind !== 'ended') return undefined;
  const newestMessage = await messageCursorOf(source, signal);
  if (!hasNewerMessage(messageCursor, newestMessage)) return undefined;
  const newest = await eventPage(source, { limit: EVENTS_PER_PAGE }, signal);
  for await (const event of eventsBackwards(source, newest, signal)) {
    if (personMessageIn(event)?.id === newestMessage.lastMessage) return undefined;
    if (executionStatusIn(event) !== undefined) return last;
  }
  return undefined;
}

async function newestStatus(source: EventSource, signal: AbortSignal): Promise<string | undefined> {
  for await (const event of newestOf('ConversationStateUpdateEvent', STATE_EVENTS, source, signal)) {
    const status = executionStatusIn(event);
    if (status !== undefined) return status;
  }
  return undefined;
}

/** Reads the agent's newest steps, without retries. */
export async function newestSteps(
  source: EventSource,
  since: Since | undefined,
  signal: AbortSignal,
): Promise<Steps> {
  const once: HttpClient['read'] = async (request) => source.http.readOnce(request);
  let page = await eventPage(source, { limit: STEP_EVENTS }, signal, once);
  let read = page.items;
  let steps = stepsOf(read, page, since);
  for (let pages = 1; pages < MAX_STEP_PAGES && since?.cursor !== undefined && steps.isCut; pages += 1) {
    const { limit, next_page_id: next } = page;
    if (next == null) break;
    page = await eventPage(source, { limit, page_id: next }, signal, once);
    // New events push older ones to the next page, where they would be read again.
    const ids = read.map((event) => event.id);
    read = [...read, ...page.items.filter((event) => event.id === undefined || !ids.includes(event.id))];
    steps = stepsOf(read, page, since);
  }
  return steps;
}

/** Reads the agent's answer, why it failed if it did, and the newest steps. Reads only as far back as needed. */
export async function resultOf(
  source: EventSource,
  since: Since | undefined,
  signal: AbortSignal,
): Promise<ReadResult> {
  const { messageCursor } = since ?? {};
  const newestMessage = messageCursor === undefined ? {} : await messageCursorOf(source, signal);
  if (messageCursor !== undefined && !hasNewerMessage(messageCursor, newestMessage))
    return { complete: false, awaitsMessage: true, ...(source.isLive && { isLive: true }) };
  const newest = await eventPage(source, { limit: EVENTS_PER_PAGE }, signal);
  const result = await resultIn(eventsBackwards(source, newest, signal), newestMessage.lastMessage);
  return {
    ...result,
    ...(source.isLive && { isLive: true }),
    steps: stepsOf(newest.items, newest, since),
  };
}

/** Returns a cursor at the newest message of a person. */
export async function messageCursorOf(source: EventSource, signal: AbortSignal): Promise<MessageCursor> {
  for await (const event of newestOf('MessageEvent', MESSAGE_EVENTS, source, signal)) {
    const lastMessage = personMessageIn(event)?.id;
    if (lastMessage !== undefined) return { lastMessage };
  }
  return {};
}

/** Reads the messages of persons, newest first, as far back as events are read. */
export async function messagesIn(source: EventSource, signal: AbortSignal): Promise<Messages> {
  const said = await newestPersonMessages(source, signal, MAX_PAGES * MESSAGE_EVENTS);
  return { said, isLive: source.isLive };
}

/** Reads the newest messages of persons, newest first. */
export async function newestPersonMessages(
  source: EventSource,
  signal: AbortSignal,
  most = MESSAGE_EVENTS,
): Promise<readonly PersonMessage[]> {
  const messages: PersonMessage[] = [];
  for await (const event of newestOf('MessageEvent', most, source, signal)) {
    const message = personMessageIn(event);
    if (message !== undefined) messages.push(message);
  }
  return messages;
}

interface Query {
  readonly limit: number;
  readonly page_id?: string;
  readonly kind?: EventKind;
}
/** A page, and the limit that it was read with. */
type Page = EventPage & Pick<Query, 'limit'>;

/** Reads a page of events; fewer than `limit` if they are too large together. */
async function eventPage(
  source: EventSource,
  { limit, kind, ...page }: Query,
  signal: AbortSignal,
  ask: HttpClient['read'] = async (request) => source.http.read(request),
): Promise<Page> {
  const read = await asManyAsFit(limit, async (fewer) => {
    const newestFirst = new URLSearchParams({
      sort_order: 'TIMESTAMP_DESC',
      ...page,
      limit: String(fewer),
      ...(kind !== undefined && source.filterFor(kind)),
    });
    return ask({
      to: 'read the events of the conversation',
      path: `${source.path}?${newestFirst.toString()}`,
      answer: EventPage,
      contentBy: 'agent',
      signal,
    });
  });
  return read.page === undefined
    ? { items: [UNREADABLE], next_page_id: pageAfter(source, page.page_id), limit: EVENTS_PER_PAGE }
    : { ...read.page, limit: read.limit };
}

/** Returns the page id after a single event; `null` if pages have no numbers. */
function pageAfter({ hasNumberedPages }: EventSource, page = '0'): string | null {
  return hasNumberedPages && /^\d+$/.test(page) ? String(Number(page) + 1) : null;
}

/**
 * Yields at most `most` of the newest events of a kind. Usually that takes one request per hundred; more if the events are
 * too large together, or the server does not filter.
 */
async function* newestOf(
  kind: EventKind,
  most: number,
  source: EventSource,
  signal: AbortSignal,
): AsyncGenerator<Event> {
  const newest = await eventPage(source, { kind, limit: Math.min(most, MESSAGE_EVENTS) }, signal);
  let found = 0;
  for await (const event of eventsBackwards(source, newest, signal, kind)) {
    if (event.kind !== kind) continue;
    yield event;
    found += 1;
    if (found === most) return;
  }
}

/** Returns the steps and the usage in the newest events. The page is the oldest that was read. */
function stepsOf(events: readonly Event[], { next_page_id: next }: Page, since: Since | undefined): Steps {
  return { ...v1StepsIn({ events, more: next != null }, since), usage: highestUsageIn(events) };
}

/** Yields events from the newest page back. Reads further pages only as they are consumed. */
async function* eventsBackwards(
  source: EventSource,
  newest: Page,
  signal: AbortSignal,
  kind?: EventKind,
): AsyncGenerator<Event> {
  let page = newest;
  yield* page.items;
  for (let pages = 1; pages < MAX_PAGES && page.next_page_id != null; pages += 1) {
    const { limit, next_page_id: next } = page;
    page = await eventPage(source, { limit, page_id: next, ...(kind && { kind }) }, signal);
    yield* page.items;
  }
  // With smaller pages fewer events were read, and the answer may be in older ones.
  if (page.next_page_id != null && page.limit < EVENTS_PER_PAGE) yield UNREADABLE;
}

import {
  hasFollowed,
  type MessageCursor,
  type Messages,
  type PersonMessage,
  type ReadResult,
  type Since,
  type Steps,
} from '../../conversation/conversation.ts';
import type { Request } from '../exchange.ts';
import type { HttpClient } from '../http.ts';
import { asManyAsFit } from '../pages.ts';
import type { EventKind, EventSource } from './event-source.ts';
import {
  type Event,
  EventPage,
  executionStatusIn,
  messageOfPersonIn,
  personMessageIn,
  resultIn,
  UNREADABLE,
} from './events.ts';
import { agentState } from './states.ts';
import { v1StepsIn } from './steps.ts';
import { usageAmong } from './usage.ts';

/** State changes are rare among events; the newest few hold the last of them. */
const STATE_EVENTS = 20;
/** An agent says little between two messages of a person. */
const MESSAGE_EVENTS = 100;
const EVENTS_PER_PAGE = 50;
/** A step is about three events: more than agents do between two looks, and, with what tools print, not too large. */
const STEP_EVENTS = 60;
/** So many of them are read back to the steps that were told last. */
const MOST_STEP_PAGES = 5;
/** An answer is among the last events. Further back than this there is none. */
const MOST_PAGES = 20;

/**
 * The agent's status, as the newest of the stored events that tells it has it. Behind a cursor only that of an end counts which
 * is newer than the message that has come since; while the agent works that takes one request.
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
  if (!hasFollowed(messageCursor, newestMessage)) return undefined;
  const newest = await newestPage(source, signal);
  for await (const event of eventsBackwards(source, newest, signal)) {
    if (personMessageIn(event) === newestMessage.lastMessage) return undefined;
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

/** The newest steps of the agent, by requests that are not made again if they fail. */
export async function newestSteps(
  source: EventSource,
  since: Since | undefined,
  signal: AbortSignal,
): Promise<Steps> {
  const once: HttpClient['read'] = async (request) => source.http.readOnce(request);
  let page = await eventPage(source, { limit: STEP_EVENTS }, signal, once);
  let read = page.items;
  let steps = stepsOf(read, page, since);
  for (let pages = 1; pages < MOST_STEP_PAGES && since?.cursor !== undefined && steps.isCut; pages += 1) {
    const { limit, next_page_id: next } = page;
    if (next == null) break;
    page = await eventPage(source, { limit, page_id: next }, signal, once);
    // Events that come meanwhile move others to the next page.
    const ids = read.map((event) => event.id);
    read = [...read, ...page.items.filter((event) => event.id === undefined || !ids.includes(event.id))];
    steps = stepsOf(read, page, since);
  }
  return steps;
}

/** The agent's answer and, if it failed, why; and the newest steps. Reads only as far back as needed. */
export async function resultOf(
  source: EventSource,
  since: Since | undefined,
  signal: AbortSignal,
): Promise<ReadResult> {
  const { messageCursor } = since ?? {};
  const newestMessage = messageCursor === undefined ? {} : await messageCursorOf(source, signal);
  if (messageCursor !== undefined && !hasFollowed(messageCursor, newestMessage))
    return { complete: false, awaitsMessage: true, ...(source.isLive && { isLive: true }) };
  const newest = await newestPage(source, signal);
  const result = await resultIn(eventsBackwards(source, newest, signal), newestMessage.lastMessage);
  return {
    ...result,
    ...(source.isLive && { isLive: true }),
    steps: stepsOf(newest.items, newest, since),
  };
}

/** The newest message of a person. */
export async function messageCursorOf(source: EventSource, signal: AbortSignal): Promise<MessageCursor> {
  for await (const event of newestOf('MessageEvent', MESSAGE_EVENTS, source, signal)) {
    const lastMessage = personMessageIn(event);
    if (lastMessage !== undefined) return { lastMessage };
  }
  return {};
}

/** The messages of persons, the newest first, as far back as anything is read. */
export async function messagesIn(source: EventSource, signal: AbortSignal): Promise<Messages> {
  const said = await messagesOfPersons(source, signal, MOST_PAGES * MESSAGE_EVENTS);
  return { said, isLive: source.isLive };
}

/** The newest messages of persons, the newest first. */
export async function messagesOfPersons(
  source: EventSource,
  signal: AbortSignal,
  most = MESSAGE_EVENTS,
): Promise<readonly PersonMessage[]> {
  const messages: PersonMessage[] = [];
  for await (const event of newestOf('MessageEvent', most, source, signal)) {
    const message = messageOfPersonIn(event);
    if (message !== undefined) messages.push(message);
  }
  return messages;
}

interface Query {
  readonly limit: number;
  readonly page_id?: string;
  readonly kind?: EventKind;
}
/** A page, and how many events it has at most. */
type Page = EventPage & Pick<Query, 'limit'>;

function eventRequest(
  { path, filterFor }: EventSource,
  { kind, limit, ...page }: Query,
  signal: AbortSignal,
): Request<EventPage> {
  const newestFirst = new URLSearchParams({
    sort_order: 'TIMESTAMP_DESC',
    ...page,
    limit: String(limit),
    ...(kind !== undefined && filterFor(kind)),
  });
  return {
    to: 'read the events of the conversation',
    path: `${path}?${newestFirst.toString()}`,
    answer: EventPage,
    contentBy: 'agent',
    signal,
  };
}

/** A page of events, of fewer than wanted if they are too large together. */
async function eventPage(
  source: EventSource,
  query: Query,
  signal: AbortSignal,
  ask: HttpClient['read'] = async (request) => source.http.read(request),
): Promise<Page> {
  const read = await asManyAsFit(query.limit, async (fewer) =>
    ask(eventRequest(source, { ...query, limit: fewer }, signal)),
  );
  return read.page === undefined
    ? { items: [UNREADABLE], next_page_id: following(source, query.page_id), limit: EVENTS_PER_PAGE }
    : { ...read.page, limit: read.limit };
}

/** The page behind a single event, where pages are counted. */
function following({ isCounted }: EventSource, page = '0'): string | null {
  return isCounted && /^\d+$/.test(page) ? String(Number(page) + 1) : null;
}

async function newestPage(source: EventSource, signal: AbortSignal): Promise<Page> {
  return eventPage(source, { limit: EVENTS_PER_PAGE }, signal);
}

/** So many of the newest events of a kind; by one request for a hundred, unless they are too large together or the source does not filter. */
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

/** The steps in the newest events, of which a page is the oldest that was read; and what they tell of what was used. */
function stepsOf(events: readonly Event[], { next_page_id: next }: Page, since: Since | undefined): Steps {
  return { ...v1StepsIn({ events, more: next != null }, since), usage: usageAmong(events) };
}

/** Events from the newest page back, page by page, only as far as they are asked for. */
async function* eventsBackwards(
  source: EventSource,
  newest: Page,
  signal: AbortSignal,
  kind?: EventKind,
): AsyncGenerator<Event> {
  let page = newest;
  yield* page.items;
  for (let pages = 1; pages < MOST_PAGES && page.next_page_id != null; pages += 1) {
    const { limit, next_page_id: next } = page;
    page = await eventPage(source, { limit, page_id: next, ...(kind && { kind }) }, signal);
    yield* page.items;
  }
  // With smaller pages the answer may be further back than was read.
  if (page.next_page_id != null && page.limit < EVENTS_PER_PAGE) yield UNREADABLE;
}

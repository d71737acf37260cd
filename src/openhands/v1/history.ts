import {
  hasFollowed,
  type MessageCursor,
  type PersonMessage,
  type ReadResult,
  type Since,
  type Steps,
} from '../../conversation/conversation.ts';
import type { Request } from '../exchange.ts';
import type { HttpClient } from '../http.ts';
import { asManyAsFit } from '../pages.ts';
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

/** The agent's status, as the newest of the stored events that tells it has it. */
export async function lastStatus(
  http: HttpClient,
  id: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const events = await newestOf('ConversationStateUpdateEvent', STATE_EVENTS, http, id, signal);
  return events.map(executionStatusIn).find((status) => status !== undefined);
}

/**
 * The status with which the agent has ended, if that is stored, and newer than the message that has come since the cursor.
 * While the agent works that takes one request.
 */
export async function lastEndBehind(
  messageCursor: MessageCursor,
  http: HttpClient,
  id: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const last = await lastStatus(http, id, signal);
  if (last === undefined || agentState(last).state.kind !== 'ended') return undefined;
  const newestMessage = await messageCursorOf(http, id, signal);
  if (!hasFollowed(messageCursor, newestMessage)) return undefined;
  const newest = await newestPage(http, id, signal);
  for await (const event of eventsBackwards(http, id, newest, signal)) {
    if (personMessageIn(event) === newestMessage.lastMessage) return undefined;
    if (executionStatusIn(event) !== undefined) return last;
  }
  return undefined;
}

/** The newest steps of the agent, by requests that are not made again if they fail. */
export async function newestSteps(
  http: HttpClient,
  id: string,
  since: Since | undefined,
  signal: AbortSignal,
): Promise<Steps> {
  const once: HttpClient['read'] = async (request) => http.readOnce(request);
  let page = await eventPage(once, id, { limit: STEP_EVENTS }, signal);
  let read = page.items;
  let steps = stepsOf(read, page, since);
  for (let pages = 1; pages < MOST_STEP_PAGES && since?.cursor !== undefined && steps.isCut; pages += 1) {
    const { limit, next_page_id: next } = page;
    if (next == null) break;
    page = await eventPage(once, id, { limit, page_id: next }, signal);
    // Events that come meanwhile move others to the next page.
    const ids = read.map((event) => event.id);
    read = [...read, ...page.items.filter((event) => event.id === undefined || !ids.includes(event.id))];
    steps = stepsOf(read, page, since);
  }
  return steps;
}

/** The agent's answer and, if it failed, why; and the newest steps. Reads only as far back as needed. */
export async function resultOf(
  http: HttpClient,
  id: string,
  since: Since | undefined,
  signal: AbortSignal,
): Promise<ReadResult> {
  const { messageCursor } = since ?? {};
  const newestMessage = messageCursor === undefined ? {} : await messageCursorOf(http, id, signal);
  if (messageCursor !== undefined && !hasFollowed(messageCursor, newestMessage))
    return { complete: false, awaitsMessage: true };
  const newest = await newestPage(http, id, signal);
  const result = await resultIn(eventsBackwards(http, id, newest, signal), newestMessage.lastMessage);
  return { ...result, steps: stepsOf(newest.items, newest, since) };
}

/** The newest message of a person. */
export async function messageCursorOf(
  http: HttpClient,
  id: string,
  signal: AbortSignal,
): Promise<MessageCursor> {
  const [newest] = await messagesOfPersons(http, id, signal);
  return newest === undefined ? {} : { lastMessage: newest.id };
}

/** The newest messages of persons, the newest first. */
export async function messagesOfPersons(
  http: HttpClient,
  id: string,
  signal: AbortSignal,
): Promise<readonly PersonMessage[]> {
  const events = await newestOf('MessageEvent', MESSAGE_EVENTS, http, id, signal);
  return events.flatMap((event) => messageOfPersonIn(event) ?? []);
}

interface Query {
  readonly limit: number;
  readonly page_id?: string;
  readonly kind__eq?: string;
}
/** A page, and how many events it has at most. */
type Page = EventPage & Pick<Query, 'limit'>;

function eventRequest(id: string, query: Query, signal: AbortSignal): Request<EventPage> {
  const newestFirst = new URLSearchParams({
    sort_order: 'TIMESTAMP_DESC',
    ...query,
    limit: String(query.limit),
  });
  return {
    to: 'read the events of the conversation',
    path: `/api/v1/conversation/${id}/events/search?${newestFirst.toString()}`,
    answer: EventPage,
    worded: 'by-agent',
    signal,
  };
}

/** A page of events, of fewer than wanted if they are too large together. */
async function eventPage(
  ask: HttpClient['read'],
  id: string,
  query: Query,
  signal: AbortSignal,
): Promise<Page> {
  const read = await asManyAsFit(query.limit, async (fewer) =>
    ask(eventRequest(id, { ...query, limit: fewer }, signal)),
  );
  return read.page === undefined
    ? { items: [UNREADABLE], next_page_id: following(query.page_id), limit: EVENTS_PER_PAGE }
    : { ...read.page, limit: read.limit };
}

/** The page behind a single event. Servers count; what is no number cannot be counted on. */
function following(page = '0'): string | null {
  return /^\d+$/.test(page) ? String(Number(page) + 1) : null;
}

async function newestPage(http: HttpClient, id: string, signal: AbortSignal): Promise<Page> {
  return eventPage(async (request) => http.read(request), id, { limit: EVENTS_PER_PAGE }, signal);
}

/** So many of the newest events of a kind; by one request, unless they are too large together. */
async function newestOf(
  kind: string,
  most: number,
  http: HttpClient,
  id: string,
  signal: AbortSignal,
): Promise<readonly Event[]> {
  const query = { kind__eq: kind, limit: most };
  const newest = await eventPage(async (request) => http.read(request), id, query, signal);
  const events: Event[] = [];
  for await (const event of eventsBackwards(http, id, newest, signal, kind)) {
    events.push(event);
    if (events.length === most) break;
  }
  return events;
}

/** The steps in the newest events, of which a page is the oldest that was read; and what they tell of what was used. */
function stepsOf(events: readonly Event[], { next_page_id: next }: Page, since: Since | undefined): Steps {
  return { ...v1StepsIn({ events, more: next != null }, since), usage: usageAmong(events) };
}

/** Events from the newest page back, page by page, only as far as they are asked for. */
async function* eventsBackwards(
  http: HttpClient,
  id: string,
  newest: Page,
  signal: AbortSignal,
  kind?: string,
): AsyncGenerator<Event> {
  let page = newest;
  yield* page.items;
  for (let pages = 1; pages < MOST_PAGES && page.next_page_id != null; pages += 1) {
    const { limit, next_page_id: next } = page;
    const query = { limit, page_id: next, ...(kind !== undefined && { kind__eq: kind }) };
    page = await eventPage(async (request) => http.read(request), id, query, signal);
    yield* page.items;
  }
  // With smaller pages the answer may be further back than was read.
  if (page.next_page_id != null && page.limit < EVENTS_PER_PAGE) yield UNREADABLE;
}

import {
  type Findings,
  hasFollowed,
  type Mark,
  type PersonMessage,
  type Since,
  type Steps,
} from '../conversation/conversation.ts';
import type { Request } from './exchange.ts';
import type { HttpClient } from './http.ts';
import type { NewestEvents } from './steps.ts';
import {
  type Event,
  EventPage,
  executionStatusIn,
  findingsIn,
  messageOfPersonIn,
  personMessageIn,
} from './v1-events.ts';
import { agentState } from './v1-states.ts';
import { v1StepsIn } from './v1-steps.ts';

/** State changes are rare among events; the newest few hold the last of them. */
const STATE_EVENTS = 20;
/** An agent says little between two messages of a person. */
const MESSAGE_EVENTS = 100;
const EVENTS_PER_PAGE = 50;
/** A step is about three events: more than agents do between two looks, and, with what tools print, not too large. */
const STEP_EVENTS = 60;
/** An answer is among the last events. Further back than this there is none. */
const MOST_PAGES = 20;

/** The agent's status, as the newest of the stored events that tells it has it. */
export async function lastStatus(
  http: HttpClient,
  id: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const query = { kind__eq: 'ConversationStateUpdateEvent', limit: String(STATE_EVENTS) };
  const { items } = await eventPage(http, id, query, signal);
  return items.map(executionStatusIn).find((status) => status !== undefined);
}

/**
 * The status with which the agent has ended, where that is stored, and newer than the message that has come since the mark.
 * While the agent works that takes one request.
 */
export async function lastEndBehind(
  mark: Mark,
  http: HttpClient,
  id: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const last = await lastStatus(http, id, signal);
  if (last === undefined || agentState(last).state.kind !== 'ended') return undefined;
  const newestMark = await markOf(http, id, signal);
  if (!hasFollowed(mark, newestMark)) return undefined;
  const newest = await newestPage(http, id, signal);
  for await (const event of eventsBackwards(http, id, newest, signal)) {
    if (personMessageIn(event) === newestMark.lastMessage) return undefined;
    if (executionStatusIn(event) !== undefined) return last;
  }
  return undefined;
}

/** The newest steps of the agent, by one request that is not made again where it fails. */
export async function newestSteps(
  http: HttpClient,
  id: string,
  since: Since | undefined,
  signal: AbortSignal,
): Promise<Steps> {
  const request = eventRequest(id, { limit: String(STEP_EVENTS) }, signal);
  return v1StepsIn(newestOf(await http.readOnce(request)), since);
}

/** The agent's answer and, where it failed, why; and the newest steps. Reads only as far back as needed. */
export async function findingsOf(
  http: HttpClient,
  id: string,
  since: Since | undefined,
  signal: AbortSignal,
): Promise<Findings & { readonly steps?: Steps }> {
  const { mark } = since ?? {};
  const newestMark = mark === undefined ? {} : await markOf(http, id, signal);
  if (mark !== undefined && !hasFollowed(mark, newestMark)) return { complete: false, awaitsMessage: true };
  const newest = await newestPage(http, id, signal);
  const findings = await findingsIn(eventsBackwards(http, id, newest, signal), newestMark.lastMessage);
  return { ...findings, steps: v1StepsIn(newestOf(newest), since) };
}

/** The newest message of a person. */
export async function markOf(http: HttpClient, id: string, signal: AbortSignal): Promise<Mark> {
  const [newest] = await messagesOfPersons(http, id, signal);
  return newest === undefined ? {} : { lastMessage: newest.id };
}

/** The newest messages of persons, the newest first. */
export async function messagesOfPersons(
  http: HttpClient,
  id: string,
  signal: AbortSignal,
): Promise<readonly PersonMessage[]> {
  const query = { kind__eq: 'MessageEvent', limit: String(MESSAGE_EVENTS) };
  const { items } = await eventPage(http, id, query, signal);
  return items.flatMap((event) => messageOfPersonIn(event) ?? []);
}

type Query = Readonly<Record<string, string>>;

function eventRequest(id: string, query: Query, signal: AbortSignal): Request<EventPage> {
  const newestFirst = new URLSearchParams({ sort_order: 'TIMESTAMP_DESC', ...query });
  return {
    to: 'read the events of the conversation',
    path: `/api/v1/conversation/${id}/events/search?${newestFirst.toString()}`,
    answer: EventPage,
    worded: 'by-agent',
    signal,
  };
}

async function eventPage(
  http: HttpClient,
  id: string,
  query: Query,
  signal: AbortSignal,
): Promise<EventPage> {
  return http.read(eventRequest(id, query, signal));
}

async function newestPage(http: HttpClient, id: string, signal: AbortSignal): Promise<EventPage> {
  return eventPage(http, id, { limit: String(EVENTS_PER_PAGE) }, signal);
}

function newestOf({ items, next_page_id: next }: EventPage): NewestEvents<Event> {
  return { events: items, more: next != null };
}

/** Events from the newest page back, page by page, only as far as they are asked for. */
async function* eventsBackwards(
  http: HttpClient,
  id: string,
  newest: EventPage,
  signal: AbortSignal,
): AsyncGenerator<Event> {
  let page = newest;
  yield* page.items;
  for (let pages = 1; pages < MOST_PAGES && page.next_page_id != null; pages += 1) {
    const query = { limit: String(EVENTS_PER_PAGE), page_id: page.next_page_id };
    page = await eventPage(http, id, query, signal);
    yield* page.items;
  }
}

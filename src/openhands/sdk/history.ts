import { ApiFailure, type ConversationReader } from '../../port/api.ts';
import { condensationsAfter, MAX_CONDENSATIONS } from '../../port/condensations.ts';
import type { MessageCursor, Messages, Since, Steps, StoredEnd } from '../../port/conversation.ts';
import {
  findMessageCursor,
  hasNewerMessage,
  type Page,
  readNewestFirst,
  type ReadPage,
  readWhatFits,
} from '../history.ts';
import { eventListOf, parseTime } from '../wire.ts';
import type { AgentServer } from './agent.ts';
import { hasForgottenMessage } from './condensation.ts';
import { Event, executionStatusIn, highestUsageIn, isEnd, stepsIn, storedEndIn } from './events.ts';
import { withoutRepeated } from './faults.ts';
import { answerIn, personMessageIn } from './messages.ts';
import { activityOf } from './states.ts';
import { listReader } from './wire.ts';

/** How many state changes are read to find the newest status: not every one has a status. */
const STATE_EVENTS = 20;
/** The page size to look for messages and answers: the newest message of a person is on the first page. */
const MESSAGE_EVENTS = 100;
const EVENTS_PER_PAGE = 50;
/** A step is about three events. Agents do less than this between two looks, and with tool output it is not too large. */
const STEP_EVENTS = 60;

/**
 * The kinds of events to filter by, and the `source` of each. App servers filter by kind. Agent servers filter by source, or not at all:
 * for a kind, older ones expect a Python path.
 * Source: `search_conversation_events` in OpenHands/software-agent-sdk.
 */
const SOURCES = {
  ConversationStateUpdateEvent: 'environment',
  MessageEvent: 'user',
  PauseEvent: 'user',
} as const;
type EventKind = keyof typeof SOURCES;

/** A server that has the stored events of a conversation, and the path of these events. */
export interface EventSource extends AgentServer {
  /** Whether it is the agent server, which has events as they happen. App servers get them up to half a minute late. */
  readonly isLive: boolean;
}

export function eventsAtAgentServer({ http, path }: AgentServer): EventSource {
  return { http, path: `${path}/events/search`, isLive: true };
}

/** Returns the part of a reader that needs only the stored events. `ask`: reads from the server that has them. */
export function storedReader(
  ask: <T>(id: string, signal: AbortSignal, read: (source: EventSource) => Promise<T>) => Promise<T>,
): Pick<
  ConversationReader,
  'readSteps' | 'readStoredEnd' | 'readMessageCursor' | 'readAnswers' | 'readMessages'
> {
  return {
    readSteps: async (id, signal, since) => ask(id, signal, async (source) => readNewestSteps(source, since)),
    readStoredEnd: async (id, signal, since) =>
      ask(id, signal, async (source) => readStoredEnd(source, since)),
    readMessageCursor: async (id, signal) => ask(id, signal, readMessageCursor),
    readAnswers: async (id, signal) => ask(id, signal, readAnswers),
    readMessages: async (id, signal) => ask(id, signal, readMessages),
  };
}

/**
 * Returns the agent's newest stored status; `undefined` if there is none. With the cursor of a follow-up, only an end counts, and only if
 * it is stored after the follow-up. While the agent is at work, its status is no end, so that one request is enough.
 */
export async function readLastStatus(
  source: EventSource,
  messageCursor?: MessageCursor,
): Promise<string | undefined> {
  const { items } = await readWhatFits(eventReader(source, 'ConversationStateUpdateEvent'), STATE_EVENTS);
  const lastStatus = items.map(executionStatusIn).find((status) => status !== undefined);
  if (messageCursor === undefined || lastStatus === undefined) return lastStatus;
  if (activityOf(lastStatus) !== 'ended') return undefined;
  const newestMessage = await readMessageCursor(source);
  if (!hasNewerMessage(messageCursor, newestMessage)) return undefined;
  // Which is newer, the follow-up or the status?
  for await (const event of readNewestFirst(eventReader(source), EVENTS_PER_PAGE)) {
    if (personMessageIn(event)?.id === newestMessage.lastMessage) return undefined;
    if (executionStatusIn(event) !== undefined) return lastStatus;
  }
  return undefined;
}

/** The kinds of events about an agent that was paused. Source: `user_action.py` in OpenHands/software-agent-sdk. */
const PAUSES: readonly string[] = ['PauseEvent', 'InterruptEvent'];
/** A server that is stopped stores both events within this time, and takes longer to start again. */
const STOP_MS = 2_000;

/**
 * Whether the agent was paused last by a `PauseEvent`. A server that is stopped while the model is asked stores an `InterruptEvent` right
 * after it: seen with 1.58.2, within 50 ms (`close` of `event_service.py` cancels the run that it has paused). An interrupt by itself has
 * none before it.
 */
export async function wasPausedLast(source: EventSource): Promise<boolean> {
  const { items } = await readWhatFits(eventReader(source, 'PauseEvent'), STATE_EVENTS);
  const [last, before] = items.filter(({ kind }) => PAUSES.includes(kind));
  if (last?.kind !== 'InterruptEvent' || before === undefined) return last?.kind === 'PauseEvent';
  const gapMs = (parseTime(last.timestamp) ?? NaN) - (parseTime(before.timestamp) ?? NaN);
  return before.kind === 'PauseEvent' && gapMs <= STOP_MS;
}

/** Whether the newest events end the answer to the newest message of a person. Events that cannot be read do not. */
export async function hasAnswered(source: EventSource): Promise<boolean> {
  const newest = await readWhatFits(eventReader(source), STATE_EVENTS).catch((error: unknown) => {
    if (error instanceof ApiFailure) return undefined;
    throw error;
  });
  const telling = newest?.items.find(
    (event) => personMessageIn(event) !== undefined || executionStatusIn(event) !== undefined,
  );
  // A message has no status.
  const status = telling && executionStatusIn(telling);
  return activityOf(status) === 'ended';
}

/** Reads the agent's newest steps. With `since`, without retries: the next look reads them again. */
async function readNewestSteps(source: EventSource, since: Since | undefined): Promise<Steps> {
  const once = { ...source, http: since === undefined ? source.http : source.http.withoutRetries() };
  return stepsOf(await readWhatFits(eventReader(once), STEP_EVENTS), since);
}

/** Reads the agent's answer, why it failed, if it did, and the newest steps. Reads only as far back as needed. */
async function readStoredEnd(source: EventSource, since: Since | undefined): Promise<StoredEnd> {
  const { messageCursor } = since ?? {};
  const newestMessage = messageCursor === undefined ? {} : await readMessageCursor(source);
  const live = source.isLive && { isLive: true as const };
  if (messageCursor !== undefined && !hasNewerMessage(messageCursor, newestMessage))
    return { complete: false, awaitsMessage: true, ...live };
  const read = eventReader(source);
  const newest = await readWhatFits(read, EVENTS_PER_PAGE);
  // Without an end among the newest events, the answer is not stored yet: there is nothing to find further back.
  const events = newest.items.some(isEnd) ? readNewestFirst(read, EVENTS_PER_PAGE, newest) : newest.items;
  const result = await storedEndIn(events, newestMessage.lastMessage);
  // The server's own words for another failure count more. An agent that forgets without end fails at its limit of steps.
  const isUnexplained = ['agent', 'agent-limit'].includes(result.fault ?? 'agent');
  const isTooSmall = isUnexplained && isContextTooSmall(newest.items, result.complete);
  const fault = isTooSmall && { fault: 'model-context' as const };
  return { ...result, ...fault, ...live, steps: stepsOf(newest, since) };
}

/** Whether events show that the context of the model is too small. `events`: newest first. `hasEnded`: all up to the end are stored. */
function isContextTooSmall(events: readonly Event[], hasEnded: boolean): boolean {
  // Before the end is stored, a tool call may be missing.
  if (hasEnded && hasForgottenMessage(events)) return true;
  return condensationsAfter(stepsIn(events, false).steps) >= MAX_CONDENSATIONS;
}

export async function readMessageCursor(source: EventSource): Promise<MessageCursor> {
  return findMessageCursor(readNewestOf('MessageEvent', MESSAGE_EVENTS, source), personMessageIn);
}

/** Reads the agent's answers, newest first, as far back as events are read. */
async function readAnswers(source: EventSource): Promise<readonly string[]> {
  const events = readNewestFirst(eventReader(source), MESSAGE_EVENTS);
  return (await Array.fromAsync(events, answerIn)).filter((answer) => answer !== undefined);
}

/** Reads the messages of persons, newest first, as far back as events are read. */
export async function readMessages(source: EventSource): Promise<Messages> {
  const events = readNewestOf('MessageEvent', MESSAGE_EVENTS, source);
  const said = (await Array.fromAsync(events, personMessageIn)).filter((message) => message !== undefined);
  return { said, isLive: source.isLive };
}

/** Returns a reader of all events, or of those of a kind. Agent servers filter by source at most: they may return other kinds, too. */
function eventReader({ http, path, isLive }: EventSource, kind?: EventKind): ReadPage<Event> {
  const filter = kind && (isLive ? { source: SOURCES[kind] } : { kind__eq: kind });
  const list = { goal: 'read the events of the conversation', path, contentBy: 'agent' };
  return listReader(http, list, eventListOf(Event), { sort_order: 'TIMESTAMP_DESC', ...filter });
}

/** Yields the events of a kind, newest first. The server may ignore the filter. */
async function* readNewestOf(kind: EventKind, pageSize: number, source: EventSource): AsyncGenerator<Event> {
  for await (const event of readNewestFirst(eventReader(source, kind), pageSize))
    if (event.kind === kind) yield event;
}

function stepsOf({ items: events, next }: Page<Event>, since: Since | undefined): Steps {
  return { ...stepsIn(withoutRepeated(events), next !== undefined, since), usage: highestUsageIn(events) };
}

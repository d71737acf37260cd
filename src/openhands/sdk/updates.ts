import * as v from 'valibot';

import type { Requests, SocketUse } from '../../http/client.ts';
import { LOST } from '../../http/listen.ts';
import { highestUsage, type PushUpdate, type StoredState, type Usage } from '../../port/conversation.ts';
import { parsedSizeOf } from '../../text/data.ts';
import { matchShape } from '../wire.ts';
import { Event, executionStatusIn, highestUsageIn, stepsIn } from './events.ts';
import { withoutRepeated } from './faults.ts';
import { agentStateOf } from './states.ts';

/** How many events are remembered: more than two batches of the socket. Steps in older ones are not logged. */
const MAX_REMEMBERED_EVENTS = 250;
/** The limit for the memory of all remembered events. A frame that takes more than half of it is not read. */
const MAX_REMEMBERED_BYTES = 4 * 1024 * 1024;

/** Matches a frame with the agent's state, which is urgent: it may be the end of the work, or the first frame of a connection. */
const STATE_KEY = /"key":\s*"(?:execution_status|full_state)"/;

/** How to listen to an agent server. It takes one frame, the key: any other would be a message to the agent. */
const SOCKET: Omit<SocketUse, 'path'> = {
  firstFrame: ({ 'x-session-api-key': key }) =>
    key ? JSON.stringify({ type: 'auth', session_api_key: key }) : undefined,
  isUrgent: (frame) => STATE_KEY.test(frame),
  /** The server refuses the key, or does not know the conversation. */
  finalCodes: [4001, 4004],
};

/** Gives up after this many frames that are not events, over all connections. */
const MAX_UNREADABLE_FRAMES = 10;

const Frame = v.pipe(v.string(), v.parseJson(), Event);

interface Received {
  readonly event: Event;
  readonly bytes: number;
}

/**
 * Yields what an agent server pushes about a conversation over its WebSocket. The first event shows that it has accepted the key.
 * Source: `sockets.py` in OpenHands/software-agent-sdk.
 */
export async function* readUpdates(id: string, http: Requests): AsyncGenerator<PushUpdate> {
  let received: readonly Received[] = [];
  let usage: Usage = {};
  let unreadable = 0;
  let isConnected = false;
  /** Whether older events were forgotten, so that steps may be missing. */
  let isCut = false;
  const path = (): string => `/sockets/events/${id}${resendQuery(received)}`;
  for await (const frames of http.listen({ ...SOCKET, path })) {
    if (frames === LOST) {
      if (isConnected) yield { kind: 'lost' };
      isConnected = false;
      continue;
    }
    const readable = frames.flatMap(readFrame);
    if (readable.length > 0 && !isConnected) yield { kind: 'connected' };
    isConnected ||= readable.length > 0;
    const fresh = newEventsIn(readable, received);
    const events = fresh.map(({ event }) => event);
    usage = highestUsage(usage, highestUsageIn(events));
    const all = [...fresh, ...received];
    received = newestWithinLimits(all);
    isCut ||= received.length < all.length;
    if (fresh.length > 0) yield updateOf(events, received, isCut, usage);
    unreadable += frames.length - readable.length;
    if (unreadable < MAX_UNREADABLE_FRAMES) continue;
    if (isConnected) yield { kind: 'lost' };
    return;
  }
}

/** Parses a frame; empty if it is not an event, or too large in memory. */
function readFrame(frame: string): readonly Received[] {
  const bytes = parsedSizeOf(frame);
  const event = bytes > MAX_REMEMBERED_BYTES / 2 ? undefined : matchShape(Frame, frame);
  return event === undefined ? [] : [{ event, bytes }];
}

/** Returns the new events of those just read, newest first: after a reconnect, the server repeats some. `read` has the oldest first. */
function newEventsIn(read: readonly Received[], received: readonly Received[]): readonly Received[] {
  const known = new Set(received.map(({ event }) => event.id));
  const unknown = read.filter(({ event: { id } }) => {
    const isNew = id === undefined || !known.has(id);
    known.add(id);
    return isNew;
  });
  return unknown.toReversed();
}

/** Returns the newest of the events within the limits; both lists are newest first. */
function newestWithinLimits(events: readonly Received[]): readonly Received[] {
  const kept: Received[] = [];
  let bytes = 0;
  for (const event of events.slice(0, MAX_REMEMBERED_EVENTS)) {
    bytes += event.bytes;
    if (bytes > MAX_REMEMBERED_BYTES) break;
    kept.push(event);
  }
  return kept;
}

/** Returns the query for a reconnect: the server repeats what happened since the last event. */
function resendQuery(received: readonly Received[]): string {
  const [last] = received.flatMap(({ event }) => event.timestamp ?? []);
  if (last === undefined) return '';
  return `?${new URLSearchParams({ resend_mode: 'since', after_timestamp: last }).toString()}`;
}

/** Returns the update for fresh events, newest first. */
function updateOf(
  fresh: readonly Event[],
  received: readonly Received[],
  isCut: boolean,
  usage: Usage,
): PushUpdate {
  const [state] = fresh.flatMap((event) => stateIn(event) ?? []);
  return {
    kind: 'events',
    ...(state && { state }),
    stepsSince(since) {
      const newest = withoutRepeated(received.map(({ event }) => event));
      return { ...stepsIn(newest, isCut, since), usage };
    },
  };
}

/** Returns the agent's state, if an event tells a new one. */
function stateIn(event: Event): StoredState | undefined {
  const status = executionStatusIn(event);
  const state = status === undefined ? undefined : agentStateOf(status);
  // The server also sends the full state at each connection: an end or a pause in it may be of earlier work.
  const isOld = event['key'] === 'full_state' && state?.state.kind !== 'active';
  return isOld ? undefined : state;
}

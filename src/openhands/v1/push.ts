import * as v from 'valibot';

import type { PushUpdate } from '../../conversation/conversation.ts';
import type { HttpClient } from '../../http/client.ts';
import { LOST } from '../../http/listen.ts';
import type { NewestEvents } from '../steps.ts';
import { Event, executionStatusIn } from './events.ts';
import { agentState } from './states.ts';
import { v1StepsIn } from './steps.ts';
import { highestUsageIn } from './usage.ts';

/** How many events are kept: more than an agent makes while the step is busy. Steps in older ones are not logged. */
const MAX_EVENTS = 100;
/** The limit for the text of all kept events. A single one can have a quarter of it. */
const MAX_CHARACTERS = 4 * 1024 * 1024;
/** The timestamp of an event. It is checked as it goes into a URL. */
const TIME = /^[\dT:.Z+-]{1,40}$/;

const Frame = v.pipe(v.string(), v.parseJson(), Event);

/** The full state of a conversation in which a person may have to confirm actions. */
const Confirming = v.looseObject({
  key: v.literal('full_state'),
  value: v.looseObject({
    confirmation_policy: v.looseObject({ kind: v.pipe(v.string(), v.notValue('NeverConfirm')) }),
  }),
});

/** An event, and the length of its text. */
interface Received {
  readonly event: Event;
  readonly length: number;
}

/**
 * Yields what an agent server pushes about a conversation over its WebSocket. The first event shows that the server accepted
 * the key. Frames that are not events are skipped. Source: `sockets.py` in OpenHands/software-agent-sdk.
 */
export async function* updatesOf(
  id: string,
  http: HttpClient,
  signal: AbortSignal,
): AsyncGenerator<PushUpdate> {
  let received: readonly Received[] = [];
  let isConnected = false;
  let mayNeedConfirmation = false;
  let isCut = false;
  const path = (): string => `/sockets/events/${id}${resendQuery(received)}`;
  for await (const frame of http.listen(path, signal)) {
    if (frame === LOST) {
      if (isConnected) yield { kind: 'lost' };
      isConnected = false;
      continue;
    }
    const read = v.safeParse(Frame, frame);
    if (!read.success) continue;
    if (!isConnected) yield { kind: 'connected' };
    isConnected = true;
    const event = read.output;
    if (received.some((each) => each.event.id !== undefined && each.event.id === event.id)) continue;
    const all = [{ event, length: frame.length }, ...received];
    received = newestOf(all);
    isCut ||= received.length < all.length;
    mayNeedConfirmation ||= v.is(Confirming, event);
    const newest = received.map((each) => each.event);
    yield updateOf(event, { events: mayNeedConfirmation ? reportableIn(newest) : newest, more: isCut });
  }
}

/** Returns the newest events within the limits, newest first. */
function newestOf(received: readonly Received[]): readonly Received[] {
  let left = MAX_CHARACTERS;
  const tooMany = received.findIndex(({ length }) => (left -= length) < 0);
  return received.slice(0, tooMany < 0 ? MAX_EVENTS : Math.min(tooMany, MAX_EVENTS));
}

/** Returns the query for a reconnect: the server sends again what happened since the last event. */
function resendQuery(received: readonly Received[]): string {
  const times = received.map(({ event }) => event.timestamp ?? '');
  const last = times.find((time) => TIME.test(time));
  return last === undefined
    ? ''
    : `?${new URLSearchParams({ resend_mode: 'since', after_timestamp: last }).toString()}`;
}

/**
 * Returns the events that can be reported. Whether an action waits for confirmation is only known by a state event just
 * after it: until then, actions newer than the last result are held back.
 */
function reportableIn(newest: readonly Event[]): readonly Event[] {
  const status = newest.map(executionStatusIn).find((each) => each !== undefined);
  if (status === 'waiting_for_confirmation') return newest;
  const done = newest.findIndex(({ kind }) => kind === 'ObservationEvent');
  return done < 0 ? [] : newest.slice(done);
}

/** Returns the update for an event. `newest` includes that event. */
function updateOf(event: Event, newest: NewestEvents<Event>): PushUpdate {
  const status = executionStatusIn(event);
  const state = status === undefined ? undefined : agentState(status);
  // The server also sends the full state on connecting: an end in it may be that of earlier work.
  const isOld = event['key'] === 'full_state' && state?.state.kind !== 'active';
  return {
    kind: 'events',
    ...(state && !isOld && { state }),
    stepsSince: (since) => ({ ...v1StepsIn(newest, since), usage: highestUsageIn(newest.events) }),
  };
}

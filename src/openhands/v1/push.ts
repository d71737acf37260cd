import * as v from 'valibot';

import type { PushUpdate } from '../../conversation/conversation.ts';
import type { HttpClient } from '../http.ts';
import { LOST } from '../listen.ts';
import type { NewestEvents } from '../steps.ts';
import { Event, executionStatusIn } from './events.ts';
import { agentState } from './states.ts';
import { v1StepsIn } from './steps.ts';
import { usageAmong } from './usage.ts';

/** More than an agent does while a step is busy with something else; older ones are left out of the log. */
const MOST_EVENTS = 100;
/** The same of their text, all together: one may be as long as a quarter of that. */
const MOST_CHARACTERS = 4 * 1024 * 1024;
/** A time as events have it: it goes into an address. */
const TIME = /^[\dT:.Z+-]{1,40}$/;

/** An event as a socket sends it. */
const Frame = v.pipe(v.string(), v.parseJson(), Event);

/** The whole state of a conversation whose actions may need to be confirmed. */
const Confirming = v.looseObject({
  key: v.literal('full_state'),
  value: v.looseObject({
    confirmation_policy: v.looseObject({ kind: v.pipe(v.string(), v.notValue('NeverConfirm')) }),
  }),
});

/** An event, and how long its text was. */
interface Received {
  readonly event: Event;
  readonly length: number;
}

/**
 * What an agent server tells of a conversation by its socket. That it sends events shows that it has taken the key; what is
 * none is skipped. Source: `sockets.py` in OpenHands/software-agent-sdk.
 */
export async function* updatesOf(
  id: string,
  http: HttpClient,
  signal: AbortSignal,
): AsyncGenerator<PushUpdate> {
  let received: readonly Received[] = [];
  let isConnected = false;
  let mayWait = false;
  let isCut = false;
  const path = (): string => `/sockets/events/${id}${sinceLast(received)}`;
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
    mayWait ||= v.is(Confirming, event);
    const newest = received.map((each) => each.event);
    yield updateOf(event, { events: mayWait ? sureIn(newest) : newest, more: isCut });
  }
}

/** As many of the newest as are kept, the newest first. */
function newestOf(received: readonly Received[]): readonly Received[] {
  let left = MOST_CHARACTERS;
  const tooMany = received.findIndex(({ length }) => (left -= length) < 0);
  return received.slice(0, tooMany < 0 ? MOST_EVENTS : Math.min(tooMany, MOST_EVENTS));
}

/** After a loss, what has come meanwhile is sent again. */
function sinceLast(received: readonly Received[]): string {
  const times = received.map(({ event }) => event.timestamp ?? '');
  const last = times.find((time) => TIME.test(time));
  return last === undefined
    ? ''
    : `?${new URLSearchParams({ resend_mode: 'since', after_timestamp: last }).toString()}`;
}

/** Those of which is known whether they wait to be confirmed: that is told just after an action, as a state. */
function sureIn(newest: readonly Event[]): readonly Event[] {
  const status = newest.map(executionStatusIn).find((each) => each !== undefined);
  if (status === 'waiting_for_confirmation') return newest;
  const done = newest.findIndex(({ kind }) => kind === 'ObservationEvent');
  return done < 0 ? [] : newest.slice(done);
}

/** What an event tells, with the newest ones, of which it is the last. */
function updateOf(event: Event, newest: NewestEvents<Event>): PushUpdate {
  const status = executionStatusIn(event);
  const state = status === undefined ? undefined : agentState(status);
  // A copy of the whole state comes at the beginning, too: the end in it may be that of earlier work.
  const isOld = event['key'] === 'full_state' && state?.state.kind !== 'active';
  return {
    kind: 'events',
    ...(state && !isOld && { state }),
    stepsSince: (since) => ({ ...v1StepsIn(newest, since), usage: usageAmong(newest.events) }),
  };
}

import * as v from 'valibot';

import type { News } from '../../conversation/conversation.ts';
import type { HttpClient } from '../http.ts';
import { LOST } from '../listen.ts';
import { Event, executionStatusIn } from './events.ts';
import { agentState } from './states.ts';
import { v1StepsIn } from './steps.ts';
import { usageAmong } from './usage.ts';

/** More than an agent does while a step is busy with something else; older ones are left out of the log. */
const MOST_EVENTS = 100;

/** An event as a socket sends it. */
const Frame = v.pipe(v.string(), v.parseJson(), Event);

/** The whole state of a conversation whose actions may need to be confirmed. */
const Confirming = v.looseObject({
  key: v.literal('full_state'),
  value: v.looseObject({
    confirmation_policy: v.looseObject({ kind: v.pipe(v.string(), v.notValue('NeverConfirm')) }),
  }),
});

/**
 * What an agent server tells of a conversation by its socket. That it sends anything shows that it has taken the key; what is
 * no event is skipped. Source: `sockets.py` in OpenHands/software-agent-sdk.
 */
export async function* newsOf(id: string, http: HttpClient, signal: AbortSignal): AsyncGenerator<News> {
  let newest: readonly Event[] = [];
  let isListening = false;
  let mayWait = false;
  const path = (): string => `/sockets/events/${id}${sinceLast(newest)}`;
  for await (const frame of http.listen(path, signal)) {
    if (frame === LOST) {
      if (isListening) yield { kind: 'lost' };
      isListening = false;
      continue;
    }
    if (!isListening) yield { kind: 'listening' };
    isListening = true;
    const event = v.safeParse(Frame, frame);
    if (!event.success || newest.some(({ id }) => id !== undefined && id === event.output.id)) continue;
    newest = [event.output, ...newest].slice(0, MOST_EVENTS);
    mayWait ||= v.is(Confirming, event.output);
    yield told(event.output, mayWait ? sureIn(newest) : newest);
  }
}

/** After a loss, what has come meanwhile is sent again. */
function sinceLast(newest: readonly Event[]): string {
  const last = newest.find(({ timestamp }) => timestamp !== undefined)?.timestamp;
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

/** @param newest the last events, the newest first. */
function told(event: Event, newest: readonly Event[]): News {
  const status = executionStatusIn(event);
  const state = status === undefined ? undefined : agentState(status);
  // A copy of the whole state comes at the beginning, too: the end in it may be that of earlier work.
  const isOld = event['key'] === 'full_state' && state?.state.kind !== 'active';
  return {
    kind: 'events',
    ...(state && !isOld && { state }),
    stepsSince: (since) => ({
      ...v1StepsIn({ events: newest, more: newest.length === MOST_EVENTS }, since),
      usage: usageAmong(newest),
    }),
  };
}

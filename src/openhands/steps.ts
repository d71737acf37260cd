import {
  type AgentStep,
  hasNewerMessage,
  type PersonMessage,
  type Since,
  type Steps,
} from '../conversation/conversation.ts';

/** Reads the events of one version of the API. */
export interface EventReader<Event> {
  /** The cursor of an event. */
  readonly cursorOf: (event: Event) => string | undefined;
  readonly isAt: (event: Event, cursor: string) => boolean;
  /** Whether the event is older than the cursor; `false` if that is unknown. */
  readonly isBefore: (event: Event, cursor: string) => boolean;
  readonly stepIn: (event: Event) => AgentStep | undefined;
  /** The text that is the agent's answer, unless more follows; `undefined` if the event has none. */
  readonly answerIn: (event: Event) => string | undefined;
  /** Whether the agent waits for a person to confirm its next action; `undefined` if the event does not say. */
  readonly awaitsConfirmationIn: (event: Event) => boolean | undefined;
  /** Whether the event is the result of an action. */
  readonly isResult: (event: Event) => boolean;
  /** A person's message; `undefined` if the event is not one. */
  readonly personMessageIn: (event: Event) => PersonMessage | undefined;
}

/** The newest events of a conversation, newest first. */
export interface NewestEvents<Event> {
  readonly events: readonly Event[];
  /** Whether older events were not read. */
  readonly more: boolean;
}

/**
 * Returns the agent's new steps in the newest events. Events arrive late and out of order, so they are compared by id, and
 * by time only if the version's cursor has it.
 */
export function stepsIn<Event>(
  { events, more }: NewestEvents<Event>,
  { cursor, messageCursor }: Since,
  reader: EventReader<Event>,
): Steps {
  const { stepIn, personMessageIn } = reader;
  const firstOld = firstOldIn(events, cursor, reader);
  if (cursor === undefined && messageCursor !== undefined) {
    const boundary = events[firstOld];
    const lastMessage = boundary && personMessageIn(boundary)?.id;
    const newestMessage = lastMessage === undefined ? {} : { lastMessage };
    if (!hasNewerMessage(messageCursor, newestMessage)) return { steps: [], isCut: false };
  }
  const unconfirmed = unconfirmedIn(events, reader);
  const markedStepIn = (event: Event): AgentStep | undefined => {
    const step = stepIn(event);
    return step?.kind === 'action' && unconfirmed.includes(event) ? { ...step, kind: 'unconfirmed' } : step;
  };
  const from = heldBackCount(events, reader);
  const fresh = events.slice(from, firstOld < 0 ? undefined : firstOld);
  // Without new events the cursor stays: events[from] may be older than it.
  const isUnchanged = fresh.length === 0 && cursor !== undefined;
  const next = isUnchanged ? cursor : nextCursor(events[from], cursor, reader);
  return {
    steps: fresh.flatMap((event) => markedStepIn(event) ?? []).toReversed(),
    isCut: firstOld < 0 && more,
    ...(next !== undefined && { cursor: next }),
  };
}

function nextCursor<Event>(
  newest: Event | undefined,
  before: string | undefined,
  { cursorOf }: EventReader<Event>,
): string | undefined {
  return (newest && cursorOf(newest)) ?? before;
}

/**
 * Returns the index of the newest event that was read before; -1 if there is none. The event at the cursor may be missing
 * if it came from another source, such as a push: then the first older event counts.
 */
function firstOldIn<Event>(
  events: readonly Event[],
  cursor: string | undefined,
  { isAt, isBefore, personMessageIn }: EventReader<Event>,
): number {
  if (cursor === undefined) return events.findIndex((event) => personMessageIn(event) !== undefined);
  const at = events.findIndex((event) => isAt(event, cursor));
  return at >= 0 ? at : events.findIndex((event) => isBefore(event, cursor));
}

/** Returns how many of the newest events are not reported yet: a message that is still the last may be the answer. */
function heldBackCount<Event>(events: readonly Event[], { stepIn, answerIn }: EventReader<Event>): number {
  const last = events.findIndex((event) => stepIn(event) !== undefined || answerIn(event) !== undefined);
  const event = events[last];
  return event !== undefined && stepIn(event)?.kind === 'message' ? last + 1 : 0;
}

/** Returns the events with actions that a person must confirm: all newer than the last result, if the agent waits. */
function unconfirmedIn<Event>(
  events: readonly Event[],
  { awaitsConfirmationIn, isResult }: EventReader<Event>,
): readonly Event[] {
  const waits = events.map(awaitsConfirmationIn).find((each) => each !== undefined);
  const result = events.findIndex(isResult);
  return waits === true ? events.slice(0, result < 0 ? undefined : result) : [];
}

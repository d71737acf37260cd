import { type AgentStep, hasFollowed, type Since, type Steps } from '../conversation/conversation.ts';

/** What a version of the API knows of its events. */
export interface EventReader<Event> {
  /** What is remembered of its place. */
  readonly cursorOf: (event: Event) => string | undefined;
  readonly isAt: (event: Event, cursor: string) => boolean;
  /** Whether it is older, as far as can be told. */
  readonly isBefore: (event: Event, cursor: string) => boolean;
  readonly stepIn: (event: Event) => AgentStep | undefined;
  /** What is the answer if nothing else follows; `undefined` if the event is none. */
  readonly answerIn: (event: Event) => string | undefined;
  /** Whether the agent waits for a person to confirm what it is about to do; `undefined` if the event does not tell. */
  readonly waitsIn: (event: Event) => boolean | undefined;
  /** Whether the event is what came of an action. */
  readonly isResult: (event: Event) => boolean;
  /** The id of a message that a person sent; `undefined` if the event is none. */
  readonly personMessageIn: (event: Event) => string | undefined;
}

/** The newest events of a conversation, the newest first. */
export interface NewestEvents<Event> {
  readonly events: readonly Event[];
  /** Whether there are older ones. */
  readonly more: boolean;
}

/** The agent's steps in the newest events. They are told apart by id, as far as possible: events come late. */
export function stepsIn<Event>(
  { events, more }: NewestEvents<Event>,
  { cursor, messageCursor }: Since,
  reader: EventReader<Event>,
): Steps {
  const { stepIn, personMessageIn } = reader;
  const firstOld = firstOldIn(events, cursor, reader);
  if (cursor === undefined && messageCursor !== undefined) {
    const boundary = events[firstOld];
    const lastMessage = boundary && personMessageIn(boundary);
    const newestMessage = lastMessage === undefined ? {} : { lastMessage };
    if (!hasFollowed(messageCursor, newestMessage)) return { steps: [], isCut: false };
  }
  const unconfirmed = unconfirmedIn(events, reader);
  const tellIn = (event: Event): AgentStep | undefined => {
    const step = stepIn(event);
    return step?.kind === 'action' && unconfirmed.includes(event) ? { ...step, kind: 'unconfirmed' } : step;
  };
  const from = heldBack(events, reader);
  const fresh = events.slice(from, firstOld < 0 ? undefined : firstOld);
  // Where less is to be seen than before, the place stays where it was.
  const isStill = fresh.length === 0 && cursor !== undefined;
  const next = isStill ? cursor : placeOf(events[from], cursor, reader);
  return {
    steps: fresh.flatMap((event) => tellIn(event) ?? []).toReversed(),
    isCut: firstOld < 0 && more,
    ...(next !== undefined && { cursor: next }),
  };
}

function placeOf<Event>(
  newest: Event | undefined,
  before: string | undefined,
  { cursorOf }: Pick<EventReader<Event>, 'cursorOf'>,
): string | undefined {
  return (newest && cursorOf(newest)) ?? before;
}

/** Where those begin that were read before; -1 if none is. One that was read there may not be kept here, or not yet. */
function firstOldIn<Event>(
  events: readonly Event[],
  cursor: string | undefined,
  { isAt, isBefore, personMessageIn }: Pick<EventReader<Event>, 'isAt' | 'isBefore' | 'personMessageIn'>,
): number {
  if (cursor === undefined) return events.findIndex((event) => personMessageIn(event) !== undefined);
  const at = events.findIndex((event) => isAt(event, cursor));
  return at >= 0 ? at : events.findIndex((event) => isBefore(event, cursor));
}

/** How many of the newest events are not told yet: a message that nothing has followed may be the answer. */
function heldBack<Event>(
  events: readonly Event[],
  { stepIn, answerIn }: Pick<EventReader<Event>, 'stepIn' | 'answerIn'>,
): number {
  const last = events.findIndex((event) => stepIn(event) !== undefined || answerIn(event) !== undefined);
  const event = events[last];
  return event !== undefined && stepIn(event)?.kind === 'message' ? last + 1 : 0;
}

/** Among the newest events, those of what a person is to confirm: nothing of it is done yet. */
function unconfirmedIn<Event>(
  events: readonly Event[],
  { waitsIn, isResult }: Pick<EventReader<Event>, 'waitsIn' | 'isResult'>,
): readonly Event[] {
  const waits = events.map(waitsIn).find((each) => each !== undefined);
  const result = events.findIndex(isResult);
  return waits === true ? events.slice(0, result < 0 ? undefined : result) : [];
}

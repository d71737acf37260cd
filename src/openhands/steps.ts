import { type AgentStep, hasFollowed, type Since, type Steps } from '../conversation/conversation.ts';

/** What a version of the API knows of its events. */
export interface EventReader<Event> {
  readonly idOf: (event: Event) => string | undefined;
  readonly stepIn: (event: Event) => AgentStep | undefined;
  /** The id of a message that a person sent; `undefined` where the event is none. */
  readonly personMessageIn: (event: Event) => string | undefined;
}

/** The newest events of a conversation, the newest first. */
export interface NewestEvents<Event> {
  readonly events: readonly Event[];
  /** Whether there are older ones. */
  readonly more: boolean;
}

/** The agent's steps in the newest events. They are told apart by id: events come late, and their times have no zone. */
export function stepsIn<Event>(
  { events, more }: NewestEvents<Event>,
  { cursor, mark }: Since,
  { idOf, stepIn, personMessageIn }: EventReader<Event>,
): Steps {
  const isOld = (event: Event): boolean =>
    cursor === undefined ? personMessageIn(event) !== undefined : idOf(event) === cursor;
  const firstOld = events.findIndex(isOld);
  if (cursor === undefined && mark !== undefined) {
    const boundary = events[firstOld];
    const lastMessage = boundary && personMessageIn(boundary);
    const newestMark = lastMessage === undefined ? {} : { lastMessage };
    if (!hasFollowed(mark, newestMark)) return { steps: [], isCut: false };
  }
  const fresh = firstOld < 0 ? events : events.slice(0, firstOld);
  const [newest] = events;
  const next = (newest && idOf(newest)) ?? cursor;
  return {
    steps: fresh.flatMap((event) => stepIn(event) ?? []).toReversed(),
    isCut: firstOld < 0 && more,
    ...(next !== undefined && { cursor: next }),
  };
}

import * as v from 'valibot';

import { matchShape } from '../wire.ts';
import { isFinish, personMessageIn } from './messages.ts';

/** Source: `Condensation` in V1's OpenAPI description. A condensation that names no events forgets nothing. */
const CondensationEvent = v.looseObject({
  kind: v.literal('Condensation'),
  forgotten_event_ids: v.fallback(v.array(v.string()), []),
});
const Action = v.looseObject({ kind: v.literal('ActionEvent'), source: v.literal('agent') });

/** After this many condensations without a tool call, the agent counts as one that gets nowhere. */
const MAX_CONDENSATIONS = 3;

/** The server has shortened the prompt. `forgotten`: the ids of the events that the model no longer sees, but at most a summary. */
export interface Condensation {
  readonly forgotten: readonly string[];
}

export function condensationIn(event: unknown): Condensation | undefined {
  const condensation = matchShape(CondensationEvent, event);
  return condensation && { forgotten: condensation.forgotten_event_ids };
}

/** Whether the agent has only forgotten, and called no tool, at least three times. `events`: newest first. */
export function hasOnlyForgotten(events: readonly unknown[]): boolean {
  return sinceLastWork(events).condensations.length >= MAX_CONDENSATIONS;
}

/** Whether the agent has forgotten the newest message of a person, and has called no tool for it. `events`: newest first. */
export function hasForgottenMessage(events: readonly unknown[]): boolean {
  const { messageId, condensations } = sinceLastWork(events);
  return messageId !== undefined && condensations.some(({ forgotten }) => forgotten.includes(messageId));
}

/**
 * Returns the condensations since the newest message of a person or the agent's last tool call, whichever is newer. The finish is no work.
 * `messageId`: that of the message, if no tool was called since.
 */
function sinceLastWork(events: readonly unknown[]): {
  readonly messageId: string | undefined;
  readonly condensations: readonly Condensation[];
} {
  const at = events.findIndex((event) => isToolCall(event) || personMessageIn(event) !== undefined);
  const since = at < 0 ? events : events.slice(0, at);
  return {
    messageId: personMessageIn(events[at])?.id,
    condensations: since.flatMap((event) => condensationIn(event) ?? []),
  };
}

function isToolCall(event: unknown): boolean {
  return v.is(Action, event) && !isFinish(event);
}

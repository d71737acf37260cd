import * as v from 'valibot';

import { matchShape } from '../wire.ts';
import { isFinish, personMessageIn } from './messages.ts';

/** Source: `Condensation` in V1's OpenAPI description. A condensation that names no events forgets nothing. */
const CondensationEvent = v.looseObject({
  kind: v.literal('Condensation'),
  forgotten_event_ids: v.fallback(v.array(v.string()), []),
});
const Action = v.looseObject({ kind: v.literal('ActionEvent'), source: v.literal('agent') });

/** The server has shortened the prompt. `forgotten`: the ids of the events that the model no longer sees, but at most a summary. */
export interface Condensation {
  readonly forgotten: readonly string[];
}

export function condensationIn(event: unknown): Condensation | undefined {
  const condensation = matchShape(CondensationEvent, event);
  return condensation && { forgotten: condensation.forgotten_event_ids };
}

/** Whether the agent has forgotten the newest message of a person, and has called no tool for it. `events`: newest first. */
export function hasForgottenMessage(events: readonly unknown[]): boolean {
  const at = events.findIndex((event) => isToolCall(event) || personMessageIn(event) !== undefined);
  // The newer of the two.
  const message = personMessageIn(events[at]);
  if (message === undefined) return false;
  return events.slice(0, at).some((event) => condensationIn(event)?.forgotten.includes(message.id));
}

/** The finish is no work. */
function isToolCall(event: unknown): boolean {
  return v.is(Action, event) && !isFinish(event);
}

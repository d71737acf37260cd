import * as v from 'valibot';

import type { Leftover } from '../leftover.ts';

const Id = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{1,64}$/));
const Version = v.picklist(['v1', 'v0', 'agent-server']);
const Marker = v.exactOptional(Id);
const Reason = v.exactOptional(v.picklist(['cancel', 'deadline', 'budget']));
const Step = v.variant('step', [
  v.object({ step: v.literal('over') }),
  v.object({ step: v.literal('announced'), id: Id }),
  v.object({ step: v.literal('unreported'), version: Version, id: Id, chosen: Marker }),
  v.object({ step: v.literal('asked'), version: Version, id: Id, interruptedBy: Reason, chosen: Marker }),
  v.object({
    step: v.literal('pending'),
    version: Version,
    task: Id,
    id: Id,
    keyed: v.exactOptional(v.literal(true)),
    interruptedBy: Reason,
    chosen: Marker,
  }),
  v.object({
    step: v.literal('started'),
    version: Version,
    id: Id,
    hasPendingWork: v.exactOptional(v.literal(true)),
    interruptedBy: Reason,
    chosen: Marker,
  }),
]);
const Kept = v.fallback(v.pipe(v.string(), v.parseJson(), Step), { step: 'over' });

/** The state as text, for the runner to keep; empty if nothing is left to do, so that `post` need not read it. */
export function stateText(state: Leftover): string {
  return state.step === 'over' ? '' : JSON.stringify(state);
}

/**
 * The state that the runner kept. Other steps of the job can write it, too, so that only ids in their format are taken
 * out of it; anything else counts as over.
 */
export function parseState(text: string): Leftover {
  return v.parse(Kept, text);
}

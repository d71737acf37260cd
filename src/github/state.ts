import * as v from 'valibot';

import type { Leftover } from '../leftover.ts';

const Id = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{1,64}$/));
const Version = v.picklist(['v1', 'v0', 'agent-server']);
const MarkerId = v.exactOptional(Id);
const Reason = v.exactOptional(v.picklist(['cancel', 'deadline', 'budget']));
const State = v.variant('kind', [
  v.object({ kind: v.literal('over') }),
  v.object({ kind: v.literal('announced'), id: Id }),
  v.object({ kind: v.literal('unreported'), version: Version, id: Id, markerId: MarkerId }),
  v.object({ kind: v.literal('asked'), version: Version, id: Id, interruptedBy: Reason, markerId: MarkerId }),
  v.object({
    kind: v.literal('pending'),
    version: Version,
    task: Id,
    id: Id,
    keyed: v.exactOptional(v.literal(true)),
    interruptedBy: Reason,
    markerId: MarkerId,
  }),
  v.object({
    kind: v.literal('started'),
    version: Version,
    id: Id,
    hasPendingWork: v.exactOptional(v.literal(true)),
    interruptedBy: Reason,
    markerId: MarkerId,
  }),
]);
const Kept = v.fallback(v.pipe(v.string(), v.parseJson(), State), { kind: 'over' });

/** Converts the state to text, for the runner to save; empty if nothing is left for `post` to do. */
export function stateText(state: Leftover): string {
  return state.kind === 'over' ? '' : JSON.stringify(state);
}

/**
 * Parses the saved state. Other steps of the job can write it, too, so only ids in the right format are accepted. Anything
 * else counts as nothing left to do.
 */
export function parseState(text: string): Leftover {
  return v.parse(Kept, text);
}

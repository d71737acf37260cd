import { ApiFailure } from './api.ts';
import type { Snapshot } from './conversation.ts';
import type { Push } from './push.ts';
import { inTime, orFailure, type Session } from './session.ts';
import type { Watch } from './watch.ts';

/** The limit of a request for the agent's steps: nothing waits longer for them. */
const STEPS = { ms: 10_000, failedTo: 'read the steps of the agent' };

/** Reads and reports the agent's steps after a look, if it is time for that. None are read again that the server pushes. */
export async function readNewSteps(
  snapshot: Snapshot,
  watch: Watch,
  push: Push,
  session: Session,
): Promise<void> {
  const { kind } = snapshot.state;
  if (kind !== 'active' && kind !== 'unclear') return;
  const isDue =
    push.since === undefined
      ? watch.mustReadSteps(snapshot, session.clock.now(), session.maxCostUsd !== undefined)
      : !push.isCaughtUp(watch);
  if (isDue) await readSteps(watch, session);
}

/** Reads and reports the agent's steps. Of failures in a row the first is reported. None changes the wait. */
async function readSteps(watch: Watch, session: Session): Promise<void> {
  const { conversation, since } = watch;
  const { api, clock, emit } = session;
  const read = await orFailure(
    inTime(STEPS, session, async (signal) => api.steps(conversation.id, signal, since)),
  );
  const isFailed = read instanceof ApiFailure;
  watch.triedAt = clock.now();
  if (!isFailed) watch.readAt = watch.triedAt;
  if (isFailed && !watch.stepsFailed) emit({ kind: 'steps-unreadable', conversation, problem: read.problem });
  if (!isFailed) watch.takeSteps(read).forEach(emit);
  watch.stepsFailed = isFailed;
}

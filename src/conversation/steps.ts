import { ApiFailure } from './api.ts';
import type { Snapshot } from './conversation.ts';
import type { Push } from './push.ts';
import { inTime, orFailure, type Session } from './session.ts';
import type { Watch } from './watch.ts';

/** The limit of a request for the agent's steps: nothing waits longer for them. */
const STEPS = { ms: 10_000, failedTo: 'read the steps of the agent' };

/** Reads and reports the agent's steps after a look, if there may be some that were not pushed. */
export async function readNewSteps(
  snapshot: Snapshot,
  watch: Watch,
  push: Push,
  session: Session,
): Promise<void> {
  const { revision = '' } = snapshot;
  const isCaughtUp = push.isCaughtUp(watch);
  const isPushed = push.takeNews() && isCaughtUp;
  if (isPushed) watch.revision = revision;
  const mayBeNew =
    push.since === undefined
      ? watch.mayHaveNewSteps(snapshot, session.clock.now())
      : !isCaughtUp || watch.revision !== revision;
  if (mayBeNew) await readSteps(revision, watch, session);
}

/** Reads and reports the agent's steps. Of failures in a row the first is reported. None changes the wait. */
async function readSteps(revision: string, watch: Watch, session: Session): Promise<void> {
  const { conversation, since } = watch;
  const { api, clock, emit } = session;
  const read = await orFailure(
    inTime(STEPS, session, async (signal) => api.steps(conversation.id, signal, since)),
  );
  const isFailed = read instanceof ApiFailure;
  watch.triedAt = clock.now();
  if (!isFailed) watch.readAt = watch.triedAt;
  watch.revision = revision;
  if (isFailed && !watch.stepsFailed) emit({ kind: 'steps-unreadable', conversation, problem: read.problem });
  if (!isFailed) watch.takeSteps(read).forEach(emit);
  watch.stepsFailed = isFailed;
}

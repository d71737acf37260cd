import { type AgentEnd, endIn, LAG_MS, readAnswer } from './answer.ts';
import { ApiFailure } from './api.ts';
import type { OnPaused, Snapshot } from './conversation.ts';
import type { Outcome } from './outcome.ts';
import type { Push } from './push.ts';
import { resumeAgent } from './resume.ts';
import { orFailure, type Session, sleepUntil } from './session.ts';
import type { Watch } from './watch.ts';

/** If a conversation is paused again after this many resumes, resuming does not help. */
const MAX_RESUMES = 3;

/** Handles a pause as `onPaused` says: waits, fails, or resumes. Returns the outcome, or `undefined` to wait. */
export async function whilePaused(
  paused: Snapshot,
  onPaused: OnPaused,
  { watch, push }: { readonly watch: Watch; readonly push: Push },
  session: Session,
): Promise<Outcome | undefined> {
  const { conversation } = watch;
  const { emit } = session;
  if (onPaused === 'wait') return undefined;
  if (onPaused === 'fail' || watch.resumes >= MAX_RESUMES) {
    // A state that was pushed is the newest: no event is late then.
    const isCertain = paused.consult === 'never' || push.hasState;
    const end = isCertain ? endIn(paused, 'paused') : await afterLateEvents(paused, watch, push, session);
    return readAnswer(end, watch, session);
  }
  emit({ kind: 'resuming', conversation });
  const problem = await resumeAgent(watch, session);
  watch.resumes += 1;
  watch.isAwaited = true;
  if (problem) emit({ kind: 'not-resumed', conversation, problem });
  return undefined;
}

/** Waits for late events: they may show that the agent had ended before the pause. Otherwise the pause counts. */
async function afterLateEvents(
  paused: Snapshot,
  watch: Watch,
  push: Push,
  session: Session,
): Promise<AgentEnd> {
  const { conversation } = watch;
  const { api, clock, signal, emit } = session;
  await sleepUntil(clock.now() + LAG_MS, session);
  const stored = await orFailure(api.stored(conversation.id, signal, watch.since));
  const isUnread = stored instanceof ApiFailure;
  if (isUnread) emit({ kind: 'events-unreadable', conversation, problem: stored.problem });
  const seen = watch.reconciled(paused, push.stopped ?? (isUnread ? undefined : stored.state));
  return endIn(seen, seen.state.kind === 'ended' ? seen.state.ending : 'paused');
}

import { ApiFailure } from '../port/api.ts';
import { type OnPaused, showsAgent, type Snapshot } from '../port/conversation.ts';
import type { ConversationEvent } from '../port/events.ts';
import type { Outcome } from '../port/outcome.ts';
import { sleepUntil } from '../session/ask.ts';
import { resumeAgent } from '../session/resume.ts';
import { readStoredState, type Session } from '../session/session.ts';
import { type AgentEnd, endOf, MAX_EVENT_DELAY_MS, readAnswer } from './answer.ts';
import type { OngoingWait } from './push.ts';
import type { Watch } from './watch.ts';

/** Why the agent needs a resume, if nobody has paused it. */
type ResumedAfter = NonNullable<(ConversationEvent & { readonly kind: 'resuming' })['after']>;

/** After this many resumes, another pause is final. Those that have failed do not count. */
const MAX_RESUMES = 3;

/**
 * Handles a pause as `onPaused` says: waits, fails, or resumes. Returns the outcome, or `undefined` to wait. `after`: why the agent is
 * paused, if nobody has paused it. Throws {@link ApiFailure} if resumes have failed for a minute.
 */
export async function handlePause(
  paused: Snapshot,
  onPaused: OnPaused,
  { watch, push, session }: OngoingWait,
  after?: ResumedAfter,
): Promise<Outcome | undefined> {
  if (onPaused === 'wait') return undefined;
  if (onPaused === 'fail' || watch.resumes >= MAX_RESUMES) {
    // The pause counts at once if it is the agent's own state, or after a pushed state. Otherwise it may hide an end.
    const isCertain = showsAgent(paused) || push.hasState;
    const end = isCertain ? endOf(paused, 'paused') : await waitForLateEvents(paused, watch, session);
    return readAnswer(end, watch, session);
  }
  const { lastingFailure } = watch;
  if (lastingFailure) throw new ApiFailure(lastingFailure);
  await resumeAs(after, watch, watch, session);
  return undefined;
}

/** Resumes the agent, and reports why if that fails. The next look shows whether the agent works: if not, the step tries again. */
export async function resumeAs(
  after: ResumedAfter | undefined,
  agent: Parameters<typeof resumeAgent>[0],
  watch: Watch,
  session: Session,
): Promise<void> {
  const { clock, emit } = session;
  emit({ kind: 'resuming', ...(after && { after }) });
  const at = clock.now();
  const problem = await resumeAgent(agent, session);
  if (problem === undefined) {
    watch.rememberResume(at);
    return;
  }
  watch.rememberFailedResume(problem);
  emit({ kind: 'note', about: 'failure', problem });
}

/** Waits for late events: they may show that the agent had ended before the pause. Otherwise the pause counts. */
async function waitForLateEvents(paused: Snapshot, watch: Watch, session: Session): Promise<AgentEnd> {
  await sleepUntil(session.clock.now() + MAX_EVENT_DELAY_MS, session);
  const seen = watch.reconcile(paused, await readStoredState(watch, session));
  return endOf(seen, seen.state.kind === 'ended' ? seen.state.ending : 'paused');
}

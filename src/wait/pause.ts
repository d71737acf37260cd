import { ApiFailure, RESUME } from '../port/api.ts';
import type { OnPaused, Snapshot } from '../port/conversation.ts';
import type { ConversationEvent } from '../port/events.ts';
import type { Outcome } from '../port/outcome.ts';
import type { Problem } from '../port/problem.ts';
import { type AgentEnd, endOf, MAX_EVENT_DELAY_MS, readAnswer } from './answer.ts';
import { checkClone } from './clone.ts';
import type { OngoingWait } from './push.ts';
import {
  type Access,
  askUntilKnown,
  catchFailure,
  readStoredState,
  type Session,
  sleepUntil,
  tryThreeTimes,
} from './session.ts';
import type { Watch } from './watch.ts';

/** Why the agent needs a resume, if nobody has paused it. */
type ResumedAfter = NonNullable<(ConversationEvent & { readonly kind: 'resuming' })['after']>;

/** After this many resumes, another pause is final. Those that have failed do not count. */
const MAX_RESUMES = 3;
/** A sandbox starts within seconds, or later if the server is busy. After this time it counts as failed. */
const SANDBOX_START_MS = 120_000;

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
    const isCertain = paused.whenToReadStored === 'never' || push.hasState;
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

/** Resumes the sandbox and runs the agent in it: it does not continue on its own. Returns why that failed; `undefined` if it succeeded. */
export async function resumeAgent(
  { id, hasPendingWork }: Pick<Watch, 'id' | 'hasPendingWork'>,
  session: Session,
): Promise<Problem | undefined> {
  const { api, signal, emit } = session;
  const unreached = await resumeSandbox(id, session);
  if (unreached && 'phase' in unreached) return resumeProblem(unreached.phase);
  if (unreached) return unreached;
  await checkClone(id, session);
  emit({ kind: 'sending' });
  // A retry is safe: it has no effect on an agent that runs already.
  const run = await tryThreeTimes(async () => api.run(id, signal, hasPendingWork), session);
  return run instanceof ApiFailure ? run.problem : undefined;
}

/** Why an agent cannot be reached: a problem or, if its sandbox is gone, the server's words for that. */
export type Unreached = Problem | { readonly phase: string; readonly isArchived?: true };

/** Requests the resume of a paused sandbox, once, and waits until it runs. Returns why it does not; `undefined` if it does. */
export async function resumeSandbox(id: string, access: Access): Promise<Unreached | undefined> {
  const { api, signal } = access;
  let isRequested = false;
  const asking = askUntilKnown(SANDBOX_START_MS, access, async () => {
    const seen = await api.readSandbox(id, signal);
    if (seen.kind === 'running' || seen.kind === 'unavailable') return seen;
    if (seen.kind === 'starting' || isRequested) return undefined;
    isRequested = true;
    const failure = await catchFailure(api.resume(seen.handle, signal));
    // If the answer is lost, the sandbox itself shows whether it starts.
    if (failure instanceof ApiFailure && !failure.mayHaveActed) throw failure;
    return undefined;
  });
  const sandbox = await catchFailure(asking);
  if (sandbox instanceof ApiFailure) return sandbox.problem;
  if (sandbox !== undefined) return sandbox.kind === 'unavailable' ? { phase: sandbox.reason } : undefined;
  const because = `its sandbox did not start within ${SANDBOX_START_MS / 1000} s`;
  return resumeProblem(because);
}

/** Returns the problem of a conversation whose sandbox does not start again. */
export function resumeProblem(because: string): Problem {
  return { failedTo: RESUME, because, advice: 'check its state', next: 'again', kind: 'sandbox' };
}

import { ApiFailure, RESUME } from '../port/api.ts';
import type { Problem } from '../port/problem.ts';
import { askUntilKnown, catchFailure, tryThreeTimes } from './ask.ts';
import { checkClone } from './clone.ts';
import type { Access, Session } from './session.ts';

/** A sandbox starts within seconds, or later if the server is busy. After this time it counts as failed. */
const SANDBOX_START_MS = 120_000;

/** Resumes the sandbox and runs the agent in it: it does not continue on its own. Returns why that failed; `undefined` if it succeeded. */
export async function resumeAgent(
  { id, hasPendingWork }: { readonly id: string; readonly hasPendingWork: boolean },
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

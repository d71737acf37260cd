import { ApiFailure, RESUME, type Sandbox } from './api.ts';
import type { Problem } from './problem.ts';
import { orFailure, type Session, sleepUntil } from './session.ts';

const LOOK_MS = 2_000;
/** A sandbox starts within seconds, or later on a busy server. After this time it counts as failed. */
const START_MS = 120_000;

/** The result of a resume: a running sandbox, or why there is none. */
export type Resumed =
  | (Sandbox & { readonly kind: 'running' | 'unavailable' })
  | { readonly kind: 'too-slow'; readonly reason: string };

/**
 * Resumes a paused sandbox, and waits until it runs. The resume is requested once, however long it takes.
 *
 * @param onRequest called right before the request.
 * @throws {ApiFailure}
 */
export async function resume(
  id: string,
  session: Session,
  onRequest = (): void => undefined,
): Promise<Resumed> {
  const { api, clock, signal } = session;
  const since = clock.now();
  for (let isRequested = false; ;) {
    const sandbox = await api.sandbox(id, signal);
    if (sandbox.kind === 'running' || sandbox.kind === 'unavailable') return sandbox;
    if (clock.now() - since >= START_MS)
      return { kind: 'too-slow', reason: `its sandbox did not start within ${START_MS / 1000} s` };
    if (sandbox.kind === 'paused' && !isRequested) {
      onRequest();
      isRequested = true;
      await request(sandbox.handle, session);
    }
    await sleepUntil(clock.now() + LOOK_MS, session);
  }
}

/** Requests the resume. If the answer is lost, the sandbox itself shows whether it starts. */
async function request(handle: string, { api, signal }: Session): Promise<void> {
  const failure = await orFailure(api.resume(handle, signal));
  if (failure instanceof ApiFailure && !failure.mayHaveActed) throw failure;
}

/** Returns the problem of a conversation whose sandbox does not start again. */
export function cannotResume(because: string, url: string): Problem {
  return { failedTo: RESUME, because, todo: `check its state: ${url}`, kind: 'sandbox' };
}

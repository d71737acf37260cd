import { ApiFailure, RESUME, type Sandbox } from './api.ts';
import { linkTo } from './conversation.ts';
import type { Problem } from './problem.ts';
import { type Access, orFailure, sleepUntil } from './session.ts';
import type { Watch } from './watch.ts';

const LOOK_MS = 2_000;
/** A sandbox starts within seconds, or later on a busy server. After this time it counts as failed. */
const START_MS = 120_000;
const MAX_TRIES = 3;

/** The result of a resume: a running sandbox, or why there is none. */
export type Resumed =
  | (Sandbox & { readonly kind: 'running' | 'unavailable' })
  | { readonly kind: 'too-slow'; readonly reason: string };

/** Resumes the sandbox and runs the agent in it: it does not continue on its own. Returns why that failed. */
export async function resumeAgent(watch: Watch, access: Access): Promise<Problem | undefined> {
  const { api, clock, signal } = access;
  const { conversation, hasPendingWork } = watch;
  const sandbox = await orFailure(resume(conversation.id, access));
  if (sandbox instanceof ApiFailure) return sandbox.problem;
  if (sandbox.kind !== 'running') return cannotResume(sandbox.reason, linkTo(conversation));
  for (let tries = 1; ; tries += 1) {
    // To retry is safe: it has no effect on an agent that already runs.
    const run = await orFailure(api.run(conversation.id, signal, hasPendingWork));
    if (!(run instanceof ApiFailure)) return undefined;
    if (tries === MAX_TRIES) return run.problem;
    await sleepUntil(clock.now() + LOOK_MS, access);
  }
}

/**
 * Resumes a paused sandbox, and waits until it runs. The resume is requested once, however long it takes.
 *
 * @param onRequest called right before the request.
 * @throws {ApiFailure}
 */
export async function resume(
  id: string,
  access: Access,
  onRequest = (): void => undefined,
): Promise<Resumed> {
  const { api, clock, signal } = access;
  const since = clock.now();
  for (let isRequested = false; ;) {
    const sandbox = await api.sandbox(id, signal);
    if (sandbox.kind === 'running' || sandbox.kind === 'unavailable') return sandbox;
    if (clock.now() - since >= START_MS)
      return { kind: 'too-slow', reason: `its sandbox did not start within ${START_MS / 1000} s` };
    if (sandbox.kind === 'paused' && !isRequested) {
      onRequest();
      isRequested = true;
      await request(sandbox.handle, access);
    }
    await sleepUntil(clock.now() + LOOK_MS, access);
  }
}

/** Requests the resume. If the answer is lost, the sandbox itself shows whether it starts. */
async function request(handle: string, { api, signal }: Access): Promise<void> {
  const failure = await orFailure(api.resume(handle, signal));
  if (failure instanceof ApiFailure && !failure.mayHaveActed) throw failure;
}

/** Returns the problem of a conversation whose sandbox does not start again. */
export function cannotResume(because: string, url: string): Problem {
  return { failedTo: RESUME, because, todo: `check its state: ${url}`, kind: 'sandbox' };
}

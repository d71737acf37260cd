import { Interruption, isCloneFailure } from '../port/clock.ts';
import type { Outcome } from '../port/outcome.ts';
import { type Session, tryWithTimeLimit } from './session.ts';

/** How long to ask whether the repository was cloned. */
const ASK_MS = 10_000;

/**
 * Throws an {@link Interruption} if the server could not clone the repository of the step: it says so nowhere, and its agent works in an
 * empty folder. Called before a message is sent, or an agent is run. If nobody can be asked, the step continues.
 */
export async function checkClone(
  id: string,
  { workplace, api, ...access }: Pick<Session, 'workplace' | 'api' | 'clock' | 'signal'>,
): Promise<void> {
  if (workplace === undefined) return;
  const isLacking = await tryWithTimeLimit(ASK_MS, access, async (signal) => api.lacksClone?.(id, signal));
  if (isLacking === true)
    throw new Interruption('clone', whyNotCloned(workplace.repository, workplace.branch));
}

/** Does work that sends no message while {@link checkClone} asks, and interrupts it if the server could not clone the repository. */
export async function whileCheckingClone(
  id: string,
  session: Session,
  work: (session: Session) => Promise<Outcome>,
): Promise<Outcome> {
  const failed = new AbortController();
  const checking = checkClone(id, session).catch((error: unknown) => {
    failed.abort(error);
  });
  const signal = AbortSignal.any([session.signal, failed.signal]);
  const outcome = await work({ ...session, signal });
  await checking;
  // Any other interruption came too late: the work is done.
  if (isCloneFailure(failed.signal.reason)) failed.signal.throwIfAborted();
  return outcome;
}

/** Says that the server could not clone a repository. */
export function whyNotCloned(repository: string, branch: string | undefined): string {
  const what = branch === undefined ? repository : `${repository} at branch ${branch}`;
  return `the server could not clone ${what} (or that took it more than two minutes, or there is no commit)`;
}

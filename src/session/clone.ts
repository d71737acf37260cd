import { ATTACH } from '../port/api.ts';
import { Interruption, isCloneFailure } from '../port/interruption.ts';
import type { Outcome } from '../port/outcome.ts';
import { askUntilKnown, withTimeLimit } from './ask.ts';
import type { Session } from './session.ts';

/** How long to ask whether the repository was cloned. */
const ASK_MS = 10_000;

/** What asking needs. */
type Asking = Pick<Session, 'workplace' | 'api' | 'clock' | 'signal'>;

/**
 * Throws an {@link Interruption} if the server could not clone the repository of the step: it says so nowhere, and its agent works in an
 * empty folder. Called before a message is sent, or an agent is run. If nobody can be asked, the step continues. Returns whether it has
 * asked: only a sandbox that runs can be.
 */
export async function checkClone(id: string, { workplace, api, ...access }: Asking): Promise<boolean> {
  if (workplace === undefined || api.lacksClone === undefined) return true;
  const limit = { ms: ASK_MS, failedTo: ATTACH };
  const isLacking = await withTimeLimit(limit, access, async (signal) => api.lacksClone?.(id, signal));
  if (isLacking === true)
    throw new Interruption('clone', whyNotCloned(workplace.repository, workplace.branch));
  return isLacking !== undefined;
}

/**
 * Does work that sends no message while {@link checkClone} asks, once the looks of that work show a sandbox that runs. Interrupts the work if
 * the server could not clone the repository.
 */
export async function whileCheckingClone(
  id: string,
  session: Session,
  work: (session: Session) => Promise<Outcome>,
): Promise<Outcome> {
  const failed = new AbortController();
  const done = new AbortController();
  const waiting = AbortSignal.any([session.signal, done.signal]);
  const fail = (error: unknown): void => {
    failed.abort(error);
  };
  const checking = checkOnceItRuns(id, session, waiting).then(
    () => true,
    (error: unknown) => {
      if (isCloneFailure(error) || !done.signal.aborted) fail(error);
      return false;
    },
  );
  const signal = AbortSignal.any([session.signal, failed.signal]);
  const outcome = await work({ ...session, signal }).finally(() => {
    done.abort(null);
  });
  const hasAsked = await checking;
  // The look that showed the agent's success may be the first that shows a sandbox that runs.
  if (!hasAsked && outcome.kind === 'succeeded') await checkClone(id, session).catch(fail);
  // Any other interruption came too late: the work is done.
  if (isCloneFailure(failed.signal.reason)) failed.signal.throwIfAborted();
  return outcome;
}

/** Checks the clone once there is a sandbox to ask. Waits for that without requests, until `waiting` is aborted. */
async function checkOnceItRuns(id: string, session: Asking, waiting: AbortSignal): Promise<void> {
  const access = { clock: session.clock, signal: waiting };
  await askUntilKnown(Infinity, access, async () => (await checkClone(id, session)) || undefined);
}

/** Says that the server could not clone a repository. */
export function whyNotCloned(repository: string, branch: string | undefined): string {
  const what = branch === undefined ? repository : `${repository} at branch ${branch}`;
  return `the server could not clone ${what} (or that took it more than two minutes, or there is no commit)`;
}

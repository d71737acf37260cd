import { ApiFailure } from '../port/api.ts';
import { messagesAfter, type Snapshot } from '../port/conversation.ts';
import { resumeAs } from './pause.ts';
import type { OngoingWait } from './push.ts';
import { catchFailure, tryWithTimeLimit } from './session.ts';

/** How long to ask whose pause it is: a server that was just restarted may fail for a while. */
const ASK_MS = 60_000;

/**
 * Whether the agent was paused because its server was stopped: the server was restarted after the agent was last known to be at work, and
 * nothing was pushed of a pause. Asks once for each pause; one that is not the server's is a person's until the agent works again.
 */
export async function isOfRestart(
  { whenToReadStored }: Snapshot,
  { watch, push, session }: OngoingWait,
): Promise<boolean> {
  // A person's pause may have been pushed while the look was on its way.
  push.take();
  const { atWorkAt } = watch;
  // Only the agent's own state counts, not that of its sandbox.
  if (atWorkAt === undefined || whenToReadStored !== 'never') return false;
  const { api, clock } = session;
  const isOf = await tryWithTimeLimit(ASK_MS, session, async (signal) =>
    api.isPausedByRestart?.(watch.id, (uptimeMs) => uptimeMs < clock.now() - atWorkAt, signal),
  );
  if (isOf !== true) watch.forgetWork();
  return isOf === true;
}

/**
 * Runs the agent, once, if its server was killed before the agent began on the message of this step, and it is still idle a minute later.
 * Without a stored message it would finish at once.
 */
export async function runIfForgotten({ watch, session }: OngoingWait): Promise<void> {
  if (session.clock.now() < watch.runDueAt) return;
  const { messageCursor = {} } = watch.since;
  const messages = await catchFailure(session.api.readMessages(watch.id, session.signal));
  if (messages instanceof ApiFailure || messagesAfter(messageCursor, messages.said).length === 0) return;
  await resumeAs('forgotten', { id: watch.id, hasPendingWork: true }, watch, session);
}

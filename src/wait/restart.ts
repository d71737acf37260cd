import { ApiFailure } from '../port/api.ts';
import { messagesAfter, showsAgent, type Snapshot } from '../port/conversation.ts';
import { catchFailure } from '../session/ask.ts';
import { resumeAs } from './pause.ts';
import type { OngoingWait } from './push.ts';

const NOT_ASKED = Promise.resolve(false);

/** Whose pause it is: of a server that was restarted, or of anybody. `unknown`: the next look asks again. */
export type PausedBy = 'restart' | 'anybody' | 'unknown';

/** How long nobody is told of a pause that may be the server's: a server that was just restarted may fail for a while. */
const MAYBE_MS = 60_000;

/** A server tells its uptime in whole seconds, rounded down. Source: `server_details_router.py` in OpenHands/software-agent-sdk. */
const UPTIME_STEP_MS = 1_000;

/**
 * Returns whether the agent was paused because its server was stopped: the server has begun after the agent was last known not to be paused,
 * and before a look first showed the pause, and nothing was pushed of a pause. Asks once. A pause that is not the server's is a person's until the
 * agent works again.
 */
export async function whoPaused(paused: Snapshot, { watch, push, session }: OngoingWait): Promise<PausedBy> {
  // A person's pause may have been pushed while the look was on its way.
  push.take();
  const { activity } = watch;
  const { unpausedAt } = activity;
  // Only the agent's own state counts, not that of its sandbox.
  if (unpausedAt === undefined || !showsAgent(paused)) return 'anybody';
  const { api, clock, signal } = session;
  const pausedAt = activity.rememberPause();
  const askedAt = clock.now();
  const isRestarted = (uptimeMs: number): boolean =>
    uptimeMs < clock.now() - unpausedAt && uptimeMs + UPTIME_STEP_MS > askedAt - pausedAt;
  const isOf = await catchFailure(api.isPausedByRestart?.(watch.id, isRestarted, signal) ?? NOT_ASKED);
  if (isOf instanceof ApiFailure) return clock.now() - unpausedAt < MAYBE_MS ? 'unknown' : 'anybody';
  if (!isOf) activity.forget();
  return isOf ? 'restart' : 'anybody';
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

import type { PushUpdate, Snapshot } from './conversation.ts';
import { advanceTo, type Turn } from './turn.ts';
import type { Waiting } from './waiting-stages.ts';
import { sinceOf, takeSteps, type Watch } from './watch.ts';

/** How soon to look after a push: a server pushes an end a moment before a look shows it. */
const LOOK_AGAIN_MS = 500;
/** The longest backoff between looks if a server pushes one end after another. */
const MAX_GAP_MS = 30_000;

/** Returns when to look again if the server pushed an end that no look has shown yet, in the clock's milliseconds. */
export function lookAgainAt({ push, pushedLook: { at, times } }: Watch, now: number): number {
  if (push?.lastState?.stoppedAt === undefined) return Infinity;
  return now + Math.min(MAX_GAP_MS, Math.max(gapAfter(times), now - at));
}

/** Returns the next look that a push causes: soon, but with backoff if pushes follow each other closely. */
function nextPushedLook({ pushedLook: { at, times } }: Watch, now: number): Watch['pushedLook'] {
  if (at > now) return { at, times };
  return now - at > MAX_GAP_MS
    ? { at: now, times: 1 }
    : { at: Math.max(now, at + gapAfter(times)), times: times + 1 };
}

function gapAfter(times: number): number {
  return Math.min(MAX_GAP_MS, LOOK_AGAIN_MS * Math.max(1, 2 ** (times - 2)));
}

/** Handles pushed updates: reports new steps. A pushed end only causes a look. */
export function afterUpdates(waiting: Waiting, updates: readonly PushUpdate[], now: number): Turn<Waiting> {
  const updated = updates.reduce((watch, each) => withUpdate(watch, each, now), waiting.watch);
  const last = updates.findLast((each) => each.kind === 'events');
  const steps = isCaughtUp(updated) ? last?.stepsSince(sinceOf(updated)) : undefined;
  const { watch, events } = takeSteps(updated, steps);
  const mustLook = isPushChange(updates) || watch.push?.lastState?.stoppedAt === now;
  const { stage } = waiting;
  if (!mustLook || stage.kind !== 'polling') return advanceTo({ ...waiting, watch }, stage, events);
  const pushedLook = nextPushedLook(watch, now);
  return advanceTo(
    { ...waiting, watch: { ...watch, pushedLook } },
    { ...stage, by: Math.min(stage.by, pushedLook.at) },
    events,
  );
}

/** Whether the push connection was opened or lost. */
export function isPushChange(updates: readonly PushUpdate[]): boolean {
  return updates.some(({ kind }) => kind !== 'events');
}

function withUpdate(watch: Watch, update: PushUpdate, now: number): Watch {
  const { push } = watch;
  switch (update.kind) {
    case 'lost':
      return { ...watch, push: undefined };
    case 'connected':
      return { ...watch, push: { since: now } };
    case 'events': {
      if (push === undefined) return watch;
      if (update.state === undefined) return { ...watch, push: { ...push, hasNewEvents: true } };
      const lastState = {
        ...update.state,
        ...(update.state.state.kind !== 'active' && { stoppedAt: now }),
      };
      return { ...watch, push: { ...push, hasNewEvents: true, lastState } };
    }
  }
}

/** Forgets the push connection once the agent is no longer at work. */
export function withoutStalePush(watch: Watch): Watch {
  return watch.phase?.state === 'active' ? watch : { ...watch, push: undefined };
}

/** Whether push shows every new step: the steps from before the connection were read after it opened. */
export function isCaughtUp({ push, progress: { readAt = 0 } }: Watch): boolean {
  return push !== undefined && readAt >= push.since;
}

/** Returns the watch after a look. If events were pushed since the last look, push has shown the new steps. */
export function watchAfterPush(watch: Watch, { revision = '' }: Snapshot): Watch {
  const { push, progress } = watch;
  if (push === undefined || !isCaughtUp(watch)) return watch;
  return {
    ...watch,
    push: { ...push, hasNewEvents: false },
    progress: { ...progress, ...(push.hasNewEvents && { revision }) },
  };
}

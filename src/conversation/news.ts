import type { News, Snapshot } from './conversation.ts';
import { goOn, type Turn } from './turn.ts';
import type { Waiting } from './waiting-stages.ts';
import { sinceOf, takeSteps, type Watch } from './watch.ts';

/** A server tells of an end a moment before a look shows it. */
const LOOK_AGAIN_MS = 500;
/** So far apart the looks at a server come in the end that tells of one end after the other. */
const LONGEST_MS = 30_000;

/** When to look again, in the clock's milliseconds, if the server told of an end that is not to be seen yet. */
export function lookAgainAt({ listening, hurry: { at, times } }: Watch, now: number): number {
  if (listening?.told?.stoppedAt === undefined) return Infinity;
  return now + Math.min(LONGEST_MS, Math.max(gapAfter(times), now - at));
}

/** The next look that news are the reason of: soon, but later each time they come one after the other. */
function hurried({ hurry: { at, times } }: Watch, now: number): Watch['hurry'] {
  if (at > now) return { at, times };
  return now - at > LONGEST_MS
    ? { at: now, times: 1 }
    : { at: Math.max(now, at + gapAfter(times)), times: times + 1 };
}

function gapAfter(times: number): number {
  return Math.min(LONGEST_MS, LOOK_AGAIN_MS * Math.max(1, 2 ** (times - 2)));
}

/** The server told something by itself: what the agent did is told on; that it stopped is a reason to look, and no more. */
export function afterNews(waiting: Waiting, news: readonly News[], now: number): Turn<Waiting> {
  const heard = news.reduce((watch, each) => hear(watch, each, now), waiting.watch);
  const last = news.findLast((each) => each.kind === 'events');
  const steps = isCaughtUp(heard) ? last?.stepsSince(sinceOf(heard)) : undefined;
  const { watch, tell } = takeSteps(heard, steps);
  const mustLook = isOtherPace(news) || watch.listening?.told?.stoppedAt === now;
  const { stage } = waiting;
  if (!mustLook || stage.kind !== 'polling') return goOn({ ...waiting, watch }, stage, tell);
  const hurry = hurried(watch, now);
  return goOn(
    { ...waiting, watch: { ...watch, hurry } },
    { ...stage, by: Math.min(stage.by, hurry.at) },
    tell,
  );
}

/** Whether the server has begun to tell by itself, or does so no longer. */
export function isOtherPace(news: readonly News[]): boolean {
  return news.some(({ kind }) => kind !== 'events');
}

function hear(watch: Watch, news: News, now: number): Watch {
  const { listening } = watch;
  switch (news.kind) {
    case 'lost':
      return { ...watch, listening: undefined };
    case 'listening':
      return { ...watch, listening: { since: now } };
    case 'events': {
      if (listening === undefined) return watch;
      if (news.state === undefined) return { ...watch, listening: { ...listening, isFresh: true } };
      const told = { ...news.state, ...(news.state.state.kind !== 'active' && { stoppedAt: now }) };
      return { ...watch, listening: { ...listening, isFresh: true, told } };
    }
  }
}

/** What is not at work is not listened to. */
export function stillHeard(watch: Watch): Watch {
  return watch.phase?.state === 'active' ? watch : { ...watch, listening: undefined };
}

/** Whether everything that the agent does is told by the server: what it did before was read since. */
export function isCaughtUp({ listening, progress: { readAt = 0 } }: Watch): boolean {
  return listening !== undefined && readAt >= listening.since;
}

/** The watch after a look: what is new in it was told, if anything was told since the look before. */
export function lookedWhileHeard(watch: Watch, { revision = '' }: Snapshot): Watch {
  const { listening, progress } = watch;
  if (listening === undefined || !isCaughtUp(watch)) return watch;
  return {
    ...watch,
    listening: { ...listening, isFresh: false },
    progress: { ...progress, ...(listening.isFresh && { revision }) },
  };
}

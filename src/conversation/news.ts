import type { News } from './conversation.ts';
import { goOn, type Turn } from './turn.ts';
import type { Waiting } from './waiting-stages.ts';
import { isCaughtUp, sinceOf, takeSteps, type Watch } from './watch.ts';

const LOOK_AGAIN_MS = 500;

/** When to look again, in the clock's milliseconds, if the server told of an end: it does so a moment before a look shows it. */
export function lookAgainAt({ listening }: Watch, now: number): number {
  const stoppedAt = listening?.told?.stoppedAt;
  return stoppedAt === undefined ? Infinity : now + Math.max(LOOK_AGAIN_MS, now - stoppedAt);
}

/** The server told something by itself: what the agent did is told on; that it stopped is a reason to look, and no more. */
export function afterNews(waiting: Waiting, news: readonly News[], now: number): Turn<Waiting> {
  const heard = news.reduce((watch, each) => hear(watch, each, now), waiting.watch);
  const last = news.findLast((each) => each.kind === 'events');
  const steps = isCaughtUp(heard) ? last?.stepsSince(sinceOf(heard)) : undefined;
  const { watch, tell } = takeSteps(heard, steps);
  const isOtherPace = news.some(({ kind }) => kind !== 'events');
  const mustLook = isOtherPace || watch.listening?.told?.stoppedAt === now;
  return goOn({ ...waiting, watch }, mustLook ? { kind: 'polling', by: now } : waiting.stage, tell);
}

function hear(watch: Watch, news: News, now: number): Watch {
  const { listening } = watch;
  switch (news.kind) {
    case 'lost':
      return { ...watch, listening: undefined };
    case 'listening':
      return { ...watch, listening: { since: now } };
    case 'events': {
      if (listening === undefined || news.state === undefined) return watch;
      const told = { ...news.state, ...(news.state.state.kind !== 'active' && { stoppedAt: now }) };
      return { ...watch, listening: { ...listening, told } };
    }
  }
}

/** What is not at work is not listened to. */
export function stillHeard(watch: Watch): Watch {
  return watch.phase?.state === 'active' ? watch : { ...watch, listening: undefined };
}

import type { ConversationApi } from './api.ts';
import type { News } from './conversation.ts';
import { canHear, idOf, isWorthHearing, type Life } from './life.ts';

/** What servers tell by themselves of the conversations that are at work. */
export interface Hearing {
  /** Listens to those, and to no others. */
  readonly attend: (lives: readonly Life[]) => void;
  /** The first of them of which something is heard; for ever pending if that is none. */
  readonly heardOf: (lives: readonly Life[]) => Promise<Life>;
  /** What was heard of one since the last time, the oldest first. */
  readonly take: (life: Life) => readonly News[];
}

/** A conversation that is listened to. */
interface Ear {
  readonly close: () => void;
  /** Rejects with a mistake of ours; else for ever pending. */
  readonly mistake: Promise<never>;
  heard: readonly News[];
  /** Resolves once something is heard, but not to it: everyone who ever waited would keep that in memory. */
  hasNews: PromiseWithResolvers<void>;
  isDeaf: boolean;
}

/** Begins with nothing to listen to. All of it ends with the signal. */
export function startHearing(api: Pick<ConversationApi, 'news'>, signal: AbortSignal): Hearing {
  const ears = new Map<string, Ear>();
  return {
    attend(lives) {
      const wanted = lives.filter(isWorthHearing).map(idOf);
      for (const [id, ear] of ears) {
        if (wanted.includes(id) && !(ear.isDeaf && ear.heard.length === 0)) continue;
        ear.close();
        ears.delete(id);
      }
      for (const id of wanted) {
        if (!ears.has(id)) ears.set(id, listenTo(id, api, signal));
      }
    },
    async heardOf(lives) {
      const heard = lives.filter(canHear).map(async (life) => {
        const ear = ears.get(idOf(life));
        await (ear === undefined ? NEVER : Promise.race([ear.hasNews.promise, ear.mistake]));
        return life;
      });
      return Promise.race(heard);
    },
    take(life) {
      const ear = ears.get(idOf(life));
      if (ear === undefined) return [];
      const { heard } = ear;
      ear.heard = [];
      ear.hasNews = Promise.withResolvers();
      return heard;
    },
  };
}

/** What was heard, with one more. Of events the last tell enough, so that it does not grow while nobody takes it. */
function gathered(heard: readonly News[], news: News): readonly News[] {
  const last = heard.at(-1);
  // Before a loss it does not matter any more how things stood, and the steps are read again.
  if (news.kind === 'lost') return [news];
  if (news.kind !== 'events' || last?.kind !== 'events') return [...heard, news];
  const { state = last.state } = news;
  return [...heard.slice(0, -1), { ...news, ...(state && { state }) }];
}

const NEVER = new Promise<never>(() => undefined);

function listenTo(id: string, api: Pick<ConversationApi, 'news'>, signal: AbortSignal): Ear {
  const closed = new AbortController();
  const within = AbortSignal.any([signal, closed.signal]);
  const mistake = Promise.withResolvers<never>();
  mistake.promise.catch(() => undefined);
  const ear: Ear = {
    close: () => {
      closed.abort();
    },
    mistake: mistake.promise,
    heard: [],
    hasNews: Promise.withResolvers(),
    isDeaf: false,
  };
  const listen = async (): Promise<void> => {
    for await (const news of api.news(id, within)) {
      ear.heard = gathered(ear.heard, news);
      ear.hasNews.resolve();
    }
    ear.isDeaf = true;
  };
  listen().catch((error: unknown) => {
    if (!within.aborted) mistake.reject(error);
  });
  return ear;
}

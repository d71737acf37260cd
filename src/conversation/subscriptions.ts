import type { ConversationApi } from './api.ts';
import type { PushUpdate } from './conversation.ts';
import { canTakeUpdates, idOf, isWorthSubscribing, type Life } from './life.ts';

/** The push subscriptions of the conversations whose agents are at work. */
export interface Subscriptions {
  /** Subscribes to these conversations, and unsubscribes from all others. */
  readonly follow: (lives: readonly Life[]) => void;
  /** Resolves with the first of them that gets an update; never settles if none does. */
  readonly nextUpdated: (lives: readonly Life[]) => Promise<Life>;
  /** Takes the updates that have come since the last call, the oldest first. */
  readonly take: (life: Life) => readonly PushUpdate[];
}

interface Subscription {
  readonly close: () => void;
  /** Rejects if our own code fails; never settles otherwise. */
  readonly bug: Promise<never>;
  updates: readonly PushUpdate[];
  /** Resolves, without a value, once there are updates: a value would stay in memory with everyone who waited. */
  hasUpdates: PromiseWithResolvers<void>;
  isClosed: boolean;
}

/** Starts without any subscription. The signal ends them all. */
export function startSubscriptions(
  api: Pick<ConversationApi, 'subscribe'>,
  signal: AbortSignal,
): Subscriptions {
  const open = new Map<string, Subscription>();
  return {
    follow(lives) {
      const wanted = lives.filter(isWorthSubscribing).map(idOf);
      for (const [id, subscription] of open) {
        if (wanted.includes(id) && !(subscription.isClosed && subscription.updates.length === 0)) continue;
        subscription.close();
        open.delete(id);
      }
      for (const id of wanted) {
        if (!open.has(id)) open.set(id, subscribeTo(id, api, signal));
      }
    },
    async nextUpdated(lives) {
      const updates = lives.filter(canTakeUpdates).map(async (life) => {
        const subscription = open.get(idOf(life));
        await (subscription === undefined
          ? NEVER
          : Promise.race([subscription.hasUpdates.promise, subscription.bug]));
        return life;
      });
      return Promise.race(updates);
    },
    take(life) {
      const subscription = open.get(idOf(life));
      if (subscription === undefined) return [];
      const { updates } = subscription;
      subscription.updates = [];
      subscription.hasUpdates = Promise.withResolvers();
      return updates;
    },
  };
}

/** Adds an update. The newest events replace older ones, so that the list stays short until somebody takes it. */
function merged(updates: readonly PushUpdate[], update: PushUpdate): readonly PushUpdate[] {
  const last = updates.at(-1);
  // After a lost connection everything is read again.
  if (update.kind === 'lost') return [update];
  if (update.kind !== 'events' || last?.kind !== 'events') return [...updates, update];
  const { state = last.state } = update;
  return [...updates.slice(0, -1), { ...update, ...(state && { state }) }];
}

const NEVER = new Promise<never>(() => undefined);

function subscribeTo(id: string, api: Pick<ConversationApi, 'subscribe'>, signal: AbortSignal): Subscription {
  const closed = new AbortController();
  const within = AbortSignal.any([signal, closed.signal]);
  const bug = Promise.withResolvers<never>();
  bug.promise.catch(() => undefined);
  const subscription: Subscription = {
    close: () => {
      closed.abort();
    },
    bug: bug.promise,
    updates: [],
    hasUpdates: Promise.withResolvers(),
    isClosed: false,
  };
  const listen = async (): Promise<void> => {
    for await (const update of api.subscribe(id, within)) {
      subscription.updates = merged(subscription.updates, update);
      subscription.hasUpdates.resolve();
    }
    subscription.isClosed = true;
  };
  listen().catch((error: unknown) => {
    if (!within.aborted) bug.reject(error);
  });
  return subscription;
}

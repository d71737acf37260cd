import { ReadableStream } from 'node:stream/web';

import type { ConversationApi } from '../../src/conversation/api.ts';
import type { Clock } from '../../src/conversation/clock.ts';
import type {
  Facts,
  PushUpdate,
  Result,
  Snapshot,
  StoredState,
} from '../../src/conversation/conversation.ts';

/** What a conversation shows from a time in seconds on. */
export interface Scene {
  readonly at: number;
  readonly snapshot: Snapshot;
  readonly storedState?: StoredState;
}

export interface StagedApi extends ConversationApi {
  /** Replaces the facts of all later snapshots. */
  readonly facts: (facts: Facts) => void;
  /** The times in seconds at which each method was called. */
  readonly calls: Readonly<Record<'look' | 'stored' | 'steps' | 'result', number[]>>;
}

/** Returns an API whose conversations follow a script by the clock. */
export function stagedApi(
  clock: Clock,
  script: readonly Scene[],
  result: (seconds: number) => Result = () => ({ complete: true, answer: 'done' }),
): StagedApi {
  const calls: StagedApi['calls'] = { look: [], stored: [], steps: [], result: [] };
  let facts: Facts | undefined;
  const seconds = (): number => clock.now() / 1000;
  const scene = (): Scene => {
    const current = script.findLast(({ at }) => at <= seconds());
    if (current === undefined) throw new Error('the script begins later');
    return current;
  };
  return {
    version: 'v1',
    choosesIds: false,
    worksInFolder: false,
    calls,
    facts: (later) => {
      facts = later;
    },
    list: 'https://openhands.test/conversations',
    conversation: (id) => ({ id, url: `https://openhands.test/conversations/${id}` }),
    start: async () => Promise.resolve({ kind: 'created', id: '1' }),
    stop: async () => Promise.resolve('stopped'),
    find: async () => Promise.resolve({ kind: 'unreported' }),
    starts: async () => Promise.resolve([]),
    repositoryRefusal: async () => Promise.resolve(''),
    account: async () => Promise.resolve('account'),
    messageCursor: async () => Promise.resolve({}),
    answers: async () => Promise.resolve([]),
    messages: async () => Promise.resolve({ said: [], isLive: false }),
    send: async () => Promise.resolve({ kind: 'delivered' }),
    sandbox: async () => Promise.resolve({ kind: 'running', handle: 'sandbox' }),
    resume: async () => Promise.resolve(),
    pause: async () => Promise.resolve(),
    run: async () => Promise.resolve(),
    subscribe: () => ReadableStream.from<PushUpdate>([]),
    trajectory: async () => Promise.resolve(),
    patch: async () => Promise.reject(new Error('nobody asks for it here')),
    startProgress: async () => Promise.resolve({ kind: 'created', id: '1' }),
    look: async (ids) => {
      calls.look.push(seconds());
      return Promise.resolve(ids.map(() => ({ ...scene().snapshot, ...(facts && { facts }) })));
    },
    stored: async () => {
      calls.stored.push(seconds());
      return Promise.resolve(scene().storedState);
    },
    steps: async () => {
      calls.steps.push(seconds());
      return Promise.resolve({ steps: [], isCut: false });
    },
    result: async () => {
      calls.result.push(seconds());
      return Promise.resolve(result(seconds()));
    },
  };
}

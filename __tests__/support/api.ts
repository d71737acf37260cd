import { ReadableStream } from 'node:stream/web';

import type { ConversationApi } from '../../src/port/api.ts';
import type { PushUpdate, Snapshot } from '../../src/port/conversation.ts';

/** Returns an API that shows the same snapshot at each look, and whose agent has only answered. */
export function stagedApi(
  look: () => Snapshot = () => {
    throw new Error('nobody looks here');
  },
): ConversationApi {
  return {
    version: 'v1',
    choosesIds: false,
    takesPictures: true,
    worksInFolder: false,
    list: 'https://openhands.test/conversations',
    conversation: (id) => ({ id, url: `https://openhands.test/conversations/${id}` }),
    start: async () => Promise.resolve({ kind: 'created', id: '1' }),
    stop: async () => Promise.resolve('stopped'),
    listStarts: async () => Promise.resolve([]),
    readRepositoryRefusal: async () => Promise.resolve(''),
    readAccount: async () => Promise.resolve({ id: 'account' }),
    readMessageCursor: async () => Promise.resolve({}),
    readAnswers: async () => Promise.resolve([]),
    readMessages: async () => Promise.resolve({ said: [], isLive: false }),
    send: async () => Promise.resolve({ kind: 'delivered' }),
    readSandbox: async () => Promise.resolve({ kind: 'running', handle: 'sandbox' }),
    resume: async () => Promise.resolve(),
    pause: async () => Promise.resolve(),
    run: async () => Promise.resolve(),
    subscribe: () => ReadableStream.from<PushUpdate>([]),
    downloadTrajectory: async () => Promise.resolve(),
    readPatch: async () => Promise.reject(new Error('nobody asks for it here')),
    readStart: async () => Promise.resolve({ kind: 'created', id: '1' }),
    look: async (ids) => Promise.resolve(ids.map(look)),
    readStored: async () => Promise.resolve(undefined),
    readSteps: async () => Promise.resolve({ steps: [], isCut: false }),
    readStoredEnd: async () => Promise.resolve({ complete: true, answer: 'done' }),
  };
}

import { ReadableStream } from 'node:stream/web';

import type { ConversationApi } from '../../src/conversation/api.ts';
import type { PushUpdate, Snapshot } from '../../src/conversation/conversation.ts';

/** Returns an API that shows this at each look, and whose agent has done nothing but answer. */
export function stagedApi(
  look: () => Snapshot = () => {
    throw new Error('nobody looks here');
  },
): ConversationApi {
  return {
    version: 'v1',
    choosesIds: false,
    worksInFolder: false,
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
    look: async (ids) => Promise.resolve(ids.map(look)),
    stored: async () => Promise.resolve(undefined),
    steps: async () => Promise.resolve({ steps: [], isCut: false }),
    result: async () => Promise.resolve({ complete: true, answer: 'done' }),
  };
}

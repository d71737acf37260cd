import { expect, test } from '@jest/globals';

import type { Sandbox } from '../../src/conversation/api.ts';
import { deduplicate, type Deduplicated } from '../../src/conversation/duplicates.ts';
import type { ListedStart } from '../../src/conversation/start-progress.ts';
import { stagedApi } from '../support/api.ts';
import { simulatedClock } from '../support/clock.ts';

const OWN: ListedStart = {
  id: 'id',
  task: 'own',
  createdAt: 2,
  sandbox: 'own-sandbox',
  progress: { kind: 'created', id: 'id' },
};

/** Compares the own start with another. The conversation is in this sandbox. */
async function compare(
  other: Pick<ListedStart, 'createdAt' | 'task'>,
  sandbox: Sandbox = { kind: 'running', handle: 'other-sandbox' },
): Promise<Deduplicated & { readonly paused: readonly string[]; readonly seconds: number }> {
  const clock = simulatedClock();
  const paused: string[] = [];
  const api = {
    ...stagedApi(),
    starts: async () => Promise.resolve([OWN, { ...OWN, ...other, sandbox: 'other-sandbox' }]),
    sandbox: async () => Promise.resolve(sandbox),
    pause: async (handle: string) => {
      paused.push(handle);
      return Promise.resolve();
    },
  };
  const access = { api, clock, signal: new AbortController().signal, emit: () => undefined };
  const result = await deduplicate('id', { kind: 'asked', task: 'own' }, access);
  return { ...result, paused, seconds: clock.now() / 1000 };
}

test.each([
  ['came earlier', 1, 'p', true],
  ['came at the same time with a lower task', 2, 'n', true],
  ['came at the same time with a higher task', 2, 'p', false],
  ['came later', 3, 'n', false],
])(
  'two starts of a key have one owner: if the other %s, the step attaches: %s',
  async (_, createdAt, task, isReused) => {
    const compared = await compare({ createdAt, task });
    expect(compared).toMatchObject({ isReused, hasMessage: false, paused: ['own-sandbox'] });
  },
);

test('no sandbox is paused if the conversation is not listed for a minute', async () => {
  const gone = { kind: 'unavailable', reason: 'x' } as const;
  const { hasMessage, paused, seconds } = await compare({ createdAt: 3, task: 'other' }, gone);
  expect({ hasMessage, paused }).toEqual({ hasMessage: undefined, paused: [] });
  expect(seconds).toBe(58);
});

import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { expect, test } from '@jest/globals';

import type { PushUpdate } from '../../src/conversation/conversation.ts';
import { startSubscriptions } from '../../src/conversation/subscriptions.ts';
import type { Waiting } from '../../src/conversation/waiting-stages.ts';
import { watch } from '../../src/conversation/watch.ts';
import { agentState } from '../../src/openhands/v1/states.ts';

const AT_WORK: Waiting = {
  kind: 'waiting',
  watch: {
    ...watch({ id: 'a', url: 'https://openhands.test/conversations/a' }, 0),
    phase: { shown: 'agent running', state: 'active', isReported: true, consultedAt: -Infinity },
  },
  stage: { kind: 'polling', by: 0 },
  onPaused: 'wait',
  poll: true,
};

const told = (step: string, state?: string): PushUpdate => ({
  kind: 'events',
  ...(state !== undefined && { state: agentState(state) }),
  stepsSince: () => ({ steps: [{ kind: 'action', text: step }], isCut: false }),
});

/** What is kept of that until somebody has time for it. */
async function keptOf(...all: readonly PushUpdate[]): Promise<readonly PushUpdate[]> {
  const subscriptions = startSubscriptions(
    {
      async *subscribe() {
        yield* all;
        await new Promise(() => undefined);
      },
    },
    new AbortController().signal,
  );
  subscriptions.follow([AT_WORK]);
  for (let turns = 0; turns < 10; turns += 1) await setImmediate();
  return subscriptions.take(AT_WORK);
}

test('of many events the newest is kept, and the last state, so that a server cannot fill the memory', async () => {
  const many = Array.from({ length: 10_000 }, (_, index) => told(`step ${index}`));
  const kept = await keptOf({ kind: 'connected' }, told('first', 'finished'), ...many);
  expect(kept).toMatchObject([{ kind: 'connected' }, { kind: 'events', state: { phase: 'agent finished' } }]);
  const [, last] = kept;
  expect(last?.kind === 'events' && last.stepsSince({}).steps).toEqual([
    { kind: 'action', text: 'step 9999' },
  ]);
});

test('of what came before a loss nothing is kept', async () => {
  const again: readonly PushUpdate[] = [{ kind: 'lost' }, { kind: 'connected' }, told('step', 'running')];
  const kept = await keptOf({ kind: 'connected' }, told('first', 'finished'), ...again, ...again, ...again);
  expect(kept).toEqual([
    { kind: 'lost' },
    { kind: 'connected' },
    expect.objectContaining({ kind: 'events' }),
  ]);
});

test('what was heard is not kept once it was taken, for as long as is listened', async () => {
  const all: WeakRef<PushUpdate>[] = [];
  const subscriptions = startSubscriptions(
    {
      async *subscribe() {
        for (let count = 0; count < 3; count += 1) {
          await setImmediate();
          const update = told(`step ${count}`);
          all.push(new WeakRef(update));
          yield update;
        }
        await new Promise(() => undefined);
      },
    },
    new AbortController().signal,
  );
  subscriptions.follow([AT_WORK]);
  for (let count = 0; count < 3; count += 1) {
    await subscriptions.nextUpdated([AT_WORK]);
    subscriptions.take(AT_WORK);
  }
  await setImmediate();
  setFlagsFromString('--expose-gc');
  runInNewContext('gc()');
  // The last one is still in the hand of who told it.
  expect(all.slice(0, 2).map((update) => update.deref())).toEqual([undefined, undefined]);
});

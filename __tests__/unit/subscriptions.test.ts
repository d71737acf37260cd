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

const pushed = (step: string, state?: string): PushUpdate => ({
  kind: 'events',
  ...(state !== undefined && { state: agentState(state) }),
  stepsSince: () => ({ steps: [{ kind: 'action', text: step }], isCut: false }),
});

/** Returns the updates that a subscription keeps until they are taken. */
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

test('a subscription keeps the newest events and the last state only, so that a server cannot fill the memory', async () => {
  const many = Array.from({ length: 10_000 }, (_, index) => pushed(`step ${index}`));
  const kept = await keptOf({ kind: 'connected' }, pushed('first', 'finished'), ...many);
  expect(kept).toMatchObject([{ kind: 'connected' }, { kind: 'events', state: { phase: 'agent finished' } }]);
  const [, last] = kept;
  expect(last?.kind === 'events' && last.stepsSince({}).steps).toEqual([
    { kind: 'action', text: 'step 9999' },
  ]);
});

test('a subscription drops the updates from before a loss', async () => {
  const again: readonly PushUpdate[] = [{ kind: 'lost' }, { kind: 'connected' }, pushed('step', 'running')];
  const kept = await keptOf({ kind: 'connected' }, pushed('first', 'finished'), ...again, ...again, ...again);
  expect(kept).toEqual([
    { kind: 'lost' },
    { kind: 'connected' },
    expect.objectContaining({ kind: 'events' }),
  ]);
});

test('a subscription releases updates once they were taken', async () => {
  const all: WeakRef<PushUpdate>[] = [];
  const subscriptions = startSubscriptions(
    {
      async *subscribe() {
        for (let count = 0; count < 3; count += 1) {
          await setImmediate();
          const update = pushed(`step ${count}`);
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
  // The generator still holds the last update.
  expect(all.slice(0, 2).map((update) => update.deref())).toEqual([undefined, undefined]);
});

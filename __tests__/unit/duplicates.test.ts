import { expect, test } from '@jest/globals';

import { ApiFailure, type Sandbox } from '../../src/port/api.ts';
import type { KnownPlace, Start } from '../../src/port/place.ts';
import { findStarter } from '../../src/start/duplicates.ts';
import { simulatedClock } from '../../testbed/clock.ts';
import { stagedApi } from '../support/api.ts';

const OWN: Start = {
  id: 'id',
  task: 'own',
  createdAt: 2,
  ageMs: 60_000,
  sandbox: 'own-sandbox',
  place: { kind: 'created', id: 'id' },
};

const OWN_SANDBOX: Sandbox = { kind: 'running', handle: 'own-sandbox' };

/**
 * Compares the own start with another, as it is after a time in seconds.
 *
 * @param sandbox that of the conversation at the first look, or why it cannot be read.
 * @param later the same at the next looks.
 */
async function compare(
  otherAt: (seconds: number) => Partial<Start>,
  sandbox: Sandbox | ApiFailure = { kind: 'running', handle: 'other-sandbox' },
  later = sandbox,
): Promise<
  Awaited<ReturnType<typeof findStarter>> & { readonly paused: readonly string[]; readonly seconds: number }
> {
  const clock = simulatedClock();
  const paused: string[] = [];
  const first = [sandbox];
  const api = {
    ...stagedApi(),
    listStarts: async () =>
      Promise.resolve([
        OWN,
        { ...OWN, task: 'other', sandbox: 'other-sandbox', ...otherAt(clock.now() / 1000) },
      ]),
    readSandbox: async () => {
      const seen = first.shift() ?? later;
      return seen instanceof ApiFailure ? Promise.reject(seen) : Promise.resolve(seen);
    },
    pause: async (handle: string) => {
      paused.push(handle);
      return Promise.resolve();
    },
  };
  const access = { api, clock, signal: new AbortController().signal, emit: () => undefined };
  const result = await findStarter(
    { id: 'id' },
    { kind: 'asked', task: 'own' },
    { id: 'id', isShared: true, stepTag: 'step' },
    access,
  );
  return { ...result, paused, seconds: clock.now() / 1000 };
}

test.each([
  ['came earlier', { createdAt: 1, task: 'p' }, 'another-run'],
  ['came at the same time with a lower task', { task: 'n' }, 'another-run'],
  ['came at the same time with a higher task', { task: 'p' }, 'this-run'],
  ['came later', { createdAt: 3, task: 'n' }, 'this-run'],
])('two starts of a key have one owner: if the other %s (%j), it is %s', async (_, other, starter) => {
  const compared = await compare(() => other);
  expect(compared).toMatchObject({ starter, hasMessage: false, paused: ['own-sandbox'] });
});

const PENDING: KnownPlace = { kind: 'pending', task: 'other', phase: 'working' };

test('two starts of a key are both awaited, because the last one to be ready gets the conversation', async () => {
  const { paused, seconds } = await compare((now) => (now < 5 ? { place: PENDING } : {}));
  expect([paused, seconds]).toEqual([['own-sandbox'], 6]);
});

test.each<[string, Partial<Start>, Sandbox | undefined, number]>([
  ['is not listed for a minute', {}, { kind: 'unavailable', reason: 'x' }, 60],
  ['is in the own one, and the other is pending for a minute', { place: PENDING }, OWN_SANDBOX, 60],
  ['is only that of the own start', { place: { kind: 'failed', reason: 'x' } }, undefined, 0],
])('no sandbox is paused if the conversation %s', async (_, other, sandbox, waits) => {
  const { starter, paused, seconds } = await compare(() => ({ createdAt: 3, ...other }), sandbox);
  expect([starter, paused, seconds]).toEqual(['this-run', [], waits]);
});

const READY_LAST: Partial<Start> = {
  place: { kind: 'created', id: 'id', unlisted: { readyMs: 1, sandbox: 'other-sandbox' } },
};
const UNREADABLE = new ApiFailure({ failedTo: 'read', because: 'HTTP 403', advice: '', kind: 'server' });

test('if the sandbox of the conversation cannot be read, it is that of the start that was ready last', async () => {
  const { paused } = await compare(() => READY_LAST, UNREADABLE);
  expect(paused).toEqual(['own-sandbox']);
});

test('no sandbox is paused if the conversation was in another one than expected, and then it cannot be read', async () => {
  const { paused } = await compare(() => READY_LAST, OWN_SANDBOX, UNREADABLE);
  expect(paused).toEqual([]);
});

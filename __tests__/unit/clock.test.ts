import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';

import {
  type Clock,
  Interruption,
  systemClock,
  withDeadline,
  withGrace,
} from '../../src/conversation/clock.ts';
import { rejection } from '../support/client.ts';
import { simulatedClock } from '../support/clock.ts';

const never = new AbortController().signal;

describe('the system clock', () => {
  test('sleeps for the given time, by its own clock', async () => {
    const before = systemClock.now();
    await systemClock.sleep(20, never);
    const slept = systemClock.now() - before;
    expect(slept).toBeGreaterThanOrEqual(19);
    expect(slept).toBeLessThan(5_000);
  });

  test('wakes at once and without a warning if the time has already passed', () => {
    const file = join(import.meta.dirname, '../../src/conversation/clock.ts');
    const script = `const { systemClock } = await import(${JSON.stringify(file)});
      await systemClock.sleep(-1, new AbortController().signal);`;
    const { stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
    });
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  });

  test.each([Number.POSITIVE_INFINITY, 2 ** 31, 1e15])(
    'does not wake at once from a sleep of %d ms',
    async (ms) => {
      const controller = new AbortController();
      const woken = systemClock.sleep(ms, controller.signal).then(
        () => 'woken',
        () => 'interrupted',
      );
      expect(await Promise.race([woken, systemClock.sleep(20, never).then(() => 'paused')])).toBe('paused');
      controller.abort();
      expect(await woken).toBe('interrupted');
    },
  );

  test.each(['before', 'during'])(
    'rejects with the reason if the interruption comes %s the sleep',
    async (when) => {
      const controller = new AbortController();
      const reason = new Interruption('cancel');
      if (when === 'before') controller.abort(reason);
      const sleep = systemClock.sleep(60_000, controller.signal);
      controller.abort(reason);
      expect(await rejection(sleep)).toBe(reason);
    },
  );
});

/** Returns a simulated clock that records the abort signals of its sleeps. */
function watchedClock(): { readonly clock: Clock; readonly signals: readonly AbortSignal[] } {
  const clock = simulatedClock();
  const signals: AbortSignal[] = [];
  const sleep: Clock['sleep'] = async (ms, signal) => {
    signals.push(signal);
    return clock.sleep(ms, signal);
  };
  return { clock: { ...clock, sleep }, signals };
}

describe('withDeadline', () => {
  test('returns the result of work done in time, and leaves no timer behind', async () => {
    const { clock, signals } = watchedClock();
    expect(await withDeadline(clock, 1_000, never, async () => Promise.resolve('done'))).toBe('done');
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  });

  test('interrupts the work when the time has passed', async () => {
    const { clock } = watchedClock();
    const error = await rejection(
      withDeadline(clock, 1_000, never, async (signal) => clock.sleep(Number.POSITIVE_INFINITY, signal)),
    );
    expect(error).toBeInstanceOf(Interruption);
    expect(error).toMatchObject({ kind: 'deadline' });
    expect(clock.now()).toBe(1_000);
  });

  test('interrupts the work with the reason of a cancel', async () => {
    const { clock } = watchedClock();
    const controller = new AbortController();
    const reason = new Interruption('cancel');
    const waiting = withDeadline(clock, 1_000, controller.signal, async (signal) =>
      clock.sleep(Number.POSITIVE_INFINITY, signal),
    );
    controller.abort(reason);
    expect(await rejection(waiting)).toBe(reason);
    expect(clock.now()).toBe(0);
  });
});

describe('withGrace', () => {
  const CANCEL = new Interruption('cancel');

  /** Interrupts work that never ends. Returns the reason it ended with, and when. */
  async function interrupted(
    reason: unknown,
    when: 'before' | 'during',
  ): Promise<readonly [reason: unknown, ms: number]> {
    const { clock } = watchedClock();
    const outer = new AbortController();
    if (when === 'before') outer.abort(reason);
    const body = withGrace(clock, 3_000, outer.signal, async (signal) =>
      clock.sleep(Number.POSITIVE_INFINITY, signal),
    );
    if (when === 'during') outer.abort(reason);
    return [await rejection(body), clock.now()];
  }

  test.each(
    [CANCEL, new Interruption('deadline')].flatMap((reason) =>
      (['before', 'during'] as const).map((when) => [reason.kind, when, reason] as const),
    ),
  )('leaves the work its grace period after a %s %s the work', async (_, when, reason) => {
    expect(await interrupted(reason, when)).toEqual([reason, 3_000]);
  });

  test('returns the result of work done within the grace period after a cancel, and leaves no timer behind', async () => {
    const { clock, signals } = watchedClock();
    const outer = new AbortController();
    const body = withGrace(clock, 3_000, outer.signal, async (signal) => {
      await clock.sleep(1_000, signal);
      return 'done';
    });
    outer.abort(CANCEL);
    expect(await body).toBe('done');
    expect(clock.now()).toBe(1_000);
    expect(signals.at(-1)?.aborted).toBe(true);
  });
});

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

describe("the machine's clock", () => {
  test('sleeps for as long as it is told, by its own time', async () => {
    const before = systemClock.now();
    await systemClock.sleep(20, never);
    const slept = systemClock.now() - before;
    expect(slept).toBeGreaterThanOrEqual(19);
    expect(slept).toBeLessThan(5_000);
  });

  test('wakes at once, and without a warning, if it should have before', () => {
    const file = join(import.meta.dirname, '../../src/conversation/clock.ts');
    const script = `const { systemClock } = await import(${JSON.stringify(file)});
      await systemClock.sleep(-1, new AbortController().signal);`;
    const { stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
    });
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  });

  test('knows the time of day', () => {
    const before = Date.now();
    const date = systemClock.date().getTime();
    expect(date).toBeGreaterThanOrEqual(before);
    expect(date).toBeLessThanOrEqual(Date.now());
  });

  test.each([Number.POSITIVE_INFINITY, 2 ** 31, 1e15])('does not wake at once from %d ms', async (ms) => {
    const controller = new AbortController();
    const woken = systemClock.sleep(ms, controller.signal).then(
      () => 'woken',
      () => 'interrupted',
    );
    expect(await Promise.race([woken, systemClock.sleep(20, never).then(() => 'paused')])).toBe('paused');
    controller.abort();
    expect(await woken).toBe('interrupted');
  });

  test.each(['before', 'during'])('an interruption %s a sleep ends it with the reason', async (when) => {
    const controller = new AbortController();
    const reason = new Interruption('cancel');
    if (when === 'before') controller.abort(reason);
    const sleep = systemClock.sleep(60_000, controller.signal);
    controller.abort(reason);
    expect(await rejection(sleep)).toBe(reason);
  });
});

describe('an interruption says why', () => {
  test.each([
    [new Interruption('deadline'), 'the deadline passed'],
    [new Interruption('cancel'), 'the step was canceled'],
    [new Interruption('deadline', 'the server asks for more time'), 'the server asks for more time'],
  ])('%s', (interruption, because) => {
    expect(interruption.message).toBe(because);
    expect(interruption.name).toBe('Interruption');
  });
});

/** A simulated clock that tells the signals of its sleeps. */
function watchedClock(): { readonly clock: Clock; readonly signals: readonly AbortSignal[] } {
  const clock = simulatedClock();
  const signals: AbortSignal[] = [];
  const sleep: Clock['sleep'] = async (ms, signal) => {
    signals.push(signal);
    return clock.sleep(ms, signal);
  };
  return { clock: { ...clock, sleep }, signals };
}

describe('under a deadline', () => {
  test('what is done in time is done, and leaves no timer behind', async () => {
    const { clock, signals } = watchedClock();
    expect(await withDeadline(clock, 1_000, never, async () => Promise.resolve('done'))).toBe('done');
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  });

  test('what fails fails with its own error, and leaves no timer behind', async () => {
    const { clock, signals } = watchedClock();
    const error = new Error('no');
    expect(await rejection(withDeadline(clock, 1_000, never, async () => Promise.reject(error)))).toBe(error);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  });

  test('what takes longer is interrupted when the time has passed', async () => {
    const { clock } = watchedClock();
    const error = await rejection(
      withDeadline(clock, 1_000, never, async (signal) => clock.sleep(Number.POSITIVE_INFINITY, signal)),
    );
    expect(error).toBeInstanceOf(Interruption);
    expect(error).toMatchObject({ kind: 'deadline' });
    expect(clock.now()).toBe(1_000);
  });

  test('a cancel interrupts it with its own reason', async () => {
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

describe('with a grace', () => {
  const CANCEL = new Interruption('cancel');

  /** Interrupts something that lasts for ever, and says what it ended with, and when. */
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
  )('a %s %s it leaves it that time', async (_, when, reason) => {
    expect(await interrupted(reason, when)).toEqual([reason, 3_000]);
  });

  test('what is done after a cancel and in that time is done, and leaves no timer behind', async () => {
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

  test('a cancel that comes when it is done begins nothing', async () => {
    const { clock, signals } = watchedClock();
    const outer = new AbortController();
    expect(await withGrace(clock, 3_000, outer.signal, async () => Promise.resolve('done'))).toBe('done');
    outer.abort(CANCEL);
    expect(signals).toEqual([]);
  });
});

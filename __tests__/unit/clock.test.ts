import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';

import { systemClock, withGrace } from '../../src/port/clock.ts';
import { Interruption } from '../../src/port/interruption.ts';
import { simulatedClock } from '../../testbed/clock.ts';
import { rejection } from '../support/client.ts';

const never = new AbortController().signal;

describe('the system clock', () => {
  test('wakes at once and without a warning if the time has already passed', () => {
    const file = join(import.meta.dirname, '../../src/port/clock.ts');
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

test.each(['before', 'during'])(
  'work with a grace period has it after a cancel %s the work, and then ends for that reason',
  async (when) => {
    const clock = simulatedClock();
    const outer = new AbortController();
    const reason = new Interruption('cancel');
    if (when === 'before') outer.abort(reason);
    const body = withGrace(clock, 3_000, outer.signal, async (signal) => clock.sleep(Infinity, signal));
    outer.abort(reason);
    expect([await rejection(body), clock.now()]).toEqual([reason, 3_000]);
  },
);

import { describe, expect, test } from '@jest/globals';

import { listen, LOST } from '../../src/http/listen.ts';
import { Interruption } from '../../src/port/interruption.ts';
import { simulatedClock } from '../../testbed/clock.ts';
import { rejection } from '../support/client.ts';

const finalCodes = [4001, 4004];

/** A socket that yields one frame, stays open for some seconds, and is closed with a code. */
interface Socket {
  readonly code: number;
  readonly lasts?: number;
}

/** Returns when each socket was opened, in seconds, and what was received. */
async function listenTo(
  sockets: readonly Socket[],
  chance = 0.5,
): Promise<{ readonly opened: readonly number[]; readonly received: readonly (string | typeof LOST)[] }> {
  const clock = simulatedClock();
  const opened: number[] = [];
  const received: (string | typeof LOST)[] = [];
  const { signal } = new AbortController();
  async function* open(): AsyncGenerator<readonly string[], number> {
    const { code, lasts = 0 } = sockets[opened.length] ?? { code: 4001 };
    opened.push(clock.now() / 1000);
    yield [`frame ${opened.length}`];
    await clock.sleep(lasts * 1000, signal);
    return code;
  }
  for await (const frames of listen(open, { clock, random: () => chance, signal, finalCodes })) {
    if (frames === LOST) received.push(LOST);
    else received.push(...frames);
  }
  return { opened, received };
}

const LOSING = (count: number, lasts = 0): readonly Socket[] =>
  Array.from({ length: count }, () => ({ code: 1006, lasts }));

describe('a lost socket', () => {
  test('is reopened three times, after 1, 2 and 4 s on average', async () => {
    const { opened, received } = await listenTo(LOSING(9));
    expect(opened).toEqual([0, 1, 3, 7]);
    expect(received).toEqual([1, 2, 3, 4].flatMap((count) => [`frame ${count}`, LOST]));
  });

  test.each([
    [0, [0, 0, 0, 0]],
    [0.999, [0, 1.998, 5.994, 13.986]],
  ])('is reopened after up to twice that time: with the random number %d', async (chance, opened) => {
    expect((await listenTo(LOSING(9), chance)).opened).toEqual(opened.map((at) => expect.closeTo(at)));
  });

  test.each([1000, 1006, 1012, 4000])('is reopened after the close code %d', async (code) => {
    expect((await listenTo([{ code }])).opened).toHaveLength(2);
  });

  test.each([4001, 4004])('is not reopened after the close code %d', async (code) => {
    const { opened, received } = await listenTo([{ code }]);
    expect(opened).toEqual([0]);
    expect(received).toEqual(['frame 1', LOST]);
  });

  test('that was open for almost a minute resets the backoff', async () => {
    const { opened } = await listenTo([...LOSING(3), { code: 1006, lasts: 55 }, ...LOSING(9)]);
    expect(opened).toEqual([0, 1, 3, 7, 62.5, 63.5, 65.5, 69.5]);
  });

  test('that was open for only as long as a silent one does not reset the backoff', async () => {
    expect((await listenTo(LOSING(9, 53))).opened).toHaveLength(4);
  });
});

test('an abort ends the wait for the next attempt', async () => {
  const clock = simulatedClock();
  const cancel = new AbortController();
  const reason = new Interruption('cancel');
  void clock.sleep(500, new AbortController().signal).then(() => {
    cancel.abort(reason);
  });
  // eslint-disable-next-line @typescript-eslint/require-await, require-yield -- the socket is lost at once
  async function* open(): AsyncGenerator<readonly string[], number> {
    return 1006;
  }
  const all = async (): Promise<void> => {
    for await (const frame of listen(open, { clock, random: () => 0.5, signal: cancel.signal, finalCodes }))
      expect(frame).toBe(LOST);
  };
  expect(await rejection(all())).toBe(reason);
  expect(clock.now()).toBe(500);
});

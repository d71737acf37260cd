import { describe, expect, test } from '@jest/globals';

import { Interruption } from '../../src/conversation/clock.ts';
import { listen, LOST } from '../../src/openhands/listen.ts';
import { rejection } from '../support/client.ts';
import { simulatedClock } from '../support/clock.ts';

/** A socket that yields a frame, lasts so many seconds, and is closed with a code. */
interface Socket {
  readonly code: number;
  readonly lasts?: number;
}

/** When each socket was opened, in seconds, and what was heard. */
async function heardOf(
  sockets: readonly Socket[],
  chance = 0.5,
): Promise<{ readonly opened: readonly number[]; readonly heard: readonly (string | typeof LOST)[] }> {
  const clock = simulatedClock();
  const opened: number[] = [];
  const heard: (string | typeof LOST)[] = [];
  const { signal } = new AbortController();
  async function* open(): AsyncGenerator<string, number> {
    const { code, lasts = 0 } = sockets[opened.length] ?? { code: 4001 };
    opened.push(clock.now() / 1000);
    yield `frame ${opened.length}`;
    await clock.sleep(lasts * 1000, signal);
    return code;
  }
  for await (const frame of listen(open, { clock, random: () => chance, signal })) heard.push(frame);
  return { opened, heard };
}

const LOSING = (count: number, lasts = 0): readonly Socket[] =>
  Array.from({ length: count }, () => ({ code: 1006, lasts }));

describe('a socket that is lost', () => {
  test('is opened four times, after 1, 2 and 4 s on the average', async () => {
    const { opened, heard } = await heardOf(LOSING(9));
    expect(opened).toEqual([0, 1, 3, 7]);
    expect(heard).toEqual([1, 2, 3, 4].flatMap((count) => [`frame ${count}`, LOST]));
  });

  test.each([
    [0, [0, 0, 0, 0]],
    [0.999, [0, 1.998, 5.994, 13.986]],
  ])('is opened again after up to twice that: with %d by chance', async (chance, opened) => {
    expect((await heardOf(LOSING(9), chance)).opened).toEqual(opened.map((at) => expect.closeTo(at)));
  });

  test.each([1000, 1001, 1006, 1009, 1011, 1012, 1013, 4000])('is opened again after %d', async (code) => {
    expect((await heardOf([{ code }])).opened).toHaveLength(2);
  });

  test.each([4001, 4004, 4900])('is not opened again after %d', async (code) => {
    const { opened, heard } = await heardOf([{ code }]);
    expect(opened).toEqual([0]);
    expect(heard).toEqual(['frame 1', LOST]);
  });

  test('after a minute begins again, as if it were the first', async () => {
    const { opened } = await heardOf([...LOSING(3), { code: 1006, lasts: 60 }, ...LOSING(9)]);
    expect(opened).toEqual([0, 1, 3, 7, 67.5, 68.5, 70.5, 74.5]);
  });

  test('after a little less does not', async () => {
    expect((await heardOf(LOSING(9, 59.9))).opened).toHaveLength(4);
  });
});

test('an abort ends the wait for the next try', async () => {
  const clock = simulatedClock();
  const cancel = new AbortController();
  const reason = new Interruption('cancel');
  void clock.sleep(500, new AbortController().signal).then(() => {
    cancel.abort(reason);
  });
  // eslint-disable-next-line @typescript-eslint/require-await, require-yield -- it is lost at once
  async function* open(): AsyncGenerator<string, number> {
    return 1006;
  }
  const all = async (): Promise<void> => {
    for await (const frame of listen(open, { clock, random: () => 0.5, signal: cancel.signal }))
      expect(frame).toBe(LOST);
  };
  expect(await rejection(all())).toBe(reason);
  expect(clock.now()).toBe(500);
});

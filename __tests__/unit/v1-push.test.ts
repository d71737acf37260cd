import { describe, expect, test } from '@jest/globals';

import type { SocketUse } from '../../src/http/client.ts';
import { LOST } from '../../src/http/listen.ts';
import { readUpdates as updatesBy } from '../../src/openhands/sdk/updates.ts';
import type { PushUpdate, Steps } from '../../src/port/conversation.ts';
import { textOfStep } from '../support/agent-steps.ts';
import { testClient } from '../support/client.ts';

type Frame = string | readonly string[] | typeof LOST | ((query: string) => void);

const PATH = '/sockets/events/conversation';

/**
 * Returns the updates from these frames; those in a list come together. A function gets the query with which the socket
 * would be opened at that point.
 */
async function updatesOf(...frames: readonly Frame[]): Promise<readonly PushUpdate[]> {
  async function* listen({ path }: Pick<SocketUse, 'path'>): AsyncGenerator<readonly string[] | typeof LOST> {
    for (const frame of frames) {
      if (typeof frame === 'function') frame(path().slice(PATH.length));
      else yield Promise.resolve(typeof frame === 'string' ? [frame] : frame);
    }
  }
  const all: PushUpdate[] = [];
  const http = { ...testClient('https://agent.test'), listen };
  for await (const update of updatesBy('conversation', http)) all.push(update);
  return all;
}

let count = 0;
const event = (kind: string, more: object = {}): string =>
  JSON.stringify({ kind, id: `event-${(count += 1)}`, timestamp: '2026-11-25T10:00:00.000001', ...more });
const action = (name: string, more: object = {}): string =>
  event('ActionEvent', { source: 'agent', tool_name: name, ...more });
const state = (key: string, value: unknown): string => event('ConversationStateUpdateEvent', { key, value });
const status = (value: string): string => state('execution_status', value);
const kinds = (all: readonly PushUpdate[]): readonly string[] => all.map(({ kind }) => kind);
const stateIn = (update: PushUpdate | undefined): string | undefined =>
  update?.kind === 'events' ? update.state?.phase : undefined;
const stepsIn = (update: PushUpdate | undefined): Steps | undefined =>
  update?.kind === 'events' ? update.stepsSince({}) : undefined;
const texts = (update: PushUpdate | undefined): readonly string[] =>
  (stepsIn(update)?.steps ?? []).map((step) => `${step.kind} ${textOfStep(step)}`);

describe('a socket is connected', () => {
  test('from its first event until it is lost, and then again', async () => {
    const all = await updatesOf(action('a'), action('b'), LOST, LOST, action('c'), LOST);
    expect(kinds(all)).toEqual(['connected', 'events', 'events', 'lost', 'connected', 'events', 'lost']);
  });

  test.each(['', 'no JSON', 'null', '[]', '{"kind":7}'])(
    'but not by an invalid frame, which is skipped: %j',
    async (frame) => {
      expect(await updatesOf(frame, LOST, frame)).toEqual([]);
      expect(kinds(await updatesOf(action('a'), frame, action('b')))).toEqual([
        'connected',
        'events',
        'events',
      ]);
    },
  );

  test('even if the first event is a repeated one, which is emitted once', async () => {
    const again = action('a');
    const all = await updatesOf(again, LOST, again, again);
    expect(kinds(all)).toEqual(['connected', 'events', 'lost', 'connected']);
  });
});

describe('a pushed state', () => {
  test('is emitted as it changes', async () => {
    expect(stateIn((await updatesOf(status('dreaming')))[1])).toBe('agent dreaming');
  });

  test('that has ended counts as earlier work in a copy of the full state, but a running one counts', async () => {
    const full = (value: string): string => state('full_state', { execution_status: value });
    expect(stateIn((await updatesOf(full('finished')))[1])).toBeUndefined();
    expect(stateIn((await updatesOf(full('running')))[1])).toBe('agent running');
  });
});

describe('the pushed steps', () => {
  test('of two long batches are complete: a batch may come while one still waits to be taken', async () => {
    const batch = (): readonly string[] => Array.from({ length: 120 }, (_, index) => action(String(index)));
    const all = await updatesOf(action('a'), batch(), batch());
    const { cursor = '' } = stepsIn(all[1]) ?? {};
    const last = all.at(-1);
    const steps = last?.kind === 'events' ? last.stepsSince({ cursor }) : undefined;
    expect([steps?.steps.length, steps?.isCut]).toEqual([240, false]);
  });

  test('are 250 at most, and then marked as cut', async () => {
    const all = await updatesOf(...Array.from({ length: 251 }, (_, index) => action(String(index))));
    expect(texts(all.at(-2))).toHaveLength(250);
    expect(stepsIn(all.at(-2))?.isCut).toBe(false);
    expect(texts(all.at(-1))).toHaveLength(250);
    expect(stepsIn(all.at(-1))?.isCut).toBe(true);
  });

  test('are those of large texts, too, but not those that take much more memory than their text', async () => {
    const text = action('text', { padding: '[{"},\\\\'.repeat(100_000) });
    const objects = action('objects', { padding: Array.from({ length: 100_000 }, () => ({})) });
    const all = await updatesOf(text, objects, action('other'));
    expect(texts(all.at(-1))).toEqual(['action text', 'action other']);
  });

  test('are those of 4 MiB of text at most', async () => {
    const padding = 'x'.repeat(1_000_000);
    const all = await updatesOf(
      ...Array.from({ length: 9 }, (_, index) => action(String(index), { padding })),
    );
    expect(texts(all.at(-1))).toEqual(['action 5', 'action 6', 'action 7', 'action 8']);
    expect(stepsIn(all.at(-1))?.isCut).toBe(true);
  });
});

describe('events during a loss', () => {
  const queryAfter = async (...frames: readonly Frame[]): Promise<string | undefined> => {
    let requested: string | undefined;
    await updatesOf(...frames, (query) => {
      requested = query;
    });
    return requested;
  };

  test('are requested by the time of the newest event, and without an event not at all', async () => {
    expect(await queryAfter()).toBe('');
    expect(
      await queryAfter(
        action('a', { timestamp: '2026-11-25T10:00:01.5' }),
        action('b', { timestamp: null }),
        LOST,
      ),
    ).toBe('?resend_mode=since&after_timestamp=2026-11-25T10%3A00%3A01.5');
  });

  test.each(['x'.repeat(100_000), '1&resend_mode=all', '../..', 'now', ''])(
    'are not requested by an invalid time',
    async (timestamp) => {
      expect(await queryAfter(action('a', { timestamp }))).toBe('');
    },
  );
});

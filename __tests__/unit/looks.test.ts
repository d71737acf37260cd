import { describe, expect, test } from '@jest/globals';

import { Interruption } from '../../src/conversation/clock.ts';
import type { MessageCursor, Snapshot } from '../../src/conversation/conversation.ts';
import { FINISHED, GONE, RUNNING, SAYS_FINISHED, shows } from '../support/snapshots.ts';
import { CONVERSATION, wait } from '../support/wait.ts';

const PAUSED: Snapshot = { phase: 'sandbox paused', state: { kind: 'paused' }, consult: 'on-change' };

describe('the end of a follow-up', () => {
  const CURSOR: MessageCursor = { lastMessage: 'the message before' };

  test('is any end after the agent was seen at work', async () => {
    const { ended, endedAt } = await wait(
      [
        { at: 0, snapshot: RUNNING },
        { at: 5, snapshot: { ...FINISHED, consult: 'on-change' } },
      ],
      { messageCursor: CURSOR, result: () => ({ complete: false }) },
    );
    expect(ended?.status).toBe('finished');
    expect(endedAt).toBeLessThan(10);
  });

  test.each([0, -30])(
    'is an error if the agent did not begin within a minute after a message sent at %d s',
    async (startedAt) => {
      const { ended, endedAt } = await wait([{ at: 0, snapshot: FINISHED }], {
        messageCursor: CURSOR,
        startedAt,
        result: () => ({ complete: false, awaitsMessage: true }),
      });
      expect(ended?.status).toBe('error');
      expect(endedAt - startedAt).toBeGreaterThanOrEqual(60);
      // The answer is looked for, but never arrives.
      expect(endedAt - startedAt).toBeLessThan(105);
    },
  );

  test('is not taken from an agent that could not be reached in between, because it may be the end before', async () => {
    const { ended, endedAt } = await wait(
      [
        { at: 0, snapshot: shows('sandbox running', { kind: 'unclear' }, 'on-change') },
        { at: 4, snapshot: FINISHED },
      ],
      { messageCursor: CURSOR, result: (seconds) => ({ complete: seconds >= 20 }) },
    );
    expect(ended?.status).toBe('finished');
    expect(endedAt).toBeGreaterThanOrEqual(20);
  });

  test('counts after the agent was seen at work, even if it was resumed since and its last events are lost', async () => {
    const { ended, endedAt } = await wait(
      [
        { at: 0, snapshot: RUNNING },
        { at: 4, snapshot: PAUSED },
        { at: 6, snapshot: FINISHED },
      ],
      { messageCursor: CURSOR, onPaused: 'resume', result: () => ({ complete: false }) },
    );
    expect(ended?.status).toBe('finished');
    expect(endedAt).toBeLessThan(60);
  });

  test('is awaited if the message is stored without an end behind it, because the agent has not begun', async () => {
    const { ended, error } = await wait([{ at: 0, snapshot: FINISHED }], {
      messageCursor: CURSOR,
      timeoutSeconds: 300,
      result: () => ({ complete: false }),
    });
    expect(ended).toBeUndefined();
    expect(error).toEqual(new Interruption('deadline'));
  });
});

describe('the time of the next poll', () => {
  test('is the end of the doubt if that comes before the paced poll: after exactly a minute', async () => {
    const { ended, endedAt } = await wait([{ at: 0, snapshot: GONE }], {
      startedAt: -36_000,
      longestSeconds: 600,
    });
    expect(ended?.status).toBe('missing');
    expect(endedAt).toBe(60);
  });
});

const BROKEN = shows('sandbox error', { kind: 'doubtful', ending: 'error' }, 'on-change');

test('a conversation that is missing after its sandbox was broken for minutes has a minute of its own', async () => {
  const script = [
    { at: 0, snapshot: RUNNING },
    { at: 10, snapshot: BROKEN },
    { at: 300, snapshot: GONE },
  ];
  const back = await wait([...script, { at: 335, snapshot: FINISHED }]);
  expect(back.ended?.status).toBe('finished');
  const { ended, endedAt } = await wait(script);
  expect(ended?.status).toBe('missing');
  expect(endedAt).toBeLessThan(300 + 33 + 60);
});

describe('a sandbox that starts', () => {
  const STARTING: Snapshot = { phase: 'sandbox starting', state: { kind: 'unclear' }, consult: 'never' };

  test('can hide that its agent has finished', async () => {
    const waited = await wait([
      { at: 0, snapshot: RUNNING },
      { at: 30, snapshot: STARTING, storedState: SAYS_FINISHED },
    ]);
    expect(waited.ended).toMatchObject({ status: 'finished' });
  });

  test('is no agent at work: if it breaks before there is one, that counts after a minute', async () => {
    const { ended, endedAt, events } = await wait([
      { at: 0, snapshot: STARTING },
      { at: 30, snapshot: BROKEN },
    ]);
    expect(ended?.status).toBe('error');
    expect(endedAt).toBeLessThan(100);
    expect(events).not.toContainEqual({ kind: 'at-work', conversation: CONVERSATION });
  });
});

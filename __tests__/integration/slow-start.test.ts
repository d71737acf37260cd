import { describe, expect, test } from '@jest/globals';

import { isSameId } from '../../src/conversation/conversation.ts';
import { isAtWork, play } from '../support/play.ts';

/** The server never lists the conversation. */
const UNLISTED = {
  method: 'GET',
  path: '/api/v1/app-conversations?ids=*',
  times: Number.POSITIVE_INFINITY,
  answer: { kind: 'tampered', change: () => '[null]' },
} as const;

describe('a start that never becomes ready although its conversation is there', () => {
  test('is followed by the id that was chosen: the step ends as its agent does', async () => {
    const { outcome, runner, left, seconds } = await play('never-ready', 'v1');
    expect(outcome.status).toBe('finished');
    expect(isSameId(runner.outputs['conversation-id'] ?? '', left[0]?.id ?? 'none')).toBe(true);
    expect(seconds).toBeLessThan(90);
  });

  test('and so it is with a key', async () => {
    const { outcome, runner } = await play('never-ready', 'v1', { 'idempotency-key': 'issue-12' });
    expect(outcome.status).toBe('finished');
    expect(runner.outputs['reused']).toBe('false');
  });

  test('is looked for before the deadline: the step says which conversation, and pauses its agent', async () => {
    const { outcome, runner, left } = await play('never-ready', 'v1', {
      'timeout-seconds': '20',
      'stop-on-timeout': 'true',
    });
    expect(outcome.status).toBe('timed-out');
    expect(isSameId(runner.outputs['conversation-id'] ?? '', left[0]?.id ?? 'none')).toBe(true);
    expect(left.filter(isAtWork)).toEqual([]);
  });

  test('is looked for after a cancel, and its agent is paused', async () => {
    const { outcome, left, post } = await play('never-ready', 'v1', {}, [], { cancelAt: 15 });
    expect(outcome.status).toBe('cancelled');
    expect(post).toBeDefined();
    expect(left.filter(isAtWork)).toEqual([]);
  });
});

test('a start that takes long says once a minute that it does', async () => {
  const { outcome, runner } = await play('never-ready', 'v1', { 'timeout-seconds': '300' }, [UNLISTED]);
  expect(outcome.status).toBe('start-failed');
  const still = runner.log.filter((line) => line.includes('Still: start, starting conversation'));
  expect(still.length).toBeGreaterThanOrEqual(3);
  expect(still.length).toBeLessThanOrEqual(5);
});

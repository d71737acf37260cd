import { describe, expect, test } from '@jest/globals';
import * as v from 'valibot';

import { jumpingTime } from '../../testbed/world.ts';
import { KEY, problemIn, rejection, testClient } from '../support/client.ts';
import { nock } from '../support/offline.ts';

const ORIGIN = 'https://openhands.test';
const request = {
  goal: 'read the thing',
  path: '/api/thing',
  shape: v.looseObject({ ok: v.boolean() }),
};
const get = (): nock.Interceptor => nock(ORIGIN).get(request.path);

describe('a 429', () => {
  test.each([
    ['a plain text', { error: 'Rate limit exceeded: 100 per 1 minute' }],
    ['an unknown code', { detail: { error: 'MOON_PHASE_LIMIT_REACHED', limit: 1 } }],
    ['a limit that is not a number', { detail: { error: 'CONCURRENCY_LIMIT_REACHED', limit: 'five' } }],
  ])('is retried if its body is %s', async (_, body) => {
    get().reply(429, body);
    get().reply(200, { ok: true });
    expect(await testClient(ORIGIN).read(request)).toEqual({ ok: true });
  });

  test('shows the time of the reset, shortened and on one line', async () => {
    const client = testClient(ORIGIN);
    const hostile = `tomorrow\n::error::${'x'.repeat(2_000)}`;
    get().reply(429, { detail: { code: 'daily_conversation_limit_reached', reset_at: hostile } });
    const { because } = await problemIn(client.read(request));
    expect(because).not.toMatch(/\n/);
    expect(because.length).toBeLessThan(600);
    expect(because).not.toContain(KEY);
  });
});

describe('retries after a 429', () => {
  test('continue until the deadline, however late it is', async () => {
    get().times(400).reply(429, {});
    get().reply(200, { ok: true });
    const client = testClient(ORIGIN, { deadlineAt: 24 * 3_600_000 });
    expect(await client.read(request)).toEqual({ ok: true });
  });

  test('do not use up the time for retrying a server that fails', async () => {
    get().times(40).reply(429, {});
    get().times(5).reply(503, {});
    get().reply(200, { ok: true });
    expect(await testClient(ORIGIN).read(request)).toEqual({ ok: true });
  });

  test('are followed by the usual time for retrying a server that fails', async () => {
    const time = jumpingTime();
    get().times(40).reply(429, {});
    get().times(100).reply(503, {});
    expect(await rejection(testClient(ORIGIN, time).read(request))).toMatchObject({
      failure: { status: 503 },
    });
    nock.cleanAll();
  });
});

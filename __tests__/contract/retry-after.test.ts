import { describe, expect, test } from '@jest/globals';
import * as v from 'valibot';

import { rejection, testClient } from '../support/client.ts';
import { nock } from '../support/offline.ts';

const ORIGIN = 'https://openhands.test';
const PATH = '/api/thing';
const DATE = 'Tue, 24 Nov 2026 10:00:00 GMT';
const EPOCH = Date.parse(DATE) / 1000;
/**
 * The client adds this to the time that a server gives: one second, and half of the jitter of a random number of 0.5.
 */
const MARGIN_MS = 7_500;
/** The first backoff if the server gives no time. */
const BACKOFF_MS = 1_000;

/** Returns how long the client waits after an answer with these headers. */
async function waitAfter(status: number, headers: Readonly<Record<string, string>>): Promise<number> {
  nock(ORIGIN).get(PATH).reply(status, { error: 'Rate limit exceeded: 100 per 1 minute' }, headers);
  nock(ORIGIN).get(PATH).reply(200, {});
  const client = testClient(ORIGIN);
  await client.read({ goal: 'read the thing', path: PATH, shape: v.unknown() });
  return client.waits[0] ?? 0;
}

describe('the time for a retry', () => {
  test.each([
    ['in seconds', { 'retry-after': '7' }, 7_000],
    [
      'at a moment, by its own clock',
      { 'retry-after': 'Tue, 24 Nov 2026 10:02:00 GMT', date: DATE },
      120_000,
    ],
    ['at a moment that has passed', { 'retry-after': 'Tue, 24 Nov 2026 09:59:00 GMT', date: DATE }, 0],
    [
      'by the end of its window, in seconds since 1970',
      { 'x-ratelimit-reset': `${EPOCH + 42}`, date: DATE },
      42_000,
    ],
    ['by the rest of its window, in seconds', { 'x-ratelimit-reset': '42' }, 42_000],
    ['in both headers: Retry-After counts', { 'retry-after': '7', 'x-ratelimit-reset': '42' }, 7_000],
    [
      'in both headers, with an invalid Retry-After',
      { 'retry-after': '-1', 'x-ratelimit-reset': `${EPOCH + 2}`, date: DATE },
      2_000,
    ],
  ])('is used if the server gives it %s', async (_, headers, ms) => {
    expect(await waitAfter(429, headers)).toBe(ms + MARGIN_MS);
  });

  test.each([
    ['at a moment, without its own clock', { 'retry-after': 'Tue, 24 Nov 2026 10:02:00 GMT' }],
    ['by the end of its window, without its own clock', { 'x-ratelimit-reset': `${EPOCH + 42}` }],
    ['in seconds with text after it', { 'retry-after': '7 or 8' }],
    ['at a moment with text before it', { 'retry-after': 'on Tue, 24 Nov 2026 10:02:00 GMT', date: DATE }],
    ['in words', { 'retry-after': 'soon', 'x-ratelimit-reset': 'later', date: DATE }],
    ['in a year', { 'retry-after': 'Wed, 24 Nov 2027 10:00:00 GMT', date: DATE }],
    ['in milliseconds since 1970', { 'x-ratelimit-reset': `${EPOCH}000`, date: DATE }],
    ['at a date that does not exist', { 'retry-after': 'Tue, 99 Nov 2026 10:02:00 GMT', date: DATE }],
  ])('is ignored if the server gives it %s', async (_, headers) => {
    expect(await waitAfter(429, headers)).toBe(BACKOFF_MS);
  });

  test('is used however often the server refuses: it is never a minute in place of five seconds', async () => {
    nock(ORIGIN).get(PATH).times(6).reply(429, {}, { 'retry-after': '5' });
    nock(ORIGIN).get(PATH).reply(200, {});
    const client = testClient(ORIGIN);
    await client.read({ goal: 'read the thing', path: PATH, shape: v.unknown() });
    expect(client.waits).toEqual(Array.from({ length: 6 }, () => 5_000 + MARGIN_MS));
  });

  test('is read from the end of a rate-limit window only with 429: other answers have that header, too', async () => {
    expect(await waitAfter(503, { 'x-ratelimit-reset': '42' })).toBe(BACKOFF_MS);
  });

  test('is not read from a window with 503, which is no refusal: a send is not repeated', async () => {
    nock(ORIGIN).post(PATH).reply(503, {}, { 'x-ratelimit-reset': '42' });
    const sent = testClient(ORIGIN).send({ goal: 'do the thing', path: PATH, shape: v.unknown() }, {});
    expect(await rejection(sent)).toMatchObject({ failure: { status: 503 }, mayHaveActed: true });
  });
});

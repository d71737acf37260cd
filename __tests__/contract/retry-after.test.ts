import { describe, expect, test } from '@jest/globals';
import nock from 'nock';
import * as v from 'valibot';

import { rejection, testClient } from '../support/client.ts';
import { stayOffline } from '../support/offline.ts';

const ORIGIN = 'https://openhands.test';
const PATH = '/api/thing';
const DATE = 'Tue, 24 Nov 2026 10:00:00 GMT';
const EPOCH = Date.parse(DATE) / 1000;
/** What is added to the time that a server asks for: a second, and the jitter of a client whose chance is a half. */
const MARGIN_MS = 1_500;
/** The first backoff where the server asks for nothing. */
const BACKOFF_MS = 1_000;

stayOffline();

/** How long the client waits after an answer with these headers. */
async function waitAfter(status: number, headers: Readonly<Record<string, string>>): Promise<number> {
  nock(ORIGIN).get(PATH).reply(status, { error: 'Rate limit exceeded: 100 per 1 minute' }, headers);
  nock(ORIGIN).get(PATH).reply(200, {});
  const client = testClient(ORIGIN);
  const signal = new AbortController().signal;
  await client.read({ to: 'read the thing', path: PATH, answer: v.unknown(), signal });
  return client.waits[0] ?? 0;
}

describe('when a server says to come back', () => {
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
    ['by the end of a window that has passed', { 'x-ratelimit-reset': `${EPOCH - 5}`, date: DATE }, 0],
    ['by the rest of its window, in seconds', { 'x-ratelimit-reset': '42' }, 42_000],
    ['in both ways: the first is the standard', { 'retry-after': '7', 'x-ratelimit-reset': '42' }, 7_000],
    [
      'in both ways, the first of no use',
      { 'retry-after': '-1', 'x-ratelimit-reset': `${EPOCH + 2}`, date: DATE },
      2_000,
    ],
  ])('%s, the client does', async (_, headers, ms) => {
    expect(await waitAfter(429, headers)).toBe(ms + MARGIN_MS);
  });

  test.each([
    ['at a moment, and not what time it is', { 'retry-after': 'Tue, 24 Nov 2026 10:02:00 GMT' }],
    ['by the end of its window, and not what time it is', { 'x-ratelimit-reset': `${EPOCH + 42}` }],
    ['in seconds and more', { 'retry-after': '7 or 8' }],
    ['at a moment and more', { 'retry-after': 'Tue, 24 Nov 2026 10:02:00 GMT+1', date: DATE }],
    ['at a moment after something', { 'retry-after': 'on Tue, 24 Nov 2026 10:02:00 GMT', date: DATE }],
    ['in words', { 'retry-after': 'soon', 'x-ratelimit-reset': 'later', date: DATE }],
    ['in a year', { 'retry-after': 'Wed, 24 Nov 2027 10:00:00 GMT', date: DATE }],
    ['in milliseconds since 1970', { 'x-ratelimit-reset': `${EPOCH}000`, date: DATE }],
    ['never', { 'retry-after': '99999999999999' }],
    ['with a date that is none', { 'retry-after': 'Tue, 99 Nov 2026 10:02:00 GMT', date: DATE }],
  ])('%s, it is not taken at its word', async (_, headers) => {
    expect(await waitAfter(429, headers)).toBe(BACKOFF_MS);
  });

  test('the end of a window counts with 429 alone: other answers carry it, too', async () => {
    expect(await waitAfter(503, { 'x-ratelimit-reset': '42' })).toBe(BACKOFF_MS);
  });

  test('a 503 with the end of a window is no refusal: what was sent once is not sent again', async () => {
    nock(ORIGIN).post(PATH).reply(503, {}, { 'x-ratelimit-reset': '42' });
    const signal = new AbortController().signal;
    const sent = testClient(ORIGIN).send({ to: 'do the thing', path: PATH, answer: v.unknown(), signal }, {});
    expect(await rejection(sent)).toMatchObject({ failure: { status: 503 }, mayHaveActed: true });
  });
});

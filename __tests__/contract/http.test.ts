import { describe, expect, test } from '@jest/globals';
import * as v from 'valibot';

import type { Request } from '../../src/http/exchange.ts';
import { Interruption } from '../../src/port/interruption.ts';
import { createSecrets, type Secrets } from '../../src/text/secrets.ts';
import { USER_AGENT } from '../../src/version.ts';
import { jumpingTime } from '../../testbed/world.ts';
import { failureOf, KEY, problemIn, rejection, testClient } from '../support/client.ts';
import { nock } from '../support/offline.ts';

const ORIGIN = 'https://openhands.test';
const Answer = v.looseObject({ ok: v.boolean() });
const REQUEST = { goal: 'read the thing', path: '/api/thing?x=1', shape: Answer };

function secretsWith(secret: string): Secrets {
  const secrets = createSecrets(() => undefined);
  secrets.add(secret);
  return secrets;
}

const get = (): nock.Interceptor => nock(ORIGIN).get('/api/thing?x=1');

describe('a request', () => {
  test('has the key in both headers, and a user agent', async () => {
    nock(ORIGIN, {
      reqheaders: {
        authorization: `Bearer ${KEY}`,
        'x-session-api-key': KEY,
        accept: 'application/json',
        'user-agent': USER_AGENT,
      },
      badheaders: ['content-type'],
    })
      .get('/prefix/api/thing?x=1')
      .reply(200, { ok: true, more: 1 });
    expect(await testClient(`${ORIGIN}/prefix`).read(REQUEST)).toEqual({ ok: true, more: 1 });
  });

  test('with a body has the content type JSON', async () => {
    nock(ORIGIN, { reqheaders: { 'content-type': 'application/json' } })
      .post('/api/thing?x=1', { text: 'naïve' })
      .reply(200, { ok: true });
    expect(await testClient(ORIGIN).send(REQUEST, { text: 'naïve' })).toEqual({ ok: true });
  });
});

describe('a read', () => {
  test('is retried after the time that the server gives, plus a margin', async () => {
    get().reply(429, { error: 'Rate limit exceeded' }, { 'retry-after': '7' });
    get().reply(429, { error: 'Rate limit exceeded' }, { 'retry-after': '0' });
    get().reply(200, { ok: true });
    const client = testClient(ORIGIN);
    await client.read(REQUEST);
    expect(client.waits).toEqual([14_500, 7_500]);
  });

  test('gives up after 20 s if the server has never answered', async () => {
    get()
      .times(100)
      .replyWithError(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }));
    const client = testClient(ORIGIN);
    const error = await rejection(client.read(REQUEST));
    expect(error).toMatchObject({ failure: { kind: 'network', code: 'ECONNREFUSED' } });
    const waited = client.waits.reduce((sum, wait) => sum + wait, 0);
    expect(waited).toBeLessThanOrEqual(20_000);
    expect(waited).toBeGreaterThan(7_000);
    nock.cleanAll();
  });

  test('gives up after three minutes if the server has answered before', async () => {
    get().reply(200, { ok: true });
    get().times(100).reply(503, { detail: 'deploying' });
    const client = testClient(ORIGIN);
    await client.read(REQUEST);
    expect(await rejection(client.read(REQUEST))).toMatchObject({ failure: { status: 503 } });
    const waited = client.waits.reduce((sum, wait) => sum + wait, 0);
    expect(waited).toBeLessThanOrEqual(180_000);
    expect(waited).toBeGreaterThan(120_000);
    nock.cleanAll();
  });

  test.each([
    ['15 s for a minute after the last answer, then 30 s', {}, 15_000, 30_000],
    ['the given time, if that is shorter', { maxBackoffMs: 5_000 }, 5_000, 5_000],
    ['30 s, if the given time is longer', { maxBackoffMs: 600_000 }, 15_000, 30_000],
  ])('is retried after at most %s', async (_, options, firstMs, lastMs) => {
    get().reply(200, { ok: true });
    get()
      .times(100)
      .replyWithError(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }));
    const client = testClient(ORIGIN, { ...options, random: () => 1 });
    await client.read(REQUEST);
    await rejection(client.read(REQUEST));
    const sums = client.waits.map((_wait, index) => client.waits.slice(0, index).reduce((a, b) => a + b, 0));
    const early = client.waits.filter((_wait, index) => (sums[index] ?? 0) < 60_000);
    expect([Math.max(...early), Math.max(...client.waits)]).toEqual([firstMs, lastMs]);
    nock.cleanAll();
  });

  test.each([
    ['a text in place of a boolean', { ok: 'yes' }, 'ok: expected boolean, got string'],
    ['null in place of a boolean', { ok: null }, 'ok: expected boolean, got null'],
    ['nothing where something is needed', {}, 'ok: expected "ok", got nothing'],
    ['a list in place of a boolean', { ok: ['a secret'] }, 'ok: expected boolean, got array'],
    ['a text in place of an object', 'a secret', 'the whole answer: expected Object, got string'],
  ])('fails with where and what is wrong with the JSON, without its texts: %s', async (_, json, reason) => {
    get().reply(200, JSON.stringify(json));
    const error = await rejection(testClient(ORIGIN).read(REQUEST));
    expect(error).toMatchObject({ failure: { kind: 'unexpected', reason } });
  });

  test('fails without the texts of an answer that has another form', async () => {
    get().reply(200, { ok: 'a secret' });
    const shape = v.object({ ok: v.pipe(v.string(), v.regex(/^[A-Z]+$/)) });
    const error = await rejection(testClient(ORIGIN).read({ ...REQUEST, shape }));
    expect(error).toHaveProperty('failure.reason', 'ok: expected /^[A-Z]+$/, got string');
  });
});

describe('after a failed connection the server', () => {
  const mayHaveActed = async (message: string, code: string): Promise<boolean> => {
    const cause = Object.assign(new Error(message), code !== '' && { code });
    const fetch = async (): Promise<Response> => Promise.reject(new TypeError('fetch failed', { cause }));
    const error = await failureOf(testClient(ORIGIN, { fetch }).sendOnce(REQUEST, {}));
    expect(error.problem.advice.includes('has not succeeded anyway')).toBe(error.mayHaveActed);
    return error.mayHaveActed;
  };

  test.each([
    ['bad port', ''],
    ['getaddrinfo EAI_AGAIN openhands.test', 'EAI_AGAIN'],
    ['connect ETIMEDOUT 192.0.2.1:443', 'ETIMEDOUT'],
    ['connect ECONNRESET 192.0.2.1:443', 'ECONNRESET'],
    [
      'Connect Timeout Error (attempted address: openhands.test:443, timeout: 10000ms)',
      'UND_ERR_CONNECT_TIMEOUT',
    ],
    ['self-signed certificate', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['certificate has expired', 'CERT_HAS_EXPIRED'],
    ['unable to verify the first certificate', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
    ["Hostname/IP does not match certificate's altnames", 'ERR_TLS_CERT_ALTNAME_INVALID'],
    [
      'error:0A00010B:SSL routines:tls_validate_record_header:wrong version number',
      'ERR_SSL_WRONG_VERSION_NUMBER',
    ],
    ['Client network socket disconnected before secure TLS connection was established', 'ECONNRESET'],
    ['Proxy response (403) !== 200 when HTTP Tunneling', 'UND_ERR_ABORTED'],
    ['Proxy response (407) !== 200 when HTTP Tunneling', 'UND_ERR_ABORTED'],
  ])('cannot have acted: %s', async (message, code) => {
    expect(await mayHaveActed(message, code)).toBe(false);
  });

  test.each([
    ['other side closed', 'UND_ERR_SOCKET'],
    ['read ECONNRESET', 'ECONNRESET'],
    ['read ETIMEDOUT', 'ETIMEDOUT'],
    ['write EPIPE', 'EPIPE'],
    ['Headers Timeout Error', 'UND_ERR_HEADERS_TIMEOUT'],
    ['Response does not match the HTTP/1.1 protocol', ''],
    ['an unknown message', ''],
  ])('may have acted: %s', async (message, code) => {
    expect(await mayHaveActed(message, code)).toBe(true);
  });
});

test('a proxy that asks for a login before it connects by https is named so, at once', async () => {
  const cause = Object.assign(new Error('Proxy response (407) !== 200 when HTTP Tunneling'), {
    code: 'UND_ERR_ABORTED',
  });
  const fetch = async (): Promise<Response> => Promise.reject(new TypeError('fetch failed', { cause }));
  const client = testClient(ORIGIN, { fetch });
  expect((await problemIn(client.read(REQUEST))).because).toBe('a proxy asks for a login (HTTP 407)');
  expect(client.waits).toEqual([]);
});

test('a text of a server that the system quotes, such as the names of its certificate, is shortened and shows no secret', async () => {
  const cause = new Error(`Hostname is not among ${`DNS:${KEY}.test, `.repeat(10_000)}`);
  const fetch = async (): Promise<Response> => Promise.reject(new TypeError('fetch failed', { cause }));
  const problem = await problemIn(testClient(ORIGIN, { fetch }).sendOnce(REQUEST, {}));
  const because = secretsWith(KEY).redact(problem.because);
  expect(because).toMatch(/^Hostname is not among DNS:\*\*\*\.test, .*…$/);
  expect(because).not.toContain('sk-oh');
  expect(because.length).toBeLessThanOrEqual(500);
});

describe('a hostile server', () => {
  test.each([
    ['a list of a million objects', `{"detail":[${'{},'.repeat(1_000_000)}{}]}`],
    ['a text of nine megabytes', JSON.stringify({ detail: 'x'.repeat(9_000_000) })],
    ['a million lists, one within the other', `{"detail":${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}}`],
  ])('cannot use up time with a refusal that is %s, and is not asked again', async (_, body) => {
    get().reply(422, body, { 'content-type': 'application/json' });
    const began = process.cpuUsage().user;
    const error = await rejection(testClient(ORIGIN).read(REQUEST));
    expect(error).toMatchObject({ failure: { kind: 'status', status: 422, detail: '' } });
    expect(process.cpuUsage().user - began).toBeLessThan(5_000_000);
  });

  test('cannot get half of a secret shown: what is left of one in a long refusal is redacted, too', async () => {
    get().reply(400, { detail: `${'x'.repeat(490)}${KEY} and more` });
    const problem = await problemIn(testClient(ORIGIN).read(REQUEST));
    const because = secretsWith(KEY).redact(problem.because);
    expect(because).not.toContain(KEY.slice(0, 5));
    expect(because.length).toBeLessThan(530);
  });

  const keysFrom = (first: number, count: number): object => ({
    ok: true,
    items: Array.from({ length: count }, (_, index) => ({
      session_api_key: `session-0123456789-${first + index}`,
    })),
  });

  test('cannot set more session keys in several answers, but may repeat keys', async () => {
    const client = testClient(ORIGIN);
    for (const first of [0, 0, 200, 300]) {
      get().reply(200, keysFrom(first, 200));
      await client.read(REQUEST);
    }
    get().reply(200, keysFrom(1_000, 1));
    expect(await rejection(client.read(REQUEST))).toMatchObject({ failure: { kind: 'unexpected' } });
    get().reply(200, keysFrom(0, 200));
    expect(await client.read(REQUEST)).toMatchObject({ ok: true });
  });
});

test('a wait that ends after the deadline fails at once', async () => {
  get().reply(429, { error: 'Rate limit exceeded' }, { 'retry-after': '600' });
  const error = await rejection(testClient(ORIGIN, { deadlineAt: 300_000 }).read(REQUEST));
  expect(error).toBeInstanceOf(Interruption);
  expect(error).toHaveProperty(
    'message',
    'HTTP 429: Rate limit exceeded; the next try would be in 601 s, after the deadline',
  );
});

test('a wait that the server asks for may be long if it ends before the deadline', async () => {
  get().reply(429, {}, { 'retry-after': '600' });
  get().reply(200, { ok: true });
  expect(await testClient(ORIGIN, { deadlineAt: 3_600_000 }).read(REQUEST)).toEqual({ ok: true });
});

describe('a refusal is shown with the text of the server', () => {
  test.each([
    [{ detail: 'Not authenticated' }, 'Not authenticated'],
    [
      { detail: [{ loc: ['body', 'run'], msg: 'Input should be a boolean', type: 'bool' }] },
      'body.run: Input should be a boolean',
    ],
    [{ detail: { message: 'Limit reached', code: 7 } }, 'Limit reached'],
    [{ error: 'NoCredentialsError' }, 'NoCredentialsError'],
    [{ status: 'error', message: 'Settings not found', msg_id: 'X' }, 'Settings not found'],
    ['"Unable to access repo octo/repo"', 'Unable to access repo octo/repo'],
    ['Internal Server Error', ''],
    [{ other: 1 }, ''],
    ['', ''],
  ])('%j', async (body, detail) => {
    get().reply(400, body);
    expect(await rejection(testClient(ORIGIN).read(REQUEST))).toMatchObject({ failure: { detail } });
  });
});

describe('a session key', () => {
  const registeredFrom = async (
    body: nock.Body,
    more: Partial<Request<unknown>> = {},
  ): Promise<readonly string[]> => {
    const client = testClient(ORIGIN);
    get().reply(200, body);
    await client.read({ ...REQUEST, shape: v.unknown(), ...more });
    return client.secrets.filter((form) => form.startsWith('session-'));
  };
  const one = { session_api_key: 'session-one-0123456789' };
  const two = { session_api_key: 'session-two-0123456789' };

  test.each([
    ['alone', one],
    ['in a list', [null, one]],
    ["on a page, V1's", { items: [one], next_page_id: null }],
    ["on a page, V0's", { results: [one], next_page_id: null }],
  ])('is registered as a secret wherever the API has one: %s', async (_, body) => {
    expect(await registeredFrom(body)).toEqual(['session-one-0123456789']);
  });

  test('is read with up to 256 characters, and an answer with a longer one is an error', async () => {
    const longest = `session-${'x'.repeat(248)}`;
    expect(await registeredFrom({ session_api_key: longest })).toEqual([longest]);
    get().reply(200, { ok: true, session_api_key: `${longest}x` });
    const { because } = await problemIn(testClient(ORIGIN).read(REQUEST));
    expect(because).toContain('session_api_key: not what a key looks like');
  });

  test('is registered from a refusal, too', async () => {
    get().reply(400, { detail: 'no', ...one });
    const client = testClient(ORIGIN);
    await rejection(client.read(REQUEST));
    expect(client.secrets).toContain('session-one-0123456789');
  });

  test('is not registered from fields whose content people or agents choose', async () => {
    const chosen = { action: { arguments: two }, tags: [two], session_api_key: { ...two } };
    expect(await registeredFrom({ items: [chosen], more: two })).toEqual([]);
    expect(await registeredFrom([[two]])).toEqual([]);
    expect(await registeredFrom({ items: [two] }, { contentBy: 'agent' })).toEqual([]);
  });
});

describe('a request that is sent once', () => {
  const post = (): nock.Interceptor => nock(ORIGIN).post('/api/thing?x=1');
  const refuse = (): void => {
    post().replyWithError(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }));
  };

  test.each([
    ['has failed', 500, {}],
    ['was deferred', 429, { 'retry-after': '900' }],
  ])('has its whole time again for an outage after one that %s', async (_, status, headers) => {
    const time = jumpingTime();
    const client = testClient(ORIGIN, time);
    const once = async (): Promise<unknown> => client.runOnce(async () => client.sendOnce(REQUEST, {}));
    refuse();
    expect(await once()).toMatchObject({ kind: 'deferred' });
    post().reply(status, {}, headers);
    await once().catch(() => undefined);
    await time.clock.sleep(900_000, new AbortController().signal);
    refuse();
    expect(await once()).toMatchObject({ kind: 'deferred' });
  });
});

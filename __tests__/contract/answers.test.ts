import { describe, expect, test } from '@jest/globals';
import nock from 'nock';
import * as v from 'valibot';

import { ApiFailure } from '../../src/conversation/api.ts';
import { type Clock, Interruption } from '../../src/conversation/clock.ts';
import { v0Api } from '../../src/openhands/v0/api.ts';
import { v1Api } from '../../src/openhands/v1/api.ts';
import { KEY, rejection, type TestClient, testClient } from '../support/client.ts';
import { simulatedClock } from '../support/clock.ts';
import { stayOffline } from '../support/offline.ts';

/** The signature with which the last record of a zip file begins. */
const ZIP_END = 'PK\u0005\u0006';
const ORIGIN = 'https://openhands.test';
const Answer = v.looseObject({ ok: v.boolean() });
const never = new AbortController().signal;
const REQUEST = { to: 'read the thing', path: '/api/thing', answer: Answer, signal: never };
const JSON_TYPE = { 'content-type': 'application/json' };

const get = (): nock.Interceptor => nock(ORIGIN).get('/api/thing');
const post = (): nock.Interceptor => nock(ORIGIN).post('/api/thing');

/** Returns the problem of a request that is not retried after this answer. */
async function problemOf(answer: nock.ReplyBody, status = 200, headers = {}): Promise<ApiFailure['problem']> {
  post().reply(status, answer, headers);
  const error = await rejection(testClient(ORIGIN).send(REQUEST, {}));
  if (!(error instanceof ApiFailure)) throw new Error('another error was expected');
  return error.problem;
}

/** A client that gets its responses from this function. */
function clientWith(respond: (init: RequestInit) => Promise<Response>): TestClient {
  return testClient(ORIGIN, { fetch: async (_, init = {}) => respond(init) });
}

/** A stream of these chunks. */
function streamOf(...pieces: readonly Uint8Array[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(piece);
      controller.close();
    },
  });
}

/** A client whose requests never get an answer. */
function unansweredClient(clock: Clock): TestClient {
  return testClient(ORIGIN, {
    clock,
    timeoutsMs: { read: 30_000, send: 60_000, download: 600_000 },
    fetch: async (_, { signal } = {}) => {
      await clock.sleep(Number.POSITIVE_INFINITY, signal ?? never);
      return new Response();
    },
  });
}

stayOffline();

describe('the error says why an answer cannot be used:', () => {
  test.each([
    ['<!doctype html><title>x</title>', {}],
    ['<!DOCTYPE html>', JSON_TYPE],
    ['\n  <html lang="en">', JSON_TYPE],
    ['<HTML>', {}],
    ['{"ok": true}', { 'content-type': 'text/html; charset=utf-8' }],
  ])('a web page: %j %j', async (body, headers) => {
    expect((await problemOf(body, 200, headers)).because).toBe(
      'the server sent a web page (HTTP 200) instead of JSON',
    );
  });

  test.each(['{"ok": tr', '', 'it is not <html>', '"a" <!doctype html>'])('not JSON: %j', async (body) => {
    expect((await problemOf(body, 200, JSON_TYPE)).because).toBe('the answer is cut off or not JSON');
  });

  test.each([
    ['{"ok": 1}', 'ok: Invalid type: Expected boolean but received 1'],
    ['[]', 'ok: Invalid key: Expected "ok" but received undefined'],
    ['7', 'the whole answer: Invalid type: Expected Object but received 7'],
  ])('JSON of an unexpected shape: %s', async (body, reason) => {
    expect((await problemOf(body, 200, JSON_TYPE)).because).toBe(
      `the answer is not what the API describes: ${reason}`,
    );
  });

  test.each([300, 304, 399])('a redirect with HTTP %d', async (status) => {
    expect((await problemOf('', status)).because).toBe(
      `HTTP ${status}: the server redirects to nowhere, and the action follows no redirects, to protect the key`,
    );
  });

  test('a redirect to an address, shown on one line', async () => {
    get().reply(307, '', { location: 'https://other.test/?key=a' });
    const error = await rejection(testClient(ORIGIN).read(REQUEST));
    expect(error).toMatchObject({ failure: { location: 'https://other.test/?key=a' } });
  });

  test('a session key that cannot be a key', async () => {
    const body = JSON.stringify({ ok: true, session_api_key: 'no key' });
    expect((await problemOf(body)).because).toBe(
      'the answer is not what the API describes: session_api_key: not what a key looks like',
    );
  });

  test.each([
    [{ detail: ['one', '', { msg: 'two' }] }, 'one; two'],
    [{ detail: [{ loc: ['body', 0, 'x', null], msg: 'wrong' }] }, 'body.0.x: wrong'],
    [{ detail: [{ loc: null, msg: 'wrong' }] }, 'wrong'],
    [{ detail: null, message: null, error: 'last' }, 'last'],
    [
      { detail: Array.from({ length: 30 }, (_, index) => `${index}`) },
      Array.from({ length: 20 }, (_, index) => index).join('; '),
    ],
  ])('a refusal: %j', async (body, words) => {
    expect((await problemOf(JSON.stringify(body), 400)).because).toBe(`HTTP 400: ${words}`);
  });

  test('a refusal that contains a session key, which is masked', async () => {
    const detail = "Client error '401' for url 'https://w.test/api?session_api_key=Key0123456789'";
    expect((await problemOf(JSON.stringify({ detail }), 400)).because).toBe(
      "HTTP 400: Client error '401' for url 'https://w.test/api?session_api_key=***'",
    );
  });

  const deep = (begin: string, end: string, times: number): string =>
    begin.repeat(times) + '"words"' + end.repeat(times);

  test.each([
    [deep('[', ']', 8), 'HTTP 400: words'],
    [deep('[', ']', 9), 'HTTP 400'],
    [deep('{"error":', '}', 8), 'HTTP 400: words'],
    [deep('[', ']', 30_000), 'HTTP 400'],
    [deep('{"error":', '}', 6_000), 'HTTP 400'],
  ])('a nested refusal: %#', async (body, because) => {
    expect((await problemOf(body, 400)).because).toBe(because);
  });

  test.each(['null', '[null]', '7', '{"detail": null}', '{"detail": 7}'])(
    'a refusal without a text: %s',
    async (body) => {
      expect((await problemOf(body, 400)).because).toBe('HTTP 400');
    },
  );
});

describe('a valid answer', () => {
  test('may have an empty session key', async () => {
    const client = testClient(ORIGIN);
    get().reply(200, { ok: true, session_api_key: '', more: { session_api_key: null } });
    expect(await client.read(REQUEST)).toMatchObject({ ok: true });
    expect(client.secrets).toEqual([]);
  });

  test('may have five hundred session keys', async () => {
    const items = Array.from({ length: 500 }, (_, index) => ({ session_api_key: `session-key-${index}` }));
    get().reply(200, { ok: true, items });
    expect(await testClient(ORIGIN).read(REQUEST)).toMatchObject({ ok: true });
  });

  test('may be 10 MiB large, and arrive in chunks that split a character', async () => {
    const empty = Buffer.byteLength('{"ok":true,"text":""}');
    const text = `ä€😀${'x'.repeat(10 * 1024 * 1024 - empty - 9)}`;
    const bytes = Buffer.from(`{"ok":true,"text":"${text}"}`);
    expect(bytes.byteLength).toBe(10 * 1024 * 1024);
    const cuts = [0, 20, 22, 26, 28, bytes.byteLength];
    const pieces = cuts.slice(1).map((cut, index) => bytes.subarray(cuts[index], cut));
    const client = clientWith(async () => Promise.resolve(new Response(streamOf(...pieces))));
    const answer = await client.read({ ...REQUEST, answer: v.looseObject({ text: v.string() }) });
    expect(answer.text === text).toBe(true);
  });

  test('may have no body if its status is an error', async () => {
    const client = clientWith(async () => Promise.resolve(new Response(null, { status: 400 })));
    expect(await rejection(client.read(REQUEST))).toMatchObject({ failure: { status: 400, detail: '' } });
  });
});

describe('a connection that breaks', () => {
  const nested = (depth: number): Error =>
    depth === 0
      ? Object.assign(new Error('the innermost'), { code: 'EINNER' })
      : new Error(`cause ${depth}`, { cause: nested(depth - 1) });

  test.each([
    [3, 'the innermost'],
    [5, 'the innermost'],
    [7, 'cause 2'],
  ])('is reported by its innermost cause, %d levels deep', async (depth, because) => {
    const client = clientWith(async () => Promise.reject(nested(depth)));
    const error = await rejection(client.send(REQUEST, {}));
    expect(error).toMatchObject({ failure: { kind: 'network', reason: because } });
  });

  test('in the middle of an answer is a network failure, too', async () => {
    const broken = new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.error(new TypeError('terminated', { cause: nested(0) }));
      },
    });
    const client = clientWith(async () => Promise.resolve(new Response(broken)));
    expect(await rejection(client.send(REQUEST, {}))).toMatchObject({
      failure: { kind: 'network', reason: 'the innermost', code: 'EINNER' },
      mayHaveActed: true,
    });
  });
});

describe('a request', () => {
  test('has the key in its headers; a read has no body, and a send has a JSON body', async () => {
    const seen: RequestInit[] = [];
    const client = clientWith(async (init) => {
      seen.push(init);
      return Promise.resolve(Response.json({ ok: true }));
    });
    await client.read(REQUEST);
    await client.send(REQUEST, { a: 1 });
    const headers = {
      accept: 'application/json',
      'user-agent': 'contract-tests',
      authorization: `Bearer ${KEY}`,
      'x-session-api-key': KEY,
    };
    expect(seen.map((init) => ({ ...init, signal: undefined }))).toEqual([
      { method: 'GET', headers, redirect: 'manual' },
      {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        redirect: 'manual',
        body: '{"a":1}',
      },
    ]);
  });

  test.each([
    // A read is retried once, after a second.
    ['read', 30_000, 61_000],
    ['send', 60_000, 60_000],
  ] as const)('times out if there is no answer: a %s after %d ms', async (kind, timeoutMs, overMs) => {
    const clock = simulatedClock();
    const client = unansweredClient(clock);
    const error = await rejection(kind === 'send' ? client.send(REQUEST, {}) : client.read(REQUEST));
    expect(error).toMatchObject({
      failure: { kind: 'time-out', timeoutMs },
      problem: { because: expect.stringContaining(`no complete answer within ${timeoutMs / 1000} s`) },
      mayHaveActed: kind === 'send',
    });
    expect(clock.now()).toBe(overMs);
  });

  test('passes on an error in our own code', async () => {
    const mistake = new TypeError('a mistake');
    get().reply(200, { ok: true });
    const answer = v.pipe(
      Answer,
      v.transform(() => {
        throw mistake;
      }),
    );
    expect(await rejection(testClient(ORIGIN).read({ ...REQUEST, answer }))).toBe(mistake);
  });

  test('fails as unexpected if the answer is nested too deep to parse', async () => {
    get().reply(200, `{"ok":${'['.repeat(100_000)}${']'.repeat(100_000)}}`);
    const answer = v.pipe(
      v.unknown(),
      v.transform((value) => JSON.stringify(value)),
    );
    expect(await rejection(testClient(ORIGIN).read({ ...REQUEST, answer }))).toMatchObject({
      failure: { kind: 'unexpected', reason: 'it is nested too deep, or too long' },
    });
  });

  test.each(['send', 'sendOnce'] as const)(
    'that gets 429 is retried by send and fails with sendOnce: %s',
    async (how) => {
      post().reply(429, { detail: 'later' }, { 'retry-after': '3' });
      if (how === 'send') post().reply(200, { ok: true });
      const client = testClient(ORIGIN);
      const sent = client[how](REQUEST, {});
      if (how === 'send') expect(await sent).toEqual({ ok: true });
      else expect(await rejection(sent)).toMatchObject({ failure: { status: 429 } });
      expect(client.waits).toEqual(how === 'send' ? [4_500] : []);
    },
  );
});

describe('the probe for an API', () => {
  test('takes a web page as the answer that there is no such API', async () => {
    get().reply(200, '<html>');
    expect(await rejection(testClient(ORIGIN).read({ ...REQUEST, isProbe: true }))).toMatchObject({
      failure: { kind: 'page' },
    });
  });

  test('is retried if the server has trouble', async () => {
    get().reply(502, '');
    get().reply(200, { ok: true });
    expect(await testClient(ORIGIN).read({ ...REQUEST, isProbe: true })).toEqual({ ok: true });
  });

  test('is not retried if it is refused', async () => {
    get().reply(401, {});
    expect(await rejection(testClient(ORIGIN).read({ ...REQUEST, isProbe: true }))).toMatchObject({
      failure: { status: 401 },
    });
  });
});

describe('the wait before a retry', () => {
  const waits = async (failures: number, random: number, deadlineAt = Number.POSITIVE_INFINITY) => {
    get().reply(200, { ok: true });
    const client = testClient(ORIGIN, { random: () => random, deadlineAt });
    await client.read(REQUEST);
    get().times(failures).reply(503, '');
    get().reply(200, { ok: true });
    await client.read(REQUEST);
    return client.waits;
  };

  test('is random, below a limit that doubles each time up to a minute', async () => {
    expect(await waits(7, 0.25)).toEqual([500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
    expect(await waits(3, 0)).toEqual([0, 0, 0]);
  });

  test('may reach beyond the deadline if it is a backoff: the deadline interrupts it', async () => {
    expect(await waits(2, 0.5, 1_500)).toEqual([1_000, 2_000]);
  });

  test.each([
    [6_000, false],
    [5_999, true],
  ])(
    'for the time that the server asks for is skipped if it ends after the deadline: %d',
    async (deadlineAt, late) => {
      get().reply(429, {}, { 'retry-after': '5' });
      if (!late) get().reply(200, { ok: true });
      const read = testClient(ORIGIN, { random: () => 0, deadlineAt }).read(REQUEST);
      if (!late) expect(await read).toEqual({ ok: true });
      else expect(await rejection(read)).toMatchObject({ kind: 'deadline', name: 'Interruption' });
    },
  );

  test('ends at once if the step is interrupted', async () => {
    const controller = new AbortController();
    const reason = new Interruption('cancel');
    get().reply(503, '');
    const client = testClient(ORIGIN, {
      onRetry: () => {
        controller.abort(reason);
      },
    });
    expect(await rejection(client.read({ ...REQUEST, signal: controller.signal }))).toBe(reason);
  });
});

describe('a trajectory', () => {
  const V1 = '/api/v1/app-conversations/abc/download';
  const V0 = '/api/conversations/abc/trajectory';
  const collect = async (pieces: AsyncIterable<Uint8Array>): Promise<string> => {
    const all: Uint8Array[] = [];
    for await (const piece of pieces) all.push(piece);
    return Buffer.concat(all).toString();
  };

  /** Downloads a trajectory. Returns the content of each try, `undefined` for one that broke off. */
  async function download(
    version: 'v1' | 'v0',
    client = testClient(ORIGIN),
  ): Promise<readonly (string | undefined)[]> {
    const tries: (string | undefined)[] = [];
    const api = version === 'v1' ? v1Api(client) : v0Api(client);
    await api.trajectory(
      'abc',
      async (pieces) => {
        const at = tries.push(undefined) - 1;
        tries[at] = await collect(pieces);
      },
      never,
    );
    return tries;
  }

  test.each([
    ['v1', V1, `PK and the rest of a zip${ZIP_END}`],
    ['v0', V0, '{"trajectory": []}'],
  ] as const)('of %s is saved unchanged', async (version, path, file) => {
    nock(ORIGIN, { reqheaders: { authorization: `Bearer ${KEY}` } })
      .get(path)
      .reply(200, file);
    expect(await download(version)).toEqual([file]);
  });

  test.each([
    ['v1', V1, 'PK'],
    ['v0', V0, '{'],
  ] as const)(
    'of %s is refused if it does not begin as its file type does',
    async (version, path, begins) => {
      for (const other of ['<!doctype html>', '', 'P', 'Pk'].filter((file) => !file.startsWith(begins))) {
        nock(ORIGIN).get(path).reply(200, other);
        const error = await rejection(download(version));
        if (!(error instanceof ApiFailure)) throw new Error('another error was expected');
        expect(error.problem).toMatchObject({
          failedTo: 'download the trajectory',
          because: `the file does not begin with ${begins}, as it should`,
          todo: 'check that base-url is an OpenHands server, and that this action is new enough for it',
        });
      }
    },
  );

  test.each([
    ['v1', V1, `PK${ZIP_END}${'a comment '.repeat(100)}`],
    ['v0', V0, '{"trajectory": []}\r\n  '],
  ] as const)('of %s may have bytes after its end', async (version, path, file) => {
    nock(ORIGIN).get(path).reply(200, file);
    expect(await download(version)).toEqual([file]);
  });

  test.each([
    ['v1', V1, 'PK and no end'],
    ['v0', V0, '{"trajectory": ['],
  ] as const)('of %s that is cut off is downloaded again', async (version, path, file) => {
    nock(ORIGIN).get(path).times(100).reply(200, file);
    const error = await rejection(download(version));
    nock.cleanAll();
    expect(error).toMatchObject({
      failure: { kind: 'cut-off' },
      problem: {
        because: 'the file is cut off (tried for 151 s)',
        todo: 'check the server at base-url, and run the step again later',
      },
      mayHaveActed: false,
    });
  });

  test('may arrive byte by byte', async () => {
    const client = clientWith(async () =>
      Promise.resolve(
        new Response(streamOf(...['P', '', 'K', `zip${ZIP_END}`].map((piece) => Buffer.from(piece)))),
      ),
    );
    expect(await download('v1', client)).toEqual([`PKzip${ZIP_END}`]);
  });

  test('is downloaded again after a broken connection or a 502', async () => {
    const answers = [
      new Response('', { status: 502 }),
      new Response(
        new ReadableStream({
          start(controller) {
            controller.enqueue(Buffer.from('PK and'));
          },
          pull(controller) {
            controller.error(new TypeError('terminated'));
          },
        }),
      ),
      new Response(`PK and more${ZIP_END}`),
    ];
    const client = clientWith(async () =>
      Promise.resolve(answers.shift() ?? new Response('', { status: 400 })),
    );
    expect(await download('v1', client)).toEqual([undefined, `PK and more${ZIP_END}`]);
    expect(client.waits).toHaveLength(2);
  });

  test.each([
    [404, 'HTTP 404: not there'],
    [
      302,
      'HTTP 302: the server redirects to nowhere, and the action follows no redirects, to protect the key',
    ],
  ])('that is refused with HTTP %d fails with the reason', async (status, because) => {
    nock(ORIGIN).get(V1).reply(status, { detail: 'not there' });
    expect(await rejection(download('v1'))).toMatchObject({ problem: { because }, mayHaveActed: false });
  });

  test('that cannot be saved fails with the error of the disk', async () => {
    nock(ORIGIN).get(V1).reply(200, 'PK and more');
    const full = new Error('the disk is full');
    const saved = v1Api(testClient(ORIGIN)).trajectory('abc', async () => Promise.reject(full), never);
    expect(await rejection(saved)).toBe(full);
  });

  test('has a timeout of ten minutes for each of two tries', async () => {
    const clock = simulatedClock();
    const client = unansweredClient(clock);
    expect(await rejection(download('v1', client))).toMatchObject({
      failure: { kind: 'time-out', timeoutMs: 600_000 },
    });
    expect(clock.now()).toBe(600_000 + 1_000 + 600_000);
  });
});

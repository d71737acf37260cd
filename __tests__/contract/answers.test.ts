import { describe, expect, test } from '@jest/globals';
import * as v from 'valibot';

import { v0Api } from '../../src/openhands/v0/api.ts';
import { v1Api } from '../../src/openhands/v1/api.ts';
import type { ApiFailure } from '../../src/port/api.ts';
import { simulatedClock } from '../../testbed/clock.ts';
import { problemIn, rejection, testClient } from '../support/client.ts';
import { nock } from '../support/offline.ts';

/** The signature with which the last record of a zip file begins. */
const ZIP_END = 'PK\u0005\u0006';
const ORIGIN = 'https://openhands.test';
const Answer = v.looseObject({ ok: v.boolean() });
const never = new AbortController().signal;
const REQUEST = { goal: 'read the thing', path: '/api/thing', shape: Answer };
const JSON_TYPE = { 'content-type': 'application/json' };

const get = (): nock.Interceptor => nock(ORIGIN).get('/api/thing');
const post = (): nock.Interceptor => nock(ORIGIN).post('/api/thing');

/** Returns the problem of a request that is not retried after this answer. */
async function problemOf(answer: nock.ReplyBody, status = 200, headers = {}): Promise<ApiFailure['problem']> {
  post().reply(status, answer, headers);
  return problemIn(testClient(ORIGIN).send(REQUEST, {}));
}

describe('the error says why an answer cannot be used:', () => {
  test.each([
    ['<!doctype html><title>x</title>', {}],
    ['<!DOCTYPE html>', JSON_TYPE],
    ['\n  <HTML lang="en">', JSON_TYPE],
    ['{"ok": true}', { 'content-type': 'text/html; charset=utf-8' }],
  ])('a web page: %j %j', async (body, headers) => {
    expect((await problemOf(body, 200, headers)).because).toBe(
      'a proxy asks for a login, or this is another server: a web page (HTTP 200) came instead of JSON',
    );
  });

  test.each(['{"ok": tr', '', 'it is not <html>', '"a" <!doctype html>'])('not JSON: %j', async (body) => {
    expect((await problemOf(body, 200, JSON_TYPE)).because).toBe('the answer is cut off, or not JSON');
  });

  test('a redirect that names no address', async () => {
    expect((await problemOf('', 304)).because).toBe(
      'HTTP 304: the server redirects to nowhere; the action follows no redirects, to protect the key',
    );
  });

  test('a refusal that contains a session key, which is masked', async () => {
    const detail = "Client error '401' for url 'https://w.test/api?session_api_key=Key0123456789'";
    expect((await problemOf(JSON.stringify({ detail }), 400)).because).toBe(
      "HTTP 400: Client error '401' for url 'https://w.test/api?session_api_key=***'",
    );
  });
});

describe('a valid answer', () => {
  test('may have an empty session key', async () => {
    const client = testClient(ORIGIN);
    get().reply(200, { ok: true, session_api_key: '', more: { session_api_key: null } });
    expect(await client.read(REQUEST)).toMatchObject({ ok: true });
    expect(client.secrets).toEqual([]);
  });
});

describe('a request', () => {
  test.each([
    // A read is retried once, after a second.
    ['read', 30_000, 61_000],
    ['send', 60_000, 60_000],
  ] as const)('times out if there is no answer: a %s after %d ms', async (kind, timeoutMs, overMs) => {
    const clock = simulatedClock();
    const client = testClient(ORIGIN, {
      clock,
      timeoutMs: undefined,
      fetch: async (_, { signal } = {}) => {
        await clock.sleep(Number.POSITIVE_INFINITY, signal ?? never);
        return new Response();
      },
    });
    const error = await rejection(kind === 'send' ? client.send(REQUEST, {}) : client.read(REQUEST));
    expect(error).toMatchObject({
      failure: { kind: 'time-out', timeoutMs },
      problem: { because: expect.stringContaining(`no complete answer within ${timeoutMs / 1000} s`) },
      mayHaveActed: kind === 'send',
    });
    expect(clock.now()).toBe(overMs);
  });
});

describe('a trajectory', () => {
  const V1 = '/api/v1/app-conversations/abc/download';
  const V0 = '/api/conversations/abc/trajectory';

  /** Downloads a trajectory. */
  async function download(version: 'v1' | 'v0'): Promise<string> {
    const client = testClient(ORIGIN);
    const api = version === 'v1' ? v1Api(client) : v0Api(client);
    let saved = '';
    await api.downloadTrajectory(
      'abc',
      async (pieces) => {
        for await (const piece of pieces) saved += Buffer.from(piece).toString();
      },
      never,
    );
    return saved;
  }

  test.each([
    ['v1', V1, 'PK'],
    ['v0', V0, '{'],
  ] as const)(
    'of %s is refused if it does not begin as its file type does',
    async (version, path, begins) => {
      for (const other of ['<!doctype html>', '', 'P', 'Pk'].filter((file) => !file.startsWith(begins))) {
        nock(ORIGIN).get(path).reply(200, other);
        expect(await problemIn(download(version))).toMatchObject({
          failedTo: 'download the trajectory',
          because: `the file should begin with ${begins}, but does not`,
          advice: 'check that base-url is an OpenHands server, and that this action is new enough for it',
        });
      }
    },
  );

  test.each([
    ['v1', V1, `PK${ZIP_END}${'a comment '.repeat(100)}`],
    ['v0', V0, '{"trajectory": []}\r\n  '],
  ] as const)('of %s may have bytes after its end', async (version, path, file) => {
    nock(ORIGIN).get(path).reply(200, file);
    expect(await download(version)).toBe(file);
  });

  test('that cannot be saved fails with the error of the disk', async () => {
    nock(ORIGIN).get(V1).reply(200, 'PK and more');
    const full = new Error('the disk is full');
    const saved = v1Api(testClient(ORIGIN)).downloadTrajectory(
      'abc',
      async () => Promise.reject(full),
      never,
    );
    expect(await rejection(saved)).toBe(full);
  });
});

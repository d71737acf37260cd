import { describe, expect, test } from '@jest/globals';

import { type FailedRequest, RequestFailed } from '../../src/http/failure.ts';
import type { Limit } from '../../src/http/limits.ts';
import { type RequestFailure } from '../../src/http/request-failure.ts';
import { openHandsApi } from '../../src/openhands/client.ts';
import type { FailureKind } from '../../src/port/problem.ts';

const LOOK = 'make sure at https://openhands.test that the request has not succeeded anyway';
const TRY_LATER = 'check the server at base-url';
const OTHER_SERVER = 'check that base-url is an OpenHands server, and that this action is new enough for it';
const AUTH =
  'save a valid key of the server (in OpenHands: Settings → API Keys) as the secret that the workflow passes as api-key, such as OPENHANDS_API_KEY';
const REACH = 'check base-url, and that the server runs and can be reached from this runner';

const status = (
  code: number,
  more: { detail?: string; retryAfterMs?: number; limit?: Limit } = {},
): RequestFailure => ({
  kind: 'status',
  status: code,
  detail: '',
  ...more,
});
const network = (code: string): RequestFailure => ({
  kind: 'network',
  reason: `it says ${code || 'nothing'}`,
  code,
});

/** Returns the failure of a request to an app server. */
const failed = (
  request: FailedRequest,
  failure: RequestFailure,
  baseUrl = 'https://openhands.test',
): RequestFailed => new RequestFailed(request, failure, { baseUrl, api: openHandsApi(() => undefined) });

const READ = { goal: 'read the thing', kind: 'read' } as const;
const START = { goal: 'start', kind: 'send' } as const;

describe('the problem of a failed request', () => {
  test.each<[RequestFailure, string, string]>([
    [{ kind: 'time-out', timeoutMs: 30_000 }, 'no complete answer within 30 s', TRY_LATER],
    [
      { kind: 'redirect', status: 302, location: 'https://here.test/' },
      'HTTP 302: the server redirects to https://here.test/; the action follows no redirects, to protect the key',
      'write base-url as the server does, which redirects to the same host',
    ],
    [
      { kind: 'login', status: 302, location: 'https://other.test/' },
      'a proxy asks for a login (HTTP 302, and redirects to https://other.test/)',
      'exempt the API from that login, and check that base-url is not the address of a page',
    ],
    [
      { kind: 'login', status: 407 },
      'a proxy asks for a login (HTTP 407)',
      'exempt the API from that login, and check that base-url is not the address of a page',
    ],
    [
      { kind: 'page', status: 200 },
      'a proxy asks for a login, or this is another server: a web page (HTTP 200) came instead of JSON',
      'exempt the API from that login, and check that base-url is not the address of a page',
    ],
    [{ kind: 'not-json' }, 'the answer is cut off, or not JSON', OTHER_SERVER],
    [
      { kind: 'unexpected', reason: 'id: a UUID was expected' },
      'the answer is not what the API describes: id: a UUID was expected',
      OTHER_SERVER,
    ],
    [{ kind: 'too-large', limitBytes: 10 * 1024 * 1024 }, 'the answer is larger than 10 MiB', OTHER_SERVER],
    [status(500, { detail: 'out of disk' }), 'HTTP 500: out of disk', 'wait until the server works again'],
    [status(401), 'HTTP 401', AUTH],
    [status(402), 'HTTP 402', 'add credit to the account at the server'],
    [status(403), 'HTTP 403', AUTH],
    [
      status(404),
      'HTTP 404',
      'check base-url, which is without the path of a page, and api-version (the server does not support this request)',
    ],
    [status(400), 'HTTP 400', 'check the inputs of the step, such as repository and branch'],
    [status(429, { limit: 'rate-limit' }), 'HTTP 429', 'wait a while (the account made too many requests)'],
    [status(429, { limit: 'concurrency-limit' }), 'HTTP 429', 'pause or end conversations of the account'],
    [
      status(429, { limit: 'daily-limit', detail: 'limit 5' }),
      'HTTP 429: limit 5',
      'wait until the limit is reset (at midnight UTC, if the server names no other time), or have it raised',
    ],
    ...['CERT_HAS_EXPIRED', 'ERR_TLS_CERT_ALTNAME_INVALID'].map((code): [RequestFailure, string, string] => [
      network(code),
      `it says ${code}`,
      "check the server's certificate; for your own certificate authority, set NODE_EXTRA_CA_CERTS",
    ]),
    [
      network('ERR_SSL_WRONG_VERSION_NUMBER'),
      'it says ERR_SSL_WRONG_VERSION_NUMBER',
      'check base-url (the server does not speak https)',
    ],
    // A host that is not found may be a wrong name, or one that only the proxy knows.
    ...['ECONNREFUSED', 'ENOTFOUND'].map((code): [RequestFailure, string, string] => [
      network(code),
      `it says ${code}`,
      `${REACH} (to use a proxy, set HTTPS_PROXY)`,
    ]),
  ])('says why it failed and what to do: %j', (failure, because, advice) => {
    const error = failed(READ, failure);
    expect(error.problem).toMatchObject({ failedTo: 'read the thing', because, advice });
    expect(error.message).toBe(because);
  });

  test.each<[FailureKind, readonly RequestFailure[]]>([
    ['input', [status(400), status(422), { kind: 'redirect', status: 302, location: 'https://other.test/' }]],
    ['auth', [status(401), status(403)]],
    ['quota', [status(402)]],
    ['not-found', [status(404), status(405), status(410)]],
    ['rate-limit', [status(429)]],
    ['network', [{ kind: 'time-out', timeoutMs: 1 }, { kind: 'cut-off' }, network('ENOTFOUND'), network('')]],
    [
      'server',
      [
        status(408),
        status(418),
        status(500),
        status(503),
        { kind: 'page', status: 200 },
        { kind: 'login', status: 407 },
      ],
    ],
    [
      'server',
      [{ kind: 'not-json' }, { kind: 'unexpected', reason: '' }, { kind: 'too-large', limitBytes: 1 }],
    ],
  ])('has the kind %s', (kind, failures) => {
    const kinds = failures.map((failure) => failed(START, failure).problem.kind);
    expect(new Set(kinds)).toEqual(new Set([kind]));
  });

  test('mentions a proxy only if one can be in between', () => {
    const error = failed(READ, network('ECONNREFUSED'), 'http://127.0.0.1:3000');
    expect(error.problem.advice).toBe(REACH);
  });
});

describe('the effect of a failed request', () => {
  const UNSURE: readonly RequestFailure[] = [
    { kind: 'time-out', timeoutMs: 60_000 },
    { kind: 'not-json' },
    { kind: 'unexpected', reason: 'x' },
    { kind: 'too-large', limitBytes: 1024 },
    { kind: 'other-file', begins: 'PK' },
    status(500),
    status(503, { retryAfterMs: 1_000 }),
    network('ECONNRESET'),
  ];
  const SURE: readonly RequestFailure[] = [
    { kind: 'redirect', status: 307, location: '/' },
    { kind: 'page', status: 200 },
    status(400),
    status(429, { retryAfterMs: 1_000 }),
    status(499),
    ...['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH'].map(network),
  ];

  test.each(UNSURE)('is uncertain after %j, so the advice is to check, and nothing else', (failure) => {
    const once = failed(START, failure);
    expect(once.mayHaveActed).toBe(true);
    expect(once.problem.advice).toBe(LOOK);
    expect(failed(READ, failure).mayHaveActed).toBe(false);
  });

  test.each(SURE)('is excluded after %j', (failure) => {
    const once = failed(START, failure);
    expect(once.mayHaveActed).toBe(false);
    expect(once.problem.advice).not.toContain('succeeded anyway');
  });
});

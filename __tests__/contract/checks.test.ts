import { afterEach, describe, expect, test } from '@jest/globals';

import { type GithubApi, type GithubApiOptions, startGithubApi } from '../../simulator/github-api.ts';
import type { ChecksReader } from '../../src/checks/head.ts';
import { checksReader } from '../../src/checks/reader.ts';
import { missingRights } from '../../src/checks/rights.ts';
import { ApiFailure } from '../../src/conversation/api.ts';
import { clientOf, REPOSITORY } from '../support/github.ts';
import { jumpingTime } from '../support/world.ts';

const never = new AbortController().signal;
const SOUGHT = { named: [12], answered: [], since: 0 };
/** A check that has ended before the test. */
const ENDED = { from: -10, to: -5 };

let api: GithubApi;
afterEach(async () => {
  await api.close();
});

async function open(options: GithubApiOptions = {}): Promise<ChecksReader> {
  api = await startGithubApi(options);
  return readerOf(clientOf(api));
}

function readerOf(github: ReturnType<typeof clientOf>): ChecksReader {
  return checksReader({
    github,
    repository: REPOSITORY,
    ownRun: '77',
    gitHubUrl: 'https://github.com',
    redact: (text) => text.replaceAll('hunter2', '***'),
  });
}

describe('a look at the checks of a pull request', () => {
  test('reads check runs and statuses of the newest commit, without those of the own run', async () => {
    const reader = await open();
    api.push({ number: 12 }, { checks: [{ name: 'old', ...ENDED, conclusion: 'failure' }] });
    const commit = api.push(
      { number: 12 },
      {
        checks: [
          { name: 'test', ...ENDED, run: 501 },
          { name: 'own', from: -10, to: Infinity, run: 77 },
          { name: 'scan hunter2\n::error::', ...ENDED, kind: 'app', conclusion: 'timed_out' },
          { name: 'deploy', from: -10, to: Infinity, kind: 'status' },
        ],
      },
    );
    const look = await reader.look(SOUGHT, never);
    expect(look).toMatchObject({
      kind: 'checks',
      leftOut: [],
      heads: [
        {
          pullRequest: 12,
          url: 'https://github.com/octo-org/octo-repo/pull/12',
          commit,
          checks: [
            { name: 'test', state: 'green', conclusion: 'success', job: 902 },
            { name: 'scan *** ::error::', state: 'red', conclusion: 'timed_out' },
            { name: 'deploy', state: 'running', conclusion: 'pending' },
          ],
        },
      ],
    });
  });

  test('keeps both of two jobs that have the same name in two workflows', async () => {
    const reader = await open();
    const checks = [
      { name: 'test', ...ENDED, conclusion: 'failure', run: 501 },
      { name: 'test', ...ENDED, run: 502 },
    ];
    api.push({ number: 12 }, { checks });
    expect(await reader.look(SOUGHT, never)).toMatchObject({
      heads: [{ checks: [{ state: 'red' }, { state: 'green' }] }],
    });
  });

  test('reads more than one page of checks', async () => {
    const reader = await open();
    api.push(
      { number: 12 },
      { checks: Array.from({ length: 230 }, (_, index) => ({ name: `check-${index}`, ...ENDED })) },
    );
    const look = await reader.look(SOUGHT, never);
    expect('heads' in look && look.heads[0]?.checks).toHaveLength(230);
  });

  test('fails if a commit has more checks than it reads: an unread one may be red', async () => {
    const reader = await open();
    const checks = Array.from({ length: 501 }, (_, index) => ({ name: `check-${index}`, ...ENDED }));
    api.push({ number: 12 }, { checks });
    await expect(reader.look(SOUGHT, never)).rejects.toMatchObject({
      problem: { failedTo: 'read the checks of a commit', because: 'only 500 of its 501 could be read' },
    });
  });

  test.each([
    ['another host', 'https://ci.example.com/octo-org/octo-repo/actions/runs/77/job/5'],
    ['another repository', 'https://github.com/mallory/fork/actions/runs/77/job/5'],
    ['another job', 'https://github.com/octo-org/octo-repo/actions/runs/77/job/999'],
  ])('does not take a check for a job of Actions if its URL is of %s', async (_of, details_url) => {
    const reader = await open();
    api.push({ number: 12 }, { checks: [] });
    const app = { id: 15368, slug: 'github-actions' };
    const run = { id: 5, name: 'test', status: 'completed', conclusion: 'failure', details_url, app };
    const body = JSON.stringify({ total_count: 1, check_runs: [run] });
    api.order({ path: '*/check-runs', answer: { kind: 'status', status: 200, body } });
    const look = await reader.look(SOUGHT, never);
    const red = { name: 'test', state: 'red', conclusion: 'failure', url: details_url };
    expect('heads' in look && look.heads[0]?.checks).toEqual([red]);
  });

  test('uses none of the rate limit if nothing has changed', async () => {
    const reader = await open();
    api.push({ number: 12 }, { checks: [{ name: 'test', ...ENDED }] });
    const first = await reader.look(SOUGHT, never);
    const before = api.requests.length;
    expect(await reader.look(SOUGHT, never)).toEqual(first);
    expect(api.requests.slice(before).map(({ status }) => status)).toEqual([304, 304, 304]);
  });

  test('is deferred by a rate limit for as long as GitHub says, or for a minute', async () => {
    const reader = await open();
    api.push({ number: 12 }, { checks: [] });
    const limit = (headers: Readonly<Record<string, string>>, times = 1): void => {
      const body = '{"message":"You have exceeded a secondary rate limit"}';
      api.order({ path: '*/check-runs', times, answer: { kind: 'status', status: 403, headers, body } });
    };
    limit({ 'retry-after': '90' });
    expect(await reader.look(SOUGHT, never)).toMatchObject({ kind: 'deferred', waitMs: 90_000 });
    // The client waits out one minute itself.
    limit({}, 2);
    expect(await reader.look(SOUGHT, never)).toMatchObject({ kind: 'deferred', waitMs: 60_000 });
  });

  test.each([
    [403, 'auth'],
    [404, 'not-found'],
    [410, 'github'],
  ] as const)('fails with HTTP %i', async (status, kind) => {
    const reader = await open();
    api.push({ number: 12 }, { checks: [] });
    api.order({ path: '*/status', answer: { kind: 'status', status, body: '{"message":"no"}' } });
    await expect(reader.look(SOUGHT, never)).rejects.toMatchObject({
      problem: { kind, because: `HTTP ${status}: no` },
    });
  });

  test.each([
    [249, 'is left out', []],
    [250, 'counts if named', [{ pullRequest: 12 }]],
  ] as const)('with an older pull request of %i old commits: it %s', async (count, _does, heads) => {
    const reader = await open();
    for (let pushed = 0; pushed < count; pushed += 1) api.push({ number: 12 }, { checks: [] });
    const look = await reader.look({ ...SOUGHT, since: Date.now() + 60_000 }, never);
    expect(look).toMatchObject({ heads });
  });

  test('leaves out a pull request that the answer names and GitHub does not know', async () => {
    const reader = await open({ pullRequests: {} });
    expect(await reader.look({ ...SOUGHT, named: [], answered: [404] }, never)).toEqual({
      kind: 'checks',
      heads: [],
      leftOut: [{ kind: 'left-out', pullRequest: 404, because: 'GitHub does not know it' }],
    });
  });
});

describe('the end of the log of a job', () => {
  test('is read from the address that GitHub redirects to, without the token, and redacted', async () => {
    const reader = await open();
    api.push({ number: 12 }, { checks: [{ name: 'test', ...ENDED, log: 'the key is hunter2\n' }] });
    expect(await reader.logEnd(901, never)).toBe('the key is ***\n');
    expect(api.requests.map(({ path }) => path)).toEqual([
      `/repos/${REPOSITORY}/actions/jobs/901/logs`,
      '/_logs/901',
    ]);
  });

  test('is at most 64 KiB of whole lines', async () => {
    const reader = await open();
    const lines = Array.from({ length: 3_000 }, (_, index) => `line ${index} ${'é'.repeat(20)}`);
    api.push({ number: 12 }, { checks: [{ name: 'test', ...ENDED, log: `${lines.join('\n')}\n` }] });
    const end = await reader.logEnd(901, never);
    expect(Buffer.byteLength(end)).toBeLessThanOrEqual(64 * 1024);
    expect(Buffer.byteLength(end)).toBeGreaterThan(63 * 1024);
    expect(
      end
        .split('\n')
        .slice(0, -1)
        .every((line) => lines.includes(line)),
    ).toBe(true);
    expect(end.endsWith(`${lines.at(-1)}\n`)).toBe(true);
  });

  test.each(['http://logs.example.com/1', 'ftp://logs.example.com/1', 'file:///etc/passwd', 'nonsense', ''])(
    'is not read from %j',
    async (location) => {
      const reader = await open();
      api.order({ path: '*/logs', answer: { kind: 'status', status: 302, headers: { location }, body: '' } });
      await expect(reader.logEnd(901, never)).rejects.toThrow('GitHub redirects to an address without https');
      expect(api.requests).toHaveLength(1);
    },
  );

  test('is not read if there is a second redirect', async () => {
    const reader = await open();
    api.push({ number: 12 }, { checks: [{ name: 'test', ...ENDED, log: 'secret place' }] });
    api.order({ path: '/_logs/*', answer: { kind: 'redirect', to: `${api.url}/_logs/901` } });
    await expect(reader.logEnd(901, never)).rejects.toBeInstanceOf(ApiFailure);
    expect(api.requests).toHaveLength(2);
  });

  test('is given up after 20 s', async () => {
    api = await startGithubApi();
    const { clock, fetch: send } = jumpingTime((_method, target) =>
      target.startsWith('/_logs') ? { answer: { kind: 'hang' } } : undefined,
    );
    api.push({ number: 12 }, { checks: [{ name: 'test', ...ENDED, log: 'late' }] });
    await expect(readerOf(clientOf(api, { clock, send })).logEnd(901, never)).rejects.toThrow(
      'no complete answer within 20 s',
    );
    expect(clock.now()).toBe(20_000);
  });
});

describe('the permissions of a token', () => {
  const asked = { repository: REPOSITORY, isOther: false, withLogs: true };

  test('are not tried out in a public repository', async () => {
    await open({ denied: ['checks'] });
    expect(await missingRights(clientOf(api), asked, never)).toEqual({ kind: 'rights', missing: [] });
    expect(api.requests).toHaveLength(1);
  });

  test('are tried out with one read each in a private repository, and in another one', async () => {
    await open({ isPrivate: true, denied: ['checks', 'actions'] });
    expect(await missingRights(clientOf(api), asked, never)).toEqual({
      kind: 'rights',
      missing: ['checks: read', 'actions: read'],
    });
    expect(api.requests).toHaveLength(5);
    const without = await missingRights(clientOf(api), { ...asked, withLogs: false }, never);
    expect(without).toEqual({ kind: 'rights', missing: ['checks: read'] });
    await api.close();
    await open({ denied: ['statuses'] });
    expect(await missingRights(clientOf(api), { ...asked, isOther: true }, never)).toEqual({
      kind: 'rights',
      missing: ['statuses: read'],
    });
  });

  test('do not count as missing if GitHub fails', async () => {
    await open({ isPrivate: true });
    api.order({ path: '*', answer: { kind: 'status', status: 502 }, times: Infinity });
    expect(await missingRights(clientOf(api), asked, never)).toEqual({ kind: 'rights', missing: [] });
  });
});

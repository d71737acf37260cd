import { describe, expect, test } from '@jest/globals';

import type { GithubApi, GithubApiOptions } from '../../simulator/github/api.ts';
import type { HeadWithChecks } from '../../src/checks/head.ts';
import { readHeads, unreadableChecksProblem } from '../../src/checks/heads.ts';
import { findMissingPermission } from '../../src/checks/permission.ts';
import type { PullRequestQuery } from '../../src/github/agent-pull-requests.ts';
import { GitHubFailure } from '../../src/github/failure.ts';
import type { GitHub } from '../../src/github/octokit.ts';
import { clientOf } from '../../testbed/github-client.ts';
import { jumpingTime, REPOSITORY } from '../../testbed/world.ts';
import { openGithub } from '../support/after-test.ts';
import { rejection } from '../support/client.ts';

const never = new AbortController().signal;
const SOUGHT: PullRequestQuery = { pulls: [{ number: 12, isListed: true }], unread: [], since: 0 };
/** A check that has ended before the test. */
const ENDED = { from: -10, to: -5 };

let api: GithubApi;
let github: GitHub;

type Look = Awaited<ReturnType<typeof readHeads>>;

async function open(options: GithubApiOptions = {}): Promise<void> {
  api = await openGithub(options);
  github = clientOf(api).during(never);
}

async function look(query = SOUGHT): Promise<Look> {
  return readHeads(query, {
    github,
    repository: REPOSITORY,
    ownRun: '77',
    gitHubUrl: 'https://github.com',
  });
}

async function checksSeen(): Promise<HeadWithChecks['checks'] | undefined> {
  return (await look()).heads[0]?.checks;
}

async function failureOf(promise: Promise<unknown>): Promise<GitHubFailure> {
  const error = await rejection(promise);
  if (!(error instanceof GitHubFailure)) throw new Error('another error was expected', { cause: error });
  return error;
}

describe('a look at the checks of a pull request', () => {
  test('reads check runs and statuses of the newest commit, without those of the own run', async () => {
    await open();
    api.push({ number: 12 }, { checks: [{ name: 'old', ...ENDED, conclusion: 'failure' }] });
    const commit = api.push(
      { number: 12 },
      {
        checks: [
          { name: 'test', ...ENDED, run: 501 },
          { name: 'own', from: -10, to: Infinity, run: 77 },
          { name: 'scan\n::error::', ...ENDED, kind: 'app', conclusion: 'timed_out' },
          { name: 'deploy', from: -10, to: Infinity, kind: 'status' },
        ],
      },
    );
    expect(await look()).toMatchObject({
      leftOut: [],
      heads: [
        {
          pullRequest: 12,
          url: 'https://github.com/octo-org/octo-repo/pull/12',
          commit,
          checks: [
            { name: 'test', state: 'green', conclusion: 'success', job: 902 },
            { name: 'scan ::error::', state: 'red', conclusion: 'timed_out' },
            { name: 'deploy', state: 'running', conclusion: 'pending' },
          ],
        },
      ],
    });
  });

  test('keeps both of two jobs that have the same name in two workflows', async () => {
    await open();
    const checks = [
      { name: 'test', ...ENDED, conclusion: 'failure', run: 501 },
      { name: 'test', ...ENDED, run: 502 },
    ];
    api.push({ number: 12 }, { checks });
    expect(await look()).toMatchObject({
      heads: [{ checks: [{ state: 'red' }, { state: 'green' }] }],
    });
  });

  test('reads more than one page of checks', async () => {
    await open();
    api.push(
      { number: 12 },
      { checks: Array.from({ length: 230 }, (_, index) => ({ name: `check-${index}`, ...ENDED })) },
    );
    expect(await checksSeen()).toHaveLength(230);
  });

  test('reads at most 500 checks of a commit, and says how many there are', async () => {
    await open();
    const checks = Array.from({ length: 501 }, (_, index) => ({ name: `check-${index}`, ...ENDED }));
    api.push({ number: 12 }, { checks });
    const seen = await look();
    expect(seen.heads[0]?.checks).toHaveLength(500);
    expect(seen.heads[0]?.cut).toEqual({ read: 500, total: 501 });
  });

  test('fails if GitHub counts more checks than it lists, which may pass', async () => {
    await open();
    api.push({ number: 12 }, { checks: [] });
    const body = JSON.stringify({ total_count: 3, check_runs: [] });
    api.order({ path: '*/check-runs', answer: { kind: 'status', status: 200, body }, times: Infinity });
    expect(unreadableChecksProblem(await failureOf(look()))).toMatchObject({
      failedTo: 'read the checks of a commit',
      because: 'only 0 of its 3 could be read',
    });
  });

  test.each([
    ['another host', 'https://ci.example.com/octo-org/octo-repo/actions/runs/77/job/5'],
    ['another repository', 'https://github.com/mallory/fork/actions/runs/77/job/5'],
    ['another job', 'https://github.com/octo-org/octo-repo/actions/runs/77/job/999'],
  ])('does not take a check for a job of Actions if its URL is of %s', async (_of, details_url) => {
    await open();
    api.push({ number: 12 }, { checks: [] });
    const app = { id: 15368, slug: 'github-actions' };
    const run = { id: 5, name: 'test', status: 'completed', conclusion: 'failure', details_url, app };
    const body = JSON.stringify({ total_count: 1, check_runs: [run] });
    api.order({ path: '*/check-runs', answer: { kind: 'status', status: 200, body } });
    const seen = await look();
    const red = { name: 'test', state: 'red', conclusion: 'failure', url: details_url };
    expect(seen.heads[0]?.checks).toEqual([red]);
  });

  test('fails with the reason of GitHub', async () => {
    await open();
    api.push({ number: 12 }, { checks: [] });
    api.order({ path: '*/status', answer: { kind: 'status', status: 403, body: '{"message":"no"}' } });
    expect(unreadableChecksProblem(await failureOf(look()))).toMatchObject({
      kind: 'auth',
      because: 'HTTP 403: no',
    });
  });

  test.each([
    [99, 'is left out', []],
    [100, 'counts if named', [{ pullRequest: 12 }]],
  ] as const)('with an older pull request of %i old commits: it %s', async (count, _does, heads) => {
    await open();
    for (let pushed = 0; pushed < count; pushed += 1) api.push({ number: 12 }, { checks: [] });
    expect(await look({ ...SOUGHT, since: Date.now() + 60_000 })).toMatchObject({ heads });
  });

  test('leaves out a pull request that the answer names and GitHub does not know', async () => {
    await open({ pullRequests: {} });
    expect(await look({ ...SOUGHT, pulls: [{ number: 404, isListed: false }] })).toEqual({
      heads: [],
      leftOut: [{ pullRequest: 404, because: 'GitHub does not know it' }],
    });
  });
});

describe('the end of the log of a job', () => {
  test('is read from the address that GitHub redirects to, without the token', async () => {
    await open();
    api.push({ number: 12 }, { checks: [{ name: 'test', ...ENDED, log: 'the key is hunter2\n' }] });
    expect(await github.readJobLog(REPOSITORY, 901)).toBe('the key is hunter2\n');
    expect(api.requests.map(({ path }) => path)).toEqual([
      `/repos/${REPOSITORY}/actions/jobs/901/logs`,
      '/_logs/901',
    ]);
  });

  test('is at most 64 KiB of whole lines', async () => {
    await open();
    const lines = Array.from({ length: 3_000 }, (_, index) => `line ${index} ${'é'.repeat(20)}`);
    api.push({ number: 12 }, { checks: [{ name: 'test', ...ENDED, log: `${lines.join('\n')}\n` }] });
    const end = await github.readJobLog(REPOSITORY, 901);
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

  test.each(['http://logs.example.com/1', 'file:///etc/passwd', ''])(
    'is not read from %j',
    async (location) => {
      await open();
      api.order({ path: '*/logs', answer: { kind: 'status', status: 302, headers: { location }, body: '' } });
      await expect(github.readJobLog(REPOSITORY, 901)).rejects.toThrow(
        'GitHub redirects to an address without https',
      );
      expect(api.requests).toHaveLength(1);
    },
  );

  test('is not read if there is a second redirect', async () => {
    await open();
    api.push({ number: 12 }, { checks: [{ name: 'test', ...ENDED, log: 'secret place' }] });
    api.order({ path: '/_logs/*', answer: { kind: 'redirect', to: `${api.url}/_logs/901` } });
    await expect(github.readJobLog(REPOSITORY, 901)).rejects.toBeInstanceOf(GitHubFailure);
    expect(api.requests).toHaveLength(2);
  });

  test('is given up after 20 s', async () => {
    await open();
    const { clock, fetch: send } = jumpingTime((_method, target) =>
      target.startsWith('/_logs') ? { answer: { kind: 'hang' } } : undefined,
    );
    api.push({ number: 12 }, { checks: [{ name: 'test', ...ENDED, log: 'late' }] });
    await expect(clientOf(api, { clock, send }).during(never).readJobLog(REPOSITORY, 901)).rejects.toThrow(
      'no complete answer within 20 s',
    );
    expect(clock.now()).toBe(20_000);
  });
});

describe('the permissions of a token', () => {
  const problemWith = async (asked: { isOther?: boolean; maxRounds?: number } = {}): Promise<unknown> => {
    warnings = [];
    const query = { repository: REPOSITORY, isOther: false, maxRounds: 1, github, ...asked };
    const runner = { warning: (text: string) => warnings.push(text) };
    return (await findMissingPermission({ ...query, runner }))?.because;
  };
  let warnings: string[];

  test('are not tried out in a public repository', async () => {
    await open({ denied: ['checks'] });
    expect(await problemWith()).toBeUndefined();
    expect(api.requests).toHaveLength(1);
  });

  test('are tried out with one read each in a private repository, and in another one', async () => {
    await open({ isPrivate: true, denied: ['checks', 'actions'] });
    expect(await problemWith()).toBe(`github-token lacks checks: read in ${REPOSITORY}`);
    expect(api.requests).toHaveLength(5);
    await open({ isPrivate: true, denied: ['actions'] });
    expect(await problemWith()).toBeUndefined();
    expect(warnings).toEqual([expect.stringMatching(/^github-token lacks actions: read/)]);
    expect(await problemWith({ maxRounds: 0 })).toBeUndefined();
    expect(warnings).toEqual([]);
    await open({ denied: ['statuses'] });
    expect(await problemWith({ isOther: true })).toBe(`github-token lacks statuses: read in ${REPOSITORY}`);
  });
});

import { readFileSync } from 'node:fs';

import { describe, expect, test } from '@jest/globals';

import type { SimulatedRepository } from '../../simulator/github/api.ts';
import { WrongInputs } from '../../src/inputs/reader.ts';
import { busyRepository as repository, repositoryWith, type Uploaded } from '../../testbed/outcomes.ts';
import { REPOSITORY } from '../../testbed/world.ts';
import { report } from '../support/open-report.ts';
import { members } from '../support/yaml.ts';

const HERE: SimulatedRepository = { name: REPOSITORY, isPrivate: true };

function linesOf(...repositories: readonly SimulatedRepository[]): Readonly<Record<string, string>> {
  return { repositories: repositories.map(({ name }) => name).join('\n') };
}

describe('a report about many repositories', () => {
  test('counts a thousand artifacts in twenty repositories, with planted and broken ones among them', async () => {
    const planted: readonly Uploaded[] = [
      { outcome: { 'cost-usd': 1e12 } },
      { outcome: { 'pull-request-urls': [`https://github.com/${REPOSITORY}/pull/1`] } },
      { outcome: 'x'.repeat(5_000) },
      { zip: 'none' },
      { run: { head: 2 }, outcome: { 'cost-usd': 900 } },
    ];
    const all = Array.from({ length: 20 }, (_, index) => {
      const name = `octo-org/service-${index}`;
      const good = Array.from({ length: 45 }, () => ({ outcome: { 'cost-usd': index } }));
      return repositoryWith([...planted, ...good], { name });
    });
    const { json, rows, summary, failures } = await report([HERE, ...all], { repositories: 'octo-org/*' });
    expect(failures).toEqual([]);
    // 45 × (0 + 1 + … + 19) dollars.
    expect(json).toMatchObject({
      incomplete: true,
      total: { runs: 900, 'cost-usd': 8550, ended: { finished: 900 } },
      'left-out': { unreadable: 80, 'of-forks': 20, outcomes: 0, runs: 0, repositories: 0 },
    });
    expect(rows.map(([name]) => name).slice(0, 2)).toEqual([
      '`octo-org/service-19` (incomplete)',
      '`octo-org/service-18` (incomplete)',
    ]);
    expect(rows.at(-1)?.slice(0, 4)).toEqual(['All (incomplete)', '900', '900 finished', '$8550.00']);
    expect(summary).toContain('80 outcomes (unreadable), 20 outcomes (of a fork)');
  });

  test('has a row for each repository, the largest cost first, and a line of the log for each', async () => {
    const all = [repository('octo-org/a', 2), repository('octo-org/b', 4), repository('octo-org/c', 0)];
    const { rows, log, json } = await report([HERE, ...all], linesOf(...all));
    expect(rows).toEqual([
      ['`octo-org/b`', '4', '4 finished', '$2.00', '$1.00', '2', '0', '0'],
      ['`octo-org/a`', '2', '2 finished', '$1.00', '$1.00', '1', '0', '0'],
      ['`octo-org/c`', '0', '', '$0.00', '–', '0', '0', '0'],
      ['All', '6', '6 finished', '$3.00', '$1.00', '3', '0', '0'],
    ]);
    expect(log).toEqual([
      '[1/3] octo-org/a: conversations: 2, cost: $1.00, merged pull requests: 1',
      '[2/3] octo-org/b: conversations: 4, cost: $2.00, merged pull requests: 2',
      '[3/3] octo-org/c: conversations: 0, cost: $0.00, merged pull requests: 0',
    ]);
    expect(members(json, 'repositories', '0').get('repository')).toBe('octo-org/b');
  });

  test('counts a conversation, and a pull request, for its own repository alone', async () => {
    const url = 'https://app.all-hands.dev/conversations/a';
    const claim = (name: string, cost: number): SimulatedRepository =>
      repositoryWith([{ outcome: { 'conversation-url': url, 'cost-usd': cost } }], { name });
    const all = [claim('octo-org/a', 1), claim('octo-org/b', 100)];
    const { json } = await report([HERE, ...all], linesOf(...all));
    expect(json).toMatchObject({ total: { runs: 2, 'cost-usd': 101 } });
  });

  test('shows at most 100 rows, and says how many more there are', async () => {
    const all = Array.from({ length: 120 }, (_, index) => repository(`octo-org/r${index}`, 2));
    const { rows, summary, json } = await report([HERE, ...all], { repositories: 'octo-org/*' });
    // That of the workflow has no outcomes.
    expect(rows).toHaveLength(101);
    expect(summary).toContain('21 more rows are not shown: the total and the output report have them.');
    expect(json).toMatchObject({ total: { runs: 240 } });
    expect(members(json, 'repositories').size).toBe(121);
  });

  test('keeps all repositories in a file, as a large output fits into no environment variable', async () => {
    const all = Array.from({ length: 330 }, (_, index) => repository(`octo-org/r${index}`, 2));
    const { json, outputs } = await report([HERE, ...all], { repositories: 'octo-org/*' });
    const text = readFileSync(outputs['report-file'] ?? '', 'utf8');
    expect(JSON.parse(text)).toEqual(json);
    // Linux passes at most 128 KiB in one.
    expect(text.length).toBeGreaterThan(128 * 1024);
  });

  test('warns if there is no place for its file', async () => {
    const [one] = [repository('octo-org/a', 2)];
    const { json, outputs, log, failures } = await report([HERE, one], linesOf(one), {
      temporary: '/nowhere/at/all',
    });
    expect(json).toMatchObject({ total: { runs: 2 } });
    expect(outputs).not.toHaveProperty('report-file');
    expect(log).toContainEqual(expect.stringMatching(/^Warning: .*the report could not be saved.*ENOENT/));
    expect(failures).toEqual([]);
  });

  test('says one row, one day and one repository, not "1 rows"', async () => {
    const all = Array.from({ length: 100 }, (_, index) => repository(`octo-org/r${index}`, 2));
    const broken = repository('octo-org/broken', 2, { refuses: { artifacts: 403 } });
    const named = linesOf(...all, broken);
    const { summary } = await report([HERE, ...all, broken], { ...named, days: '1' });
    expect(summary).toContain('### OpenHands in the last day\n');
    expect(summary).toContain('\n1 more row is not shown: the total and the output report have it.\n');
    expect(summary).toContain('\nNot counted: 1 repository (not read, or private)\n');
  });

  test('reads at most 500 repositories, and says how many it left out', async () => {
    const names = Array.from({ length: 503 }, (_, index) => ({ name: `octo-org/r${index}` }));
    const { json } = await report([HERE, ...names], linesOf(...names));
    expect(members(json, 'repositories').size).toBe(500);
    expect(json).toMatchObject({ incomplete: true, 'left-out': { repositories: 3 } });
  });

  test('reads a repository once that is named twice', async () => {
    const [one] = [repository('octo-org/a', 2)];
    const { json } = await report([HERE, one], { repositories: 'octo-org/a\n\n  Octo-Org/A  \nocto-org/*' });
    expect(json).toMatchObject({ total: { runs: 2 } });
  });
});

test('a report makes 23 requests for a repository with 20 runs', async () => {
  const all = Array.from({ length: 10 }, (_, index) => repository(`octo-org/r${index}`, 20));
  const { requests, json } = await report([HERE, ...all], linesOf(...all));
  expect(json).toMatchObject({ incomplete: false, total: { runs: 200, merged: 100 } });
  // Artifacts, runs, downloads and pull requests; and once, whether the run is public. The files are on another host.
  expect(requests.filter((path) => path.startsWith('/repos/'))).toHaveLength(1 + 10 * 23);
});

describe('owner/*', () => {
  test('is all of an organization, without archived ones and forks', async () => {
    const all = [
      repository('octo-org/a', 2),
      repository('octo-org/b', 2, { isArchived: true }),
      repository('octo-org/c', 2, { isFork: true }),
      repository('other-org/d', 2),
    ];
    const { rows } = await report([HERE, ...all], { repositories: 'octo-org/*' });
    expect(rows.map(([name]) => name)).toEqual(['`octo-org/a`', '`octo-org/octo-repo`', 'All']);
  });

  test('of a person is a wrong input', async () => {
    const reported = report([HERE], { repositories: 'octocat/*' });
    await expect(reported).rejects.toBeInstanceOf(WrongInputs);
  });

  test('is a row that says so, if GitHub refuses the list for another reason', async () => {
    const faults = [
      { path: '/orgs/*', answer: { kind: 'status', status: 403, body: '{"message":"SAML"}' } },
    ] as const;
    const { rows, json, log } = await report(
      [HERE, repository(REPOSITORY, 2)],
      { repositories: `${REPOSITORY}\nsaml-org/*` },
      { faults },
    );
    expect(rows.map((row) => row.slice(0, 3))).toContainEqual([
      '`saml-org/*`',
      '',
      'cannot be read: HTTP 403',
    ]);
    expect(log[0]).toBe('Warning: saml-org/*: cannot be read: HTTP 403: SAML');
    expect(json).toMatchObject({ incomplete: true });
  });
});

describe('in a run of a public repository', () => {
  const open = { ...HERE, isPrivate: false };
  const hidden = repository('octo-org/secret-plans', 2, { isPrivate: true });
  const shown = repository('octo-org/shown', 4);

  test.each([
    ['of an organization', { repositories: 'octo-org/*' }],
    ['by name', linesOf(shown, hidden)],
  ])('private repositories %s are left out, and neither named nor read', async (_, inputs) => {
    const { json, log, summary, requests } = await report([open, shown, hidden], inputs);
    expect(json).toMatchObject({ incomplete: true, total: { runs: 4 }, 'left-out': { repositories: 1 } });
    expect(log.at(-1)).toBe('Private repositories left out, because everybody can read this run: 1');
    expect(JSON.stringify([json, log, summary])).not.toContain('secret-plans');
    expect(requests.join('\n')).not.toContain('secret-plans/actions');
  });

  test('that cannot tell whether it is public, they are left out, too', async () => {
    const { json } = await report([shown, hidden], linesOf(shown, hidden), {
      faults: [{ path: `/repos/${REPOSITORY}`, answer: { kind: 'status', status: 404, body: '{}' } }],
    });
    expect(json).toMatchObject({ total: { runs: 4 } });
  });

  test('that ends early, they are not named either', async () => {
    const limit = { kind: 'status', status: 429, headers: { 'retry-after': '3400' }, body: '{}' } as const;
    const { json, log, summary } = await report(
      [open, shown, hidden],
      { repositories: 'octo-org/*' },
      {
        faults: [{ path: '*/artifacts', times: Infinity, answer: limit }],
      },
    );
    expect(json).toMatchObject({ incomplete: true, 'left-out': { repositories: 3 } });
    expect(JSON.stringify([json, log, summary])).not.toContain('secret-plans');
  });

  test('they count in a run of a private one, without a question', async () => {
    const { json, requests } = await report([HERE, shown, hidden], linesOf(shown, hidden));
    expect(json).toMatchObject({ incomplete: false, total: { runs: 6 } });
    expect(requests).not.toContain('/repos/octo-org/secret-plans');
  });
});

describe('a repository that cannot be read', () => {
  test.each([404, 403] as const)('is a row that says so, and a warning (%s)', async (status) => {
    const all = [
      repository('octo-org/a', 2),
      repository('octo-org/b', 2, { refuses: { artifacts: status } }),
    ];
    const { rows, log, json, failures } = await report([HERE, ...all], linesOf(...all));
    expect(rows).toContainEqual(['`octo-org/b`', '', `cannot be read: HTTP ${status}`, '', '', '', '', '']);
    expect(rows.at(-1)?.slice(0, 2)).toEqual(['All (incomplete)', '2']);
    expect(log.at(-1)).toMatch(new RegExp(`^Warning: \\[2/2\\] octo-org/b: cannot be read: HTTP ${status}`));
    expect(json).toMatchObject({ incomplete: true, 'left-out': { repositories: 1 } });
    expect(failures).toEqual([]);
  });

  test('fails the step only if it is the only one', async () => {
    const { failures, json } = await report([repository(REPOSITORY, 2, { refuses: { artifacts: 403 } })]);
    expect(failures).toEqual([
      expect.stringMatching(
        /^failed to read any repository: HTTP 403: .*actions: read and pull-requests: read\.$/,
      ),
    ]);
    expect(json).toMatchObject({ incomplete: true });
  });

  test('and that GitHub does not find may have a wrong name', async () => {
    const { failures, log } = await report([HERE], { repositories: 'octo-org/misspelled' });
    const because = 'HTTP 404: Not Found (no repository has this name, or the token may not read it)';
    expect(log).toContain(`Warning: [1/1] octo-org/misspelled: cannot be read: ${because}`);
    expect(failures).toEqual([expect.stringContaining(`failed to read any repository: ${because}`)]);
  });

  test('without the right to read pull requests, has its costs all the same known', async () => {
    const { json, requests } = await report([repository(REPOSITORY, 8, { refuses: { pulls: 403 } })]);
    expect(json).toMatchObject({
      incomplete: true,
      total: { runs: 8, merged: 0 },
      'left-out': { 'pull-requests': 4 },
    });
    expect(requests.filter((path) => path.includes('/pulls'))).toHaveLength(1);
  });

  test('an invalid token ends the report at once', async () => {
    const all = Array.from({ length: 5 }, (_, index) => repository(`octo-org/r${index}`, 2));
    const { failures, requests } = await report([HERE, ...all], {
      ...linesOf(...all),
      'github-token': 'wrong-token',
    });
    expect(failures).toEqual([expect.stringContaining('HTTP 401: Bad credentials')]);
    // Whether the run is public, and one repository.
    expect(requests.length).toBeLessThanOrEqual(3);
  });
});

describe("GitHub's limit of requests", () => {
  const limited = (headers: Readonly<Record<string, string>>, status = 403, times = 1, skip = 5) =>
    ({
      path: '*',
      skip,
      times,
      answer: { kind: 'status', status, headers, body: '{"message":"limit"}' },
    }) as const;

  test.each([
    ['403 with Retry-After', limited({ 'retry-after': '900' }), 900],
    ['429 with Retry-After', limited({ 'retry-after': '900' }, 429), 900],
    ['429 without a time', limited({}, 429, 3), 60],
    [
      'a used-up limit',
      limited({
        'x-ratelimit-remaining': '0',
        'x-ratelimit-reset': String(Date.UTC(2026, 10, 24) / 1000 + 700),
      }),
      690,
    ],
  ])('is waited for: %s', async (_, fault, seconds) => {
    const one = repository(REPOSITORY, 8);
    const run = await report([one], {}, { faults: [fault] });
    expect(run.json).toMatchObject({ incomplete: false, total: { runs: 8, merged: 4 } });
    expect(run.seconds).toBeGreaterThanOrEqual(seconds);
    expect(run.seconds).toBeLessThan(3_000);
  });

  test('says that it waits, if that takes long', async () => {
    const { log } = await report(
      [repository(REPOSITORY, 8)],
      {},
      { faults: [limited({ 'retry-after': '900' })] },
    );
    expect(log).toContain("GitHub's limit of requests is used up: waits 900 s");
  });

  test('that lasts longer than 50 minutes ends the report, which says what is missing', async () => {
    const all = Array.from({ length: 4 }, (_, index) => repository(`octo-org/r${index}`, 4));
    const fault = limited({ 'retry-after': '3400' }, 403, Infinity, 20);
    const { json, log, rows, failures, seconds, requests } = await report([HERE, ...all], linesOf(...all), {
      faults: [fault],
    });
    expect(seconds).toBeLessThan(60);
    expect(failures).toEqual([]);
    expect(json).toMatchObject({ incomplete: true, total: { runs: 7 }, 'left-out': { repositories: 2 } });
    expect(rows.map(([name]) => name)).toContain('`octo-org/r1` (incomplete)');
    expect(rows).toContainEqual([
      '`octo-org/r3`',
      '',
      'cannot be read: not read in time',
      '',
      '',
      '',
      '',
      '',
    ]);
    // One warning for all that were not read.
    expect(log.filter((line) => line.startsWith('Warning: '))).toEqual([
      "Warning: Repositories that were not read: 2. GitHub's limit of requests lasts longer than the report may take",
    ]);
    // None after the one that was refused.
    expect(requests).toHaveLength(21);
  });

  test('that comes again and again is waited for until 50 minutes after the start', async () => {
    const { json, seconds } = await report(
      [repository(REPOSITORY, 8)],
      {},
      {
        faults: [limited({ 'retry-after': '600' }, 403, Infinity)],
      },
    );
    expect(json).toMatchObject({ incomplete: true });
    expect(seconds).toBeLessThanOrEqual(3_000);
    expect(seconds).toBeGreaterThanOrEqual(2_400);
  });
});

import { describe, expect, test } from '@jest/globals';
import { zipSync } from 'fflate';

import { zipOf } from '../../simulator/server/zip.ts';
import { WrongInputs } from '../../src/inputs/reader.ts';
import { repositoryWith, type Uploaded } from '../../testbed/outcomes.ts';
import { REPOSITORY } from '../../testbed/world.ts';
import { report } from '../support/open-report.ts';
import { members } from '../support/yaml.ts';

const pull = (number: number): string => `https://github.com/${REPOSITORY}/pull/${number}`;
const downloadsIn = (requests: readonly string[]): readonly string[] =>
  requests.filter((path) => path.endsWith('/zip'));

describe('the report about outcomes', () => {
  test('has a row for each workflow: conversations, how they ended, cost, and what became of the pull requests', async () => {
    const uploads = [
      { outcome: { 'pull-request-urls': [pull(1)] } },
      { outcome: { 'cost-usd': 1.004, 'pull-request-urls': [pull(2), pull(3), pull(4)] } },
      { outcome: { status: 'error', 'failure-kind': 'model', 'cost-usd': null } },
      { outcome: { status: 'running' }, run: { name: 'Audit' } },
    ];
    const pulls = { 1: 'merged', 2: 'merged', 3: 'closed', 4: 'open' } as const;
    const { summary, json, requests, log } = await report([repositoryWith(uploads, { pulls })]);
    expect(summary).toBe(`### OpenHands in the last 28 days

| Workflow | Conversations | How they ended | Cost | Cost per merged pull request | Merged | Closed | Open |
| --- | --- | --- | --- | --- | --- | --- | --- |
| \`Solve issues\` | 3 | 1 error (model), 2 finished | $1.50 | $0.75 | 2 | 1 | 1 |
| \`Audit\` | 1 | 1 not waited for | $0.50 | – | 0 | 0 | 0 |
| All | 4 | 1 error (model), 2 finished, 1 not waited for | $2.00 | $1.00 | 2 | 1 | 1 |

Counts workflows that save an outcome, such as run.yml: each conversation once, with what it has cost in this time, no skipped runs, an unknown cost as $0 (1 of them).

\`\`\`mermaid
xychart-beta
  title "Cost in US dollars by week"
  x-axis ["10-26", "11-02", "11-09", "11-16", "11-23"]
  y-axis 0 --> 2
  bar [0, 0, 0, 2, 0]
\`\`\`

\`\`\`mermaid
xychart-beta
  title "Merged pull requests by week"
  x-axis ["10-26", "11-02", "11-09", "11-16", "11-23"]
  y-axis 0 --> 2
  bar [0, 0, 0, 2, 0]
\`\`\`

`);
    const none = {
      runs: 0,
      artifacts: 0,
      outcomes: 0,
      unreadable: 0,
      'too-large': 0,
      'of-forks': 0,
      'pull-requests': 0,
    };
    const total = sums(4, { 'error (model)': 1, finished: 2, 'not waited for': 1 }, 2.004);
    expect(json).toEqual({
      days: 28,
      month: null,
      from: null,
      incomplete: false,
      repositories: [
        {
          repository: REPOSITORY,
          workflows: [
            { workflow: 'Solve issues', ...sums(3, { 'error (model)': 1, finished: 2 }, 1.504) },
            expect.objectContaining({ workflow: 'Audit', runs: 1 }),
          ],
          total,
          'left-out': none,
        },
      ],
      total,
      'left-out': { ...none, repositories: 0 },
    });
    // In the order of the contract: artifacts, runs, downloads, pull requests.
    expect(requests.map((path) => path.replace(/\?.*/, '').replace(`/repos/${REPOSITORY}`, ''))).toEqual([
      '/actions/artifacts',
      '/actions/runs',
      ...[3, 2, 1, 0].flatMap((index) => [
        `/actions/artifacts/${1000 + index}/zip`,
        `/_artifacts/${REPOSITORY}/${1000 + index}`,
      ]),
      '/pulls',
    ]);
    expect(log).toEqual([`[1/1] ${REPOSITORY}: conversations: 4, cost: $2.00, merged pull requests: 2`]);
  });

  test('shows a cost below a cent, which is not $0.00', async () => {
    const { summary, log } = await report([repositoryWith([{ outcome: { 'cost-usd': 0.004 } }])]);
    expect(summary).toContain('| 1 finished | $0.0040 | – |');
    expect(log).toEqual([`[1/1] ${REPOSITORY}: conversations: 1, cost: $0.0040, merged pull requests: 0`]);
  });

  test('shows a week that has cost less than a cent in the chart, too', async () => {
    const { summary } = await report([repositoryWith([{ outcome: { 'cost-usd': 0.004 } }])]);
    expect(summary).toContain('bar [0, 0, 0, 0.004, 0]');
  });

  test('counts what a conversation has cost in these days: its highest cost less the lowest before', async () => {
    const uploads = [
      // It had cost $2 before these days.
      accountOf('a', 2.25, 2),
      accountOf('a', 3, 2.25),
      accountOf('a', null, 2.5),
      // This one began in these days.
      accountOf('b', 1, 0),
      accountOf('b', 1.5, 1),
      // Where no account knows what it had cost before, all of it counts.
      accountOf('c', 4, null),
      accountOf('c', 5, undefined),
      // An account without it is no reason to count an earlier cost again.
      accountOf('d', 9, null),
      accountOf('d', 10, 9),
      // Nothing costs less than nothing.
      accountOf('e', 1, 7),
    ];
    const { json } = await report([repositoryWith(uploads)]);
    // $1, $1.50, $5, $1 and $0.
    expect(json).toMatchObject({ incomplete: false, total: { runs: 5, 'cost-usd': 8.5 } });
  });

  test('counts a conversation once, with its highest cost and its last end', async () => {
    const url = 'https://app.all-hands.dev/conversations/a';
    const timedOut = { status: 'timed-out', 'failure-kind': 'timeout', 'cost-usd': 2 };
    const uploads = [
      { outcome: { ...timedOut, 'conversation-url': url, 'pull-request-urls': [pull(1)] } },
      { outcome: { 'cost-usd': 1.5, 'conversation-url': url }, run: { name: 'Wait' } },
      { outcome: { status: 'running', 'cost-usd': null, 'conversation-url': url } },
      { outcome: { 'pull-request-urls': [pull(1)] }, run: { name: 'Later' } },
    ];
    const { rows, requests } = await report([repositoryWith(uploads, { pulls: { 1: 'merged' } })]);
    expect(rows).toEqual([
      ['`Solve issues`', '1', '1 finished', '$2.00', '$2.00', '1', '0', '0'],
      ['`Later`', '1', '1 finished', '$0.50', '–', '0', '0', '0'],
      ['All', '2', '2 finished', '$2.50', '$2.50', '1', '0', '0'],
    ]);
    // For one pull request, a list is no cheaper.
    expect(requests.at(-1)).toBe(`/repos/${REPOSITORY}/pulls/1`);
  });

  test('names a kind only if the status does not', async () => {
    const ends = [
      ['over-budget', 'budget'],
      ['needs-input', 'needs-input'],
      ['timed-out', 'timeout'],
    ];
    const { rows } = await report([
      repositoryWith(ends.map(([status, kind]) => ({ outcome: { status, 'failure-kind': kind } }))),
    ]);
    expect(rows[0]?.[2]).toBe('1 needs-input, 1 over-budget, 1 timed-out (timeout)');
  });

  test('counts each run without a conversation, but none that was skipped', async () => {
    const none = { 'conversation-url': '', 'cost-usd': null };
    const failed = { outcome: { ...none, status: 'start-failed', 'failure-kind': 'auth' } };
    const killed = { outcome: { ...none, status: 'unknown' } };
    const { rows } = await report([
      repositoryWith([failed, failed, killed, { outcome: { ...none, status: 'skipped' } }]),
    ]);
    expect(rows[0]?.slice(1, 4)).toEqual(['3', '2 start-failed (auth), 1 unknown', '$0.00']);
  });

  const elsewhere = elsewhereOf(1);
  const two = zipOf(['a', 'b'].map((name) => ({ name, text: '{}' })));
  const endless = `{"version":1,"status":"finished","failure-kind":"","cost-usd":1e999,"conversation-url":"","pull-request-urls":[]}`;
  test.each<readonly [string, Uploaded]>([
    ['one that unpacks to 10 MB', { zip: bomb() }],
    ['one that is larger than GitHub says', { artifact: { size: 300 }, outcome: `"${'x'.repeat(100_000)}"` }],
    ['one that is not there', { zip: 'none' }],
    ['one that is no archive', { zip: Buffer.from('PK, but no archive\n::error::Hello') }],
    ['one with two files', { zip: two }],
    ['one that is not JSON', { outcome: '::set-output name=report::{}' }],
    ['one that is no object', { outcome: '[1]' }],
    ['another version', { outcome: { version: 2 } }],
    ['HTML as a status', { outcome: { status: '<img src=x>' } }],
    ['a command as a kind', { outcome: { 'failure-kind': '\n::error::Hello' } }],
    ['a list as a kind', { outcome: { 'failure-kind': ['model'] } }],
    ['a negative cost', { outcome: { 'cost-usd': -1 } }],
    ['a cost without end', { outcome: endless }],
    ['a command as a cost', { outcome: { 'cost-usd': '$(id)' } }],
    ['HTML in an address', { outcome: { 'conversation-url': 'https://a.example/<b>' } }],
    ["another repository's pull request", { outcome: { 'pull-request-urls': [elsewhere] } }],
    ['a pull request without an address', { outcome: { 'pull-request-urls': ['1'] } }],
    ['a path after the number', { outcome: { 'pull-request-urls': [`${pull(1)}/../../other`] } }],
    ['a line break after the number', { outcome: { 'pull-request-urls': [`${pull(1)}\n`] } }],
    ['pull requests that are no list', { outcome: { 'pull-request-urls': { 0: pull(1) } } }],
    ['one that says that it is small, but unpacks to 10 MB', { zip: lyingZip() }],
    ['one whose only file has the name of a prototype', { zip: zipOf([{ name: '__proto__', text: '{}' }]) }],
    ['an empty archive', { zip: zipOf([]) }],
    [
      'bytes that are not UTF-8',
      {
        zip: Buffer.from(
          zipOf([{ name: 'a', text: 'x\u00e9' }])
            .toString('latin1')
            .replace('\u00c3', '\u00ff'),
          'latin1',
        ),
      },
    ],
    ['a prototype as a status', { outcome: { status: 'constructor' } }],
    ['a prototype as a kind', { outcome: { 'failure-kind': '__proto__' } }],
    ['a command as an earlier cost', { outcome: { 'cost-before-usd': '$(id)' } }],
    ['an earlier cost below zero', { outcome: { 'cost-before-usd': -1 } }],
    ['pull request 0', { outcome: { 'pull-request-urls': [pull(0)] } }],
  ])('counts %s as unreadable, and says so', async (_, upload) => {
    const { summary, rows, json, log, requests } = await report([repositoryWith([{}, upload])]);
    expect(rows.at(-1)?.slice(0, 3)).toEqual(['All (incomplete)', '1', '1 finished']);
    expect(summary).toContain('\nNot counted: 1 outcome (unreadable)\n');
    expect(json).toMatchObject({ incomplete: true, 'left-out': { unreadable: 1 } });
    const run = `https://github.com/${REPOSITORY}/actions/runs/101`;
    expect(log).toEqual([
      `[1/1] ${REPOSITORY}: conversations: 1, cost: $0.50, merged pull requests: 0; unreadable outcomes: 1, of ${run}`,
    ]);
    expect(requests.join('\n')).not.toMatch(/other|\/pulls/);
  });

  test.each<readonly [string, Uploaded]>([
    ["a fork's", { run: { head: 2 } }],
    ['that of a fork that is gone', { run: { head: null } }],
    ["a fork's of 10 MB", { run: { head: 2 }, artifact: { size: 10_000_000 } }],
  ])('counts %s apart: the report is complete without it', async (_, upload) => {
    const { summary, rows, json, log } = await report([repositoryWith([{}, upload])]);
    expect(rows.at(-1)?.slice(0, 3)).toEqual(['All', '1', '1 finished']);
    expect(summary).toContain('\nNot counted: 1 outcome (of a fork)\n');
    expect(json).toMatchObject({ incomplete: false, 'left-out': { unreadable: 0, 'of-forks': 1 } });
    expect(log).toEqual([`[1/1] ${REPOSITORY}: conversations: 1, cost: $0.50, merged pull requests: 0`]);
  });

  test('counts one of 10 MB apart, and says so', async () => {
    const { summary, json, log } = await report([repositoryWith([{}, { artifact: { size: 10_000_000 } }])]);
    expect(summary).toContain('\nNot counted: 1 outcome (too large)\n');
    expect(json).toMatchObject({ incomplete: true, 'left-out': { unreadable: 0, 'too-large': 1 } });
    expect(log).toEqual([expect.stringContaining('; unreadable outcomes: 1, of https://')]);
  });

  test("chooses the newest 300 of the repository's own runs, after those of forks and large ones", async () => {
    const own = Array.from({ length: 5 }, () => ({}));
    const foreign = Array.from({ length: 300 }, () => ({ run: { head: 2 } }));
    const large = Array.from({ length: 300 }, () => ({ artifact: { size: 10_000_000 } }));
    const { json, requests } = await report([repositoryWith([...own, ...foreign, ...large])]);
    expect(json).toMatchObject({
      total: { runs: 5, 'cost-usd': 2.5 },
      'left-out': { outcomes: 0, unreadable: 0, 'of-forks': 300, 'too-large': 300 },
    });
    expect(downloadsIn(requests)).toHaveLength(5);
  });

  test('reads nothing more where 20 pages have no outcome, and says what it left out', async () => {
    const others = Array.from({ length: 2_000 }, () => ({
      artifact: { name: 'log' },
      zip: 'none' as const,
    }));
    const { json, requests, rows, summary } = await report([repositoryWith([{}, {}, ...others])]);
    expect(requests).toHaveLength(20);
    expect(json).toMatchObject({ incomplete: true, 'left-out': { artifacts: 2 } });
    expect(rows).toEqual([['All (incomplete)', '0', '', '$0.00', '–', '0', '0', '0']]);
    expect(summary).toContain('\nNot counted: 2 artifacts\n');
  });

  test('ignores a member that it does not know', async () => {
    const text =
      '{"__proto__":1,"new":[],"version":1,"status":"finished","failure-kind":"","cost-usd":0.5,"conversation-url":"","pull-request-urls":[]}';
    const { json } = await report([repositoryWith([{ outcome: text }, { outcome: { more: { a: 1 } } }])]);
    expect(json).toMatchObject({ incomplete: false, total: { runs: 2, 'cost-usd': 1 } });
  });

  test('downloads nothing from a fork, nothing large, and nothing with another name', async () => {
    const { json, requests } = await report([
      repositoryWith([
        { run: { head: 2 } },
        { artifact: { size: 10_000_000 } },
        { artifact: { name: 'changes' } },
        { artifact: { name: 'openhands-outcome-1\n' } },
        { artifact: { isExpired: true } },
        { artifact: { run: 7 } },
        { artifact: { run: null } },
      ]),
    ]);
    expect(json['left-out']).toMatchObject({ unreadable: 0, 'of-forks': 1, 'too-large': 1 });
    expect(downloadsIn(requests)).toEqual([]);
  });

  test('says how many outcomes have expired, which are not counted', async () => {
    const expired = { artifact: { isExpired: true, days: 7 } };
    const { json, summary } = await report([repositoryWith([expired, expired, {}])]);
    expect(json).toMatchObject({ incomplete: true, from: '2026-11-20', total: { runs: 1 } });
    expect(summary).toContain('\nNot counted: 2 outcomes (too many, expired, or not read)\n');
    const foreign = { ...expired, run: { head: 2 } };
    const ofFork = await report([repositoryWith([foreign, {}])]);
    expect(ofFork.json).toMatchObject({ incomplete: false, from: null, 'left-out': { 'of-forks': 1 } });
    const none = await report([repositoryWith([expired])]);
    expect(none.json).toMatchObject({ incomplete: true, from: null, 'left-out': { outcomes: 1 } });
  });

  test('asks for nothing more where no artifact is an outcome', async () => {
    const { requests, rows } = await report([repositoryWith([{ artifact: { name: 'changes' } }])]);
    expect(requests).toHaveLength(1);
    expect(rows).toEqual([['All', '0', '', '$0.00', '–', '0', '0', '0']]);
  });

  test.each<readonly [string, readonly Uploaded[], boolean]>([
    ['no run has an outcome', [], true],
    ['all that have one were skipped', [{ outcome: { status: 'skipped' } }], true],
    ['they are left out', [{ outcome: { version: 2 } }], false],
  ])(
    'says what to check if nothing counts, but not that no outcome was saved: %s',
    async (_, uploads, says) => {
      const { summary } = await report([repositoryWith(uploads)]);
      expect(summary.includes('\nNo run has an outcome that counts: check the names in workflows. ')).toBe(
        says,
      );
      expect(summary).not.toContain('No run has saved');
    },
  );

  test('sends the token to GitHub alone', async () => {
    const { json } = await report([repositoryWith([{}])]);
    // The simulated host of artifacts refuses a request with a token.
    expect(json['left-out']).toMatchObject({ unreadable: 0 });
  });

  test('takes only the workflows that are asked for', async () => {
    const uploads = [{}, { run: { name: 'Audit' } }, { run: { name: 'Other' } }];
    const { rows, summary } = await report([repositoryWith(uploads)], {
      workflows: 'Other , Audit,',
      days: '7',
    });
    expect(rows.map(([name, runs]) => [name, runs])).toEqual([
      ['`Audit`', '1'],
      ['`Other`', '1'],
      ['All', '2'],
    ]);
    expect(summary).toContain(' in the last 7 days');
  });

  test('makes the name of a workflow harmless', async () => {
    const name = '`|@octocat\n::error::<img src=x>\u202e\\';
    const { rows, json } = await report([repositoryWith([{ run: { name } }])]);
    expect(rows[0]?.[0]).toBe('`@octocat ::error::<img src=x>`');
    expect(members(json, 'repositories', '0', 'workflows', '0').get('workflow')).toBe(name);
  });

  test('says what was left out: runs, outcomes, and pull requests that do not exist', async () => {
    const uploads = [
      ...Array.from({ length: 302 }, () => ({})),
      { outcome: { 'pull-request-urls': [pull(1), pull(2)] } },
    ];
    const old = Array.from({ length: 800 }, (_, index) => ({
      id: 5000 + index,
      name: 'CI',
      at: '2026-11-19T00:00:00Z',
    }));
    const repository = repositoryWith(uploads, { pulls: { 1: 'open' } });
    const { summary, rows, requests, json } = await report([
      { ...repository, runs: [...(repository.runs ?? []), ...old] },
    ]);
    expect(summary).toContain(
      '\nNot counted: 103 runs, 3 outcomes (too many, expired, or not read), 1 pull request (too many, missing, or hidden from the token)\n',
    );
    expect(json).toMatchObject({ incomplete: true });
    expect(rows.at(-1)?.slice(0, 2)).toEqual(['All (incomplete)', '300']);
    expect(downloadsIn(requests)).toHaveLength(300);
  });

  test('reads at most 1,000 runs, and 20 pages of artifacts', async () => {
    const uploads = Array.from({ length: 2100 }, (_, index) => ({
      ...(index < 2000 && { artifact: { name: 'log' } }),
      zip: 'none' as const,
    }));
    const { json, requests } = await report([repositoryWith(uploads)]);
    expect(json['left-out']).toMatchObject({ runs: 1100, artifacts: 100 });
    expect(requests.filter((path) => path.includes('?'))).toHaveLength(30);
  });

  test('reads no page of artifacts after one that is older than the days', async () => {
    const old = { artifact: { name: 'log', at: '2026-01-01T00:00:00Z' }, zip: 'none' as const };
    const uploads: Uploaded[] = [...Array.from({ length: 300 }, () => old), {}];
    const { json, requests } = await report([repositoryWith(uploads)]);
    expect(json).toMatchObject({ incomplete: false, total: { runs: 1 } });
    // The second page is the first that is older as a whole.
    expect(requests.filter((path) => path.includes('/artifacts?'))).toHaveLength(2);
  });

  test('says from when there are outcomes, if they are kept for less', async () => {
    const { json, summary } = await report([repositoryWith([{ artifact: { days: 7 } }, {}])]);
    expect(json['from']).toBe('2026-11-20');
    expect(summary).toContain(
      'There are outcomes since 2026-11-20: artifacts are kept for less than 28 days.',
    );
  });

  test('reads pull requests from at most three lists, and the rest one by one', async () => {
    const named = [900, 501, 500, 2, 1];
    const numbers = Array.from({ length: 900 }, (_, index) => [index + 1, 'merged'] as const);
    const { json, requests } = await report([
      repositoryWith([{ outcome: { 'pull-request-urls': named.map(pull) } }], {
        pulls: Object.fromEntries(numbers),
      }),
    ]);
    expect(json).toMatchObject({ total: { merged: 5 }, incomplete: false });
    const asked = requests
      .filter((path) => path.includes('/pulls'))
      .map((path) => /\/pulls\/?(\d*)/.exec(path)?.[1]);
    expect(asked).toEqual(['', '', '', '501', '500', '2', '1']);
  });

  test.each([
    ['days', '0', 'it must be a whole number from 1 to 90'],
    ['days', '91', 'it must be a whole number from 1 to 90'],
    ['days', '1e1', 'it must be a whole number from 1 to 90'],
    ['month', '2026-13', 'it must be this month or an earlier one, such as 2026-10, or last'],
    ['month', '2026-00', 'it must be this month or an earlier one, such as 2026-10, or last'],
    ['month', '2026-1', 'it must be this month or an earlier one, such as 2026-10, or last'],
    ['month', '2026-12', 'it must be this month or an earlier one, such as 2026-10, or last'],
    ['month', 'october', 'it must be this month or an earlier one, such as 2026-10, or last'],
    ['repositories', 'octo-org', 'each line must be owner/repo'],
    ['repositories', 'octo-org/a/b', 'each line must be owner/repo'],
    ['repositories', '../..//x', 'each line must be owner/repo'],
    ['repositories', 'octocat/*', 'GitHub shows the token no organization octocat'],
  ])('refuses %s: %s', async (name, value, reason) => {
    const reported = report([repositoryWith([{}])], { [name]: value });
    await expect(reported).rejects.toBeInstanceOf(WrongInputs);
    await expect(report([repositoryWith([{}])], { [name]: value })).rejects.toThrow(reason);
  });
});

const at = (date: string): Uploaded => ({ run: { at: date }, artifact: { at: date } });

/** The clock of the tests begins on 24 November 2026. */
describe('a report about a month', () => {
  const uploads = [
    at('2026-09-30T23:59:59Z'),
    at('2026-10-01T00:00:00Z'),
    at('2026-10-31T23:59:59Z'),
    at('2026-11-01T00:00:00Z'),
    at('2026-11-20T00:00:00Z'),
  ];

  test.each([
    ['last', 'October 2026', '2026-10', 31, 2],
    ['2026-10', 'October 2026', '2026-10', 31, 2],
    ['2026-11', 'November 2026', '2026-11', 30, 2],
    ['2026-09', 'September 2026', '2026-09', 30, 1],
  ])('is about all of it, and nothing else: %s', async (month, name, value, days, runs) => {
    const { json, summary } = await report([repositoryWith(uploads)], { month, days: '3' });
    expect(json).toMatchObject({ month: value, days, from: null, incomplete: false, total: { runs } });
    expect(summary).toMatch(new RegExp(`^### OpenHands in ${name}\n`));
  });

  test('has the weeks of the month in its charts', async () => {
    const { summary } = await report([repositoryWith(uploads)], { month: 'last' });
    expect(summary).toContain('x-axis ["09-28", "10-05", "10-12", "10-19", "10-26"]');
    expect(summary).toContain('bar [0.5, 0, 0, 0, 0.5]');
  });

  test('counts a conversation of two months in each with what it has cost there', async () => {
    const both = [
      { ...accountOf('a', 3, 0), ...at('2026-10-10T00:00:00Z') },
      { ...accountOf('a', 3.5, 3), ...at('2026-11-10T00:00:00Z') },
    ];
    const costOf = async (month: string): Promise<unknown> =>
      members((await report([repositoryWith(both)], { month })).json, 'total').get('cost-usd');
    expect([await costOf('2026-10'), await costOf('2026-11')]).toEqual([3, 0.5]);
  });

  test('finds its runs behind 1,000 later ones', async () => {
    const later = Array.from({ length: 1_000 }, (_, index) => ({
      id: 5_000 + index,
      name: 'CI',
      at: '2026-11-19T00:00:00Z',
    }));
    const repository = repositoryWith([at('2026-10-10T00:00:00Z')]);
    const { json } = await report([{ ...repository, runs: [...later, ...(repository.runs ?? [])] }], {
      month: 'last',
    });
    expect(json).toMatchObject({ incomplete: false, total: { runs: 1 } });
  });

  test('is incomplete where its artifacts are not kept that long, and says so', async () => {
    const kept = { ...at('2026-10-20T00:00:00Z'), artifact: { at: '2026-10-20T00:00:00Z', days: 40 } };
    const { json, rows, summary } = await report([repositoryWith([kept])], { month: '2026-10' });
    expect(json).toMatchObject({ incomplete: true, from: '2026-10-20', total: { runs: 1 } });
    expect(rows.at(-1)?.[0]).toBe('All (incomplete)');
    expect(summary).toContain('since 2026-10-20: artifacts are kept for less than 54 days.');
  });

  test('is incomplete if it began more than 90 days ago, also where nothing is left', async () => {
    const { json, summary } = await report([repositoryWith([])], { month: '2026-08' });
    expect(json).toMatchObject({ incomplete: true, from: null, total: { runs: 0 } });
    expect(summary).toContain(
      'Outcomes may be missing: run.yml keeps them for 90 days, and the month began 115 days ago.',
    );
    expect(summary).not.toContain('check the names in workflows');
    const { json: longer } = await report(
      [
        repositoryWith([
          { ...at('2026-08-20T00:00:00Z'), artifact: { at: '2026-08-20T00:00:00Z', days: 400 } },
        ]),
      ],
      { month: '2026-08' },
    );
    expect(longer).toMatchObject({ incomplete: false, total: { runs: 1 } });
  });
});

/** Returns an account of a conversation: what it has cost after a step, and before. */
function accountOf(id: string, cost: number | null, before: number | null | undefined): Uploaded {
  const url = `https://app.all-hands.dev/conversations/${id}`;
  return { outcome: { 'conversation-url': url, 'cost-usd': cost, 'cost-before-usd': before } };
}

/** Returns a small archive of a file of ten million bytes. */
function bomb(): Buffer {
  return Buffer.from(zipSync({ 'outcome.json': new Uint8Array(10_000_000).fill(0x78) }));
}

/** Returns an archive whose directory says that its file has ten bytes. It has ten million. */
function lyingZip(): Buffer {
  const zip = bomb();
  const directory = zip.indexOf(Buffer.from('PK\u0001\u0002'));
  zip.writeUInt32LE(10, directory + 24);
  return zip;
}

function elsewhereOf(number: number): string {
  return `https://github.com/octo-org/other/pull/${number}`;
}

/** Returns the sums of runs with two merged pull requests, one closed and one open. */
function sums(runs: number, ended: Readonly<Record<string, number>>, cost: number): object {
  return {
    runs,
    ended,
    'cost-usd': cost,
    'unknown-costs': 1,
    merged: 2,
    closed: 1,
    open: 1,
    'cost-per-merged-usd': cost / 2,
  };
}

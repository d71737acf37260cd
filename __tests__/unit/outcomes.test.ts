import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { zipOf } from '../../simulator/server/zip.ts';
import { scriptsOf } from '../../workflow-tests/scripts.ts';
import { HAS_TOOLS, type Left, Place, REPORT, WORDS } from '../support/outcomes.ts';
import { SUCCEEDS } from '../support/statuses.ts';
import { members, read, ROOT } from '../support/yaml.ts';

const pull = (number: number): string => `https://github.com/octo-org/octo-repo/pull/${number}`;
const describeHere = HAS_TOOLS ? describe : describe.skip;

let place: Place;

beforeEach(() => {
  place = new Place();
});

afterEach(() => {
  place.remove();
});

test('the report knows every status and every kind of failure', () => {
  expect(WORDS.STATUSES.split(' ')).toEqual([...Object.keys(SUCCEEDS), 'unknown']);
  const kinds = read('src/conversation/problem.ts').matchAll(/^ {2}\| '([a-z-]+)'/gm);
  expect(WORDS.KINDS.split(' ')).toEqual([...kinds].map(([, kind]) => kind));
});

test('the report is one short workflow, which uses no action', () => {
  expect(read(REPORT).trimEnd().split('\n').length).toBeLessThanOrEqual(90);
  expect(read(REPORT)).not.toMatch(/\buses:/);
});

describeHere('the report about outcomes', () => {
  test('has a row for each workflow: runs, how they ended, cost, and what became of the pull requests', () => {
    place.prepare([
      { outcome: { 'pull-request-urls': [pull(1)] } },
      { outcome: { 'cost-usd': 1.004, 'pull-request-urls': [pull(2), pull(3), pull(4)] } },
      { outcome: { status: 'error', 'failure-kind': 'model', 'cost-usd': null } },
      { outcome: { status: 'running' }, run: { name: 'Audit' } },
    ]);
    place.pulls({ 1: 'merged', 2: 'merged', 3: 'closed', 4: 'open' });
    const { summary, json } = place.report();
    expect(summary).toBe(`### OpenHands in the last 28 days

| Workflow | Runs | How they ended | Cost | Cost per merged pull request | Merged | Closed | Open |
| --- | --- | --- | --- | --- | --- | --- | --- |
| \`Audit\` | 1 | 1 not waited for | $0.50 | – | 0 | 0 | 0 |
| \`Solve issues\` | 3 | 1 error (model), 2 finished | $1.50 | $0.75 | 2 | 1 | 1 |
| All | 4 | 1 error (model), 2 finished, 1 not waited for | $2.00 | $1.00 | 2 | 1 | 1 |

Counts workflows that save an outcome, such as run.yml: each conversation once, no skipped runs, an unknown cost as $0.
`);
    expect(json).toEqual({
      days: 28,
      workflows: [
        expect.anything(),
        { workflow: 'Solve issues', ...of(3, { 'error (model)': 1, finished: 2 }, 1.504) },
      ],
      total: of(4, { 'error (model)': 1, finished: 2, 'not waited for': 1 }, 2.004),
      'left-out': { runs: 0, artifacts: 0, outcomes: 0, unreadable: 0, 'pull-requests': 0 },
    });
  });

  test('counts a conversation once, with its highest cost and its last end', () => {
    const url = 'https://app.all-hands.dev/conversations/a';
    const timedOut = { status: 'timed-out', 'failure-kind': 'timeout', 'cost-usd': 2 };
    place.prepare([
      { outcome: { ...timedOut, 'conversation-url': url, 'pull-request-urls': [pull(1)] } },
      { outcome: { 'cost-usd': 1.5, 'conversation-url': url }, run: { name: 'Wait' } },
      { outcome: { status: 'running', 'cost-usd': null, 'conversation-url': url } },
      { outcome: { 'pull-request-urls': [pull(1)] }, run: { name: 'Later' } },
    ]);
    place.pulls({ 1: 'merged' });
    expect(place.report().rows).toEqual([
      ['`Later`', '1', '1 finished', '$0.50', '–', '0', '0', '0'],
      ['`Solve issues`', '1', '1 finished', '$2.00', '$2.00', '1', '0', '0'],
      ['All', '2', '2 finished', '$2.50', '$2.50', '1', '0', '0'],
    ]);
  });

  test('names a kind only if the status does not', () => {
    const ends = [
      ['over-budget', 'budget'],
      ['needs-input', 'needs-input'],
      ['timed-out', 'timeout'],
    ];
    place.prepare(ends.map(([status, kind]) => ({ outcome: { status, 'failure-kind': kind } })));
    expect(place.report().rows[0]?.[2]).toBe('1 needs-input, 1 over-budget, 1 timed-out (timeout)');
  });

  test('counts each run without a conversation, but none that was skipped', () => {
    const none = { 'conversation-url': '', 'cost-usd': null };
    const failed = { outcome: { ...none, status: 'start-failed', 'failure-kind': 'auth' } };
    const killed = { outcome: { ...none, status: 'unknown' } };
    place.prepare([failed, failed, killed, { outcome: { ...none, status: 'skipped' } }]);
    const [row] = place.report().rows;
    expect(row?.slice(1, 4)).toEqual(['3', '2 start-failed (auth), 1 unknown', '$0.00']);
  });

  const elsewhere = elsewhereOf(1);
  const two = zipOf(['a', 'b'].map((name) => ({ name, text: '{}' })));
  const endless = `{"version":1,"status":"finished","failure-kind":"","cost-usd":1e999,"conversation-url":"","pull-request-urls":[]}`;
  test.each<readonly [string, Left]>([
    ["a fork's", { run: { head_repository: { id: 2 } } }],
    ['that of a fork that is gone', { run: { head_repository: null } }],
    ['one of 10 MB', { artifact: { size_in_bytes: 10_000_000 } }],
    ['one that unpacks to 10 MB', { outcome: `"${'x'.repeat(10_000_000)}"` }],
    ['one that is not there', { zip: 'none' }],
    ['one that is no archive', { zip: Buffer.from('PK, but no archive\n::error::Hello') }],
    ['one with two files', { zip: two }],
    ['one that is not JSON', { outcome: '::set-output name=report::{}' }],
    ['one that is no object', { outcome: '[1]' }],
    ['another version', { outcome: { version: 2 } }],
    ['another member', { outcome: { workflow: 'Audit' } }],
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
  ])('counts %s as unreadable, and says so', (_, left) => {
    place.prepare([{}, left]);
    const { summary, rows, json, printed, requests } = place.report();
    expect(rows.at(-1)?.slice(0, 3)).toEqual(['All', '1', '1 finished']);
    expect(summary).toMatch(
      /\nNot counted, because unreadable, of a fork or too many: 1 unreadable outcomes\n$/,
    );
    expect(json['left-out']).toMatchObject({ unreadable: 1 });
    const run = 'https://github.com/octo-org/octo-repo/actions/runs/101';
    expect(printed).toBe(`Not counted: the outcome of ${run}\n`);
    expect(requests.join('\n')).not.toMatch(/other|\/pulls\//);
  });

  test('downloads nothing from a fork, nothing large, and nothing with another name', () => {
    place.prepare([
      { run: { head_repository: { id: 2 } } },
      { artifact: { size_in_bytes: 10_000_000 } },
      { artifact: { name: 'changes' } },
      { artifact: { name: 'openhands-outcome-1\n' } },
      { artifact: { expired: true } },
      { artifact: { workflow_run: { id: 7 } } },
      { artifact: { workflow_run: null } },
    ]);
    const { json, requests } = place.report();
    expect(json['left-out']).toMatchObject({ unreadable: 2 });
    expect(requests.join('\n')).not.toContain('/zip');
  });

  test('takes only the workflows that are asked for', () => {
    place.prepare([{}, { run: { name: 'Audit' } }, { run: { name: 'Other' } }]);
    const { rows, summary } = place.report({ WORKFLOWS: 'Other , Audit,', DAYS: '7' });
    expect(rows.map(([name, runs]) => [name, runs])).toEqual([
      ['`Audit`', '1'],
      ['`Other`', '1'],
      ['All', '2'],
    ]);
    expect(summary).toContain(' in the last 7 days');
  });

  test('makes the name of a workflow harmless', () => {
    place.prepare([{ run: { name: '`|@octocat\n::error::<img src=x>\u202e\\' } }]);
    const { rows, json, printed } = place.report();
    expect(rows[0]?.[0]).toBe('`  @octocat ::error::<img src=x>  `');
    expect(members(json['workflows'], '0').get('workflow')).toContain('@octocat');
    expect(printed).toBe('');
  });

  test('says that there is nothing', () => {
    place.prepare([]);
    const { rows, json, summary } = place.report();
    expect(summary).toContain('\nCounts workflows that save an outcome, such as run.yml: ');
    expect(json).toMatchObject({ workflows: [], total: { runs: 0, 'cost-per-merged-usd': null } });
    expect(rows).toEqual([['All', '0', '', '$0.00', '–', '0', '0', '0']]);
  });

  test('says what was left out: runs, outcomes, and pull requests that cannot be read', () => {
    const many = Array.from({ length: 302 }, () => ({}));
    place.prepare([...many, { outcome: { 'pull-request-urls': [pull(1), pull(2)] } }], 1400);
    place.pulls({ 1: 'open' });
    const { summary, rows, requests, printed } = place.report();
    expect(summary).toContain(': 1097 runs, 3 outcomes, 1 pull requests\n');
    expect(printed).toBe('Not counted: pull request 2\n');
    expect(rows.at(-1)?.[1]).toBe('300');
    expect(requests.filter((path) => path.endsWith('/zip')).length).toBe(300);
  }, 60_000);

  test('reads at most 1,000 runs, and 20 pages of artifacts', () => {
    place.prepare(Array.from({ length: 2100 }, () => ({ artifact: { name: 'log' }, zip: 'none' as const })));
    const { json, requests } = place.report();
    expect(json['left-out']).toMatchObject({ runs: 1100, artifacts: 100 });
    expect(requests.length).toBe(30);
  });
});

describeHere('what a run keeps', () => {
  const scripts = [
    '.github/workflows/run.yml',
    '.github/workflows/local.yml',
    'examples/weekly-readme-audit.yml',
  ]
    .flatMap((file) => scriptsOf(join(ROOT, file), file))
    .filter(({ step }) => step === 'Save the outcome');
  const keep = (outputs: Readonly<Record<string, string>> = {}): string => {
    place.run(scripts[0]?.text, {
      STATUS: '',
      KIND: '',
      COST: '',
      CONVERSATION: '',
      PULL_REQUESTS: '',
      ...outputs,
    });
    return place.kept().text;
  };

  test('is written by the same script everywhere, under a name that no other has', () => {
    expect(scripts.map(({ text }) => text)).toEqual(Array(3).fill(scripts[0]?.text));
    keep();
    keep();
    const names = place.kept().name.trimEnd().split('\n');
    expect(new Set(names).size).toBe(2);
    for (const name of names) expect(name).toMatch(/^name=openhands-outcome-[0-9a-f-]{36}$/);
  });

  test('says "unknown" if the job was killed', () => {
    expect(JSON.parse(keep())).toEqual({
      version: 1,
      status: 'unknown',
      'failure-kind': '',
      'cost-usd': null,
      'conversation-url': '',
      'pull-request-urls': [],
    });
  });

  test('is counted by the report, within 4 KiB, with the pull requests of this repository', () => {
    const urls = [elsewhereOf(1), ...Array.from({ length: 30 }, (_, index) => pull(index + 1))];
    const outcome = keep({
      STATUS: 'error',
      KIND: 'model',
      COST: '0.25',
      CONVERSATION: 'https://app.all-hands.dev/conversations/0123456789abcdef0123456789abcdef',
      PULL_REQUESTS: urls.join('\n'),
    });
    expect(Buffer.byteLength(outcome)).toBeLessThanOrEqual(4096);
    place = new Place();
    place.prepare([{ outcome }]);
    place.pulls({ 1: 'merged', 10: 'open', 11: 'open' });
    expect(place.report().rows[0]).toEqual([
      '`Solve issues`',
      '1',
      '1 error (model)',
      '$0.25',
      '$0.25',
      '1',
      '0',
      '1',
    ]);
  });
});

function elsewhereOf(number: number): string {
  return `https://github.com/octo-org/other/pull/${number}`;
}

/** Returns the sums of runs with two merged pull requests, one closed and one open. */
function of(runs: number, ended: Readonly<Record<string, number>>, cost: number): object {
  return { runs, ended, 'cost-usd': cost, merged: 2, closed: 1, open: 1, 'cost-per-merged-usd': cost / 2 };
}

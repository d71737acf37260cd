import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { scriptsOf } from '../../workflow-tests/scripts.ts';

const EXAMPLES = join(import.meta.dirname, '../../examples');
const scripts = (name: string): readonly string[] =>
  scriptsOf(join(EXAMPLES, name), name).map(({ text }) => text);
const [LIST, , REPORT] = scripts('many-repositories.yml');
const [, SWEEP, READ, FORGET] = scripts('start-without-waiting.yml');
const HAS_JQ = process.platform === 'linux' && spawnSync('jq', ['--version']).status === 0;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'many-'));
  for (const name of ['.github', 'results', 'bin']) mkdirSync(join(folder, name));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Runs a script of the recipe. Returns what it writes as an output or a summary. */
function run(script: string | undefined, env: Readonly<Record<string, string>> = {}): string {
  const { status, stderr, written } = outcomeOf(script, env);
  expect([status, stderr.replace(/^cat: .*\n/, '')]).toEqual([0, '']);
  return written;
}

function outcomeOf(
  script: string | undefined,
  env: Readonly<Record<string, string>>,
): { readonly status: number | null; readonly stderr: string; readonly written: string } {
  const file = join(folder, 'written.txt');
  writeFileSync(file, '');
  const { status, stderr } = spawnSync('bash', ['-e', '-c', script ?? 'exit 99'], {
    cwd: folder,
    env: {
      PATH: [join(folder, 'bin'), process.env['PATH']].join(delimiter),
      HOME: folder,
      RUNNER_TEMP: folder,
      GITHUB_REPOSITORY: 'octo-org/octo-repo',
      GITHUB_OUTPUT: file,
      GITHUB_STEP_SUMMARY: file,
      ...env,
    },
    encoding: 'utf8',
  });
  return { status, stderr, written: readFileSync(file, 'utf8') };
}

(HAS_JQ ? describe : describe.skip)('the recipe for many repositories', () => {
  const writeList = (count: number): readonly string[] => {
    const names = Array.from({ length: count }, (_, index) => `octo-org/repo-${index}`);
    writeFileSync(join(folder, 'ours.txt'), ['# Ours', '', ...names, ...names.slice(0, 3), ''].join('\n'));
    return names.toSorted();
  };

  test.each([256, 0])('lists %d repositories of the file that the run names, each once', (count) => {
    const names = writeList(count);
    expect(run(LIST, { QUERY: '', LIST: 'ours.txt' })).toBe(`repositories=${JSON.stringify(names)}\n`);
  });

  test('refuses more repositories than a matrix can have, and says what to do', () => {
    writeList(257);
    const { status, stderr, written } = outcomeOf(LIST, { QUERY: '', LIST: 'ours.txt' });
    expect([status, written]).toEqual([5, '']);
    expect(stderr).toContain('257 repositories, and a run takes 256: split the list, or narrow the search');
  });

  test('takes white space out of the list, such as the line breaks of Windows', () => {
    writeFileSync(join(folder, 'ours.txt'), '# Ours\r\noctokit/b \r\n\r\n\tocto-org/a\nocto-org/a');
    expect(run(LIST, { QUERY: '', LIST: 'ours.txt' })).toBe('repositories=["octo-org/a","octokit/b"]\n');
  });

  const REPOSITORIES = JSON.stringify(['octo-org/a', 'octo-org/b', 'octo-org/c']);
  const pull = (name: string, number: number): string => `https://github.com/octo-org/${name}/pull/${number}`;

  test('reports each repository, the cost in all, and the pull requests that are open or cannot be read', () => {
    const gh = '#!/bin/sh\ncase "$3" in *1) echo OPEN ;; *2) echo MERGED ;; *) exit 1 ;; esac\n';
    writeFileSync(join(folder, 'bin/gh'), gh, { mode: 0o755 });
    const results = [
      {
        repository: 'octo-org/b',
        status: 'error',
        kind: 'model',
        cost: '',
        conversation: 'B',
        pullRequests: [],
      },
      {
        repository: 'octo-org/a',
        status: 'finished',
        kind: '',
        cost: '0.234',
        conversation: 'A',
        pullRequests: [pull('a', 1), pull('a', 2), pull('a', 3), pull('a', 11)],
      },
    ];
    results.forEach((result, index) => {
      writeFileSync(join(folder, `results/${index}.json`), JSON.stringify(result));
    });
    expect(run(REPORT, { REPOSITORIES })).toBe(`2 of 3 repositories · $0.23 in total · 2 open pull requests

| Repository | Status | Cost | Open pull requests |
| --- | --- | --- | --- |
| [octo-org/a](A) | finished  | 0.234 | ${pull('a', 1)} ${pull('a', 3)} (not readable) ${pull('a', 11)} |
| [octo-org/b](B) | error model |  |  |
| octo-org/c | no result | | |
`);
  });

  test('reports that no repository has a result', () => {
    expect(run(REPORT, { REPOSITORIES })).toMatch(
      /^0 of 3 repositories · \$0 in total · 0 open pull requests\n/,
    );
  });
});

/** Stands in for `gh`: run 77 is of the workflow 5, whose runs are 1 and 2. */
const GH = `#!/bin/sh
for query; do :; done
case "$*" in
  'api repos/octo-org/octo-repo/actions/runs/77 '*) echo '{"workflow_id": 5}' ;;
  *'/actions/workflows/5/runs?event=workflow_dispatch&created='*) echo '{"workflow_runs": [{"id": 2}, {"id": 1}]}' ;;
  *'/actions/artifacts?name=openhands-conversation&per_page=100 '*) cat artifacts.json ;;
esac | jq -c "$query"
`;

(HAS_JQ ? test : test.skip)('a sweep looks only at ids that runs of its own workflow have left', () => {
  writeFileSync(join(folder, 'bin/gh'), GH, { mode: 0o755 });
  const sweep = (...artifacts: readonly object[]): string => {
    writeFileSync(join(folder, 'artifacts.json'), JSON.stringify({ artifacts }));
    return run(SWEEP, { GITHUB_RUN_ID: '77' }).split('\n').at(-2) ?? '';
  };
  const left = { id: 9, name: 'openhands-conversation', expired: false, workflow_run: { id: 1 } };
  const others = [
    { expired: true },
    { workflow_run: { id: 3 } },
    { workflow_run: {} },
    { workflow_run: null },
  ];
  const found = '{"run":1,"artifact":9}';
  expect(sweep(...others.map((other) => ({ ...left, ...other })))).toBe('started=[]');
  expect(sweep(left)).toBe(`started=[${found}]`);
  expect(sweep(...Array.from({ length: 300 }, () => left))).toBe(
    `started=[${Array(256).fill(found).join()}]`,
  );
});

(HAS_JQ ? test : test.skip)('a sweep reads only an id from what a run has left', () => {
  const id = '0123456789abcdef0123456789abcdef';
  const readId = (text: string): string => {
    writeFileSync(join(folder, 'conversation.txt'), text);
    return run(READ, { ARTIFACT: '9' });
  };
  expect(readId(`${id}\n`)).toBe(`id=${id}\n`);
  expect(() => readId(`$(touch hacked)\n${id}x\nstatus=finished\n`)).toThrow();
  expect(readId(`${id}\n${id}\nstatus=finished\n`)).toBe(`id=${id}\n`);
});

(HAS_JQ ? test : test.skip)('a sweep deletes what it has listed and seen to end, and nothing else', () => {
  writeFileSync(join(folder, 'bin/gh'), '#!/bin/sh\necho "$@" >>deleted.txt\n', { mode: 0o755 });
  mkdirSync(join(folder, 'ended'));
  for (const name of ['9', '11']) writeFileSync(join(folder, 'ended', name), '');
  const started = [7, 9].map((artifact) => ({ run: 1, artifact }));
  run(FORGET, { STARTED: JSON.stringify(started) });
  expect(readFileSync(join(folder, 'deleted.txt'), 'utf8')).toBe(
    'api --method DELETE repos/octo-org/octo-repo/actions/artifacts/9\n',
  );
});

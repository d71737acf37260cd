import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import * as v from 'valibot';
import { parse } from 'yaml';

import { withNames } from '../../scripts/release-names.ts';
import { FakeGitHub } from '../support/fake-github.ts';
import { members, read, ROOT } from '../support/yaml.ts';

const HAS_JQ = process.platform === 'linux' && spawnSync('jq', ['--version']).status === 0;
const PULL = 'https://github.com/octo-org/octo-repo/pull/1';
const ASSISTANT = '.github/workflows/openhands-assistant.yml';
const KEY = 'key-that-nobody-may-see';
const BEFORE: FakeGitHub = {
  permission: 'ADMIN',
  isArchived: false,
  secrets: {},
  organizationSecrets: [],
  variables: {},
  labels: ['bug'],
  mayOpenPullRequests: false,
  pulls: [],
  refuses: '',
};
/** The files of a release have the names of account and version. */
const SCRIPT = withNames(read('examples/set-up.sh'), { owner: 'acme', version: '1.2.3' });

const COMPILED = mkdtempSync(join(tmpdir(), 'set-up-compiled-'));
let folder: string;
const inFolder = (...names: readonly string[]): string => join(folder, ...names);
const environment = (): NodeJS.ProcessEnv => ({
  PATH: [inFolder('bin'), process.env['PATH']].join(delimiter),
  HOME: folder,
  TMPDIR: inFolder('tmp'),
  NODE_COMPILE_CACHE: COMPILED, // more than halves the start of each gh
  GIT_CONFIG_NOSYSTEM: '1',
  ...Object.fromEntries(
    ['AUTHOR', 'COMMITTER'].flatMap((who) => [
      [`GIT_${who}_NAME`, 'Somebody'],
      [`GIT_${who}_EMAIL`, 'somebody@invalid'],
    ]),
  ),
});
const sh = (script: string): string =>
  execFileSync('bash', ['-euc', script], { cwd: folder, env: environment(), encoding: 'utf8' }).trim();
const git = (command: string): string => sh(`git -C repo.git ${command}`);

const state = (): FakeGitHub => v.parse(FakeGitHub, JSON.parse(readFileSync(inFolder('state.json'), 'utf8')));
function setState(more: Partial<FakeGitHub>): void {
  writeFileSync(inFolder('state.json'), JSON.stringify({ ...state(), ...more }));
}
const writes = (): readonly string[] => readFileSync(inFolder('writes.txt'), 'utf8').split('\n').slice(0, -1);

interface Run {
  readonly status: number | null;
  readonly said: string;
}

/** Runs the script, with an answer for each question, in this order. */
function setUp(answers: readonly string[]): Run {
  const options = { cwd: folder, env: environment(), encoding: 'utf8' } as const;
  const input = answers.map((answer) => `${answer}\n`).join('');
  const { status, stdout, stderr } = spawnSync('bash', ['set-up.sh', 'octo-org/octo-repo'], {
    ...options,
    input,
  });
  return { status, said: stdout + stderr };
}

/** Adds a commit to a branch, which begins at main. */
function commit(branch: string, path: string, text: string, subject = 'Mine'): void {
  writeFileSync(inFolder('text'), text);
  sh(`git clone -q repo.git work && cd work && { git switch -q ${branch} || git switch -qc ${branch}; } 2>/dev/null
    mkdir -p "$(dirname ${path})" && cp ../text ${path} && git add -A && git commit -qm '${subject}'
    git push -q origin ${branch} && rm -rf ../work`);
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'set-up-'));
  for (const name of ['bin', 'tmp']) mkdirSync(inFolder(name));
  const gh = `#!/bin/sh\nexec '${process.execPath}' '${join(ROOT, '__tests__/support/fake-gh.ts')}' "$@"\n`;
  writeFileSync(inFolder('bin/gh'), gh, { mode: 0o755 });
  writeFileSync(inFolder('set-up.sh'), SCRIPT);
  writeFileSync(inFolder('state.json'), JSON.stringify(BEFORE));
  for (const name of ['calls.txt', 'writes.txt']) writeFileSync(inFolder(name), '');
  sh('git init -q --bare -b main repo.git');
  sh(`git init -q -b main seed && cd seed && echo 1 >README.md && git add -A && git commit -qm first
    git push -q ../repo.git main && rm -rf ../seed`);
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Cloud, and of the files only the assistant. */
const CLOUD = ['1', 'y', 'n', 'n', 'n'];
/** Yes to the secret, the key, both labels, and the pull request. */
const YES = ['y', KEY, 'y', 'y', 'y'];
const ALL = [
  'secret OPENHANDS_API_KEY',
  'label agent',
  'label review',
  'branch refs/heads/add-openhands',
  `commit add-openhands: ${ASSISTANT}`,
  'pull request add-openhands to main',
];

afterAll(() => {
  rmSync(COMPILED, { recursive: true });
});

(HAS_JQ ? describe : describe.skip)('the script that sets a repository up', () => {
  test('saves the key, creates the labels, and proposes the one file, with whatever Enter means', () => {
    const { status, said } = setUp(['', '', '', '', '', '', KEY, '', '', '']);
    expect(status).toBe(0);
    expect(writes()).toEqual(ALL);
    expect(state().secrets).toEqual({ OPENHANDS_API_KEY: KEY });
    expect(git('diff --name-status main...add-openhands')).toBe(`A\t${ASSISTANT}`);
    expect(git(`show add-openhands:${ASSISTANT}`)).toBe(
      read('examples/assistant.yml').replaceAll('REPLACE_WITH_OWNER', 'acme').trim(),
    );
    expect(said).toContain(`Next: look at ${PULL}, and merge it.`);
    expect(sh('ls tmp')).toBe('');
  });

  test('shows the key to nobody: neither on the screen, nor in an argument or the environment of a program', () => {
    const { said } = setUp([...CLOUD, ...YES]);
    expect(state().secrets).toEqual({ OPENHANDS_API_KEY: KEY });
    expect(said + readFileSync(inFolder('calls.txt'), 'utf8')).not.toContain(KEY);
  });

  test('changes nothing that is not confirmed, and says what is then missing', () => {
    const { status, said } = setUp([...CLOUD, 'n', 'n', 'n', 'n']);
    expect([status, writes()]).toEqual([0, []]);
    expect(said).toMatch(
      /Left out, so that agents may not start:\n {2}- the secret OPENHANDS_API_KEY\n {2}- the label agent\n {2}- the label review\n {2}- the pull request with openhands-assistant\.yml\n$/,
    );
  });

  test('changes nothing in a second run, before the merge and after it', () => {
    setUp([...CLOUD, ...YES]);
    expect(setUp([...CLOUD, 'n']).said).toContain(`${ASSISTANT} is there already, in ${PULL}.`);
    setState({ pulls: [{ url: PULL, state: 'merged', isCrossRepository: false }] });
    git('update-ref refs/heads/main add-openhands');
    const { status, said } = setUp([...CLOUD, 'n']);
    expect(status).toBe(0);
    expect(said).toMatch(/openhands-assistant\.yml is there already\.\n\nDone: nothing\n$/);
    expect(writes()).toEqual(ALL);
  });

  test('adds what a second run chooses to the open pull request, on top of what is there', () => {
    setUp([...CLOUD, ...YES]);
    commit('add-openhands', 'mine.txt', 'mine');
    const { said } = setUp(['1', 'y', 'y', 'n', 'n', 'n', 'y']);
    expect(said).toContain(`Add to ${PULL}: weekly-readme-audit.yml?`);
    expect(writes().slice(ALL.length)).toEqual([
      'commit add-openhands: .github/workflows/weekly-readme-audit.yml',
    ]);
    expect(git('diff --name-only main...add-openhands').split('\n')).toEqual([
      ASSISTANT,
      '.github/workflows/weekly-readme-audit.yml',
      'mine.txt',
    ]);
  });

  test.each([
    ['secret', 'save the secret OPENHANDS_API_KEY', ' nothing'],
    [
      'label review',
      'create the label review',
      '\n  - save the secret OPENHANDS_API_KEY\n  - create the label agent',
    ],
    ['commit', 'propose openhands-assistant.yml', /create the label review/],
    ['pull request', 'propose openhands-assistant.yml', /create the label review/],
  ])('says what was done before %s fails, and continues there', (refuses, failed, done) => {
    setState({ refuses });
    const { status, said } = setUp([...CLOUD, ...YES]);
    expect(status).toBe(1);
    expect(said).toContain('HTTP 403: Resource not accessible');
    expect(said).toContain(`This failed: ${failed}`);
    if (typeof done === 'string') expect(said).toContain(`Done before:${done}\n`);
    else expect(said.slice(said.indexOf('Done before:'))).toMatch(done);
    setState({ refuses: '' });
    const hasSecret = 'OPENHANDS_API_KEY' in state().secrets;
    const labels = state().labels.length;
    const again = setUp([
      ...CLOUD,
      ...(hasSecret ? ['n'] : ['y', KEY]),
      ...Array<string>(4 - labels).fill('y'),
      'y',
    ]);
    expect(again.status).toBe(0);
    expect(again.said).toContain(`Next: look at ${PULL}, and merge it.`);
    expect(git('log --format=%s main..add-openhands')).toBe('Add OpenHands workflows');
    expect([state().secrets, state().labels]).toEqual([
      { OPENHANDS_API_KEY: KEY },
      ['bug', 'agent', 'review'],
    ]);
  });

  test('says what was done if the answers end', () => {
    const { status, said } = setUp([...CLOUD, 'y', KEY, 'y']);
    expect(status).toBe(1);
    expect(said).toMatch(
      /There was no answer\.\nDone before:\n {2}- save the secret .*\n {2}- create the label agent\n/,
    );
  });

  test('keeps a key that there is, also one of the organization, unless it is to be replaced', () => {
    setState({ organizationSecrets: ['OPENHANDS_API_KEY'] });
    setUp([...CLOUD, '', 'y', 'y', 'y']);
    expect(state().secrets).toEqual({});
    setUp([...CLOUD, 'y', KEY]);
    expect(state().secrets).toEqual({ OPENHANDS_API_KEY: KEY });
  });

  test('keeps a label that there is, in whatever case, and says that it will start agents', () => {
    setState({ labels: ['Agent', 'code review'] });
    const { said } = setUp([...CLOUD, 'y', KEY, 'y', 'y']);
    expect(said).toContain('The label agent is there already. It will start agents.');
    expect(state().labels).toEqual(['Agent', 'code review', 'review']);
  });

  test('saves no empty key', () => {
    const { status, said } = setUp([...CLOUD, 'y', '  ']);
    expect(status).toBe(1);
    expect(said).toContain('The key is empty.');
    expect(writes()).toEqual([]);
  });

  test('shows how a file differs that somebody has changed, and leaves it unless it is to be replaced', () => {
    commit('main', ASSISTANT, read('examples/assistant.yml').replace('label: agent', 'label: robot'));
    const yes = ['y', KEY, 'y', 'y'];
    const { said } = setUp([...CLOUD, ...yes, '']);
    expect(said).toMatch(
      /openhands-assistant\.yml is there, and differs:\n[^]*< +label: robot[^]*> +label: agent/,
    );
    expect(writes()).toHaveLength(3);
    setUp([...CLOUD, 'n', 'y', 'y']);
    expect(writes().slice(3)).toEqual(ALL.slice(3));
  });

  test("leaves somebody's branch of this name, and says what to do", () => {
    commit('add-openhands', 'mine.txt', 'mine');
    const mine = git('rev-parse add-openhands');
    const { status, said } = setUp([...CLOUD, ...YES]);
    expect(status).toBe(1);
    expect(said).toContain('has commits that are not by this script: rename or delete it.');
    expect(git('rev-parse add-openhands')).toBe(mine);
  });

  test('begins again from the default branch if an earlier pull request was closed', () => {
    setUp([...CLOUD, ...YES]);
    setState({ pulls: [{ url: PULL, state: 'closed', isCrossRepository: false }] });
    commit('main', 'new.txt', 'new');
    const { said } = setUp([...CLOUD, 'n', 'y']);
    expect(said).toContain('Next: look at https://github.com/octo-org/octo-repo/pull/2');
    expect(git('rev-list --count add-openhands..main')).toBe('0');
  });

  test("does not take a fork's pull request for its own", () => {
    setState({ pulls: [{ url: PULL, state: 'open', isCrossRepository: true }] });
    expect(setUp([...CLOUD, ...YES]).said).toContain(
      'Next: look at https://github.com/octo-org/octo-repo/pull/2',
    );
  });

  test('writes the address, the folder and the runner of a Canvas into the files that start agents there', () => {
    const address = ['canvas.example.com', 'https://canvas.example.com', '/srv/project', 'inside'];
    const { said } = setUp(['2', ...address, 'y', 'y', 'n', 'y', ...YES]);
    expect(said).toContain('Give an address such as https://canvas.example.com.');
    const workflow = (name: string): unknown =>
      parse(git(`show add-openhands:.github/workflows/${name}.yml`));
    const wanted = { 'base-url': 'https://canvas.example.com', 'working-directory': '/srv/project' };
    const assistant = members(workflow('openhands-assistant'), 'jobs', 'assistant', 'with');
    expect(Object.fromEntries(assistant)).toMatchObject({ ...wanted, label: 'agent', 'runs-on': 'inside' });
    const [audit] = members(workflow('weekly-readme-audit'), 'jobs').values();
    const [step] = members(audit, 'steps').values();
    expect(members(audit).get('runs-on')).toBe('inside');
    expect(Object.fromEntries(members(step, 'with'))).toMatchObject({
      ...wanted,
      branch: '${{ github.ref_name }}',
      'api-key': '${{ secrets.OPENHANDS_API_KEY }}',
    });
    expect(git('show add-openhands:.github/workflows/openhands-outcomes.yml')).not.toContain('canvas');
  });

  test.each([
    ['http://canvas.example.com', '/srv/project', 'inside'],
    ["https://a.example.com/'", '/srv/project', 'inside'],
    ['https://a.example.com', '/srv/$(id)', 'inside'],
    ['https://a.example.com', '/srv/project', '[self-hosted, b]'],
  ])('takes no address %s, folder %s and runner %s together, and asks again', (...address) => {
    const { status, said } = setUp(['2', ...address]);
    expect(status).toBe(1);
    expect(said).toMatch(/\n? {2}Give (?:an address|a path|one label)/);
  });

  test("without an account, saves the model's key and name, and lets workflows open pull requests", () => {
    const { status } = setUp(['3', 'y', 'y', 'n', 'y', KEY, 'anthropic/claude-sonnet-4-5', 'y', 'y', 'y']);
    expect(status).toBe(0);
    expect(writes()).toEqual([
      'secret LLM_API_KEY',
      'variable LLM_MODEL',
      'allow pull requests',
      'branch refs/heads/add-openhands',
      'commit add-openhands: .github/workflows/openhands-local.yml .github/workflows/openhands-triage.yml',
      'pull request add-openhands to main',
    ]);
    expect(state()).toMatchObject({
      secrets: { LLM_API_KEY: KEY },
      variables: { LLM_MODEL: 'anthropic/claude-sonnet-4-5' },
      mayOpenPullRequests: true,
    });
  });

  test.each([
    [{ permission: 'READ' }, 'You need write access to octo-org/octo-repo.'],
    [{ isArchived: true }, 'octo-org/octo-repo is archived: no workflow starts there.'],
  ])('stops before all questions: %j', (more, why) => {
    setState(more);
    const { status, said } = setUp([]);
    expect([status, said.trim()]).toEqual([1, why]);
  });

  test('stops at a repository without a commit, which can have no pull request', () => {
    git('update-ref -d refs/heads/main');
    expect(setUp([]).said).toContain('octo-org/octo-repo is empty: push a first commit');
  });

  test('is of no use before a release, and says so', () => {
    writeFileSync(inFolder('set-up.sh'), read('examples/set-up.sh'));
    const { status, said } = setUp([...CLOUD, ...YES]);
    expect([status, writes()]).toEqual([1, []]);
    expect(said).toContain('This failed: fetch the workflows.');
  });
});

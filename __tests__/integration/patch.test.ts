import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';

import type { FaultAnswer } from '../../simulator/faults.ts';
import type { SimulatorOptions } from '../../simulator/server/server-options.ts';
import { scenarioOf } from '../../simulator/server/story.ts';
import type { Change, Scenario } from '../../simulator/server/timeline.ts';
import { changeLooks, play, type PlayOptions, type StepRun } from '../../testbed/play.ts';
import { logOf, type Step } from '../../testbed/steps.ts';
import { KEY } from '../../testbed/world.ts';
import { openSteps } from '../support/open-steps.ts';
import { SPELLINGS } from '../support/spellings.ts';

const COMMIT = '5eedc0de'.repeat(5);
/** The requests for a patch, without those that only ask for the commit. */
const PATCHES = '*/api/file/archive?*HEAD%40*';
const INPUTS = { message: 'Check the README', poll: 'true', 'patch-file': 'out/changes.patch' };
const ALONE = {
  api: 'agent-server',
  authorization: { kind: 'session', key: KEY },
} as const satisfies SimulatorOptions;
const AT_ALONE = {
  ...INPUTS,
  'api-version': 'agent-server',
  model: 'openai/any',
  'llm-api-key': 'sk-llm-tests',
};

const patchIn = async ({ folder }: Step): Promise<string> =>
  readFile(join(folder, 'out/changes.patch'), 'utf8');
const errorOf = ({ runner }: Pick<Step, 'runner'>): string => runner.failures.join('\n');

/** An answer of an agent server with this patch. */
function patched(body: string, headers: Readonly<Record<string, string>> = {}): FaultAnswer {
  return {
    kind: 'status',
    status: 200,
    headers: { 'content-type': 'text/x-patch', 'x-archive-base-commit': COMMIT, ...headers },
    body,
  };
}

function newFile(name: string, ...lines: readonly string[]): string {
  const content = lines.map((line) => `${line}\n`).join('');
  const blob = `blob ${Buffer.byteLength(content)}\0${content}`;
  return [
    `diff --git a/${name} b/${name}`,
    'new file mode 100644',
    `index 0000000..${createHash('sha1').update(blob).digest('hex').slice(0, 7)}`,
    '--- /dev/null',
    `+++ b/${name}`,
    `@@ -0,0 +1,${lines.length} @@`,
    ...lines.map((line) => `+${line}`),
    '',
  ].join('\n');
}

/** The patch that adds a repository, such as a worktree, within the agent's folder. */
function nested(name: string): string {
  const commit = 'a'.repeat(40);
  return `diff --git a/${name} b/${name}\nnew file mode 160000\nindex 0000000..aaaaaaa\n--- /dev/null\n+++ b/${name}\n@@ -0,0 +1 @@\n+Subproject commit ${commit}\n`;
}

describe('patch-file', () => {
  test.each([
    ['the agent server of a sandbox', { api: 'v1' }, INPUTS],
    ['an agent server that is used directly', ALONE, AT_ALONE],
  ] as const)('holds what the agent has changed, by %s', async (_by, options, inputs) => {
    const { step } = await openSteps(options);
    const done = await step(inputs);
    expect(done.runner.outputs).toMatchObject({
      status: 'finished',
      'patch-file': join(done.folder, 'out/changes.patch'),
      'patch-base': COMMIT,
    });
    expect(await patchIn(done)).toMatch(/^diff --git a\/README.md b\/README.md\nnew file mode 100644\n/);
    expect(logOf(done)).toContain(`1 file, +1 −0, since ${COMMIT} (where the agent started)`);
    expect(done.runner.page()).toContain('Patch: 1 file, +1 −0');
  });

  test('is requested at once, before the trajectory, because the sandbox may be paused', async () => {
    const { step, requests } = await openSteps({ api: 'v1' });
    await step({ ...INPUTS, 'trajectory-file': 'course.zip' });
    const asked = requests().map((request) => request.replace(/\?.*$/, ''));
    const patch = asked.findIndex((request) => request.endsWith('/api/file/archive'));
    const trajectory = asked.findIndex((request) => request.endsWith('/download'));
    expect(patch).toBeGreaterThan(0);
    expect(trajectory).toBeGreaterThan(patch);
  });

  test('of an agent server is compared with the commit before the start', async () => {
    const { step, requests } = await openSteps(ALONE);
    await step(AT_ALONE);
    const all = requests();
    const archives = all.filter((request) => request.includes('/api/file/archive'));
    expect(all.findIndex((request) => request === archives[0])).toBeLessThan(
      all.findIndex((request) => request.startsWith('POST ')),
    );
    expect(archives[1]).toContain(`base_ref=${COMMIT}&use_default_excludes=false&exclude=node_modules`);
  });

  test('for a folder without a repository fails the step before the start', async () => {
    const answer = { kind: 'status', status: 400, body: '{"detail":"Not a git repository: /srv"}' } as const;
    const faults = [{ path: '/api/file/archive', answer }];
    const { step, simulator } = await openSteps({ ...ALONE, faults });
    const done = await step(AT_ALONE);
    expect(done.outcome.status).toBe('start-failed');
    expect(errorOf(done)).toContain('Not a git repository: /srv');
    expect(simulator.conversations).toEqual([]);
  });

  test('is an empty file if nothing has changed, and the log says so', async () => {
    const { step } = await openSteps({ api: 'v1', scenario: 'no-answer', faults: noChanges() });
    const done = await step(INPUTS);
    expect(done.outcome.status).toBe('finished');
    expect(await patchIn(done)).toBe('');
    expect(logOf(done)).toContain('The agent changed no files: patch-file is empty');
    expect(done.runner.page()).toMatch(/^### ✅ Finished in .* · No files changed · /);
  });

  test('that is empty after a correction, too, is said once', async () => {
    const { step } = await openSteps({ api: 'v1', scenario: 'message', faults: noChanges() });
    const done = await step({ ...INPUTS, 'require-result': 'done' });
    expect(done.outcome.status).toBe('invalid-output');
    expect(await patchIn(done)).toBe('');
    expect(logOf(done).match(/The agent changed no files/g)).toHaveLength(1);
    expect(done.runner.page()).not.toContain('No files changed');
  });

  test('names the files that git tracks in folders that are left out', async () => {
    const changes = ['venv/a.py', 'node_modules/b.js'].map((path) => ({ status: 'UPDATED', path }));
    const body = JSON.stringify([...changes, { status: 'ADDED', path: 'node_modules/new.js' }]);
    const faults = [
      { path: '*/api/git/changes', answer: { kind: 'status', status: 200, body } },
      { path: PATCHES, answer: patched('') },
    ] as const;
    const { step } = await openSteps({ api: 'v1', faults });
    const done = await step(INPUTS);
    expect(done.outcome.status).toBe('finished');
    expect(logOf(done)).not.toContain('changed no files');
    expect(done.runner.page()).not.toContain('No files changed');
    expect(logOf(done)).toMatch(
      /Warning: patch-file lacks these files.*: venv\/a\.py, node_modules\/b\.js$/m,
    );
  });

  test('names nested repositories, of which the patch has only the commit', async () => {
    const done = await stepWithPatch(patched(nested('lib')));
    expect(done.outcome.status).toBe('finished');
    expect(logOf(done)).toContain('only the commits of these nested repositories, not their files: lib');
  });

  test.each(['wt', 'packages/app/wt'])(
    'has no files of a worktree in the folder, which the server lists, and names it: %s',
    async (name) => {
      const body = JSON.stringify(['wt/new', 'wt/src/x.ts'].map((path) => ({ status: 'ADDED', path })));
      const faults = [
        { path: '*/api/git/changes', answer: { kind: 'status', status: 200, body } },
        { path: PATCHES, answer: patched(nested(name)) },
      ] as const;
      const { step } = await openSteps({ api: 'v1', faults });
      const done = await step(INPUTS);
      expect(errorOf(done)).toBe('');
      expect(done.outcome.status).toBe('finished');
      expect(logOf(done)).toContain(
        `only the commits of these nested repositories, not their files: ${name}`,
      );
    },
  );

  test('is compared with the branch if git has no log of HEAD, and the log says so', async () => {
    const answer = { kind: 'status', status: 400, body: '{"detail":"could not be resolved"}' } as const;
    const faults = [{ path: '*/api/file/archive?*HEAD%40*', answer }];
    const { step, requests } = await openSteps({ api: 'v1', faults });
    const done = await step({ ...INPUTS, branch: 'topic' });
    expect(done.outcome.status).toBe('finished');
    expect(requests().findLast((request) => request.includes('archive'))).toContain('origin%2Ftopic');
    expect(logOf(done)).toContain(`since ${COMMIT} (the branch that was cloned)`);
  });
});

/** Answers of a server on which nothing has changed. */
function noChanges(): NonNullable<SimulatorOptions['faults']> {
  return [
    { path: PATCHES, answer: patched('') },
    { path: '*/api/git/changes', answer: { kind: 'status', status: 200, body: '[]' } },
  ];
}

/** Runs a step that gets this answer instead of a patch. */
async function stepWithPatch(answer: FaultAnswer): Promise<Step> {
  const faults = [
    { path: '*/api/git/changes', answer: { kind: 'status', status: 404 } },
    { path: PATCHES, answer, times: Number.POSITIVE_INFINITY },
  ] as const;
  const { step } = await openSteps({ api: 'v1', faults });
  return step(INPUTS);
}

/** An agent that changes these files of its folder, all of which git tracks but those with `new` in their name. */
function editing(...files: readonly string[]): Scenario {
  const edits = files.map((file, index): Change => {
    const path = `/workspace/${file}`;
    const before = file.includes('new') ? {} : { before: 'one\n' };
    return { at: 5 + index, happening: { kind: 'edit', summary: 'Edit', path, ...before, text: 'two\n' } };
  });
  const usual = scenarioOf('finish');
  const work = usual.work.filter(({ happening }) => happening?.kind !== 'edit');
  return { ...usual, work: [...work, ...edits].toSorted((one, other) => one.at - other.at) };
}

describe('patch-file, in a folder below the root of the repository,', () => {
  const repository = '/srv/repo';
  const stepIn = async (folder: string, ...files: readonly string[]): Promise<Step> => {
    const { step } = await openSteps({ ...ALONE, repository, scenario: editing(...files) });
    const done = await step({ ...AT_ALONE, 'working-directory': `${repository}${folder}` });
    expect(errorOf(done)).toBe('');
    expect(done.outcome.status).toBe('finished');
    return done;
  };
  const filesIn = (patch: string): readonly string[] =>
    [...patch.matchAll(/^diff --git a\/(.+) b\/\1$/gm)].map(([, name = '']) => name);
  const warningsOf = (done: Step): readonly string[] =>
    done.runner.log.filter((line) => line.startsWith('Warning: '));

  test.each(['/packages', '/packages/web app'])(
    'holds the edits of files that git tracks, and new ones, by their names from the root: %s',
    async (folder) => {
      const names = ['a.txt', 'src/b.txt', 'src/new.txt'];
      const done = await stepIn(folder, ...names);
      expect(filesIn(await patchIn(done))).toEqual(names.map((name) => `${folder.slice(1)}/${name}`));
      expect(warningsOf(done)).toEqual([]);
    },
  );

  test.each(['/packages', '/packages/web', '/packages/web/deep'])(
    'is empty if only files above it have changed, with a warning that names them: %s',
    async (folder) => {
      const done = await stepIn(folder, '../a.txt', '../other/new.txt');
      expect(await patchIn(done)).toBe('');
      expect(logOf(done)).not.toContain('changed no files');
      expect(warningsOf(done)).toEqual([
        expect.stringMatching(/^Warning: patch-file lacks .* above .*: \.\.\/a\.txt, \.\.\/other\/new\.txt$/),
      ]);
    },
  );

  test('holds the edits in it if files above it have changed too, with a warning that names those', async () => {
    const done = await stepIn('/pkg', 'a.txt', '../a.txt', '../pkg2/a.txt');
    expect(filesIn(await patchIn(done))).toEqual(['pkg/a.txt']);
    expect(warningsOf(done)).toEqual([expect.stringMatching(/: \.\.\/a\.txt, \.\.\/pkg2\/a\.txt$/)]);
  });

  test.each(['', '/packages'])(
    'may have tracked names with blanks at their ends, which the server lists without them, in %j',
    async (folder) => {
      const done = await stepIn(folder, 'a.txt ', ' b', 'new ');
      expect(filesIn(await patchIn(done))).toHaveLength(3);
      expect(warningsOf(done)).toEqual([]);
    },
  );
});

describe('the step fails if the patch is incomplete or unsafe:', () => {
  const inBase64 = Buffer.from(`The key is ${KEY}, as it is.`).toString('base64');
  test.each([
    ...SPELLINGS.map(
      ([how, spell]) =>
        [
          `a secret in it, ${how}`,
          patched(newFile('.env', ...`KEY=${spell(KEY)}`.split('\n'))),
          /secret/,
        ] as const,
    ),
    [
      'a secret across two lines of it',
      patched(newFile('key.txt', inBase64.slice(0, 30), inBase64.slice(30))),
      /secret/,
    ],
    ...[
      `\\${KEY.charCodeAt(0).toString(8)}${KEY.slice(1)}`,
      `${KEY.slice(0, 9)}\\342\\200\\213${KEY.slice(9)}`,
    ].map(
      (name) =>
        [
          `a secret in a name that git escapes, ${name}`,
          patched(`diff --git "a/${name}" "b/${name}"\nnew file mode 100644\n`),
          /secret/,
        ] as const,
    ),
    [
      'no commit that it applies to',
      patched('', { 'x-archive-base-commit': '' }),
      /does not name the commit/,
    ],
    [
      'ids that are no SHA-1',
      patched('', { 'x-archive-base-commit': 'a'.repeat(64) }),
      /does not name the commit/,
    ],
    [
      'a format that git apply does not accept',
      patched(newFile('x', 'y').replaceAll('b/', 'c/')),
      /not in a format/,
    ],
    ['no end', patched(newFile('x', 'one', 'two').slice(0, -6)), /cut off/],
    ['more than 10 MiB', patched(newFile('x', 'y'.repeat(10 * 1024 * 1024))), /larger than 10 MiB/],
    ['HTTP 404', { kind: 'status', status: 404 } as const, /HTTP 404/],
  ])('%s', async (_name, answer, because) => {
    const done = await stepWithPatch(answer);
    expect(done.runner.outputs).toMatchObject({ status: 'error', 'failure-kind': 'server' });
    expect(done.runner.outputs['response']).toContain('README');
    expect(done.runner.outputs).not.toHaveProperty('patch-file');
    expect(errorOf(done)).toMatch(because);
    expect(errorOf(done)).toMatch(/^failed to save the agent's changes: /);
    expect(errorOf(done)).not.toContain(KEY);
    expect(done.runner.page()).toMatch(/^### ❌ Changes not saved after /);
    await expect(patchIn(done)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('a file above the folder of the agent has changed, with a name that is also in the folder', async () => {
    const body = '[{"status":"UPDATED","path":"README.md"},{"status":"UPDATED","path":"pkg/README.md"}]';
    const faults = [
      { path: '*/api/git/changes', answer: { kind: 'status', status: 200, body } },
      { path: PATCHES, answer: patched(newFile('pkg/README.md', 'y')) },
    ] as const;
    const { step } = await openSteps({ api: 'v1', faults });
    const done = await step(INPUTS);
    expect(done.outcome.status).toBe('error');
    expect(errorOf(done)).toContain("lacks README.md, which also changed (outside the agent's folder");
  });

  test('a file beside a worktree in the folder is missing from it', async () => {
    const body = '[{"status":"ADDED","path":"wt/new"},{"status":"ADDED","path":"wt2/new"}]';
    const faults = [
      { path: '*/api/git/changes', answer: { kind: 'status', status: 200, body } },
      { path: PATCHES, answer: patched(nested('wt')) },
    ] as const;
    const { step } = await openSteps({ api: 'v1', faults });
    const done = await step(INPUTS);
    expect(errorOf(done)).toContain('lacks wt2/new, which also changed');
  });

  test('git fails on the server, which is tried once', async () => {
    const words = "500: Failed to generate git delta: 'lib/' does not have a commit checked out";
    const body = JSON.stringify({ detail: 'Internal Server Error', exception: words });
    const answer = { kind: 'status', status: 500, body } as const;
    const faults = [{ path: PATCHES, answer, times: Number.POSITIVE_INFINITY }];
    const { step, requests } = await openSteps({ api: 'v1', faults });
    const done = await step(INPUTS);
    expect(done.runner.outputs).toMatchObject({ status: 'error', 'failure-kind': 'server' });
    expect(errorOf(done)).toContain("'lib/' does not have a commit checked out");
    expect(requests().filter((request) => request.includes('base_ref=HEAD%40'))).toHaveLength(1);
  });

  test('the server refuses the key, and the advice says what to do about that', async () => {
    const done = await stepWithPatch({ kind: 'status', status: 401 });
    expect(errorOf(done)).toMatch(
      /What to do: save a valid key of the server \(in OpenHands: Settings → API Keys\) as the secret that the workflow passes as api-key, such as OPENHANDS_API_KEY, then start a new run \(http\S+\)\.$/,
    );
  });

  test.each([
    [['debug.log', 'node_modules/x.js'], 'lacks debug.log, which also changed'],
    [['README.md', 'out/y', 'z'], 'lacks out/y, z, which also changed'],
    [['README.md', 'README.md.d/y'], 'lacks README.md.d/y, which also changed'],
  ])('a changed file is missing from it: %j', async (paths, because) => {
    const body = JSON.stringify(paths.map((path) => ({ status: 'ADDED', path })));
    const faults = [{ path: '*/api/git/changes', answer: { kind: 'status', status: 200, body } }] as const;
    const { step } = await openSteps({ api: 'v1', faults });
    const done = await step(INPUTS);
    expect(done.outcome.status).toBe('error');
    expect(errorOf(done)).toContain(because);
  });

  test('the agent has removed its folder, which the error says', async () => {
    const gone = { kind: 'status', status: 404, body: '{"detail":"Directory not found"}' } as const;
    const faults = [{ path: '*/api/file/archive', skip: 1, times: Infinity, answer: gone }];
    const { step } = await openSteps({ ...ALONE, faults });
    const done = await step(AT_ALONE);
    expect(done.runner.outputs).toMatchObject({ status: 'error', 'failure-kind': 'server' });
    expect(errorOf(done)).toMatch(
      /^failed to save the agent's changes: the agent's folder \/work does not exist any more \(HTTP 404: Directory not found\)\. What to do: tell the agent in the message to keep its folder, then start a new run\.$/,
    );
  });

  test('the sandbox was paused before', async () => {
    const { outcome, runner } = await play('hidden-finish', 'v1', { 'patch-file': 'changes.patch' });
    expect(outcome.status).toBe('error');
    expect(errorOf({ runner })).toContain('its sandbox is not running');
  });
});

describe('a step that ends while its patch is read', () => {
  const hangs = { path: PATCHES, answer: { kind: 'hang' } } as const;

  test.each([
    ['a cancel', 'cancelled', 'cancelled', 'the step was canceled', { cancelAt: 120 }],
    ['the deadline', 'timed-out', 'timeout', 'the deadline passed (timeout-seconds is 180)', {}],
  ] as const)('by %s is %s, and not an error of the server', async (_by, status, kind, because, options) => {
    const inputs = { 'patch-file': 'x.patch', 'timeout-seconds': '180' };
    const ran = await play('finish', 'v1', inputs, [hangs], options);
    expect(ran.runner.outputs).toMatchObject({ status, 'failure-kind': kind });
    expect(ran.runner.outputs).not.toHaveProperty('patch-file');
    expect(errorOf(ran)).toContain(`${because}, and the agent was no longer running`);
    // The answer was read before.
    expect(ran.runner.outputs['response']).toContain('README');
    expect(ran.runner.savedState()).toEqual({ kind: 'over' });
  });

  test.each([
    ['a cancel', 'cancelled', { cancelAt: 120 }],
    ['the deadline', 'stuck', {}],
  ] as const)('of a stuck agent, by %s, is %s', async (_by, status, options) => {
    const inputs = { 'patch-file': 'x.patch', 'timeout-seconds': '180' };
    const ran = await play('stuck', 'v1', inputs, [hangs], options);
    expect(ran.runner.outputs['status']).toBe(status);
  });
});

test('a failed conversation keeps its status, with a warning if its patch cannot be saved', async () => {
  const faults = [{ path: PATCHES, answer: { kind: 'status', status: 404 } }] as const;
  const unsaved = await (await openSteps({ api: 'v1', scenario: 'stuck', faults })).step(INPUTS);
  expect(unsaved.outcome.status).toBe('stuck');
  expect(logOf(unsaved)).toMatch(/Warning: Failed to save the agent's changes: HTTP 404/);
  const saved = await (await openSteps({ api: 'v1', scenario: 'stuck' })).step(INPUTS);
  expect(saved.runner.outputs).toMatchObject({ status: 'stuck', 'patch-base': COMMIT });
});

describe('V1: a conversation that is listed without a repository', () => {
  const playListed = async (options: PlayOptions = {}): Promise<StepRun> => {
    const change = (body: string): string =>
      body.replace(/"selected_repository":"[^"]*"/, '"selected_repository":null');
    return play('finish', 'v1', INPUTS, [], { ...options, mishapOf: changeLooks(change) });
  };

  test('has its patch saved if the step has named one', async () => {
    const ran = await playListed();
    expect(ran.runner.outputs).toMatchObject({ status: 'finished', 'patch-base': COMMIT });
  });

  test('has none in a step that continues it, and the error does not say that the inputs lack it', async () => {
    const ran = await playListed({ earlier: 'finish' });
    expect(ran.runner.outputs).toMatchObject({ status: 'error', 'failure-kind': 'server' });
    expect(errorOf(ran)).toMatch(
      /the server lists the conversation without a repository, so nothing can be compared\. What to do: see in the conversation what the agent has changed \(http\S+\)\.$/,
    );
    expect(errorOf(ran)).not.toContain('patch-file needs a repository');
  });
});

test('V1 without a repository starts nothing: there is no commit to compare with', async () => {
  const { step, simulator } = await openSteps({ api: 'v1' });
  const done = await step({ ...INPUTS, repository: 'none' });
  expect(done.outcome.status).toBe('start-failed');
  expect(errorOf(done)).toContain('patch-file needs a repository');
  expect(simulator.conversations).toEqual([]);
});

test('a server with V0 only starts nothing', async () => {
  const { step, simulator } = await openSteps({ api: 'v0' });
  const done = await step(INPUTS);
  expect(done.outcome.status).toBe('start-failed');
  expect(errorOf(done)).toContain('patch-file needs API V1');
  expect(simulator.conversations).toEqual([]);
});

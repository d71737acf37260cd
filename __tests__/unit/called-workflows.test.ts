import { execFileSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';

import { INPUT_NAMES, OUTPUT_NAMES } from '../../src/interface.ts';
import { scriptsOf } from '../../workflow-tests/scripts.ts';
import { members, read, ROOT, yamlIn } from '../support/yaml.ts';

/** The scripts read the kernel's random numbers. */
const testOnLinux = process.platform === 'linux' ? test : test.skip;
const PULL = 'https://github.com/octo-org/octo-repo/pull/7';
const CALLABLE = ['assistant.yml', 'run.yml', 'local.yml', 'propose.yml', 'outcomes.yml'];

const textOf = (name: string): string => read(`.github/workflows/${name}`);
const interfaceOf = (name: string, kind: string): ReadonlyMap<string, unknown> =>
  members(parse(textOf(name)), 'on', 'workflow_call', kind);

describe.each(CALLABLE)('.github/workflows/%s', (name) => {
  const workflow: unknown = parse(textOf(name));
  const jobs = [...members(workflow, 'jobs').values()];

  test('can only be called, and leaves concurrency to its caller', () => {
    expect([...members(workflow, 'on').keys()]).toEqual(['workflow_call']);
    expect(members(workflow).has('concurrency')).toBe(false);
  });

  test('names everything by a commit', () => {
    const used = [...textOf(name).matchAll(/\buses: (.+)$/gm)].map(([, uses]) => uses);
    expect(used.length).toBeGreaterThan(0);
    for (const uses of used) expect(uses).toMatch(/^[\w-]+\/\S+@[\da-f]{40} # v\d+\.\d+\.\d+$/);
  });

  test('uses every input, and every secret, each of them optional', () => {
    for (const input of interfaceOf(name, 'inputs').keys()) expect(textOf(name)).toContain(`inputs.${input}`);
    for (const [secret, value] of interfaceOf(name, 'secrets')) {
      expect(members(value).get('required')).toBe(false);
      expect(textOf(name)).toContain(`secrets.${secret}`);
    }
  });

  test('asks for no permission that a caller need not grant', () => {
    const asked = jobs.map((job) => Object.fromEntries(members(job, 'permissions')));
    const write = { contents: 'write', 'pull-requests': 'write' };
    const read = { contents: 'read', issues: 'read', 'pull-requests': 'read' };
    const local = [read, write, {}];
    const onPull = { 'pull-requests': 'write' };
    const assistant = [{ issues: 'write' }, onPull, onPull];
    const expected = { assistant, run: [{}], local, propose: [write], outcomes: [{}] };
    expect(asked).toEqual(new Map(Object.entries(expected)).get(name.replace('.yml', '')));
  });
});

/** What callers rely on: a workflow whose input or output has another name, or none, would break them. */
const PROMISED: readonly (readonly [name: string, kind: string, names: readonly string[]])[] = [
  [
    'assistant.yml',
    'inputs',
    [
      ...['label', 'command', 'review', 'review-command', 'max-cost-usd', 'timeout-seconds', 'base-url'],
      ...['allow-http', 'working-directory', 'model', 'require-permission', 'allowed-bots', 'runs-on'],
      'environment',
    ],
  ],
  ['assistant.yml', 'outputs', []],
  [
    'run.yml',
    'inputs',
    [
      ...['message', 'message-template', 'command', 'repository', 'branch', 'model', 'working-directory'],
      ...['base-url', 'allow-http', 'runs-on', 'conversation-id'],
      ...['images', 'idempotency-key', 'if-exists', 'poll', 'timeout-seconds', 'on-paused', 'max-cost-usd'],
      ...['comment', 'issue-number', 'require-permission', 'allowed-bots', 'environment'],
      ...['require-result', 'output-schema', 'review', 'wait-for-checks', 'max-fix-rounds'],
    ],
  ],
  [
    'run.yml',
    'outputs',
    [
      ...['conversation-id', 'conversation-url', 'status', 'failure-kind', 'pull-request-urls', 'cost-usd'],
      ...['review-url', 'checks', 'structured-output'],
    ],
  ],
  [
    'local.yml',
    'inputs',
    [
      ...[
        'message',
        'message-template',
        'model',
        'branch',
        'timeout-seconds',
        'max-cost-usd',
        'llm-base-url',
      ],
      ...['require-permission', 'allowed-bots', 'require-result', 'images', 'tools', 'title'],
    ],
  ],
  ['local.yml', 'outputs', ['status', 'pull-request-url', 'cost-usd']],
  [
    'propose.yml',
    'inputs',
    ['base', 'branch', 'title', 'commit-message', 'body', 'answer', 'conversation-url'],
  ],
  ['propose.yml', 'outputs', ['pull-request-url']],
];

test.each(PROMISED)('%s has exactly the %s that its callers rely on', (name, kind, names) => {
  expect([...interfaceOf(name, kind).keys()].sort()).toEqual([...names].sort());
});

test.each(['run.yml', 'local.yml'])('the inputs of %s mean what those of the action do', (name) => {
  const steps = [...members(parse(textOf(name)), 'jobs', 'agent', 'steps').values()];
  const step = steps.find((each) => members(each).get('id') === 'agent');
  for (const input of interfaceOf(name, 'inputs').keys()) {
    if (['environment', 'runs-on', 'title'].includes(input)) continue; // of the job, or of the pull request
    expect(INPUT_NAMES).toContain(input);
    if (name === 'local.yml' && input === 'branch') continue; // checked out, not sent to a server
    expect(members(step, 'with').get(input)).toMatch(
      new RegExp(`^\\$\\{\\{ (?:inputs\\.poll && )?inputs\\.${input}(?= (?:\\|\\| .+ )?\\}\\}$)`),
    );
  }
});

const textOfDefault = (value: unknown): string =>
  typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);
/** What an input of each type is on GitHub if the caller does not set it. */
const UNSET = new Map<unknown, string>([
  ['boolean', 'false'],
  ['number', '0'],
  ['string', ''],
]);

test.each([
  ['run.yml', ['poll', 'max-cost-usd', 'runs-on']],
  ['local.yml', ['max-cost-usd']],
])('%s and the action have the same defaults, but for those that the page lists', (name, different) => {
  const inputs = members(parse(read('action.yml')), 'inputs');
  const found = [...interfaceOf(name, 'inputs')].flatMap(([input, value]) => {
    const own = textOfDefault(members(value).get('default')) || (UNSET.get(members(value).get('type')) ?? '');
    // An empty input has the action's default.
    return [textOfDefault(members(inputs.get(input)).get('default')), ''].includes(own) ? [] : [input];
  });
  expect(found).toEqual(different);
  for (const input of found) expect(read('docs/reusable-workflows.md')).toMatch(`\n| \`${input}\``);
});

test.each(['run.yml', 'local.yml'])('%s limits the cost of its agent to 5 dollars by default', (name) => {
  const inputs = interfaceOf(name, 'inputs');
  expect([...members(inputs.get('max-cost-usd'))]).toEqual([
    ['type', 'number'],
    ['default', 5],
  ]);
});

test.each(['local.yml', 'propose.yml'])(
  '%s works on the branch of the pull request, if it runs for one',
  (name) => {
    // The ref of such a run is refs/pull/7/merge, which is no branch.
    const branches = [...textOf(name).matchAll(/^ +(?:ref|base): \$\{\{ (inputs\.branch.*) \}\}/gm)].map(
      ([, branch]) => branch,
    );
    expect(branches.length).toBeGreaterThan(0);
    for (const branch of branches)
      expect(branch).toBe('inputs.branch || github.event.pull_request.head.ref || github.ref_name');
  },
);

test('local.yml runs nothing for a pull request from a fork', () => {
  const condition = members(parse(textOf('local.yml')), 'jobs', 'agent').get('if');
  expect(condition).toMatch(/pull_request\.head\.repo\.full_name == github\.repository$/);
});

test('local.yml gives an agent without tools neither a folder nor a patch, which it cannot have', () => {
  const steps = [...members(parse(textOf('local.yml')), 'jobs', 'agent', 'steps').values()];
  const given = members(
    steps.find((each) => members(each).get('id') === 'agent'),
    'with',
  );
  for (const input of ['working-directory', 'patch-file'])
    expect(given.get(input)).toMatch(/^\$\{\{ inputs\.tools != 'none' && .+ \|\| '' \}\}$/);
});

test('the outputs of run.yml are outputs of the action', () => {
  for (const [output, value] of interfaceOf('run.yml', 'outputs')) {
    expect(OUTPUT_NAMES).toContain(output);
    expect(members(value).get('value')).toBe(`\${{ jobs.agent.outputs.${output} }}`);
  }
});

const PAGES = globSync(['examples/*.yml', 'workflow-tests/workflows/*.yml', 'README.md', 'docs/**/*.md'], {
  cwd: ROOT,
}).sort();

test('every call in examples and pages uses existing inputs, secrets and types', () => {
  const calls = PAGES.flatMap(yamlIn).flatMap((block) => callsIn(parse(block)));
  expect(calls.length).toBeGreaterThan(3);
  for (const { name, job } of calls) {
    const types: Readonly<Record<string, string>> = { number: 'number', boolean: 'boolean' };
    for (const [input, value] of members(job, 'with')) {
      const type = members(interfaceOf(name, 'inputs').get(input)).get('type');
      expect([name, input, type]).toEqual([name, input, types[typeof value] ?? 'string']);
    }
    if (members(job).get('secrets') === 'inherit') continue;
    const secrets = [...interfaceOf(name, 'secrets').keys()];
    expect(secrets).toEqual(expect.arrayContaining([...members(job, 'secrets').keys()]));
  }
});

interface Call {
  readonly name: string;
  readonly job: unknown;
}

/** Returns each job that calls one of the workflows. */
function callsIn(workflow: unknown): readonly Call[] {
  return [...members(workflow, 'jobs').values()].flatMap((job) => {
    const [, name = ''] = /\/workflows\/(\w+\.yml)@/.exec(String(members(job).get('uses'))) ?? [];
    return CALLABLE.includes(name) ? [{ name, job }] : [];
  });
}

const KEPT = ['.github/workflows/run.yml', '.github/workflows/local.yml', 'examples/weekly-readme-audit.yml'];

test.each(KEPT)('%s keeps its outcome at every end, and never fails for it', (file) => {
  const jobs = [...members(parse(read(file)), 'jobs').values()];
  const steps = jobs.flatMap((job) => [...members(job, 'steps').values()]).slice(-2);
  for (const step of steps) {
    expect(members(step).get('continue-on-error')).toBe(true);
    expect(members(step).get('if')).toMatch(/^always\(\) && \S*outputs\.(?:outcome-file|outcome|name)$/);
  }
  expect(members(steps[1], 'with').get('retention-days')).toBe(90);
  expect(members(steps[1], 'with').get('name')).toBe('${{ steps.outcome.outputs.name }}');
});

test('no workflow writes or reads an outcome with jq', () => {
  for (const file of [...KEPT, '.github/workflows/outcomes.yml', 'examples/outcomes.yml'])
    expect(read(file)).not.toMatch(/\bjq\b/);
});

describe('the scripts around outcomes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'outcome-scripts-'));
  const [passOn, write] = scriptsOf(join(ROOT, '.github/workflows/local.yml'), 'local.yml').filter(
    ({ step }) => ['Pass on the outcome', 'Write the outcome'].includes(step),
  );
  const outcome = (urls: readonly string[]): string =>
    JSON.stringify({
      version: 1,
      status: 'finished',
      'failure-kind': '',
      'cost-before-usd': 0.5,
      'cost-usd': 0.5,
      'conversation-url': 'http://[::1]:8712/api/conversations/1',
      'pull-request-urls': urls,
    });
  /** Runs a script as a runner does. Returns its outputs. */
  const run = (script: string | undefined, env: Readonly<Record<string, string>>): string => {
    const output = join(folder, 'output.txt');
    writeFileSync(output, '');
    execFileSync('bash', ['-e', '-c', script ?? 'exit 99'], {
      env: { PATH: process.env['PATH'], RUNNER_TEMP: folder, GITHUB_OUTPUT: output, ...env },
    });
    return readFileSync(output, 'utf8');
  };

  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  testOnLinux('local.yml passes the outcome on in one line', () => {
    const file = join(folder, 'from-the-action.json');
    writeFileSync(file, outcome([]));
    expect(run(passOn?.text, { FILE: file })).toBe(`outcome=${outcome([])}\n`);
  });

  testOnLinux.each([
    ['without a pull request', [], '', []],
    ['with the one that was opened', [], PULL, [PULL]],
    ['with that in place of others', ['https://github.com/octo-org/octo-repo/pull/1'], PULL, [PULL]],
  ] as const)(
    'local.yml writes the outcome %s, under a name that no other has',
    (_, before, opened, after) => {
      const env = { OUTCOME: outcome(before), PULL_REQUEST: opened };
      const names = [run(write?.text, env), run(write?.text, env)];
      expect(readFileSync(join(folder, 'outcome.json'), 'utf8')).toBe(`${outcome(after)}\n`);
      expect(new Set(names).size).toBe(2);
      for (const name of names) expect(name).toMatch(/^name=openhands-outcome-[0-9a-f-]{36}\n$/);
    },
  );
});

test('local.yml keeps the outcome in a job without rights, unless nothing was to run', () => {
  const job = members(parse(textOf('local.yml')), 'jobs', 'outcome');
  expect(job.get('needs')).toEqual(['agent', 'propose']);
  expect(job.get('if')).toBe("always() && needs.agent.result != 'skipped'");
  expect(job.get('permissions')).toEqual({});
});

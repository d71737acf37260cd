import { globSync } from 'node:fs';
import { basename } from 'node:path';

import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';

import { proseWordsOf } from '../../scripts/parts.ts';
import { INPUT_NAMES, OUTPUT_NAMES } from '../../src/interface.ts';
import { VERSION } from '../../src/version.ts';
import { SUCCEEDS } from '../../testbed/statuses.ts';
import { members, read, ROOT, yamlIn } from '../support/yaml.ts';

const action: unknown = parse(read('action.yml'));

describe('action.yml', () => {
  test('has the inputs and outputs of the code', () => {
    expect([...members(action, 'inputs').keys()]).toEqual(INPUT_NAMES);
    expect([...members(action, 'outputs').keys()]).toEqual(OUTPUT_NAMES);
  });

  test('has no input that nothing reads, and no output that nothing sets', () => {
    const files = globSync('src/**/*.ts', { cwd: ROOT }).filter((path) => basename(path) !== 'interface.ts');
    const code = files.map(read).join('\n');
    const isUsed = (name: string): boolean => code.includes(`'${name}'`) || code.includes(`${name}:`);
    expect([...INPUT_NAMES, ...OUTPUT_NAMES].filter((name) => !isUsed(name))).toEqual([]);
  });

  test('describes each input and output in sentences of at most 25 words in all', () => {
    const long: string[] = [];
    for (const kind of ['inputs', 'outputs']) {
      for (const name of members(action, kind).keys()) {
        const description = String(members(action, kind, name).get('description'));
        expect(description).toMatch(/^[A-Z].{15,}\.$/s);
        if (proseWordsOf(description) > 25) long.push(name);
      }
    }
    expect(long).toEqual([]);
  });

  // The Marketplace refuses a longer description. The colors and icons are those of
  // https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax#branding.
  test('meets the limits of the Marketplace', () => {
    expect(members(action).get('name')).toMatch(/^OpenHands [\w ]{5,40}$/);
    expect(members(action).get('description')).toMatch(/^.{20,124}$/);
    expect(members(action).get('author')).toMatch(/./);
    expect(['message-circle', 'message-square', 'terminal', 'users']).toContain(
      members(action, 'branding').get('icon'),
    );
    expect(['white', 'yellow', 'blue', 'green', 'orange', 'red', 'purple', 'gray-dark']).toContain(
      members(action, 'branding').get('color'),
    );
  });

  test('runs built files', () => {
    expect(members(action, 'runs').get('using')).toBe('node24');
    expect(read(String(members(action, 'runs').get('main'))).length).toBeGreaterThan(0);
  });
});

describe('the README', () => {
  test('lists each status, and whether the step succeeds with it', () => {
    const rows = [...read('README.md').matchAll(/^\| `([a-z-]+)` .*\| (succeeds|fails) +\|$/gm)];
    expect(Object.fromEntries(rows.map(([, status, step]) => [status, step === 'succeeds']))).toEqual(
      SUCCEEDS,
    );
  });
});

const EXAMPLES = globSync('examples/**/*.yml', { cwd: ROOT }).sort();
/** Its queues and commands are in the workflow that it calls: see assistant.test.ts. */
const WITHOUT_RULES = 'assistant.yml';
/** The maximum number of lines of other recipes: a repository's own file, and one with two jobs. */
const LINES = new Map([
  ['local.yml', 21],
  ['step.yml', 42],
  ['reusable.yml', 25],
  ['try-again.yml', 40],
  ['failed-checks.yml', 40],
  ['triage.yml', 84],
  ['fork-review.yml', 56],
  ['propose-patch.yml', 54],
  ['approve-patch.yml', 90],
  ['pull-request-comment.yml', 47],
  ['weekly-readme-audit.yml', 60],
  ['many-repositories.yml', 140],
  ['start-without-waiting.yml', 134],
]);
const PAGES = globSync(['README.md', 'docs/**/*.md'], { cwd: ROOT }).sort();

test('every workflow in examples and pages uses existing inputs', () => {
  expect(EXAMPLES.length).toBeGreaterThan(7);
  for (const file of [...EXAMPLES, ...PAGES]) {
    for (const step of yamlIn(file).flatMap((block) => usesOfAction(parse(block))))
      expect(INPUT_NAMES).toEqual(expect.arrayContaining([...members(step, 'with').keys()]));
  }
});

test.each(PAGES)('every step whose outputs %s uses has its id on the page', (page) => {
  const blocks = yamlIn(page).join('\n');
  const used = [...blocks.matchAll(/\bsteps\.([\w-]+)\.outputs\b/g)].map(([, id]) => id);
  const ids = [...blocks.matchAll(/^[ -]*id: ([\w-]+)$/gm)].map(([, id]) => id);
  expect(ids).toEqual(expect.arrayContaining(used));
});

/** Returns each step that uses the action, at any depth. */
function usesOfAction(value: unknown): readonly unknown[] {
  return usesOf(value, /\/openhands-conversation-action@/);
}

/** Returns each job that calls a workflow of the action which starts an agent. */
function callsOf(value: unknown): readonly unknown[] {
  return usesOf(value, /\/openhands-conversation-action\/\.github\/workflows\/(?:run|local)\.yml@/);
}

function usesOf(value: unknown, wanted: RegExp): readonly unknown[] {
  const here = members(value);
  const uses = here.get('uses');
  const own = typeof uses === 'string' && wanted.test(uses) ? [value] : [];
  return [...own, ...[...here.values()].flatMap((each) => usesOf(each, wanted))];
}

/** Returns the examples that have their rules themselves. */
function withRules(): readonly string[] {
  return EXAMPLES.filter((file) => basename(file) !== WITHOUT_RULES).map(read);
}

/** Returns the concurrency of a workflow, or else of each of its jobs. */
function concurrencyOf(workflow: unknown): readonly ReadonlyMap<string, unknown>[] {
  const whole = members(workflow, 'concurrency');
  if (whole.size > 0) return [whole];
  return [...members(workflow, 'jobs').values()].map((job) => members(job, 'concurrency'));
}

// Else a recipe that finds another one's agent by its key could pause it, because its own max-cost-usd is lower.
test.each([
  ['issue', 3],
  ['pull-request', 3],
  ['review', 1],
])('recipes with a key for each %s have one concurrency group and one limit of cost', (thing, count) => {
  const workflows = EXAMPLES.map(read).filter((text) => text.includes(`idempotency-key: ${thing}-$`));
  // The group of a called workflow is one more than its caller's.
  const groups = workflows
    .map((text): unknown => parse(text))
    .filter((workflow) => !members(workflow, 'on').has('workflow_call'))
    .flatMap((workflow) => concurrencyOf(workflow).map((each) => each.get('group') ?? ''));
  const named = groups.filter((group) => group !== '');
  expect(named.length).toBeGreaterThanOrEqual(count);
  for (const group of named)
    expect(group).toMatch(
      new RegExp(
        `^openhands-${thing}-\\$\\{\\{ github\\.event\\.[\\w.[\\]]+(?: \\|\\| github\\.event\\.[\\w.]+)? \\}\\}`,
      ),
    );
  const steps = workflows.flatMap((text) => [...usesOfAction(parse(text)), ...callsOf(parse(text))]);
  expect(new Set(steps.map((step) => members(step, 'with').get('max-cost-usd'))).size).toBe(1);
});

test('a group of a job that strangers can start has no place for them in the queue of others', () => {
  const texts = withRules().filter(
    (text) =>
      // Where a job's `if` lets in only members, nobody else joins its group.
      /^ {2}(?:issue_comment|pull_request_review):/m.test(text) && !text.includes('["OWNER", "MEMBER"'),
  );
  expect(texts.length).toBe(3);
  for (const text of texts)
    expect(text).toMatch(
      /group: \S+ github\.[\w.]+(?: \|\| github\.[\w.]+)? \}\}\$\{\{ contains\(fromJSON\('\["NONE","FIRST_TIMER","FIRST_TIME_CONTRIBUTOR","MANNEQUIN"\]'\), github\.event\.(?:comment|review)\.author_association\) && format\('-\{0\}', github\.run_id\) \|\| '' \}\}\n/,
    );
});

test('a command is named at two places of a recipe, and on its page', () => {
  const texts = withRules().filter((text) => text.includes(' command: /agent'));
  expect(texts.length).toBe(2);
  for (const text of texts) {
    expect(text).toMatch(/if: startsWith\(github\.event\.comment\.body, '\/agent'\) /);
    expect(text.replaceAll(/#.*/g, '').match(/\/agent/g)).toHaveLength(2);
  }
});

describe.each(EXAMPLES)('%s', (file) => {
  const text = read(file);
  const workflow: unknown = parse(text);
  const jobs = [...members(workflow, 'jobs').values()];
  const steps = jobs.flatMap((job) => [...members(job, 'steps').values()]);
  const events = [...members(workflow, 'on').keys()];
  const queues = basename(file) === WITHOUT_RULES ? [] : concurrencyOf(workflow);

  test('has at most 8 lines of set-up and at most 39 lines of YAML', () => {
    const [, setUp = '', yaml = ''] = /^((?:#.*\n)*)([^]*)$/.exec(text) ?? [];
    expect(setUp.trimEnd().split('\n').length).toBeLessThanOrEqual(8);
    const most = LINES.get(basename(file)) ?? 39;
    expect(yaml.split('\n').filter((line) => !/^\s*(?:#|$)/.test(line)).length).toBeLessThanOrEqual(most);
    expect(yaml).not.toContain('<<');
  });

  test('gives no permissions outside of jobs', () => {
    expect(members(workflow).get('permissions')).toEqual({});
  });

  test('never cancels its own runs', () => {
    for (const concurrency of queues) {
      // A called workflow with the group of its caller would cancel that.
      if (events.includes('workflow_call')) expect(concurrency.get('group') ?? '').not.toMatch(/issue|[{}]/);
      else expect(concurrency.get('cancel-in-progress')).toBe(false);
    }
  });

  test('keeps all runs that wait', () => {
    for (const concurrency of queues)
      if (concurrency.size > 0 || !events.includes('workflow_call'))
        expect(concurrency.get('queue')).toBe('max');
  });

  test('starts no second agent in a re-run, or says why', () => {
    for (const step of [...usesOfAction(workflow), ...callsOf(workflow)]) {
      const inputs = members(step, 'with');
      const names = inputs.has('idempotency-key') || inputs.has('conversation-id');
      expect(names || text.includes('# no idempotency-key: ')).toBe(true);
    }
  });

  test('starts another agent after one that failed, or says why not', () => {
    for (const step of [...usesOfAction(workflow), ...callsOf(workflow)]) {
      const inputs = members(step, 'with');
      const key = inputs.get('idempotency-key');
      // With the id of the run, the next run has another key.
      if (typeof key !== 'string' || key.includes('run_id')) continue;
      expect(inputs.has('if-exists') || text.includes('# no if-exists, because ')).toBe(true);
    }
  });

  test('limits the cost of an agent that an event starts, and says whose cost it is', () => {
    const byPeople = events.every((event) => event === 'workflow_dispatch');
    for (const step of byPeople ? [] : usesOfAction(workflow)) {
      const inputs = members(step, 'with');
      if (inputs.get('poll') !== true) continue;
      const isSent = inputs.get('if-exists') === 'send';
      const limit = Number(inputs.get('max-cost-usd'));
      // A conversation that gets more than one message may cost more.
      expect(limit > 0 && limit <= (text.includes('whole conversation') ? 10 : 5)).toBe(true);
      expect(text).toMatch(
        isSent ? /max-cost-usd: \d+ # .*whole conversation/ : /max-cost-usd: [\d.]+ # .{10}/,
      );
    }
  });

  test('inserts no text of an event into a script or a message', () => {
    const texts = [...steps, ...jobs].flatMap((step) => [
      members(step).get('run'),
      members(step, 'with').get('message'),
      members(step, 'with').get('message-template'),
    ]);
    for (const each of texts)
      expect(each ?? '').not.toMatch(/\$\{\{\s*(?:format\()?\s*github\.(?:event|head_ref)/);
  });

  test('says where to pin the version, and uses existing outputs', () => {
    const pinned = text.match(
      /# pin it: ([\w-]+\/openhands-conversation-action[\w./-]*)@(?:<commit>|[\da-f]{40}) # v\d+\.\d+\.\d+\n\s+uses: \1@v\d+$/gm,
    );
    expect(pinned?.length).toBe(text.match(/uses: .*openhands-conversation-action\b/g)?.length);
    const ids = usesOfAction(workflow).map((step) => members(step).get('id'));
    for (const [, id, name] of text.matchAll(/steps\.(\w+)\.outputs\.([a-z-]+)/g))
      if (ids.includes(id)) expect(OUTPUT_NAMES).toContain(name);
  });

  test('gives the action a shorter deadline than the job', () => {
    for (const job of jobs.filter((each) => usesOfAction(each).length > 0)) {
      const standard = members(action, 'inputs', 'timeout-seconds').get('default');
      const seconds = usesOfAction(job).map((step) =>
        Number(members(step, 'with').get('timeout-seconds') ?? standard),
      );
      const all = seconds.reduce((sum, each) => sum + each, 0);
      expect(Number(members(job).get('timeout-minutes')) * 60).toBeGreaterThan(all);
    }
  });
});

/** The recipes that ask for work, not for an answer. */
const ASK_FOR_WORK = [
  ...[
    'approve-patch',
    'failed-checks',
    'failed-ci',
    'green-checks',
    'issue-comment',
    'issue-label',
    'local',
    'many-repositories',
  ],
  ...[
    'organization-agent',
    'organization-canvas',
    'propose-patch',
    'pull-request-comment',
    'reusable',
    'review-feedback',
  ],
  ...['server-agent', 'weekly-readme-audit'],
];

test.each(ASK_FOR_WORK)(
  'examples/%s.yml fails if the agent could not do its task, as the page says once for all',
  (name) => {
    const text = read(`examples/${name}.yml`);
    const workflow: unknown = parse(text);
    for (const step of [...usesOfAction(workflow), ...callsOf(workflow)])
      expect(['done', 'pull-request']).toContain(members(step, 'with').get('require-result'));
    expect(read('docs/recipes.md')).toMatch(/\| `require-result: done` +\| fails the step, with the reason/);
  },
);

/**
 * The triggers of OpenHands' own GitHub app and of its earlier workflow. Sources:
 * https://docs.openhands.dev/openhands/usage/cloud/github-installation, and examples/openhands-resolver.yml of
 * All-Hands-AI/OpenHands, openhands/resolver.
 */
const TRIGGERS_OF_THE_APP = [
  /@openhands/i,
  /(['"`])(?:openhands|fix-me)\1/i,
  /label.*(?<![\w/.-])openhands(?![\w/.-])/,
];

test.each([
  ...globSync(['examples/*.yml', 'workflow-tests/workflows/*.yml', 'workflow-tests/events/*.json'], {
    cwd: ROOT,
  }),
  ...globSync(['README.md', 'docs/**/*.md'], { cwd: ROOT }),
])("%s triggers OpenHands' own app nowhere, which would start a second agent", (file) => {
  const text = read(file);
  const codes = file.endsWith('.md')
    ? [...text.matchAll(/^```ya?ml$.*?^```$/gms)].map(([code]) => code)
    : [text];
  for (const code of codes) for (const trigger of TRIGGERS_OF_THE_APP) expect(code).not.toMatch(trigger);
});

test('docs/troubleshooting.md quotes only what the action says', () => {
  const source = globSync('{src,local/src,outcomes/src}/**/*.ts', { cwd: ROOT })
    .map((file) => read(file))
    .join('\n')
    // As people see it: strings put together, and what is filled in left open.
    .replaceAll(/['`] \+\s+['`]/g, '')
    .replaceAll(/\$\{[^{}]*\}/g, '…')
    .replaceAll("\\'", "'");
  const rows = [...read('docs/troubleshooting.md').matchAll(/^\| (.*?) +\| /gm)].map(
    ([, cell]) => cell ?? '',
  );
  const quotes = rows
    .filter((cell) => !cell.includes('from the runner'))
    .flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, quote]) => quote ?? ''));
  expect(quotes.length).toBeGreaterThan(30);
  for (const quote of quotes)
    expect(source).toContain(quote.replace(/^failed to /i, '').replace(/HTTP \d{3}/, 'HTTP …'));
});

test('the version is the same everywhere', () => {
  const manifest: unknown = JSON.parse(read('package.json'));
  expect(members(manifest).get('version')).toBe(VERSION);
  expect(read('CHANGELOG.md')).toContain(`## ${VERSION} - `);
});

test('the version that the README pins is the newest in the changelog', () => {
  expect(read('README.md')).toMatch(new RegExp(`-action@(?:<commit>|[\\da-f]{40}) # v${VERSION}\\b`));
  expect(/^## .*/m.exec(read('CHANGELOG.md'))?.[0]).toMatch(`## ${VERSION} - `);
});

test('every dependency has a reason in CONTRIBUTING.md', () => {
  const manifest: unknown = JSON.parse(read('package.json'));
  const tables = /^## Dependencies$.*?^## /ms.exec(read('CONTRIBUTING.md'))?.[0] ?? '';
  const named = [...tables.matchAll(/^\| (.*?) +\| /gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name),
  );
  const used = ['dependencies', 'devDependencies'].flatMap((kind) => [...members(manifest, kind).keys()]);
  expect(used.filter((name) => !named.includes(name))).toEqual([]);
});

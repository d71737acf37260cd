import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';

import { INPUT_NAMES } from '../../src/interface.ts';
import { members, read } from '../support/yaml.ts';

const CALLED: unknown = parse(read('.github/workflows/assistant.yml'));
const CALLER = 'examples/assistant.yml';
const JOBS = [...members(CALLED, 'jobs').values()];

const stepsOf = (job: unknown): readonly unknown[] => [...members(job, 'steps').values()];
/** The steps that use the action. */
const ASKING = JOBS.flatMap(stepsOf).filter((step) =>
  String(members(step).get('uses')).includes('/openhands-conversation-action@'),
);

/** Returns a value of the step with the action in a job, by the names of job and step. */
function given(job: string, step: string, input: string): unknown {
  const found = stepsOf(members(CALLED, 'jobs').get(job)).find((each) => members(each).get('id') === step);
  return members(found, 'with').get(input);
}

/** Returns the step with the action of a recipe. */
function recipe(name: string): ReadonlyMap<string, unknown> {
  const [job] = members(parse(read(`examples/${name}.yml`)), 'jobs').values();
  const found = stepsOf(job).find((step) => members(step, 'with').has('message-template'));
  return members(found, 'with');
}

describe('the one file', () => {
  test('has at most 25 lines, no queue, and no expression but the secret', () => {
    const text = read(CALLER);
    expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(25);
    expect(text).not.toContain('concurrency');
    expect(text.match(/\$\{\{.*?\}\}/g)).toEqual(['${{ secrets.OPENHANDS_API_KEY }}']);
  });

  test('grants what the jobs ask for, which each ask for one permission: with less, GitHub starts nothing', () => {
    const granted = Object.fromEntries(members(parse(read(CALLER)), 'jobs', 'assistant', 'permissions'));
    const asked = JOBS.map((job) => Object.fromEntries(members(job, 'permissions')));
    expect(granted).toEqual(Object.assign({}, ...asked));
    for (const each of asked) expect(Object.keys(each)).toHaveLength(1);
  });

  test('has each event that a job is for', () => {
    const named = new Set(
      [...read('.github/workflows/assistant.yml').matchAll(/github\.event_name == '(\w+)'/g)].map(
        ([, name]) => name,
      ),
    );
    expect([...members(parse(read(CALLER)), 'on').keys()].sort()).toEqual([...named].sort());
  });
});

test.each([
  ['issue', 'label', 'issue-label'],
  ['issue', 'command', 'issue-comment'],
  ['pull-request', 'command', 'pull-request-comment'],
  ['pull-request', 'changes', 'review-feedback'],
  ['review', 'label', 'pull-request-review'],
])('the agent of the job %s, step %s, gets the message and the key of the recipe %s', (job, step, name) => {
  for (const input of [
    'message-template',
    'idempotency-key',
    'if-exists',
    'require-result',
    'review-feedback',
    'comment',
  ])
    expect(given(job, step, input)).toEqual(recipe(name).get(input));
  expect(given(job, step, 'max-cost-usd')).toBe(
    `\${{ inputs.max-cost-usd || ${String(recipe(name).get('max-cost-usd'))} }}`,
  );
});

test.each([
  ['issue', 'issue-comment'],
  ['pull-request', 'pull-request-comment'],
  ['review', 'pull-request-review'],
])('the job %s has the queue of the recipe %s, so that both together start one agent', (job, name) => {
  const queueOf = (of: unknown): ReadonlyMap<string, unknown> => members(of, 'concurrency');
  const groupOf = (of: unknown): string => String(queueOf(of).get('group'));
  const [inRecipe] = members(parse(read(`examples/${name}.yml`)), 'jobs').values();
  const own = members(CALLED, 'jobs').get(job);
  const before = /^openhands-[a-z-]+-(?=\$)/;
  expect(before.exec(groupOf(own))?.[0]).toBe(before.exec(groupOf(inRecipe))?.[0]);
  expect([queueOf(own).get('cancel-in-progress'), queueOf(own).get('queue')]).toEqual([false, 'max']);
  // Strangers have no place in the queue of others.
  expect(groupOf(own)).toMatch(
    /\}\}\$\{\{ contains\(fromJSON\('\["NONE","FIRST_TIMER","FIRST_TIME_CONTRIBUTOR","MANNEQUIN"\]'\), github\.event\.comment\.author_association(?: \|\| github\.event\.review\.author_association)?\) && format\('-\{0\}', github\.run_id\) \|\| '' \}\}$/,
  );
});

test('every step with the action waits, has a limit and a key, and takes the inputs of the caller', () => {
  expect(ASKING).toHaveLength(6);
  const passed = ['timeout-seconds', 'base-url', 'allow-http', 'working-directory', 'model'];
  for (const step of ASKING) {
    const inputs = members(step, 'with');
    for (const name of inputs.keys()) expect(INPUT_NAMES).toContain(name);
    expect(inputs.get('poll')).toBe(true);
    expect(inputs.get('max-cost-usd')).toMatch(/^\$\{\{ inputs\.max-cost-usd \|\| (?:10|5) \}\}$/);
    expect(inputs.get('idempotency-key')).toMatch(/^[a-z-]+-\$\{\{ .* \}\}$/);
    for (const name of [...passed, 'require-permission', 'allowed-bots'])
      expect(inputs.get(name)).toBe(`\${{ inputs.${name} }}`);
  }
});

test('nothing becomes part of a message before the action marks what people wrote', () => {
  for (const step of ASKING)
    expect(String(members(step, 'with').get('message-template'))).not.toContain('${{');
});

test('an empty word turns its command off, instead of taking every comment for one', () => {
  const text = read('.github/workflows/assistant.yml').replaceAll(/\s+/g, ' ');
  const uses = [...text.matchAll(/startsWith\(github\.event\.comment\.body, inputs\.([\w-]+)\)/g)];
  expect(uses).toHaveLength(3);
  for (const [use, word = ''] of uses) expect(text).toContain(`inputs.${word} && ${use}`);
  expect(text.split(/inputs\.(?:review-)?command && startsWith/)).toHaveLength(uses.length + 1);
});

test('each job keeps the outcome of whichever step ran, at every end, and never fails for it', () => {
  for (const job of JOBS) {
    const ids = stepsOf(job)
      .filter((step) => ASKING.includes(step))
      .map((step) => String(members(step).get('id')));
    const file = ids.map((id) => `steps.${id}.outputs.outcome-file`).join(' || ');
    const [name, upload] = stepsOf(job)
      .slice(-2)
      .map((step) => members(step));
    expect(name?.get('if')).toBe(`always() && (${file})`);
    expect(upload?.get('if')).toBe('always() && steps.outcome.outputs.name');
    expect([name, upload].map((step) => step?.get('continue-on-error'))).toEqual([true, true]);
    expect(Object.fromEntries(members(upload?.get('with')))).toEqual({
      name: '${{ steps.outcome.outputs.name }}',
      path: `\${{ ${file} }}`,
      'retention-days': 90,
    });
  }
});

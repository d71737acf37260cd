import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';

import { SUCCEEDS } from '../../src/conversation/outcome.ts';
import { INPUT_NAMES, OUTPUT_NAMES } from '../../src/interface.ts';
import { VERSION } from '../../src/version.ts';

const ROOT = join(import.meta.dirname, '../..');

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const action: unknown = parse(read('action.yml'));

function members(value: unknown, ...path: readonly string[]): ReadonlyMap<string, unknown> {
  let at = value;
  for (const name of path) at = members(at).get(name);
  return typeof at === 'object' && at !== null ? new Map(Object.entries(at)) : new Map();
}

describe('action.yml', () => {
  test('has the inputs and outputs that the code knows', () => {
    expect([...members(action, 'inputs').keys()]).toEqual(INPUT_NAMES);
    expect([...members(action, 'outputs').keys()]).toEqual(OUTPUT_NAMES);
  });

  test('describes each of them in a sentence', () => {
    for (const kind of ['inputs', 'outputs']) {
      for (const name of members(action, kind).keys()) {
        expect(members(action, kind, name).get('description')).toMatch(/^[A-Z].{15,}\.$/s);
      }
    }
  });

  test('runs what is built', () => {
    expect(members(action, 'runs').get('using')).toBe('node24');
    expect(read(String(members(action, 'runs').get('main'))).length).toBeGreaterThan(0);
  });
});

describe('the README', () => {
  test('tells of each status, and whether the step succeeds with it', () => {
    const rows = [...read('README.md').matchAll(/^\| `([a-z-]+)` .*\| (succeeds|fails) +\|$/gm)];
    expect(Object.fromEntries(rows.map(([, status, step]) => [status, step === 'succeeds']))).toEqual(
      SUCCEEDS,
    );
  });
});

test('every workflow that is shown uses inputs that there are', () => {
  const examples = readdirSync(join(ROOT, 'examples')).map((name) => `examples/${name}`);
  for (const file of [...examples, 'README.md', 'docs/simulator.md']) {
    const blocks = file.endsWith('.md')
      ? [...read(file).matchAll(/^```yaml\n(.*?)^```/gms)].map(([, block]) => block ?? '')
      : [read(file)];
    for (const block of blocks) {
      for (const used of usesOfAction(parse(block)))
        expect(INPUT_NAMES).toEqual(expect.arrayContaining(used));
    }
  }
});

/** The inputs of each step that uses the action, however deep it stands. */
function usesOfAction(value: unknown): readonly string[][] {
  const here = members(value);
  const uses = here.get('uses');
  const own =
    typeof uses === 'string' && uses.includes('openhands-conversation-action@')
      ? [[...members(here.get('with')).keys()]]
      : [];
  return [...own, ...[...here.values()].flatMap(usesOfAction)];
}

test('the version is the same everywhere', () => {
  const manifest: unknown = JSON.parse(read('package.json'));
  expect(members(manifest).get('version')).toBe(VERSION);
  expect(read('CHANGELOG.md')).toContain(`## ${VERSION} - `);
});

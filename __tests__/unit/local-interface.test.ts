import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';

import { LOCAL_INPUT_NAMES, LOCAL_OUTPUT_NAMES } from '../../local/src/inputs.ts';
import { versionIn } from '../../local/src/install.ts';
import { BUILT } from '../../scripts/built.ts';
import { members, read as readFile } from '../support/yaml.ts';

const read = (name: string): string => readFile(`local/${name}`);
const action: unknown = parse(read('action.yml'));

describe('local/action.yml', () => {
  test('has the inputs and outputs of the code', () => {
    expect([...members(action, 'inputs').keys()]).toEqual(LOCAL_INPUT_NAMES);
    expect([...members(action, 'outputs').keys()]).toEqual(LOCAL_OUTPUT_NAMES);
  });

  test('describes each input and output in a sentence', () => {
    for (const each of [...members(action, 'inputs').values(), ...members(action, 'outputs').values()])
      expect(members(each).get('description')).toMatch(/^[A-Z].{15,}\.$/s);
  });

  test('runs the built files, before the next steps and after the job', () => {
    const runs = members(action, 'runs');
    const [main, post] = [runs.get('main'), runs.get('post')];
    expect(runs.get('using')).toBe('node24');
    const built = Object.keys(BUILT).map((name) => `../dist/${name}.js`);
    expect([main, post]).toEqual(['../dist/local.js', '../dist/local-post.js']);
    expect(built).toEqual(expect.arrayContaining([main, post]));
  });
});

describe('the lists of packages for local/action.yml', () => {
  test.each(['requirements.txt', 'requirements-uv.txt', 'requirements-build.txt'])(
    '%s has one version of each package, with hashes',
    (name) => {
      const entries = read(name)
        .split(/\n(?=\S)/)
        .filter((entry) => !entry.startsWith('#'));
      expect(entries.length).toBeGreaterThan(0);
      for (const entry of entries)
        expect(entry).toMatch(/^[\w.-]+==\S+(?: ; .*)? \\\n\s+--hash=sha256:[0-9a-f]{64}/);
    },
  );

  test('contain the agent server of requirements.in', () => {
    expect(versionIn(read('requirements.txt'))).toMatch(/^\d+\.\d+\.\d+$/);
    expect(versionIn(read('requirements.txt'))).toBe(versionIn(read('requirements.in')));
  });

  test('leave out the packages of requirements-excluded.txt, and were made with it', () => {
    const excluded = read('requirements-excluded.txt').match(/^[a-z].*$/gm) ?? [];
    expect(excluded).toContain('browser-use');
    for (const each of excluded) expect(read('requirements.txt')).not.toMatch(new RegExp(`^${each}==`, 'm'));
    expect(read('requirements.txt')).toContain(' --excludes requirements-excluded.txt ');
  });
});

test('docs/contributing/isolation.md has a row for each attempt of the spy', () => {
  const spy = readFile('live/spy.sh');
  const tried = [...spy.matchAll(/^found ([a-z-]+) /gm)].map(([, name]) => name);
  const page = readFile('docs/contributing/isolation.md');
  const documented = [...page.matchAll(/^\|[^|]*\| `([a-z-]+)` +\|[^|]*\|$/gm)].map(([, name]) => name);
  expect(tried.length).toBeGreaterThan(10);
  expect(documented).toEqual(tried);
});

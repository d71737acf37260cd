import { spawn } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { memberOf } from '../../src/text/data.ts';
import { act, errorsOf } from '../support/act.ts';
import { type Archive, bundledPackages, unpackArchive } from '../support/archive.ts';
import { ROOT } from '../support/yaml.ts';

/** The built files of three actions, their source, and the workflows that others call. */
const MAX_BYTES = 1_120_000;

let archive: Archive;

beforeAll(() => {
  archive = unpackArchive();
});

afterAll(() => {
  archive.remove();
});

test('what every job downloads is small, and has the workflows that others call', () => {
  expect(archive.bytes).toBeLessThan(MAX_BYTES);
  const names = globSync('{*,dist/*,.github/workflows/*}', { cwd: archive.folder }).toSorted();
  expect(names).toEqual(
    expect.arrayContaining(['action.yml', 'dist', 'local', 'LICENSE', 'README.md', 'src']),
  );
  for (const called of ['run', 'local', 'propose'])
    expect(names).toContain(join('.github/workflows', `${called}.yml`));
  for (const not of ['__tests__', join('dist', 'simulator.js')]) expect(names).not.toContain(not);
});

const read = (file: string): string => readFileSync(join(archive.folder, file), 'utf8');

const packagesIn = (file: string): readonly string[] => bundledPackages(read(file));

test('it has the license of each package that it contains', () => {
  const dependencies = Object.keys(memberOf(JSON.parse(read('package.json')), 'dependencies') ?? {});
  const built = globSync('dist/*.js', { cwd: archive.folder }).flatMap(packagesIn);
  const licenses = `\n${read('dist/licenses.txt')}`;
  expect(dependencies.length).toBeGreaterThan(5);
  for (const name of [...dependencies, ...built])
    expect(licenses).toMatch(new RegExp(`\n${name}\n(?:MIT|ISC|Apache-2\\.0|BSD-[23]-Clause)\n`));
});

test('it has the code of each package once, besides the copies that the main action has for a quick start', () => {
  const files = globSync('dist/*.js', { cwd: archive.folder, exclude: ['dist/action.js'] });
  const packages = files.flatMap(packagesIn);
  expect(packages).toEqual(
    expect.arrayContaining(['@actions/core', '@octokit/core', 'fflate', 'markdown-it']),
  );
  expect(packages.toSorted()).toEqual([...new Set(packages)].toSorted());
});

test('the action from it and a simulator from a checkout work together, as in the pages', async () => {
  const simulator = spawn(process.execPath, ['dist/simulator.js', '--port', '0', '--speed', '30'], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const url = await new Promise<string>((resolve) => {
      simulator.stdout.on('data', (said: Buffer) => {
        const [found] = /http:\S+/.exec(String(said)) ?? [];
        if (found !== undefined) resolve(found);
      });
    });
    const run = await act(
      {
        message: 'Look.\nsimulate: json',
        'base-url': url,
        poll: 'true',
        'output-schema': '{"type": "object"}',
      },
      { action: archive.folder },
    );
    expect(errorsOf(run)).toEqual([]);
    expect(run.outputs).toMatchObject({
      status: 'finished',
      'structured-output': expect.stringContaining('README.md'),
    });
    expect(run.summary).toContain('Status: finished');
    expect(run.post?.exitCode).toBe(0);
  } finally {
    simulator.kill();
  }
});

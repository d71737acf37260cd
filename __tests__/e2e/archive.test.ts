import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { act, errorsOf } from '../support/act.ts';
import { type Archive, unpackArchive } from '../support/archive.ts';

/** Two actions beside the main one: the agent server on the runner, and the report about outcomes with a copy of Octokit. */
const MAX_BYTES = 1_300_000;

let archive: Archive;

beforeAll(() => {
  archive = unpackArchive();
});

afterAll(() => {
  archive.remove();
});

test('what every job downloads is small, and has the workflows that others call', () => {
  expect(archive.bytes).toBeLessThan(MAX_BYTES);
  const names = globSync('{*,.github/workflows/*}', { cwd: archive.folder }).toSorted();
  expect(names).toEqual(
    expect.arrayContaining(['action.yml', 'dist', 'local', 'LICENSE', 'README.md', 'src']),
  );
  for (const called of ['run', 'local', 'propose'])
    expect(names).toContain(join('.github/workflows', `${called}.yml`));
  expect(names).not.toContain('__tests__');
});

test('an action and a simulator from it work together, as in the pages', async () => {
  const simulator = spawn(process.execPath, ['dist/simulator.js', '--port', '0', '--speed', '30'], {
    cwd: archive.folder,
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

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';

const FOLDER = join(import.meta.dirname, '../../simulator');

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command of the simulator; `during` sees what it has printed so far. */
async function command(
  file: string,
  args: readonly string[],
  during?: (stdout: string, child: ChildProcess) => void,
): Promise<Ended> {
  const child = spawn(process.execPath, [join(FOLDER, file), ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    during?.(stdout, child);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      resolve({ code, stdout, stderr });
    });
  });
}

describe('the command of the simulator', () => {
  // Windows ends a child at once, whatever the signal.
  (process.platform === 'win32' ? test.skip : test)(
    'serves, logs requests without their keys, and ends when told',
    async () => {
      let asked = false;
      const { code, stdout } = await command('main.ts', ['--port', '0'], (sofar, child) => {
        const url = /base-url at (\S+)/.exec(sofar)?.[1];
        if (url !== undefined && !asked) {
          asked = true;
          void fetch(`${url}/api/v1/users/me`, { headers: { authorization: 'Bearer a-key-to-hide' } });
        }
        if (sofar.includes('-> 200')) child.kill('SIGTERM');
      });
      expect(code).toBe(0);
      expect(stdout).toContain('GET /api/v1/users/me -> 200');
      expect(stdout).not.toContain('a-key-to-hide');
    },
  );

  test('a wrong option is one line and exit code 2', async () => {
    const { code, stdout, stderr } = await command('main.ts', ['--speed', 'fast']);
    expect([code, stdout, stderr]).toEqual([
      2,
      '',
      'simulator: --speed: "fast" is not a number above 0, at most 100000\n',
    ]);
  });

  test('the help names every answer of a fault', async () => {
    const { code, stdout } = await command('main.ts', ['--help']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/redirect=URL/);
  });
});

describe('the command of the runner', () => {
  test("prints log, outputs and summary, and ends with the action's exit code", async () => {
    const folder = await mkdtemp(join(tmpdir(), 'runner-command-'));
    await writeFile(
      join(folder, 'action.yml'),
      'inputs: { name: { description: n } }\nruns: { using: node24, main: main.mjs }\n',
    );
    const script = `
import { appendFileSync } from 'node:fs';
console.log('hello', process.env.INPUT_NAME);
appendFileSync(process.env.GITHUB_OUTPUT, 'a=b\\n');
appendFileSync(process.env.GITHUB_STEP_SUMMARY, '# Summary\\n');
process.exitCode = 3;`;
    await writeFile(join(folder, 'main.mjs'), script);
    const { code, stdout } = await command('runner-main.ts', ['--action', folder, '--with', 'name=you=me']);
    await rm(folder, { recursive: true });
    expect(code).toBe(3);
    expect(stdout).toBe('hello you=me\n\n--- Outputs\na  b\n\n--- Summary\n# Summary\n\n');
  });

  test.each([
    [['--with', 'x'], '--with "x": it is written NAME=VALUE'],
    [['--nope'], 'Unknown option'],
    [['--action', '/nowhere-at-all'], 'ENOENT'],
  ])('%j: one line and exit code 2', async (args, why) => {
    const { code, stderr } = await command('runner-main.ts', args);
    expect(code).toBe(2);
    expect(stderr).toContain(why);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { outputTable } from '../../simulator/report.ts';
import { startSimulator } from '../../simulator/server/server.ts';

const ROOT = join(import.meta.dirname, '../..');

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

type Script = 'scripts/demo.ts' | 'simulator/main.ts' | 'simulator/runner/main.ts';

interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Called with everything that the command has printed so far. */
  readonly during?: (stdout: string, child: ChildProcess) => void;
}

/** Runs a command. It gets no key of the machine, and no variable such as FORCE_COLOR, which changes what it prints. */
async function command(
  file: Script,
  args: readonly string[],
  { env = {}, during }: CommandOptions = {},
): Promise<Ended> {
  const child = spawn(process.execPath, [join(ROOT, file), ...args], {
    env: { PATH: process.env['PATH'] ?? '', HOME: homedir(), TMPDIR: tmpdir(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
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

describe('the simulator command', () => {
  // Windows ends a child at once, whatever the signal.
  (process.platform === 'win32' ? test.skip : test)(
    'serves, logs requests without their keys, and ends on a signal',
    async () => {
      let requested = false;
      const during: CommandOptions['during'] = (sofar, child) => {
        const url = /base-url at (\S+)/.exec(sofar)?.[1];
        if (url !== undefined && !requested) {
          requested = true;
          void fetch(`${url}/api/v1/users/me`, { headers: { authorization: 'Bearer a-key-to-hide' } });
        }
        if (sofar.includes('-> 200')) child.kill('SIGTERM');
      };
      const { code, stdout } = await command('simulator/main.ts', ['--port', '0'], { during });
      expect(code).toBe(0);
      expect(stdout).toContain('GET /api/v1/users/me -> 200');
      expect(stdout).not.toContain('a-key-to-hide');
    },
  );

  test('prints one line and exits with code 2 for a wrong option', async () => {
    const { code, stdout, stderr } = await command('simulator/main.ts', ['--speed', 'fast']);
    expect([code, stdout, stderr]).toEqual([
      2,
      '',
      'simulator: --speed: "fast" is not a number above 0, at most 100000\n',
    ]);
  });

  test('lists in its help all answers of a fault, and only commands that any Node.js can run', async () => {
    const { code, stdout } = await command('simulator/main.ts', ['--help']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/redirect=URL/);
    expect(stdout).toContain('npm run simulator -- [options]');
    expect(stdout).toContain('node dist/simulator.js [options]');
    expect(stdout).not.toMatch(/node \S+\.ts/);
  });

  test('says what to do if the port is in use', async () => {
    const other = await startSimulator();
    const { port } = new URL(other.url);
    const ended = await command('simulator/main.ts', ['--port', port]);
    await other.close();
    expect(ended).toEqual({
      code: 2,
      stdout: '',
      stderr: `simulator: port ${port} is in use; --port 0 chooses a free one\n`,
    });
  });
});

describe('the runner command', () => {
  /** Writes an action that runs a script. */
  async function actionOf(script: string): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'runner-command-'));
    const yaml = 'inputs: { name: { description: n } }\nruns: { using: node24, main: main.mjs }\n';
    await writeFile(join(folder, 'action.yml'), yaml);
    await writeFile(join(folder, 'main.mjs'), script);
    return folder;
  }

  test("prints log, outputs and summary, and exits with the action's exit code", async () => {
    const folder = await actionOf(`
import { appendFileSync } from 'node:fs';
console.log('hello', process.env.INPUT_NAME);
appendFileSync(process.env.GITHUB_OUTPUT, 'a=b\\n');
appendFileSync(process.env.GITHUB_STEP_SUMMARY, '# Summary\\n');
process.exitCode = 3;`);
    const { code, stdout, stderr } = await command('simulator/runner/main.ts', [
      '--action',
      folder,
      '--with',
      'name=you=${{ me }}',
    ]);
    await rm(folder, { recursive: true });
    expect(code).toBe(3);
    expect(stderr).toBe('runner: --with name: ${{ … }} is not evaluated here: give the value itself\n');
    expect(stdout).toBe('hello you=${{ me }}\n\n--- Outputs\na  b\n\n--- Summary\n# Summary\n\n');
  });

  test('has a GitHub that knows the actor and the issue of the event, and prints what was written there', async () => {
    const server = await startSimulator({ speed: 100 });
    const folder = await mkdtemp(join(tmpdir(), 'runner-command-'));
    const event = join(folder, 'event.json');
    await writeFile(event, JSON.stringify({ action: 'labeled', issue: { number: 42 } }));
    const inputs = ['api-key=key-of-a-test', `base-url=${server.url}`, 'message=Hello', 'comment=true'];
    const args = ['--event', event, '--event-name', 'issues', ...inputs.flatMap((each) => ['--with', each])];
    const allowed = await command('simulator/runner/main.ts', args);
    const denied = await command('simulator/runner/main.ts', [...args, '--permission', 'read']);
    await server.close();
    await rm(folder, { recursive: true });
    expect(allowed.code).toBe(0);
    expect(allowed.stdout).toContain('--- Comment on 42, by github-actions[bot]\n### ▶️ Started');
    expect(denied.code).toBe(0);
    expect(denied.stdout).toContain('the permission of octocat in octo-org/octo-repo is read');
    expect(server.conversations).toHaveLength(1);
  });

  test.each([
    [['--with', 'x'], '--with "x": write it as NAME=VALUE'],
    [['--event', 'nope.json'], '--event: cannot read nope.json'],
    [['--nope'], "Unknown option '--nope'; --help lists the options"],
  ])('prints one line and exits with code 2 for %j', async (args, why) => {
    const { code, stderr } = await command('simulator/runner/main.ts', args);
    expect(code).toBe(2);
    expect(stderr).toContain(why);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});

test('options before the -- of npm run are refused with how to write them', async () => {
  const ended = await command('simulator/main.ts', [], { env: { npm_config_fault: 'true' } });
  expect(ended).toEqual({
    code: 2,
    stdout: '',
    stderr:
      'simulator: npm took --fault for its own option: put -- before the options, as in npm run simulator -- --fault\n',
  });
});

describe('the demo command', () => {
  const DEMO = 'scripts/demo.ts';

  test('says that it is simulated, that it ends the server, and that the failure was intended', async () => {
    const { code, stdout } = await command(DEMO, ['--scenario', 'start-error', '--api', 'v0']);
    expect(code).toBe(1);
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^A simulated OpenHands server at \S+, 2 times as fast .* No costs\.$/);
    expect(lines[1]).toBe('It stops with the demo; the links and files below are then gone.');
    expect(lines.at(-1)).toBe(
      'Next: nothing. The scenario "start-error" is meant to fail. npm run demo alone shows a success.',
    );
  });

  test('with a key, but without --cloud, says so in one line and starts no real agent', async () => {
    const real = await startSimulator();
    const env = { OPENHANDS_API_KEY: 'wrong-key-of-a-test', OPENHANDS_BASE_URL: real.url };
    const { stdout } = await command(DEMO, ['--scenario', 'start-error', '--api', 'v0'], { env });
    await real.close();
    const lines = stdout.split('\n');
    expect(lines[0]).toBe(
      'OPENHANDS_API_KEY is set, and not used: --cloud starts a real agent with it, which may cost money.',
    );
    expect(lines[1]).toMatch(/^A simulated OpenHands server at /);
    expect(real.requests).toEqual([]);
  });

  test('says with --cloud that a real agent may cost money, and how to use the simulated one', async () => {
    const server = await startSimulator();
    const env = { OPENHANDS_API_KEY: 'wrong-key-of-a-test', OPENHANDS_BASE_URL: server.url };
    const { code, stdout } = await command(DEMO, ['--cloud'], { env });
    await server.close();
    expect(code).toBe(1);
    expect(stdout.split('\n')[0]).toBe(
      `This starts a real agent at ${server.url}, which may cost money. Without --cloud, it is a simulated one.`,
    );
    expect(stdout).not.toContain(env.OPENHANDS_API_KEY);
  });

  test.each([
    [['--cloud'], {}, '--cloud needs an API key: set OPENHANDS_API_KEY'],
    [
      ['--cloud', '--scenario=error'],
      { OPENHANDS_API_KEY: 'key-of-a-test' },
      '--scenario is for the simulated agent: leave out --scenario or --cloud',
    ],
    [['--cloud', '--local'], {}, '--cloud and --local are two different agents: leave one out'],
  ])('refuses %j in one line', async (args, env, why) => {
    const ended = await command(DEMO, args, { env });
    expect(ended).toEqual({ code: 2, stdout: '', stderr: `demo: ${why}\n` });
  });
});

describe('the demo of an agent server on this machine', () => {
  const DEMO = 'scripts/demo.ts';
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'demo-local-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  /** Prepares a machine with git and the given script as Python, on which nothing is installed. */
  async function machine(python?: string): Promise<Readonly<Record<string, string>>> {
    const paths = {
      PATH: join(folder, 'bin'),
      RUNNER_TOOL_CACHE: join(folder, 'tools'),
      TMPDIR: join(folder, 'tmp'),
    };
    for (const path of [paths.PATH, paths.TMPDIR]) await mkdir(path);
    for (const name of ['git', 'cp', 'sh', 'sleep']) await symlink(pathOf(name), join(paths.PATH, name));
    if (python !== undefined)
      await writeFile(join(paths.PATH, 'python3'), `#!/bin/sh\n${python}\n`, { mode: 0o755 });
    return paths;
  }

  function pathOf(program: string): string {
    const folders = (process.env['PATH'] ?? '').split(delimiter);
    return folders.map((each) => join(each, program)).find(existsSync) ?? '';
  }

  test('refuses the key of a model without a model', async () => {
    const ended = await command(DEMO, ['--local'], { env: { LLM_API_KEY: 'key-of-a-test' } });
    const why =
      'LLM_API_KEY is set, so the agent would use a real model: also set LLM_MODEL, for example openai/gpt-5';
    expect(ended).toEqual({ code: 2, stdout: '', stderr: `demo: ${why}\n` });
  });

  const onLinux = process.platform === 'linux' ? test : test.skip;

  onLinux('without Python, prints one line with what to do and leaves no files', async () => {
    const env = await machine();
    const { code, stderr } = await command(DEMO, ['--local'], { env });
    expect(code).toBe(2);
    const [, because, advice] =
      /^demo: failed to install the agent server: (.*)\. What to do: (.*)\n$/.exec(stderr) ?? [];
    expect(because).toBe('python3 is not installed');
    expect(advice).toMatch(
      /^make sure that python3 is Python 3\.12 or 3\.13 .* npm run demo without --local needs neither$/,
    );
    expect(await readdir(join(folder, 'tmp'))).toEqual([]);
    expect(await readdir(join(folder, 'tools/openhands-agent-server'))).toEqual([]);
  });

  onLinux('ends an installation on Ctrl-C, and leaves no files', async () => {
    const pid = join(folder, 'pid');
    // The installation sends the demo the signal of Ctrl-C.
    const env = await machine(`echo $$ >"${pid}"; kill -INT $PPID; exec sleep 600`);
    const { code, stderr } = await command(DEMO, ['--local'], { env });
    expect([code, stderr]).toEqual([130, 'demo: interrupted: everything was removed\n']);
    const installer = Number(await readFile(pid, 'utf8'));
    expect(() => process.kill(installer, 0)).toThrow('ESRCH');
    expect(await readdir(join(folder, 'tmp'))).toEqual([]);
  });
});

describe('the table of outputs', () => {
  test('shows each value on one line without terminal sequences', () => {
    const table = outputTable({
      title: '\u001B[2J\u001B]0;t\u0007 a\rb \u202Egnp\u2066\u200B',
      other: '\uD800 \u2028 \u0085 \u{E0041}',
      response: 'first\r\nsecond',
      cost: '',
    });
    expect(table.split('\n')).toEqual([
      String.raw`title     \u{1b}[2J\u{1b}]0;t\u{7} a\u{d}b \u{202e}gnp\u{2066}\u{200b}`,
      String.raw`other     \u{d800} \u{2028} \u{85} \u{e0041}`,
      'response  first (and 8 more characters)',
      'cost      ',
    ]);
  });
});

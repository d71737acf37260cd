import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { findFreePort } from '../../live/listen.ts';
import { type ActionRun, runAction, type RunOptions } from '../../simulator/runner/runner.ts';
import { unpackArchive } from '../support/archive.ts';

const ROOT = join(import.meta.dirname, '../..');
/** A server that is ready at once. It listens on the port in its arguments. */
const SERVER = `
const { createServer } = require('node:http');
const port = Number(process.argv.at(-1));
createServer((request, response) => response.end('{"status":"ready"}')).listen(port, '127.0.0.1');
console.log('The server listens');
`;

let root: string;
const started: ActionRun[] = [];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'local-'));
  mkdirSync(join(root, 'bin'));
  writeFileSync(join(root, 'server.cjs'), SERVER);
});

afterEach(async () => {
  for (const run of started.splice(0)) {
    await run.runPost?.();
  }
  rmSync(root, { recursive: true });
});

/** Puts a shell script with this name first in PATH. */
function standIn(name: string, script: string): void {
  writeFileSync(join(root, 'bin', name), `#!/bin/sh\n${script}`, { mode: 0o755 });
}

/** Returns the lines that the scripts have written for each call. */
function calls(): readonly string[] {
  const file = join(root, 'calls');
  return existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : [];
}

async function start(inputs: Readonly<Record<string, string>>, options: RunOptions = {}): Promise<ActionRun> {
  const run = await runAction({
    action: join(ROOT, 'local'),
    post: false,
    ...options,
    with: inputs,
    env: {
      PATH: [join(root, 'bin'), process.env['PATH']].join(delimiter),
      RUNNER_TOOL_CACHE: join(root, 'tools'),
    },
  });
  started.push(run);
  return run;
}

/** Starts a server that may run without isolation, by default on a free port. */
async function startUnisolated(given?: string, options: RunOptions = {}): Promise<ActionRun> {
  return start({ port: given ?? String(await findFreePort()), 'allow-unisolated': 'true' }, options);
}

async function isUp(port: string): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/ready`).then(
    () => true,
    () => false,
  );
}

// The scripts need a Unix shell.
const onUnix = process.platform === 'win32' ? describe.skip : describe;

onUnix('an installed server', () => {
  /** A Python whose pip "installs" a uv, which runs `install` and makes a Python that is the server. */
  const python = ({
    compiler = '',
    server = `exec "${process.execPath}" "${root}/server.cjs" "$@"`,
    install = '',
  } = {}): void => {
    const made = `#!/bin/sh
case "$*" in
  *base_prefix*) echo /usr ;;
  *compileall*) ${compiler} echo "python $*" >>"${root}/calls" ;;
  *agent_server*) echo "$*" >>"${root}/server"; echo "key $SESSION_API_KEY" >>"${root}/key"; ${server} ;;
  *) exit 1 ;;
esac`;
    const uv = `#!/bin/sh
echo "uv $*" >>"${root}/calls"
${install}
for last; do :; done
[ "$1" = venv ] || exit 0
mkdir -p "$last/bin"
cp "${root}/made" "$last/bin/python"`;
    writeFileSync(join(root, 'made'), made, { mode: 0o755 });
    writeFileSync(join(root, 'uv'), uv, { mode: 0o755 });
    standIn(
      'python3',
      `echo "python3 $*" >>"${root}/calls"
while [ "$1" != --target ]; do shift; done
mkdir -p "$2/bin" && cp "${root}/uv" "$2/bin/uv"`,
    );
    // Isolation fails here, so that allow-unisolated decides what happens next.
    standIn('sudo', 'exit 1');
  };

  /** Returns what is left of servers in the runner's temporary folder. */
  const left = ({ temp }: ActionRun): readonly string[] =>
    readdirSync(temp).filter((name) => name.startsWith('openhands-local-'));

  test('is installed from lists with hashes, compiled while it starts, and used again by the next start', async () => {
    python({ compiler: `until [ -e "${root}/server" ]; do sleep 0.05; done;` });
    for (const expected of [4, 4]) {
      const port = String(await findFreePort());
      const run = await startUnisolated(port);
      expect(run.exitCode).toBe(0);
      expect(await isUp(port)).toBe(true);
      expect(calls()).toHaveLength(expected);
      await run.runPost?.();
      expect(await isUp(port)).toBe(false);
    }
    for (const call of calls().filter((each) => each.includes(' install ')))
      expect(call).toContain('--require-hashes');
    // A cache may change the times of files.
    expect(calls().at(-1)).toMatch(/^python -I -m compileall .*--invalidation-mode unchecked-hash /);
  });

  test('gets its key in its environment alone; post stops it, and keeps the log', async () => {
    python();
    const port = String(await findFreePort());
    const run = await startUnisolated(port);
    expect(run.log).not.toMatch(/Error/);
    expect(run.exitCode).toBe(0);
    expect(run.outputs['base-url']).toBe(`http://127.0.0.1:${port}`);
    const key = run.outputs['api-key'] ?? '';
    expect(key).toMatch(/^[0-9a-f]{64}$/);
    expect(run.masks).toContain(key);
    expect(run.rawLog.replaceAll(/^::add-mask::.*$/gm, '')).not.toContain(key);
    expect(readFileSync(join(root, 'key'), 'utf8')).toBe(`key ${key}\n`);
    expect(readFileSync(join(root, 'server'), 'utf8')).toMatch(`--host 127.0.0.1 --port ${port}`);
    expect(readFileSync(join(root, 'server'), 'utf8')).not.toContain(key);
    expect(JSON.stringify(run.state)).not.toContain(key);
    const post = await run.runPost?.();
    expect(post?.exitCode).toBe(0);
    expect(left(run)).toEqual([expect.stringMatching(/\.log$/)]);
    expect(readFileSync(run.outputs['log-file'] ?? '', 'utf8')).toMatch('The server listens');
  });

  test('starts from the archive that a job downloads', async () => {
    python();
    const archive = unpackArchive();
    const port = String(await findFreePort());
    const run = await startUnisolated(port, { action: join(archive.folder, 'local') });
    expect(run.log).not.toMatch(/Error/);
    expect(await isUp(port)).toBe(true);
    const post = await run.runPost?.();
    expect(post?.exitCode).toBe(0);
    archive.remove();
  });

  test('that exits at once fails the step with the end of its log', async () => {
    python({ server: 'echo "exec format error"; exit 1' });
    const run = await startUnisolated();
    expect(run.exitCode).toBe(1);
    expect(run.log).toMatch(/it exited; its log ends: .*exec format error\./);
  });

  test('whose port another program has taken fails the step, which tells no key to that program', async () => {
    const other = `"${process.execPath}" "${root}/server.cjs" "$@" &`;
    python({ server: `${other} exec sleep 60` });
    const port = String(await findFreePort());
    const run = await startUnisolated(port);
    expect(run.exitCode).toBe(1);
    expect(run.log).toMatch(
      `failed to start the agent server: another program listens on port ${port}. What to do: `,
    );
    expect(run.outputs).toEqual({});
  });

  test('is cleaned up by post if the step is killed during the installation', async () => {
    python({ install: 'exec sleep 60' });
    const run = await startUnisolated(undefined, {
      signal: { after: (log) => log.includes('has a copy of the checkout'), send: 'SIGKILL' },
    });
    expect(run.signal).toBe('SIGKILL');
    const post = await run.runPost?.();
    expect(post?.exitCode).toBe(0);
    expect(left(run).filter((name) => !name.endsWith('.log'))).toEqual([]);
  });

  test('is installed with a Python of the tool cache if that of the system does not fit', async () => {
    python({ install: 'command -v only-in-the-cache >&2 || exit 1' });
    const cached = join(root, 'tools/Python/3.13.2/x64/bin');
    mkdirSync(cached, { recursive: true });
    writeFileSync(join(cached, 'only-in-the-cache'), '', { mode: 0o755 });
    const run = await startUnisolated();
    expect(run.log).not.toMatch(/Error/);
    expect(run.exitCode).toBe(0);
  });

  test('without a Python that fits fails the step with one line that says how to get one', async () => {
    // As uv prints it.
    python({ install: 'echo "error: No interpreter found for Python >=3.12, <3.14" >&2; exit 2' });
    const run = await startUnisolated();
    expect(run.exitCode).toBe(1);
    expect(run.log).toMatch(
      "No interpreter found for Python >=3.12, <3.14. What to do: set up Python 3.12 or 3.13 in an earlier step: uses: actions/setup-python, with python-version: '3.13'",
    );
  });

  test('that cannot be installed fails the step with the reason', async () => {
    standIn('python3', 'echo "No matching distribution" >&2; exit 1');
    // Whether root is available is checked before the installation.
    const run = await startUnisolated();
    expect(run.log).toMatch(/Error: failed to install the agent server: No matching distribution\. /);
    expect(run.exitCode).toBe(1);
  });
});

test('a port that is in use fails the step before anything is created', async () => {
  const server = createServer();
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' ? (address?.port ?? 0) : 0);
    });
  });
  const run = await start({ port: String(port) });
  server.close();
  expect(run.exitCode).toBe(1);
  expect(run.log).toMatch(
    `Error: failed to start the agent server: port ${port} of the loopback address is in use. What to do: `,
  );
  expect(run.state).toEqual({});
  const post = await run.runPost?.();
  expect(post?.exitCode).toBe(0);
});

test('wrong inputs are all reported in one error', async () => {
  const run = await start({ port: '80', 'allow-unisolated': 'perhaps' });
  expect(run.exitCode).toBe(1);
  expect(run.log).toMatch(
    /Error: failed to read the inputs: port is "80".*allow-unisolated is "perhaps": it must be true or false/,
  );
});

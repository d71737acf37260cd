import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { findFreePort } from '../../live/listen.ts';
import { environmentOf } from '../../local/src/environment.ts';
import { type Isolator, isolatorOf, startIsolated } from '../../local/src/isolated.ts';
import { createPlace, placeFor, readNote, savedPlace } from '../../local/src/place.ts';
import { waitUntilReady } from '../../local/src/ready.ts';
import { viewOf, visiblePath } from '../../local/src/visible.ts';

const KEY = 'the-session-key-of-a-test';
let root: string;

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'local-')));
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

function folder(...names: readonly string[]): string {
  const path = join(root, ...names);
  mkdirSync(path, { recursive: true });
  return path;
}

describe('the environment of the server', () => {
  test('is an allow-list: of the job it has only the settings of the language, the proxy and certificates', () => {
    const job = {
      GITHUB_TOKEN: 'secret',
      ACTIONS_RUNTIME_TOKEN: 'secret',
      'INPUT_API-KEY': 'secret',
      SESSION_API_KEY: 'another',
      HTTPS_PROXY: 'http://proxy:3128',
      SSL_CERT_FILE: '/etc/ssl/ours.pem',
      LANG: 'de_DE.UTF-8',
      LD_PRELOAD: '/tmp/evil.so',
    };
    expect(environmentOf(job, { home: '/h' }, KEY)).toEqual({
      HTTPS_PROXY: 'http://proxy:3128',
      SSL_CERT_FILE: '/etc/ssl/ours.pem',
      LANG: 'de_DE.UTF-8',
      HOME: '/h',
      TERM: 'xterm-256color',
      OH_ENABLE_VSCODE: 'false',
      OH_PRELOAD_TOOLS: 'false',
      OPENHANDS_SUPPRESS_BANNER: '1',
      LOG_JSON: 'true',
      SESSION_API_KEY: KEY,
    });
  });

  test('has no value that could be read as another variable', () => {
    expect(environmentOf({ NO_PROXY: 'a\nLD_PRELOAD=/tmp/evil.so' }, { home: '/h' }, KEY)).not.toHaveProperty(
      'NO_PROXY',
    );
  });
});

// Only Linux can isolate the server.
const onLinux = process.platform === 'linux' ? describe : describe.skip;

onLinux('the view of an isolated server', () => {
  const needed = (): readonly string[] => [folder('install')];

  test("includes the job's tools, unless their folder contains something of the job", () => {
    const tools = folder('tools');
    const env = { HOME: folder('home'), RUNNER_TEMP: folder('temp'), RUNNER_TOOL_CACHE: tools };
    const job = { env, action: folder('actions/ours/dist'), node: '/usr/bin/node' };
    expect(viewOf(job, needed()).show).toEqual(expect.arrayContaining([tools, join(root, 'install')]));
    const within = { ...env, RUNNER_TEMP: folder('tools/work/temp') };
    expect(viewOf({ ...job, env: within }, needed()).show).not.toContain(tools);
  });

  test('includes what the server needs, under its own path and through a link', () => {
    const job = { env: {}, action: folder('dist'), node: '/usr/bin/node' };
    symlinkSync(folder('disk'), join(root, 'link'));
    folder('disk/install');
    const { show } = viewOf(job, [join(root, 'link/install')]);
    expect(show).toEqual(expect.arrayContaining([join(root, 'link/install'), join(root, 'disk/install')]));
  });

  test('cannot include a folder of the server that contains something of the job: the server does not start', () => {
    const env = { HOME: folder('python/home'), RUNNER_TEMP: folder('temp') };
    const job = { env, action: folder('dist'), node: '/usr/bin/node' };
    expect(() => viewOf(job, [join(root, 'python')])).toThrow(/python, which contains files of the job/);
  });

  test('includes none of the files by which a step sends commands to the runner', () => {
    const file = join(folder('commands'), 'env');
    writeFileSync(file, '');
    const workspace = folder('work/repo');
    folder('work/repo/.git');
    const env = { GITHUB_ENV: file, GITHUB_WORKSPACE: workspace };
    const { absent } = viewOf({ env, action: folder('dist'), node: '/usr/bin/node' }, needed());
    expect(absent).toEqual(expect.arrayContaining([file, join(workspace, '.git')]));
  });

  test('includes the PATH entries that exist in the view', () => {
    const tool = folder('tools/node/bin');
    const view = { show: [join(root, 'tools')], absent: [] };
    const path = ['/usr/bin', tool, folder('home/.local/bin'), 'relative', '/nowhere', '/usr/bin'].join(':');
    expect(visiblePath(path, view)).toBe(`/usr/bin:${tool}`);
    expect(visiblePath('', view)).toBe('/usr/local/bin:/usr/bin:/bin');
  });
});

onLinux('post', () => {
  test("cleans up only below the runner's temporary folder", () => {
    const { base } = placeFor('/temp', '0123456789ab');
    for (const temporary of ['/temp', '/temp/', '/other/../temp'])
      expect(savedPlace(base, temporary)?.base).toBe(base);
    for (const state of [
      '',
      '/',
      '/temp',
      '/etc',
      `${base}/../x`,
      `${base}/home`,
      '/temp/other',
      `/elsewhere/${base}`,
    ])
      expect(savedPlace(state, '/temp')).toBeUndefined();
  });
});

onLinux('an isolated server', () => {
  test('is ready if the user who listens on its port is its own', async () => {
    const server = createServer((_request, response) => response.end());
    const port = await findFreePort();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    const ready = async (uid: number): Promise<void> =>
      waitUntilReady(port, join(root, 'log'), { isRunning: () => true, owner: { uid: String(uid) } });
    const uid = process.getuid?.() ?? 0;
    await expect(ready(uid)).resolves.toBeUndefined();
    await expect(ready(uid + 1)).rejects.toThrow(`another program listens on port ${port}`);
    server.close();
  });
});

onLinux('isolate.sh', () => {
  const place = (): ReturnType<typeof placeFor> => placeFor(root, '0123456789ab');
  const server = (): Parameters<typeof startIsolated>[2] => ({
    view: { show: ['/opt'], absent: ['/secret'] },
    python: '/python',
    port: 8712,
    env: { SESSION_API_KEY: KEY },
    path: '/usr/bin',
  });

  test('gets the key through its standard input alone', async () => {
    createPlace(place());
    const calls: unknown[] = [];
    const isolator: Isolator = async (...call) => {
      calls.push(call);
      return Promise.resolve({ code: 0, stdout: '', stderr: '' });
    };
    await startIsolated(isolator, place(), server());
    expect(calls).toEqual([['start', place().base, `SESSION_API_KEY=${KEY}\nAGENT_PATH=/usr/bin\n`]]);
    expect(readNote(place(), 'absent')).toBe('/secret');
    expect(readNote(place(), 'port')).toBe('8712');
  });

  test('reports why a machine cannot isolate', async () => {
    createPlace(place());
    const cannot: Isolator = async () => Promise.resolve({ code: 3, stdout: '', stderr: 'no namespaces\n' });
    expect(await startIsolated(cannot, place(), server())).toBe('no namespaces');
    const broken: Isolator = async () => Promise.resolve({ code: 1, stdout: '', stderr: 'line 3: oops' });
    await expect(startIsolated(broken, place(), server())).rejects.toThrow('line 3: oops');
  });

  test('runs by sudo with an empty environment if the job is not root', async () => {
    const sudo = join(root, 'sudo');
    writeFileSync(sudo, '#!/bin/sh\nprintf "%s " "$@"\n', { mode: 0o755 });
    const isolator = await isolatorOf('/the/folder', { platform: 'linux', isRoot: false, sudo });
    if (typeof isolator === 'string') throw new Error(isolator);
    expect((await isolator('stop', '/base')).stdout).toMatch(
      /^-n env -i PATH=\S+ \/bin\/sh \/the\/folder\/isolate\.sh stop \/base $/m,
    );
  });

  test('does not run without root, or on a system other than Linux', async () => {
    const sudo = join(root, 'sudo');
    // This sudo allows some commands, but not this one.
    writeFileSync(sudo, '#!/bin/sh\n[ "$2" != env ]\n', { mode: 0o755 });
    expect(await isolatorOf('/f', { platform: 'linux', isRoot: false, sudo })).toMatch(/not root/);
    expect(await isolatorOf('/f', { platform: 'darwin', isRoot: true, sudo })).toMatch(/not Linux/);
  });
});

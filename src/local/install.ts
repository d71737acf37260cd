import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { INSTALL, LocalFailure } from './failure.ts';
import { type Ended, lastWords, run } from './programs.ts';

const PIP = ['-I', '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input'];
const CHECKED = ['--require-hashes', '--only-binary', ':all:'];
/** What the packages run on. */
const PYTHON = '>=3.12,<3.14';

/** An agent server that is installed. */
export interface Installed {
  /** Its Python. */
  readonly python: string;
  /** The folders that it must be able to read. */
  readonly folders: readonly string[];
}

/** The version of the agent server in the list of its packages. */
export function versionIn(list: string): string {
  return /^openhands-agent-server==(\S+)/m.exec(list)?.[1] ?? '';
}

/** The folder of what is installed by a list, whether it is there or not: another list has another one. */
export function installationOf(lists: string, tools: string): string {
  const text = readFileSync(join(lists, 'requirements.txt'), 'utf8');
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 12);
  return join(tools, `${versionIn(text)}-${process.platform}-${process.arch}-${hash}`);
}

/**
 * Installs the packages of the list, or finds them installed by an earlier step, job or cache. Every file is
 * checked against its hash.
 *
 * @param lists the folder with requirements.txt, and requirements-uv.txt for what installs it.
 * @param tools the folder for what is installed, absolute.
 * @throws {LocalFailure} if it cannot be installed.
 */
export async function install(lists: string, tools: string): Promise<Installed> {
  const folder = installationOf(lists, tools);
  if (!existsSync(folder)) {
    await mkdir(tools, { recursive: true });
    const scratch = await mkdtemp(join(tools, '.new-'));
    try {
      await installInto(scratch, lists, join(tools, 'python'));
      // Whole, or not there. Another job may have been faster.
      await rename(join(scratch, 'venv'), folder).catch((error: unknown) => {
        if (!existsSync(folder)) throw error;
      });
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  }
  const python = pythonIn(folder);
  const prefix = expect(await run(python, ['-I', '-c', 'import sys; print(sys.base_prefix)']));
  return { python, folders: [folder, prefix.stdout.trim()] };
}

async function installInto(scratch: string, lists: string, pythons: string): Promise<void> {
  const uv = join(scratch, 'uv');
  const pip = [...PIP, ...CHECKED, '--target', uv, '--requirement', join(lists, 'requirements-uv.txt')];
  const first = await run('python3', pip);
  const second = first.code === null ? await run('python', pip) : first;
  expect(
    second.code === null ? first : second,
    'check that the runner has Python 3 with pip, and can reach the Python registry',
  );
  const program = join(uv, 'bin', 'uv');
  const env = {
    ...process.env,
    // Nothing is taken that was not checked by this run.
    UV_CACHE_DIR: join(scratch, 'cache'),
    UV_PYTHON_INSTALL_DIR: pythons,
    UV_NO_CONFIG: '1',
    UV_LINK_MODE: 'hardlink',
    // It leaves a lock in the folder for temporary files if it builds a package.
    TMPDIR: scratch,
  };
  const venv = join(scratch, 'venv');
  expect(
    await run(program, ['venv', '--quiet', '--relocatable', '--no-project', '--python', PYTHON, venv], {
      env,
    }),
    'set up Python 3.12 or 3.13 in the job (actions/setup-python)',
  );
  // Not compiled: that takes 14 s on two processors, and the start without it 4 s longer.
  const args = ['pip', 'install', '--quiet', '--require-hashes', '--no-deps', '--python', pythonIn(venv)];
  const built = ['--build-constraints', join(lists, 'requirements-build.txt')];
  expect(await run(program, [...args, ...built, '--requirement', join(lists, 'requirements.txt')], { env }));
}

function pythonIn(venv: string): string {
  return process.platform === 'win32' ? join(venv, 'Scripts', 'python.exe') : join(venv, 'bin', 'python');
}

function expect(ended: Ended, todo = 'check that the runner can reach the Python registry'): Ended {
  if (ended.code !== 0) throw new LocalFailure(INSTALL, lastWords(ended), todo);
  return ended;
}

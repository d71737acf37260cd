import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

import { INSTALL, LocalFailure } from './failure.ts';
import { lastLines, type ProgramEnd, run } from './programs.ts';

const PIP = ['-I', '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input'];
const CHECKED = ['--require-hashes', '--only-binary', ':all:'];
/** The versions of Python that the packages support. */
const PYTHON = '>=3.12,<3.14';

/** Matches the packages that the server never imports, which are more than half of the code. */
const NOT_IMPORTED = String.raw`site-packages.(?!(?:acp|aiohttp|anyio|attr|beartype|click|cryptography|fastapi|fastmcp.client|filelock|httpx|jinja2|joserfc|libtmux|litellm(?!.proxy)|mcp|openai(?!.resources)|openhands|pydantic|pydantic_settings|requests|rich|starlette|urllib3|uvicorn|yaml)\b)`;

/** An installed agent server. */
export interface Installed {
  readonly version: string;
  readonly python: string;
  /** The folders that Python must be able to read. */
  readonly folders: readonly string[];
}

/** Returns the version of the agent server in the text of requirements.txt. */
export function versionIn(list: string): string {
  return /^openhands-agent-server==(\S+)/m.exec(list)?.[1] ?? '';
}

/**
 * Returns the folder in which the packages of a list are installed. Its name contains a hash of the list. The parameters are those of
 * {@link install}.
 */
export function installationOf(lists: string, tools: string): string {
  const text = requirementsIn(lists);
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 12);
  return join(tools, `${versionIn(text)}-${process.platform}-${process.arch}-${hash}`);
}

function requirementsIn(lists: string): string {
  return readFileSync(join(lists, 'requirements.txt'), 'utf8');
}

/**
 * Installs the packages of the list, unless an earlier step, job or cache has installed them. Checks every file against its
 * hash.
 *
 * @param lists the folder with requirements.txt and requirements-uv.txt, the latter for the installer uv.
 * @param tools the absolute path of the folder for installations.
 * @throws {LocalFailure} if the installation fails.
 */
export async function install(lists: string, tools: string): Promise<Installed> {
  const folder = installationOf(lists, tools);
  if (!existsSync(folder)) {
    await mkdir(tools, { recursive: true });
    const scratch = await mkdtemp(join(tools, '.new-'));
    try {
      await installInto(scratch, lists, join(tools, 'python'));
      // Atomic: the folder is either complete or absent. Another job may have created it in the meantime.
      await rename(join(scratch, 'venv'), folder).catch((error: unknown) => {
        if (!existsSync(folder)) throw error;
      });
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
    // Not awaited: the server starts meanwhile, and uses what is already compiled. The step ends after both.
    void compile(folder);
  }
  const python = pythonIn(folder);
  // The environment uses the libraries of the Python that made it.
  const base = requireInstalled(await run(python, ['-I', '-c', 'import sys; print(sys.base_prefix)']));
  const baseFolder = base.stdout.trim();
  return { version: versionIn(requirementsIn(lists)), python, folders: [folder, baseFolder] };
}

/**
 * Returns a PATH that ends with the Pythons in the runner's tool cache, the newest first. They are on no PATH until
 * actions/setup-python, and the system's own may be too new. uv takes the first that fits, or downloads one.
 */
function withCachedPythons({ PATH: path = '', RUNNER_TOOL_CACHE: cache = '' }: NodeJS.ProcessEnv): string {
  const found = cache === '' ? [] : globSync('Python/3.1[23].*/*/', { cwd: cache }).toSorted().toReversed();
  // On Windows, a Python is not in `bin`.
  const folders = found.flatMap((each) => [join(cache, each, 'bin'), join(cache, each)]);
  return [path, ...folders].join(delimiter);
}

/**
 * Installs uv by pip, then by uv a Python environment, then the packages into that. Each is in a folder of `scratch`; the environment
 * is `venv`. `pythons`: where uv puts a Python that it has to download.
 */
async function installInto(scratch: string, lists: string, pythons: string): Promise<void> {
  const search = { ...process.env, PATH: withCachedPythons(process.env) };
  const uv = await installUv(join(scratch, 'uv'), lists, search);
  const env = {
    ...search,
    // A fresh cache, so that uv uses only files whose hashes it has checked in this run.
    UV_CACHE_DIR: join(scratch, 'cache'),
    UV_PYTHON_INSTALL_DIR: pythons,
    UV_NO_CONFIG: '1',
    UV_LINK_MODE: 'hardlink',
    // If uv builds a package, it leaves a lock file in the folder for temporary files.
    TMPDIR: scratch,
  };
  const venv = join(scratch, 'venv');
  const create = ['venv', '--quiet', '--relocatable', '--no-project', '--python', PYTHON, venv];
  requireInstalled(
    await run(uv, create, { env }),
    "set up Python 3.12 or 3.13 in an earlier step: uses: actions/setup-python, with python-version: '3.13'",
  );
  const install = ['pip', 'install', '--quiet', '--require-hashes', '--no-deps', '--python', pythonIn(venv)];
  const constraints = ['--build-constraints', join(lists, 'requirements-build.txt')];
  const packages = ['--requirement', join(lists, 'requirements.txt')];
  requireInstalled(await run(uv, [...install, ...constraints, ...packages], { env }));
}

/** Installs uv into a folder, and returns the path of its program. */
async function installUv(folder: string, lists: string, env: NodeJS.ProcessEnv): Promise<string> {
  const pip = [...PIP, ...CHECKED, '--target', folder, '--requirement', join(lists, 'requirements-uv.txt')];
  const python3 = await run('python3', pip, { env });
  // On Windows, the program may be `python` only.
  const python = python3.code === null ? await run('python', pip, { env }) : python3;
  requireInstalled(
    // If neither could be started, the error is about `python3`.
    python.code === null ? python3 : python,
    'check that the runner has Python 3 with pip, and can reach the Python registry',
  );
  return join(folder, 'bin', 'uv');
}

/** Compiles what the server imports, and runs none of it. A file that does not compile, such as a template, stays as it is. */
async function compile(venv: string): Promise<void> {
  // Installed files never change, so their bytecode stays valid even if a cache changes their times.
  const how = ['-qq', '--invalidation-mode', 'unchecked-hash', '-x', NOT_IMPORTED];
  await run(pythonIn(venv), ['-I', '-m', 'compileall', ...how, venv]);
}

function pythonIn(venv: string): string {
  return process.platform === 'win32' ? join(venv, 'Scripts', 'python.exe') : join(venv, 'bin', 'python');
}

function requireInstalled(
  ended: ProgramEnd,
  advice = 'check that the runner can reach the Python registry',
): ProgramEnd {
  if (ended.code !== 0) throw new LocalFailure(INSTALL, lastLines(ended), advice);
  return ended;
}

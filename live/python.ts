import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The folder with the programs of a virtual environment, or why this machine cannot create it. */
export type Environment =
  { readonly kind: 'ready'; readonly bin: string } | { readonly kind: 'missing'; readonly why: string };

/** The requirements for a virtual environment. */
export interface Wanted {
  /** The file with the list of packages, all pinned. */
  readonly requirements: string;
  /** The folder for environments. */
  readonly cache: string;
  /** The name of the environment, which replaces the one of another list; by default each list and versions have their own. */
  readonly name?: string | undefined;
  /** The versions of Python that the packages support, such as 3.13; any by default. */
  readonly versions?: readonly string[];
  /** Called before packages are installed. */
  readonly onInstall?: () => void;
}

const PIP = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input'];
/** The list with uv, a package that installs hundreds of packages in a fraction of pip's time. */
const UV = join(import.meta.dirname, '../local/requirements-uv.txt');
/** Compiles all packages once; otherwise every process of a server would compile its imports, all at the same time. */
const UV_PIP = ['pip', 'install', '--quiet', '--compile-bytecode'];
/** The number of packages to look up, with a short timeout, to see whether the registry is reachable and has them. */
const LOOKED_UP = 3;
const LOOK_UP = ['--dry-run', '--no-deps', '--retries', '1', '--timeout', '15'];

interface Result {
  readonly ok: boolean;
  readonly output: string;
}

/** Runs a program to its end. */
export function run(program: string, args: readonly string[], input = ''): Result {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', input });
  return { ok: status === 0, output: `${stdout}${stderr}`.trim() };
}

/**
 * Returns the virtual environment for a list of packages, and creates it if necessary.
 *
 * @throws Error if the installation fails although the registry is reachable
 */
export function environmentOf({ requirements, cache, name, versions, onInstall }: Wanted): Environment {
  const list = readFileSync(requirements, 'utf8');
  // The same list may be wanted for any Python first, and then for a newer one.
  const hash = createHash('sha256').update(`${list}${String(versions)}`);
  const folder = join(cache, name ?? hash.digest('hex').slice(0, 12));
  const bin = join(folder, process.platform === 'win32' ? 'Scripts' : 'bin');
  const complete = join(folder, 'complete');
  const content = name === undefined ? '' : list;
  if (existsSync(complete) && readFileSync(complete, 'utf8') === content) return { kind: 'ready', bin };

  rmSync(folder, { recursive: true, force: true });
  mkdirSync(cache, { recursive: true });
  if (!makeEnvironment(folder, versions)) {
    return { kind: 'missing', why: `there is no Python ${versions?.join(' or ') ?? '3'} with venv and pip` };
  }
  const python = join(bin, 'python');
  const why = registryProblem(python, requirements);
  if (why !== undefined) return { kind: 'missing', why };
  onInstall?.();
  install('pip', python, [...PIP, '--requirement', UV]);
  install('uv', join(bin, 'uv'), [...UV_PIP, '--python', python, '--requirement', requirements]);
  writeFileSync(complete, content);
  return { kind: 'ready', bin };
}

/**
 * Says why the packages of a list are not available from the registry; `undefined` if they are.
 *
 * @param version the version of Python for the packages, if it is not that of `python`.
 */
export function registryProblem(python: string, requirements: string, version?: string): string | undefined {
  const list = readFileSync(requirements, 'utf8');
  const { ok, output } = run(python, [
    ...PIP,
    ...LOOK_UP,
    // Older versions of pip require a target with another version of Python. Nothing is written there.
    ...(version === undefined
      ? []
      : ['--python-version', version, '--only-binary', ':all:', '--target', '.']),
    ...optionsIn(list),
    ...packagesIn(list).slice(0, LOOKED_UP),
  ]);
  if (ok) return undefined;
  const why = output.split('\n').at(-1) ?? '';
  return `the Python registry cannot be reached, or lacks what is needed here: ${why}`;
}

function install(what: string, program: string, args: readonly string[]): void {
  const { ok, output } = run(program, args);
  if (!ok) throw new Error(`${what} failed: ${args.join(' ')}\n${output}`);
}

function makeEnvironment(folder: string, versions: readonly string[] | undefined): boolean {
  const candidates = [...(versions ?? []).map((version) => `python${version}`), 'python3', 'python'];
  const version = 'import sys; print("%d.%d" % sys.version_info[:2])';
  return candidates.some((candidate) => {
    const { ok, output } = run(candidate, ['-c', version]);
    return ok && (versions?.includes(output) ?? true) && run(candidate, ['-m', 'venv', folder]).ok;
  });
}

/** Returns the packages of a list without their hashes, which are on separate lines. */
function packagesIn(list: string): readonly string[] {
  return list
    .split('\n')
    .filter((line) => /^[a-z0-9]/i.test(line))
    .map((line) => line.replace(/ \\$/, ''));
}

/** Returns the options at the beginning of a list, such as "--only-binary :all:". */
function optionsIn(list: string): readonly string[] {
  return list
    .split('\n')
    .filter((line) => line.startsWith('--'))
    .flatMap((line) => line.split(' '));
}

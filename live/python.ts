import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The folder with the programs of a virtual environment, or why this machine cannot have it. */
export type Environment =
  { readonly kind: 'ready'; readonly bin: string } | { readonly kind: 'missing'; readonly why: string };

/** What is wanted of a virtual environment. */
export interface Wanted {
  /** The file that lists its packages, all of them pinned. */
  readonly requirements: string;
  /** The folder for environments. */
  readonly cache: string;
  /** The versions of Python that the packages run on, such as 3.13; any if it is left out. */
  readonly versions?: readonly string[];
  /** Called before packages are installed. */
  readonly onInstall?: () => void;
}

const PIP = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input'];
/** Installs hundreds of packages in a fraction of the time that pip takes, and is a package itself. */
const UV = join(import.meta.dirname, '../local/requirements-uv.txt');
/** Compiled at once: else each of a server's processes would compile what it imports, all of them at the same time. */
const UV_PIP = ['pip', 'install', '--quiet', '--compile-bytecode'];
/** The first packages of a list, looked up with a short time-out, tell whether the registry is there and has them. */
const LOOKED_UP = 3;
const LOOK_UP = ['--dry-run', '--no-deps', '--retries', '1', '--timeout', '15'];

interface Result {
  readonly ok: boolean;
  readonly output: string;
}

function run(program: string, args: readonly string[]): Result {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  return { ok: status === 0, output: `${stdout}${stderr}`.trim() };
}

/**
 * The virtual environment for a list of packages: the one of the last time, if the list is still the same.
 *
 * @throws Error if the registry can be reached and the installation fails all the same
 */
export function environmentOf({ requirements, cache, versions, onInstall }: Wanted): Environment {
  const list = readFileSync(requirements, 'utf8');
  const folder = join(cache, createHash('sha256').update(list).digest('hex').slice(0, 12));
  const bin = join(folder, process.platform === 'win32' ? 'Scripts' : 'bin');
  const complete = join(folder, 'complete');
  if (existsSync(complete)) return { kind: 'ready', bin };

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
  writeFileSync(complete, '');
  return { kind: 'ready', bin };
}

/**
 * Why the packages of a list cannot be had from the registry; `undefined` if they can.
 *
 * @param version of the Python that they are for, if that is another than the one that asks.
 */
export function registryProblem(python: string, requirements: string, version?: string): string | undefined {
  const list = readFileSync(requirements, 'utf8');
  const { ok, output } = run(python, [
    ...PIP,
    ...LOOK_UP,
    // An older pip asks for a target where it asks for another Python; nothing comes there.
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

/** Without their hashes, which follow in lines of their own. */
function packagesIn(list: string): readonly string[] {
  return list
    .split('\n')
    .filter((line) => /^[a-z0-9]/i.test(line))
    .map((line) => line.replace(/ \\$/, ''));
}

/** Those that a list begins with, such as "--only-binary :all:". */
function optionsIn(list: string): readonly string[] {
  return list
    .split('\n')
    .filter((line) => line.startsWith('--'))
    .flatMap((line) => line.split(' '));
}

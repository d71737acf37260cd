import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A Python with the packages of a requirements file, or why there is none on this machine. */
export type Environment =
  { readonly python: string; readonly skipped?: undefined } | { readonly skipped: string };

const CANDIDATES = ['python3.13', 'python3.12', 'python3'];
const FITTING = new Set(['3.12', '3.13']);
const CACHE = join(import.meta.dirname, '../.live');
/** A small package of the list: whether it can be looked up tells whether the registry can be reached. */
const PROBE = /^certifi==.+$/m;

interface Result {
  readonly ok: boolean;
  readonly output: string;
}

function run(program: string, ...args: readonly string[]): Result {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  return { ok: status === 0, output: `${stdout}${stderr}`.trim() };
}

/** The virtual environment for a requirements file: the one of the last time, where the file is still the same. */
export async function environmentFor(
  requirements: string,
  say: (text: string) => void,
): Promise<Environment> {
  const list = await readFile(requirements, 'utf8');
  const name = createHash('sha256').update(list).digest('hex').slice(0, 12);
  const folder = join(CACHE, name);
  const python = join(folder, 'bin/python');
  const stamp = join(folder, 'complete');
  if (await isThere(stamp)) return { python };

  await rm(folder, { recursive: true, force: true });
  await mkdir(CACHE, { recursive: true });
  if (!makeEnvironment(folder)) {
    return { skipped: `none of ${CANDIDATES.join(', ')} is Python 3.12 or 3.13 with venv and pip` };
  }
  const unreachable = reachRegistry(python, PROBE.exec(list)?.[0]);
  if (unreachable !== undefined) return { skipped: `the Python registry cannot be reached: ${unreachable}` };
  say('Installing the server into .live/ (about a minute, 1.5 GB); the next run finds it there.');
  const installed = pip(python, 'install', '--requirement', requirements);
  if (!installed.ok) throw new Error(`pip could not install ${requirements}:\n${installed.output}`);
  await writeFile(stamp, '');
  return { python };
}

async function isThere(file: string): Promise<boolean> {
  return readFile(file).then(
    () => true,
    () => false,
  );
}

function makeEnvironment(folder: string): boolean {
  const version = 'import sys; print("%d.%d" % sys.version_info[:2])';
  return CANDIDATES.some((candidate) => {
    const { ok, output } = run(candidate, '-c', version);
    return ok && FITTING.has(output) && run(candidate, '-m', 'venv', folder).ok;
  });
}

function pip(python: string, ...args: readonly string[]): Result {
  return run(python, '-m', 'pip', '--quiet', '--disable-pip-version-check', '--no-input', ...args);
}

/** Why the registry cannot be reached; `undefined` where it can. */
function reachRegistry(python: string, requirement: string | undefined): string | undefined {
  if (requirement === undefined) return undefined;
  const dry = ['--dry-run', '--ignore-installed', '--no-deps', '--retries', '1', '--timeout', '15'];
  const { ok, output } = pip(python, 'install', ...dry, requirement);
  return ok ? undefined : (output.split('\n').at(-1) ?? '');
}

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The folder that holds the programs of a requirements file, or why this machine cannot have them. */
export type Tools =
  { readonly kind: 'ready'; readonly bin: string } | { readonly kind: 'missing'; readonly why: string };

const CACHE = join(import.meta.dirname, '../.cache/workflow-tests');
const LONGEST_INSTALL_MS = 180_000;
// Wheels alone, so that nothing is built here; few tries, so that a machine without a registry soon knows.
const PIP = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input', '--no-deps'];
const QUICK = ['--only-binary', ':all:', '--retries', '1', '--timeout', '15'];

/**
 * Installs what a requirements file of this folder lists into a virtual environment of its own. One that is there
 * already, from the same list, is taken as it is.
 *
 * @throws Error where the registry can be reached and the installation fails all the same
 */
export function toolsOf(requirements: string): Tools {
  const file = join(import.meta.dirname, requirements);
  const digest = createHash('sha256').update(readFileSync(file)).digest('hex').slice(0, 12);
  const folder = join(CACHE, digest);
  const bin = join(folder, process.platform === 'win32' ? 'Scripts' : 'bin');
  const complete = join(folder, 'complete');
  if (existsSync(complete)) return { kind: 'ready', bin };

  rmSync(folder, { recursive: true, force: true });
  mkdirSync(CACHE, { recursive: true });
  if (!['python3', 'python'].some((python) => makeEnvironment(python, folder))) {
    return { kind: 'missing', why: 'there is no Python 3 with venv and pip' };
  }
  const { status, stderr } = spawnSync(join(bin, 'python'), [...PIP, ...QUICK, '--requirement', file], {
    encoding: 'utf8',
    timeout: LONGEST_INSTALL_MS,
  });
  if (status === null || stderr.includes('(from versions: none)')) {
    return {
      kind: 'missing',
      why: `the Python registry has them not for this machine, or cannot be reached: ${lastLine(stderr)}`,
    };
  }
  if (status !== 0) throw new Error(`pip could not install ${requirements}:\n${stderr}`);
  writeFileSync(complete, '');
  return { kind: 'ready', bin };
}

function makeEnvironment(python: string, folder: string): boolean {
  return spawnSync(python, ['-m', 'venv', folder], { stdio: 'ignore' }).status === 0;
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const VERSION = '1.20.0';
/** The integrity of the package as the npm registry tells it. */
const INTEGRITY = 'uq28bmdMapsDN0ltp5ZHYm9xfuk7cHktNkd0NY38w/UTq25wJTqSKSPya+2+ky0+HpGX2vmn0uF3mHuNCoOb2w==';
const TARBALL = `openhands-agent-canvas-${VERSION}.tgz`;
/** The packages that Agent Canvas needs to run. All others are in its pages, which are built. */
const NEEDED = join(import.meta.dirname, 'canvas');

/** The folder of the installed package. */
export const CANVAS = join(import.meta.dirname, `../.live/canvas-${VERSION}`);

/**
 * Installs Agent Canvas, unless it is there. Returns why that is impossible; `undefined` if it is there. Its package is only
 * unpacked: one of the packages that its pages were built with is missing from the registry.
 *
 * @param onInstall called before anything is installed.
 */
export function canvasProblem(onInstall: () => void): string | undefined {
  const complete = join(CANVAS, 'complete');
  if (existsSync(complete)) return undefined;
  onInstall();
  rmSync(CANVAS, { recursive: true, force: true });
  mkdirSync(CANVAS, { recursive: true });
  for (const file of ['package.json', 'package-lock.json'])
    copyFileSync(join(NEEDED, file), join(CANVAS, file));
  const failed =
    run('npm', 'ci', '--ignore-scripts') ??
    run('npm', 'pack', `@openhands/agent-canvas@${VERSION}`, '--silent');
  if (failed !== undefined)
    return `the npm registry cannot be reached, or lacks what is needed here: ${failed}`;
  const hash = createHash('sha512')
    .update(readFileSync(join(CANVAS, TARBALL)))
    .digest('base64');
  if (hash !== INTEGRITY) throw new Error(`${TARBALL} is not the package that was tested: sha512-${hash}`);
  const broken = run('tar', 'xzf', TARBALL);
  if (broken !== undefined) throw new Error(`${TARBALL} cannot be unpacked: ${broken}`);
  writeFileSync(complete, '');
  return undefined;
}

/** Runs a program in the folder. Returns the last line of its output if it fails. */
function run(program: string, ...args: readonly string[]): string | undefined {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: CANVAS, encoding: 'utf8' });
  // Without the program there is neither a status nor an output.
  return status === 0 ? undefined : (`${stdout}${stderr}`.trim().split('\n').at(-1) ?? program);
}

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The name of its package. */
export const CANVAS = '@openhands/agent-canvas';
/** The version that was tested. */
export const PINNED = '1.20.0';
/** The integrity of its package as the npm registry tells it. */
const INTEGRITY = 'uq28bmdMapsDN0ltp5ZHYm9xfuk7cHktNkd0NY38w/UTq25wJTqSKSPya+2+ky0+HpGX2vmn0uF3mHuNCoOb2w==';
/** The packages that Agent Canvas needs to run. All others are in its pages, which are built. */
const NEEDED = join(import.meta.dirname, 'canvas');

/** Returns the folder of a version. */
export function folderOfCanvas(version: string): string {
  return join(import.meta.dirname, `../.live/canvas-${version}`);
}

/**
 * Installs Agent Canvas, unless it is there. Returns why that is impossible; `undefined` if it is there. Its package is only
 * unpacked: one of the packages that its pages were built with is missing from the registry.
 *
 * @param onInstall called before anything is installed.
 */
export function canvasProblem(version: string, onInstall: () => void): string | undefined {
  const folder = folderOfCanvas(version);
  const complete = join(folder, 'complete');
  if (existsSync(complete)) return undefined;
  onInstall();
  // Removes what was the newest before. The version that was tested stays.
  for (const each of globSync(folderOfCanvas('*')))
    if (each !== folderOfCanvas(PINNED) || version === PINNED) rmSync(each, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const file of ['package.json', 'package-lock.json'])
    copyFileSync(join(NEEDED, file), join(folder, file));
  const tarball = `openhands-agent-canvas-${version}.tgz`;
  const failed =
    run(folder, 'npm', 'ci', '--ignore-scripts') ??
    run(folder, 'npm', 'pack', `${CANVAS}@${version}`, '--silent');
  if (failed !== undefined)
    return `the npm registry cannot be reached, or lacks what is needed here: ${failed}`;
  const hash = createHash('sha512')
    .update(readFileSync(join(folder, tarball)))
    .digest('base64');
  if (version === PINNED && hash !== INTEGRITY)
    throw new Error(`${tarball} is not the package that was tested: sha512-${hash}`);
  const broken = run(folder, 'tar', 'xzf', tarball);
  if (broken !== undefined) throw new Error(`${tarball} cannot be unpacked: ${broken}`);
  writeFileSync(complete, '');
  return undefined;
}

/** Runs a program in a folder. Returns the last line of its output if it fails. */
function run(folder: string, program: string, ...args: readonly string[]): string | undefined {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: folder, encoding: 'utf8' });
  // Without the program there is neither a status nor an output.
  return status === 0 ? undefined : (`${stdout}${stderr}`.trim().split('\n').at(-1) ?? program);
}

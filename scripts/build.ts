/**
 * Builds `dist/` and `local/dist/`, or checks that they match the source.
 *
 *     node scripts/build.ts          build
 *     node scripts/build.ts --check  build elsewhere and compare; exit code 1 if they differ
 *
 * Not minified: it would start slower, and nobody could review what a release runs.
 */
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

import { BUILT, printSizes, ROOT } from './built.ts';

const FOLDERS = Object.keys(BUILT);
const NAMES = FOLDERS.map((folder) => `${folder}/`).join(' and ');

/** The file with the licenses of all bundled packages. */
const LICENSES = 'licenses.txt';
/** The source as JavaScript. Given TypeScript, ncc would compile and check all of it again for each entry. */
const COMPILED = 'build';

function build(target: string): void {
  const compiled = join(ROOT, COMPILED);
  rmSync(compiled, { recursive: true, force: true });
  try {
    run('typescript/bin/tsc', '--outDir', COMPILED);
    for (const [folder, entries] of Object.entries(BUILT))
      for (const [name, source] of Object.entries(entries)) bundle(name, source, join(target, folder));
  } finally {
    rmSync(compiled, { recursive: true, force: true });
  }
}

function bundle(name: string, source: string, target: string): void {
  const folder = join(target, name);
  const entry = join(COMPILED, source.replace(/ts$/, 'js'));
  run('@vercel/ncc/dist/ncc/cli.js', 'build', entry, '--out', folder, '--license', LICENSES, '--quiet');
  renameSync(join(folder, 'index.js'), join(target, `${name}.js`));
  appendFileSync(join(target, LICENSES), contentOf(join(folder, LICENSES)) ?? '');
  rmSync(folder, { recursive: true });
}

/** Runs a program of `node_modules/`, which prints its errors. */
function run(program: string, ...args: readonly string[]): void {
  const path = join(ROOT, 'node_modules', program);
  execFileSync(process.execPath, [path, ...args], { cwd: ROOT, stdio: 'inherit' });
}

function filesIn(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .toSorted();
}

function differences(built: string): readonly string[] {
  const files = FOLDERS.flatMap((folder) =>
    [ROOT, built].flatMap((root) => filesIn(join(root, folder)).map((file) => join(folder, file))),
  );
  return [...new Set(files)].filter((file) => contentOf(join(ROOT, file)) !== contentOf(join(built, file)));
}

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** Builds into a new folder first, so that a failed build changes nothing. */
function withBuild(use: (built: string) => void): void {
  const built = mkdtempSync(join(tmpdir(), 'dist-'));
  try {
    build(built);
    use(built);
  } finally {
    rmSync(built, { recursive: true, force: true });
  }
}

function replace(built: string): void {
  for (const folder of FOLDERS) {
    rmSync(join(ROOT, folder), { recursive: true, force: true });
    cpSync(join(built, folder), join(ROOT, folder), { recursive: true });
  }
}

function compare(built: string): void {
  const stale = differences(built);
  if (stale.length === 0) {
    console.log(`${NAMES} are what the source builds.`);
    return;
  }
  console.error(`${NAMES} are not what the source builds: ${stale.join(', ')}. Run: npm run build`);
  process.exitCode = 1;
}

withBuild(process.argv.includes('--check') ? compare : replace);
printSizes();

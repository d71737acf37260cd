/**
 * Builds `dist/`, or checks that it matches the source.
 *
 *     node scripts/build.ts          build
 *     node scripts/build.ts --check  build elsewhere and compare; exit code 1 if they differ
 *
 * Not minified: it would start slower, and nobody could review what a release runs.
 */
import { execFileSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

import { DIST, ENTRIES, printSizes } from './sizes.ts';

const root = join(import.meta.dirname, '..');

/** The file with the licenses of all bundled packages. */
const LICENSES = 'licenses.txt';
/** The source as JavaScript. Given TypeScript, ncc would compile and check all of it again for each entry. */
const COMPILED = 'build';

function build(target: string): void {
  const compiled = join(root, COMPILED);
  rmSync(compiled, { recursive: true, force: true });
  try {
    run('typescript/bin/tsc', '--outDir', COMPILED);
    for (const [name, source] of Object.entries(ENTRIES)) bundle(name, source, target);
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
  const path = join(root, 'node_modules', program);
  execFileSync(process.execPath, [path, ...args], { cwd: root, stdio: 'inherit' });
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .toSorted();
}

function differences(expected: string): readonly string[] {
  const files = [...new Set([...filesIn(DIST), ...filesIn(expected)])];
  return files.filter((file) => contentOf(join(DIST, file)) !== contentOf(join(expected, file)));
}

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** Builds into a new folder first, so that a failed build does not change `dist/`. */
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
  rmSync(DIST, { recursive: true, force: true });
  cpSync(built, DIST, { recursive: true });
}

function compare(built: string): void {
  const stale = differences(built);
  if (stale.length === 0) {
    console.log('dist/ is what the source builds.');
    return;
  }
  console.error(`dist/ is not what the source builds: ${stale.join(', ')}. Run: npm run build`);
  process.exitCode = 1;
}

withBuild(process.argv.includes('--check') ? compare : replace);
printSizes();

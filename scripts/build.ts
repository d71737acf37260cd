/**
 * Builds `dist/`, or checks that it matches the source.
 *
 *     node scripts/build.ts          build
 *     node scripts/build.ts --check  build elsewhere and compare; exit code 1 if it differs
 *
 * Not minified: it would start slower, and nobody could review what a release runs.
 */
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

import ncc from '@vercel/ncc';
import * as v from 'valibot';

import { toError } from '../src/text/to-error.ts';
import { BUILT, DIST, LEFT_OUT, printSizes, ROOT, SHARED } from './built.ts';
import { checkLicenses } from './sbom.ts';

/** The folder of built files that is committed. */
const KEPT = join(ROOT, DIST);
/** The file with the licenses of all bundled packages. */
const LICENSES = 'licenses.txt';
/** The source as JavaScript. Given TypeScript, ncc would compile and check all of it again for each entry. */
const COMPILED = 'build';

async function build(target: string): Promise<void> {
  const compiled = join(ROOT, COMPILED);
  rmSync(compiled, { recursive: true, force: true });
  try {
    const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
    execFileSync(process.execPath, [compiler, '--outDir', COMPILED], { cwd: ROOT, stdio: 'inherit' });
    const own = Object.entries(BUILT).map(
      ([name, source]) => [name, join(compiled, source.replace(/ts$/, 'js'))] as const,
    );
    const shared = Object.entries(SHARED).map(
      ([each, name]) => [name, fileURLToPath(import.meta.resolve(each))] as const,
    );
    mkdirSync(target);
    const sources: string[] = [];
    for (const [name, entry] of [...own, ...shared]) sources.push(...(await bundle(name, entry, target)));
    const read = (path: string): string => readFileSync(path, 'utf8');
    checkLicenses(read(join(target, LICENSES)), sources, read(join(ROOT, 'package-lock.json')));
  } finally {
    rmSync(compiled, { recursive: true, force: true });
  }
}

const SOURCE_MAP = v.object({ sources: v.array(v.string()) });

/** Returns the source files whose code is in the built file. Only a source map names all of them. */
async function bundle(name: string, entry: string, target: string): Promise<readonly string[]> {
  const shared = Object.entries(SHARED).filter(([, each]) => each !== name);
  const externals = Object.fromEntries([
    ...LEFT_OUT.map((each) => [each, './left-out.js'] as const),
    ...shared.map(([each, file]) => [each, `./${file}.js`] as const),
  ]);
  const { code, map, assets } = await ncc(entry, {
    // ncc would keep its cache at home, from one build to the next: this one depends on the source alone.
    cache: false,
    externals,
    license: LICENSES,
    quiet: true,
    sourceMap: true,
    sourceMapRegister: false,
  });
  // The map itself is not kept: a built file is readable without it.
  writeFileSync(join(target, `${name}.js`), code.replace(/\n\/\/# sourceMappingURL=.*$/, ''));
  appendFileSync(join(target, LICENSES), assets[LICENSES]?.source ?? '');
  return v.parse(SOURCE_MAP, JSON.parse(map)).sources;
}

function filesIn(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .toSorted();
}

function differences(built: string): readonly string[] {
  const files = [KEPT, built].flatMap(filesIn);
  return [...new Set(files)].filter((file) => contentOf(join(KEPT, file)) !== contentOf(join(built, file)));
}

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** Builds into a new folder first, so that a failed build changes nothing. */
async function withBuild(use: (built: string) => void): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'dist-'));
  try {
    const built = join(scratch, DIST);
    await build(built);
    use(built);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function replace(built: string): void {
  rmSync(KEPT, { recursive: true, force: true });
  cpSync(built, KEPT, { recursive: true });
  printSizes();
}

function compare(built: string): void {
  const stale = differences(built);
  if (stale.length === 0) {
    console.log(`${DIST}/ is what the source builds.`);
    printSizes();
    return;
  }
  console.error(`${DIST}/ is not what the source builds. Run: npm run build`);
  for (const file of stale) console.error(describeDifference(file, built));
  process.exitCode = 1;
}

/** Returns the first line that differs: where a build differs on one machine alone, its log must tell why. */
function describeDifference(file: string, built: string): string {
  const [kept, now] = [KEPT, built].map((folder) => contentOf(join(folder, file)));
  if (kept === undefined || now === undefined)
    return `${file}: ${kept === undefined ? 'built, but missing' : 'present, but not built'}`;
  const keptLines = kept.split('\n');
  const lines = now.split('\n');
  const index = lines.findIndex((line, at) => line !== keptLines[at]);
  return index === -1
    ? `${file}: what follows line ${lines.length} is not built`
    : `${file}: line ${index + 1} is built as ${JSON.stringify(lines[index])}`;
}

// ncc's names of modules are paths from here.
process.chdir(ROOT);
try {
  await withBuild(process.argv.includes('--check') ? compare : replace);
} catch (error) {
  // What the compiler has found is above.
  console.error(`Failed to build: ${toError(error).message}`);
  process.exitCode = 1;
}

import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Replaces the packages that the built files leave out. */
const LEFT_OUT_BY = 'scripts/left-out.ts';
/** Packages that GitHub's toolkit imports, but only for what the action does not use. CONTRIBUTING.md says for what. */
export const LEFT_OUT = [
  'undici',
  '@actions/http-client',
  '@actions/http-client/lib/auth',
  '@actions/exec',
] as const;

/** Packages that the built files share, with the name of the one that has their code. */
export const SHARED = { '@actions/core': 'core', valibot: 'valibot' } as const;

/** The folder of the built files of all actions. */
export const DIST = 'dist';
/**
 * The built files, with the source of each, besides those of {@link SHARED}. The runner starts `main` and `post`, which load
 * `action`. `action` loads `get-octokit` to ask GitHub, `readable` to show an answer, `web-socket` if an agent server pushes events,
 * and `schema-worker` if an answer must match a schema. `local/action.yml` starts `local` and `local-post`, which load
 * `local-action`; `outcomes/action.yml` starts `outcomes`, which loads `get-octokit`. No action loads `simulator`.
 */
export const BUILT = {
  main: 'src/main.ts',
  post: 'src/post.ts',
  action: 'src/action.ts',
  'get-octokit': 'src/github/get-octokit.ts',
  'left-out': LEFT_OUT_BY,
  readable: 'src/report/readable.ts',
  'web-socket': 'src/http/web-socket.ts',
  'schema-worker': 'src/schema/schema-worker.ts',
  local: 'local/src/main.ts',
  'local-post': 'local/src/post.ts',
  'local-action': 'local/src/local-action.ts',
  outcomes: 'outcomes/src/main.ts',
  simulator: 'simulator/main.ts',
} as const;
export const ROOT = join(import.meta.dirname, '..');

/** Runners load and parse a file at each step. */
const MAX_FILE_KIB = 1_000;
/** Runners download all files for each job. */
const MAX_SUM_KIB = 3_000;

/** Prints the size of each built file and their sum. Sets exit code 1 if a size is over its limit. */
export function printSizes(): void {
  const files = readdirSync(join(ROOT, DIST)).map((name) => `${DIST}/${name}`);
  const sizes = files.map((file) => statSync(join(ROOT, file)).size / 1024);
  files.forEach((file, index) => {
    printSize(file, sizes[index] ?? 0, MAX_FILE_KIB);
  });
  const sum = sizes.reduce((total, size) => total + size, 0);
  printSize('all built files', sum, MAX_SUM_KIB);
}

function printSize(what: string, kib: number, limit: number): void {
  console.log(`${what}: ${kib.toFixed(0)} KiB (goal: at most ${limit})`);
  if (kib > limit) process.exitCode = 1;
}

import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** What every built file has instead of the packages that it leaves out. */
const LEFT_OUT_BY = 'scripts/left-out.ts';
/** The packages that GitHub's toolkit imports for what the action does not use. CONTRIBUTING.md says what that is. */
export const LEFT_OUT = [
  'undici',
  '@actions/http-client',
  '@actions/http-client/lib/auth',
  '@actions/exec',
] as const;

/**
 * The folders of built files, with the source of each file. The runner starts `main` and `post`, which load `action`. That of
 * `dist/` loads `get-octokit` if it asks GitHub, `readable` if there is an answer to show, `web-socket` if an agent server pushes
 * events, and `schema-worker` if an answer must match a schema.
 */
export const BUILT = {
  dist: {
    main: 'src/main.ts',
    post: 'src/post.ts',
    action: 'src/action.ts',
    'get-octokit': 'src/github/get-octokit.ts',
    'left-out': LEFT_OUT_BY,
    readable: 'src/report/readable.ts',
    'web-socket': 'src/http/web-socket.ts',
    'schema-worker': 'src/schema/schema-worker.ts',
    simulator: 'simulator/main.ts',
  },
  'local/dist': {
    main: 'local/src/main.ts',
    post: 'local/src/post.ts',
    action: 'local/src/action.ts',
    'left-out': LEFT_OUT_BY,
  },
} as const;
export const ROOT = join(import.meta.dirname, '..');

/** The limit for a file, which runners load and parse at each step. */
const LARGEST_FILE_KIB = 1_000;
/** The limit for all files, which runners download for each job. */
const LARGEST_SUM_KIB = 3_300;

/** Prints the size of each built file, and of all. The command fails if a file is too large, or all together are. */
export function printSizes(): void {
  const files = Object.keys(BUILT).flatMap((folder) =>
    readdirSync(join(ROOT, folder)).map((name) => `${folder}/${name}`),
  );
  const sizes = files.map((file) => statSync(join(ROOT, file)).size / 1024);
  files.forEach((file, index) => {
    printSize(file, sizes[index] ?? 0, LARGEST_FILE_KIB);
  });
  const sum = sizes.reduce((total, size) => total + size, 0);
  printSize('all built files', sum, LARGEST_SUM_KIB);
}

function printSize(what: string, kib: number, limit: number): void {
  console.log(`${what}: ${kib.toFixed(0)} KiB (goal: at most ${limit})`);
  if (kib > limit) process.exitCode = 1;
}

import { statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The folders of built files, with the source of each file. The runner starts `main` and `post`. Those of `dist/` load `action`,
 * which loads `readable` and `terminal` if there is an answer to show, `web-socket` if an agent server pushes events, and
 * `schema-worker` if an answer must match a schema.
 */
export const BUILT = {
  dist: {
    main: 'src/main.ts',
    post: 'src/post.ts',
    action: 'src/action.ts',
    readable: 'src/report/readable.ts',
    terminal: 'src/report/terminal.ts',
    'web-socket': 'src/http/web-socket.ts',
    'schema-worker': 'src/schema/schema-worker.ts',
    simulator: 'simulator/main.ts',
  },
  'local/dist': {
    main: 'local/src/main.ts',
    post: 'local/src/post.ts',
  },
} as const;
export const ROOT = join(import.meta.dirname, '..');

/** The limit for a file, which runners load and parse at each step. Two thirds are GitHub's toolkit and client. */
const LARGEST_FILE_BYTES = 2_200 * 1024;

/** Prints the size of each built file. The command fails if a file is too large. */
export function printSizes(): void {
  const files = Object.entries(BUILT).flatMap(([folder, entries]) =>
    Object.keys(entries).map((name) => `${folder}/${name}.js`),
  );
  for (const file of files) {
    const bytes = statSync(join(ROOT, file)).size;
    console.log(`${file}: ${(bytes / 1024).toFixed(0)} KiB (goal: under ${LARGEST_FILE_BYTES / 1024})`);
    if (bytes > LARGEST_FILE_BYTES) process.exitCode = 1;
  }
}

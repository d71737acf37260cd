import { statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The files of `dist/` and their sources. The runner starts `main` and `post`. Both load `action`, which loads `readable` and
 * `terminal` if there is an answer to show, `web-socket` if an agent server pushes events, and `schema-worker` if an answer
 * must match a schema.
 */
export const ENTRIES = {
  main: 'src/main.ts',
  post: 'src/post.ts',
  action: 'src/action.ts',
  readable: 'src/report/readable.ts',
  terminal: 'src/report/terminal.ts',
  'web-socket': 'src/http/web-socket.ts',
  'schema-worker': 'src/schema/schema-worker.ts',
  local: 'src/local.ts',
  'local-post': 'src/local-post.ts',
  simulator: 'simulator/main.ts',
} as const;
export const DIST = join(import.meta.dirname, '../dist');

/** The limit for a file, which runners load and parse at each step. Two thirds are GitHub's toolkit and client. */
const LARGEST_FILE_BYTES = 2_200 * 1024;

/** Prints the size of each file of `dist/`. The command fails if a file is too large. */
export function printSizes(): void {
  for (const name of Object.keys(ENTRIES)) {
    const bytes = statSync(join(DIST, `${name}.js`)).size;
    console.log(
      `dist/${name}.js: ${(bytes / 1024).toFixed(0)} KiB (goal: under ${LARGEST_FILE_BYTES / 1024})`,
    );
    if (bytes > LARGEST_FILE_BYTES) process.exitCode = 1;
  }
}

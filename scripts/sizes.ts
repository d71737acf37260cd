import { statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What `dist/` holds, a file for each. `main` and `post` are what the runner starts; both load `action`, and that loads
 * `readable` and `terminal` if there is an answer to show, `web-socket` if there is an agent to listen to, and `schema-worker` if an answer
 * must fit a schema.
 */
export const ENTRIES = {
  main: 'src/main.ts',
  post: 'src/post.ts',
  action: 'src/action.ts',
  readable: 'src/report/readable.ts',
  terminal: 'src/report/terminal.ts',
  'web-socket': 'src/openhands/web-socket.ts',
  'schema-worker': 'src/schema/schema-worker.ts',
  local: 'src/local.ts',
  'local-post': 'src/local-post.ts',
  simulator: 'simulator/main.ts',
} as const;
export const DIST = join(import.meta.dirname, '../dist');

/** What a runner has to fetch and to parse at each step. Two thirds of it are GitHub's own toolkit and its client. */
const LARGEST_FILE_BYTES = 2_200 * 1024;

/** Prints the size of each file of `dist/`; one that is too large fails the command. */
export function printSizes(): void {
  for (const name of Object.keys(ENTRIES)) {
    const bytes = statSync(join(DIST, `${name}.js`)).size;
    console.log(
      `dist/${name}.js: ${(bytes / 1024).toFixed(0)} KiB (goal: under ${LARGEST_FILE_BYTES / 1024})`,
    );
    if (bytes > LARGEST_FILE_BYTES) process.exitCode = 1;
  }
}

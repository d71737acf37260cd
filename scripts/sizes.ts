import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** What `dist/` holds. Each is one file that runs without `node_modules`. */
export const ENTRIES = { main: 'src/main.ts', post: 'src/post.ts', simulator: 'simulator/main.ts' } as const;
export const DIST = join(import.meta.dirname, '../dist');

/** What a runner has to fetch and to parse at each step. Two thirds of it are GitHub's own toolkit and its client. */
const LARGEST_ENTRY_BYTES = 2_200 * 1024;

/** Prints the size of each entry of `dist/`; an entry that is too large fails the command. */
export function printSizes(): void {
  for (const name of Object.keys(ENTRIES)) {
    const folder = join(DIST, name);
    const bytes = readdirSync(folder).reduce((sum, file) => sum + statSync(join(folder, file)).size, 0);
    console.log(`dist/${name}: ${(bytes / 1024).toFixed(0)} KiB (goal: under ${LARGEST_ENTRY_BYTES / 1024})`);
    if (bytes > LARGEST_ENTRY_BYTES) process.exitCode = 1;
  }
}

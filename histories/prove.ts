/**
 * Proves that the search finds what it is there for: it breaks the action on purpose, in each way of breaks.ts, and searches. Exit code 1
 * if a break is not found.
 */
import { availableParallelism } from 'node:os';

import { BREAKS } from './breaks.ts';
import { playSeeds } from './pool.ts';
import type { Result } from './run.ts';

/** Each break is found within this many histories. */
const MOST = 1000;
const FIRST_SEED = 1;

const only = process.argv.slice(2);
const names = only.length === 0 ? Object.keys(BREAKS) : only;
for (const name of names) {
  const found = await search(name);
  const [violation] = found?.violations ?? [];
  if (found === undefined || violation === undefined) process.exitCode = 1;
  console.log(
    found === undefined
      ? `✗ ${name}: not found in ${MOST} histories`
      : `✓ ${name}: seed ${found.seed}, ${violation?.promise ?? ''}: ${violation?.text.slice(0, 160) ?? ''}`,
  );
}

/** Returns the first history in which a break is found. */
async function search(broken: string): Promise<Result | undefined> {
  let seed = FIRST_SEED;
  const found: Result[] = [];
  await playSeeds({
    jobs: availableParallelism(),
    broken,
    next: () => (found.length > 0 || seed >= FIRST_SEED + MOST ? undefined : seed++),
    onResult: (result) => {
      if (result.violations.length > 0) found.push(result);
    },
  });
  return found.toSorted((one, other) => one.seed - other.seed)[0];
}

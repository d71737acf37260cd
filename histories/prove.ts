/**
 * Proves that the search finds what it is there for. It breaks the action on purpose, in each way of breaks.ts, takes back each fix of
 * fixes.ts, and searches. Exit code 1 if that is not found. Names choose among them; `--seed N` begins with another history.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';

import { BREAKS } from './breaks.ts';
import { FIXES } from './fixes.ts';
import { playSeeds } from './pool.ts';
import { type Result, runSeed } from './run.ts';

/** Each is found within this many histories. */
const MOST = 2000;

const { values, positionals: only } = parseArgs({
  allowPositionals: true,
  options: { seed: { type: 'string', default: '1' } },
});
const FIRST_SEED = Number(values.seed);
const names = only.length === 0 ? Object.keys({ ...BREAKS, ...FIXES }) : only;
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

/** Returns the first history that shows how the action is broken. */
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
  const first = found.toSorted((one, other) => one.seed - other.seed)[0];
  if (first === undefined) return undefined;
  const whole = await runSeed(first.seed);
  if (whole.violations.length > 0) throw new Error(`seed ${first.seed} is wrong with the whole action, too`);
  return first;
}

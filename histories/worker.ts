import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';

import * as v from 'valibot';

import { FIXES, replacedIn } from './fixes.ts';
import type { Result } from './run.ts';

/** What a worker is told once: how the action is broken, if it is. */
const Data = v.object({ broken: v.optional(v.string()) });

const { broken } = v.parse(Data, workerData);
const fix = broken === undefined ? undefined : FIXES[broken];
if (fix !== undefined) takeBack(fix);
// Only now, so that the code under test is loaded without the fix.
const { runBroken, runSeed, runUnfixed } = await import('./run.ts');

/** Lets this thread load a file of the action without a fix. */
function takeBack(fix: (typeof FIXES)[string]): void {
  const { href } = new URL(`../${fix.file}`, import.meta.url);
  registerHooks({
    load: (url, context, nextLoad) => ({
      ...nextLoad(url, context),
      ...(url === href && { source: replacedIn(readFileSync(new URL(url), 'utf8'), fix) }),
    }),
  });
}

/** Plays a seed. A search goes on after an exception, and a proof fails by it: an exception is no break that was found. */
async function answer(seed: number): Promise<Result> {
  if (fix !== undefined) return runUnfixed(seed, fix.promises);
  if (broken !== undefined) return runBroken(seed, broken);
  try {
    return await runSeed(seed);
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const violation = { promise: 'the search works', text };
    return {
      seed,
      violations: [violation],
      excepted: [],
      statuses: [],
      requests: 0,
      faults: 0,
      simulated: 0,
    };
  }
}

parentPort?.on('message', (seed: unknown) => {
  void answer(v.parse(v.number(), seed)).then((result) => {
    parentPort?.postMessage(result);
  });
});

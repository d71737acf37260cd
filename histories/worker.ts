import { parentPort, workerData } from 'node:worker_threads';

import * as v from 'valibot';

import { type Result, runBroken, runSeed } from './run.ts';

/** What a worker is told once: the break of the action, if any. */
const Data = v.object({ broken: v.optional(v.string()) });

const { broken } = v.parse(Data, workerData);

/** Plays a seed. A search goes on after an exception, and a proof fails by it: an exception is no break that was found. */
async function answer(seed: number): Promise<Result> {
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

import { parentPort, workerData } from 'node:worker_threads';

import * as v from 'valibot';

import { type Result, runBroken, runSeed } from './run.ts';

/** What a worker is told once: the break of the action, if any. */
const Data = v.object({ broken: v.optional(v.string()) });

const { broken } = v.parse(Data, workerData);

async function answer(seed: number): Promise<Result> {
  try {
    return await (broken === undefined ? runSeed(seed) : runBroken(seed, broken));
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

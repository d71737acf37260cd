import { Worker } from 'node:worker_threads';

import type { Result } from './run.ts';

export interface PoolOptions {
  readonly jobs: number;
  /** The break of the action, if it is broken on purpose. */
  readonly broken?: string | undefined;
  /** Returns the next seed; `undefined` if there is none. */
  readonly next: () => number | undefined;
  readonly onResult: (result: Result) => void;
}

/** After this many histories, another thread goes on: what a step leaves that was killed stays in the memory of its thread. */
const MOST_PER_WORKER = 500;

/** Plays the histories of seeds in threads of their own, until there is no next one. */
export async function playSeeds({ jobs, broken, next, onResult }: PoolOptions): Promise<void> {
  await Promise.all(Array.from({ length: jobs }, async () => work({ broken, next, onResult })));
}

async function work({ broken, next, onResult }: Omit<PoolOptions, 'jobs'>): Promise<void> {
  for (let seed = next(); seed !== undefined;) {
    const worker = new Worker(new URL('worker.ts', import.meta.url), { workerData: { broken } });
    try {
      for (let played = 0; seed !== undefined && played < MOST_PER_WORKER; played += 1) {
        onResult(await ask(worker, seed));
        seed = next();
      }
    } finally {
      await worker.terminate();
    }
  }
}

async function ask(worker: Worker, seed: number): Promise<Result> {
  const answered = Promise.withResolvers<Result>();
  worker.once('message', answered.resolve);
  worker.once('error', answered.reject);
  worker.postMessage(seed);
  try {
    return await answered.promise;
  } finally {
    worker.off('message', answered.resolve);
    worker.off('error', answered.reject);
  }
}

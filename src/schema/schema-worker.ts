import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

import * as v from 'valibot';

import { toError } from '../text/to-error.ts';
import { problemsOf } from './problems.ts';

/** The time limit: matching a regular expression of a schema may never end. */
const TIMEOUT_MS = 2_000;
const LARGEST_HEAP_MB = 256;

const Task = v.object({ schema: v.string(), json: v.optional(v.string()) });
const Problems = v.array(v.string());

/** Validates in a worker thread, which is terminated after `longestMs` milliseconds. */
export async function validateInWorker(
  schema: string,
  json?: string,
  longestMs = TIMEOUT_MS,
): Promise<readonly string[]> {
  const worker = new Worker(new URL(import.meta.url), {
    workerData: { schema, json },
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: LARGEST_HEAP_MB },
  });
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise((resolve, reject) => {
      worker.once('online', () => {
        timer = setTimeout(() => {
          resolve([`it takes longer than ${longestMs / 1000} s to check`]);
        }, longestMs);
      });
      worker.once('message', (message) => {
        resolve(v.parse(Problems, message));
      });
      worker.once('error', reject);
    });
  } catch (error) {
    return [toError(error).message];
  } finally {
    clearTimeout(timer);
    await worker.terminate();
  }
}

if (!isMainThread && v.is(Task, workerData)) {
  const { schema, json } = workerData;
  parentPort?.postMessage(problemsOf(schema, json));
}

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

import { LocalFailure, START } from './failure.ts';

const WITHIN_MS = 60_000;
const BETWEEN_LOOKS_MS = 100;
const LONGEST_END_BYTES = 4096;
const LINES = 15;

/** @throws {LocalFailure} if another program listens on the port. */
export async function checkPort(port: number): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', () => {
      reject(
        new LocalFailure(
          START,
          `port ${port} of the loopback address is in use`,
          'set port to another one, or stop the program that listens there',
        ),
      );
    });
    server.listen(port, '127.0.0.1', () => {
      server.close(() => {
        resolve();
      });
    });
  });
}

/**
 * Waits until the server says that it is ready: `GET /ready`, 503 before. Source: OpenHands/software-agent-sdk,
 * server_details_router.py.
 *
 * @param lives whether its process is there.
 * @throws {LocalFailure} with the end of its log if it ends, or is not ready after a minute.
 */
export async function untilReady(port: number, log: string, lives: () => boolean): Promise<void> {
  const isUp = await waitUntil(WITHIN_MS, async () => {
    if (await isReady(port)) return true;
    if (!lives()) throw notReady('it exited', log);
    return false;
  });
  if (!isUp) throw notReady('it was not ready after 60 s', log);
}

/** Waits until something is so, at most for the time given; whether it is. */
export async function waitUntil(ms: number, isSo: () => boolean | Promise<boolean>): Promise<boolean> {
  const until = performance.now() + ms;
  while (!(await isSo())) {
    if (performance.now() > until) return false;
    await delay(BETWEEN_LOOKS_MS);
  }
  return true;
}

/** Never by a proxy: the agent is made here, and knows of none. */
async function isReady(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(
      { host: '127.0.0.1', port, path: '/ready', agent: new Agent(), timeout: 5000 },
      (answer) => {
        answer.resume();
        resolve(answer.statusCode === 200);
      },
    );
    request.on('timeout', () => request.destroy());
    request.on('error', () => {
      resolve(false);
    });
  });
}

function notReady(what: string, log: string): LocalFailure {
  return new LocalFailure(START, `${what}; its log ends: ${endOf(log)}`, `see the whole log: ${log}`);
}

/** The last lines of a file. */
function endOf(path: string): string {
  try {
    const file = openSync(path, 'r');
    try {
      const buffer = Buffer.alloc(LONGEST_END_BYTES);
      const bytes = readSync(
        file,
        buffer,
        0,
        LONGEST_END_BYTES,
        Math.max(0, fstatSync(file).size - LONGEST_END_BYTES),
      );
      return buffer.toString('utf8', 0, bytes).trim().split('\n').slice(-LINES).join('\n') || '(it is empty)';
    } finally {
      closeSync(file);
    }
  } catch {
    return '(it cannot be read)';
  }
}

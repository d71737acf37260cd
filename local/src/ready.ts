import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

import { LocalFailure, START } from './failure.ts';

const WITHIN_MS = 60_000;
const BETWEEN_LOOKS_MS = 100;
const MAX_END_BYTES = 4096;
const LINES = 15;

/** Checks that the port is free. @throws {LocalFailure} if another program listens on it. */
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
 * Waits until the server is ready: until then `GET /ready` returns 503. Source: OpenHands/software-agent-sdk,
 * server_details_router.py.
 *
 * @param isRunning returns whether the server's process is running.
 * @throws {LocalFailure} with the end of the server's log, if the server exits or is not ready after a minute.
 */
export async function untilReady(port: number, log: string, isRunning: () => boolean): Promise<void> {
  const isUp = await waitUntil(WITHIN_MS, async () => {
    if (await isReady(port)) return true;
    if (!isRunning()) throw notReady('it exited', log);
    return false;
  });
  if (!isUp) throw notReady('it was not ready after 60 s', log);
}

/** Waits at most `ms` milliseconds until a condition is true. Returns whether it became true. */
export async function waitUntil(ms: number, condition: () => boolean | Promise<boolean>): Promise<boolean> {
  const until = performance.now() + ms;
  while (!(await condition())) {
    if (performance.now() > until) return false;
    await delay(BETWEEN_LOOKS_MS);
  }
  return true;
}

/** Asks the server whether it is ready. The new `Agent` ignores the proxies of the environment. */
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

/** Returns the last lines of a file. */
function endOf(path: string): string {
  try {
    const file = openSync(path, 'r');
    try {
      const buffer = Buffer.alloc(MAX_END_BYTES);
      const bytes = readSync(
        file,
        buffer,
        0,
        MAX_END_BYTES,
        Math.max(0, fstatSync(file).size - MAX_END_BYTES),
      );
      return buffer.toString('utf8', 0, bytes).trim().split('\n').slice(-LINES).join('\n') || '(it is empty)';
    } finally {
      closeSync(file);
    }
  } catch {
    return '(it cannot be read)';
  }
}

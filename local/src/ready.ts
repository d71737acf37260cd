import { readFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

import { LocalFailure, START_SERVER } from './failure.ts';
import { run } from './programs.ts';

const READY_TIMEOUT_MS = 60_000;
const LOOK_INTERVAL_MS = 100;
/** How much of the end of the log an error quotes. */
const MAX_LOG_CHARACTERS = 4096;
const MAX_LOG_LINES = 15;
const CHANGE_PORT = 'set port to another one, or stop the program that listens there';

/** Checks that the port is free. @throws {LocalFailure} if another program listens on it. */
export async function checkPort(port: number): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', () => {
      reject(new LocalFailure(START_SERVER, `port ${port} of the loopback address is in use`, CHANGE_PORT));
    });
    server.listen(port, '127.0.0.1', () => {
      server.close(() => {
        resolve();
      });
    });
  });
}

/** A started server. */
export interface Started {
  readonly isRunning: () => boolean;
  /** Who must listen on the port: the server's process; for an isolated server its user, as whom nothing else runs. */
  readonly owner: { readonly pid: number } | { readonly uid: string };
}

/**
 * Waits until the server is ready: until then `GET /ready` returns 503. Source: OpenHands/software-agent-sdk,
 * server_details_router.py. Any program can answer like that, so the server must own the socket: the next steps send it
 * secrets.
 *
 * @throws {LocalFailure} with the end of the server's log, if the server exits, is not ready after a minute, or another
 *   program has its port.
 */
export async function waitUntilReady(port: number, log: string, server: Started): Promise<void> {
  const isUp = await waitUntil(READY_TIMEOUT_MS, async () => {
    const isReady = await askIfReady(port);
    if (!server.isRunning()) throw notReadyFailure('it exited', log);
    if (isReady && !(await isListening(port, server.owner)))
      throw new LocalFailure(START_SERVER, `another program listens on port ${port}`, CHANGE_PORT);
    return isReady;
  });
  if (!isUp) throw notReadyFailure('it was not ready after 60 s', log);
}

/** Waits at most `ms` milliseconds until a condition is true. Returns whether it became true. */
export async function waitUntil(ms: number, condition: () => boolean | Promise<boolean>): Promise<boolean> {
  const until = performance.now() + ms;
  while (!(await condition())) {
    if (performance.now() > until) return false;
    await delay(LOOK_INTERVAL_MS);
  }
  return true;
}

/** Asks the server whether it is ready. The new `Agent` ignores the proxies of the environment. */
async function askIfReady(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(
      { host: '127.0.0.1', port, path: '/ready', agent: new Agent(), timeout: 5000 },
      (answer) => {
        answer.resume();
        resolve(answer.statusCode === 200);
      },
    );
    // A destroyed request emits `error`.
    request.on('timeout', () => request.destroy());
    request.on('error', () => {
      resolve(false);
    });
  });
}

/** Returns whether the owner itself listens on this port of 127.0.0.1. Source on Linux: proc_pid_net(5). */
async function isListening(port: number, owner: Started['owner']): Promise<boolean> {
  // Only on Linux can a server be isolated: elsewhere, its owner is a process.
  if (process.platform !== 'linux') return 'pid' in owner && isListeningOffLinux(port, owner.pid);
  // 0100007F is 127.0.0.1, 0A is listening. Column 7 has the user, 9 the inode of the socket.
  const address = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const sockets = readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => local === address && state === '0A');
  // Only root can read the open files of an isolated server.
  if ('uid' in owner) return sockets.some((fields) => fields[7] === owner.uid);
  const { stdout } = await run('ls', ['-l', `/proc/${owner.pid}/fd`]);
  return sockets.some((fields) => stdout.includes(`socket:[${fields[9] ?? ''}]`));
}

/** Like {@link isListening}, on macOS and Windows. */
async function isListeningOffLinux(port: number, pid: number): Promise<boolean> {
  if (process.platform !== 'win32')
    return (await run('lsof', ['-a', '-p', `${pid}`, `-iTCP@127.0.0.1:${port}`, '-sTCP:LISTEN'])).code === 0;
  // On Windows, the Python of a virtual environment starts another one.
  const script = `$p = (Get-NetTCPConnection -State Listen -LocalAddress 127.0.0.1 -LocalPort ${port}).OwningProcess
    $p; (Get-CimInstance Win32_Process -Filter "ProcessId=$p").ParentProcessId`;
  const { stdout } = await run('powershell', ['-NoProfile', '-Command', script]);
  return stdout.split(/\s+/).includes(String(pid));
}

function notReadyFailure(what: string, log: string): LocalFailure {
  return new LocalFailure(
    START_SERVER,
    `${what}; its log ends: ${logEndOf(log)}`,
    `see the whole log: ${log}`,
  );
}

function logEndOf(path: string): string {
  try {
    const lines = readFileSync(path, 'utf8').slice(-MAX_LOG_CHARACTERS).trim().split('\n');
    return lines.slice(-MAX_LOG_LINES).join('\n') || '(it is empty)';
  } catch {
    return '(it cannot be read)';
  }
}

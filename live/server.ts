import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { cloneFrom } from './forge.ts';
import { environment, LAUNCHES, type ServerOptions } from './kinds.ts';
import { findPorts } from './listen.ts';

const HEALTHY_WITHIN_MS = 90_000;
const BETWEEN_LOOKS_MS = 200;
/** A server that gets SIGTERM waits until the tools of its agents have ended. After this time it is killed, as containers are. */
const GONE_WITHIN_MS = 30_000;
const LINES_OF_LOG = 30;
const FOLDERS = ['home', 'tmp', 'data', 'work', 'bin', 'agent'];
/**
 * A program in place of a browser. Agents have a browser tool, and do not start without an installed browser. No scenario uses
 * it, so any program with the right name, last on the path, is enough.
 * Source: openhands-tools 1.34.0, browser_use/impl.py (check_chromium_available).
 */
const NO_BROWSER = '#!/bin/sh\nexit 1\n';

/** The server runs a repository's setup script with `source`, which Debian's `sh` lacks. */
const SOURCE = '#!/bin/sh\n. "$1"\n';

/** A running server. */
export interface Server {
  /** The address for `base-url`. */
  readonly url: string;
  readonly port: number;
  /** The folder for the server's files. */
  readonly root: string;
  /** Whether its process is gone. */
  readonly isGone: () => boolean;
  /** Whether its process was killed, also after a SIGTERM that did not end it in time. */
  readonly wasKilled: () => boolean;
  /** Sends the server a signal, but not its sandboxes and tools, and waits until its process is gone. */
  end(signal?: NodeJS.Signals): Promise<void>;
  /** The file with the server's output. */
  readonly log: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Starts a server of OpenHands, waits until it is healthy, and configures its account.
 *
 * @throws Error with the end of its log if it does not start.
 */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { kind, root, processes, sessionKey } = options;
  const port = options.port ?? (await findPorts());
  const log = join(root, 'server.log');
  for (const folder of FOLDERS) await mkdir(join(root, folder), { recursive: true });
  await writeFile(join(root, 'bin/chromium'), NO_BROWSER, { mode: 0o755 });
  await writeFile(join(root, 'bin/source'), SOURCE, { mode: 0o755 });
  await cloneFrom(options.forge, join(root, 'home'));
  // The folder must be there: an agent server would create it, but the action takes that for a typo and starts nothing.
  await writeFile(join(root, 'agent/README.md'), 'A folder for agents.\n');
  const { command = [options.python], args, settings } = LAUNCHES[kind];
  const child = processes.start([...command, ...args(port, options.canvas)], {
    cwd: join(root, 'work'),
    env: environment(options, port),
    log,
  });
  const url = `http://127.0.0.1:${port}`;
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    ...(sessionKey !== undefined && { 'x-session-api-key': sessionKey }),
  };
  await waitUntilHealthy(url, log, () => !isGone(child));
  for (const [path, body] of settings?.(options) ?? []) await post(url + path, headers, body);
  return {
    url,
    port,
    root,
    log,
    headers,
    isGone: () => isGone(child),
    wasKilled: () => child.signalCode === 'SIGKILL',
    end: async (signal = 'SIGKILL') => endProcess(child, signal),
  };
}

function isGone({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

/** Sends a signal to a process and waits for its end: whoever asks its port may be answered by a connection that is still open. */
async function endProcess(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (isGone(child)) return;
  const gone = once(child, 'exit');
  child.kill(signal);
  const killLater = setTimeout(() => child.kill('SIGKILL'), GONE_WITHIN_MS);
  await gone;
  clearTimeout(killLater);
}

async function waitUntilHealthy(url: string, log: string, lives: () => boolean): Promise<void> {
  const until = performance.now() + HEALTHY_WITHIN_MS;
  while (performance.now() < until && lives()) {
    if (await isHealthy(url)) return;
    await delay(BETWEEN_LOOKS_MS);
  }
  const lines = (await readFile(log, 'utf8')).trimEnd().split('\n').slice(-LINES_OF_LOG);
  throw new Error(
    `the server ${lives() ? 'is not healthy after 90 s' : 'ended at its start'}:\n${lines.join('\n')}`,
  );
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/health`)).ok;
  } catch {
    return false;
  }
}

async function post(address: string, headers: Readonly<Record<string, string>>, body: object): Promise<void> {
  const answer = await fetch(address, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!answer.ok)
    throw new Error(`the server did not accept ${address}: HTTP ${answer.status}: ${await answer.text()}`);
}

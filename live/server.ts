import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { blockOfPorts } from './listen.ts';
import type { Processes } from './processes.ts';

const HEALTHY_WITHIN_MS = 90_000;
const BETWEEN_LOOKS_MS = 200;
const LINES_OF_LOG = 30;
/** What the scripted model is called. */
export const MODEL = 'openai/scripted';
const FOLDERS = ['home', 'tmp', 'data', 'work', 'bin'];
/**
 * Every agent has a browser tool, and none starts if no browser is installed. Nobody uses it here: that a program
 * of that name is there, last of the path, is enough.
 * Source: openhands-tools 1.34.0, browser_use/impl.py (check_chromium_available).
 */
const NO_BROWSER = '#!/bin/sh\nexit 1\n';

/** Which server: the app server with the V1 API, the older one, of which V0 is asked, or an agent server by itself. */
export type Kind = 'v1' | 'v0' | 'agent-server';

/** What a server is started with. */
export interface ServerOptions {
  readonly kind: Kind;
  /** The Python that has the package. */
  readonly python: string;
  /** The folder for all that the server keeps: empty, or what an earlier one has left. */
  readonly root: string;
  readonly modelUrl: string;
  readonly processes: Processes;
  /** The key that it asks for in `X-Session-API-Key`; it asks for none if it is left out. */
  readonly sessionKey?: string;
  /** The port to listen on, and the first of a block for its sandboxes; a block of its own if it is left out. */
  readonly port?: number;
  /** More for its environment. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** A server that runs. */
export interface Server {
  /** What `base-url` takes. */
  readonly url: string;
  readonly port: number;
  /** The folder for all that it keeps. */
  readonly root: string;
  /** Kills it, and leaves its sandboxes alone. */
  kill(signal?: NodeJS.Signals): void;
  /** The file with all it prints. */
  readonly log: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What of the own environment a server needs: nothing that could tell it of a real account or model. */
function environment(options: ServerOptions, port: number): Record<string, string> {
  const { root, sessionKey } = options;
  return {
    PATH: [join(options.python, '..'), process.env['PATH'], join(root, 'bin')].join(':'),
    HOME: join(root, 'home'),
    TMPDIR: join(root, 'tmp'),
    LANG: 'C.UTF-8',
    SERVE_FRONTEND: 'false',
    // It asks the internet for prices and skills, and waits for them. Nobody answers here, so it goes on at once.
    HTTP_PROXY: 'http://127.0.0.1:9',
    HTTPS_PROXY: 'http://127.0.0.1:9',
    NO_PROXY: 'localhost,127.0.0.1',
    LITELLM_LOCAL_MODEL_COST_MAP: 'True',
    OPENHANDS_SUPPRESS_BANNER: '1',
    // As OpenHands starts its sandboxes in containers (`initial_env` of the sandbox specs in 1.11.0). Else an agent server
    // draws each traceback for a terminal, and answers nobody meanwhile: 1.7 s were seen.
    LOG_JSON: 'true',
    ...LAUNCHES[options.kind].environment(root, port),
    ...options.environment,
    ...(sessionKey !== undefined && { SESSION_API_KEY: sessionKey }),
  };
}

function environmentOfV1(root: string, port: number): Record<string, string> {
  return {
    RUNTIME: 'process',
    OH_PERSISTENCE_DIR: join(root, 'data'),
    // Where the sandboxes send their events; without it no event ever reaches the server.
    OH_WEBHOOKS_0_BASE_URL: `http://127.0.0.1:${port}/api/v1/webhooks`,
    // Sandboxes share one folder for their terminals, and each that starts ends the terminals of the others. If the
    // variable is empty each makes a folder of its own.
    OH_AGENT_SERVER_ENV: JSON.stringify({ TMUX_TMPDIR: '' }),
  };
}

/** `launch-v0.py` sets RUNTIME. */
function environmentOfV0(root: string): Record<string, string> {
  return {
    FILE_STORE_PATH: join(root, 'data'),
    WORKSPACE_BASE: join(root, 'work'),
    // Else it closes the oldest of three conversations when a fourth is started.
    MAX_CONCURRENT_CONVERSATIONS: '100',
    SKIP_DEPENDENCY_CHECK: '1',
    ENABLE_BROWSER: 'false',
    AGENT_ENABLE_BROWSING: 'false',
  };
}

const MODEL_KEY = 'key-of-the-scripted-model';

interface Launch {
  /** What Python runs. */
  readonly program: (port: number) => readonly string[];
  readonly environment: (root: string, port: number) => Record<string, string>;
  /** How it is told of its model; an agent server is told with each conversation. */
  readonly settings?: readonly [path: string, body: (modelUrl: string) => object];
}

const LAUNCHES: Readonly<Record<Kind, Launch>> = {
  v1: {
    program: (port) => [join(import.meta.dirname, 'launch.py'), String(port)],
    environment: environmentOfV1,
    settings: [
      '/api/v1/settings',
      (modelUrl) => ({
        agent_settings_diff: { llm: { model: MODEL, api_key: MODEL_KEY, base_url: modelUrl } },
      }),
    ],
  },
  v0: {
    program: (port) => [join(import.meta.dirname, 'launch-v0.py'), String(port)],
    environment: environmentOfV0,
    settings: ['/api/settings', settingsOfV0],
  },
  'agent-server': {
    program: (port) => ['-m', 'openhands.agent_server', '--host', '127.0.0.1', '--port', String(port)],
    // What it keeps is below its working directory.
    environment: () => ({ OH_ENABLE_VSCODE: 'false' }),
  },
};

function settingsOfV0(modelUrl: string): object {
  return {
    language: 'en',
    agent: 'CodeActAgent',
    max_iterations: 100,
    // A name that it knows to take tools.
    llm_model: 'openai/gpt-4o',
    llm_api_key: MODEL_KEY,
    llm_base_url: modelUrl,
    confirmation_mode: false,
    enable_default_condenser: true,
    v1_enabled: false,
  };
}

/**
 * Starts a server of OpenHands and waits until it is well and knows its model.
 *
 * @throws Error with the end of its log if it does not come up.
 */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { kind, root, processes, sessionKey } = options;
  const port = options.port ?? (await blockOfPorts());
  const log = join(root, 'server.log');
  for (const folder of FOLDERS) await mkdir(join(root, folder), { recursive: true });
  await writeFile(join(root, 'bin/chromium'), NO_BROWSER, { mode: 0o755 });
  const { program, settings } = LAUNCHES[kind];
  const child = processes.start([options.python, ...program(port)], {
    cwd: join(root, 'work'),
    env: environment(options, port),
    log,
  });
  const url = `http://127.0.0.1:${port}`;
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    ...(sessionKey !== undefined && { 'x-session-api-key': sessionKey }),
  };
  await untilHealthy(url, log, () => child.exitCode === null && child.signalCode === null);
  if (settings) await setModel(url + settings[0], headers, settings[1](options.modelUrl));
  return {
    url,
    port,
    root,
    log,
    headers,
    kill: (signal = 'SIGKILL') => child.kill(signal),
  };
}

async function untilHealthy(url: string, log: string, lives: () => boolean): Promise<void> {
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

async function setModel(
  address: string,
  headers: Readonly<Record<string, string>>,
  settings: object,
): Promise<void> {
  const answer = await fetch(address, { method: 'POST', headers, body: JSON.stringify(settings) });
  if (!answer.ok)
    throw new Error(`the server did not accept the model: HTTP ${answer.status}: ${await answer.text()}`);
}

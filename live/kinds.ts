import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { connection, type Forge } from './forge.ts';
import { MODEL } from './model.ts';
import type { Processes } from './processes.ts';

/** The kind of server: an app server with the V1 API, an older one with V0, an agent server by itself, or in Agent Canvas. */
export type Kind = 'v1' | 'v0' | 'agent-server' | 'canvas';

/** Whether agents of a kind of server work in folders of its machine. */
export function worksInFolder(kind: Kind): boolean {
  return kind === 'agent-server' || kind === 'canvas';
}

/** The options of a server. */
export interface ServerOptions {
  readonly kind: Kind;
  /** The path of the Python in which the package is installed. For Agent Canvas, that has `uv`, which installs its servers. */
  readonly python: string;
  /** The folder in which Agent Canvas is installed. */
  readonly canvas: string;
  /** The folder for the server's files: empty, or that of an earlier server. */
  readonly root: string;
  readonly modelUrl: string;
  /** The host of the account's repositories. Only V1 clones. */
  readonly forge: Forge;
  readonly processes: Processes;
  /** The key that the server requires in `X-Session-API-Key`; none by default. */
  readonly sessionKey?: string;
  /** The port to listen on, which begins a block of ports for the sandboxes; a new block by default. */
  readonly port?: number;
  /** Additional environment variables. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Returns the environment of a server, without anything that refers to a real account or model. */
export function environment(options: ServerOptions, port: number): Record<string, string> {
  const { root, sessionKey } = options;
  return {
    PATH: [join(options.python, '..'), process.env['PATH'], join(root, 'bin')].join(':'),
    HOME: join(root, 'home'),
    TMPDIR: join(root, 'tmp'),
    LANG: 'C.UTF-8',
    SERVE_FRONTEND: 'false',
    // The server requests prices and skills from the internet, and waits. This proxy refuses connections, so it continues.
    HTTP_PROXY: 'http://127.0.0.1:9',
    HTTPS_PROXY: 'http://127.0.0.1:9',
    NO_PROXY: 'localhost,127.0.0.1',
    LITELLM_LOCAL_MODEL_COST_MAP: 'True',
    OPENHANDS_SUPPRESS_BANNER: '1',
    // As in OpenHands' containers (`initial_env` of the sandbox specs in 1.11.0). Otherwise an agent server formats each
    // traceback for a terminal, and does not respond meanwhile: 1.7 s were seen.
    LOG_JSON: 'true',
    // Not the folder of all servers of the machine.
    OH_CONVERSATION_WORKTREE_ROOT: join(root, 'tmp/worktrees'),
    ...LAUNCHES[options.kind].environment(options, port),
    ...options.environment,
    ...(sessionKey !== undefined && { [LAUNCHES[options.kind].sessionKey ?? 'SESSION_API_KEY']: sessionKey }),
  };
}

function environmentOfV1({ root }: ServerOptions, port: number): Record<string, string> {
  return {
    RUNTIME: 'process',
    OH_PERSISTENCE_DIR: join(root, 'data'),
    // The address to which sandboxes send their events; without it, no event reaches the server.
    OH_WEBHOOKS_0_BASE_URL: `http://127.0.0.1:${port}/api/v1/webhooks`,
    // Sandboxes share a folder for their terminals, and a new one ends the terminals of the others. If this variable is
    // empty, each creates a separate folder.
    OH_AGENT_SERVER_ENV: JSON.stringify({ TMUX_TMPDIR: '' }),
    ALLOW_INSECURE_GIT_ACCESS: 'true',
  };
}

/** `launch-v0.py` sets RUNTIME. */
function environmentOfV0({ root }: ServerOptions): Record<string, string> {
  return {
    FILE_STORE_PATH: join(root, 'data'),
    WORKSPACE_BASE: join(root, 'work'),
    // Otherwise the server closes the oldest of three conversations when a fourth one is started.
    MAX_CONCURRENT_CONVERSATIONS: '100',
    SKIP_DEPENDENCY_CHECK: '1',
    ENABLE_BROWSER: 'false',
    AGENT_ENABLE_BROWSING: 'false',
  };
}

const MODEL_KEY = 'key-of-the-scripted-model';

interface Launch {
  /** The program; Python by default. */
  readonly command?: readonly [string, ...string[]];
  readonly args: (port: number, canvas: string) => readonly string[];
  /** The environment variable for the session key, if it is not `SESSION_API_KEY`. */
  readonly sessionKey?: string;
  readonly environment: (options: ServerOptions, port: number) => Record<string, string>;
  /** The requests that configure the account; absent for an agent server, which gets the model with each conversation. */
  readonly settings?: (options: ServerOptions) => readonly (readonly [path: string, body: object])[];
}

/** How each kind of server is launched and configured. */
export const LAUNCHES: Readonly<Record<Kind, Launch>> = {
  v1: {
    args: (port) => [join(import.meta.dirname, 'launch.py'), String(port)],
    environment: environmentOfV1,
    settings: ({ modelUrl, forge }) => [
      [
        '/api/v1/settings',
        { agent_settings_diff: { llm: { model: MODEL, api_key: MODEL_KEY, base_url: modelUrl } } },
      ],
      connection(forge),
    ],
  },
  v0: {
    args: (port) => [join(import.meta.dirname, 'launch-v0.py'), String(port)],
    environment: environmentOfV0,
    settings: ({ modelUrl }) => [['/api/settings', settingsOfV0(modelUrl)]],
  },
  'agent-server': {
    args: (port) => ['-m', 'openhands.agent_server', '--host', '127.0.0.1', '--port', String(port)],
    // It stores its files below its working directory.
    environment: () => ({ OH_ENABLE_VSCODE: 'false' }),
  },
  canvas: {
    command: [process.execPath],
    args: (port, at) => [join(at, 'package/bin/agent-canvas.mjs'), '--public', '--port', String(port)],
    environment: environmentOfCanvas,
    sessionKey: 'LOCAL_BACKEND_API_KEY',
    // What its settings do: a model for its active agent profile.
    settings: ({ modelUrl }) => [
      ['/api/profiles/default', { llm: { model: MODEL, api_key: MODEL_KEY, base_url: modelUrl } }],
    ],
  },
};

/** It installs its servers with uv at each start, and then needs the registry. */
function environmentOfCanvas({ python, canvas }: ServerOptions, port: number): Record<string, string> {
  // Where this machine has its certificates and its registry.
  const machine = Object.entries(process.env).filter(([name]) => /^(?:SSL_CERT|UV)_/.test(name));
  return {
    ...Object.fromEntries(machine.map(([name, value = '']) => [name, value])),
    HTTP_PROXY: '',
    HTTPS_PROXY: '',
    UV_CACHE_DIR: join(canvas, 'uv'),
    // uv passes over virtual environments.
    UV_PYTHON: realpathSync(python),
    VITE_DO_NOT_TRACK: '1',
    NODE_OPTIONS: `--import ${pathToFileURL(join(import.meta.dirname, 'loopback.ts')).href}`,
    OH_CANVAS_SAFE_BACKEND_PORT: String(port + 1),
    OH_CANVAS_SAFE_AUTOMATION_PORT: String(port + 2),
    OH_CANVAS_SAFE_VITE_PORT: String(port + 3),
  };
}

function settingsOfV0(modelUrl: string): object {
  return {
    language: 'en',
    agent: 'CodeActAgent',
    max_iterations: 100,
    // A model that the server knows to support tools.
    llm_model: 'openai/gpt-4o',
    llm_api_key: MODEL_KEY,
    llm_base_url: modelUrl,
    confirmation_mode: false,
    enable_default_condenser: true,
    v1_enabled: false,
  };
}

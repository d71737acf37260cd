import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { dirname, isAbsolute, join, sep } from 'node:path';

import { isBelow } from '../text/file.ts';
import { ISOLATE, LocalFailure } from './failure.ts';

/** Folders of the system that the isolated server always sees, as isolate.sh shows them. */
const SYSTEM = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/etc'];
const SOCKETS = [
  '/var/run/docker.sock',
  '/run/docker.sock',
  '/run/containerd/containerd.sock',
  '/run/podman/podman.sock',
  '/run/crio/crio.sock',
  '/run/systemd/private',
  '/run/dbus/system_bus_socket',
];
/** The files by which a step tells the runner something, and what it knows of the job. */
const COMMAND_FILES = [
  'GITHUB_ENV',
  'GITHUB_PATH',
  'GITHUB_OUTPUT',
  'GITHUB_STATE',
  'GITHUB_STEP_SUMMARY',
  'GITHUB_EVENT_PATH',
];

/** What an isolated server sees of the machine, beside the system's own programs. */
export interface View {
  /** Folders that it can read. */
  readonly show: readonly string[];
  /** What must not be there for it. */
  readonly absent: readonly string[];
}

/** The job that the server must see nothing of. */
export interface Job {
  readonly env: NodeJS.ProcessEnv;
  /** The folder of the action that runs. */
  readonly action: string;
  /** The program that runs it: the runner's own, or one of the machine. */
  readonly node: string;
}

/**
 * What an isolated server sees: the folders that it needs, and the job's tools (RUNNER_TOOL_CACHE, those in /opt), unless
 * something of the job is in them.
 *
 * @throws {LocalFailure} if a folder that it needs has something of the job in it.
 */
export function viewOf({ env, action, node }: Job, needed: readonly string[]): View {
  const files = COMMAND_FILES.map((name) => env[name] ?? '');
  const { GITHUB_WORKSPACE: workspace = '', RUNNER_TEMP: temporary = '', HOME: home = '' } = env;
  const runner = runnerOf(node);
  const hidden = [workspace, temporary, home, action, runner, ...files.map(dirname)]
    .filter(isAbsolute)
    .map(real);
  const isOpen = (path: string): boolean => !hidden.some((each) => isBelow(path, each));
  // Under both names, where a link leads there: that of a program in it may be either.
  const must = needed.flatMap((path) => [path, real(path)]);
  const closed = must.find((path) => !isOpen(path));
  if (closed !== undefined)
    throw new LocalFailure(
      ISOLATE,
      `Python needs ${closed}, where the job has its own files`,
      'set up Python 3.12 or 3.13 in the job (actions/setup-python)',
    );
  const tools = [env['RUNNER_TOOL_CACHE'] ?? '', ...optional()]
    .filter(isAbsolute)
    .filter(existsSync)
    .map(real);
  const show = [...new Set([...tools.filter(isOpen), ...must])].filter(
    (path) => !SYSTEM.some((each) => isBelow(each, path)),
  );
  const absent = [
    ...SOCKETS,
    ...files,
    join(workspace, '.git'),
    join(action, 'local.js'),
    join(runner, '.credentials'),
  ];
  return { show, absent: absent.filter(isAbsolute).filter(existsSync).map(real) };
}

/** The programs in /opt. Runners are kept there, too, and what provisions them. */
function optional(): readonly string[] {
  if (!existsSync('/opt')) return [];
  return readdirSync('/opt', { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !/runner|containerd|provision/i.test(entry.name))
    .map(({ name }) => join('/opt', name));
}

/** The entries of a PATH that the server sees. */
export function visiblePath(path: string, { show }: View): string {
  const entries = path.split(':').filter((entry) => isAbsolute(entry) && existsSync(entry));
  const seen = entries.filter((entry) => [...SYSTEM, ...show].some((folder) => isBelow(folder, real(entry))));
  return [...new Set(seen)].join(':') || '/usr/local/bin:/usr/bin:/bin';
}

/** The folder of the runner whose Node that is: it is in `externals/node24/bin`. */
function runnerOf(node: string): string {
  const [before = '', after] = node.split(`${sep}externals${sep}`);
  return after === undefined ? '' : before;
}

function real(path: string): string {
  return existsSync(path) ? realpathSync(path) : path;
}

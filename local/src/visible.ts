import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { dirname, isAbsolute, join, sep } from 'node:path';

import { isBelow } from '../../src/text/file.ts';
import { ISOLATE, LocalFailure } from './failure.ts';

/** The system folders that isolate.sh always makes visible to the isolated server. */
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
/** The variables, without GITHUB_, with the paths of files that steps share with the runner: commands, and the event. */
const COMMAND_FILES = ['ENV', 'PATH', 'OUTPUT', 'STATE', 'STEP_SUMMARY', 'EVENT_PATH'];

/** What an isolated server sees of the machine, in addition to the system folders. */
export interface View {
  /** The folders that the server can read. */
  readonly show: readonly string[];
  /** The paths that must not exist for the server; isolate.sh checks that. */
  readonly absent: readonly string[];
}

/** The job whose files the server must not see. */
export interface Job {
  readonly env: NodeJS.ProcessEnv;
  readonly action: string;
  /** The path of the Node program that runs the action: the runner's own, or another one. */
  readonly node: string;
}

/**
 * Decides what an isolated server sees: the folders that it needs, and the job's tools (in RUNNER_TOOL_CACHE and /opt), but
 * no folder that contains files of the job.
 *
 * @throws {LocalFailure} if a folder that the server needs contains files of the job.
 */
export function viewOf({ env, action, node }: Job, needed: readonly string[]): View {
  const files = COMMAND_FILES.map((name) => env[`GITHUB_${name}`] ?? '');
  const { GITHUB_WORKSPACE: workspace = '', RUNNER_TEMP: temporary = '', HOME: home = '' } = env;
  const runner = runnerOf(node);
  const hidden = [workspace, temporary, home, action, runner, ...files.map(dirname)]
    .filter(isAbsolute)
    .map(realPath);
  /** Whether the server may see a folder: nothing hidden is in it. */
  const isOpen = (path: string): boolean => !hidden.some((each) => isBelow(path, each));
  // If a path is a link, both the link and its target must be visible: paths of programs may use either.
  const must = needed.flatMap((path) => [path, realPath(path)]);
  const closed = must.find((path) => !isOpen(path));
  if (closed !== undefined)
    throw new LocalFailure(
      ISOLATE,
      `Python needs ${closed}, which contains files of the job`,
      'set up Python 3.12 or 3.13 in the job (actions/setup-python)',
    );
  const tools = [env['RUNNER_TOOL_CACHE'] ?? '', ...optionalTools()]
    .filter(isAbsolute)
    .filter(existsSync)
    .map(realPath);
  const show = [...new Set([...tools.filter(isOpen), ...must])].filter(
    (path) => !SYSTEM.some((each) => isBelow(each, path)),
  );
  // Some files of the job, and sockets through which a program can become root: isolate.sh checks that the server sees none of them.
  const absent = [
    ...SOCKETS,
    ...files,
    join(workspace, '.git'),
    join(action, 'action.yml'),
    join(runner, '.credentials'),
  ];
  return { show, absent: absent.filter(isAbsolute).filter(existsSync).map(realPath) };
}

/** Returns the tools in /opt, except the folders of runners and of the tools that set up machines. */
function optionalTools(): readonly string[] {
  if (!existsSync('/opt')) return [];
  return readdirSync('/opt', { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !/runner|containerd|provision/i.test(entry.name))
    .map(({ name }) => join('/opt', name));
}

/** Returns a PATH with only the entries that the server sees. */
export function visiblePath(path: string, { show }: View): string {
  const entries = path.split(':').filter((entry) => isAbsolute(entry) && existsSync(entry));
  const seen = entries.filter((entry) =>
    [...SYSTEM, ...show].some((folder) => isBelow(folder, realPath(entry))),
  );
  return [...new Set(seen)].join(':') || '/usr/local/bin:/usr/bin:/bin';
}

/** Returns the runner's folder if the Node program is the runner's, in `externals/node24/bin`; otherwise empty. */
function runnerOf(node: string): string {
  const [before = '', after] = node.split(`${sep}externals${sep}`);
  return after === undefined ? '' : before;
}

function realPath(path: string): string {
  return existsSync(path) ? realpathSync(path) : path;
}

import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { type ActionFile, evaluate, findAction, readActionFile } from './action-file.ts';
import {
  contextEnvironment,
  contextOf,
  expressionContext,
  type GithubContext,
  manualEvent,
  type RunEvent,
} from './context.ts';
import { type Cancellation, type ProcessRun, runProcess } from './process.ts';

export type { GithubContext, RunEvent } from './context.ts';
export type { ProcessRun } from './process.ts';

/** The options of a run. */
export interface RunOptions {
  /** The folder with action.yml; by default that of this project. */
  readonly action?: string;
  /** The inputs, as a workflow's `with`. */
  readonly with?: Readonly<Record<string, string>>;
  /** Additional environment variables. From its own environment the runner passes on only what programs need to start. */
  readonly env?: Readonly<Record<string, string>>;
  /** GITHUB_WORKSPACE; a new folder by default. */
  readonly workspace?: string;
  /** The event; by default a run by hand (`workflow_dispatch`). */
  readonly event?: RunEvent;
  readonly github?: Partial<GithubContext>;
  /** Additional secrets, like `${{ secrets.X }}` in a workflow. */
  readonly secrets?: readonly string[];
  /** The program that runs the action; by default the current Node.js. */
  readonly node?: string;
  /** Cancels the step, with GitHub's delays between signals. */
  readonly signal?: Cancellation;
  /** Simulates a full disk for outputs; on Linux only. */
  readonly fullDisk?: boolean;
  /** Called with each log line as people see it. */
  readonly onLog?: (line: string) => void;
  /** Whether to run the action's `post` directly after `main`; true by default. */
  readonly post?: boolean;
}

/** The result of a run. */
export interface ActionRun extends ProcessRun {
  /** RUNNER_TEMP, which exists until `dispose`. */
  readonly temp: string;
  readonly workspace: string;
  /** The result of `post`, if it was run. */
  readonly post?: ProcessRun;
  /** Runs `post` later; absent if the action has none. */
  readonly runPost?: () => Promise<ProcessRun>;
  /** Removes the folders that the run created. */
  dispose(): Promise<void>;
}

/** The variables of the parent's environment that programs need to start. */
const ESSENTIAL = [
  'PATH',
  'Path',
  'HOME',
  'TMPDIR',
  'TEMP',
  'TMP',
  'SystemRoot',
  'SYSTEMROOT',
  'ComSpec',
  'PATHEXT',
  'USERPROFILE',
];

function essentialEnvironment(): Record<string, string> {
  const kept = ESSENTIAL.map((name) => [name, process.env[name]] as const);
  return Object.fromEntries(kept.filter((pair): pair is readonly [string, string] => pair[1] !== undefined));
}

interface Place {
  readonly root: string;
  readonly temp: string;
  readonly workspace: string;
  readonly eventPath: string;
}

async function makePlace(options: RunOptions, event: RunEvent): Promise<Place> {
  // The real path: on macOS the temporary folder is behind a link, and an action may refuse links.
  const root = await realpath(await mkdtemp(join(tmpdir(), 'runner-')));
  const temp = join(root, 'temp');
  const workspace = options.workspace === undefined ? join(root, 'workspace') : resolve(options.workspace);
  const eventPath = join(temp, '_github_workflow', 'event.json');
  await mkdir(join(temp, '_github_workflow'), { recursive: true });
  await mkdir(workspace, { recursive: true });
  await writeFile(eventPath, JSON.stringify(event.payload));
  return { root, temp, workspace, eventPath };
}

/** Returns the environment variable of an input: upper case, spaces become underscores, hyphens stay. */
export function inputVariable(name: string): string {
  return `INPUT_${name.replaceAll(' ', '_').toUpperCase()}`;
}

/** Returns the variables of all inputs. Input names ignore case, and an empty value overrides the default, too. */
function inputsOf(
  file: ActionFile,
  given: Readonly<Record<string, string>>,
  github: Readonly<Record<string, unknown>>,
): Record<string, string> {
  const chosen = new Map(Object.entries(given).map(([name, value]) => [inputVariable(name), value]));
  for (const [name, template] of file.inputs) {
    const variable = inputVariable(name);
    if (!chosen.has(variable)) chosen.set(variable, evaluate(template, github));
  }
  return Object.fromEntries(chosen);
}

/** Returns the runner's warning about unknown inputs; `undefined` if there are none. */
function warningOf(file: ActionFile, given: Readonly<Record<string, string>>): string | undefined {
  const known = new Set([...file.inputs.keys()].map(inputVariable));
  const unknown = Object.keys(given).filter((name) => !known.has(inputVariable(name)));
  if (unknown.length === 0) return undefined;
  const quote = (names: Iterable<string>): string => [...names].map((name) => `'${name}'`).join(', ');
  return `Unexpected input(s) ${quote(unknown)}, valid inputs are [${quote(file.inputs.keys())}]`;
}

function stateVariables(state: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(state).map(([name, value]) => [`STATE_${name}`, value]));
}

/**
 * Runs an action like GitHub's runner: `main`, then `post`.
 *
 * @throws Error if action.yml cannot be read, or is not supported by this runner; a failing action does not throw
 */
export async function runAction(options: RunOptions): Promise<ActionRun> {
  const folder = options.action === undefined ? findAction(import.meta.dirname) : resolve(options.action);
  const file = readActionFile(folder);
  const context = contextOf(options.github ?? {});
  const event = options.event ?? manualEvent(context);
  const place = await makePlace(options, event);
  const given = options.with ?? {};
  const inputs = inputsOf(file, given, expressionContext(context, event, place.workspace));
  const { token, ...open } = context;
  const env: Record<string, string> = {
    ...essentialEnvironment(),
    ...contextEnvironment(open, event),
    GITHUB_EVENT_PATH: place.eventPath,
    GITHUB_WORKSPACE: place.workspace,
    RUNNER_TEMP: place.temp,
    RUNNER_TOOL_CACHE: join(place.root, 'tools'),
    ...options.env,
    ...inputs,
  };
  const common = {
    node: options.node ?? process.execPath,
    cwd: place.workspace,
    secrets: [token, ...(options.secrets ?? [])],
    onLine: options.onLog ?? ((): void => undefined),
    temp: place.temp,
  };
  const warning = warningOf(file, given);
  const main = await runProcess({
    ...common,
    script: join(folder, file.main),
    env,
    warning,
    cancellation: options.signal,
    fullDisk: options.fullDisk,
  });
  const dispose = async (): Promise<void> => {
    await rm(place.root, { recursive: true, force: true });
  };
  const done = { ...main, temp: place.temp, workspace: place.workspace, dispose };
  if (file.post === undefined) return done;
  const script = join(folder, file.post);
  // Variables that main wrote to GITHUB_ENV persist, even STATE_ variables; saved state overrides them.
  const postEnv = { ...env, ...main.env, ...inputs, ...stateVariables(main.state) };
  const secrets = [...common.secrets, ...main.masks];
  const runPost = async (): Promise<ProcessRun> => runProcess({ ...common, secrets, script, env: postEnv });
  return options.post === false ? { ...done, runPost } : { ...done, post: await runPost() };
}

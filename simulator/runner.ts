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
} from './github-context.ts';
import { type Cancellation, type ProcessRun, runProcess } from './step-process.ts';

export type { GithubContext, RunEvent } from './github-context.ts';
export type { Annotation } from './step-log.ts';
export type { Cancellation, ProcessRun } from './step-process.ts';

/** What to run, and under which circumstances. */
export interface RunOptions {
  /** The folder with action.yml; the project's own if it is left out. */
  readonly action?: string;
  /** The inputs, as a workflow's `with`. */
  readonly with?: Readonly<Record<string, string>>;
  /** More environment variables. Of its own environment the runner passes on only what programs need to start. */
  readonly env?: Readonly<Record<string, string>>;
  /** GITHUB_WORKSPACE; a fresh folder if it is left out. */
  readonly workspace?: string;
  /** A run by hand (`workflow_dispatch`) if it is left out. */
  readonly event?: RunEvent;
  readonly github?: Partial<GithubContext>;
  /** More texts that are secret from the start, as `${{ secrets.X }}` in a workflow. */
  readonly secrets?: readonly string[];
  /** The program that runs the action; this Node.js if it is left out. */
  readonly node?: string;
  /** Cancels the step, with GitHub's patience. */
  readonly signal?: Cancellation;
  /** Whether the disk is full where outputs are written; on Linux alone. */
  readonly fullDisk?: boolean;
  /** Each line as people see it, at once. */
  readonly onLog?: (line: string) => void;
  /** Whether to run the action's `post` at once; true if it is left out. */
  readonly post?: boolean;
}

/** How a run went. */
export interface ActionRun extends ProcessRun {
  /** RUNNER_TEMP, which stays until `dispose`. */
  readonly temp: string;
  readonly workspace: string;
  /** How `post` went, if the action has one and it was wanted. */
  readonly post?: ProcessRun;
  /** Runs `post` after other steps, if the action has one. */
  readonly runPost?: () => Promise<ProcessRun>;
  /** Removes the folders that the run made. */
  dispose(): Promise<void>;
}

/** What of the parent's environment a program needs to start at all. */
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
  // The real path: on macOS the temp folder is behind a link, and an action may refuse links.
  const root = await realpath(await mkdtemp(join(tmpdir(), 'runner-')));
  const temp = join(root, 'temp');
  const workspace = options.workspace === undefined ? join(root, 'workspace') : resolve(options.workspace);
  const eventPath = join(temp, '_github_workflow', 'event.json');
  await mkdir(join(temp, '_github_workflow'), { recursive: true });
  await mkdir(workspace, { recursive: true });
  await writeFile(eventPath, JSON.stringify(event.payload));
  return { root, temp, workspace, eventPath };
}

/** The name under which an input reaches the action: capitals, spaces to underscores, hyphens as they are. */
export function inputVariable(name: string): string {
  return `INPUT_${name.replaceAll(' ', '_').toUpperCase()}`;
}

/** Input names do not mind capitals; a given value counts, an empty one too. */
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

/** The warning of the runner about inputs that the action does not have; `undefined` if there are none. */
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
 * Runs an action as GitHub's runner does: `main`, then `post`.
 *
 * @throws Error if action.yml cannot be read or is not one for this runner; a failing action does not throw
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
  // What main wrote to GITHUB_ENV stays, STATE_ variables too; what it saved as state comes over it.
  const postEnv = { ...env, ...main.env, ...inputs, ...stateVariables(main.state) };
  const secrets = [...common.secrets, ...main.masks];
  const runPost = async (): Promise<ProcessRun> => runProcess({ ...common, secrets, script, env: postEnv });
  return options.post === false ? { ...done, runPost } : { ...done, post: await runPost() };
}

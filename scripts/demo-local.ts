import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { findFreePort } from '../live/listen.ts';
import { Processes } from '../live/processes.ts';
import { INSTALL, ISOLATE, LocalFailure } from '../local/src/failure.ts';
import type { LocalInputName, LocalOutputName } from '../local/src/inputs.ts';
import { installationOf } from '../local/src/install.ts';
import { savedPlace } from '../local/src/place.ts';
import type { LocalRunner } from '../local/src/runner.ts';
import { startLocal, stopLocal } from '../local/src/start.ts';
import { visibleLine } from '../simulator/report.ts';
import type { ActionRun } from '../simulator/runner/runner.ts';
import { createSecrets } from '../src/text/secrets.ts';
import { inputsFor, MAX_USD, type Service, serviceOf } from './demo-model.ts';
import type { Stage } from './demo-stage.ts';

const ROOT = join(import.meta.dirname, '..');
const LOCAL = join(ROOT, 'local');
/** The folder for the installed server, which is kept so that the next run starts in seconds. */
const TOOLS = process.env['RUNNER_TOOL_CACHE'] ?? join(ROOT, '.cache');
/** The outputs that become inputs of the next step. */
const REACH = ['base-url', 'api-key', 'working-directory'] as const;
const MAX_PATCH_LINES = 40;

const MESSAGE = 'Greet the world in a file hello.txt.';
const HARMLESS = 'Add a file hello.txt that greets the world. Change nothing else.';

/** Advice for a developer's machine, by what failed. For other failures, the action's own advice fits. */
const REMEDIES: Readonly<Record<string, string>> = {
  [ISOLATE]:
    'add --allow-unisolated if the agent may read and change everything that you can, or unset LLM_API_KEY to use the model that follows a script',
  [INSTALL]:
    'make sure that python3 is Python 3.12 or 3.13 with pip, and that it can reach the Python registry; npm run demo without --local needs neither',
};

/** The options of the demo with a local server. */
export interface LocalChoice {
  readonly message: string | undefined;
  readonly allowUnisolated: boolean;
}

/** Where and how the demo runs on this machine. */
interface Place {
  /** The folder for all files of the demo. */
  readonly root: string;
  /** The job's checkout. */
  readonly workspace: string;
  readonly say: (line: string) => void;
}

/**
 * Starts OpenHands' own agent server on this machine, like `local/action.yml` in a job, with a new repository.
 *
 * @param interrupted aborts the start.
 * @throws Error in one line if the start fails; then everything is cleaned up.
 */
export async function localStage(
  { message, allowUnisolated }: LocalChoice,
  say: (line: string) => void,
  interrupted: AbortSignal,
): Promise<Stage> {
  const service = await serviceOf(process.env);
  const root = await realpath(await mkdtemp(join(tmpdir(), 'demo-')));
  const place = { root, workspace: join(root, 'workspace'), say };
  const server = serverOn(place, service, allowUnisolated);
  const close = async (): Promise<void> => {
    await server.end();
    await service.close();
    await rm(root, { recursive: true, force: true });
  };
  const endNow = (): void => void server.end();
  interrupted.addEventListener('abort', endNow);
  try {
    await makeRepository(place.workspace);
    say(introOf(service));
    const outputs = await server.start();
    interrupted.throwIfAborted();
    return {
      workspace: place.workspace,
      inputs: {
        ...outputs,
        ...inputsFor(service),
        message: message ?? (service.isReal ? HARMLESS : MESSAGE),
      },
      more: patchOf,
      next: (succeeded) => nextOf(succeeded, service),
      close,
    };
  } catch (error) {
    await close();
    throw interrupted.aborted ? interrupted.reason : inOneLine(error);
  } finally {
    interrupted.removeEventListener('abort', endNow);
  }
}

/** Returns `start`, which starts the agent server and returns the inputs for a step, and `end`, which stops it, even while it starts. */
function serverOn({ root, workspace, say }: Place, { isReal }: Service, allowUnisolated: boolean) {
  const processes = new Processes(randomUUID());
  const outputs: Partial<Record<LocalOutputName, string>> = {};
  let base = '';
  const start = async (): Promise<Readonly<Record<string, string>>> => {
    // Processes that install the server inherit the mark, so that they can be killed, too.
    Object.assign(process.env, processes.mark);
    const inputs: Partial<Record<LocalInputName, string>> = {
      port: String(await findFreePort()),
      // The scripted model is harmless, so its agent needs no isolation.
      'allow-unisolated': String(allowUnisolated || !isReal),
    };
    const runner: LocalRunner = {
      secrets: createSecrets(() => undefined),
      input: (name) => inputs[name] ?? '',
      output: (name, value) => void (outputs[name] = value),
      save: (path) => void (base = path),
      saved: () => base,
      debug: () => undefined,
      info: say,
      warning: (text) => {
        say(isReal ? `Warning: ${text}` : notIsolated(text));
      },
      fail: say,
    };
    const env = {
      ...process.env,
      RUNNER_TEMP: root,
      RUNNER_TOOL_CACHE: TOOLS,
      GITHUB_WORKSPACE: workspace,
      // Otherwise the server requests model prices from the internet.
      ...(!isReal && { LITELLM_LOCAL_MODEL_COST_MAP: 'True' }),
    };
    await startLocal({ runner, env, folder: LOCAL });
    return Object.fromEntries(REACH.map((name) => [name, outputs[name] ?? '']));
  };
  const end = async (): Promise<void> => {
    await processes.end();
    const there = savedPlace(base, root);
    if (there !== undefined) for (const each of await stopLocal(there, LOCAL)) say(`Warning: ${each}`);
  };
  return { start, end };
}

function introOf({ isReal, model }: Service): string {
  const aboutModel = isReal
    ? `LLM_API_KEY is set: the agent uses ${model}, which may cost money, at most about ${MAX_USD} US dollar.\nUnset it to use a model that follows a script.`
    : 'Its model follows a script, whatever the message says. No account, no key, no costs.';
  const installed = existsSync(installationOf(LOCAL, join(TOOLS, 'openhands-agent-server')))
    ? 'What is installed'
    : 'It installs 0.8 GB in about half a minute, which';
  return `OpenHands' own agent server on this machine. ${aboutModel}\n${installed} stays in ${TOOLS} for the next run; everything else is removed after the demo.`;
}

/** Rewrites the warning about missing isolation for the scripted model. */
function notIsolated(warning: string): string {
  const why = /\((.*)\)/.exec(warning)?.[1] ?? 'this machine cannot';
  return `Not isolated (${why}). That is harmless here: the model's script writes one file`;
}

function nextOf(succeeded: boolean, { isReal }: Service): string {
  if (!succeeded) return 'Next: the log above says why, and what to do.';
  return isReal
    ? "Next: examples/local.yml does the same in a workflow, with the model's key as a secret."
    : 'Next: LLM_API_KEY=… LLM_MODEL=openai/gpt-5 npm run demo -- --local uses a real model; examples/local.yml is the workflow.';
}

/** Creates a repository with one file and one commit. */
async function makeRepository(folder: string): Promise<void> {
  await mkdir(folder);
  await writeFile(join(folder, 'README.md'), '# A repository for the demo\n');
  const named = ['-c', 'user.name=Demo', '-c', 'user.email=demo@invalid', '-c', 'commit.gpgsign=false'];
  for (const args of [
    ['init', '--quiet', '--initial-branch', 'main'],
    ['add', '--all'],
    [...named, 'commit', '--quiet', '--message', 'Begin'],
  ])
    execFileSync('git', args, { cwd: folder, stdio: 'pipe' });
}

/** Reads the patch of the agent's changes, which the next job of a workflow would get. */
async function patchOf({ outputs }: ActionRun): Promise<readonly [title: string, text: string]> {
  const path = outputs['patch-file'];
  const text = path === undefined ? '' : await readFile(path, 'utf8');
  const lines = text.trimEnd().split('\n');
  const shown = lines.slice(0, MAX_PATCH_LINES).map(visibleLine);
  const more = lines.length - shown.length;
  return [
    'The patch, for another job to open the pull request with',
    [...(text === '' ? ['(none)'] : shown), ...(more > 0 ? [`(and ${more} more lines)`] : [])].join('\n'),
  ];
}

function inOneLine(error: unknown): unknown {
  if (!(error instanceof LocalFailure)) return error;
  const { failedTo, because, advice } = error.problem;
  return new Error(`failed to ${failedTo}: ${because}. What to do: ${REMEDIES[failedTo] ?? advice}`);
}

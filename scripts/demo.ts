import { parseArgs } from 'node:util';

import { startGithubApi } from '../simulator/github/api.ts';
import { errorLineOf, outputTable } from '../simulator/report.ts';
import { type ActionRun, runAction } from '../simulator/runner/runner.ts';
import { apiOf, refuseOptionsThatNpmTook, speedOf } from '../simulator/server/options.ts';
import { DEFAULT_SCENARIO, type ScenarioName } from '../simulator/server/scenarios.ts';
import { startSimulator } from '../simulator/server/server.ts';
import { isScenarioName, orderedScenario } from '../simulator/server/story.ts';
import { localStage } from './demo-local.ts';
import type { Stage } from './demo-stage.ts';

const HELP = `Runs the action without GitHub, and shows the step's log, its outputs and its summary.

Usage: npm run demo -- [options]

  --message TEXT     what the agent is asked to do
  --scenario NAME    what the simulated agent does (npm run simulator -- --list shows them)
  --api v1|v0|both   the API that the simulator serves (default both)
  --speed N          simulated seconds per real second (default 2)
  --cloud            start a real agent in OpenHands Cloud with OPENHANDS_API_KEY, which may cost money (see below)
  --local            use OpenHands' own agent server on this machine instead of the simulator (see below)
  --allow-unisolated with --local and a real model: run the agent even if it cannot be isolated
  --help             show this and exit

--cloud sends a harmless message, and names no repository unless OPENHANDS_REPOSITORY does. OPENHANDS_BASE_URL
names another server. --scenario, --api and --speed are only for the simulated agent.

--local needs Python 3.12 or 3.13 and the Python registry, but no account. The model follows a script. If
LLM_API_KEY and LLM_MODEL are set (and LLM_BASE_URL for your own service), the model is real, which may cost
money. Isolating the agent needs root on Linux.`;

const OPTIONS = {
  help: { type: 'boolean', short: 'h' },
  message: { type: 'string' },
  scenario: { type: 'string' },
  api: { type: 'string' },
  speed: { type: 'string' },
  cloud: { type: 'boolean' },
  local: { type: 'boolean' },
  'allow-unisolated': { type: 'boolean' },
} as const;

interface Choice {
  readonly message: string | undefined;
  readonly scenario: ScenarioName;
  readonly api: ReturnType<typeof apiOf>;
  readonly speed: number;
  readonly isCloud: boolean;
  readonly isLocal: boolean;
  readonly allowUnisolated: boolean;
  /** The given options that only apply to the simulated agent. */
  readonly simulatorOptions: readonly string[];
}

const MESSAGE = 'Check the README for wrong statements and open a pull request that fixes them.';
const HARMLESS = 'Reply with one sentence: what is 2 + 2?';

/** The exit code after Ctrl-C. */
const INTERRUPTED = 130;

/** Thrown if somebody presses Ctrl-C before the step starts. */
class Interruption extends Error {}

const colorful = process.stdout.isTTY && (process.env['NO_COLOR'] ?? '') === '';

function heading(text: string): void {
  const line = `\n━━ ${text} ${'━'.repeat(Math.max(3, 76 - text.length))}`;
  console.log(colorful ? `\u001B[1;36m${line}\u001B[0m` : line);
}

function paint(line: string): string {
  if (!colorful) return line;
  if (line.startsWith('Error: ')) return `\u001B[31m${line}\u001B[0m`;
  return line.startsWith('Warning: ') ? `\u001B[33m${line}\u001B[0m` : line;
}

function choose(args: readonly string[]): Choice | 'help' {
  const { values } = parseArgs({ args: [...args], options: OPTIONS, strict: true, allowPositionals: false });
  if (values.help === true) return 'help';
  const scenario = values.scenario ?? DEFAULT_SCENARIO;
  if (!isScenarioName(scenario)) {
    throw new Error(`--scenario: there is no "${scenario}"; npm run simulator -- --list lists them`);
  }
  return {
    message: values.message,
    scenario,
    api: apiOf(values.api),
    speed: speedOf(values.speed ?? '2'),
    isCloud: values.cloud === true,
    isLocal: values.local === true,
    allowUnisolated: values['allow-unisolated'] === true,
    simulatorOptions: (['scenario', 'api', 'speed'] as const).filter((name) => values[name] !== undefined),
  };
}

/** Returns what to do after a run with the simulated agent. `played`: its scenario; `undefined` if no request reached the simulator. */
function nextOf(succeeded: boolean, played: ScenarioName | undefined): string {
  if (succeeded)
    return 'Next: OPENHANDS_API_KEY=… npm run demo -- --cloud starts a real agent; README.md shows the workflow.';
  if (played === undefined || played === DEFAULT_SCENARIO)
    return 'Next: the log above says why, and what to do.';
  return `Next: nothing. The scenario "${played}" is meant to fail. npm run demo alone shows a success.`;
}

const UNUSED =
  'OPENHANDS_API_KEY is set, and not used: --cloud starts a real agent with it, which may cost money.\n';

async function simulated(key: string, { message = MESSAGE, scenario, api, speed }: Choice): Promise<Stage> {
  // Without late events: a wait of half a minute for the last ones would show nothing.
  const simulator = await startSimulator({ scenario, api, speed, lateEvents: false });
  const github = await startGithubApi();
  return {
    intro:
      `${key === '' ? '' : UNUSED}A simulated OpenHands server at ${simulator.url}, ${speed} times as fast as a real one. No costs.\n` +
      'It stops with the demo; the links and files below are then gone.',
    inputs: {
      message,
      repository: 'octo-org/octo-repo',
      'api-key': 'demo-key-that-opens-nothing',
      'base-url': simulator.url,
      'poll-interval-seconds': '3',
    },
    next: (succeeded) =>
      nextOf(succeeded, simulator.requests.length === 0 ? undefined : (orderedScenario(message) ?? scenario)),
    github: { api_url: github.url },
    close: async () => {
      await github.close();
      await simulator.close();
    },
  };
}

function real(key: string, { message = HARMLESS }: Choice): Stage {
  if (key === '') throw new Error('--cloud needs an API key: set OPENHANDS_API_KEY');
  const baseUrl = process.env['OPENHANDS_BASE_URL'] ?? '';
  return {
    intro:
      `This starts a real agent at ${baseUrl === '' ? 'OpenHands Cloud' : baseUrl}, which may cost money. ` +
      'Without --cloud, it is a simulated one.\nThe files below are removed after the demo.',
    inputs: {
      message,
      repository: process.env['OPENHANDS_REPOSITORY'] ?? 'none',
      'api-key': key,
      ...(baseUrl === '' ? {} : { 'base-url': baseUrl }),
    },
    next: (succeeded) =>
      succeeded
        ? 'Next: save the key as a secret of your repository; README.md shows the workflow.'
        : 'Next: the log above says why, and what to do.',
    close: async () => Promise.resolve(),
  };
}

function show(run: ActionRun, more: readonly [title: string, text: string] | undefined): void {
  heading('Outputs');
  console.log(outputTable(run.outputs));
  heading('Summary (Markdown, shown on the run’s page)');
  console.log(run.summary === '' ? '(none)' : run.summary.trimEnd());
  if (more === undefined) return;
  const [title, text] = more;
  heading(title);
  console.log(text);
}

async function stageOf(choice: Choice, interrupted: AbortSignal): Promise<Stage> {
  const { isCloud, isLocal, allowUnisolated, simulatorOptions } = choice;
  const [option] = simulatorOptions;
  if (isCloud && isLocal) throw new Error('--cloud and --local are two different agents: leave one out');
  if ((isCloud || isLocal) && option !== undefined)
    throw new Error(
      `--${option} is for the simulated agent: leave out --${option} or --${isCloud ? 'cloud' : 'local'}`,
    );
  if (allowUnisolated && !isLocal)
    throw new Error('--allow-unisolated is for --local: leave it out, or add --local');
  if (isLocal) return localStage(choice, say, interrupted);
  const key = process.env['OPENHANDS_API_KEY'] ?? '';
  return isCloud ? real(key, choice) : simulated(key, choice);
}

function say(line: string): void {
  console.log(paint(line));
}

async function demo(choice: Choice): Promise<void> {
  const interrupt = new AbortController();
  // The first signal cancels the step like the runner, and cleans up. A second one ends the demo immediately.
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      interrupt.abort(new Interruption('interrupted: everything was removed'));
    });
  const stage = await stageOf(choice, interrupt.signal);
  try {
    if (stage.intro !== undefined) console.log(stage.intro);
    heading('The step’s log');
    const run = await runAction({
      with: { ...stage.inputs, poll: 'true' },
      ...(stage.workspace !== undefined && { workspace: stage.workspace }),
      ...(stage.github && { github: stage.github }),
      signal: { after: () => interrupt.signal.aborted, send: 'SIGINT' },
      onLog: say,
    });
    show(run, await stage.more?.(run));
    heading(
      run.exitCode === 0 ? 'The step succeeded' : `The step failed with exit code ${run.exitCode ?? 'none'}`,
    );
    const isInterrupted = interrupt.signal.aborted;
    console.log(isInterrupted ? 'Interrupted: everything was removed.' : stage.next(run.exitCode === 0));
    process.exitCode = isInterrupted ? INTERRUPTED : (run.exitCode ?? 1);
    await run.dispose();
  } finally {
    await stage.close();
  }
}

/** Runs the command. */
async function main(args: readonly string[]): Promise<void> {
  refuseOptionsThatNpmTook('demo', [
    'scenario',
    'api',
    'speed',
    'list',
    'fault',
    'cloud',
    // Not --local: npm also uses it as an option of its own, and sets no variable.
    'allow-unisolated',
  ]);
  const choice = choose(args);
  if (choice === 'help') console.log(HELP);
  else await demo(choice);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(`demo: ${errorLineOf(error)}`);
  process.exitCode = error instanceof Interruption ? INTERRUPTED : 2;
});

import { parseArgs } from 'node:util';

import { outputTable } from '../simulator/report.ts';
import { type ActionRun, runAction } from '../simulator/runner.ts';
import { isScenarioName, type ScenarioName } from '../simulator/scenarios.ts';
import { startSimulator } from '../simulator/server.ts';

const HELP = `Shows the action at work, without GitHub: the step's log, its outputs and its summary.

Usage: npm run demo -- [options]

  --message TEXT     what the agent is asked to do
  --scenario NAME    what the simulated agent does (npm run simulator -- --list shows them)
  --api v1|v0|both   which API the simulator serves (default both)
  --speed N          simulated seconds in a real one (default 2)
  --help             show this and end

With OPENHANDS_API_KEY in the environment it puts a real agent of OpenHands Cloud to work instead, which may cost
money: with a harmless message, and in no repository unless OPENHANDS_REPOSITORY names one. OPENHANDS_BASE_URL
names another server.`;

const OPTIONS = {
  help: { type: 'boolean', short: 'h' },
  message: { type: 'string' },
  scenario: { type: 'string' },
  api: { type: 'string' },
  speed: { type: 'string' },
} as const;

interface Choice {
  readonly message: string | undefined;
  readonly scenario: ScenarioName;
  readonly api: 'v1' | 'v0' | 'both';
  readonly speed: number;
}

/** Where the agent is: a place to run the action against, and how to leave it. */
interface Stage {
  readonly intro: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly next: string;
  close(): Promise<void>;
}

const MESSAGE = 'Check the README for wrong statements and open a pull request that mends them.';
const HARMLESS = 'Reply with one sentence: what is 2 + 2?';

const colorful = process.stdout.isTTY && (process.env['NO_COLOR'] ?? '') === '';

function heading(text: string): void {
  const line = `\n━━ ${text} ${'━'.repeat(Math.max(3, 76 - text.length))}`;
  console.log(colorful ? `\u001B[1;36m${line}\u001B[0m` : line);
}

function paint(line: string): string {
  if (!colorful) return line;
  if (line.startsWith('Error: ')) return `\u001B[31m${line}\u001B[0m`;
  if (line.startsWith('Warning: ')) return `\u001B[33m${line}\u001B[0m`;
  return line.startsWith('▼ ') ? `\u001B[1m${line}\u001B[0m` : line;
}

function apiOf(text = 'both'): Choice['api'] {
  if (text === 'v1' || text === 'v0' || text === 'both') return text;
  throw new Error(`--api: "${text}" is not v1, v0 or both`);
}

function choose(args: readonly string[]): Choice | 'help' {
  const { values } = parseArgs({ args: [...args], options: OPTIONS, strict: true, allowPositionals: false });
  if (values.help === true) return 'help';
  const scenario = values.scenario ?? 'finish';
  if (!isScenarioName(scenario)) throw new Error(`--scenario: there is no "${scenario}"`);
  const speed = Number(values.speed ?? '2');
  if (!(speed > 0)) throw new Error(`--speed: "${values.speed ?? ''}" is not a number above 0`);
  return { message: values.message, scenario, api: apiOf(values.api), speed };
}

async function simulated({ message = MESSAGE, scenario, api, speed }: Choice): Promise<Stage> {
  const simulator = await startSimulator({ scenario, api, speed });
  return {
    intro: `A simulated OpenHands server at ${simulator.url}, ${speed} times as fast as a real one. No costs.`,
    inputs: {
      message,
      repository: 'octo-org/octo-repo',
      'api-key': 'demo-key-that-opens-nothing',
      'base-url': simulator.url,
      'poll-interval-seconds': '3',
    },
    next: 'Next: OPENHANDS_API_KEY=… npm run demo asks a real agent; README.md shows the workflow.',
    close: async () => simulator.close(),
  };
}

function real(key: string, { message = HARMLESS }: Choice): Stage {
  const baseUrl = process.env['OPENHANDS_BASE_URL'] ?? '';
  return {
    intro: `OPENHANDS_API_KEY is set: this asks a real agent at ${baseUrl === '' ? 'OpenHands Cloud' : baseUrl}.`,
    inputs: {
      message,
      repository: process.env['OPENHANDS_REPOSITORY'] ?? 'none',
      'api-key': key,
      ...(baseUrl === '' ? {} : { 'base-url': baseUrl }),
    },
    next: 'Next: put the key into a secret of your repository; README.md shows the workflow.',
    close: async () => Promise.resolve(),
  };
}

function show(run: ActionRun): void {
  heading('Outputs');
  console.log(outputTable(run.outputs));
  heading('Summary (Markdown, shown on the run’s page)');
  console.log(run.summary === '' ? '(none)' : run.summary.trimEnd());
}

async function demo(choice: Choice): Promise<void> {
  const key = process.env['OPENHANDS_API_KEY'] ?? '';
  const stage = key === '' ? await simulated(choice) : real(key, choice);
  try {
    console.log(stage.intro);
    heading('The step’s log');
    const run = await runAction({
      with: { ...stage.inputs, poll: 'true' },
      onLog: (line) => {
        console.log(paint(line));
      },
    });
    show(run);
    heading(
      run.exitCode === 0 ? 'The step succeeded' : `The step failed with exit code ${run.exitCode ?? 'none'}`,
    );
    console.log(stage.next);
    process.exitCode = run.exitCode ?? 1;
    await run.dispose();
  } finally {
    await stage.close();
  }
}

/** Does what the arguments ask for. */
async function main(args: readonly string[]): Promise<void> {
  const choice = choose(args);
  if (choice === 'help') console.log(HELP);
  else await demo(choice);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(`demo: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
});

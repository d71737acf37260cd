import { codeOf, errorLineOf } from './report.ts';
import {
  type Command,
  helpText,
  listText,
  parseCommand,
  refuseOptionsThatNpmTook,
} from './server/options.ts';
import { DEFAULT_SCENARIO } from './server/scenarios.ts';
import {
  type RecordedRequest,
  type Simulator,
  type SimulatorOptions,
  startSimulator,
} from './server/server.ts';
import { nameOf } from './server/story.ts';

/** Logs a request in one line, without headers and body, which contain keys. */
function logRequest({ method, path, status }: RecordedRequest): void {
  console.log(`${method} ${path} -> ${status === 0 ? 'no answer' : status}`);
}

async function start(options: SimulatorOptions): Promise<Simulator> {
  try {
    return await startSimulator({ ...options, onRequest: logRequest });
  } catch (error) {
    if (codeOf(error) !== 'EADDRINUSE') throw error;
    throw new Error(`port ${options.port ?? 0} is in use; --port 0 chooses a free one`, { cause: error });
  }
}

async function serve(options: SimulatorOptions): Promise<void> {
  const simulator = await start(options);
  console.log(`The simulator listens. Point base-url at ${simulator.url}`);
  console.log(
    `Scenario ${nameOf(options.scenario ?? DEFAULT_SCENARIO)}, speed ${options.speed ?? 1}. Stop it with Ctrl+C.`,
  );
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      void simulator.close();
    });
  }
}

/** Runs the command. */
async function main(args: readonly string[]): Promise<void> {
  refuseOptionsThatNpmTook('simulator', ['scenario', 'api', 'speed', 'list', 'fault']);
  const command: Command = parseCommand(args);
  switch (command.kind) {
    case 'help':
      console.log(helpText());
      return;
    case 'list':
      console.log(listText());
      return;
    case 'serve':
      await serve(command.options);
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(`simulator: ${errorLineOf(error)}`);
  process.exitCode = 2;
});

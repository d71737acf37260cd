import { type Command, helpText, listText, parseCommand } from './options.ts';
import { type RecordedRequest, type SimulatorOptions, startSimulator } from './server.ts';

/** One line of a request. It shows neither headers nor bodies, where the keys are. */
function logRequest({ method, path, status }: RecordedRequest): void {
  console.log(`${method} ${path} -> ${status === 0 ? 'no answer' : status}`);
}

function complain(error: unknown): void {
  console.error(`simulator: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
}

async function serve(options: SimulatorOptions): Promise<void> {
  const simulator = await startSimulator({ ...options, onRequest: logRequest });
  console.log(`The simulator listens. Point base-url at ${simulator.url}`);
  console.log(`Scenario ${options.scenario ?? 'finish'}, speed ${options.speed ?? 1}. Ctrl+C ends it.`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      void simulator.close();
    });
  }
}

/** Does what the arguments ask for. */
async function main(args: readonly string[]): Promise<void> {
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

main(process.argv.slice(2)).catch(complain);

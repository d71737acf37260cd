import { dirname, join } from 'node:path';

import { WrongInputs } from '../../src/inputs/reader.ts';
import { problemLine } from '../../src/report/problem.ts';
import { toError } from '../../src/text/to-error.ts';
import { LocalFailure, START_SERVER } from './failure.ts';
import { savedPlace } from './place.ts';
import { githubLocalRunner } from './runner.ts';
import { startLocal, stopLocal } from './start.ts';

/** The folder of `local/action.yml`, beside the `dist/` of what the runner starts. */
const folder = join(dirname(process.argv[1] ?? ''), '../local');

/** Starts the server. */
export async function main(): Promise<void> {
  const runner = githubLocalRunner();
  try {
    await startLocal({ runner, env: process.env, folder });
  } catch (error) {
    if (error instanceof LocalFailure || error instanceof WrongInputs)
      runner.fail(problemLine(error.problem));
    else {
      runner.debug(toError(error).stack);
      const advice = 'report this as a bug in the action';
      runner.fail(problemLine({ failedTo: START_SERVER, because: toError(error).message, advice }));
    }
  }
}

/** Stops the server, even if its start was killed. Never fails. */
export async function post(): Promise<void> {
  const runner = githubLocalRunner();
  try {
    const place = savedPlace(runner.saved(), process.env['RUNNER_TEMP'] ?? '');
    if (place === undefined) return;
    const notStopped = await stopLocal(place, folder);
    for (const each of notStopped) runner.warning(`The agent server could not be stopped: ${each}`);
    if (notStopped.length === 0)
      runner.info(`The agent server and all processes that it started were stopped. Its log: ${place.log}`);
  } catch (error) {
    runner.warning(`The agent server could not be stopped: ${toError(error).message}`);
  }
}

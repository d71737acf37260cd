import { dirname, join } from 'node:path';

import { toError } from '../../src/text/to-error.ts';
import { placeSaved } from './place.ts';
import { githubLocalRunner } from './runner.ts';
import { stopLocal } from './stop.ts';

/** The entry that the runner starts after the job. Stops the server, even if its start was killed. Never fails. */
const runner = githubLocalRunner();
try {
  const place = placeSaved(runner.saved(), process.env['RUNNER_TEMP'] ?? '');
  if (place !== undefined) {
    const running = await stopLocal(place, join(dirname(process.argv[1] ?? ''), '..'));
    for (const each of running) runner.warning(`The agent server could not be stopped: ${each}`);
    if (running.length === 0)
      runner.info(`The agent server and everything that it left running were stopped. Its log: ${place.log}`);
  }
} catch (error) {
  runner.warning(`The agent server could not be stopped: ${toError(error).message}`);
}

import { dirname, join } from 'node:path';

import { githubLocalRunner } from './github/local-runner.ts';
import { placeSaved } from './local/place.ts';
import { stopLocal } from './local/stop.ts';
import { toError } from './text/to-error.ts';

/** What the runner starts after the job: it ends the server, also one whose start was killed. It never fails. */
const runner = githubLocalRunner();
try {
  const place = placeSaved(runner.saved(), process.env['RUNNER_TEMP'] ?? '');
  if (place !== undefined) {
    const left = await stopLocal(place, join(dirname(process.argv[1] ?? ''), '../local'));
    for (const each of left) runner.warning(`The agent server could not be stopped: ${each}`);
    if (left.length === 0)
      runner.info(`The agent server and everything that it left running were stopped. Its log: ${place.log}`);
  }
} catch (error) {
  runner.warning(`The agent server could not be stopped: ${toError(error).message}`);
}

import { randomUUID } from 'node:crypto';

import { Interruption, systemClock } from './conversation/clock.ts';
import { readEvent } from './github/event.ts';
import { gitHubBy } from './github/octokit.ts';
import { useProxy } from './github/proxy.ts';
import { githubRunner, outliveReaders } from './github/runner.ts';
import { workflowOf } from './github/workflow.ts';
import { systemLookup } from './openhands/address.ts';
import { run } from './run.ts';
import { saveWhole } from './text/file.ts';
import { thrown } from './text/thrown.ts';

const cancel = new AbortController();
// The runner sends SIGINT first, SIGTERM later; on Windows SIGBREAK.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGBREAK'] as const) {
  process.on(signal, () => {
    cancel.abort(new Interruption('cancel'));
  });
}

outliveReaders();
const runner = githubRunner();
// What comes of the step overwrites it: there is a status, whatever breaks.
runner.output('status', 'start-failed');
try {
  await run({
    runner,
    fetch,
    lookup: systemLookup,
    useProxy: (options) => useProxy(process.env, options),
    clock: systemClock,
    random: Math.random,
    newId: randomUUID,
    save: saveWhole,
    workflow: workflowOf(process.env),
    event: await readEvent(process.env),
    github: gitHubBy(process.env, systemClock, runner.secrets.redact),
    cancelled: cancel.signal,
  });
} catch (error) {
  runner.fail(
    `failed to report how the step went: ${thrown(error).message}. What to do: report this as a bug of the action.`,
  );
}

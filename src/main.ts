import { Interruption, systemClock } from './conversation/clock.ts';
import { useProxy } from './github/proxy.ts';
import { githubRunner } from './github/runner.ts';
import { workflowOf } from './github/workflow.ts';
import { run } from './run.ts';

const cancel = new AbortController();
// The runner sends SIGINT first, SIGTERM later; on Windows SIGBREAK.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGBREAK'] as const) {
  process.on(signal, () => {
    cancel.abort(new Interruption('cancel'));
  });
}

const runner = githubRunner();
if (useProxy(process.env) === 'not-supported') {
  runner.warning(
    'A proxy is set, and the Node of this runner cannot use it: update the runner, or unset HTTPS_PROXY',
  );
}
await run({
  runner,
  fetch,
  clock: systemClock,
  random: Math.random,
  workflow: workflowOf(process.env),
  cancelled: cancel.signal,
});

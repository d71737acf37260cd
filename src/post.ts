import { cleanUp } from './clean-up.ts';
import { clientFor, reach } from './client.ts';
import { systemClock } from './conversation/clock.ts';
import { readEvent } from './github/event.ts';
import { gitHubBy } from './github/octokit.ts';
import { type ProxyOptions, useProxy } from './github/proxy.ts';
import { githubRunner, outliveReaders } from './github/runner.ts';
import { workflowOf } from './github/workflow.ts';
import { keyToHide, readConnection } from './inputs/connection.ts';
import { readCommentInputs } from './inputs/github.ts';
import { systemLookup } from './openhands/address.ts';
import { tellerOf } from './teller.ts';
import { thrown } from './text/thrown.ts';

outliveReaders();
const runner = githubRunner();
const state = runner.saved();
// Nearly always there is nothing to do: then nothing is read either.
if (state.step !== 'over') {
  const { secrets } = runner;
  secrets.add(keyToHide(runner.input), runner.input('github-token').trim());
  const network = {
    fetch,
    lookup: systemLookup,
    useProxy: (options: ProxyOptions) => useProxy(process.env, options),
    clock: systemClock,
    random: Math.random,
  };
  try {
    const source = { input: runner.input, redact: secrets.redact };
    const connection = readConnection(source);
    const commentInputs = readCommentInputs(source);
    reach(connection, network, secrets);
    const http = clientFor(connection, network, {
      secrets,
      deadlineAt: Number.POSITIVE_INFINITY,
      onRetry: () => undefined,
    });
    const github = gitHubBy(process.env, systemClock, secrets.redact)(commentInputs.githubToken);
    const event = await readEvent(process.env);
    const teller = tellerOf(
      { ...commentInputs, ...connection },
      { runner, clock: systemClock, github, event },
    );
    const { serverUrl } = workflowOf(process.env);
    await cleanUp(state, { runner, clock: systemClock, http, connection, teller, serverUrl });
  } catch (error) {
    const undone =
      state.step === 'untold'
        ? 'The comment does not say how things went'
        : 'The agent may still be at work, and could not be paused';
    runner.warning(`${undone}: ${thrown(error).message}`);
  }
}

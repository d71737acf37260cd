import { cleanUp } from './clean-up.ts';
import { clientFor, reach } from './client.ts';
import { systemClock } from './conversation/clock.ts';
import { useProxy } from './github/proxy.ts';
import { githubRunner } from './github/runner.ts';
import { readConnection } from './inputs/connection.ts';
import { thrown } from './text/thrown.ts';

const runner = githubRunner();
const state = runner.saved();
// Nearly always there is nothing to do: then nothing is read either.
if (state.step !== 'over') {
  const { secrets } = runner;
  secrets.add(runner.input('api-key').trim());
  const network = {
    fetch,
    useProxy: (onSecret: (value: string) => void) => useProxy(process.env, onSecret),
    clock: systemClock,
    random: Math.random,
  };
  try {
    const connection = readConnection({ input: runner.input, redact: secrets.redact });
    reach(connection, network, secrets);
    const http = clientFor(connection, network, {
      secrets,
      deadlineAt: Number.POSITIVE_INFINITY,
      onRetry: () => undefined,
    });
    await cleanUp(state, { runner, clock: systemClock, http, connection });
  } catch (error) {
    runner.warning(`The agent may still be at work, and could not be paused: ${thrown(error).message}`);
  }
}

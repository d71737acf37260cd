import { cleanUp } from './clean-up.ts';
import { systemClock } from './conversation/clock.ts';
import { useProxy } from './github/proxy.ts';
import { githubRunner } from './github/runner.ts';
import { readConnection } from './inputs.ts';
import { createHttpClient, credentialsOf, TIMEOUTS_MS } from './openhands/http.ts';
import { isLoopback } from './openhands/loopback.ts';
import { thrown } from './text/thrown.ts';
import { USER_AGENT } from './version.ts';

const runner = githubRunner();
const state = runner.saved();
// Nearly always there is nothing to do: then nothing is read either.
if (state.step !== 'over') {
  const { secrets } = runner;
  secrets.add(runner.input('api-key').trim());
  try {
    const connection = readConnection({ input: runner.input, redact: secrets.redact });
    if (!isLoopback(new URL(connection.baseUrl).hostname)) useProxy(process.env, secrets.add);
    const http = createHttpClient({
      baseUrl: connection.baseUrl,
      credentials: credentialsOf(connection.apiKey),
      userAgent: USER_AGENT,
      fetch,
      clock: systemClock,
      random: Math.random,
      deadlineAt: Number.POSITIVE_INFINITY,
      timeoutsMs: TIMEOUTS_MS,
      secrets,
      onRetry: () => undefined,
    });
    await cleanUp(state, { runner, clock: systemClock, http, connection });
  } catch (error) {
    runner.warning(`The agent may still be at work, and could not be paused: ${thrown(error).message}`);
  }
}

import { cleanUp } from '../../src/clean-up.ts';
import { TIMEOUTS_MS } from '../../src/openhands/exchange.ts';
import { createHttpClient, credentialsOf } from '../../src/openhands/http.ts';
import { SILENT, type Teller } from '../../src/teller.ts';
import type { Step, Steps } from './steps.ts';
import { KEY } from './world.ts';

interface StopOn {
  readonly cancel: boolean;
  readonly deadline: boolean;
}

/** The defaults of `stop-on-cancel` and `stop-on-timeout`. */
export const ON_CANCEL: StopOn = { cancel: true, deadline: false };

/** What post does after a step, with the inputs of that step. */
export async function post(
  { runner }: Pick<Step, 'runner'>,
  { simulator, clock, fetch }: Steps,
  stopOn: StopOn = ON_CANCEL,
  teller: Teller = SILENT,
): Promise<void> {
  const http = createHttpClient({
    baseUrl: simulator.url,
    credentials: credentialsOf(KEY),
    userAgent: 'tests',
    fetch,
    clock,
    random: () => 0.5,
    deadlineAt: Number.POSITIVE_INFINITY,
    timeoutsMs: TIMEOUTS_MS,
    secrets: runner.secrets,
    onRetry: () => undefined,
  });
  const connection = { apiKey: KEY, baseUrl: simulator.url, stopOn };
  await cleanUp(runner.saved(), {
    runner,
    clock,
    http,
    connection,
    teller,
    serverUrl: 'https://github.com',
  });
}

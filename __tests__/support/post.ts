import { cleanUp } from '../../src/clean-up.ts';
import type { Comment } from '../../src/comment/comment.ts';
import type { Connection } from '../../src/inputs/connection.ts';
import { clientFor } from '../../src/openhands/client.ts';
import { resolver } from './client.ts';
import { noSocket } from './network.ts';
import type { Step, Steps } from './steps.ts';
import { KEY } from './world.ts';

type StopOn = Connection['stopOn'];

/** The defaults of `stop-on-cancel` and `stop-on-timeout`. */
export const DEFAULTS: StopOn = { cancel: true, deadline: true, budget: true };

/** Runs post after a step, with the inputs of that step. */
export async function post(
  { runner }: Pick<Step, 'runner'>,
  { simulator, clock, fetch }: Steps,
  stopOn: StopOn = DEFAULTS,
  comment?: Comment,
): Promise<void> {
  const connection = {
    apiKey: KEY,
    baseUrl: simulator.url,
    allowHttp: false,
    apiVersion: 'auto',
    stopOn,
  } as const;
  const network = { fetch, clock, lookup: resolver(), openSocket: noSocket, random: () => 0.5 };
  const http = clientFor(connection, network, {
    secrets: runner.secrets,
    deadlineAt: Number.POSITIVE_INFINITY,
    onRetry: () => undefined,
  });
  await cleanUp(runner.saved(), {
    runner,
    clock,
    http,
    connection,
    comment,
    gitHubUrl: 'https://github.com',
  });
}

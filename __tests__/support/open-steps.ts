import type { SimulatorOptions } from '../../simulator/server/server.ts';
import { startSteps, type Steps } from '../../testbed/steps.ts';
import { afterTest } from './after-test.ts';

/** Starts a server for several steps, which is closed after the test. */
export async function openSteps(
  options: SimulatorOptions,
  world?: Parameters<typeof startSteps>[1],
): Promise<Steps> {
  const { close, ...steps } = await startSteps(options, world);
  afterTest(close);
  return steps;
}

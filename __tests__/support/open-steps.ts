import type { SimulatorOptions } from '../../simulator/server/server.ts';
import { afterTest } from './after-test.ts';
import { type Steps, withSteps } from './steps.ts';

/** Starts a server for several steps, which is closed after the test. */
export async function openSteps(
  options: SimulatorOptions,
  world?: Parameters<typeof withSteps>[2],
): Promise<Steps> {
  const opened = Promise.withResolvers<Steps>();
  const over = Promise.withResolvers<undefined>();
  const closed = withSteps(
    options,
    async (steps) => {
      opened.resolve(steps);
      await over.promise;
    },
    world,
  );
  closed.catch(opened.reject);
  afterTest(async () => {
    over.resolve(undefined);
    await closed;
  });
  return opened.promise;
}

import { expect, test } from '@jest/globals';

import type { FaultAnswer } from '../../simulator/faults.ts';
import type { Disturb } from '../../testbed/network.ts';
import type { Steps } from '../../testbed/steps.ts';
import { KEY } from '../../testbed/world.ts';
import { openSteps } from '../support/open-steps.ts';

const INPUTS = { message: 'Check the README', 'api-version': 'v1', poll: 'true' } as const;

/** Starts conversations with pictures of 3 MB, as people do in OpenHands' own page. */
async function startWithPictures({ simulator, fetch }: Steps, count: number): Promise<void> {
  const picture = `data:image/png;base64,${'A'.repeat(3_000_000)}`;
  for (let number = 0; number < count; number += 1) {
    const text = `Explain picture ${number}.\nsimulate: forever`;
    const content = [
      { type: 'text', text },
      { type: 'image', image_urls: [picture] },
    ];
    await fetch(`${simulator.url}/api/v1/app-conversations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${KEY}` },
      body: JSON.stringify({ initial_message: { role: 'user', content, run: true } }),
    });
  }
}

const slow = (seconds: number): FaultAnswer & { readonly kind: 'slow' } => ({ kind: 'slow', seconds });
/** How the pieces of the list of starts are answered while an agent is stopped. */
const LISTS: readonly (readonly [string, number, (piece: number) => ReturnType<Disturb>])[] = [
  ['at once', 4, () => undefined],
  ['each after 0.3 s', 20, () => ({ answer: slow(0.3) })],
  ['each after 0.6 s', 20, () => ({ answer: slow(0.6) })],
  [
    'the newest starts, and then nothing',
    20,
    (piece) => (piece > 4 ? { answer: { kind: 'hang' } } : undefined),
  ],
  [
    'the newest starts, and then an error',
    20,
    (piece) => (piece > 4 ? { answer: { kind: 'refused' } } : undefined),
  ],
];

test.each(LISTS)(
  'starts of others that are together larger than 10 MiB do not hide that a sandbox is about to get another conversation: answered %s',
  async (_, count, disturbanceOf) => {
    let pieces = 0;
    const disturb: Disturb = (_method, target) => {
      if (!target.includes('/start-tasks/search')) return undefined;
      pieces += 1;
      return disturbanceOf(pieces);
    };
    const steps = await openSteps({ api: 'v1', sharedSandbox: true }, { disturb });
    const running = steps.step({ ...INPUTS, message: 'Work.\nsimulate: forever' }, 30);
    await steps.clock.sleep(28_000, new AbortController().signal);
    // They are not listed yet when the step is canceled.
    await startWithPictures(steps, count);
    const { runner } = await running;
    expect(runner.failures).toEqual([
      expect.stringContaining('the step was canceled, and the agent was paused'),
    ]);
    expect(steps.simulator.conversations[0]?.state).toMatchObject({
      sandbox: 'RUNNING',
      execution: 'paused',
    });
  },
);

test('a start by the same key is found among 25 starts with pictures', async () => {
  const steps = await openSteps({ api: 'v1' });
  const inputs = { ...INPUTS, message: 'Work.\nsimulate: finish', 'idempotency-key': 'issue-1' };
  const first = steps.step(inputs);
  await steps.arrival('POST /api/v1/app-conversations');
  // The first one is not listed yet.
  await startWithPictures(steps, 25);
  const second = await steps.step(inputs);
  expect(second.outcome.status).toBe('finished');
  expect(second.runner.outputs).toMatchObject({
    reused: 'true',
    'conversation-id': (await first).runner.outputs['conversation-id'],
  });
  expect(steps.simulator.conversations).toHaveLength(26);
});

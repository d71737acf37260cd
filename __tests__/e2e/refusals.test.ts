import { describe, expect, test } from '@jest/globals';

import { act, expectFailure, MESSAGE, simulate } from '../support/act.ts';

describe('the step fails quickly and clearly', () => {
  test('for a server that is not there', async () => {
    const simulator = await simulate();
    await simulator.close();
    const inputs = {
      message: MESSAGE,
      'base-url': simulator.url,
      'api-version': 'v1',
      poll: 'true',
      'timeout-seconds': '3',
    };
    const run = await act(inputs);
    expectFailure(run, 'start-failed', /connect ECONNREFUSED 127\.0\.0\.1:\d+.* What to do: check base-url/);
  });

  test('for a redirect, which is not followed', async () => {
    const simulator = await simulate();
    const elsewhere = await simulate();
    simulator.order({
      path: '*',
      answer: { kind: 'redirect', to: `${elsewhere.url}/api/v1/app-conversations` },
    });
    const run = await act({ message: MESSAGE, 'base-url': simulator.url });
    expectFailure(run, 'start-failed', /a proxy asks for a login .*redirects to/);
    expect(elsewhere.requests).toEqual([]);
  });
});

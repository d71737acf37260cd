import { describe, expect, test } from '@jest/globals';

import { act, errorsOf, MESSAGE, simulate } from '../support/act.ts';

// Windows has no signals between processes.
(process.platform === 'win32' ? describe.skip : describe)('a runner whose worker was killed', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)(
    'reads no output, but %s still pauses the agent, and the process exits',
    async (send) => {
      const simulator = await simulate({ scenario: 'forever' });
      const run = await act(
        { message: MESSAGE, 'base-url': simulator.url, poll: 'true' },
        {
          signal: { after: (log) => log.includes('Agent running'), send, closesOutput: true },
          post: false,
        },
      );
      expect(simulator.conversations.map(({ state }) => state)).toEqual([
        expect.objectContaining({ sandbox: 'PAUSED' }),
      ]);
      expect([run.exitCode, run.signal]).toEqual([1, null]);
      expect(run.outputs['status']).toBe('cancelled');
      expect(run.summary).toContain('the agent was paused');
    },
  );

  test('does not end a step that gets no signal to end', async () => {
    const simulator = await simulate({ speed: 10 });
    const run = await act(
      { message: MESSAGE, 'base-url': simulator.url, poll: 'true' },
      {
        signal: {
          after: (log) => log.includes('Agent running'),
          // This signal does nothing.
          send: 'SIGCONT',
          closesOutput: true,
          patience: { beforeTerm: 60_000, beforeKill: 60_000 },
        },
        post: false,
      },
    );
    expect([run.exitCode, run.outputs['status']]).toEqual([0, 'finished']);
  });
});

// Only Linux has a device that is always full.
(process.platform === 'linux' ? test : test.skip)(
  'a full disk for the outputs fails the step before anything is started',
  async () => {
    const simulator = await simulate();
    const run = await act({ message: MESSAGE, 'base-url': simulator.url }, { fullDisk: true });
    expect(errorsOf(run)).toEqual([
      expect.stringMatching(/^failed to write the output status: ENOSPC.*disk/),
    ]);
    expect(run.exitCode).toBe(1);
    expect(simulator.requests).toEqual([]);
  },
);

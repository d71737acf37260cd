import { expect, test } from '@jest/globals';

import type { ConversationApi } from '../../src/conversation/api.ts';
import type { Session } from '../../src/conversation/session.ts';
import { waitForEnd } from '../../src/conversation/wait.ts';
import { stagedApi } from '../support/api.ts';
import { simulatedClock } from '../support/clock.ts';

test('a mistake in the code that reads pushes fails the wait', async () => {
  const clock = simulatedClock();
  const snapshot = { phase: 'agent running', state: { kind: 'active' }, consult: 'never' } as const;
  const api: ConversationApi = {
    ...stagedApi(() => snapshot),
    async *subscribe(_id, signal) {
      await clock.sleep(5_000, signal);
      yield { kind: 'connected' };
      throw new TypeError('a mistake');
    },
  };
  const session: Session = {
    api,
    clock,
    pace: { longestMs: 30_000, random: () => 0.5 },
    startedAt: 0,
    deadlineAt: 3_600_000,
    signal: new AbortController().signal,
    poll: true,
    onPaused: 'wait',
    emit: () => undefined,
  };
  await expect(waitForEnd({ id: 'a' }, session)).rejects.toThrow('a mistake');
});

import { describe, expect, test } from '@jest/globals';

import { ApiFailure, type ConversationApi, type Delivery, type Sandbox } from '../../src/conversation/api.ts';
import { sendTo } from '../../src/conversation/send.ts';
import { stagedApi } from '../support/api.ts';
import { simulatedClock } from '../support/clock.ts';
import { live, type Lived, problemOf } from '../support/live.ts';
import { FINISHED, RUNNING } from '../support/snapshots.ts';

const PAUSED: Delivery = { kind: 'paused' };

interface Sent {
  readonly lived: Promise<Lived>;
  /** How often the message was sent. */
  readonly sends: () => number;
}

/**
 * Sends a message. The server answers the requests to send with the given answers, in order, and stores the message
 * half a minute late.
 */
function sendMessage(
  answers: readonly (Delivery | ApiFailure)[],
  sandbox: Sandbox = { kind: 'running', handle: 's' },
): Sent {
  const clock = simulatedClock();
  const rest = [...answers];
  const api: ConversationApi = {
    ...stagedApi(clock, [{ at: 0, snapshot: RUNNING }]),
    messageCursor: async () => Promise.resolve({ lastMessage: 'm1' }),
    send: async () => {
      const answer = rest.shift() ?? new Error('one message too many');
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
    messages: async () => {
      const said = clock.now() < 30_000 ? [] : [{ id: 'm2', text: 'And now?' }];
      return Promise.resolve({ said, isLive: false });
    },
    sandbox: async () => Promise.resolve(sandbox),
    resume: async () => Promise.resolve(),
  };
  const lived = live(async (session) => sendTo({ id: '1', message: 'And now?' }, session), api, { clock });
  return { lived, sends: () => answers.length - rest.length };
}

test('a message whose response was lost counts as delivered once it is among the events, however late', async () => {
  const lost = new ApiFailure({ failedTo: 'send the message', because: 'HTTP 504', todo: 'wait' }, true);
  const { outcome, events } = await sendMessage([lost]).lived;
  expect(outcome?.status).toBe('running');
  // Until then it may have arrived, so the agent would have to be stopped.
  expect(events.map(({ kind }) => kind)).not.toContain('refused');
});

describe('a message to an agent whose sandbox is paused', () => {
  test('ends the step as missing if the sandbox is gone', async () => {
    const sent = sendMessage([PAUSED, PAUSED], { kind: 'unavailable', reason: 'its sandbox is missing' });
    expect((await sent.lived).outcome).toMatchObject({
      status: 'missing',
      phase: 'its sandbox is missing',
    });
    expect(sent.sends()).toBe(1);
  });

  test('fails if the sandbox does not start within two minutes', async () => {
    const sent = sendMessage([PAUSED], { kind: 'starting', handle: 's' });
    expect(problemOf(await sent.lived)).toMatchObject({
      failedTo: 'resume the conversation',
      because: 'its sandbox did not start within 120 s',
      todo: 'check its state: https://openhands.test/conversations/1',
    });
  });

  test('fails if the sandbox is paused again at once', async () => {
    expect(problemOf(await sendMessage([PAUSED, PAUSED]).lived)).toMatchObject({
      failedTo: 'resume the conversation',
      because: 'the sandbox of the conversation was paused again as soon as it had started',
      todo: 'check its state: https://openhands.test/conversations/1',
      kind: 'paused',
    });
  });
});

describe('an agent that has a message', () => {
  const stopped = { at: 0, snapshot: FINISHED };

  test.each([
    [0, 0],
    [1, 2],
    [100, 8],
  ])('begins with it after %d s, which the step awaits until %d s', async (beginsAt, seconds) => {
    const clock = simulatedClock();
    const { outcome, endedAt } = await live(
      async (session) => sendTo({ id: '1', message: 'And now?' }, session),
      stagedApi(clock, [stopped, { at: beginsAt, snapshot: RUNNING }]),
      { clock },
    );
    expect(outcome?.status).toBe('running');
    expect(endedAt).toBe(seconds);
  });
});

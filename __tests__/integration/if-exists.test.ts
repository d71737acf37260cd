import { describe, expect, test } from '@jest/globals';

import { isAtWork } from '../../simulator/server/at-work.ts';
import type { SimulatorOptions } from '../../simulator/server/server-options.ts';
import type { Disturb } from '../../testbed/network.ts';
import { APP_SERVER_ALONE } from '../../testbed/play.ts';
import { logOf, type Step, type Steps } from '../../testbed/steps.ts';
import { KEY } from '../../testbed/world.ts';
import { OF_ALONE } from '../support/agent-server.ts';
import { attempt, markOf } from '../support/attempts.ts';
import { storedMessages } from '../support/messages.ts';
import { openSteps } from '../support/open-steps.ts';

const never = new AbortController().signal;
const KEYED = { 'idempotency-key': 'issue-12', 'if-exists': 'send', poll: 'true' };
const V1 = { ...KEYED, 'api-version': 'v1' };
const ALONE = { ...KEYED, ...OF_ALONE };
const SERVERS: readonly (readonly [string, SimulatorOptions, Readonly<Record<string, string>>])[] = [
  ['V1 with events from the agent server', { api: 'v1' }, V1],
  ['V1 with late events from the app server', { api: 'v1', ...APP_SERVER_ALONE }, V1],
  ['an agent server', { api: 'agent-server', authorization: { kind: 'session', key: KEY } }, ALONE],
];

const reusedOf = ({ runner }: Step): string | undefined => runner.outputs['reused'];

describe.each(SERVERS)('if-exists: send, with %s', (_, options, inputs) => {
  const send =
    options.api === 'agent-server'
      ? '/api/conversations/*/events'
      : '/api/v1/app-conversations/*/send-message';
  const isSend = (request: string): boolean =>
    request.startsWith('POST ') && /\/(?:send-message|events)$/.test(request);
  const sends = ({ requests }: Steps): number => requests().filter(isSend).length;

  test('starts a conversation, and sends the next message to it', async () => {
    const steps = await openSteps(options);
    const { step } = steps;
    const first = await step({ ...inputs, message: 'Fix it' }, undefined, attempt(1));
    expect([first.outcome.status, reusedOf(first)]).toEqual(['finished', 'false']);
    const second = await step({ ...inputs, message: 'And a test' }, undefined, attempt(2));
    expect([second.outcome.status, reusedOf(second)]).toEqual(['finished', 'true']);
    expect(logOf(second)).toContain('the message was sent to it as a follow-up');
    expect(logOf(second)).not.toContain('was not sent');
    expect(second.runner.page()).toContain('And a test');
    for (const { runner } of [first, second]) expect(runner.page()).not.toContain('openhands-run');
    expect(await storedMessages(steps)).toEqual([
      [`And a test\n\n${markOf(2, 'And a test')}`, `Fix it\n\n${markOf(1, 'Fix it')}`],
    ]);
  });

  test('sends nothing again in the next attempt of a run, even right after its message', async () => {
    const steps = await openSteps(options);
    const { step, clock } = steps;
    await step({ ...inputs, message: 'Fix it' }, undefined, attempt(1));
    await step({ ...inputs, message: 'And a test', poll: 'false' }, undefined, attempt(2));
    const again = await step({ ...inputs, message: 'And a test' }, undefined, attempt(2, 2));
    expect([again.outcome.status, reusedOf(again)]).toEqual(['finished', 'true']);
    expect(logOf(again)).toContain('already has the message of this run: it was not sent again');
    await clock.sleep(60_000, never);
    const first = await step({ ...inputs, message: 'Fix it' }, undefined, attempt(1, 2));
    expect([first.outcome.status, reusedOf(first)]).toEqual(['finished', 'true']);
    expect(sends(steps)).toBe(1);
  });

  test('sends in the next attempt of a matrix job what its first attempt could not send, although another job has sent its message', async () => {
    const faults = [
      { method: 'POST', path: send, skip: 1, answer: { kind: 'status', status: 403 } },
    ] as const;
    const steps = await openSteps({ ...options, faults });
    const { step } = steps;
    await step({ ...inputs, message: 'Fix it' }, undefined, attempt(1));
    const linux = await step({ ...inputs, message: 'On Linux' }, undefined, attempt(2));
    const windows = await step({ ...inputs, message: 'On Windows' }, undefined, attempt(2));
    expect([linux, windows].map(({ outcome }) => outcome.status)).toEqual(['finished', 'start-failed']);
    const again = await step({ ...inputs, message: 'On Windows' }, undefined, attempt(2, 2));
    expect(again.outcome.status).toBe('finished');
    expect((await storedMessages(steps))[0]).toHaveLength(3);
  });

  test.each([
    ['that was lost sends the message to the conversation of the other run', 'before', 'true'],
    ['that was processed sends nothing twice', 'after', 'false'],
  ] as const)('after a start without an answer %s', async (_name, when, reused) => {
    const path = options.api === 'agent-server' ? '/api/conversations' : '/api/v1/app-conversations';
    const faults = [{ method: 'POST', path, when, answer: { kind: 'status', status: 502 } }] as const;
    const steps = await openSteps({ ...options, faults });
    const { step, clock } = steps;
    const later = async (): Promise<Step> => {
      await clock.sleep(300, never);
      return step({ ...inputs, message: 'Two' }, undefined, attempt(2));
    };
    const ended = await Promise.all([step({ ...inputs, message: 'One' }, undefined, attempt(1)), later()]);
    expect(ended.map(({ outcome }) => outcome.status)).toEqual(['finished', 'finished']);
    expect(ended.map(reusedOf)).toEqual([reused, reused === 'true' ? 'false' : 'true']);
    const both = [`One\n\n${markOf(1, 'One')}`, `Two\n\n${markOf(2, 'Two')}`];
    expect(await storedMessages(steps)).toEqual([both]);
  });

  test.each([
    ['which arrived', 'after'],
    ['which did not arrive', 'before'],
  ] as const)(
    'sends a message once if the step was canceled while it sent the message, %s',
    async (_name, when) => {
      let isSent = false;
      const disturb: Disturb = (method, target) => {
        if (isSent || !isSend(`${method} ${target}`)) return undefined;
        isSent = true;
        return { answer: { kind: 'hang' }, when };
      };
      const steps = await openSteps(options, { disturb });
      const { step, simulator } = steps;
      await step({ ...inputs, message: 'Fix it' }, undefined, attempt(1));
      const forever = 'And a test\nsimulate: forever';
      const broken = await step({ ...inputs, message: forever }, 20, attempt(2));
      expect(broken.outcome.status).toBe('cancelled');
      expect(simulator.conversations.map(isAtWork)).toEqual([false]);
      await step({ ...inputs, message: forever, 'timeout-seconds': '120' }, undefined, attempt(2, 2));
      expect((await storedMessages(steps))[0]).toHaveLength(2);
    },
  );

  test('delivers each message of two steps at the same instant once, and one of them starts the conversation', async () => {
    for (const late of [0, 1]) {
      let starts = 0;
      const disturb: Disturb = (method, target) => {
        if (method !== 'POST' || !/\/(?:app-)?conversations$/.test(target)) return undefined;
        starts += 1;
        return { answer: { kind: 'late', seconds: starts === 1 + late ? 1.3 : 1 } };
      };
      const steps = await openSteps(options, { disturb });
      const running = ['One', 'Two'].map(async (message, index) =>
        steps.step({ ...inputs, message }, undefined, attempt(index + 1)),
      );
      const ended = await Promise.all(running);
      expect(ended.map(({ outcome }) => outcome.status)).toEqual(['finished', 'finished']);
      expect(ended.map(reusedOf).toSorted()).toEqual(['false', 'true']);
      expect(sends(steps)).toBe(1);
      const both = [`One\n\n${markOf(1, 'One')}`, `Two\n\n${markOf(2, 'Two')}`];
      expect((await storedMessages(steps)).at(-1)).toEqual(both);
    }
  });
});

test('if-exists: send resumes the conversation that an earlier step has paused', async () => {
  const steps = await openSteps({ api: 'v1' });
  const { step } = steps;
  const late = { ...V1, message: 'simulate: forever', 'timeout-seconds': '60' };
  expect((await step(late, undefined, attempt(1))).outcome.status).toBe('timed-out');
  const next = await step({ ...V1, message: 'simulate: finish' }, undefined, attempt(2));
  expect([next.outcome.status, reusedOf(next)]).toEqual(['finished', 'true']);
});

test('a first attempt needs no request to look for its own earlier message', async () => {
  const reads = async (isFirstAttempt: boolean): Promise<number> => {
    const { step, requests } = await openSteps({ api: 'v1' });
    await step({ ...V1, message: 'Fix it' }, undefined, attempt(1));
    const before = requests().length;
    await step({ ...V1, message: 'More', poll: 'false' }, undefined, { ...attempt(2), isFirstAttempt });
    return requests().length - before;
  };
  expect((await reads(false)) - (await reads(true))).toBe(1);
});

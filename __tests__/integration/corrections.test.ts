import { describe, expect, test } from '@jest/globals';

import type { SimulatorOptions } from '../../simulator/server/server.ts';
import { APP_SERVER_ALONE } from '../../testbed/play.ts';
import { logOf, type Step, type Steps } from '../../testbed/steps.ts';
import { attempt } from '../support/attempts.ts';
import { messagesTo } from '../support/messages.ts';
import { openSteps } from '../support/open-steps.ts';
import { finding, openReviewSteps, withFindings } from '../support/reviews.ts';

type Inputs = Readonly<Record<string, string>>;

const never = new AbortController().signal;
const KEYED = { 'api-version': 'v1', poll: 'true', 'idempotency-key': 'issue-12' };
const AT_AGENT_SERVER = {
  'api-version': 'agent-server',
  model: 'a/model',
  'llm-api-key': 'sk-llm-integration',
};
const LINE = { 'require-result': 'done' };
const SCHEMA = { 'output-schema': '{"type": "object", "required": ["changed"]}' };
/** Messages whose answers are not as required. */
const WITHOUT_LINE = 'Check the README\nsimulate: finish';
const WITHOUT_JSON = 'Check the README\nsimulate: pull-request';

/** The messages that were sent to the conversation after its first, with when they were, in seconds. */
function sends({ simulator }: Pick<Steps, 'simulator'>): readonly number[] {
  return simulator.requests
    .filter(({ method, path }) => method === 'POST' && /\/(?:send-message|events)$/.test(path))
    .map(({ at }) => at / 1000);
}

/** Runs steps with the same inputs, one second after another. */
async function runMany({ step, clock }: Steps, inputs: Inputs, count = 5): Promise<readonly Step[]> {
  const numbers = Array.from({ length: count }, (_, number) => number);
  return Promise.all(
    numbers.map(async (number) => {
      await clock.sleep(number * 1_000, never);
      return step(inputs, undefined, attempt(number + 1));
    }),
  );
}

const statusesOf = (ended: readonly Step[]): readonly string[] => ended.map(({ outcome }) => outcome.status);

const RULES: readonly (readonly [string, SimulatorOptions, Inputs])[] = [
  ['the line', { api: 'v1', scenario: 'done' }, { ...KEYED, ...LINE, message: WITHOUT_LINE }],
  ['a schema', { api: 'v1', scenario: 'json' }, { ...KEYED, ...SCHEMA, message: WITHOUT_JSON }],
  [
    'the line, with late events',
    { api: 'v1', scenario: 'done', ...APP_SERVER_ALONE },
    { ...KEYED, ...LINE, message: WITHOUT_LINE },
  ],
  [
    'the line, on an agent server',
    { api: 'agent-server', scenario: 'done' },
    { ...KEYED, ...AT_AGENT_SERVER, ...LINE, message: WITHOUT_LINE },
  ],
];

describe.each(RULES)('of five steps with one key that need %s', (_what, options, inputs) => {
  test('one asks the agent for another answer, and all end well', async () => {
    const steps = await openSteps(options);
    const ended = await runMany(steps, inputs);
    expect(statusesOf(ended)).toEqual(Array.from(ended, () => 'finished'));
    expect(sends(steps)).toHaveLength(1);
    // The step that started the conversation asks at once.
    const [starter] = ended;
    expect(starter && logOf(starter)).not.toContain('Waiting');
    const waiting = ended.filter((each) => logOf(each).includes('Another step has asked the agent'));
    expect(waiting).toHaveLength(4);
  });

  test('one asks where the step that started it is gone, and the others follow', async () => {
    const steps = await openSteps(options);
    await steps.killed(inputs, 12, attempt(9));
    const ended = await runMany(steps, inputs);
    expect(statusesOf(ended)).toEqual(Array.from(ended, () => 'finished'));
    expect(sends(steps)).toHaveLength(1);
  });
});

test('of five reviews with one key, one asks the agent for another answer', async () => {
  const steps = await openReviewSteps({ answer: withFindings(finding()) });
  const inputs = { ...KEYED, review: 'true', message: WITHOUT_JSON };
  const ended = await runMany(steps, inputs);
  expect(statusesOf(ended)).toEqual(Array.from(ended, () => 'finished'));
  expect(sends(steps)).toHaveLength(1);
});

test('of five steps, one asks an agent that does not understand, and all fail', async () => {
  const steps = await openSteps({ api: 'v1', scenario: 'finish' });
  const ended = await runMany(steps, { ...KEYED, ...LINE, message: WITHOUT_LINE });
  expect(statusesOf(ended)).toEqual(Array.from(ended, () => 'invalid-output'));
  expect(sends(steps)).toHaveLength(1);
});

test('a step that attaches between the end and its correction follows that correction', async () => {
  for (const [, options, inputs] of RULES.slice(0, 2)) {
    let isLate = true;
    const steps = await openSteps(options, {
      disturb: (method, target) => {
        if (!isLate || method !== 'POST' || !target.endsWith('/send-message')) return undefined;
        isLate = false;
        return { answer: { kind: 'late', seconds: 20 } };
      },
    });
    const starter = steps.step(inputs, undefined, attempt(1));
    await steps.arrival('POST /api/v1/app-conversations');
    await steps.clock.sleep(40_000, never);
    const [first, second] = await Promise.all([starter, steps.step(inputs, undefined, attempt(2))]);
    expect(statusesOf([first, second])).toEqual(['finished', 'finished']);
    expect(second.runner.outputs['reused']).toBe('true');
    expect(sends(steps)).toHaveLength(1);
  }
});

test('a step that still sees the end before a correction uses the answer to that correction', async () => {
  const [[, options, inputs] = []] = RULES;
  if (options === undefined || inputs === undefined) throw new Error('there is no rule');
  let isStale = false;
  const steps = await openSteps(options, {
    disturb: (method, target) => {
      if (method === 'POST' && target.endsWith('/send-message')) isStale = true;
      if (!isStale || method !== 'GET' || !target.startsWith('/api/v1/app-conversations?')) return undefined;
      const change = (body: string): string =>
        body.replaceAll('"execution_status":"running"', '"execution_status":"finished"');
      return { answer: { kind: 'tampered', change } };
    },
  });
  const starter = steps.step(inputs, undefined, attempt(1));
  await steps.arrival('POST /api/v1/app-conversations/');
  await steps.clock.sleep(3_000, never);
  const late = await steps.step(inputs, undefined, attempt(2));
  expect(late.outcome.status).toBe('finished');
  expect((await starter).outcome.status).toBe('finished');
  expect(sends(steps)).toHaveLength(1);
});

test('a step that only waits leaves the correction to others for a poll interval and 20 to 40 s, by its tag', async () => {
  const waits: number[] = [];
  for (const run of [1, 2, 3, 1]) {
    const steps = await openSteps({ api: 'v1', scenario: 'done' });
    const inputs = { ...KEYED, ...LINE, 'poll-interval-seconds': '60' };
    await steps.killed({ ...inputs, message: WITHOUT_LINE }, 15, attempt(9));
    await steps.clock.sleep(600_000, never);
    const startedAt = steps.clock.date().getTime() / 1000;
    await steps.step({ ...inputs, message: WITHOUT_LINE }, undefined, attempt(run));
    const [at = NaN] = sends(steps);
    waits.push(Math.round(at - startedAt));
  }
  for (const wait of waits) {
    expect(wait).toBeGreaterThanOrEqual(80);
    expect(wait).toBeLessThan(100 + 15);
  }
  expect(new Set(waits.slice(0, 3)).size).toBe(3);
  expect(waits[3]).toBe(waits[0]);
});

test('a step whose message is the newest asks at once', async () => {
  const steps = await openSteps({ api: 'v1', scenario: 'done' });
  const inputs = { ...KEYED, ...LINE, 'if-exists': 'send' };
  await steps.step({ ...inputs, message: 'Check the README' }, undefined, { ...attempt(1), runId: '1' });
  const second = await steps.step({ ...inputs, message: WITHOUT_LINE }, undefined, attempt(2));
  expect(second.outcome.status).toBe('finished');
  expect(logOf(second)).not.toContain('Waiting');
  expect(messagesTo(steps)).toHaveLength(3);
});

test('of two steps whose messages one answer has answered, the later one asks, and the starter follows', async () => {
  const steps = await openSteps({ api: 'v1', scenario: 'done' });
  const inputs = { ...KEYED, ...LINE, message: WITHOUT_LINE };
  const starter = steps.step(inputs, undefined, { ...attempt(1), runId: '1' });
  await steps.arrival('POST /api/v1/app-conversations');
  const later = steps.step({ ...inputs, 'if-exists': 'send' }, undefined, attempt(2));
  expect(statusesOf(await Promise.all([starter, later]))).toEqual(['finished', 'finished']);
  // The follow-up and one correction.
  expect(sends(steps)).toHaveLength(2);
  expect(logOf(await starter)).toContain('Another step has asked the agent');
});

test('the wait for another step ends at the deadline, and a cancel ends it at once', async () => {
  const inputs = { ...KEYED, ...LINE, message: WITHOUT_LINE };
  for (const [given, cancelAt, status] of [
    [{ 'timeout-seconds': '30' }, undefined, 'timed-out'],
    [{}, 30, 'cancelled'],
  ] as const) {
    const steps = await openSteps({ api: 'v1', scenario: 'done' });
    await steps.killed(inputs, 15, attempt(9));
    await steps.clock.sleep(600_000, never);
    const startedAt = steps.clock.now();
    const { runner } = await steps.step({ ...inputs, ...given }, cancelAt, attempt(1));
    expect(runner.outputs['status']).toBe(status);
    expect(steps.clock.now() - startedAt).toBe(30_000);
    expect(sends(steps)).toEqual([]);
  }
});

describe.each(RULES)(
  'a step that needs %s, and leaves the correction to a later step',
  (_what, options, inputs) => {
    const followUp = { ...inputs, 'require-result': '', 'output-schema': '', 'if-exists': 'send' };

    test('asks itself after a follow-up that does not ask for that', async () => {
      const steps = await openSteps(options);
      const waiting = steps.step(inputs, undefined, attempt(1));
      await steps.arrival('POST /api/');
      // One answer to both messages, and then a third message while the first step leaves the correction to the second.
      await steps.step(followUp, undefined, attempt(2));
      await steps.clock.sleep(5_000, never);
      const third = steps.step(followUp, undefined, attempt(3));
      const [ended] = await Promise.all([waiting, third]);
      expect(ended.outcome.status).toBe('finished');
      expect(logOf(ended)).toContain('Asking the agent for another one');
      expect(logOf(ended)).not.toContain('Another step has asked the agent');
      // Two follow-ups, and one correction.
      expect(sends(steps)).toHaveLength(3);
    });

    test('follows a follow-up that asks for the same', async () => {
      const steps = await openSteps(options);
      const waiting = steps.step(inputs, undefined, attempt(1));
      await steps.arrival('POST /api/');
      await steps.step(followUp, undefined, attempt(2));
      await steps.clock.sleep(5_000, never);
      const third = steps.step({ ...inputs, 'if-exists': 'send' }, undefined, attempt(3));
      expect(statusesOf(await Promise.all([waiting, third]))).toEqual(['finished', 'finished']);
      expect(logOf(await waiting)).not.toContain('Asking the agent for another one');
      expect(sends(steps)).toHaveLength(3);
    });
  },
);

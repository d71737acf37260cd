import { describe, expect, test } from '@jest/globals';

import type { ScenarioName } from '../../simulator/server/scenarios.ts';
import type { Mishap } from '../../testbed/mishap.ts';
import { APP_SERVER_ALONE, play, type StepRun } from '../../testbed/play.ts';

const IN_A_MINUTE = { 'api-version': 'v1', 'timeout-seconds': '60' };

describe('the error at a deadline', () => {
  test.each<[ScenarioName, string]>([
    ['missing', 'sandbox missing'],
    ['sandbox-error', 'sandbox error'],
    ['vanish', 'conversation not found'],
  ])('says what has kept the step from seeing the agent: %s', async (scenario, phase) => {
    const { runner } = await play(scenario, 'v1', { ...IN_A_MINUTE, 'timeout-seconds': '50' });
    expect(runner.outputs).toMatchObject({ status: 'timed-out', 'failure-kind': 'sandbox' });
    expect(runner.failures).toEqual([
      expect.stringMatching(new RegExp(`; the last failure: ${phase}\\. What`)),
    ]);
  });

  test('says why the server could not be reached, if that is all that the step has seen', async () => {
    const { runner } = await play('finish', 'v1', { 'timeout-seconds': '5' }, [], {
      mishapOf: () => ({ answer: { kind: 'refused' } }),
    });
    expect(runner.outputs).toMatchObject({ status: 'start-failed', 'failure-kind': 'network' });
    expect(runner.failures).toEqual([expect.stringContaining('ECONNREFUSED')]);
  });

  test.each<[string, Mishap['answer'], string]>([
    [
      'refuses every connection',
      { kind: 'refused' },
      'check base-url, and that the server runs and can be reached from this runner, then start a new run.',
    ],
    [
      'answers 503',
      { kind: 'status', status: 503 },
      'wait until the server works again, then re-run the job.',
    ],
  ])(
    'gives only the advice of the failure if the server, which %s, never said its API',
    async (_, answer, advice) => {
      const { runner } = await play('finish', 'v1', { 'timeout-seconds': '5' }, [], {
        mishapOf: () => ({ answer }),
      });
      expect(runner.failures).toEqual([expect.stringContaining(`What to do: ${advice}`)]);
      expect(runner.failures).toEqual([expect.stringContaining('(nothing was started)')]);
    },
  );

  test("has the server's words if it refuses the start just after the deadline", async () => {
    const start = { method: 'POST', path: '/api/v1/app-conversations' } as const;
    const body = '{"detail":"No such model"}';
    const { runner } = await play(
      'finish',
      'v1',
      { ...IN_A_MINUTE, 'timeout-seconds': '10' },
      [{ ...start, answer: { kind: 'late', seconds: 12 } }],
      { simulator: { faults: [{ ...start, answer: { kind: 'status', status: 400, body } }] } },
    );
    expect(runner.outputs).toMatchObject({ status: 'start-failed' });
    expect(runner.failures).toEqual([expect.stringContaining('HTTP 400: No such model')]);
    expect(runner.savedState()).toEqual({ kind: 'over' });
  });

  test('does not name a sandbox that has come back', async () => {
    const { runner } = await play('sandbox-busy', 'v1', { ...IN_A_MINUTE, 'timeout-seconds': '30' });
    expect(runner.outputs).toMatchObject({ status: 'timed-out', 'failure-kind': 'timeout' });
    expect(runner.failures).toEqual([expect.not.stringContaining('the last failure')]);
  });
});

/** Runs a step of a minute against a server that does not answer from a time in seconds on. */
async function withoutServer(from: number, answer: Mishap['answer'], inputs = {}): Promise<StepRun> {
  return play('forever', 'v1', { ...IN_A_MINUTE, ...inputs }, [], {
    simulator: APP_SERVER_ALONE,
    mishapOf: ({ at }) => (at >= from ? { answer } : undefined),
  });
}

test.each([
  [12, 'network', 'the deadline passed .*; the last failure: no complete answer within 30 s\\. What'],
  [
    40,
    'timeout',
    'the deadline passed \\(timeout-seconds is 60\\) while the server had not answered for [12]\\d s, and the agent could not be paused [^;]*\\. What',
  ],
])(
  'a look that the deadline cuts short is no failure of the server, but one before it is: without answers from %d s on, the kind is %s',
  async (from, kind, why) => {
    const { runner } = await withoutServer(from, { kind: 'hang' });
    expect(runner.outputs).toMatchObject({ status: 'timed-out', 'failure-kind': kind });
    expect(runner.failures).toEqual([expect.stringMatching(why)]);
  },
);

test('a server that has never answered is named', async () => {
  const { runner } = await play('finish', 'v1', { 'timeout-seconds': '20', 'idempotency-key': 'k' }, [], {
    mishapOf: () => ({ answer: { kind: 'hang' } }),
  });
  expect(runner.outputs).toMatchObject({ status: 'start-failed', 'failure-kind': 'network' });
  expect(runner.failures).toEqual([expect.stringContaining('no complete answer within 20 s')]);
});

test.each([
  ['without a key', {}],
  ['with a key', { 'idempotency-key': 'k' }],
  ['with api-version: v1', { 'api-version': 'v1' }],
  ['with api-version: v1 and a key', { 'api-version': 'v1', 'idempotency-key': 'k' }],
  ['by an id', { 'conversation-id': '7d0f7d1e4d8f4b3c9a55b1c2d3e4f506' }],
])(
  'a host without an address, which was never reached, ends the step within half a minute: %s',
  async (_, more) => {
    const { runner, seconds, requests } = await play('finish', 'v1', { poll: 'true', ...more }, [], {
      mishapOf: () => ({ answer: { kind: 'unknown-host' } }),
    });
    expect(runner.outputs).toMatchObject({ status: 'start-failed', 'failure-kind': 'network' });
    // A start is not sent again by itself.
    if (requests[0]?.method === 'GET')
      expect(requests.filter(({ at }) => at <= 30).length).toBeGreaterThanOrEqual(3);
    expect(seconds).toBeLessThanOrEqual(30);
  },
);

const LOOK = { method: 'GET', path: '/api/v1/app-conversations' } as const;

test.each([
  ['a cancel', { 'timeout-seconds': '60' }, { cancelAt: 5 }, 'cancelled', 're-run the job.'],
  [
    'the deadline',
    { 'timeout-seconds': '10' },
    {},
    'start-failed',
    'give the step more timeout-seconds, then start a new run.',
  ],
] as const)(
  'before anything was sent, %s asks nobody to look for a conversation',
  async (_, more, options, status, advice) => {
    const keyed = { 'idempotency-key': 'k', 'api-version': 'v1', ...more };
    const { runner, requests } = await play(
      'finish',
      'v1',
      keyed,
      [{ ...LOOK, answer: { kind: 'hang' } }],
      options,
    );
    expect(requests.filter(({ method }) => method === 'POST')).toEqual([]);
    expect(runner.outputs['status']).toBe(status);
    expect(runner.failures).toEqual([expect.stringContaining(`What to do: ${advice}`)]);
    expect(runner.failures.join()).not.toContain('that the conversation was not started');
  },
);

test('a start that hangs at the deadline is named, too', async () => {
  const hanging = { method: 'POST', path: '/api/v1/app-conversations', answer: { kind: 'hang' } } as const;
  const { runner } = await play('finish', 'v1', { 'timeout-seconds': '20' }, [hanging]);
  expect(runner.outputs).toMatchObject({ status: 'start-failed', 'failure-kind': 'network' });
  expect(runner.failures).toEqual([
    expect.stringMatching(
      /the last failure: no complete answer within 2\d s\. What to do: make sure at http\S+ that the request has not succeeded anyway\.$/,
    ),
  ]);
});

test('a server that has not answered for 50 s of a long step still gets half a minute to pause the agent', async () => {
  const { seconds } = await withoutServer(250, { kind: 'refused' }, { 'timeout-seconds': '300' });
  expect(seconds).toBeGreaterThan(320);
});

describe.each([
  ['refuses every connection', { kind: 'refused' }],
  ['answers nothing', { kind: 'hang' }],
  ['answers 503', { kind: 'status', status: 503 }],
] as const)('a server that %s', (_, answer) => {
  test('holds up the end of the step and of post for ten seconds each', async () => {
    const { runner, seconds, requests } = await withoutServer(12, answer);
    expect(runner.outputs['status']).toBe('timed-out');
    expect(seconds).toBeLessThanOrEqual(70);
    expect(requests.at(-1)?.at).toBeGreaterThan(70);
    expect(requests.at(-1)?.at).toBeLessThan(80);
  });

  test('only at the end gets half a minute to pause the agent', async () => {
    const { seconds, requests } = await withoutServer(50, answer);
    expect(seconds).toBeGreaterThan(70);
    expect(seconds).toBeLessThanOrEqual(90);
    expect(requests.at(-1)?.at).toBeGreaterThan(100);
    expect(requests.at(-1)?.at).toBeLessThan(120);
  });
});

import { expect, test } from '@jest/globals';

import { LIMITS_REACHED } from '../../simulator/server/rate-limit.ts';
import { worksFor } from '../../simulator/server/scenario-parts.ts';
import { APP_SERVER_ALONE, play, type PlayOptions } from '../../testbed/play.ts';

const START = { method: 'POST', path: '/api/v1/app-conversations' } as const;

test('at the limit of concurrent conversations the step retries the start, and logs that once', async () => {
  const { outcome, runner } = await play('finish', 'v1', {}, [
    { ...START, times: 20, answer: LIMITS_REACHED['concurrency-limit'] },
  ]);
  expect(outcome.status).toBe('finished');
  expect(runner.log.filter((line) => line.includes('is at its limit of running conversations'))).toHaveLength(
    1,
  );
});

test('a start that stays at the limit until the deadline fails with the limit, and leaves nothing running', async () => {
  const { outcome, runner, conversations } = await play('finish', 'v1', { 'timeout-seconds': '300' }, [
    { ...START, times: Number.POSITIVE_INFINITY, answer: LIMITS_REACHED['concurrency-limit'] },
  ]);
  expect(outcome.status).toBe('start-failed');
  expect(conversations).toBe(0);
  expect(runner.failures.join()).toContain('CONCURRENCY_LIMIT_REACHED (limit 5, used 5)');
  expect(runner.failures.join()).toMatch(
    /, after the deadline; the step ended before there was a conversation\. What to do: pause or end conversations/,
  );
});

test('a refusal that ends in a full stop, and lasts beyond the deadline, is named once', async () => {
  const refused = {
    kind: 'status',
    status: 429,
    headers: { 'retry-after': '900' },
    body: '{"detail":"Too many requests."}',
  } as const;
  const { runner } = await play('finish', 'v1', { 'timeout-seconds': '300' }, [
    { ...START, times: Number.POSITIVE_INFINITY, answer: refused },
  ]);
  expect(runner.failures).toEqual([
    expect.stringMatching(
      /^failed to start the conversation: HTTP 429: Too many requests; the next try would be in 9\d\d s, after the deadline; the step ended before there was a conversation\. What to do: wait a while \(the account made too many requests\), then re-run the job\.$/,
    ),
  ]);
});

test.each([
  ['daily-sandbox-limit', 'DAILY_SANDBOX_LIMIT_REACHED (limit 50, used 50)'],
  ['daily-conversation-limit', 'limit 10, used 10, reset at 2026-11-25T00:00:00Z'],
] as const)('at the %s the step fails at once and reports the figures', async (limit, figures) => {
  const { outcome, runner, seconds, requests } = await play('finish', 'v1', {}, [
    { ...START, times: Number.POSITIVE_INFINITY, answer: LIMITS_REACHED[limit] },
  ]);
  expect(outcome.status).toBe('start-failed');
  expect(seconds).toBeLessThan(1);
  expect(requests.filter(({ method }) => method === 'POST')).toHaveLength(1);
  expect(runner.failures.join()).toContain(figures);
});

/** Two refusals in a row, after which a client keeps a distance of a minute between its requests. */
const CROWDED: PlayOptions = {
  mishapOf: ({ at, target }) =>
    at > 250 && at < 285 && target.startsWith('/api/v1')
      ? { answer: { kind: 'status', status: 429, headers: { 'retry-after': '1' } } }
      : undefined,
};

test.each([
  ['a deadline', { 'timeout-seconds': '300' }, {}, 300],
  ['a cancel', {}, { cancelAt: 300 }, 300],
])('after refusals, %s pauses the agent at once', async (_, inputs, more, at) => {
  const { requests } = await play('forever', 'v1', { 'max-cost-usd': '50', ...inputs }, [], {
    ...CROWDED,
    ...more,
  });
  expect(requests.find(({ target }) => target.endsWith('/pause'))?.at).toBe(at);
});

test('after refusals, an agent that ends half a minute before the deadline is seen, and its answer read', async () => {
  const { outcome, runner } = await play(worksFor(330), 'v1', { 'timeout-seconds': '430' }, [], {
    ...CROWDED,
    random: () => 0.95,
    simulator: APP_SERVER_ALONE,
  });
  expect(outcome.status).toBe('finished');
  expect(runner.outputs['response']).toContain('README');
});

test.each([0.05, 0.95])(
  'after a minute of refusals that ask for five seconds, the step sees its agent within twenty (random: %d)',
  async (random) => {
    const { requests } = await play('forever', 'v1', { 'timeout-seconds': '300' }, [], {
      random: () => random,
      simulator: APP_SERVER_ALONE,
      mishapOf: ({ at }) =>
        at >= 60 && at < 120
          ? { answer: { kind: 'status', status: 429, headers: { 'retry-after': '5' } } }
          : undefined,
    });
    expect(requests.find(({ at }) => at >= 120)?.at).toBeLessThan(140);
  },
);

test('after refusals of what a start with a key reads first, the start follows at once', async () => {
  const { requests } = await play('finish', 'v1', { 'idempotency-key': 'issue-12' }, [], {
    mishapOf: ({ at }) =>
      at < 40 ? { answer: { kind: 'status', status: 429, headers: { 'retry-after': '5' } } } : undefined,
  });
  const answered = requests.find(({ mishap }) => mishap === undefined)?.at ?? 0;
  const started = requests.find(({ method }) => method === 'POST')?.at ?? 0;
  expect(started - answered).toBeLessThan(5);
});

test('a start that is refused again and again is asked for when the log says so', async () => {
  const { runner, requests } = await play('finish', 'v1', { 'idempotency-key': 'issue-12' }, [
    { ...START, times: 4, answer: { kind: 'status', status: 429, headers: { 'retry-after': '5' } } },
  ]);
  const said = runner.log.flatMap((line) => /trying again in ([\d.]+) s/.exec(line)?.[1] ?? []).map(Number);
  const asked = requests.filter(({ method }) => method === 'POST').map(({ at }) => at);
  const waited = asked.slice(1).map((at, index) => at - (asked[index] ?? 0));
  expect(waited.map((seconds) => seconds.toFixed(1))).toEqual(said.map((seconds) => seconds.toFixed(1)));
  expect(said).toHaveLength(4);
});

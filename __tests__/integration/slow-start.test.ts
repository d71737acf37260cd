import { describe, expect, test } from '@jest/globals';

import { isAtWork } from '../../simulator/server/at-work.ts';
import { SCENARIOS } from '../../simulator/server/scenarios.ts';
import type { Change } from '../../simulator/server/timeline.ts';
import { isSameId } from '../../src/port/conversation.ts';
import type { Mishap } from '../../testbed/mishap.ts';
import { play, type Trouble } from '../../testbed/play.ts';
import { openSteps } from '../support/open-steps.ts';

/** A server that never lists the conversation. */
const UNLISTED = {
  method: 'GET',
  path: '/api/v1/app-conversations?ids=*',
  times: Number.POSITIVE_INFINITY,
  answer: { kind: 'tampered', change: () => '[null]' },
} as const;

describe('a start that never becomes ready although its conversation exists', () => {
  test('is followed by the chosen id, and the step ends as its agent does', async () => {
    const { outcome, runner, left, seconds } = await play('never-ready', 'v1');
    expect(outcome.status).toBe('finished');
    expect(isSameId(runner.outputs['conversation-id'] ?? '', left[0]?.id ?? 'none')).toBe(true);
    expect(seconds).toBeLessThan(90);
  });

  test('is looked for before the deadline: the step reports the conversation, and pauses its agent', async () => {
    const { outcome, runner, left } = await play('never-ready', 'v1', {
      'timeout-seconds': '20',
    });
    expect(outcome.status).toBe('timed-out');
    expect(isSameId(runner.outputs['conversation-id'] ?? '', left[0]?.id ?? 'none')).toBe(true);
    expect(left.filter(isAtWork)).toEqual([]);
  });

  test('is looked for after a cancel, and its agent is paused', async () => {
    const { outcome, left, post } = await play('never-ready', 'v1', {}, [], { cancelAt: 15 });
    expect(outcome.status).toBe('cancelled');
    expect(post).toBeDefined();
    expect(left.filter(isAtWork)).toEqual([]);
  });
});

test('post looks for a start until 150 s after it was sent, and not from when it begins itself', async () => {
  const { outcome, requests, post } = await play('finish', 'v1', { 'timeout-seconds': '60' }, [], {
    mishapOf: ({ at, method }) => (at > 1 || method === 'POST' ? { answer: { kind: 'hang' } } : undefined),
  });
  expect(outcome.status).toBe('start-failed');
  const sentAt = requests.find(({ method }) => method === 'POST')?.at ?? NaN;
  expect(post).toBeDefined();
  expect((requests.at(-1)?.at ?? NaN) - sentAt).toBeLessThanOrEqual(150);
});

test('a start that the server forgets fails after a minute, with the advice to look for the conversation', async () => {
  const tasks = { path: '/api/v1/app-conversations/start-tasks?ids=*', times: Number.POSITIVE_INFINITY };
  const searches = { ...tasks, path: '/api/v1/app-conversations/start-tasks/search' };
  const answer = (text: string) => ({ answer: { kind: 'tampered', change: () => text } }) as const;
  const { outcome, runner, seconds } = await play('never-ready', 'v1', {}, [
    { ...tasks, ...answer('[null]') },
    { ...searches, ...answer('{"items":[],"next_page_id":null}') },
    UNLISTED,
  ]);
  expect(outcome.status).toBe('start-failed');
  expect(seconds).toBeGreaterThan(60);
  expect(seconds).toBeLessThan(64);
  expect(runner.failures).toEqual([
    expect.stringMatching(
      /the server no longer knows of the start; its agent may be working until the post step finds and pauses it\. What to do: make sure at http\S+ that the conversation was not started anyway\.$/,
    ),
  ]);
});

test('a start that is ready without a conversation has failed: it is not waited for, and the error says so', async () => {
  const tasks = { path: '/api/v1/app-conversations/start-tasks*', times: Number.POSITIVE_INFINITY };
  const change = (text: string): string =>
    text
      .replaceAll('"STARTING_CONVERSATION"', '"READY"')
      .replaceAll(/"app_conversation_id":"[^"]*"/g, '"app_conversation_id":null');
  const { outcome, runner, seconds, requests } = await play('never-ready', 'v1', {}, [
    { ...tasks, answer: { kind: 'tampered', change } },
    UNLISTED,
  ]);
  expect(outcome.status).toBe('start-failed');
  expect(seconds).toBeLessThan(20);
  expect(runner.failures).toEqual([expect.stringContaining('the start is ready, but names no conversation')]);
  expect(
    requests.filter(({ method, target }) => method === 'POST' && target.endsWith('/app-conversations')),
  ).toHaveLength(1);
});

test('a start that takes long is logged once a minute', async () => {
  const { outcome, runner } = await play('never-ready', 'v1', { 'timeout-seconds': '300' }, [UNLISTED]);
  expect(outcome.status).toBe('start-failed');
  const still = runner.log.filter((line) => line.includes('Still starting: starting conversation'));
  expect(still.length).toBeGreaterThanOrEqual(3);
  expect(still.length).toBeLessThanOrEqual(5);
});

describe('a start that fails without a reason', () => {
  const refused = (path: string, detail: string): Trouble => ({
    method: 'GET',
    path,
    times: Number.POSITIVE_INFINITY,
    answer: { kind: 'status', status: 403, body: JSON.stringify({ detail }) },
  });

  test.each(['/api/v1/users/git-info', '/api/v1/git/repositories/search'])(
    'has the refusal of %s as its reason, and advice on what to connect',
    async (path) => {
      const { runner } = await play('start-silent', 'v1', {}, [refused(path, 'No GitHub token found')]);
      expect(runner.failures).toEqual([
        expect.stringMatching(
          /^failed to start the conversation: No GitHub token found\. What to do: connect the account of the API key to github in its settings, so that it can reach octo-org\/octo-repo, then re-run the job\.$/i,
        ),
      ]);
    },
  );

  test('has no reason if nothing is refused, and is not looked into without a repository', async () => {
    const { runner } = await play('start-silent', 'v1');
    expect(runner.failures.join()).toContain('the server gives no reason');
    const { requests } = await play('start-silent', 'v1', { repository: 'none' });
    expect(requests.filter(({ target }) => target.includes('git'))).toEqual([]);
  });
});

describe.each([
  ['', {}],
  [' with a key', { 'idempotency-key': 'issue-12' }],
])('a start%s whose progress cannot be read', (_, keyed) => {
  const refused = (path: string): Trouble => ({
    path: `/api/v1/app-conversations/start-tasks${path}`,
    times: Number.POSITIVE_INFINITY,
    // The first search looks up the key.
    ...(path.startsWith('/') && { skip: 1 }),
    answer: { kind: 'status', status: 403 },
  });

  const deferred: Trouble = {
    path: '/api/v1/app-conversations?ids=*',
    // The first look finds out the version, or looks up the key.
    skip: 1,
    answer: { kind: 'status', status: 429, headers: { 'retry-after': '900000' }, body: '{}' },
  };

  test.each([
    [[refused('?ids=*')]],
    [[refused('?ids=*'), refused('/search')]],
    [[refused('?ids=*'), deferred]],
  ])('is followed by the chosen id until its agent has ended', async (troubles) => {
    const { outcome, left } = await play('finish', 'v1', keyed, troubles);
    expect(outcome.status).toBe('finished');
    expect(left).toHaveLength(1);
  });
});

test.each([
  ['canceled', { cancelAt: 30 }, {}],
  ['ended by its deadline', {}, { 'timeout-seconds': '30' }],
])(
  'a start that takes almost two minutes, of a step that is %s meanwhile, leaves no agent at work',
  async (_, choices, inputs) => {
    const { start, ...rest } = SCENARIOS.forever;
    const slow = { ...rest, start: start.map((change: Change) => ({ ...change, at: change.at * 18 })) };
    const { left } = await play(slow, 'v1', inputs, [], choices);
    expect(left).toMatchObject([{ state: { sandbox: 'PAUSED' } }]);
  },
);

describe('a start that stands still, because its server was restarted', () => {
  const KEYED = { message: 'Check it', 'idempotency-key': 'issue-12', poll: 'true' };
  const TEN_MINUTES = { ...KEYED, 'timeout-seconds': '600' };
  const TASK = /the start [\w-]{32,36} has not changed for \d+ minutes \(waiting for sandbox\)/;
  /** The simulated day begins at midnight. */
  const FREE = 'wait until 2026-11-24 00:30 UTC, then re-run the job';

  test('is waited for until the deadline, whose error names it and says when its key is free', async () => {
    const { outcome, runner, seconds } = await play('stands-still', 'v1', TEN_MINUTES);
    expect([outcome.status, runner.outputs['failure-kind']]).toEqual(['start-failed', 'timeout']);
    expect(seconds).toBeGreaterThanOrEqual(600);
    expect(runner.failures).toEqual([expect.stringMatching(TASK)]);
    expect(runner.failures).toEqual([expect.stringContaining(FREE)]);
    expect(runner.failures).toEqual([expect.not.stringContaining('more timeout-seconds')]);
  });

  test('is named by a short step that finds it, too, and is free after half an hour', async () => {
    const steps = await openSteps({ api: 'v1', scenario: 'stands-still' });
    const pass = async (minutes: number): Promise<void> =>
      steps.clock.sleep(minutes * 60_000, new AbortController().signal);
    await steps.step({ ...KEYED, 'timeout-seconds': '20' });
    await pass(6);
    const second = await steps.step({ ...KEYED, 'timeout-seconds': '20' });
    expect(second.runner.failures).toEqual([expect.stringMatching(TASK)]);
    expect(second.runner.failures).toEqual([expect.stringContaining(FREE)]);
    await pass(24);
    const third = await steps.step({ ...KEYED, message: 'simulate: finish' });
    expect([third.outcome.status, third.runner.outputs['reused']]).toEqual(['finished', 'false']);
  });

  test('is not named before it has stood still for five minutes', async () => {
    const { runner } = await play('stands-still', 'v1', { ...KEYED, 'timeout-seconds': '290' });
    expect(runner.failures).toEqual([expect.stringContaining('timeout-seconds')]);
    expect(runner.failures).toEqual([expect.not.stringContaining('has not changed')]);
  });

  test('without a key is named, and people are told who looks for the conversation', async () => {
    const { runner } = await play('stands-still', 'v1', { 'timeout-seconds': '600' });
    expect(runner.failures).toEqual([expect.stringMatching(TASK)]);
    expect(runner.failures).toEqual([
      expect.stringMatching(
        /; the post step looks for it and pauses its agent; the last failure: the start \w+ has not changed for 9 minutes \(waiting for sandbox\): perhaps its server was restarted\. What to do: re-run the job\.$/,
      ),
    ]);
    expect(runner.failures).toEqual([expect.not.stringContaining('more timeout-seconds')]);
  });

  test('is not named once it has moved on', async () => {
    const { start, ...rest } = SCENARIOS['stands-still'];
    const late = [...start, { at: 400, start: 'preparing-repository' } as const];
    const { runner } = await play({ ...rest, start: late }, 'v1', { ...KEYED, 'timeout-seconds': '500' });
    expect(runner.failures).toEqual([expect.not.stringContaining('has not changed')]);
  });
});

describe.each<[string, Mishap['answer']]>([
  ['is refused', { kind: 'refused' }],
  ['finds no address for the moment', { kind: 'unknown-host', isTemporary: true }],
])('a start without a key that %s', (_, answer) => {
  const START = { method: 'POST', path: '/api/v1/app-conversations' } as const;
  const CLOUD = { 'api-version': 'v1' };

  test('is asked for again, as a deploy takes seconds, and starts one agent', async () => {
    const { outcome, conversations, runner } = await play('finish', 'v1', CLOUD, [], {
      mishapOf: ({ at }) => (at < 10 ? { answer } : undefined),
    });
    expect([outcome.status, conversations]).toEqual(['finished', 1]);
    expect(runner.failures).toEqual([]);
  });

  test('fails after twenty seconds if that lasts', async () => {
    const { outcome, conversations, runner, seconds } = await play('finish', 'v1', CLOUD, [
      { ...START, times: Infinity, answer },
    ]);
    expect([outcome.status, conversations, runner.outputs['failure-kind']]).toEqual([
      'start-failed',
      0,
      'network',
    ]);
    expect(seconds).toBeLessThanOrEqual(21);
    expect(runner.failures).toEqual([expect.stringMatching(/ \(tried for \d+ s\)/)]);
  });

  test('is not sent after a cancel', async () => {
    const { outcome, conversations } = await play('finish', 'v1', CLOUD, [], {
      cancelAt: 3,
      mishapOf: ({ at }) => (at < 3 ? { answer } : undefined),
    });
    expect([outcome.status, conversations]).toEqual(['cancelled', 0]);
  });
});

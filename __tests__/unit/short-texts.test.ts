import { describe, expect, test } from '@jest/globals';

import type {
  ConversationApi,
  Delivery,
  Found,
  Sandbox,
  StartAnswer,
  StartProgress,
} from '../../src/conversation/api.ts';
import type {
  Facts,
  ReadResult,
  Since,
  Snapshot,
  Steps,
  Stored,
} from '../../src/conversation/conversation.ts';
import { withShortTexts } from '../../src/openhands/short-texts.ts';
import { stagedApi } from '../support/api.ts';
import { simulatedClock } from '../support/clock.ts';

const REQUEST = { id: 'chosen', message: 'Check the README' };
const never = new AbortController().signal;

/** A text as a hostile server sends it: several lines, and too long to read. */
const HOSTILE = `the first\n::error::${'x'.repeat(2_000)}`;
const shown = (limit: number): string => `the first ::error::${'x'.repeat(2_000)}`.slice(0, limit - 1) + '…';

const api = (changes: Partial<ConversationApi>): ConversationApi =>
  withShortTexts({ ...stagedApi(simulatedClock(), []), ...changes });

describe.each<[string, (progress: StartProgress) => Promise<Found | StartAnswer>]>([
  ['start', async (progress) => api({ start: async () => Promise.resolve(progress) }).start(REQUEST, never)],
  ['find', async (progress) => api({ find: async () => Promise.resolve(progress) }).find(REQUEST, never)],
  [
    'startProgress',
    async (progress) =>
      api({ startProgress: async () => Promise.resolve(progress) }).startProgress('t', never),
  ],
])('the answer of %s', (_, answerOf) => {
  test('has a short phase', async () => {
    expect(await answerOf({ kind: 'pending', task: 't', phase: HOSTILE })).toEqual({
      kind: 'pending',
      task: 't',
      phase: shown(100),
    });
  });

  test('has a short reason', async () => {
    expect(await answerOf({ kind: 'failed', reason: HOSTILE })).toEqual({
      kind: 'failed',
      reason: shown(500),
    });
  });

  test.each<StartProgress>([
    { kind: 'created', id: 'xxxxxxxx' },
    { kind: 'unknown', task: 'xxxxxxxx' },
  ])('has an unchanged id: %j', async (progress) => {
    expect(await answerOf(progress)).toEqual(progress);
  });
});

test.each<Found>([{ kind: 'unreported' }, { kind: 'not-there' }])(
  'the answer %j of find is unchanged',
  async (found) => {
    expect(await api({ find: async () => Promise.resolve(found) }).find(REQUEST, never)).toEqual(found);
  },
);

describe('a session key within a reason', () => {
  const key = 'pU7-x_9~Zq.4+/w=';
  const reasonIn = async (reason: string): Promise<unknown> =>
    api({ start: async () => Promise.resolve({ kind: 'failed', reason }) }).start(REQUEST, never);
  const url = `https://w.example/api?a=1&session_api_key=${encodeURIComponent(key)}&b=2`;

  test.each([
    url,
    encodeURIComponent(url),
    `X-Session-API-Key: ${key}`,
    `x-session-api-key:${key}`,
    JSON.stringify({ session_api_key: key }),
    JSON.stringify(JSON.stringify({ session_api_key: key }, null, 2)),
    `{'session_api_key': '${key}'}`,
    `SESSION_API_KEY = ${key}`,
    `session_api\u200b_key=\u200b${key}`,
  ])('is redacted: %s', async (reason) => {
    const shown = JSON.stringify(await reasonIn(`failed: ${reason} is wrong`));
    expect(shown).toContain('***');
    expect(shown).not.toMatch(/pU7|9~Zq/);
    expect(shown).toContain('is wrong');
  });

  test.each(['session_api_key: Field required', 'the session_api_key was refused', 'session_api_key='])(
    'is not assumed if there is none: %s',
    async (reason) => {
      expect(await reasonIn(reason)).toEqual({ kind: 'failed', reason });
    },
  );
});

describe('a snapshot', () => {
  const look = async (snapshot: Snapshot): Promise<readonly Snapshot[]> =>
    api({ look: async () => Promise.resolve([snapshot]) }).look(['1'], never);
  const SEEN: Snapshot = { phase: HOSTILE, state: { kind: 'active' }, consult: 'on-change' };

  test('has short facts, and keeps its meaning', async () => {
    const facts: Facts = {
      title: HOSTILE,
      repository: HOSTILE,
      gitProvider: HOSTILE,
      branch: HOSTILE,
      pullRequests: [12, 7],
      costUsd: 0.42,
      tokens: { input: 3, cached: 2, output: 1 },
    };
    expect(await look({ ...SEEN, facts })).toEqual([
      {
        phase: shown(100),
        state: { kind: 'active' },
        consult: 'on-change',
        facts: {
          title: shown(300),
          repository: shown(300),
          gitProvider: shown(300),
          branch: shown(300),
          pullRequests: [12, 7],
          costUsd: 0.42,
          tokens: { input: 3, cached: 2, output: 1 },
        },
      },
    ]);
  });

  test('has no fact that the server did not send', async () => {
    const [bare] = await look(SEEN);
    expect(bare).not.toHaveProperty('facts');
    const [seen] = await look({ ...SEEN, facts: { pullRequests: [] } });
    expect(Object.keys(seen?.facts ?? {})).toEqual(['pullRequests']);
  });
});

describe('the stored events', () => {
  const stored = async (reading: Stored): Promise<Stored> =>
    api({ stored: async () => Promise.resolve(reading) }).stored('1', never);
  const result = async (found: ReadResult): Promise<ReadResult> =>
    api({ result: async () => Promise.resolve(found) }).result('1', never);

  test('give a short phase', async () => {
    expect(await stored({ state: { phase: HOSTILE, state: { kind: 'paused' } } })).toEqual({
      state: { phase: shown(100), state: { kind: 'paused' } },
    });
    expect(Object.keys(await stored({}))).toEqual([]);
  });

  test('give the whole answer, and a short reason', async () => {
    expect(await result({ complete: true, answer: HOSTILE, reason: HOSTILE })).toEqual({
      complete: true,
      answer: HOSTILE,
      reason: shown(500),
    });
  });

  test('give steps of one short line, and no empty ones', async () => {
    const steps: Steps = {
      steps: [
        { kind: 'action', text: HOSTILE },
        { kind: 'message', text: ' \n' },
        { kind: 'error', text: 'it broke' },
      ],
      isCut: true,
      cursor: 'e7',
    };
    const fit: Steps = {
      steps: [
        { kind: 'action', text: shown(200) },
        { kind: 'error', text: 'it broke' },
      ],
      isCut: true,
      cursor: 'e7',
    };
    expect(await api({ steps: async () => Promise.resolve(steps) }).steps('1', never)).toEqual(fit);
    expect(await stored({ steps })).toEqual({ steps: fit });
    expect(await result({ complete: true, steps })).toEqual({ complete: true, steps: fit });
  });

  test('are requested behind the given cursor', async () => {
    const requested: (Since | undefined)[] = [];
    const reading = api({
      stored: async (_id, _signal, since) => {
        requested.push(since);
        return Promise.resolve({});
      },
      steps: async (_id, _signal, since) => {
        requested.push(since);
        return Promise.resolve({ steps: [], isCut: false });
      },
      result: async (_id, _signal, since) => {
        requested.push(since);
        return Promise.resolve({ complete: true });
      },
    });
    const since: Since = { messageCursor: { lastMessage: 'm' }, cursor: 'e7' };
    await reading.stored('1', never, since);
    await reading.steps('1', never, since);
    await reading.result('1', never, since);
    expect(requested).toEqual([since, since, since]);
  });

  test('give nothing that the server did not send', async () => {
    expect(Object.keys(await result({ complete: false }))).toEqual(['complete']);
  });
});

describe('the answers about messages and sandboxes', () => {
  test.each<[Delivery, Delivery]>([
    [
      { kind: 'unavailable', reason: HOSTILE },
      { kind: 'unavailable', reason: shown(500) },
    ],
    [{ kind: 'delivered' }, { kind: 'delivered' }],
    [{ kind: 'paused' }, { kind: 'paused' }],
  ])('have a short reason, and no other change: %j', async (answer, fit) => {
    expect(await api({ send: async () => Promise.resolve(answer) }).send('1', 'x', never)).toEqual(fit);
  });

  test.each<Sandbox>([
    { kind: 'running', handle: 's' },
    { kind: 'unavailable', reason: HOSTILE },
  ])('keep the sandbox handle: %j', async (sandbox) => {
    const shortSandbox = await api({ sandbox: async () => Promise.resolve(sandbox) }).sandbox('1', never);
    expect(shortSandbox).toEqual(
      sandbox.kind === 'unavailable' ? { kind: 'unavailable', reason: shown(500) } : sandbox,
    );
  });
});

test('the listed starts have short phases', async () => {
  const start = { task: 't', createdAt: 1, sandbox: 's' };
  const starts = await api({
    starts: async () =>
      Promise.resolve([{ ...start, progress: { kind: 'pending', task: 't', phase: HOSTILE } }]),
  }).starts('1', never);
  expect(starts).toEqual([{ ...start, progress: { kind: 'pending', task: 't', phase: shown(100) } }]);
});

test('the rest of the API is unchanged', async () => {
  const shortApi = api({ stop: async () => Promise.resolve('not-running') });
  expect(await shortApi.stop('1', never)).toBe('not-running');
  expect(shortApi.version).toBe('v1');
  expect(shortApi.conversation('1').url).toBe('https://openhands.test/conversations/1');
});

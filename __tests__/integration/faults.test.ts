import { describe, expect, test } from '@jest/globals';

import type { Fault, FaultAnswer } from '../../simulator/server.ts';
import { play } from '../support/play.ts';

/** A fault, and when the server acts: before it (the deed is done, the answer lost), or not at all. */
type Order = Pick<Fault, 'answer' | 'when'>;

const status = (code: number, headers: Record<string, string> = {}): FaultAnswer => ({
  kind: 'status',
  status: code,
  headers: { 'content-type': 'application/json', ...headers },
  body: '{"detail":"ordered"}',
});

/** What passes by itself: a read is tried again. */
const PASSING: readonly (readonly [string, Order])[] = [
  ['reset', { answer: { kind: 'reset' } }],
  ['408', { answer: status(408) }],
  ['425', { answer: status(425) }],
  ['429', { answer: status(429) }],
  ['429 with Retry-After', { answer: status(429, { 'retry-after': '7' }) }],
  ['500', { answer: status(500) }],
  ['502', { answer: status(502) }],
  ['503', { answer: status(503) }],
  ['503 with Retry-After', { answer: status(503, { 'retry-after': '7' }) }],
  ['504', { answer: status(504) }],
  ['a page', { answer: { kind: 'page' } }],
  ['cut-off JSON', { answer: { kind: 'cut' } }],
  ['no JSON', { answer: { kind: 'garbage' } }],
];

/** What does not: trying again cannot help. */
const FINAL: readonly (readonly [string, Order])[] = [
  ...[400, 401, 402, 403, 404, 405, 409, 410, 422].map((code): readonly [string, Order] => [
    String(code),
    { answer: status(code) },
  ]),
  ['wrong JSON', { answer: { kind: 'wrong' } }],
  ['a redirect', { answer: { kind: 'redirect', to: 'http://127.0.0.1:1/elsewhere' } }],
];

const READS = {
  v1: {
    task: '/api/v1/app-conversations/start-tasks',
    look: '/api/v1/app-conversations',
    events: '/api/v1/conversation/*',
  },
  v0: { look: '/api/conversations/*', events: '/api/conversations/*/events' },
} as const;

/** `GET /api/conversations/*` of V0 is the events' path, too: the first request of all is a look. */
function ordered(path: string, order: Order): readonly Fault[] {
  return [{ method: 'GET', path, ...order }];
}

const SUCCESS = { status: 'finished', conversations: 1, failures: 0 };

async function outcomeOf(
  version: 'v1' | 'v0',
  faults: readonly Fault[],
): Promise<{ readonly status: string; readonly conversations: number; readonly failures: number }> {
  const { outcome, conversations, runner, secrets, file } = await play(
    'finish',
    version,
    { 'api-version': version },
    faults,
  );
  for (const secret of secrets) {
    for (const text of [
      runner.log.join('\n'),
      runner.page(),
      JSON.stringify(runner.outputs),
      runner.failures.join(),
      file,
    ]) {
      expect(text).not.toContain(secret);
    }
  }
  return { status: outcome.status, conversations, failures: runner.failures.length };
}

describe('reads', () => {
  test.each(PASSING)('%s is waited out, whichever read it hits', async (_, order) => {
    for (const version of ['v1', 'v0'] as const) {
      for (const path of Object.values(READS[version])) {
        expect({ path, ...(await outcomeOf(version, ordered(path, order))) }).toEqual({ path, ...SUCCESS });
      }
    }
  });

  test.each(FINAL)(
    '%s ends the step at once: before there is a conversation, or while it is waited for',
    async (_, order) => {
      expect(await outcomeOf('v1', ordered(READS.v1.task, order))).toEqual({
        status: 'start-failed',
        conversations: 1,
        failures: 1,
      });
      expect(await outcomeOf('v1', ordered(READS.v1.look, order))).toEqual({
        status: 'unreachable',
        conversations: 1,
        failures: 1,
      });
      expect(await outcomeOf('v0', ordered(READS.v0.look, order))).toEqual({
        status: 'unreachable',
        conversations: 1,
        failures: 1,
      });
    },
  );

  test.each(FINAL)('%s in place of the events costs the answer, and not the end', async (_, order) => {
    expect(await outcomeOf('v1', ordered(READS.v1.events, order))).toEqual(SUCCESS);
  });
});

describe('the start by V1 ends in one conversation, and not in two', () => {
  const start = (order: Order): readonly Fault[] => [
    { method: 'POST', path: '/api/v1/app-conversations', ...order },
  ];
  const lost = PASSING.filter(([name]) => !['408', '425', 'a page'].includes(name));

  test.each(lost)('%s before the server acted: it is sent again', async (_, { answer }) => {
    expect(await outcomeOf('v1', start({ answer, when: 'before' }))).toEqual(SUCCESS);
  });

  test.each(lost.filter(([name]) => !name.startsWith('429') && name !== '503 with Retry-After'))(
    '%s after the server acted: it is found',
    async (_, { answer }) => {
      expect(await outcomeOf('v1', start({ answer, when: 'after' }))).toEqual(SUCCESS);
    },
  );

  test.each([
    ...FINAL.filter(([name]) => name !== 'wrong JSON'),
    ['408', { answer: status(408) }] as const,
    ['a page', { answer: { kind: 'page' } }] as const,
  ])('%s is a refusal', async (_, order) => {
    expect(await outcomeOf('v1', start(order))).toEqual({
      status: 'start-failed',
      conversations: 0,
      failures: 1,
    });
  });
});

describe('the start by V0 is never sent again where that could start a second agent', () => {
  const start = (order: Order): readonly Fault[] => [
    { method: 'POST', path: '/api/conversations', ...order },
  ];
  const refusals = ['429', '429 with Retry-After', '503 with Retry-After'];

  test.each(PASSING.filter(([name]) => refusals.includes(name)))(
    '%s is a clear refusal: it is sent again',
    async (_, { answer }) => {
      expect(await outcomeOf('v0', start({ answer, when: 'before' }))).toEqual(SUCCESS);
    },
  );

  test.each(PASSING.filter(([name]) => !refusals.includes(name)))(
    '%s is an honest failure',
    async (name, { answer }) => {
      expect(await outcomeOf('v0', start({ answer, when: 'after' }))).toEqual({
        status: 'start-failed',
        conversations: 1,
        failures: 1,
      });
      if (name === 'cut-off JSON') return;
      expect(await outcomeOf('v0', start({ answer, when: 'before' }))).toEqual({
        status: 'start-failed',
        conversations: 0,
        failures: 1,
      });
    },
  );
});

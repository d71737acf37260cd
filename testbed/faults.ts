import type { FaultAnswer, Occasion } from '../simulator/faults.ts';
import { LIMITS_REACHED } from '../simulator/server/rate-limit.ts';
import type { Mishap } from './mishap.ts';

/** What a fault means for a read, which may be repeated without limit. */
export type ReadClass =
  /** The right answer comes late, or with a wrong date. */
  | 'late'
  /** A retry can succeed. */
  | 'passing'
  /** No retry can succeed. */
  | 'final'
  /** No retry will succeed. */
  | 'lasting';

/** What a fault means for a request that changes something. */
export type SendClass =
  | 'late'
  /** The request never reached the server. */
  | 'unsent'
  /** The server has done nothing, and wants a retry later. */
  | 'postponed'
  /** The server has done nothing, and will not. */
  | 'refused'
  /** There is no usable answer, and the server has done nothing. The action cannot know that. */
  | 'lost'
  /** There is no usable answer, and the server has processed the request. */
  | 'done'
  /** There is never a usable answer, and the server never processes the request. */
  | 'lasting';

export interface MatrixFault {
  readonly name: string;
  readonly mishap: Mishap & Pick<Occasion, 'times'>;
  /** Absent if the fault is the same as the one before it for a read. */
  readonly read?: ReadClass;
  readonly send: SendClass;
}

/** The target of redirects. A client that follows one finds no server there, and retries. */
const ELSEWHERE = 'http://127.0.0.1:1/elsewhere';

/** Returns an answer with a status. */
export const status = (code: number, headers: Readonly<Record<string, string>> = {}): FaultAnswer => ({
  kind: 'status',
  status: code,
  headers,
  body: '{"detail":"ordered"}',
});

/** Returns a fault before the server acts, and the same fault after it. Both are the same for a read. */
function bothTimes(name: string, answer: Mishap['answer'], read: ReadClass): readonly MatrixFault[] {
  return [
    { name, mishap: { answer }, read, send: 'lost' },
    { name: `${name}, request processed`, mishap: { answer, when: 'after' }, send: 'done' },
  ];
}

const REFUSALS = [400, 401, 402, 403, 404, 405, 409, 410, 422];

export const FAULTS: readonly MatrixFault[] = [
  { name: 'connection refused', mishap: { answer: { kind: 'refused' } }, read: 'passing', send: 'unsent' },
  ...bothTimes('connection reset', { kind: 'reset' }, 'passing'),
  ...bothTimes('no answer ever comes', { kind: 'hang' }, 'passing'),
  {
    name: 'answer after 25 s',
    mishap: { answer: { kind: 'slow', seconds: 25 } },
    read: 'late',
    send: 'late',
  },
  ...[['two minutes ahead', 120] as const, ['that is no time', '-271821-04-20T00:00:00Z'] as const].map(
    ([name, date]): MatrixFault => ({
      name: `\`Date\` ${name}, in all`,
      mishap: { answer: { kind: 'date', date }, times: Number.POSITIVE_INFINITY },
      read: 'late',
      send: 'late',
    }),
  ),
  {
    name: 'answer after 90 s',
    mishap: { answer: { kind: 'slow', seconds: 90 } },
    read: 'passing',
    send: 'done',
  },
  ...REFUSALS.map((code): MatrixFault => ({
    name: `${code}`,
    mishap: { answer: status(code) },
    read: 'final',
    send: 'refused',
  })),
  ...[408, 425].map((code): MatrixFault => ({
    name: `${code}`,
    mishap: { answer: status(code) },
    read: 'passing',
    send: 'refused',
  })),
  ...[
    ['429', status(429)] as const,
    ['429, Retry-After: 7', status(429, { 'retry-after': '7' })] as const,
    ['429, X-RateLimit-Reset: 7', status(429, { 'x-ratelimit-reset': '7' })] as const,
    ['429 for concurrent conversations', LIMITS_REACHED['concurrency-limit']] as const,
  ].map(([name, answer]): MatrixFault => ({ name, mishap: { answer }, read: 'passing', send: 'postponed' })),
  {
    name: '429 for the day',
    mishap: { answer: LIMITS_REACHED['daily-sandbox-limit'] },
    read: 'final',
    send: 'refused',
  },
  // The 503 may come from a gateway although the server has processed the request.
  ...bothTimes('503, Retry-After: 7', status(503, { 'retry-after': '7' }), 'passing'),
  ...[500, 502, 503, 504].flatMap((code) => bothTimes(`${code}`, status(code), 'passing')),
  { name: 'HTML page', mishap: { answer: { kind: 'page' } }, read: 'passing', send: 'unsent' },
  { name: 'cut-off JSON', mishap: { answer: { kind: 'cut' } }, read: 'passing', send: 'done' },
  ...bothTimes('no JSON', { kind: 'garbage' }, 'passing'),
  ...bothTimes('wrong JSON', { kind: 'wrong' }, 'final'),
  // Only an answer to a message looks like that. For any other request it is JSON of an unexpected shape.
  { name: '`success: false`, 2 MB of words', mishap: { answer: { kind: 'unsuccessful' } }, send: 'lost' },
  {
    name: 'redirect',
    mishap: { answer: { kind: 'redirect', to: ELSEWHERE } },
    read: 'passing',
    send: 'unsent',
  },
  ...[
    ['no answer to any', { kind: 'hang' }] as const,
    ['503 to all', status(503)] as const,
    ['wrong JSON to all', { kind: 'wrong' }] as const,
  ].map(([name, answer]): MatrixFault => ({
    name,
    mishap: { answer, times: Number.POSITIVE_INFINITY },
    read: 'lasting',
    send: 'lasting',
  })),
];

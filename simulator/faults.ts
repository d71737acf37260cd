import { json, type Reply, webApp } from './reply.ts';
import { LONG_REFUSAL, NO_TOOLS } from './texts.ts';

/** The answers of faults without details, with a description of each. */
export const PLAIN_ANSWERS = {
  reset: 'the connection is dropped',
  hang: 'no answer ever comes',
  // As the web app answers a path that the API does not have.
  page: 'an HTML page with status 200',
  // The connection ends properly: only the answer itself shows that something is missing.
  cut: 'the right answer, cut off in the middle',
  garbage: 'not JSON, although the content type says so',
  wrong: 'JSON of another shape',
  // With status 200, as an agent server refuses a message.
  unsuccessful: 'success: false and two megabytes of words, as a message is refused',
  // As of an agent server that cannot start the agent's tools.
  'no-message': '500 of an agent server: the conversation exists, but not its message',
  // With other ids: of another task, conversation or sandbox.
  other: 'the right answer, about another conversation',
  endless: 'a body that never ends',
  silent: 'a socket: it never sends anything, and does not check the key',
  huge: 'a socket: a frame of two megabytes',
  objects: 'a socket: each frame has 300,000 empty objects',
  pings: 'a socket: pings without end (not in memory)',
} as const;

type PlainAnswer = {
  [Kind in keyof typeof PLAIN_ANSWERS]: { readonly kind: Kind };
}[keyof typeof PLAIN_ANSWERS];

/** The answer of a request with a fault. Those of sockets do not apply to other requests. */
export type FaultAnswer =
  | PlainAnswer
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** The right answer, `seconds` of simulated time later. */
  | { readonly kind: 'slow'; readonly seconds: number }
  | { readonly kind: 'redirect'; readonly to: string }
  /** The right answer, with another `Date`: this text, or a time this many seconds after the server's. */
  | { readonly kind: 'date'; readonly date: string | number }
  /** The socket is closed after a number of frames; with code 1006 it is lost without a closing frame. */
  | { readonly kind: 'close'; readonly code: number; readonly frames: number };

/** Whether the server always processes a request before its faulty answer, also without `after`. */
export const PROCESSES: Readonly<Record<FaultAnswer['kind'], boolean>> = {
  slow: true,
  date: true,
  cut: true,
  other: true,
  'no-message': true,
  status: false,
  page: false,
  redirect: false,
  unsuccessful: false,
  reset: false,
  hang: false,
  endless: false,
  garbage: false,
  wrong: false,
  // Of sockets.
  silent: false,
  huge: false,
  objects: false,
  pings: false,
  close: false,
};

/** The requests that a fault applies to. */
export interface Occasion {
  /** Any method by default. */
  readonly method?: string;
  /** A path, in which `*` matches any text. It is compared with the query, too, if it contains `?`. */
  readonly path: string;
  /** The number of requests with the fault; 1 by default, `Infinity` for all. */
  readonly times?: number;
  /** The number of matching requests that are answered correctly first. */
  readonly skip?: number;
}

/** A fault of the server, which changes the answers of matching requests. */
export interface Fault extends Occasion {
  /**
   * Whether the server processes the request before the faulty answer: `after`, it does (only the answer is lost);
   * `before`, the default, it does not. With `slow`, `date`, `cut`, `other` and `no-message` it always does.
   */
  readonly when?: 'before' | 'after';
  readonly answer: FaultAnswer;
}

/** The faults of a server, with the remaining number of requests for each. */
export interface FaultBook<F extends Occasion = Fault> {
  order(fault: F): void;
  /** Returns the first fault that applies to a request, and counts the request; `undefined` if none applies. */
  take(method: string, target: string): F | undefined;
}

/** Whether the path pattern of a fault matches a request target (path and query). */
export function isMatch(pattern: string, target: string): boolean {
  const compared = pattern.includes('?') ? target : (target.split('?')[0] ?? '');
  const parts = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(compared);
}

/** Creates a book of faults, which are tried in their order. */
export function createFaultBook<F extends Occasion>(faults: readonly F[]): FaultBook<F> {
  const entries = faults.map((fault) => entryOf(fault));
  return {
    order: (fault) => {
      entries.push(entryOf(fault));
    },
    take: (method, target) => {
      for (const entry of entries) {
        const { fault } = entry;
        if (fault.method !== undefined && fault.method !== method) continue;
        if (entry.left <= 0 || !isMatch(fault.path, target)) continue;
        if (entry.skip > 0) {
          entry.skip -= 1;
          continue;
        }
        entry.left -= 1;
        return fault;
      }
      return undefined;
    },
  };
}

function entryOf<F extends Occasion>(fault: F): { readonly fault: F; left: number; skip: number } {
  return { fault, left: fault.times ?? 1, skip: fault.skip ?? 0 };
}

const JSON_TYPE = 'application/json';

function statusReply(answer: FaultAnswer & { readonly kind: 'status' }): Reply {
  const body = answer.body ?? JSON.stringify({ detail: `Ordered by a fault: status ${answer.status}` });
  return { status: answer.status, type: JSON_TYPE, headers: answer.headers ?? {}, body };
}

function cutReply(right: Reply | undefined): Reply | undefined {
  if (right === undefined) return undefined;
  return { ...right, body: right.body.slice(0, Math.floor(right.body.length / 2)) };
}

/** Changes the first digit of every id in an answer. */
function otherReply(right: Reply | undefined): Reply | undefined {
  if (typeof right?.body !== 'string') return right;
  const id = /\b[0-9a-f](?=[0-9a-f]{7}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}\b)/g;
  return { ...right, body: right.body.replace(id, (first) => (first === '0' ? '1' : '0')) };
}

function datedReply(date: string | number, right: Reply | undefined, now: number): Reply | undefined {
  const text = typeof date === 'string' ? date : new Date(now + date * 1000).toUTCString();
  return right && { ...right, headers: { ...right.headers, date: text } };
}

/**
 * Returns the faulty answer; `undefined` if the request is never answered, or the answer never ends.
 *
 * @param right the answer without the fault; `undefined` if the server does not process the request.
 * @param now the server's time, in milliseconds since the epoch.
 */
export function spoil(answer: FaultAnswer, right: Reply | undefined, now: number): Reply | undefined {
  switch (answer.kind) {
    case 'status':
      return statusReply(answer);
    case 'page':
      return webApp();
    case 'garbage':
      return { status: 200, type: JSON_TYPE, headers: {}, body: '<<<this is no JSON>>>' };
    case 'wrong':
      return json(200, { unexpected: ['shape', 1] });
    case 'unsuccessful':
      return json(200, { success: false, message: LONG_REFUSAL });
    case 'no-message':
      return json(500, { detail: 'Internal Server Error', exception: NO_TOOLS });
    case 'redirect':
      return { status: 307, type: JSON_TYPE, headers: { location: answer.to }, body: '' };
    case 'cut':
      return cutReply(right);
    case 'other':
      return otherReply(right);
    case 'date':
      return datedReply(answer.date, right, now);
    case 'slow':
      return right;
    case 'reset':
    case 'hang':
    case 'endless':
      return undefined;
    // Of sockets.
    case 'silent':
    case 'huge':
    case 'objects':
    case 'pings':
    case 'close':
      return undefined;
  }
}

import { json, type Reply, webApp } from './reply.ts';
import { LONG_REFUSAL, NO_TOOLS } from './texts.ts';

/** How a faulty answer looks. */
export type FaultAnswer =
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** The connection is dropped without an answer. */
  | { readonly kind: 'reset' }
  /** There never is an answer. */
  | { readonly kind: 'hang' }
  /** The right answer, but `seconds` of simulated time later. */
  | { readonly kind: 'slow'; readonly seconds: number }
  /** The web app's HTML page with status 200. */
  | { readonly kind: 'page' }
  /** The right answer, cut off in the middle; the connection ends properly. */
  | { readonly kind: 'cut' }
  /** A body that is no JSON under a content type that says it is. */
  | { readonly kind: 'garbage' }
  /** JSON of another shape than the right answer's. */
  | { readonly kind: 'wrong' }
  /** Status 200 with `success: false`, as an agent server refuses a message, and a reason of two megabytes. */
  | { readonly kind: 'unsuccessful' }
  /** The right answer with other ids: about another task, conversation or sandbox than the one that was asked for. */
  | { readonly kind: 'other' }
  /** Status 500, as of an agent server that cannot start the agent's tools: the conversation is there, and the message is not. */
  | { readonly kind: 'no-message' }
  | { readonly kind: 'redirect'; readonly to: string }
  /** A JSON body that begins and never ends. */
  | { readonly kind: 'endless' }
  | SocketAnswer;

/** What comes of a socket once it is open. A request that opens none is never answered by these. */
export type SocketAnswer =
  /** It says nothing, whatever happens, and does not look at the key. */
  | { readonly kind: 'silent' }
  /** The first frame is of two megabytes. */
  | { readonly kind: 'huge' }
  /** It is closed after so many frames; with 1006 it is lost without a word. */
  | { readonly kind: 'close'; readonly code: number; readonly frames: number };

/** Which requests something happens to. */
export interface Occasion {
  /** Any method if it is left out. */
  readonly method?: string;
  /** A path, where `*` stands for any text. With a `?` it is compared with the query too, otherwise without. */
  readonly path: string;
  /** How many requests it spoils; 1 if it is left out, `Infinity` for all. */
  readonly times?: number;
  /** How many requests it lets pass first. */
  readonly skip?: number;
}

/** Something that goes wrong with the requests that fit it. */
export interface Fault extends Occasion {
  /**
   * Whether the server does what was asked before it answers wrongly: `after`, it does (the answer is lost, the
   * deed is done); `before`, the default, it does not. `slow`, `cut`, `other` and `no-message` always do.
   */
  readonly when?: 'before' | 'after';
  readonly answer: FaultAnswer;
}

/** The faults of one server, and how much of each is left. */
export interface FaultBook<F extends Occasion = Fault> {
  order(fault: F): void;
  /** The first fault that spoils this request, which is then counted; `undefined` if none does. */
  take(method: string, target: string): F | undefined;
}

/** Whether a path pattern of a fault fits a request target (path and query). */
export function fits(pattern: string, target: string): boolean {
  const compared = pattern.includes('?') ? target : (target.split('?')[0] ?? '');
  const parts = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(compared);
}

/** A book of faults, tried in the order in which they were ordered. */
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
        if (entry.left <= 0 || !fits(fault.path, target)) continue;
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

/** The same with the first digit of every id changed. */
function otherReply(right: Reply | undefined): Reply | undefined {
  if (typeof right?.body !== 'string') return right;
  const id = /\b[0-9a-f](?=[0-9a-f]{7}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}\b)/g;
  return { ...right, body: right.body.replace(id, (first) => (first === '0' ? '1' : '0')) };
}

/** What a fault makes of the right answer, if it still is an answer that ends. */
export function spoil(answer: FaultAnswer, right: Reply | undefined): Reply | undefined {
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
    case 'slow':
      return right;
    default:
      // There is no answer, or none that ends.
      return undefined;
  }
}

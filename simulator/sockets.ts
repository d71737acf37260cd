import type { AgentServer } from './agent-server.ts';
import { EventSocket, type Link, type SocketView } from './event-socket.ts';
import { type FaultAnswer, type FaultBook, spoil } from './faults.ts';
import { isUuid } from './ids.ts';
import { refuse, type Reply } from './reply.ts';
import type { Store } from './store.ts';

/** A request for a socket. */
export interface Upgrade {
  /** Path and query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What becomes of it. */
export type Opening =
  | { readonly kind: 'refused'; readonly reply: Reply }
  /** The connection is dropped. */
  | { readonly kind: 'dropped' }
  /** There never is an answer. */
  | { readonly kind: 'unanswered' }
  /** It is open, and `attach` says how the server reaches the client. */
  | { readonly kind: 'open'; readonly attach: (link: Link) => EventSocket };

/** The sockets of a server, whatever carries them. */
export interface Sockets {
  open(upgrade: Upgrade): Opening;
  /** Sends what is due. */
  tick(): void;
  /** Simulated milliseconds until something is due that nobody asks for; `Infinity` if nothing is. */
  untilNext(): number;
  /** Every socket that was opened, oldest first. */
  readonly views: readonly SocketView[];
}

/** What sockets are made of. */
export interface SocketSetup {
  readonly store: Store;
  /** The agent server that a path leads to, or why there is none. */
  readonly serverAt: (path: string) => AgentServer | Reply;
  readonly faults: FaultBook;
  /** How many may watch one conversation. */
  readonly most: number;
  /** What the client did that it must never do, in words. */
  readonly misuses: string[];
}

const PATH = /^\/sockets\/events\/([^/]+)$/;
/** The answers of faults that come before a socket is open. */
const BEFORE: readonly FaultAnswer['kind'][] = ['status', 'page', 'redirect', 'unsuccessful'];

/** No sockets yet. */
export function createSockets({ store, serverAt, faults, most, misuses }: SocketSetup): Sockets {
  const views: EventSocket[] = [];
  const attach = (upgrade: Upgrade, server: AgentServer, id: string, fault?: FaultAnswer) => (link: Link) => {
    const socket: EventSocket = new EventSocket(upgrade, link, {
      server,
      id,
      fault,
      misuses,
      isFull: () => views.filter((each) => each !== socket && each.watches(id)).length >= most,
    });
    views.push(socket);
    return socket;
  };
  return {
    open: (upgrade) => {
      const fault = faults.take('GET', upgrade.target)?.answer;
      misuses.push(...misusesOf(upgrade));
      const broken = fault === undefined ? undefined : openedWrongly(fault);
      if (broken !== undefined) return broken;
      const server = serverAt(upgrade.target.split('?')[0] ?? '');
      if (!('scope' in server)) return { kind: 'refused', reply: server };
      const [, id = ''] = PATH.exec(server.path) ?? [];
      // Starlette closes a socket that it has no route for before it accepts it.
      if (!isUuid(id)) return { kind: 'refused', reply: refuse(403, 'Forbidden') };
      return { kind: 'open', attach: attach(upgrade, server, id, fault) };
    },
    tick: () => {
      for (const socket of views) socket.tick();
    },
    untilNext: () => Math.min(...views.map((socket) => socket.nextAt())) - store.clock.now(),
    views,
  };
}

/** What a fault makes of a request for a socket, if it does not get as far as a socket. */
function openedWrongly(fault: FaultAnswer): Opening | undefined {
  if (fault.kind === 'reset') return { kind: 'dropped' };
  if (fault.kind === 'hang' || fault.kind === 'endless') return { kind: 'unanswered' };
  const reply = BEFORE.includes(fault.kind) ? spoil(fault, undefined) : undefined;
  return reply && { kind: 'refused', reply };
}

/** Keys belong into the first frame: proxies log addresses, and the API's key is not the sandbox's business. */
function misusesOf({ target, headers }: Upgrade): readonly string[] {
  const path = target.split('?')[0] ?? '';
  return [
    ...(target.includes('session_api_key=') ? [`a key in the address of ${path}`] : []),
    ...(headers['authorization'] === undefined ? [] : [`an API key for ${path}`]),
  ];
}

import { type FaultAnswer, type FaultBook, spoil } from '../faults.ts';
import { isUuid } from '../ids.ts';
import { refuse, type Reply } from '../reply.ts';
import type { AgentServer } from './agent-server.ts';
import { EventSocket, type Link, type SocketView, type Upgrade } from './event-socket.ts';
import type { Store } from './store.ts';

/** The result of a request for a socket. */
export type Opening =
  | { readonly kind: 'refused'; readonly reply: Reply }
  /** The connection is dropped. */
  | { readonly kind: 'dropped' }
  /** The request is never answered. */
  | { readonly kind: 'unanswered' }
  /** The socket is open. `attach` connects the server to the client. */
  | { readonly kind: 'open'; readonly attach: (link: Link) => EventSocket };

/** The sockets of a server, independent of their transport. */
export interface Sockets {
  open(upgrade: Upgrade): Opening;
  /** Sends the frames that are due. */
  tick(): void;
  /** Closes all sockets because their server ends. */
  end(code: number): void;
  /** Returns the simulated milliseconds until `tick` is due; `Infinity` if never. */
  untilNext(): number;
  /** All sockets that were opened, oldest first. */
  readonly views: readonly SocketView[];
}

/** The dependencies of {@link createSockets}. */
export interface SocketSetup {
  readonly store: Store;
  /** Finds the agent server for a path, or returns the error response. */
  readonly serverAt: (path: string) => AgentServer | Reply;
  readonly faults: FaultBook;
  /** Descriptions of what clients did but never should. */
  readonly misuses: string[];
}

const PATH = /^\/sockets\/events\/([^/]+)$/;
/** What each fault does to a socket before it is open. `open`: nothing; it may act on the frames. */
const OPENING: Readonly<Record<FaultAnswer['kind'], Opening['kind']>> = {
  status: 'refused',
  page: 'refused',
  redirect: 'refused',
  unsuccessful: 'refused',
  reset: 'dropped',
  hang: 'unanswered',
  endless: 'unanswered',
  cut: 'open',
  garbage: 'open',
  wrong: 'open',
  'no-message': 'open',
  other: 'open',
  slow: 'open',
  date: 'open',
  silent: 'open',
  huge: 'open',
  objects: 'open',
  pings: 'open',
  close: 'open',
};

/** Creates the sockets of a server, at first none. */
export function createSockets({ store, serverAt, faults, misuses }: SocketSetup): Sockets {
  const views: EventSocket[] = [];
  const attach = (upgrade: Upgrade, server: AgentServer, id: string, fault?: FaultAnswer) => (link: Link) => {
    const socket = new EventSocket(upgrade, link, { server, id, fault, misuses });
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
      // Starlette refuses a socket if no route matches.
      if (!isUuid(id)) return { kind: 'refused', reply: refuse(403, 'Forbidden') };
      return { kind: 'open', attach: attach(upgrade, server, id, fault) };
    },
    tick: () => {
      for (const socket of views) socket.tick();
    },
    end: (code) => {
      for (const socket of views) socket.end(code);
    },
    untilNext: () => Math.min(...views.map((socket) => socket.nextAt())) - store.clock.now(),
    views,
  };
}

/** Returns the result of a fault that prevents a socket from opening; `undefined` for other faults. */
function openedWrongly(fault: FaultAnswer): Opening | undefined {
  const kind = OPENING[fault.kind];
  if (kind === 'open') return undefined;
  if (kind !== 'refused') return { kind };
  const reply = spoil(fault, undefined, 0);
  return reply && { kind, reply };
}

/** Finds keys outside of the first frame: proxies log addresses, and agent servers must not get the API key. */
function misusesOf({ target, headers }: Upgrade): readonly string[] {
  const path = target.split('?')[0] ?? '';
  return [
    ...(target.includes('session_api_key=') ? [`a key in the address of ${path}`] : []),
    ...(headers['authorization'] === undefined ? [] : [`an API key for ${path}`]),
  ];
}

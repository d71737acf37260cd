import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

import { isAgentServer } from './agent-server.ts';
import { type Authorization, keysOf } from './authorization.ts';
import { type Clock, createClock } from './clock.ts';
import { createFaultBook, type Fault, spoil } from './faults.ts';
import { createIdSource } from './ids.ts';
import { isRecord, parseJson } from './json.ts';
import { flatten, listen, readBody } from './listen.ts';
import type { RateLimit } from './rate-limit.ts';
import type { Call, Reply } from './reply.ts';
import { answerWithin, limiterOf, pass, type Setup, socketServerAt } from './routes.ts';
import type { Story } from './scenarios.ts';
import { createSockets, type Sockets } from './sockets.ts';
import { type ConversationView, createStore, type SandboxView } from './store.ts';
import { type WebSockets, webSockets } from './web-sockets.ts';

export type { Authorization } from './authorization.ts';
export type { SocketView } from './event-socket.ts';
export type { Fault, FaultAnswer } from './faults.ts';
export type { ScenarioName } from './scenarios.ts';
export type { ConversationState, ConversationView, SandboxView } from './store.ts';

/** What can be chosen about a simulator. */
export interface SimulatorOptions {
  /** The address to listen on; 127.0.0.1 if it is left out. */
  readonly host?: string;
  /** The port; 0, the default, takes any free one. */
  readonly port?: number;
  /** Which API it serves, or whether it is an agent server by itself; both versions if it is left out. */
  readonly api?: 'v1' | 'v0' | 'both' | 'agent-server';
  /** Who is let in; `open` if it is left out. */
  readonly authorization?: Authorization;
  /** What happens if a message does not order a scenario; `finish` if it is left out. */
  readonly scenario?: Story;
  /** Simulated seconds in a real one; 1 if it is left out. */
  readonly speed?: number;
  /**
   * Which server of V1 it is like; `cloud` if it is left out. A server of one's own, with processes for sandboxes,
   * differs in what a resume makes of an agent at work, what comes of a second start with the same id, how it limits
   * requests, and in that it knows no accounts and has no web app.
   */
  readonly kind?: 'cloud' | 'self-hosted';
  /** Whether events of V1 reach the server in lots, up to 30 s late, as they do; true if it is left out. */
  readonly lateEvents?: boolean;
  /** Requests in simulated time; those of the Cloud are for each key, 10 a second and 100 a minute. */
  readonly rateLimit?: RateLimit | 'self-hosted' | 'none';
  readonly faults?: readonly Fault[];
  /** Whether a start may choose its conversation's id, as it may on newer servers; true if it is left out. */
  readonly honourConversationId?: boolean;
  /** Puts all conversations into one sandbox; false if it is left out. */
  readonly sharedSandbox?: boolean;
  /** Whether of two starts of one id both become ready, with one sandbox, at a server of one's own; else one fails. */
  readonly duplicatesReady?: boolean;
  /** The one commit of every repository that agents work in, 40 hexadecimal digits. */
  readonly commit?: string;
  /** How many agents of an agent server by itself may be at work at once; 10 if it is left out. */
  readonly mostRuns?: number;
  /** How many sockets may watch one conversation; 50 if it is left out. */
  readonly mostSockets?: number;
  /**
   * Where the agent servers are said to be, such as an address where nobody answers; without a slash at its end. At the
   * simulator itself if it is left out.
   */
  readonly agentServers?: string;
  /** All ids and session keys follow from it. */
  readonly seed?: string;
  /** Another clock, for tests; `speed` is then not looked at. */
  readonly clock?: Clock;
  /** Told of every request once it is answered. */
  readonly onRequest?: (request: RecordedRequest) => void;
}

/** A request that came in. */
export interface RecordedRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The status that was answered; 0 if there was no answer. */
  readonly status: number;
  /** When it came, in simulated milliseconds since the epoch. */
  readonly at: number;
}

/** A server that runs. */
export interface Simulator {
  /** Its address, without a slash at the end: what `base-url` takes. */
  readonly url: string;
  readonly requests: readonly RecordedRequest[];
  readonly conversations: readonly ConversationView[];
  /** The sandboxes of V1. */
  readonly sandboxes: readonly SandboxView[];
  /** The sockets by which agent servers push, and a door to them without a network. */
  readonly sockets: Sockets;
  /** What a client did that it must never do, in words: an API key for an agent server, a second frame on a socket. */
  readonly misuses: readonly string[];
  /** Orders one more fault. */
  order(fault: Fault): void;
  /** Drops every connection and ends the server. */
  close(): Promise<void>;
}

function send(response: ServerResponse, reply: Reply, { clock }: Setup): void {
  const date = new Date(clock.now()).toUTCString();
  response.writeHead(reply.status, { date, 'content-type': reply.type, ...reply.headers });
  response.end(reply.body);
}

/** Writes for as long as somebody reads. */
async function writeForEver(response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.write('{"items":[');
  const chunk = '"more",'.repeat(10_000);
  while (!response.destroyed && !response.writableEnded) {
    response.write(chunk);
    // Slow enough for a reader's own limit to matter, and not to fill memory if nobody reads.
    await delay(5);
  }
}

/** A start without what the agent is told; a message to it comes to nothing. */
function withoutMessage(call: Call): Call | undefined {
  const { body } = call;
  return isRecord(body) && 'initial_message' in body
    ? { ...call, body: { ...body, initial_message: null } }
    : undefined;
}

/** Answers one request; the status that it got, 0 if it got none. */
async function serve(
  call: Call,
  target: string,
  raw: string,
  response: ServerResponse,
  setup: Setup,
): Promise<number> {
  const fault = setup.faults.take(call.method, target);
  const broken = raw !== '' && call.body === undefined;
  if (fault === undefined) {
    const reply = await answerWithin(call, setup, broken);
    send(response, reply, setup);
    return reply.status;
  }
  const { kind } = fault.answer;
  if (kind === 'slow') await pass(fault.answer.seconds, setup.clock);
  const acts = fault.when === 'after' || ['slow', 'cut', 'other', 'no-message'].includes(kind);
  const done = kind === 'no-message' ? withoutMessage(call) : call;
  const reply = spoil(fault.answer, acts && done ? await answerWithin(done, setup, broken) : undefined);
  if (reply !== undefined) {
    send(response, reply, setup);
    return reply.status;
  }
  if (kind === 'reset') response.destroy();
  if (kind !== 'endless') return 0;
  void writeForEver(response);
  return 200;
}

async function handle(request: IncomingMessage, response: ServerResponse, setup: Setup): Promise<void> {
  // Links lead back the way the request came: in a container the listening address is not the one to use.
  const origin = `http://${request.headers.host ?? 'localhost'}`;
  const at = setup.clock.now();
  const target = request.url ?? '/';
  const url = new URL(target, origin);
  const raw = await readBody(request);
  const headers = flatten(request.headers);
  const { bearer, session } = keysOf(headers);
  const method = request.method ?? 'GET';
  const call: Call = {
    method,
    path: url.pathname,
    query: url.searchParams,
    body: parseJson(raw),
    key: bearer,
    sessionKey: session,
    sender: request.socket.remoteAddress ?? '',
    origin: setup.options.agentServers ?? origin,
  };
  if (isAgentServer(call.path) && call.key !== '')
    setup.misuses.push(`an API key for ${method} ${call.path}`);
  const recorded = { method, path: target, headers, body: raw, status: 0, at };
  setup.requests.push(recorded);
  recorded.status = await serve(call, target, raw, response, setup);
  setup.sockets.tick();
  setup.options.onRequest?.(recorded);
}

const MOST_SOCKETS = 50;

function setUp(options: SimulatorOptions): Setup {
  const clock = options.clock ?? createClock(options.speed ?? 1);
  const store = createStore(clock, createIdSource(options.seed ?? 'simulator'), options);
  const faults = createFaultBook(options.faults ?? []);
  const misuses: string[] = [];
  const most = options.mostSockets ?? MOST_SOCKETS;
  return {
    options,
    clock,
    store,
    faults,
    limiter: limiterOf(clock, options),
    requests: [],
    sockets: createSockets({
      store,
      serverAt: (path) => socketServerAt(path, { options, store }),
      faults,
      most,
      misuses,
    }),
    misuses,
  };
}

/** Opens a socket over the network, and records that it was asked for. */
function upgrading(setup: Setup, carrier: WebSockets): Parameters<typeof listen>[2] {
  return (request, connection, head) => {
    const at = setup.clock.now();
    const status = carrier.upgrade(request, connection, head);
    const headers = flatten(request.headers);
    const recorded = { method: 'GET', path: request.url ?? '/', headers, body: '', status, at };
    setup.requests.push(recorded);
    setup.options.onRequest?.(recorded);
  };
}

/**
 * Starts an OpenHands server in memory.
 *
 * @throws Error of `node:net` if it cannot listen, such as EADDRINUSE
 */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const setup = setUp(options);
  const { store, requests, sockets, misuses, faults } = setup;
  const carrier = webSockets(sockets);
  const { url, close } = await listen(
    options,
    async (request, response) => handle(request, response, setup),
    upgrading(setup, carrier),
  );
  return {
    url,
    requests,
    sockets,
    misuses,
    get conversations() {
      return store.views();
    },
    get sandboxes() {
      return store.sandboxes();
    },
    order: (fault) => {
      faults.order(fault);
    },
    close: async () => {
      carrier.close();
      await close();
    },
  };
}

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

/** The options of a simulator. */
export interface SimulatorOptions {
  /** The address to listen on; 127.0.0.1 by default. */
  readonly host?: string;
  /** The port; 0, the default, uses any free one. */
  readonly port?: number;
  /** The API versions that it serves, or `agent-server` for a standalone agent server; both versions by default. */
  readonly api?: 'v1' | 'v0' | 'both' | 'agent-server';
  /** Which requests are authorized; `open` by default. */
  readonly authorization?: Authorization;
  /** The scenario for messages that do not choose one; `finish` by default. */
  readonly scenario?: Story;
  /** The number of simulated seconds in a real second; 1 by default. */
  readonly speed?: number;
  /**
   * The kind of V1 server; `cloud` by default. A self-hosted server, with processes as sandboxes, differs in the result of
   * resuming a working agent and of a second start with the same id, in its rate limits, and has no accounts and no web app.
   */
  readonly kind?: 'cloud' | 'self-hosted';
  /** Whether V1's events reach the server in batches, up to 30 s late, as on real servers; true by default. */
  readonly lateEvents?: boolean;
  /** The rate limit in simulated time. The Cloud allows 10 requests a second and 100 a minute for each key. */
  readonly rateLimit?: RateLimit | 'self-hosted' | 'none';
  readonly faults?: readonly Fault[];
  /** Whether a start can choose the id of its conversation, as on newer servers; true by default. */
  readonly honourConversationId?: boolean;
  /** Whether all conversations share one sandbox; false by default. */
  readonly sharedSandbox?: boolean;
  /** Whether two starts of the same id on a self-hosted server both become ready, with one sandbox; otherwise one fails. */
  readonly duplicatesReady?: boolean;
  /** The only commit of every repository that agents work in, 40 hexadecimal digits. */
  readonly commit?: string;
  /** The number of agents that may work at once on a standalone agent server; 10 by default. */
  readonly mostRuns?: number;
  /** The number of sockets that may watch a conversation; 50 by default. */
  readonly mostSockets?: number;
  /**
   * The address of agent servers that the API reports, for example one where no server listens; without a trailing slash.
   * By default the simulator itself.
   */
  readonly agentServers?: string;
  /** The seed of all ids and session keys. */
  readonly seed?: string;
  /** Another clock, for tests; `speed` is then ignored. */
  readonly clock?: Clock;
  /** Called with every request once it is answered. */
  readonly onRequest?: (request: RecordedRequest) => void;
}

/** A received request. */
export interface RecordedRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The status of the response; 0 if there was none. */
  readonly status: number;
  /** The time of the request, in simulated milliseconds since the epoch. */
  readonly at: number;
}

/** A running simulator. */
export interface Simulator {
  /** The server's address for `base-url`, without a trailing slash. */
  readonly url: string;
  readonly requests: readonly RecordedRequest[];
  readonly conversations: readonly ConversationView[];
  /** The sandboxes of V1. */
  readonly sandboxes: readonly SandboxView[];
  /** The sockets by which agent servers push. Tests can open them without a network. */
  readonly sockets: Sockets;
  /** Descriptions of what clients did but never should: send an API key to an agent server, or a second frame on a socket. */
  readonly misuses: readonly string[];
  /** Adds a fault. */
  order(fault: Fault): void;
  /** Drops all connections and closes the server. */
  close(): Promise<void>;
}

function send(response: ServerResponse, reply: Reply, { clock }: Setup): void {
  const date = new Date(clock.now()).toUTCString();
  response.writeHead(reply.status, { date, 'content-type': reply.type, ...reply.headers });
  response.end(reply.body);
}

/** Writes a body without end until the client disconnects. */
async function writeForEver(response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.write('{"items":[');
  const chunk = '"more",'.repeat(10_000);
  while (!response.destroyed && !response.writableEnded) {
    response.write(chunk);
    // Slow enough that the client's limit takes effect, and that memory does not fill up if nobody reads.
    await delay(5);
  }
}

/** Removes the message from a start. A message to an existing conversation is dropped. */
function withoutMessage(call: Call): Call | undefined {
  const { body } = call;
  return isRecord(body) && 'initial_message' in body
    ? { ...call, body: { ...body, initial_message: null } }
    : undefined;
}

/** Answers a request. Returns the status of the response, 0 if there was none. */
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
  // Links use the host of the request: in a container, clients cannot use the address that the server listens on.
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

const MAX_SOCKETS = 50;

function setUp(options: SimulatorOptions): Setup {
  const clock = options.clock ?? createClock(options.speed ?? 1);
  const store = createStore(clock, createIdSource(options.seed ?? 'simulator'), options);
  const faults = createFaultBook(options.faults ?? []);
  const misuses: string[] = [];
  const most = options.mostSockets ?? MAX_SOCKETS;
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

/** Opens a socket over the network, and records the request. */
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

import { createClock } from '../clock.ts';
import { createFaultBook, type Fault, PROCESSES, spoil } from '../faults.ts';
import { createIdSource } from '../ids.ts';
import { isRecord, parseJson } from '../json.ts';
import { flatten, listen, type Received, type Served, servedAt } from '../listen.ts';
import type { Call } from '../reply.ts';
import { isRestarting } from './agent-api.ts';
import { isAgentServer } from './agent-server.ts';
import { keysOf } from './authorization.ts';
import type { Restart } from './conversation.ts';
import { answerWithinLimits, limiterOf, type Setup, socketServerAt, waitSeconds } from './routes.ts';
import type { RecordedRequest, SimulatorOptions } from './server-options.ts';
import { createSockets, type Sockets } from './sockets.ts';
import { type AgentView, type ConversationView, createStore, type SandboxView } from './store.ts';
import { type WebSockets, webSockets } from './web-sockets.ts';

export type { RecordedRequest, SimulatorOptions } from './server-options.ts';
export type { AgentView, ConversationView } from './store.ts';

/** A running simulator. */
export interface Simulator {
  /** The server's address for `base-url`, without a trailing slash. */
  readonly url: string;
  readonly requests: readonly RecordedRequest[];
  readonly conversations: readonly ConversationView[];
  /** What the agent of each conversation has got, said and cost, in the order of the conversations. */
  readonly agents: readonly AgentView[];
  /** The sandboxes of V1. */
  readonly sandboxes: readonly SandboxView[];
  /** The sockets by which agent servers push. Tests can open them without a network. */
  readonly sockets: Sockets;
  /** Descriptions of what clients did but never should: send an API key to an agent server, or a second frame on a socket. */
  readonly misuses: readonly string[];
  /**
   * Ends the agent servers, which come back after some seconds: `stop` by SIGTERM, which closes the sockets with 1012 before it pauses
   * the agents, `kill` by SIGKILL. V1's own server goes on.
   */
  restart(how: Restart, seconds: number): void;
  /**
   * Fills the disk of a standalone agent server: its agents do nothing more and keep their status, its sockets close with 1006, also new
   * ones, and it refuses whatever it has to store. Seen with 1.58.2.
   */
  fillDisk(): void;
  /** Adds a fault. */
  order(fault: Fault): void;
  /** Drops all connections and closes the server. */
  close(): Promise<void>;
}

/** Returns a body without end. */
function endless(): Served {
  const headers = { 'content-type': 'application/json' };
  return { kind: 'endless', status: 200, headers, begin: '{"items":[', chunk: '"more",'.repeat(10_000) };
}

/** Returns a start without its message; `undefined` for a message to an existing conversation, of which nothing is left. */
function withoutMessage(call: Call): Call | undefined {
  const { body } = call;
  return isRecord(body) && 'initial_message' in body
    ? { ...call, body: { ...body, initial_message: null } }
    : undefined;
}

/** Answers a request, with the fault that applies to it. */
async function serve(call: Call, { target, body }: Received, setup: Setup): Promise<Served> {
  const fault = setup.faults.take(call.method, target);
  const bodyIsBroken = body !== '' && call.body === undefined;
  if (fault === undefined) return servedAt(setup.clock, await answerWithinLimits(call, setup, bodyIsBroken));
  const { kind } = fault.answer;
  if (kind === 'slow') await waitSeconds(fault.answer.seconds, setup.clock);
  const isProcessed = fault.when === 'after' || PROCESSES[kind];
  const processed = kind === 'no-message' ? withoutMessage(call) : call;
  const right =
    isProcessed && processed ? await answerWithinLimits(processed, setup, bodyIsBroken) : undefined;
  const reply = spoil(fault.answer, right, setup.clock.now());
  if (reply !== undefined) return servedAt(setup.clock, reply);
  if (kind === 'endless') return endless();
  return { kind: kind === 'reset' ? 'dropped' : 'unanswered' };
}

async function handle(request: Received, setup: Setup): Promise<Served> {
  const { method, target, headers, body, sender } = request;
  // Links use the host of the request: in a container, clients cannot use the address that the server listens on.
  const origin = `http://${headers['host'] ?? 'localhost'}`;
  const at = setup.clock.now();
  const url = new URL(target, origin);
  const { bearer, session } = keysOf(headers);
  const call: Call = {
    method,
    path: url.pathname,
    query: url.searchParams,
    body: parseJson(body),
    key: bearer,
    sessionKey: session,
    sender,
    origin: setup.options.agentServers ?? origin,
    webPath: setup.options.webPath,
  };
  if (isAgentServer(call.path) && call.key !== '')
    setup.misuses.push(`an API key for ${method} ${call.path}`);
  const recorded = { method, path: target, headers, body, status: 0, at };
  setup.requests.push(recorded);
  const isDown = setup.options.api === 'agent-server' && isRestarting(setup.store);
  const served: Served = isDown ? { kind: 'refused' } : await serve(call, request, setup);
  recorded.status = 'status' in served ? served.status : 0;
  setup.sockets.tick();
  setup.options.onRequest?.(recorded);
  return served;
}

function setUp(options: SimulatorOptions): Setup {
  const clock = options.clock ?? createClock(options.speed ?? 1);
  const store = createStore(clock, createIdSource(), options);
  const faults = createFaultBook(options.faults ?? []);
  const misuses: string[] = [];
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
      misuses,
    }),
    misuses,
  };
}

/** Returns the listener for requests of sockets over the network: it opens the socket, and records the request. */
function upgradeListener(setup: Setup, carrier: WebSockets): Parameters<typeof listen>[2] {
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
    async (request) => handle(request, setup),
    upgradeListener(setup, carrier),
  );
  return {
    url,
    requests,
    sockets,
    misuses,
    get conversations() {
      return store.views();
    },
    get agents() {
      return store.agents();
    },
    get sandboxes() {
      return store.sandboxes();
    },
    restart: (how, seconds) => {
      sockets.tick();
      sockets.end(how === 'stop' ? 1012 : 1006);
      const now = store.clock.now();
      for (const conversation of store.all()) conversation.restart(now, seconds, how);
      store.process.upSince = now + seconds * 1000;
    },
    fillDisk: () => {
      sockets.tick();
      for (const conversation of store.all()) conversation.freeze(store.clock.now());
      store.process.isDiskFull = true;
      sockets.end(1006);
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

import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

import { answerAgentServer, isAgentServer } from './agent-server.ts';
import { type Authorization, keysOf, refuseKeys } from './authorization.ts';
import { type Clock, createClock } from './clock.ts';
import { createFaultBook, type Fault, type FaultBook, spoil } from './faults.ts';
import { createIdSource } from './ids.ts';
import { parseJson } from './json.ts';
import { flatten, listen, readBody } from './listen.ts';
import { answerPerson } from './person-page.ts';
import { type Limiter, limitLikeCloud, limitLikeOwnServer, type RateLimit } from './rate-limit.ts';
import { type Call, invalid, refuse, type Reply, webApp } from './reply.ts';
import type { ScenarioName } from './scenarios.ts';
import { type ConversationView, createStore, type SandboxView, type Store } from './store.ts';
import { answerV0, isV0 } from './v0.ts';
import { answerV1, isV1 } from './v1.ts';

export type { Authorization } from './authorization.ts';
export type { Fault, FaultAnswer } from './faults.ts';
export type { ScenarioName } from './scenarios.ts';
export type { ConversationState, ConversationView, SandboxView } from './store.ts';

/** What can be chosen about a simulator. */
export interface SimulatorOptions {
  /** The address to listen on; 127.0.0.1 if it is left out. */
  readonly host?: string;
  /** The port; 0, the default, takes any free one. */
  readonly port?: number;
  /** Which API it serves; both if it is left out. */
  readonly api?: 'v1' | 'v0' | 'both';
  /** Who is let in; `open` if it is left out. */
  readonly authorization?: Authorization;
  /** What happens if a message does not order a scenario; `finish` if it is left out. */
  readonly scenario?: ScenarioName;
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
  /** Orders one more fault. */
  order(fault: Fault): void;
  /** Drops every connection and ends the server. */
  close(): Promise<void>;
}

interface Setup {
  readonly options: SimulatorOptions;
  readonly clock: Clock;
  readonly store: Store;
  readonly faults: FaultBook;
  readonly limiter: Limiter;
  readonly requests: RecordedRequest[];
}

const CLOUD_LIMIT: RateLimit = { perSecond: 10, perMinute: 100 };

/** What FastAPI says if no route fits: a GET falls through to the web app, which takes no other method. */
function unknownPath(call: Call, { options }: Setup): Reply {
  if (options.kind === 'self-hosted') return refuse(404, 'Not Found');
  return call.method === 'GET' || call.method === 'HEAD' ? webApp() : refuse(405, 'Method Not Allowed');
}

/** Whether the simulator serves the version that a path belongs to. */
function isServed(path: string, api: SimulatorOptions['api'] = 'both'): boolean {
  return (api !== 'v0' && isV1(path)) || (api !== 'v1' && isV0(path));
}

/** The refusal of a request before anybody looks at what it asks. */
function refuseEarly(call: Call, setup: Setup, bodyIsBroken: boolean): Reply | undefined {
  const keys = { bearer: call.key, session: call.sessionKey };
  const refusal = refuseKeys(setup.options.authorization ?? { kind: 'open' }, keys);
  if (refusal !== undefined || !bodyIsBroken) return refusal;
  return invalid([{ loc: ['body', 0], msg: 'JSON decode error', type: 'json_invalid' }]);
}

function answerApi(call: Call, setup: Setup): Reply | undefined {
  const { honourConversationId = true, kind } = setup.options;
  return isV1(call.path)
    ? answerV1(call, setup.store, { honourConversationId, hasAccounts: kind !== 'self-hosted' })
    : answerV0(call, setup.store);
}

function answer(call: Call, setup: Setup, bodyIsBroken: boolean): Reply {
  if (isAgentServer(call.path)) return answerAgentServer(call, setup.store) ?? refuse(404, 'Not Found');
  if (!isServed(call.path, setup.options.api))
    return answerPerson(call.path, setup.store) ?? unknownPath(call, setup);
  return refuseEarly(call, setup, bodyIsBroken) ?? answerApi(call, setup) ?? unknownPath(call, setup);
}

/** The same within the limits. */
async function answerWithin(call: Call, setup: Setup, bodyIsBroken: boolean): Promise<Reply> {
  const isLimited = isServed(call.path, setup.options.api);
  const key = call.key || call.sessionKey;
  const verdict = isLimited ? setup.limiter({ key, address: call.sender }) : { kind: 'pass' as const };
  if (verdict.kind === 'refuse') return verdict.reply;
  if (verdict.kind === 'wait') await pass(verdict.seconds, setup.clock);
  return answer(call, setup, bodyIsBroken);
}

/** Lets simulated seconds pass. */
async function pass(seconds: number, { speed }: Clock): Promise<void> {
  await delay((seconds * 1000) / speed, undefined, { ref: false });
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
  const acts = fault.when === 'after' || ['slow', 'cut', 'other'].includes(kind);
  const reply = spoil(fault.answer, acts ? await answerWithin(call, setup, broken) : undefined);
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
    origin,
  };
  const recorded = { method, path: target, headers, body: raw, status: 0, at };
  setup.requests.push(recorded);
  recorded.status = await serve(call, target, raw, response, setup);
  setup.options.onRequest?.(recorded);
}

function limiterOf(clock: Clock, { kind, rateLimit }: SimulatorOptions): Limiter {
  const limit = rateLimit ?? (kind === 'self-hosted' ? kind : CLOUD_LIMIT);
  if (limit === 'none') return () => ({ kind: 'pass' });
  return limit === 'self-hosted' ? limitLikeOwnServer(clock) : limitLikeCloud(clock, limit);
}

function setUp(options: SimulatorOptions): Setup {
  const clock = options.clock ?? createClock(options.speed ?? 1);
  return {
    options,
    clock,
    store: createStore(clock, createIdSource(options.seed ?? 'simulator'), options),
    faults: createFaultBook(options.faults ?? []),
    limiter: limiterOf(clock, options),
    requests: [],
  };
}

/**
 * Starts an OpenHands server in memory.
 *
 * @throws Error of `node:net` if it cannot listen, such as EADDRINUSE
 */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const setup = setUp(options);
  const { url, close } = await listen(options, async (request, response) => handle(request, response, setup));
  return {
    url,
    requests: setup.requests,
    get conversations() {
      return setup.store.views();
    },
    get sandboxes() {
      return setup.store.sandboxes();
    },
    order: (fault) => {
      setup.faults.order(fault);
    },
    close,
  };
}

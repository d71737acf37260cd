import { setTimeout as delay } from 'node:timers/promises';

import type { Clock } from '../clock.ts';
import type { FaultBook } from '../faults.ts';
import { type Call, invalid, refuse, type Reply, webApp } from '../reply.ts';
import { aloneAt, type AloneOptions, answerAlone, isDown } from './agent-alone.ts';
import { type AgentServer, agentServerAt, answerAgentServer, isAgentServer } from './agent-server.ts';
import { refuseKeys } from './authorization.ts';
import { type Limiter, limitLikeCloud, limitLikeOwnServer, type RateLimit } from './rate-limit.ts';
import type { RecordedRequest, SimulatorOptions } from './server-options.ts';
import type { Sockets } from './sockets.ts';
import type { Store } from './store.ts';
import { answerV0, isV0 } from './v0.ts';
import { answerV1, isV1 } from './v1.ts';

/** The content of a server, and its options. */
export interface Hosting {
  readonly options: SimulatorOptions;
  readonly store: Store;
}

/** The parts of a server. */
export interface Setup extends Hosting {
  readonly clock: Clock;
  readonly faults: FaultBook;
  readonly limiter: Limiter;
  readonly requests: RecordedRequest[];
  readonly sockets: Sockets;
  /** Descriptions of what clients did but never should. */
  readonly misuses: string[];
}

const CLOUD_LIMIT: RateLimit = { perSecond: 10, perMinute: 100 };

/** Answers like FastAPI if no route matches: a GET returns the web app, which accepts no other method. */
function unknownPath(call: Call, { options }: Setup): Reply {
  if (options.kind === 'self-hosted') return refuse(404, 'Not Found');
  return call.method === 'GET' || call.method === 'HEAD' ? webApp() : refuse(405, 'Method Not Allowed');
}

const MAX_RUNS = 10;

/** Returns the parts of a standalone agent server. */
function aloneOf({
  options: { authorization = { kind: 'open' }, maxRuns = MAX_RUNS, agentServer: variant = {} },
  store,
}: Hosting): AloneOptions {
  return { store, authorization, maxRuns, variant };
}

/** Finds the agent server for the path of a socket, or returns the error response. */
export function socketServerAt(path: string, hosting: Hosting): AgentServer | Reply {
  if (hosting.options.api !== 'agent-server')
    return isAgentServer(path) ? agentServerAt(path, hosting.store) : refuse(403, 'Forbidden');
  return isDown(hosting.store) ? refuse(502, 'Bad Gateway') : aloneAt(path, aloneOf(hosting));
}

/** Whether the simulator serves the API version of a path. */
function isServed(path: string, api: SimulatorOptions['api'] = 'both'): boolean {
  return ((api === 'v1' || api === 'both') && isV1(path)) || ((api === 'v0' || api === 'both') && isV0(path));
}

/** Returns the refusal of a request with a wrong key, or with a body that is not JSON. */
function refuseEarly(call: Call, setup: Setup, bodyIsBroken: boolean): Reply | undefined {
  const keys = { bearer: call.key, session: call.sessionKey };
  const refusal = refuseKeys(setup.options.authorization ?? { kind: 'open' }, keys);
  if (refusal !== undefined || !bodyIsBroken) return refusal;
  return invalid([{ loc: ['body', 0], msg: 'JSON decode error', type: 'json_invalid' }]);
}

function answer(call: Call, setup: Setup, bodyIsBroken: boolean): Reply {
  if (setup.options.api === 'agent-server') return answerAlone(call, aloneOf(setup));
  if (isAgentServer(call.path)) return answerAgentServer(call, setup.store) ?? refuse(404, 'Not Found');
  if (!isServed(call.path, setup.options.api)) return unknownPath(call, setup);
  const refusal = refuseEarly(call, setup, bodyIsBroken);
  if (refusal !== undefined) return refusal;
  const { store, options } = setup;
  return (
    (isV1(call.path) ? answerV1(call, store, options) : answerV0(call, store)) ?? unknownPath(call, setup)
  );
}

/** Answers a request, subject to the rate limits. */
export async function answerWithinLimits(call: Call, setup: Setup, bodyIsBroken: boolean): Promise<Reply> {
  const isLimited = isServed(call.path, setup.options.api);
  const key = call.key || call.sessionKey;
  const verdict = isLimited ? setup.limiter({ key, address: call.sender }) : { kind: 'pass' as const };
  if (verdict.kind === 'refuse') return verdict.reply;
  if (verdict.kind === 'wait') await waitSeconds(verdict.seconds, setup.clock);
  return answer(call, setup, bodyIsBroken);
}

/** Waits for simulated seconds. */
export async function waitSeconds(seconds: number, { speed }: Clock): Promise<void> {
  await delay((seconds * 1000) / speed, undefined, { ref: false });
}

/** Creates the limiter for the chosen rate limit. */
export function limiterOf(clock: Clock, { kind, rateLimit }: SimulatorOptions): Limiter {
  const limit = rateLimit ?? (kind === 'self-hosted' ? kind : CLOUD_LIMIT);
  if (limit === 'none') return () => ({ kind: 'pass' });
  return limit === 'self-hosted' ? limitLikeOwnServer(clock) : limitLikeCloud(clock, limit);
}

import {
  ApiFailure,
  type Assignment,
  type ConversationApi,
  START,
  type StartProgress,
} from '../conversation/api.ts';
import type { Clock } from '../conversation/clock.ts';
import type { ApiVersion, Sighting } from '../conversation/conversation.ts';
import { conversationIdOf, findKeyed } from '../conversation/keyed.ts';
import { requestStart } from '../conversation/start.ts';
import { isNoApi, isNotServed } from './failure.ts';
import { guarded } from './guard.ts';
import type { HttpClient } from './http.ts';
import { v0Api } from './v0.ts';
import { v1Api } from './v1.ts';
import { isUuid } from './v1-wire.ts';

/** The version of the API that is wanted: `auto` is V1, and V0 where the server has no V1. */
export type WantedVersion = 'auto' | ApiVersion;

/** What beginning needs beside the request. */
export interface BeginOptions {
  readonly http: HttpClient;
  readonly version: WantedVersion;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Called before a conversation of that id is asked for. */
  readonly onAsk: (id: string) => void;
}

/** A requested conversation, and the API that speaks of it. */
export interface Begun {
  readonly api: ConversationApi;
  readonly progress: StartProgress;
}

/** The API of a version, made fit for people and outputs. */
export function apiOf(version: ApiVersion, http: HttpClient): ConversationApi {
  return guarded(version === 'v1' ? v1Api(http) : v0Api(http), http.redact);
}

/**
 * Asks for a conversation by the API version that is wanted. `auto` asks V1 first: a server without it answers 404 or
 * 405 and has created nothing, so that V0 can be asked.
 *
 * @param id a UUID, chosen for the conversation.
 * @throws {ApiFailure} where the request fails; the signal's reason once aborted.
 */
export async function begin(request: Assignment, id: string, options: BeginOptions): Promise<Begun> {
  const { http, version, clock, signal, onAsk } = options;
  onAsk(id);
  const start = async (tried: ApiVersion): Promise<Begun> => {
    const api = apiOf(tried, http);
    const ask = async (): Promise<StartProgress> => requestStart(api, { ...request, id }, clock, signal);
    return { api, progress: await http.insist(ask, signal) };
  };
  if (version === 'v0') return start('v0');
  try {
    return await start('v1');
  } catch (error) {
    if (version === 'v1' || !isNotServed(error)) throw error;
    return start('v0');
  }
}

/** A conversation that a key means. */
export interface BegunKeyed extends Begun {
  readonly id: string;
  /** Whether it, or its start, was there before. */
  readonly reused: boolean;
}

/**
 * Asks for the conversation that a key means, unless there is one already. By V1 alone: V0 cannot tell, and a start that
 * is not guarded is none that was wanted.
 *
 * @throws {ApiFailure} where the request fails, or the server has no V1; the signal's reason once aborted.
 */
export async function beginKeyed(
  request: Assignment,
  key: string,
  options: BeginOptions,
): Promise<BegunKeyed> {
  const { http, clock, signal, onAsk } = options;
  const api = apiOf('v1', http);
  const account = await accountOf(http, signal);
  const repository = request.workplace?.repository;
  const id = conversationIdOf(key, { baseUrl: http.baseUrl, account, ...(repository && { repository }) });
  // Looked for anew before each try: while the server refused one, another run may have come to the front.
  return http.insist(async () => {
    const found = await findKeyed(api, id, clock, signal);
    if (found.kind !== 'not-there' && found.kind !== 'untold')
      return { api, id, progress: found, reused: true };
    onAsk(id);
    return { api, id, progress: await requestStart(api, { ...request, id }, clock, signal), reused: false };
  }, signal);
}

async function accountOf(http: HttpClient, signal: AbortSignal): Promise<string> {
  try {
    return await apiOf('v1', http.probing()).account(signal);
  } catch (error) {
    if (!isNoApi(error)) throw error;
    throw new ApiFailure({
      failedTo: START,
      because: 'idempotency-key needs API V1, which this server does not have',
      todo: 'leave idempotency-key out, or use a server with API V1',
    });
  }
}

/** A conversation that exists already, as it was found. */
export interface Opened {
  readonly api: ConversationApi;
  readonly sighting: Sighting;
}

/**
 * Looks at an existing conversation, by the API version that is wanted. V1 knows its conversations by UUIDs only.
 *
 * @throws {ApiFailure} where the request fails; the signal's reason once aborted.
 */
export async function open(
  http: HttpClient,
  version: WantedVersion,
  id: string,
  signal: AbortSignal,
): Promise<Opened> {
  const lookBy = async (tried: ApiVersion, client: HttpClient): Promise<Opened> => {
    const [sighting] = await apiOf(tried, client).look([id], signal);
    if (sighting === undefined) throw new Error('a look at one conversation showed none');
    return { api: apiOf(tried, http), sighting };
  };
  if (version === 'v1') return lookBy('v1', http);
  if (version === 'v0' || !isUuid(id)) return lookBy('v0', http);
  try {
    return await lookBy('v1', http.probing());
  } catch (error) {
    if (!isNoApi(error)) throw error;
    return lookBy('v0', http);
  }
}

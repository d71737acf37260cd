import {
  ApiFailure,
  type Assignment,
  type ConversationApi,
  START,
  type StartProgress,
  type StartRequest,
  TAKE_UP,
} from '../conversation/api.ts';
import { type Clock, withGrace } from '../conversation/clock.ts';
import type { ApiVersion, Sighting } from '../conversation/conversation.ts';
import { conversationIdOf } from '../conversation/keyed.ts';
import { type Requested, requestStart } from '../conversation/start.ts';
import { isNoApi, isNotServed } from './failure.ts';
import { guarded } from './guard.ts';
import { type HttpClient, onErrand } from './http.ts';
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
  readonly onAsk: (id: string, version: ApiVersion) => void;
  /** Called where the server refused that: nothing is left of it. */
  readonly onRefused: () => void;
  /** Called with the answer; also with one that comes when nobody waits for it any more. */
  readonly onAnswer: (version: ApiVersion, progress: StartProgress, id: string) => void;
}

/**
 * So long the answer to a start is waited for after a cancel or the deadline: without it V0's conversation cannot be found.
 * The runner ends a cancelled step 7.5 s after it asked it to; the rest is for the stop, and for summary and comment.
 */
const GRACE_MS = 5_500;

/** A requested conversation, and the API that speaks of it. */
export interface Begun extends Requested {
  readonly api: ConversationApi;
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
  const { http, version, signal } = options;
  const start = async (tried: ApiVersion): Promise<Begun> => {
    const api = apiOf(tried, http);
    const requested = await http.insist(async () => ask({ ...request, id }, api, options), signal);
    return { api, ...requested };
  };
  if (version === 'v0') return start('v0');
  try {
    return await start('v1');
  } catch (error) {
    if (version === 'v1' || !isNotServed(error)) throw error;
    return start('v0');
  }
}

/** Asks once, and waits for the answer a little longer than the step may go on. */
async function ask(
  request: StartRequest,
  api: ConversationApi,
  { clock, signal, onAsk, onRefused, onAnswer }: BeginOptions,
  isShared = false,
): Promise<Requested> {
  const { id } = request;
  const errand = {
    onAsk: () => {
      onAsk(id, api.version);
    },
    onRefused,
  };
  return onErrand(errand, async () =>
    withGrace(clock, GRACE_MS, signal, async (late) => {
      const requested = await requestStart(api, request, { clock, signal: late, isShared });
      onAnswer(api.version, requested.progress, id);
      return requested;
    }),
  );
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
  const { http, signal } = options;
  const api = apiOf('v1', http);
  const account = await accountOf(http, signal);
  const repository = request.workplace?.repository;
  const id = conversationIdOf(key, { baseUrl: http.baseUrl, account, ...(repository && { repository }) });
  // Looked for anew before each try: while the server refused one, another run may have come to the front.
  return http.insist(async () => {
    const found = await api.find({ id, isShared: true }, signal);
    if (found.kind !== 'not-there' && found.kind !== 'untold')
      return { api, id, progress: found, answered: true, reused: true };
    const requested = await ask({ ...request, id }, api, options, true);
    return { api, id, ...requested, reused: false };
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
      todo: 'check base-url; where the server is an older one, leave idempotency-key out',
      kind: 'input',
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
  if (version !== 'auto') return lookBy(version, http);
  if (!isUuid(id)) return orNotServed(async () => lookBy('v0', http.probing()), id);
  try {
    return await lookBy('v1', http.probing());
  } catch (error) {
    if (!isNoApi(error)) throw error;
    return lookBy('v0', http.probing());
  }
}

/** Says of an id that V1 cannot have what is wrong with it where V0 is not there. */
async function orNotServed<T>(look: () => Promise<T>, id: string): Promise<T> {
  try {
    return await look();
  } catch (error) {
    if (!isNoApi(error)) throw error;
    throw new ApiFailure({
      failedTo: TAKE_UP,
      because: `"${id}" is no UUID, as every id of API V1 is, and the server has no API V0`,
      todo: 'check conversation-id and base-url',
      kind: 'input',
    });
  }
}

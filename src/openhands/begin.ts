import type { ConversationApi, StartProgress, StartRequest } from '../conversation/api.ts';
import type { Clock } from '../conversation/clock.ts';
import type { ApiVersion } from '../conversation/conversation.ts';
import { requestStart } from '../conversation/start.ts';
import { isNotServed } from './failure.ts';
import { guarded } from './guard.ts';
import type { HttpClient } from './http.ts';
import { v0Api } from './v0.ts';
import { v1Api } from './v1.ts';

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
 * @throws {ApiFailure} where the request fails; the signal's reason once aborted.
 */
export async function begin(
  http: HttpClient,
  version: 'auto' | 'v1' | 'v0',
  request: StartRequest,
  clock: Clock,
  signal: AbortSignal,
): Promise<Begun> {
  const start = async (tried: ApiVersion): Promise<Begun> => {
    const api = apiOf(tried, http);
    return { api, progress: await requestStart(api, request, clock, signal) };
  };
  if (version === 'v0') return start('v0');
  try {
    return await start('v1');
  } catch (error) {
    if (version === 'v1' || !isNotServed(error)) throw error;
    return start('v0');
  }
}

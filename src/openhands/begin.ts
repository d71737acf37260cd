import type { ConversationApi, StartProgress, StartRequest } from '../conversation/api.ts';
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
  signal: AbortSignal,
): Promise<Begun> {
  const start = async (unguarded: ConversationApi): Promise<Begun> => {
    const api = guarded(unguarded, http.redact);
    return { api, progress: await api.start(request, signal) };
  };
  if (version === 'v0') return start(v0Api(http));
  try {
    return await start(v1Api(http));
  } catch (error) {
    if (version === 'v1' || !isNotServed(error)) throw error;
    return start(v0Api(http));
  }
}

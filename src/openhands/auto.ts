import { ApiFailure, type ConversationApi, START, TAKE_UP } from '../conversation/api.ts';
import type { ApiVersion } from '../conversation/conversation.ts';
import { isUuid } from '../text/uuid.ts';
import { isNoApi, isNotServed } from './failure.ts';
import { guarded } from './guard.ts';
import type { HttpClient } from './http.ts';
import { v0Api } from './v0/api.ts';
import { v1Api } from './v1/api.ts';

/** The version of the API that is wanted: `auto` is V1, and V0 if the server has no V1. */
export type WantedVersion = 'auto' | ApiVersion;

/** The API of a version, made fit for people and outputs. */
export function apiOf(version: ApiVersion, http: HttpClient): ConversationApi {
  return guarded(version === 'v1' ? v1Api(http) : v0Api(http), http.redact);
}

/**
 * The API of the version that is wanted. That of `auto` becomes V1 or V0 with the first start, or with the first look at a
 * conversation: a server without V1 answers a start with 404 or 405 and has created nothing.
 */
export function wantedApi(version: WantedVersion, http: HttpClient): ConversationApi {
  if (version !== 'auto') return apiOf(version, http);
  const v1 = apiOf('v1', http);
  const become = (chosen: ApiVersion): void => {
    Object.assign(api, apiOf(chosen, http));
  };
  const api: ConversationApi = {
    ...v1,
    async start(request, signal) {
      try {
        const answer = await v1.start(request, signal);
        if (answer.kind !== 'put-off') become('v1');
        return answer;
      } catch (error) {
        become(isNotServed(error) ? 'v0' : 'v1');
        if (isNotServed(error)) return { kind: 'switched' };
        throw error;
      }
    },
    async look(ids, signal) {
      // The first look is not repeated if the server has no such API. V1 knows its conversations by UUIDs only.
      const lookBy = async (tried: ApiVersion): ReturnType<ConversationApi['look']> => {
        const looks = await apiOf(tried, http.probing()).look(ids, signal);
        become(tried);
        return looks;
      };
      const notUuid = ids.find((id) => !isUuid(id));
      if (notUuid !== undefined) return orNotServed(async () => lookBy('v0'), notUuid);
      try {
        return await lookBy('v1');
      } catch (error) {
        if (!isNoApi(error)) throw error;
        return lookBy('v0');
      }
    },
  };
  return api;
}

/** Says of an id that V1 cannot have what is wrong with it if V0 is not there. */
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

/**
 * The account of the API key, which an idempotency key is bound to. By V1 alone: V0 cannot tell of a start, and one that is not
 * guarded is none that was wanted.
 *
 * @throws {ApiFailure} if the account cannot be read, or the server has no V1; the signal's reason once aborted.
 */
export async function accountOf(http: HttpClient, signal: AbortSignal): Promise<string> {
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

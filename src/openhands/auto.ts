import * as v from 'valibot';

import { ApiFailure, type ConversationApi, START, type StartAnswer, TAKE_UP } from '../conversation/api.ts';
import type { StartRequest } from '../conversation/assignment.ts';
import type { ApiVersion, Snapshot } from '../conversation/conversation.ts';
import { isUuid } from '../text/uuid.ts';
import { agentServerApi } from './agent-server/api.ts';
import { isNoApi, isNotServed, isRefused, statusOf } from './failure.ts';
import { guarded } from './guard.ts';
import type { HttpClient } from './http.ts';
import { v0Api } from './v0/api.ts';
import { v1Api } from './v1/api.ts';

/** The version of the API that is wanted: `auto` is V1, and what the server has instead if it has no V1. */
export type WantedVersion = 'auto' | ApiVersion;

const APIS: Readonly<Record<ApiVersion, (http: HttpClient) => ConversationApi>> = {
  v1: v1Api,
  v0: v0Api,
  'agent-server': (http) => agentServerApi(http.asAgentServer()),
};

/** The API of a version, made fit for people and outputs. */
export function apiOf(version: ApiVersion, http: HttpClient): ConversationApi {
  return guarded(APIS[version](http), http.redact);
}

/**
 * The API of the version that is wanted. That of `auto` becomes one of them with the first start, look or account: a server
 * without V1 answers a start with 404 or 405 and has created nothing.
 */
export function wantedApi(version: WantedVersion, http: HttpClient): ConversationApi {
  if (version !== 'auto') return apiOf(version, http);
  const become = (chosen: ConversationApi): void => {
    Object.assign(api, chosen);
  };
  const api: ConversationApi = {
    ...apiOf('v1', http),
    start: async (request, signal) => firstStart(request, http, signal, become),
    look: async (ids, signal) => firstLook(ids, http, signal, become),
    account: async (signal) => firstAccount(http, signal, become),
  };
  return api;
}

type Become = (chosen: ConversationApi) => void;

/** The first start is one with V1; what V1 would refuse is not tried before it is known which server it is. */
async function firstStart(
  request: StartRequest,
  http: HttpClient,
  signal: AbortSignal,
  become: Become,
): Promise<StartAnswer> {
  if (request.agentServer?.given?.length) {
    await firstLook([request.id], http, signal, become);
    return { kind: 'switched' };
  }
  const v1 = apiOf('v1', http);
  try {
    const answer = await v1.start(request, signal);
    if (answer.kind !== 'deferred') become(v1);
    return answer;
  } catch (error) {
    const isV1 = !isNotServed(error);
    become(isV1 ? v1 : withLastStart(apiOf(await versionBesidesV1(http, signal), http)));
    if (isV1) throw error;
    return { kind: 'switched' };
  }
}

/** The same API, of a server that has no V1: if it cannot start conversations either, it is none of OpenHands'. */
function withLastStart(api: ConversationApi): ConversationApi {
  return {
    ...api,
    async start(request, signal) {
      try {
        return await api.start(request, signal);
      } catch (error) {
        if (!isNotServed(error)) throw error;
        throw new ApiFailure({
          failedTo: START,
          because: `the server has neither API V1 nor V0 and is not an agent server (HTTP ${statusOf(error) ?? ''})`,
          todo: 'check base-url: it must be the address of an OpenHands server, without the path of a page',
          kind: 'not-found',
        });
      }
    },
  };
}

/** The first look is not repeated if the server has no such API. V1 knows its conversations by UUIDs only. */
async function firstLook(
  ids: readonly string[],
  http: HttpClient,
  signal: AbortSignal,
  become: Become,
): Promise<readonly Snapshot[]> {
  const lookBy = async (tried: ApiVersion): Promise<readonly Snapshot[]> => {
    const api = apiOf(tried, http.probing());
    const looks = await api.look(ids, signal);
    // What it has learned by that look is not forgotten.
    become(api);
    return looks;
  };
  const notUuid = ids.find((id) => !isUuid(id));
  if (notUuid !== undefined) return orNotServed(async () => lookBy('v0'), notUuid);
  try {
    return await lookBy('v1');
  } catch (error) {
    if (!isNoApi(error)) throw error;
    return lookBy(await versionBesidesV1(http, signal));
  }
}

const ServerInfo = v.looseObject({ title: v.literal('OpenHands Agent Server') });

/** What a server speaks that has no V1: an agent server tells its title to everybody. */
async function versionBesidesV1(http: HttpClient, signal: AbortSignal): Promise<'v0' | 'agent-server'> {
  const request = {
    to: 'find out which API the server has',
    path: '/server_info',
    answer: v.unknown(),
    signal,
  };
  try {
    return v.is(ServerInfo, await http.probing().read(request)) ? 'agent-server' : 'v0';
  } catch (error) {
    if (!isRefused(error)) throw error;
    return 'v0';
  }
}

/** Says of an id that V1 cannot have what is wrong with it if V0 is not there. */
async function orNotServed<T>(look: () => Promise<T>, id: string): Promise<T> {
  try {
    return await look();
  } catch (error) {
    if (!isNoApi(error)) throw error;
    throw new ApiFailure({
      failedTo: TAKE_UP,
      because: `"${id}" is not a UUID, which API V1 needs, and the server has no API V0`,
      todo: 'check conversation-id and base-url',
      kind: 'input',
    });
  }
}

/**
 * V0 cannot tell of a start: a key needs one of the others, and a start that is not guarded is none that was wanted.
 *
 * @throws {ApiFailure} if the account cannot be read, or the server has V0 alone; the signal's reason once aborted.
 */
async function firstAccount(http: HttpClient, signal: AbortSignal, become: Become): Promise<string> {
  const accountBy = async (tried: ApiVersion): Promise<string> => {
    const api = apiOf(tried, http);
    const account = await api.account(signal);
    become(api);
    return account;
  };
  try {
    return await accountBy('v1');
  } catch (error) {
    if (!isNoApi(error)) throw error;
    if ((await versionBesidesV1(http, signal)) === 'agent-server') return accountBy('agent-server');
    throw new ApiFailure({
      failedTo: START,
      because: 'idempotency-key needs API V1 or an agent server, and this server is neither',
      todo: 'check base-url; for an older server, leave idempotency-key out',
      kind: 'input',
    });
  }
}

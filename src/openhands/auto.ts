import * as v from 'valibot';

import { ApiFailure, ATTACH, type ConversationApi, START, type StartAnswer } from '../conversation/api.ts';
import type { StartRequest } from '../conversation/assignment.ts';
import type { ApiVersion, Snapshot } from '../conversation/conversation.ts';
import type { HttpClient } from '../http/client.ts';
import { isNotServed, isRefused, meansNoApi, statusOf } from '../http/failure.ts';
import { isUuid } from '../text/uuid.ts';
import { agentServerApi } from './agent-server/api.ts';
import { withShortTexts } from './short-texts.ts';
import { v0Api } from './v0/api.ts';
import { v1Api } from './v1/api.ts';

/** The configured API version. `auto`: V1 if the server has it, otherwise V0 or the agent server's API. */
export type WantedVersion = 'auto' | ApiVersion;

const APIS: Readonly<Record<ApiVersion, (http: HttpClient) => ConversationApi>> = {
  v1: v1Api,
  v0: v0Api,
  'agent-server': (http) => agentServerApi(http.asAgentServer()),
};

/** Returns the API of a version. Its texts are short enough for people. */
export function apiOf(version: ApiVersion, http: HttpClient): ConversationApi {
  return withShortTexts(APIS[version](http));
}

/**
 * Returns the API of the configured version. With `auto` the first start, look or account request detects the version. A
 * start with V1 is safe for that: a server without V1 answers 404 or 405, and creates nothing.
 */
export function wantedApi(version: WantedVersion, http: HttpClient): ConversationApi {
  if (version !== 'auto') return apiOf(version, http);
  const choose = (chosen: ConversationApi): void => {
    Object.assign(api, chosen);
  };
  const api: ConversationApi = {
    ...apiOf('v1', http),
    start: async (request, signal) => firstStart(request, http, signal, choose),
    look: async (ids, signal) => firstLook(ids, http, signal, choose),
    account: async (signal) => firstAccount(http, signal, choose),
  };
  return api;
}

type Choose = (chosen: ConversationApi) => void;

/**
 * Starts with V1, and chooses another version if the server has no V1. If the inputs are for an agent server, which V1
 * refuses, detects the version first.
 */
async function firstStart(
  request: StartRequest,
  http: HttpClient,
  signal: AbortSignal,
  choose: Choose,
): Promise<StartAnswer> {
  if (request.agentServer?.given?.length) {
    await firstLook([request.id], http, signal, choose);
    return { kind: 'switched' };
  }
  const v1 = apiOf('v1', http);
  try {
    const answer = await v1.start(request, signal);
    if (answer.kind !== 'deferred') choose(v1);
    return answer;
  } catch (error) {
    const isV1 = !isNotServed(error);
    choose(isV1 ? v1 : withNotOpenHandsError(apiOf(await versionOtherThanV1(http, signal), http)));
    if (isV1) throw error;
    return { kind: 'switched' };
  }
}

/** Wraps the API of a server without V1: if that cannot start conversations either, the server is not OpenHands. */
function withNotOpenHandsError(api: ConversationApi): ConversationApi {
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

/** Looks with V1, then with another version if the server has no V1. Ids that are not UUIDs can only be V0's. */
async function firstLook(
  ids: readonly string[],
  http: HttpClient,
  signal: AbortSignal,
  choose: Choose,
): Promise<readonly Snapshot[]> {
  const lookBy = async (tried: ApiVersion): Promise<readonly Snapshot[]> => {
    const api = apiOf(tried, http.probing());
    const looks = await api.look(ids, signal);
    // The same object, as it remembers what the look showed.
    choose(api);
    return looks;
  };
  const notUuid = ids.find((id) => !isUuid(id));
  if (notUuid !== undefined) return orInvalidId(async () => lookBy('v0'), notUuid);
  try {
    return await lookBy('v1');
  } catch (error) {
    if (!meansNoApi(error)) throw error;
    return lookBy(await versionOtherThanV1(http, signal));
  }
}

const ServerInfo = v.looseObject({ title: v.literal('OpenHands Agent Server') });

/** Detects the version of a server without V1. An agent server returns its title without a key. */
async function versionOtherThanV1(http: HttpClient, signal: AbortSignal): Promise<'v0' | 'agent-server'> {
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

/** Runs `look` with an id that V1 cannot have. If the server has no V0 either, reports that the id is wrong. */
async function orInvalidId<T>(look: () => Promise<T>, id: string): Promise<T> {
  try {
    return await look();
  } catch (error) {
    if (!meansNoApi(error)) throw error;
    throw new ApiFailure({
      failedTo: ATTACH,
      because: `"${id}" is not a UUID, which API V1 needs, and the server has no API V0`,
      todo: 'check conversation-id and base-url',
      kind: 'input',
    });
  }
}

/**
 * Reads the account, and detects the version. Only a step with an idempotency key reads it. V0 cannot look up starts, so a
 * key would prevent no second start there.
 *
 * @throws {ApiFailure} if the account cannot be read, or the server has V0 alone; the signal's reason once aborted.
 */
async function firstAccount(http: HttpClient, signal: AbortSignal, choose: Choose): Promise<string> {
  const accountBy = async (tried: ApiVersion): Promise<string> => {
    const api = apiOf(tried, http);
    const account = await api.account(signal);
    choose(api);
    return account;
  };
  try {
    return await accountBy('v1');
  } catch (error) {
    if (!meansNoApi(error)) throw error;
    if ((await versionOtherThanV1(http, signal)) === 'agent-server') return accountBy('agent-server');
    throw new ApiFailure({
      failedTo: START,
      because: 'idempotency-key needs API V1 or an agent server, and this server is neither',
      todo: 'check base-url; for an older server, leave idempotency-key out',
      kind: 'input',
    });
  }
}

import * as v from 'valibot';

import type { HttpClient, Requests } from '../http/client.ts';
import { isApiMissing, isLogin } from '../http/failure.ts';
import { isPage } from '../http/request-failure.ts';
import { type Account, ApiFailure, ATTACH, type ConversationApi } from '../port/api.ts';
import { type ApiVersion, traitsOf, type WantedApi } from '../port/api-version.ts';
import { isUuid, memberOf } from '../text/data.ts';
import { agentServerApi } from './agent-server/api.ts';
import { adviseForAgentServer } from './failures.ts';
import { v0Api } from './v0/api.ts';
import { readInfo } from './v0/wire.ts';
import { v1Api } from './v1/api.ts';
import { CONVERSATIONS } from './v1/wire.ts';
import { untriedFailure } from './wire.ts';

const APIS: Readonly<Record<ApiVersion, (client: HttpClient, info: unknown) => ConversationApi>> = {
  v1: v1Api,
  v0: v0Api,
  'agent-server': (client, info) => agentServerApi(client.withAdvice(adviseForAgentServer), info),
};

/** Returns the API of a version. `info`: the server's answer to /server_info, if known. */
export function apiOf(version: ApiVersion, client: HttpClient, info?: unknown): ConversationApi {
  return APIS[version](client, info);
}

/** What the step needs the API for. */
export interface Purpose {
  /** The existing conversation to continue; absent for a start. */
  readonly id?: string;
  /** Whether the step has an idempotency key. */
  readonly hasKey: boolean;
  /** Whether the step can do nothing without the version of an agent server. */
  readonly needsVersion?: boolean;
  /** Whether only an agent server will do. */
  readonly needsAgentServer?: boolean;
}

/** The API of a server, and with an idempotency key the account that it belongs to. */
export interface Detected {
  readonly api: ConversationApi;
  readonly account?: Account;
}

/** Any id will do: only the kind of the answer counts. */
const ANY_ID = '00000000-0000-0000-0000-000000000000';
const DETECT = 'find out which API the server has';
/** The timeout for what a step can do without. */
const INFO_TIMEOUT_MS = 5_000;

/**
 * Returns the API of the wanted version, and with an idempotency key the account. `auto` tries V1, by the read of the account if that is
 * needed anyway. If the server has no V1, another read shows whether it is an agent server.
 *
 * @throws {ApiFailure} if the server cannot be read, or its API cannot serve the purpose; the signal's reason once aborted.
 */
export async function detect(
  wanted: WantedApi,
  client: HttpClient,
  { id, hasKey, needsVersion = false, needsAgentServer = false }: Purpose,
  signal: AbortSignal,
): Promise<Detected> {
  const http = client.during(signal);
  const use = async (version: ApiVersion, info?: unknown): Promise<Detected> => {
    const { hasUuids, isAgentServer } = traitsOf(version);
    if (id !== undefined && hasUuids && !isUuid(id)) {
      const because = `"${id}" is not a UUID, as all ids of this server are`;
      throw untriedFailure(because, 'check conversation-id and base-url', { failedTo: ATTACH });
    }
    const api = apiOf(version, client, info);
    // With `auto` and a key, this shows the version.
    const account = hasKey && { account: await api.readAccount(signal) };
    if (needsAgentServer && !isAgentServer)
      throw untriedFailure(
        'tools is none, which only an agent server can do, and this server is not one',
        'check base-url, or use an agent server',
      );
    return { api, ...account };
  };
  if (wanted === 'agent-server') {
    // A server that does not answer this counts as one without pages for people.
    // A login is named if the version decides; otherwise the next request meets it.
    const isExpected = (error: unknown): boolean =>
      error instanceof ApiFailure && !(needsVersion && isLogin(error));
    const infoHttp = needsVersion ? http : http.withoutRetries(INFO_TIMEOUT_MS);
    return use(wanted, await readServerInfo(infoHttp, isExpected));
  }
  if (wanted !== 'auto') return use(wanted);
  try {
    const path = `${CONVERSATIONS}?ids=${ANY_ID}`;
    const shape = v.array(v.unknown());
    // With a key, `use` reads the account, which shows the same.
    if (!hasKey) await http.read({ goal: DETECT, path, shape, isPermanent: isPage });
    return await use('v1');
  } catch (error) {
    if (!isApiMissing(error)) throw error;
    const info = await readServerInfo(http, isApiMissing);
    // A login answers everything with its page, and any other server with 404. V0 knows this path, and answers null for an unknown id.
    if (info === undefined) await readInfo(http, ANY_ID, DETECT);
    return use(memberOf(info, 'title') === 'OpenHands Agent Server' ? 'agent-server' : 'v0', info);
  }
}

/** Reads what a server says about itself; `undefined` after an expected failure. */
async function readServerInfo(http: Requests, isExpected: (error: unknown) => boolean): Promise<unknown> {
  const request = { goal: DETECT, path: '/server_info', shape: v.unknown(), isPermanent: isPage };
  return http.read(request).catch((error: unknown) => {
    if (!isExpected(error)) throw error;
  });
}

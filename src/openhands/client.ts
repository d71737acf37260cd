import { createHttpClient, type HttpClient, type HttpOptions } from '../http/client.ts';
import type { Network } from '../http/exchange.ts';
import { AttemptFailed } from '../http/request-failure.ts';
import type { ServerApi } from '../http/server.ts';
import { memberOf } from '../text/data.ts';
import type { Secrets } from '../text/secrets.ts';
import { adviseForAppServer, openHandsLimits } from './failures.ts';

/** Returns the HTTP client for OpenHands. It registers the session keys in answers as secrets. */
export function clientFor(
  { baseUrl, apiKey }: { readonly baseUrl: string; readonly apiKey: string },
  network: Network,
  {
    secrets,
    ...rest
  }: Pick<HttpOptions, 'deadlineAt' | 'maxBackoffMs' | 'isKnown' | 'onRetry'> & { readonly secrets: Secrets },
): HttpClient {
  return createHttpClient({
    ...network,
    ...rest,
    baseUrl,
    api: openHandsApi(secrets.add),
    credentials: credentialsOf(apiKey),
  });
}

/** Returns what the client must know about OpenHands' servers. `add`: registers the session keys in answers as secrets. */
export function openHandsApi(add: (...keys: readonly string[]) => void): ServerApi {
  return {
    advise: adviseForAppServer,
    limitsIn: openHandsLimits,
    registerSecrets: sessionKeyRegistrar(add),
  };
}

/** Returns the headers for an API key, if any. Cloud reads the first, a self-hosted server with a session key the second. */
export function credentialsOf(apiKey: string): Readonly<Record<string, string>> {
  return apiKey === '' ? {} : { authorization: `Bearer ${apiKey}`, 'x-session-api-key': apiKey };
}

/** Shorter keys are not masked: they could be words of ours. Known servers use 43 characters. */
const MIN_SECRET_LENGTH = 16;
const SESSION_KEY = /^[A-Za-z0-9._~+/=-]{8,256}$/;
/** No step sees more sandboxes, and redaction needs time and memory for each key. */
const MAX_SESSION_KEYS = 500;

/**
 * Returns a function that registers the session keys in an answer with `add`. It throws {@link AttemptFailed} if a key has a wrong format,
 * or there are too many: a wrong key would redact ordinary words, and an ignored one could be shown.
 */
function sessionKeyRegistrar(add: (...keys: readonly string[]) => void): (json: unknown) => void {
  const known = new Set<string>();
  return (json) => {
    for (const key of keysIn(json)) {
      if (known.has(key)) continue;
      if (!SESSION_KEY.test(key)) throw wrongKeyFailure('not what a key looks like');
      if (known.size === MAX_SESSION_KEYS) throw wrongKeyFailure('more of them than there can be sandboxes');
      known.add(key);
      if (key.length >= MIN_SECRET_LENGTH) add(key);
    }
  };
}

function wrongKeyFailure(reason: string): AttemptFailed {
  return new AttemptFailed({ kind: 'unexpected', reason: `session_api_key: ${reason}` });
}

/**
 * Returns the session keys in an answer: a conversation or a sandbox, a list of them, or a page of such a list. Ignores deeper levels,
 * which hold texts of people and agents.
 * Source: `AppConversation`, `AppConversationPage`, `SandboxInfo` and `SandboxPage` in V1's description,
 * `ConversationInfo` and `ConversationInfoResultSet` in V0's.
 */
function keysIn(json: unknown): readonly string[] {
  const lists = [[json], json, memberOf(json, 'items'), memberOf(json, 'results')];
  return lists.flatMap((list) => {
    if (!Array.isArray(list)) return [];
    const members: readonly unknown[] = list;
    return members.flatMap((each) => {
      const key = memberOf(each, 'session_api_key');
      // A key that is also an id is no secret, and masking it would break links.
      const isId = key === memberOf(each, 'id') || key === memberOf(each, 'conversation_id');
      return typeof key === 'string' && key !== '' && !isId ? [key] : [];
    });
  });
}

import { createHttpClient, type HttpClient, type HttpOptions, type Network } from '../http/client.ts';
import { TIMEOUTS_MS } from '../http/exchange.ts';
import type { Secrets } from '../text/secrets.ts';
import { USER_AGENT } from '../version.ts';
import { sessionKeys } from './session-keys.ts';

/** Returns the HTTP client for OpenHands, which knows the keys in its answers as secrets. */
export function clientFor(
  { baseUrl, apiKey }: { readonly baseUrl: string; readonly apiKey: string },
  network: Network,
  { secrets, ...rest }: Pick<HttpOptions, 'deadlineAt' | 'onRetry'> & { readonly secrets: Secrets },
): HttpClient {
  return createHttpClient({
    ...network,
    ...rest,
    learn: sessionKeys(secrets.add),
    baseUrl,
    credentials: credentialsOf(apiKey),
    userAgent: USER_AGENT,
    timeoutsMs: TIMEOUTS_MS,
  });
}

/**
 * Returns the headers for an API key; none if the key is empty. OpenHands Cloud reads the first header, a self-hosted
 * server with a session key the second. Each ignores the other one.
 */
export function credentialsOf(apiKey: string): Readonly<Record<string, string>> {
  return apiKey === '' ? {} : { authorization: `Bearer ${apiKey}`, 'x-session-api-key': apiKey };
}

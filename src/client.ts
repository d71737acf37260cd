import type { Clock } from './conversation/clock.ts';
import type { ProxyUse } from './github/proxy.ts';
import type { Connection } from './inputs/connection.ts';
import { TIMEOUTS_MS } from './openhands/exchange.ts';
import { createHttpClient, credentialsOf, type HttpClient, type HttpOptions } from './openhands/http.ts';
import { isLoopbackUrl } from './openhands/loopback.ts';
import type { Secrets } from './text/secrets.ts';
import { USER_AGENT } from './version.ts';

/** What requests need of the world. */
export interface Network {
  readonly fetch: typeof fetch;
  /** Makes `fetch` use the proxy of the environment, and tells its passwords to `onSecret`. */
  readonly useProxy: (onSecret: (value: string) => void) => ProxyUse;
  readonly clock: Clock;
  /** A number in [0, 1), anew at each call. */
  readonly random: () => number;
}

/** Prepares the way to the server; the machine itself is never asked through a proxy. */
export function reach({ baseUrl }: Connection, { useProxy }: Network, secrets: Secrets): ProxyUse {
  return isLoopbackUrl(baseUrl) ? { kind: 'none' } : useProxy(secrets.add);
}

/** The client for the server of the inputs. */
export function clientFor(
  { baseUrl, apiKey }: Connection,
  { fetch, clock, random }: Network,
  rest: Pick<HttpOptions, 'secrets' | 'deadlineAt' | 'onRetry'>,
): HttpClient {
  return createHttpClient({
    ...rest,
    baseUrl,
    credentials: credentialsOf(apiKey),
    userAgent: USER_AGENT,
    fetch,
    clock,
    random,
    timeoutsMs: TIMEOUTS_MS,
  });
}

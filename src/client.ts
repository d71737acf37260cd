import type { Clock } from './conversation/clock.ts';
import type { Lookup } from './http/address.ts';
import { createHttpClient, credentialsOf, type HttpClient, type HttpOptions } from './http/client.ts';
import { TIMEOUTS_MS } from './http/exchange.ts';
import { isLoopbackUrl } from './http/loopback.ts';
import type { ProxyOptions, ProxyUse } from './http/proxy.ts';
import type { OpenSocket } from './http/socket.ts';
import type { Connection } from './inputs/connection.ts';
import type { Secrets } from './text/secrets.ts';
import { USER_AGENT } from './version.ts';

/** What requests need from the environment. */
export interface Network {
  readonly fetch: typeof fetch;
  /** Makes `fetch` use the proxy that the environment variables name. */
  readonly useProxy: (options: ProxyOptions) => ProxyUse;
  /** Looks up the addresses of a host. */
  readonly lookup: Lookup;
  readonly openSocket: OpenSocket;
  readonly clock: Clock;
  /** Returns a random number in [0, 1). */
  readonly random: () => number;
}

/**
 * Sets up the proxy for requests to the server and to GitHub. Requests to this machine never use it; if the server runs here, a
 * proxy that cannot be used is no error.
 */
export function reach({ baseUrl }: Connection, { useProxy }: Network, secrets: Secrets): ProxyUse {
  const isLoopback = isLoopbackUrl(baseUrl);
  const use = useProxy({ onSecret: secrets.add, direct: isLoopback ? [new URL(baseUrl).hostname] : [] });
  return isLoopback ? { kind: 'none' } : use;
}

/** Returns the HTTP client for the server that the inputs name. */
export function clientFor(
  { baseUrl, apiKey }: Connection,
  { fetch, lookup, openSocket, clock, random }: Omit<Network, 'useProxy'>,
  rest: Pick<HttpOptions, 'secrets' | 'deadlineAt' | 'onRetry'>,
): HttpClient {
  return createHttpClient({
    ...rest,
    baseUrl,
    credentials: credentialsOf(apiKey),
    userAgent: USER_AGENT,
    fetch,
    lookup,
    openSocket,
    clock,
    random,
    timeoutsMs: TIMEOUTS_MS,
  });
}

import nodeHttp from 'node:http';

import { isLoopbackUrl, NO_PROXY_HOSTS } from './address.ts';

const PROXY_VARIABLES = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'] as const;

/** The part of Node's `http` that is used here. Older releases lack the function. */
export interface ProxySetter {
  readonly setGlobalProxyFromEnv?: (env: NodeJS.ProcessEnv) => unknown;
}

/** How the proxy of the environment is used. `invalid`: the variable is not a valid URL of a proxy. */
export type ProxyUse =
  | { readonly kind: 'none' | 'used' | 'not-supported' }
  | { readonly kind: 'invalid'; readonly variable: string };

export interface ProxyOptions {
  /** Registers the password of each proxy as a secret. */
  readonly onSecret: (value: string) => void;
  /** Hosts that never go through a proxy, in addition to those of NO_PROXY. */
  readonly direct: readonly string[];
  readonly http?: ProxySetter;
}

/**
 * Sends requests through the proxy of the environment, as curl and the runner do. By default, Node ignores the variables; when told
 * to use them, it also sends requests for loopback addresses to the proxy.
 * Source: https://nodejs.org/api/http.html#httpsetglobalproxyfromenvproxyenv (Node 24.14 and later).
 */
export function useProxy(
  env: NodeJS.ProcessEnv,
  { onSecret, direct, http = nodeHttp }: ProxyOptions,
): ProxyUse {
  const proxies: Record<string, string> = {};
  for (const variable of PROXY_VARIABLES) {
    const value = (env[variable] ?? '').trim();
    if (value === '') continue;
    const address = parseProxyUrl(value);
    if (address === undefined) return { kind: 'invalid', variable };
    onSecret(address.password);
    onSecret(decodeURIComponent(address.password));
    proxies[variable] = address.href;
  }
  if (Object.keys(proxies).length === 0) return { kind: 'none' };
  if (http.setGlobalProxyFromEnv === undefined) return { kind: 'not-supported' };
  const noProxy = [env['NO_PROXY'] ?? env['no_proxy'] ?? '', ...NO_PROXY_HOSTS, ...direct]
    .filter((host) => host !== '')
    .join(',');
  http.setGlobalProxyFromEnv({ ...proxies, NO_PROXY: noProxy, no_proxy: noProxy });
  return { kind: 'used' };
}

/** Parses the URL of a proxy as Node accepts it; `undefined` if invalid. */
function parseProxyUrl(value: string): URL | undefined {
  // Like curl, accepts an address without a scheme.
  const url = URL.parse(value.includes('://') ? value : `http://${value}`);
  if (url === null || !['http:', 'https:'].includes(url.protocol)) return undefined;
  // Node throws for more than a host, and below for an invalid escape in the user name or the password.
  if (url.pathname !== '/' || /[?#]/.test(url.href)) return undefined;
  try {
    decodeURIComponent(url.username);
    decodeURIComponent(url.password);
    return url;
  } catch {
    return undefined;
  }
}

/**
 * Sets up the proxy for the requests of the step. Returns `none` if the server runs on this machine: it is called directly, so that an
 * unusable proxy is no problem.
 */
export function setUpProxy(
  baseUrl: string,
  use: (options: ProxyOptions) => ProxyUse,
  onSecret: ProxyOptions['onSecret'],
): ProxyUse {
  if (!isLoopbackUrl(baseUrl)) return use({ onSecret, direct: [] });
  // For the step's other requests. The server's own address may be one that NO_PROXY_HOSTS lacks, such as 127.0.0.2.
  use({ onSecret, direct: [new URL(baseUrl).hostname] });
  return { kind: 'none' };
}

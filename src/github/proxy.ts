import nodeHttp from 'node:http';

import { NEVER_BY_PROXY } from '../text/loopback.ts';

const PROXY_VARIABLES = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'] as const;

/** Node's `http`, as far as it is needed here; older releases lack the function. */
export interface ProxySetter {
  readonly setGlobalProxyFromEnv?: (env: NodeJS.ProcessEnv) => unknown;
}

/** What became of the proxy that the environment names. `invalid`: the variable holds no address. */
export type ProxyUse =
  | { readonly kind: 'none' | 'used' | 'not-supported' }
  | { readonly kind: 'invalid'; readonly variable: string };

/** What a proxy is set by. */
export interface ProxyOptions {
  /** Is told the password of each proxy. */
  readonly onSecret: (value: string) => void;
  /** Hosts that are never asked through a proxy, beside those of NO_PROXY. */
  readonly direct: readonly string[];
  readonly http?: ProxySetter;
}

/**
 * Sends requests through the proxy of the environment, as curl and the runner itself do. Node's fetch ignores it unless
 * told, and would send loopback addresses through it, too.
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
    const address = addressIn(value);
    if (address === undefined) return { kind: 'invalid', variable };
    for (const secret of address.secrets) onSecret(secret);
    proxies[variable] = address.href;
  }
  if (Object.keys(proxies).length === 0) return { kind: 'none' };
  if (http.setGlobalProxyFromEnv === undefined) return { kind: 'not-supported' };
  const noProxy = [env['NO_PROXY'] ?? env['no_proxy'] ?? '', ...NEVER_BY_PROXY, ...direct]
    .filter((host) => host !== '')
    .join(',');
  http.setGlobalProxyFromEnv({ ...proxies, NO_PROXY: noProxy, no_proxy: noProxy });
  return { kind: 'used' };
}

/** An address as Node takes it, and its password with and without escapes; `undefined` if it is none. */
function addressIn(
  value: string,
): { readonly href: string; readonly secrets: readonly string[] } | undefined {
  // curl takes an address without a scheme, too.
  const url = URL.parse(value.includes('://') ? value : `http://${value}`);
  if (url === null || !['http:', 'https:'].includes(url.protocol)) return undefined;
  const { href, username, password, pathname } = url;
  // Node throws for more than a host.
  if (pathname !== '/' || /[?#]/.test(href)) return undefined;
  try {
    // Node throws for a % that is no escape, in either of them.
    decodeURIComponent(username);
    return { href, secrets: [password, decodeURIComponent(password)] };
  } catch {
    return undefined;
  }
}

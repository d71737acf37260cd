import nodeHttp from 'node:http';

const LOOPBACK = ['127.0.0.1', 'localhost', '::1'];
const PROXY_VARIABLES = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'];

/** Node's `http`, as far as it is needed here; older releases lack the function. */
export interface ProxySetter {
  readonly setGlobalProxyFromEnv?: (env: NodeJS.ProcessEnv) => unknown;
}

/** What became of the proxy that the environment names. */
export type ProxyUse = 'none' | 'used' | 'not-supported';

/**
 * Sends requests through the proxy of the environment, as curl and the runner itself do. Node's fetch ignores it unless
 * told, and would send loopback addresses through it, too.
 * Source: https://nodejs.org/api/http.html#httpsetglobalproxyfromenvproxyenv (Node 24.14 and later).
 */
export function useProxy(env: NodeJS.ProcessEnv, http: ProxySetter = nodeHttp): ProxyUse {
  if (!PROXY_VARIABLES.some((name) => (env[name] ?? '') !== '')) return 'none';
  if (http.setGlobalProxyFromEnv === undefined) return 'not-supported';
  const noProxy = [env['NO_PROXY'] ?? env['no_proxy'] ?? '', ...LOOPBACK]
    .filter((host) => host !== '')
    .join(',');
  http.setGlobalProxyFromEnv({ ...env, NO_PROXY: noProxy, no_proxy: noProxy });
  return 'used';
}

/** Names of the local machine. Requests to them must bypass proxies: a proxy would connect to its own machine. */
export const NEVER_BY_PROXY: readonly string[] = ['127.0.0.1', 'localhost', '::1', '[::1]'];

/**
 * Whether a host name, as in a URL, certainly means the local machine. Subdomains of `localhost` may resolve to any
 * address.
 */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** Whether the host of a valid URL certainly means the local machine. */
export function isLoopbackUrl(url: string): boolean {
  return isLoopback(new URL(url).hostname);
}

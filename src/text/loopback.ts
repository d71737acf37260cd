/** Names of the machine itself that are never asked through a proxy. A proxy would take others for its own machine. */
export const NEVER_BY_PROXY: readonly string[] = ['127.0.0.1', 'localhost', '::1', '[::1]'];

/**
 * Whether a host name, as in a URL, is the machine itself for sure. Other names under `localhost` may be resolved to
 * anything.
 */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** The same for an address that is known to be one. */
export function isLoopbackUrl(url: string): boolean {
  return isLoopback(new URL(url).hostname);
}

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

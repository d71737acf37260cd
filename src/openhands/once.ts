import type { HttpClient } from '../http/client.ts';

/**
 * Returns the client without retries, and with this timeout for each request, in milliseconds; the same client if there is
 * no timeout.
 */
export function once(http: HttpClient, timeoutMs: number | undefined): HttpClient {
  if (timeoutMs === undefined) return http;
  const read: HttpClient['read'] = async (request) => http.readOnce({ ...request, timeoutMs });
  return {
    ...http,
    read,
    readOnce: read,
    send: async (request, body) => http.sendOnce({ ...request, timeoutMs }, body),
  };
}

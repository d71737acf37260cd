import { asAttemptFailed } from './answer.ts';
import type { Network } from './exchange.ts';
import { failureReason } from './request-failure.ts';

/**
 * Wraps fetch, and logs each request: its method and address, the HTTP status or why there is none, and the time until then. It logs no
 * query, because that may be a credential, as in the signed address of a file; no headers and no bodies either.
 */
export function logRequests(
  { fetch, clock }: Pick<Network, 'fetch' | 'clock'>,
  log: (line: string) => void,
): typeof fetch {
  return async (input, init) => {
    const { origin, pathname } = new URL(input instanceof Request ? input.url : input);
    const sentAt = clock.now();
    const say = (result: string, reason = ''): void => {
      const ms = Math.round(clock.now() - sentAt);
      log(`${init?.method ?? 'GET'} ${origin}${pathname}: ${result} after ${ms} ms${reason}`);
    };
    try {
      const response = await fetch(input, init);
      say(`HTTP ${response.status}`);
      return response;
    } catch (error) {
      say('failed', `: ${failureReason(asAttemptFailed(error).failure)}`);
      throw error;
    }
  };
}

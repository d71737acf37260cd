import { createHttpClient, type HttpClient, type HttpOptions } from '../../src/openhands/http.ts';
import { simulatedClock } from './clock.ts';

export const KEY = 'sk-oh-contract-tests';

export interface TestClient extends HttpClient {
  readonly secrets: readonly string[];
  /** The waits before each retry, in milliseconds. */
  readonly waits: readonly number[];
}

/** A client whose retries take no time. */
export function testClient(baseUrl: string, options: Partial<HttpOptions> = {}): TestClient {
  const secrets: string[] = [];
  const waits: number[] = [];
  const client = createHttpClient({
    baseUrl,
    apiKey: KEY,
    userAgent: 'contract-tests',
    fetch,
    clock: simulatedClock(),
    random: () => 0.5,
    timeoutsMs: { read: 5_000, send: 5_000 },
    onSecret: (value) => secrets.push(value),
    onRetry: (_, waitMs) => waits.push(waitMs),
    ...options,
  });
  return { ...client, secrets, waits };
}

/** What a promise is rejected with; fails where it is not. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  const settled = await promise.then(
    () => ({ rejected: false as const }),
    (error: unknown) => ({ rejected: true as const, error }),
  );
  if (settled.rejected) return settled.error;
  throw new Error('the promise was fulfilled');
}

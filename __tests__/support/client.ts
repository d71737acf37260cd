import { createHttpClient, type HttpClient, type HttpOptions, type Requests } from '../../src/http/client.ts';
import { credentialsOf, openHandsApi } from '../../src/openhands/client.ts';
import { ApiFailure } from '../../src/port/api.ts';
import type { Problem } from '../../src/port/problem.ts';
import { createSecrets, type Secrets } from '../../src/text/secrets.ts';
import { noSocket, resolver } from '../../testbed/network.ts';
import { jumpingTime } from '../../testbed/world.ts';

export const KEY = 'sk-oh-contract-tests';

/** A client, and its requests that nothing ends. */
export interface TestClient extends HttpClient, Requests {
  /** Every form of every registered secret. */
  readonly secrets: readonly string[];
  /** The waits before each retry, in milliseconds. */
  readonly waits: readonly number[];
}

/** Returns a client whose retries take no time. */
export function testClient(
  baseUrl: string,
  { secrets: register, ...options }: Partial<HttpOptions & { readonly secrets: Secrets }> = {},
): TestClient {
  const secrets: string[] = [];
  const waits: number[] = [];
  const client = createHttpClient({
    baseUrl,
    api: openHandsApi((register ?? createSecrets((form) => secrets.push(form))).add),
    credentials: credentialsOf(KEY),
    ...jumpingTime(),
    random: () => 0.5,
    lookup: resolver(),
    openSocket: noSocket,
    deadlineAt: Number.POSITIVE_INFINITY,
    timeoutMs: 5_000,
    onRetry: (_, waitMs) => waits.push(waitMs),
    ...options,
  });
  return { ...client, ...client.during(new AbortController().signal), secrets, waits };
}

/** Returns the failure of the API with which a promise is rejected. */
export async function failureOf(promise: Promise<unknown>): Promise<ApiFailure> {
  const error = await rejection(promise);
  if (!(error instanceof ApiFailure)) throw new Error('another error was expected', { cause: error });
  return error;
}

/** Returns the problem of the failure of the API with which a promise is rejected. */
export async function problemIn(promise: Promise<unknown>): Promise<Problem> {
  return (await failureOf(promise)).problem;
}

/** Returns the error of a rejected promise. Fails if the promise is fulfilled. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  const settled = await promise.then(
    () => ({ rejected: false as const }),
    (error: unknown) => ({ rejected: true as const, error }),
  );
  if (settled.rejected) return settled.error;
  throw new Error('the promise was fulfilled');
}

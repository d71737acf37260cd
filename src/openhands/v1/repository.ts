import * as v from 'valibot';

import type { Workplace } from '../../conversation/assignment.ts';
import type { HttpClient } from '../../http/client.ts';
import { RequestFailed } from '../../http/failure.ts';

const TIMEOUT_MS = 5_000;

/**
 * Returns why the account cannot use a repository, in the server's words; empty if the server gives no reason. These paths
 * answer 403 with a reason if the provider is not connected, or the repository is not accessible. The start itself fails
 * without a reason then. Source: seen with OpenHands 1.11.0.
 */
export async function repositoryRefusal(
  http: HttpClient,
  { repository, gitProvider }: Workplace,
  signal: AbortSignal,
): Promise<string> {
  const query = new URLSearchParams({ provider: gitProvider, query: repository, limit: '1' });
  for (const path of ['/api/v1/users/git-info', `/api/v1/git/repositories/search?${query.toString()}`]) {
    const refusal = await refusalOf(http, path, signal);
    if (refusal !== '') return refusal;
  }
  return '';
}

async function refusalOf(http: HttpClient, path: string, signal: AbortSignal): Promise<string> {
  const to = 'ask what the account can reach';
  try {
    await http.readOnce({ to, path, answer: v.unknown(), signal, timeoutMs: TIMEOUT_MS });
  } catch (error) {
    if (!(error instanceof RequestFailed)) throw error;
    const { failure } = error;
    if (failure.kind === 'status' && failure.status === 403) return failure.detail;
  }
  return '';
}

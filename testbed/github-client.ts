import type { GithubApi } from '../simulator/github/api.ts';
import { connectGitHub } from '../src/github/octokit.ts';
import type { Clock } from '../src/port/clock.ts';
import { jumpingTime } from './world.ts';

/** Returns a client of a simulated GitHub, whose retries take no time. */
export function clientOf(
  api: GithubApi,
  { token = 'ghs_workflow', clock, send }: Partial<ClientOptions> = {},
): ReturnType<typeof connectGitHub> {
  const time = jumpingTime();
  return connectGitHub({
    apiUrl: api.url,
    token,
    fetch: send ?? time.fetch,
    clock: clock ?? time.clock,
  });
}

interface ClientOptions {
  readonly token: string;
  readonly clock: Clock;
  readonly send: typeof fetch;
}

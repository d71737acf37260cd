import { afterEach } from '@jest/globals';

import { type GithubApi, type GithubApiOptions, startGithubApi } from '../../simulator/github/api.ts';

const closings: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closings.splice(0).toReversed()) await close();
});

/** Closes something after the test that has opened it. */
export function afterTest(close: () => unknown): void {
  closings.push(close);
}

/** Starts a simulated GitHub, which is closed after the test. */
export async function openGithub(options: GithubApiOptions = {}): Promise<GithubApi> {
  // The first request would load the client, and a jumping clock does not wait for that.
  await import('../../src/github/get-octokit.ts');
  const api = await startGithubApi(options);
  afterTest(async () => api.close());
  return api;
}

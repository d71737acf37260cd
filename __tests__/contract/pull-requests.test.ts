import { describe, expect, test } from '@jest/globals';
import * as v from 'valibot';

import type { GithubApi, GithubApiOptions } from '../../simulator/github/api.ts';
import type { GitHubClient } from '../../src/github/octokit.ts';
import { readPullRequests, type ShownPullRequest } from '../../src/github/shown-pull-requests.ts';
import { simulatedClock } from '../../testbed/clock.ts';
import { clientOf } from '../../testbed/github-client.ts';
import { REPOSITORY } from '../../testbed/world.ts';
import { openGithub } from '../support/after-test.ts';

let api: GithubApi;

const gitHubUrl = 'https://github.com';
const at = (number: number, repository = REPOSITORY): string => `${gitHubUrl}/${repository}/pull/${number}`;
const open = {
  title: 'Fix the README',
  state: 'open',
  draft: false,
  merged: false,
  additions: 12,
  deletions: 3,
};
/** A clock that stands still while a real request runs. */
const standing = simulatedClock(() => true);
const never = new AbortController().signal;

async function read(
  urls: readonly string[],
  options: GithubApiOptions,
  { signal = never, ...client }: Parameters<typeof clientOf>[1] & { readonly signal?: AbortSignal } = {},
): Promise<readonly ShownPullRequest[]> {
  api = await openGithub(options);
  return readPullRequests(urls, { clock: standing, gitHubUrl, github: clientOf(api, client), signal });
}

test('pull requests are read with title, state and size', async () => {
  const pullRequests = {
    1: open,
    2: { ...open, draft: true },
    3: { ...open, state: 'closed', merged: true },
    4: { ...open, state: 'closed' },
  };
  const pullRequestsRead = await read([at(1), at(2), at(3), at(4)], { pullRequests });
  expect(pullRequestsRead.map(({ facts }) => facts?.state)).toEqual(['open', 'draft', 'merged', 'closed']);
  expect(pullRequestsRead[0]).toEqual({
    url: at(1),
    facts: { title: 'Fix the README', state: 'open', added: 12, removed: 3 },
  });
});

describe('only the URL is returned', () => {
  const plain = { pullRequests: { 1: open } };

  test('if the token may not read the pull request, or GitHub does not know it', async () => {
    expect(await read([at(1)], { ...plain, denied: ['pull-requests'] })).toEqual([{ url: at(1) }]);
    expect(await read([at(2), at(1)], plain)).toMatchObject([{ url: at(2) }, { facts: { state: 'open' } }]);
  });

  test('without a token, and nothing is requested', async () => {
    expect(await read([at(1)], plain, { token: '' })).toEqual([{ url: at(1) }]);
    expect(api.requests).toEqual([]);
  });

  test('if the step is canceled, and nothing is requested', async () => {
    expect(await read([at(1)], plain, { signal: AbortSignal.abort() })).toEqual([{ url: at(1) }]);
    expect(api.requests).toEqual([]);
  });

  test('for a URL of another site or path, and nothing is requested', async () => {
    const urls = [
      'https://gitlab.com/octo/repo/-/merge_requests/1',
      `https://github.com.evil.test/${REPOSITORY}/pull/1`,
      `${gitHubUrl}/${REPOSITORY}/../../user/pull/1`,
      `${gitHubUrl}/${REPOSITORY}/pull/1/files`,
    ];
    expect(await read(urls, plain)).toEqual(urls.map((url) => ({ url })));
    expect(api.requests).toEqual([]);
  });
});

test('at most five pull requests are read', async () => {
  const urls = Array.from({ length: 20 }, (_, index) => at(index + 1));
  await read(urls, { pullRequests: {} });
  expect(api.requests).toHaveLength(5);
});

test('slow answers cost three seconds in total, and the others are used', async () => {
  const clock = simulatedClock();
  const github: GitHubClient = {
    during: (signal) => ({
      rest: async ({ parameters, shape }) =>
        new Promise((resolve, reject) => {
          signal.addEventListener('abort', () => {
            reject(new Error('aborted'));
          });
          if (parameters['pull_number'] === 2) resolve(v.parse(shape, open));
        }),
      graphql: async () => Promise.reject(new Error('not asked')),
      readJobLog: async () => Promise.reject(new Error('nobody was to ask')),
    }),
  };
  const reader = { github, clock, gitHubUrl, signal: never };
  expect(await readPullRequests([at(1), at(2), at(3)], reader)).toMatchObject([
    { url: at(1) },
    { url: at(2), facts: { title: 'Fix the README' } },
    { url: at(3) },
  ]);
  expect(clock.now()).toBe(3_000);
});

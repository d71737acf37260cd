import { describe, expect, test } from '@jest/globals';

import type { Fault } from '../../simulator/faults.ts';
import type { GithubApi } from '../../simulator/github/api.ts';
import { GitHubFailure } from '../../src/github/failure.ts';
import { clientOf } from '../../testbed/github-client.ts';
import { REPOSITORY } from '../../testbed/world.ts';
import { openGithub } from '../support/after-test.ts';

const ZIP = Buffer.from('PK: a small archive, which nobody looks into here: \u00ff');
const ARTIFACT = { id: 7, name: 'outcome', run: 1, at: '2026-11-20T00:00:00Z', zip: ZIP };
const ON_GITHUB = '*/artifacts/7/zip';

async function read(
  faults: readonly Fault[] = [],
  limitBytes = 1_000,
): Promise<{ readonly api: GithubApi; readonly answer: unknown }> {
  const api = await openGithub({ faults, repositories: [{ name: REPOSITORY, artifacts: [ARTIFACT] }] });
  const github = clientOf(api).during(new AbortController().signal);
  const answer = await github.readArtifact(REPOSITORY, 7, limitBytes).then(
    (bytes): unknown => Buffer.from(bytes),
    (error: unknown) => error,
  );
  return { api, answer };
}

describe('an artifact', () => {
  test('is read byte for byte from where GitHub redirects to, without the token', async () => {
    const { api, answer } = await read();
    expect(answer).toEqual(ZIP);
    // The simulated host refuses a request with a token.
    expect(api.requests.map(({ path, status }) => [path, status])).toEqual([
      [`/repos/${REPOSITORY}/actions/artifacts/7/zip`, 302],
      [`/_artifacts/${REPOSITORY}/7`, 200],
    ]);
  });

  test('that is larger than the limit is a failure', async () => {
    const { answer } = await read([], 10);
    expect(answer).toBeInstanceOf(GitHubFailure);
  });

  test.each(['http://files.example.com/1', 'file:///etc/passwd', ''])(
    'is not read from %j',
    async (location) => {
      const answer = { kind: 'status', status: 302, headers: { location }, body: '' } as const;
      const { api, answer: failed } = await read([{ path: ON_GITHUB, answer }]);
      expect(failed).toEqual(expect.objectContaining({ message: expect.stringContaining('without https') }));
      expect(api.requests).toHaveLength(1);
    },
  );

  test.each([
    [403, { 'retry-after': '600' }, 600_000],
    [429, { 'retry-after': '600' }, 600_000],
    [410, {}, undefined],
  ])('that GitHub refuses with %s says how long to wait', async (status, headers, retryAfterMs) => {
    const { answer } = await read([{ path: ON_GITHUB, answer: { kind: 'status', status, headers } }]);
    expect(answer).toMatchObject({ status, retryAfterMs });
  });

  test('is asked for again after a short limit, and after a connection that broke', async () => {
    const limited = { kind: 'status', status: 429, headers: { 'retry-after': '5' } } as const;
    expect((await read([{ path: ON_GITHUB, answer: limited }])).answer).toEqual(ZIP);
    expect((await read([{ path: '/_artifacts/*', answer: { kind: 'reset' } }])).answer).toEqual(ZIP);
  });
});

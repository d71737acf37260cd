import { describe, expect, test } from '@jest/globals';

import { parseFault } from '../../simulator/fault-text.ts';
import { CHANGED_FILES } from '../../simulator/github/review-story.ts';
import { REPOSITORY } from '../../testbed/world.ts';
import { act, KEY, MESSAGE, simulate } from '../support/act.ts';
import { openGithub } from '../support/after-test.ts';

/** The event of an issue that was labeled. */
const LABELED = { name: 'issues', payload: { action: 'labeled', issue: { number: 1, title: 'Crash' } } };

describe('the permission check', () => {
  test('skips the step for a user with read access, and sends no request to the server', async () => {
    const simulator = await simulate();
    const api = await openGithub({ permissions: { mallory: { permission: 'read', role_name: 'read' } } });
    const run = await act(
      { message: MESSAGE, 'base-url': simulator.url },
      { event: LABELED, github: { api_url: api.url, actor: 'mallory' } },
    );
    expect(run.exitCode).toBe(0);
    expect(run.outputs).toEqual({ status: 'skipped', 'outcome-file': expect.any(String) });
    expect(run.annotations).toEqual([
      expect.objectContaining({
        level: 'notice',
        message: expect.stringContaining('the permission of mallory in'),
      }),
    ]);
    expect(simulator.requests).toEqual([]);
  });

  test('skips the step for a pull request from a fork, which has no key', async () => {
    const payload = { pull_request: { number: 7, head: { repo: { full_name: 'mallory/octo-repo' } } } };
    const run = await act({ message: MESSAGE, 'api-key': '' }, { event: { name: 'pull_request', payload } });
    expect(run.exitCode).toBe(0);
    expect(run.outputs).toEqual({ status: 'skipped', 'outcome-file': expect.any(String) });
    expect(run.summary).toContain('comes from a fork, and such runs get no secrets');
  });
});

test('debug logging shows every request with its status and time, without query, key or text', async () => {
  const faults = [parseFault('GET /api/v1/app-conversations?ids=* reset x1')];
  const [simulator, api] = [await simulate({ api: 'v1', faults }), await openGithub()];
  const run = await act(
    { message: MESSAGE, 'base-url': simulator.url, poll: 'true', comment: 'true' },
    { event: LABELED, github: { api_url: api.url }, env: { RUNNER_DEBUG: '1' } },
  );
  expect(run.outputs['status']).toBe('finished');
  const lines = run.log.split('\n').filter((line) => line.startsWith('##[debug]'));
  const failed = lines.filter((line) => !/: HTTP \d+ after \d+ ms$/.test(line));
  expect(failed).toEqual([
    expect.stringMatching(
      /^##\[debug\]GET http:\/\/127\.0\.0\.1:\d+\/api\/v1\/app-conversations: failed after \d+ ms: \w/,
    ),
  ]);
  for (const { url, requests } of [simulator, api]) {
    const said = lines.flatMap((line) => {
      const [, method, address, status] = /^##\[debug\](\w+) (\S+): HTTP (\d+) after/.exec(line) ?? [];
      return address?.startsWith(url) === true ? [`${method} ${address.slice(url.length)} ${status}`] : [];
    });
    const answered = requests.filter(({ status, path }) => status > 0 && !path.includes('/sockets/'));
    const made = answered.map(
      ({ method, path, status }) => `${method} ${path.replace(/\?.*/, '')} ${status}`,
    );
    expect(said.toSorted()).toEqual(made.toSorted());
    expect(said.length).toBeGreaterThan(1);
  }
});

describe('review: true', () => {
  test('posts one review with comments on lines, once for each answer', async () => {
    const [simulator, api] = [await simulate({ scenario: 'review' }), await openGithub()];
    const head = { sha: api.push({ number: 7 }, { files: CHANGED_FILES }), repo: { full_name: REPOSITORY } };
    const payload = { action: 'opened', pull_request: { number: 7, head } };
    const inputs = {
      message: MESSAGE,
      'base-url': simulator.url,
      'idempotency-key': 'review-7',
      review: 'true',
      poll: 'true',
    };
    const event = { event: { name: 'pull_request', payload }, github: { api_url: api.url } };
    const run = await act(inputs, event);
    expect(run.outputs['status']).toBe('finished');
    const [review] = api.reviews;
    expect(review).toMatchObject({
      commit: head.sha,
      event: 'COMMENT',
      comments: [
        { path: 'src/server.js', line: 8, startLine: 6 },
        { path: 'src/server.js', line: 3 },
      ],
    });
    expect(review?.body).toContain('package.json#L7');
    expect(run.outputs['review-url']).toMatch(/\/pull\/7#pullrequestreview-\d+$/);
    expect(run.summary).toContain('1 error, 1 warning, 1 note');
    const again = await act(inputs, event);
    expect(again.outputs['review-url']).toBe(run.outputs['review-url']);
    expect(api.reviews).toHaveLength(1);
  });
});

describe('comment: true', () => {
  test('writes a comment for each step, which ends with its answer', async () => {
    const [simulator, api] = [await simulate(), await openGithub()];
    const inputs = { message: MESSAGE, 'base-url': simulator.url, comment: 'true', poll: 'true' };
    const run = await act(inputs, { event: LABELED, github: { api_url: api.url } });
    expect(run.outputs['status']).toBe('finished');
    expect(run.state).toMatchObject({ conversation: '' });
    expect(api.comments).toEqual([expect.objectContaining({ author: 'github-actions[bot]' })]);
    const body = api.comments[0]?.body ?? '';
    expect(body).toContain('### ✅ Finished in ');
    expect(body).toContain(run.outputs['conversation-url']);
    expect(body).not.toContain(KEY);
    expect(run.post?.log ?? '').toBe('');

    const id = run.outputs['conversation-id'] ?? '';
    const again = { ...inputs, message: 'Go on\nsimulate: message', 'conversation-id': id };
    await act(again, { event: LABELED, github: { api_url: api.url } });
    expect(api.comments).toHaveLength(2);
    expect(api.comments[0]?.body).toBe(body);
    expect(api.comments[1]?.body).toContain(run.outputs['conversation-url']);
  });

  test('is completed by post if the step was killed', async () => {
    const [simulator, api] = [await simulate(), await openGithub()];
    const inputs = {
      message: `${MESSAGE}\nsimulate: long`,
      'base-url': simulator.url,
      comment: 'true',
      poll: 'true',
    };
    const run = await act(inputs, {
      event: LABELED,
      github: { api_url: api.url },
      signal: { after: (log) => log.includes('Agent running'), send: 'SIGKILL' },
    });
    expect(run.post?.log).toContain('The step was interrupted, and the agent was paused');
    expect(api.comments).toHaveLength(1);
    expect(api.comments[0]?.body).toContain('### 🛑 Canceled · ');
  });

  test('causes one warning if the token may not comment, and the step goes on', async () => {
    const simulator = await simulate();
    const api = await openGithub({ denied: ['writing'] });
    const run = await act(
      { message: MESSAGE, 'base-url': simulator.url, comment: 'true', poll: 'true' },
      { event: LABELED, github: { api_url: api.url } },
    );
    expect(run.outputs['status']).toBe('finished');
    expect(run.annotations.filter(({ level }) => level === 'warning')).toEqual([
      expect.objectContaining({ message: expect.stringContaining('issues: write') }),
    ]);
    // Post does not repeat the warning.
    expect(run.post?.annotations).toEqual([]);
    expect(run.state).toMatchObject({ conversation: '' });
  });
});

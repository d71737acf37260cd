import { describe, expect, test } from '@jest/globals';

import { REVIEWED } from '../../simulator/github/pushing-agent.ts';
import { composeMessage } from '../../src/message/agent-message.ts';
import { fence } from '../../src/message/fence.ts';
import type { Disturb } from '../../testbed/network.ts';
import { DISPATCH } from '../../testbed/world.ts';
import { commentOf } from '../support/github.ts';
import type { GithubSteps } from '../support/github-steps.ts';
import { messagesTo } from '../support/messages.ts';
import { inputsWith } from '../support/record.ts';
import { hrefsIn, rendered, tagsIn, withoutCode } from '../support/rendered.ts';
import { FILES, finding, ON_PULL_REQUEST, openReviewSteps, withFindings } from '../support/reviews.ts';

const REVIEW = { message: 'Review it', 'api-version': 'v1', poll: 'true', review: 'true' };
const KEYED = { ...REVIEW, 'idempotency-key': 'review-7' };
const COMMIT = '3f08ba31fbd9e317ea53b64bd0cd53b2f8eb1f4b';
const NEWER = 'd'.repeat(40);
const SECRET = 'ghs_a-secret-of-the-job';

const ONE = withFindings(finding());

/** Returns the only review. */
function only({ github }: Pick<GithubSteps, 'github'>) {
  expect(github.reviews).toHaveLength(1);
  const [review] = github.reviews;
  if (review === undefined) throw new Error('there is no review');
  return review;
}

function posts({ github }: Pick<GithubSteps, 'github'>): readonly number[] {
  return github.requests
    .filter(({ method, path }) => method === 'POST' && path.endsWith('/reviews'))
    .map(({ status }) => status);
}

const isPost: (...request: Parameters<Disturb>) => boolean = (method, target) =>
  method === 'POST' && target.endsWith('/reviews');

describe('a review', () => {
  test('has the findings on lines of the diff as comments, and all others in its body', async () => {
    const answer = withFindings(
      finding({ severity: 'note', text: 'A better name is `b`.', line: 4, start_line: 3 }),
      finding({ severity: 'warning', line: 12, start_line: 10, text: 'Nobody calls it.' }),
      finding(),
      finding({ path: 'src/gone.ts', line: 1, text: 'It was needed.' }),
      finding({ path: 'src/new.ts', line: 1, severity: 'note' }),
      finding({ path: 'picture.png', line: 1, severity: 'note' }),
      finding({ text: 'And it is slow.' }),
    );
    const steps = await openReviewSteps({ answer });
    const { outcome, runner } = await steps.step(REVIEW);
    expect(outcome.status).toBe('finished');
    const review = only(steps);
    expect(review).toMatchObject({ event: 'COMMENT', commit: COMMIT, pull: REVIEWED });
    expect(review.comments).toMatchObject([
      { path: 'src/a.ts', line: 2, startLine: undefined },
      { path: 'src/a.ts', line: 2, startLine: undefined },
      { path: 'src/a.ts', line: 4, startLine: 3 },
    ]);
    const texts = review.comments.map(({ body }) => body);
    expect(texts[0]).toMatch(/^❌ \*\*Error\*\*\n\n<div>\n<p>The value is lost\.<\/p>/);
    expect(texts[1]).toContain('And it is slow.');
    expect(review.body).toMatch(
      /^\*\*3 errors, 1 warning, 3 notes\*\* in commit `3f08ba3` · \[Conversation\]\(/,
    );
    expect(review.body).toContain('It is almost right.');
    expect(review.body).not.toContain('The value is lost.\n');
    const blob = `https://github.com/octo-org/octo-repo/blob/${COMMIT}`;
    expect(review.body).toContain(`- ❌ **Error** [\`src/gone.ts:1\`](<${blob}/src/gone.ts#L1>)`);
    expect(review.body).toContain(`- ⚠️ **Warning** [\`src/a.ts:10-12\`](<${blob}/src/a.ts#L10-L12>)`);
    expect(review.body).toContain(`[\`src/new.ts:1\`](<${blob}/src/new.ts#L1>)`);
    const url = `https://github.com/octo-org/octo-repo/pull/7#pullrequestreview-${review.id}`;
    expect(runner.outputs).toMatchObject({ 'review-url': url, status: 'finished' });
    expect(JSON.parse(runner.outputs['structured-output'] ?? '')).toMatchObject({
      summary: answer.summary,
    });
    expect(runner.page()).toContain(`<a href="${url}">Review</a>`);
    // Once each, and nobody reads JSON.
    for (const text of [runner.page(), runner.log.join('\n')]) {
      expect(text.split('3 errors, 1 warning, 3 notes')).toHaveLength(2);
      expect(text).not.toContain('"findings":[');
    }
    expect(runner.page()).toContain('It was needed.');
    expect(runner.log.join('\n')).toContain(`Review: ${url} (3 errors, 1 warning, 3 notes)`);
  });

  test.each([
    ['of one line', { line: 4, start_line: 4 }, [{ line: 4, startLine: undefined }], ''],
    ['that ends before it begins', { line: 2, start_line: 4 }, [{ line: 2, startLine: undefined }], ''],
    ['that begins at no line', { line: 12, start_line: 0 }, [], '[`src/a.ts:12`]'],
    ['of one line that is not in the diff', { line: 12, start_line: 12 }, [], '[`src/a.ts:12`]'],
  ])('takes a range %s for its last line', async (_what, lines, comments, link) => {
    const steps = await openReviewSteps({ answer: withFindings(finding(lines)) });
    await steps.step(REVIEW);
    // GitHub has not refused the lines.
    expect(posts(steps)).toEqual([200]);
    expect(only(steps).comments).toMatchObject(comments);
    expect(only(steps).body).toContain(link);
  });

  test.each(['v0', 'agent-server'] as const)('is posted whatever the API: %s', async (api) => {
    const steps = await openReviewSteps({ answer: ONE, api });
    const given =
      api === 'v0' ? {} : { model: 'm', 'llm-api-key': 'sk-a-model-key', 'working-directory': '/work' };
    const { outcome, runner } = await steps.step({ ...REVIEW, ...given, 'api-version': api });
    expect([outcome.status, runner.failures]).toEqual(['finished', []]);
    expect(only(steps).comments).toHaveLength(1);
  });

  test('says that the pull request has newer commits, and is still of the one that was asked', async () => {
    const steps = await openReviewSteps({ answer: ONE });
    steps.github.push({ number: REVIEWED }, { commit: NEWER, in: 10, files: FILES });
    await steps.step(REVIEW);
    const review = only(steps);
    expect(review.commit).toBe(COMMIT);
    expect(review.body).toContain('The pull request has newer commits');
    expect(review.comments).toHaveLength(1);
  });

  test('without findings says so in one line', async () => {
    const steps = await openReviewSteps({ answer: withFindings() });
    await steps.step(REVIEW);
    const [line, ...rest] = only(steps)
      .body.split('\n')
      .filter((each) => each !== '');
    expect(line).toMatch(/^\*\*No findings\*\* in commit `3f08ba3`/);
    expect(rest).toEqual([expect.stringMatching(/^<!-- openhands-conversation /)]);
  });

  test('has at most 20 comments on lines, for the most severe findings', async () => {
    const notes = Array.from({ length: 25 }, (_, index) =>
      finding({ severity: 'note', text: `Note ${index}.` }),
    );
    const steps = await openReviewSteps({ answer: withFindings(...notes, finding()) });
    await steps.step(REVIEW);
    const { comments, body } = only(steps);
    expect(comments).toHaveLength(20);
    expect(comments[0]?.body).toContain('The value is lost.');
    expect(body).toContain('Note 24.');
  });

  test('is posted with all findings in its body if GitHub refuses a line', async () => {
    const steps = await openReviewSteps({ answer: ONE });
    const body = '{"message":"Unprocessable Entity","errors":["Line could not be resolved"],"status":"422"}';
    const refused = { kind: 'status', status: 422, body } as const;
    steps.github.order({
      method: 'POST',
      path: '/repos/octo-org/octo-repo/pulls/7/reviews',
      answer: refused,
      times: 1,
    });
    const { outcome } = await steps.step(REVIEW);
    expect(outcome.status).toBe('finished');
    const review = only(steps);
    expect(review.comments).toEqual([]);
    expect(review.body).toContain('The value is lost.');
    expect(posts(steps)).toEqual([422, 200]);
  });

  test.each([
    ['the head', '/repos/octo-org/octo-repo/pulls/7', 2],
    ['the reviews', '/repos/octo-org/octo-repo/pulls/7/reviews', 0],
  ])(
    'is not posted without its comments on lines because GitHub refuses a read of %s',
    async (_what, path, skip) => {
      const steps = await openReviewSteps({ answer: ONE });
      steps.github.order({ method: 'GET', path, skip, answer: { kind: 'status', status: 422 } });
      const { outcome } = await steps.step(REVIEW);
      expect([outcome.status, steps.github.reviews]).toEqual(['unreachable', []]);
      await steps.step({ ...REVIEW, 'conversation-id': outcome.conversation?.id ?? '', message: '' });
      expect(only(steps).comments).toHaveLength(1);
    },
  );

  test('is posted once if GitHub refuses a line, and the answer to the next post is lost', async () => {
    const steps = await openReviewSteps({ answer: ONE });
    const path = '/repos/octo-org/octo-repo/pulls/7/reviews';
    steps.github.order({ method: 'POST', path, answer: { kind: 'status', status: 422 } });
    steps.github.order({ method: 'POST', path, when: 'after', answer: { kind: 'reset' } });
    const { outcome } = await steps.step(REVIEW);
    expect([outcome.status, only(steps).comments]).toEqual(['finished', []]);
  });

  test('has comments on lines of whichever file a pull request changes', async () => {
    const files = Array.from({ length: 250 }, (_, index) => ({
      filename: `src/${index}.ts`,
      patch: '@@ -1 +1 @@\n-a\n+b',
    }));
    const answer = withFindings(finding({ path: 'src/249.ts', line: 1 }));
    const steps = await openReviewSteps({ answer, files });
    await steps.step(REVIEW);
    expect(only(steps).comments).toMatchObject([{ path: 'src/249.ts', line: 1 }]);
  });

  test('has comments on the right lines if a line of the diff has line separators in it', async () => {
    const files = [
      {
        filename: 'src/a.ts',
        patch: '@@ -1,2 +1,3 @@\n one\n+two\u2028 a\u2029+b\r c\u2028@@ -1 +90 @@\n three',
      },
    ];
    const answer = withFindings(finding(), finding({ line: 5 }), finding({ line: 90 }));
    const steps = await openReviewSteps({ answer, files });
    await steps.step(REVIEW);
    expect(only(steps).comments).toMatchObject([{ line: 2 }]);
  });

  test('is not lost if a forced push has removed the commit', async () => {
    const steps = await openReviewSteps({ answer: ONE });
    steps.github.push({ number: REVIEWED }, { commit: NEWER, in: 10, replaces: true });
    const { outcome } = await steps.step(REVIEW);
    expect(outcome.status).toBe('finished');
    expect(only(steps)).toMatchObject({ commit: NEWER, comments: [] });
    expect(only(steps).body).toContain('in commit `3f08ba3`');
  });
});

describe('a review is posted once', () => {
  test('whatever else the step does: a second step finds it, and its findings', async () => {
    const steps = await openReviewSteps({ answer: ONE });
    await steps.step(KEYED);
    const { outcome, runner } = await steps.step(KEYED);
    expect(outcome.status).toBe('finished');
    expect(runner.outputs['review-url']).toMatch(/\/pull\/7#pullrequestreview-\d+$/);
    expect(runner.page()).toContain('The value is lost.');
    expect(posts(steps)).toEqual([200]);
  });

  test('even if a second step cannot read which commit the agent looked at', async () => {
    const steps = await openReviewSteps({ answer: ONE });
    await steps.step(KEYED);
    for (const path of ['*events/search?*source=user*', '*events/search?*MessageEvent*'])
      steps.simulator.order({ path, times: Infinity, answer: { kind: 'status', status: 400 } });
    const { outcome, runner } = await steps.step(KEYED);
    expect(outcome.status).toBe('finished');
    expect(runner.outputs['review-url']).toContain(String(only(steps).id));
  });

  test('if its answer is lost', async () => {
    const steps = await openReviewSteps({ answer: ONE });
    const path = '/repos/octo-org/octo-repo/pulls/7/reviews';
    steps.github.order({ method: 'POST', path, when: 'after', answer: { kind: 'reset' }, times: 1 });
    const { outcome, runner } = await steps.step(REVIEW);
    expect(outcome.status).toBe('finished');
    expect(runner.outputs['review-url']).toContain(String(only(steps).id));
  });

  test('if two steps with one key wait for the same answer', async () => {
    const steps = await openReviewSteps({ answer: ONE });
    const ends = await Promise.all([steps.step(KEYED), steps.step(KEYED)]);
    expect(ends.map(({ outcome }) => outcome.status)).toEqual(['finished', 'finished']);
    expect(ends[0].runner.outputs['review-url']).toBe(ends[1].runner.outputs['review-url']);
    expect(steps.github.reviews).toHaveLength(1);
  });

  test('if two runs find an answer without a review at the same moment', async () => {
    // GitHub's answers take a while: what the other run posts meanwhile is not in them.
    const disturb: Disturb = (_method, target) =>
      target.startsWith('/repos/') ? { answer: { kind: 'slow', seconds: 0.3 } } : undefined;
    const steps = await openReviewSteps({ answer: ONE, world: { disturb } });
    await steps.step({ ...KEYED, 'stop-on-cancel': 'false' }, 10);
    await steps.clock.sleep(60_000, new AbortController().signal);
    const run = async (random: number) => steps.step(KEYED, undefined, {}, () => random);
    const ends = await Promise.all([run(0.2), run(0.8)]);
    expect(ends.map(({ outcome }) => outcome.status)).toEqual(['finished', 'finished']);
    expect(posts(steps)).toEqual([200]);
  });

  test('for each commit: findings that stay the same are a review of the next commit, too', async () => {
    const steps = await openReviewSteps({ answer: ONE });
    const { runner } = await steps.step(REVIEW);
    const again = { ...REVIEW, 'conversation-id': runner.outputs['conversation-id'] ?? '' };
    steps.github.push({ number: REVIEWED }, { commit: NEWER, files: FILES });
    await steps.step(again);
    expect(steps.github.reviews.map(({ commit }) => commit)).toEqual([COMMIT, NEWER]);
    await steps.step({ ...again, message: '' });
    expect(steps.github.reviews).toHaveLength(2);
  });

  test.each([
    ['it has not posted it', 'before'],
    ['it has posted it', 'after'],
  ] as const)('although GitHub answers 502 four times: %s', async (_, when) => {
    const steps = await openReviewSteps({ answer: ONE });
    const answer = { kind: 'status', status: 502, body: '{"message":"Server Error"}' } as const;
    steps.github.order({ method: 'POST', path: '*/reviews', times: 4, when, answer });
    const { runner } = await steps.step(REVIEW);
    expect(runner.failures).toEqual([]);
    expect(only(steps).comments).toHaveLength(1);
    expect(posts(steps)).toHaveLength(when === 'after' ? 1 : 5);
  });

  test('although somebody else has copied its marker', async () => {
    const tokens = { ghp_mallory: 'mallory', ghp_robot: 'robot' };
    const steps = await openReviewSteps({ answer: ONE, github: { tokens } });
    await steps.step({ ...KEYED, 'github-token': 'ghp_mallory' });
    await steps.step({ ...KEYED, 'github-token': 'ghp_robot' });
    await steps.step({ ...KEYED, 'github-token': 'ghp_robot' });
    expect(steps.github.reviews.map(({ author }) => author)).toEqual(['mallory', 'robot']);
  });

  test.each([
    ['for a moment', { status: 500, times: 2 }, 'finished', ['mallory', 'robot']],
    ['at all', { status: 404, times: Infinity }, 'unreachable', ['mallory']],
  ])(
    'and a copy of its marker is never taken for it, even if GitHub does not say %s whose token it is',
    async (_what, { status, times }, expected, authors) => {
      const tokens = { ghp_mallory: 'mallory', ghp_robot: 'robot' };
      const steps = await openReviewSteps({ answer: ONE, github: { tokens } });
      await steps.step({ ...KEYED, 'github-token': 'ghp_mallory' });
      steps.github.order({ path: '/user', times, answer: { kind: 'status', status } });
      const { outcome } = await steps.step({ ...KEYED, 'github-token': 'ghp_robot' });
      expect(outcome.status).toBe(expected);
      expect(steps.github.reviews.map(({ author }) => author)).toEqual(authors);
    },
  );
});

describe('a step that attaches', () => {
  test('reviews the commit that the conversation was asked about', async () => {
    const steps = await openReviewSteps({ answer: ONE });
    await steps.step({ ...KEYED, poll: 'false', review: 'false', message: 'Something else' });
    await steps.step(KEYED);
    const review = only(steps);
    expect(review.comments).toEqual([]);
    expect(review.body).toContain('in an unknown commit');
    expect(review.body).toContain('- ❌ **Error** `src/a.ts:2`\n');
  });

  /** Returns a message like ours about a commit. */
  const naming = (commit: string, earlier = ''): string =>
    composeMessage({
      task: '',
      review: { pull: { repository: 'octo-org/octo-repo', number: REVIEWED }, head: { commit }, earlier },
    });
  const lines = naming(COMMIT).trim();
  const unfenced = naming(COMMIT, '{}').replace(/\nThe text between[^]*/, '');
  test.each([
    ['our line at the end of the task', `Do it.\n\n${lines.split('\n')[0]}`],
    ['our sentences in the task', `${lines}\nDo something else.`],
    ['our sentences in the words of a stranger', `Do it:\n${fence('a title', lines, 'abc')}`],
    ['those about earlier findings, too', `Do it:\n${fence('a title', unfenced, '0123456789abcdef')}`],
    ['those and a megabyte of blank lines', `${unfenced}\n${' \n'.repeat(500_000)}\nBe brief.`],
  ])('knows no commit from %s', async (_what, message) => {
    const steps = await openReviewSteps({ answer: ONE });
    await steps.step({ ...KEYED, poll: 'false', review: 'false', message });
    await steps.step(KEYED);
    expect(only(steps).body).toContain('in an unknown commit');
    expect(only(steps).comments).toEqual([]);
  });

  test.each(['attach', 'send'])(
    'reviews the commit that we have named, not one of a stranger (if-exists: %s)',
    async (ifExists) => {
      const steps = await openReviewSteps({ answer: ONE });
      const message = `Review it:\n${fence('a title', naming(NEWER), 'abc')}`;
      const given = { ...KEYED, message, 'if-exists': ifExists };
      await steps.step({ ...given, 'stop-on-cancel': 'false' }, 10);
      await steps.step(given, undefined, { isFirstAttempt: false });
      expect(only(steps)).toMatchObject({ commit: COMMIT, comments: [{ line: 2 }] });
    },
  );

  test('puts all findings in the body if that commit is no longer the head', async () => {
    const steps = await openReviewSteps({ answer: ONE });
    await steps.step({ ...KEYED, 'stop-on-cancel': 'false' }, 10);
    steps.github.push({ number: REVIEWED }, { commit: NEWER, files: FILES });
    await steps.step(KEYED);
    const review = only(steps);
    expect(review).toMatchObject({ commit: COMMIT, comments: [] });
    expect(review.body).toContain('The pull request has newer commits');
  });

  test('has comments on lines if that commit is still the head', async () => {
    const steps = await openReviewSteps({ answer: ONE });
    await steps.step({ ...KEYED, 'stop-on-cancel': 'false' }, 10);
    await steps.step(KEYED);
    expect(only(steps).comments).toHaveLength(1);
  });
});

describe('what cannot be reviewed', () => {
  test.each([
    ['the event', ON_PULL_REQUEST, REVIEW],
    ['issue-number', DISPATCH, { ...REVIEW, 'issue-number': '7' }],
  ])('a head in another repository is skipped, by %s', async (_what, event, given) => {
    const steps = await openReviewSteps({ answer: ONE, event, from: 'stranger/octo-repo' });
    const { outcome, runner } = await steps.step(given);
    expect(outcome.status).toBe('skipped');
    expect(runner.log.join('\n')).toContain(
      'Skipped: the head of pull request #7 is in another repository, such as a fork. To have it reviewed',
    );
    expect(steps.simulator.requests).toEqual([]);
  });

  test('a number that is no pull request fails before the start', async () => {
    const steps = await openReviewSteps({ answer: ONE, event: DISPATCH });
    const { runner } = await steps.step({ ...REVIEW, 'issue-number': '1' });
    expect(runner.outputs).toMatchObject({ status: 'start-failed', 'failure-kind': 'github' });
    expect(runner.failures).toEqual([expect.stringContaining('failed to read pull request #1: ')]);
    expect(runner.failures[0]).toContain('pull-requests: write');
    expect(steps.simulator.requests).toEqual([]);
    expect(runner.log.join('\n')).not.toContain('issue-number needs comment');
  });

  test('a review that may not be posted fails the step, and the summary has the findings', async () => {
    const steps = await openReviewSteps({ answer: ONE, github: { denied: ['writing'] } });
    const { runner } = await steps.step(REVIEW);
    expect(runner.outputs).toMatchObject({ status: 'unreachable', 'failure-kind': 'github' });
    expect(runner.outputs).not.toHaveProperty('review-url');
    expect(runner.outputs['structured-output']).toContain('The value is lost.');
    expect(runner.failures).toEqual([
      expect.stringMatching(/^failed to post the review on pull request #7: .*pull-requests: write/),
    ]);
    expect(runner.page()).toContain('The value is lost.');
    expect(runner.page()).toContain('<p>Review, not posted</p>\n\n**1 error** in commit');
  });

  test.each([
    ['with a key', { 'idempotency-key': 'review-1' }, 1],
    ['without a key', {}, 2],
  ])(
    'a review that GitHub refuses for what it holds blames no permission and asks for no re-run, which helps only once the reason is gone: %s',
    async (_, key, conversations) => {
      const steps = await openReviewSteps({ answer: ONE });
      const answer = { kind: 'status', status: 422, body: '{"message":"Unprocessable"}' } as const;
      steps.github.order({ method: 'POST', path: '*/reviews', times: 4, answer });
      const inputs = { ...REVIEW, ...key };
      const { runner } = await steps.step(inputs);
      expect(runner.outputs).toMatchObject({ status: 'unreachable', 'failure-kind': 'github' });
      expect(runner.failures[0]).toContain(
        'HTTP 422: Unprocessable; the summary of the run has the findings. What to do: read the findings there (GitHub refuses this review until that reason is gone) (http',
      );
      const again = await steps.step(inputs, undefined, { isFirstAttempt: false, attempt: '2' });
      expect(again.outcome.status).toBe('unreachable');
      expect(steps.simulator.conversations).toHaveLength(conversations);
      const last = await steps.step(inputs, undefined, { isFirstAttempt: false, attempt: '3' });
      expect(last.runner.outputs['review-url']).toBeDefined();
    },
  );

  test('a review that may not be posted is posted by the next label once the job may, without another agent', async () => {
    const event = { ...ON_PULL_REQUEST, name: 'pull_request', isLabeled: true };
    const steps = await openReviewSteps({ answer: ONE, event });
    const refusal = { kind: 'status', status: 403, body: '{"message":"Resource not accessible"}' } as const;
    steps.github.order({ method: 'POST', path: '*/reviews', answer: refusal });
    const inputs = { ...KEYED, 'if-exists': 'restart-failed' };
    const { runner } = await steps.step(inputs, undefined, { runId: '100' });
    expect(runner.failures[0]).toContain(
      'What to do: check that the job has the permission pull-requests: write, then remove the label and add it again (http',
    );
    const again = await steps.step(inputs, undefined, { runId: '101' });
    expect(again.runner.outputs['review-url']).toBeDefined();
    expect(steps.simulator.conversations).toHaveLength(1);
  });

  test('an outage of GitHub is waited out for two minutes, and its error asks for no permission', async () => {
    const steps = await openReviewSteps({ answer: ONE });
    const answer = { kind: 'status', status: 502, body: '{"message":"Server Error"}' } as const;
    steps.github.order({ method: 'POST', path: '*/reviews', times: Infinity, answer });
    const { runner } = await steps.step(REVIEW);
    expect(runner.outputs).toMatchObject({ status: 'unreachable', 'failure-kind': 'github' });
    expect(runner.failures).toEqual([
      expect.stringMatching(
        /^failed to post the review on pull request #7: HTTP 502: Server Error; the summary of the run has the findings\. What to do: read the findings there \(http\S+\)\.$/,
      ),
    ]);
    expect(posts(steps)).toHaveLength(5);
    expect(steps.clock.now()).toBeLessThan(200_000);
  });

  test('a review that GitHub did not accept before the deadline fails with the words of GitHub', async () => {
    const steps = await openReviewSteps({ answer: ONE });
    const answer = { kind: 'status', status: 502, body: '{"message":"Server Error"}' } as const;
    steps.github.order({ method: 'POST', path: '*/reviews', times: Infinity, answer });
    const { runner } = await steps.step({ ...REVIEW, 'timeout-seconds': '60' });
    expect(runner.outputs).toMatchObject({ status: 'unreachable', 'failure-kind': 'github' });
    expect(runner.failures).toEqual([expect.stringContaining('HTTP 502: Server Error')]);
    expect(steps.clock.now()).toBeLessThanOrEqual(60_000);
  });

  test('at the deadline the step is timed out, and has the findings all the same', async () => {
    const steps = await openReviewSteps({
      answer: ONE,
      world: {
        disturb: (method, target) => (isPost(method, target) ? { answer: { kind: 'hang' } } : undefined),
      },
    });
    const { runner } = await steps.step({ ...REVIEW, 'timeout-seconds': '30' });
    expect(runner.outputs).toMatchObject({ status: 'timed-out', 'failure-kind': 'timeout' });
    expect(runner.outputs['structured-output']).toContain('The value is lost.');
    expect(runner.failures).toEqual([
      expect.stringMatching(
        /^failed to post the review on pull request #7: the deadline passed \(timeout-seconds is 30\); the summary of the run has the findings\. What to do: read the findings there \(http\S+\)\.$/,
      ),
    ]);
    expect(runner.page()).toContain('The value is lost.');
  });

  test('an answer that does not fit is asked for again, and nothing is posted if the next one does not either', async () => {
    const steps = await openReviewSteps({ answer: { summary: 'Fine.' } });
    const { outcome, runner } = await steps.step(REVIEW);
    expect(outcome.status).toBe('invalid-output');
    expect(runner.failures).toEqual([
      expect.stringMatching(/^failed to get an answer that matches the review schema: /),
    ]);
    expect(messagesTo(steps)).toHaveLength(2);
    expect(steps.github.reviews).toEqual([]);
  });
});

describe('hostile findings', () => {
  test('of 9 KB, 50 of them, are cut, and the agent is not asked again', async () => {
    const text = `"<&${'😀'.repeat(3_000)}`;
    const findings = Array.from({ length: 50 }, (_, index) => finding({ text, line: index * 1000 }));
    const steps = await openReviewSteps({ answer: withFindings(...findings) });
    const { runner } = await steps.step(REVIEW);
    const { body } = only(steps);
    expect(messagesTo(steps)).toHaveLength(1);
    expect(Buffer.byteLength(body)).toBeLessThan(60_200);
    const shown = body.match(/^- ❌/gm)?.length ?? 0;
    expect(shown).toBeGreaterThan(10);
    expect(body).toContain(`${50 - shown} more findings are missing`);
    expect(Buffer.byteLength(runner.outputs['structured-output'] ?? '')).toBeLessThan(96 * 1024);
  });

  test('that would become long hide no others', async () => {
    const text = `|${'a|'.repeat(100)}\n|${'-|'.repeat(100)}\n${'x\n'.repeat(290)}`;
    const answer = { summary: text, findings: [finding({ text }), finding({ text, line: 99 }), finding()] };
    const steps = await openReviewSteps({ answer });
    await steps.step(REVIEW);
    const { body, comments } = only(steps);
    expect(comments).toHaveLength(2);
    expect(comments[1]?.body).toContain('The value is lost.');
    expect(body).not.toContain('missing');
    expect(tagsIn(rendered(body))).not.toContain('<table>');
  });

  test.each([
    '../../../../evil/page',
    'src/../../x',
    '/etc/passwd',
    'a`b`](https://evil.example)',
    'src/\u202Etxt.js',
    'src/a.ts\n\n# Title @octocat',
    'src/\ud800.ts',
    '',
    '><img src=x>',
  ])('with the path %j lead nowhere else', async (path) => {
    const steps = await openReviewSteps({ answer: withFindings(finding({ path, line: 3 })) });
    const { outcome } = await steps.step(REVIEW);
    expect(outcome.status).toBe('finished');
    const html = rendered(only(steps).body);
    const links = hrefsIn(html).filter((href) => !href.includes('/conversations/'));
    expect(
      links.every((href) =>
        new URL(href).href.startsWith(`https://github.com/octo-org/octo-repo/blob/${COMMIT}/`),
      ),
    ).toBe(true);
    expect(withoutCode(html)).not.toMatch(/@octocat|evil|<img|<h1/);
  });

  test.each([
    ['a suggestion', '```suggestion\nrm -rf /\n```'],
    ['a suggestion in HTML', '<pre lang="suggestion"><code>rm -rf /</code></pre>'],
    ['a longer fence', '~~~~ suggestion\nrm -rf /\n~~~~'],
    ['a mention', 'Ask @octocat and #1'],
    ['an image', '![x](https://evil.example/x.png)'],
    ['HTML', '<details><summary>x</summary><script>alert(1)</script>'],
    ['a marker', '<!-- openhands-conversation 0 0 -->'],
    ['an open block', '<div><!--'],
    ['a secret', `The token is ${SECRET}.`],
  ])('with %s are harmless', async (_what, text) => {
    const answer = withFindings(finding({ text }), finding({ text, line: 99 }));
    const steps = await openReviewSteps({ answer: { ...answer, summary: text } });
    await steps.step({ ...REVIEW, 'github-token': SECRET });
    const { body, comments } = only(steps);
    for (const markdown of [body, comments[0]?.body ?? '']) {
      expect(markdown).not.toContain(SECRET);
      expect(/<!-- openhands-conversation \S+ [0-9a-f]{64} -->\n$/.exec(markdown)).not.toBeNull();
      const html = rendered(markdown);
      expect(html).not.toMatch(/lang="suggestion"|language-suggestion/);
      expect(withoutCode(html)).not.toMatch(/@octocat|#1\b|evil/);
      const tags = tagsIn(html.replace(/<!-- openhands-conversation .*-->/, ''));
      expect(tags.filter((tag) => /<(?:img|script|details|summary|!--)/.test(tag))).toEqual([]);
    }
  });

  test('on lines 0 and 1e9 are in the body', async () => {
    const steps = await openReviewSteps({
      answer: withFindings(finding({ line: 0 }), finding({ line: 1e9 })),
    });
    await steps.step(REVIEW);
    const { body, comments } = only(steps);
    expect(comments).toEqual([]);
    expect(body).toContain(
      `[\`src/a.ts:0\`](<https://github.com/octo-org/octo-repo/blob/${COMMIT}/src/a.ts>)`,
    );
    expect(body).toContain('src/a.ts#L1000000000>)');
  });
});

describe('the inputs of a review', () => {
  test.each([
    [{ poll: 'false' }, 'review needs poll: true'],
    [{ 'output-schema': '{}' }, 'output-schema is given and review is true'],
    [{}, 'review needs a pull request, and the event has none'],
    [{ review: 'yes' }, 'review is "yes": it must be true or false'],
  ])('%j are refused', async (given, why) => {
    await expect(inputsWith({ ...REVIEW, ...given })).rejects.toThrow(why);
  });

  test('may name the pull request in issue-number', async () => {
    await expect(inputsWith({ ...REVIEW, 'issue-number': '7' })).resolves.toMatchObject({ review: 7 });
  });
});

test("the comment shows how many findings there are, and links the review instead of showing the agent's answer", async () => {
  const steps = await openReviewSteps({ answer: ONE });
  await steps.step({ ...REVIEW, comment: 'true' });
  const [comment] = steps.github.comments;
  expect(comment?.body).toContain(`#pullrequestreview-${only(steps).id}">Review</a>: 1 error`);
  expect(comment?.body).not.toContain('The value is lost.');
});

test.each(['pull_request_review', 'pull_request_review_comment'])(
  'the event %s of our own review starts nothing',
  async (name) => {
    const before = await openReviewSteps({ answer: ONE });
    await before.step(REVIEW);
    const { body, comments } = only(before);
    const written = name === 'pull_request_review' ? body : (comments[0]?.body ?? '');
    const comment = commentOf(written, 'github-actions[bot]');
    const steps = await openReviewSteps({ answer: ONE, event: { ...ON_PULL_REQUEST, name, comment } });
    const { outcome } = await steps.step(REVIEW);
    expect(outcome.status).toBe('skipped');
    expect(steps.simulator.requests).toEqual([]);
    expect(steps.github.requests.map(({ path }) => path)).toEqual(['/user']);
  },
);

test('an event that may be about our own review starts nothing if GitHub does not say whose token it is', async () => {
  const body = `Fix it\n\n<!-- openhands-conversation 0 ${'0'.repeat(64)} -->`;
  const event = { ...ON_PULL_REQUEST, name: 'pull_request_review', comment: commentOf(body) };
  const steps = await openReviewSteps({ answer: ONE, event });
  steps.github.order({ path: '/user', times: Infinity, answer: { kind: 'status', status: 502 } });
  const { runner } = await steps.step(REVIEW);
  expect(runner.outputs).toMatchObject({ status: 'start-failed', 'failure-kind': 'github' });
  expect(runner.failures).toEqual([
    expect.stringMatching(/^failed to read which account the token belongs to: HTTP 502.*github-token/),
  ]);
  expect(steps.simulator.requests).toEqual([]);
});

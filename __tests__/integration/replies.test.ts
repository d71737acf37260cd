import { describe, expect, test } from '@jest/globals';

import { REVIEWED } from '../../simulator/github/pushing-agent.ts';
import type { ReviewThreadView } from '../../simulator/github/store.ts';
import type { Step } from '../../testbed/steps.ts';
import { DISPATCH } from '../../testbed/world.ts';
import { commentOf } from '../support/github.ts';
import { answering, type GithubSteps } from '../support/github-steps.ts';
import { messagesTo } from '../support/messages.ts';
import { hrefsIn, rendered, tagsIn, withoutCode } from '../support/rendered.ts';
import { openReviewSteps, type ReviewOptions } from '../support/reviews.ts';

const REVIEW = 80;
const EVENT = {
  ...DISPATCH,
  name: 'pull_request_review',
  issue: REVIEWED,
  pullRequest: REVIEWED,
  review: { id: REVIEW, pullRequest: REVIEWED },
};
const FEEDBACK = {
  message: 'Make the requested changes',
  'api-version': 'v1',
  poll: 'true',
  'review-feedback': 'true',
};
const KEYED = { ...FEEDBACK, 'idempotency-key': 'pull-request-7', 'if-exists': 'send' };
const COMMENTS = '/repos/octo-org/octo-repo/pulls/7/comments';
const RIGHT = 'give the job the permission pull-requests: write';
const SECRET = 'ghs_a-secret-of-the-job';
const FIRST = 2_600_000_001;
/** Another attempt of the run. */
const AGAIN = { isFirstAttempt: false } as const;

/** Returns what the agent says, and its replies in a block at the end. */
function saying(words: string, ...replies: readonly (readonly [thread: number, text: string])[]): string {
  const json = JSON.stringify({ replies: replies.map(([thread, text]) => ({ thread, text })) });
  return `${words}\n\n\`\`\`json\n${json}\n\`\`\``;
}

interface FeedbackOptions extends ReviewOptions {
  /** The texts of the review's comments, each of which begins a thread. */
  readonly said?: readonly string[];
}

/** Opens steps for a review with threads, the first of which has the id {@link FIRST}. */
async function openFeedbackSteps({
  said = ['Rename this.', 'Why?'],
  ...options
}: FeedbackOptions = {}): Promise<GithubSteps & { readonly threads: readonly ReviewThreadView[] }> {
  const steps = await openReviewSteps({ event: EVENT, ...options });
  const threads = said.map((body, index) =>
    steps.github.beginThread({
      pull: REVIEWED,
      author: 'octocat',
      path: 'src/a.ts',
      originalLine: index + 2,
      body,
      review: REVIEW,
    }),
  );
  return { ...steps, threads };
}

const BOTH = saying(
  'I renamed it.',
  [FIRST, 'Renamed to `count`.'],
  [FIRST + 1, 'It is needed for the cache.'],
);

/** Returns the warnings in a log. */
function warningsOf({ runner }: Step): readonly string[] {
  return runner.log.filter((line) => line.startsWith('Warning: '));
}

/** Returns the thread of each reply. */
function threadsOf({ github }: GithubSteps): readonly number[] {
  return github.replies.map(({ thread }) => thread);
}

/** Returns the requests about comments on lines. */
function about({ github }: GithubSteps): readonly string[] {
  return github.requests
    .filter(({ path }) => path.includes('/comments'))
    .map(({ method, path }) => `${method} ${path}`);
}

describe('replies', () => {
  test('stand in each thread of the review: the agent is told the threads, and people read no JSON', async () => {
    const steps = await openFeedbackSteps({ answer: BOTH });
    steps.github.beginThread({
      pull: REVIEWED,
      author: 'x',
      path: 'b',
      originalLine: 1,
      body: 'Of another review.',
    });
    const { outcome, runner } = await steps.step(FEEDBACK);
    expect([outcome.status, runner.failures]).toEqual(['finished', []]);
    expect(steps.github.replies).toMatchObject([
      {
        thread: FIRST,
        author: 'github-actions[bot]',
        body: expect.stringMatching(/^<div>\n<p>Renamed to <code>count<\/code>\.<\/p>/),
      },
      { thread: FIRST + 1, body: expect.stringContaining('It is needed for the cache.') },
    ]);
    const [message = ''] = messagesTo(steps);
    expect(message).toContain(`{"thread":${FIRST},"path":"src/a.ts","line":2,"text":"Rename this."}`);
    expect(message).not.toContain('Of another review.');
    const page = runner.page();
    expect(page).toContain('I renamed it.');
    expect(page).toMatch(
      /Replies in the threads of <a href="https:\/\/github\.com\/octo-org\/octo-repo\/pull\/7#pullrequestreview-80">the review<\/a>: 2 posted/,
    );
    expect(page + runner.log.join('\n')).not.toContain('"replies":[');
    expect(runner.log.join('\n')).toContain('Replies in the threads of the review: 2 posted');
    expect(JSON.parse(runner.outputs['structured-output'] ?? '')).toMatchObject({
      replies: [{ thread: FIRST }, {}],
    });
    expect(steps.github.reviewThreads.map(({ isResolved }) => isResolved)).toEqual([false, false, false]);
  });

  test('go to the first comment of the thread, also if the review only answers in an older thread', async () => {
    const steps = await openFeedbackSteps({ said: ['Old.'], answer: saying('Yes.', [FIRST, 'Done now.']) });
    const item = { id: 9, in_reply_to_id: FIRST, path: 'a', body: 'Still wrong.' };
    steps.github.order({
      method: 'GET',
      path: '*/reviews/80/comments*',
      answer: { kind: 'status', status: 200, body: JSON.stringify([item]) },
    });
    await steps.step(FEEDBACK);
    expect(threadsOf(steps)).toEqual([FIRST]);
    expect(messagesTo(steps)[0]).toContain(`{"thread":${FIRST},"path":"a","text":"Still wrong."}`);
  });

  test('are inert, without secrets, and begin with no command', async () => {
    const text = `/agent do more\n\n@octocat fixes #1 ${SECRET} ![x](https://evil.example/x.png) [y](https://evil.example) <!-- a --> https://github.com/octo-org/octo-repo/issues/1`;
    const steps = await openFeedbackSteps({ said: ['A'], answer: saying('Done.', [FIRST, text]) });
    await steps.step({ ...FEEDBACK, 'github-token': SECRET });
    const [{ body } = { body: '' }] = steps.github.replies;
    expect(body).toMatch(/^<div>\n/);
    expect(body).not.toContain(SECRET);
    const page = rendered(body);
    expect(hrefsIn(page)).toEqual([]);
    expect(tagsIn(page)).not.toContain('img');
    expect(withoutCode(page)).not.toMatch(/@octocat|fixes #1|(?<!\/)#1\b/);
  });

  test('are at most those for 50 threads, with a second between two, and the agent is told of no more', async () => {
    const said = Array.from({ length: 120 }, (_, index) => `Comment ${index}`);
    const ids = said.map((_, index) => FIRST + index);
    const answer = saying('Done.', ...ids.map((id) => [id, 'Done.'] as const));
    const steps = await openFeedbackSteps({ said, answer });
    const before = steps.clock.now();
    const { runner } = await steps.step(FEEDBACK);
    expect(threadsOf(steps)).toEqual(ids.slice(0, 50));
    expect(steps.clock.now() - before).toBeGreaterThan(49_000);
    expect(messagesTo(steps)[0]).not.toContain('Comment 50');
    expect(runner.page()).toContain('50 posted, 70 for no thread of the review');
  });

  test('that the agent does not give are not posted: an empty list is an answer', async () => {
    const steps = await openFeedbackSteps({ answer: saying('Nothing to say.') });
    const { outcome, runner } = await steps.step(FEEDBACK);
    expect([outcome.status, threadsOf(steps), messagesTo(steps).length]).toEqual(['finished', [], 1]);
    expect(runner.page()).toContain('</a>: none');
  });
});

describe('replies are posted once for a review', () => {
  test('and a re-run sends no message and posts none', async () => {
    const steps = await openFeedbackSteps({ answer: BOTH });
    await steps.step(KEYED);
    const { outcome, runner } = await steps.step(KEYED, undefined, AGAIN);
    expect(outcome.status).toBe('finished');
    expect([threadsOf(steps), messagesTo(steps).length]).toEqual([[FIRST, FIRST + 1], 1]);
    expect(runner.page()).toContain('2 posted');
  });

  test('and a re-run posts those that the first attempt could not', async () => {
    const steps = await openFeedbackSteps({ answer: BOTH });
    steps.github.order({
      method: 'POST',
      path: `${COMMENTS}/${FIRST + 1}/replies`,
      times: 5,
      answer: { kind: 'status', status: 502 },
    });
    const first = await steps.step(KEYED);
    expect([first.outcome.status, threadsOf(steps)]).toEqual(['finished', [FIRST]]);
    expect(warningsOf(first)).toEqual([
      expect.stringMatching(/^Warning: Replies in the threads of the review: 1 posted, 1 not posted \(.*502/),
    ]);
    // They are only in the answer.
    expect(first.runner.page()).toContain('It is needed for the cache.');
    await steps.step(KEYED, undefined, AGAIN);
    expect(threadsOf(steps)).toEqual([FIRST, FIRST + 1]);
  });

  test('and a re-run posts the rest if the first attempt was killed between two', async () => {
    const steps = await openFeedbackSteps({ answer: BOTH });
    const path = `${COMMENTS}/${FIRST + 1}/replies`;
    steps.github.order({ method: 'POST', path, answer: { kind: 'status', status: 502 } });
    await steps.killed(KEYED, 32);
    expect(threadsOf(steps)).toEqual([FIRST]);
    await steps.step(KEYED, undefined, AGAIN);
    expect([threadsOf(steps), messagesTo(steps).length]).toEqual([[FIRST, FIRST + 1], 1]);
  });

  test('if the answer to one is lost', async () => {
    const steps = await openFeedbackSteps({ answer: BOTH });
    steps.github.order({
      method: 'POST',
      path: `${COMMENTS}/${FIRST}/replies`,
      when: 'after',
      answer: { kind: 'reset' },
    });
    const { runner } = await steps.step(FEEDBACK);
    expect(threadsOf(steps)).toEqual([FIRST, FIRST + 1]);
    expect(runner.page()).toContain('2 posted');
  });

  test('if two steps with one key wait for the same answer', async () => {
    const steps = await openFeedbackSteps({ answer: BOTH });
    const inputs = { ...KEYED, 'if-exists': 'attach' };
    const ends = await Promise.all([steps.step(inputs), steps.step(inputs)]);
    expect(ends.map(({ outcome }) => outcome.status)).toEqual(['finished', 'finished']);
    expect(threadsOf(steps)).toEqual([FIRST, FIRST + 1]);
  });

  test('although somebody else has copied a marker', async () => {
    const tokens = { ghp_mallory: 'mallory', ghp_robot: 'robot' };
    const steps = await openFeedbackSteps({
      said: ['A'],
      answer: saying('Done.', [FIRST, 'Done.']),
      github: { tokens },
    });
    for (const token of ['ghp_mallory', 'ghp_robot', 'ghp_robot'])
      await steps.step({ ...KEYED, 'github-token': token });
    expect(steps.github.replies.map(({ author }) => author)).toEqual(['mallory', 'robot']);
  });

  test('and an event about one starts nothing, whatever token has written it', async () => {
    const steps = await openFeedbackSteps({ answer: BOTH });
    await steps.step(FEEDBACK);
    const [{ body } = { body: '' }] = steps.github.replies;
    const event = {
      ...EVENT,
      name: 'pull_request_review_comment',
      review: undefined,
      comment: commentOf(body, 'github-actions[bot]'),
    };
    const after = await openFeedbackSteps({ event });
    const { outcome } = await after.step({ ...FEEDBACK, 'review-feedback': '' });
    expect([outcome.status, messagesTo(after)]).toEqual(['skipped', []]);
  });
});

describe('GitHub refuses', () => {
  test.each([404, 410, 422])(
    'one reply with %d: the others are posted, and a line counts it',
    async (status) => {
      const steps = await openFeedbackSteps({ answer: BOTH });
      steps.github.order({
        method: 'POST',
        path: `${COMMENTS}/${FIRST}/replies`,
        answer: { kind: 'status', status },
      });
      const step = await steps.step(FEEDBACK);
      const { outcome, runner } = step;
      expect([outcome.status, threadsOf(steps), warningsOf(step)]).toEqual(['finished', [FIRST + 1], []]);
      expect(runner.page()).toContain('1 posted, 1 refused by GitHub');
      expect(runner.page()).toContain('Renamed to');
    },
  );

  test('a reply in a thread that was deleted meanwhile', async () => {
    const steps = await openFeedbackSteps({
      answer: BOTH,
      onRequest: ({ path, method }) => {
        if (method === 'POST' && path.endsWith('/app-conversations')) steps.github.removeThread(FIRST);
      },
    });
    const { runner } = await steps.step(FEEDBACK);
    expect(threadsOf(steps)).toEqual([FIRST + 1]);
    expect(runner.page()).toContain('1 posted, 1 refused by GitHub');
  });

  test('all, because the token may not write: a warning names the permission, and nothing fails', async () => {
    const steps = await openFeedbackSteps({ answer: BOTH, github: { denied: ['writing'] } });
    const step = await steps.step(FEEDBACK);
    expect([step.outcome.status, threadsOf(steps)]).toEqual(['finished', []]);
    expect(warningsOf(step)).toEqual([
      expect.stringMatching(/: 2 not posted \(.*403.*; give the job the permission/),
    ]);
    expect(about(steps).filter((each) => each.startsWith('POST'))).toHaveLength(1);
  });

  test('the read of the threads: a warning names the permission, and the agent is asked for none', async () => {
    const steps = await openFeedbackSteps({ answer: BOTH, github: { denied: ['pull-requests'] } });
    const step = await steps.step(FEEDBACK);
    expect([step.outcome.status, threadsOf(steps)]).toEqual(['finished', []]);
    expect(warningsOf(step)).toEqual([expect.stringContaining(RIGHT)]);
    expect(messagesTo(steps)).toEqual(['Make the requested changes']);
  });
});

describe('without replies in the answer', () => {
  test('the agent is asked once, and people still read what it said of the task', async () => {
    const steps = await openFeedbackSteps({ answers: ['I renamed it.', saying('', [FIRST, 'Renamed.'])] });
    const { outcome, runner } = await steps.step(FEEDBACK);
    expect([outcome.status, threadsOf(steps)]).toEqual(['finished', [FIRST]]);
    expect(messagesTo(steps)[1]).toMatch(/^Your answer does not match the JSON Schema:/);
    expect(runner.page()).toContain('I renamed it.');
    expect(runner.outputs['response']).toBe('I renamed it.');
  });

  test('twice, the step is finished, and a line of the summary says why there are none', async () => {
    const steps = await openFeedbackSteps({ answers: ['I renamed it.', 'No.'] });
    const step = await steps.step(FEEDBACK);
    const { outcome, runner } = step;
    expect([outcome.status, threadsOf(steps), messagesTo(steps).length]).toEqual(['finished', [], 2]);
    expect(runner.page()).toMatch(/<\/a>: none \(it is not JSON/);
    expect([warningsOf(step), runner.failures]).toEqual([[], []]);
    expect(runner.outputs['structured-output']).toBeUndefined();
    expect(about(steps)).toHaveLength(1);
  });

  test('a step that finds a finished agent, which was never asked, asks for none', async () => {
    const steps = await openFeedbackSteps({ answer: 'I renamed it.' });
    const inputs = { ...KEYED, 'if-exists': 'attach' };
    await steps.step({ ...inputs, 'review-feedback': 'false' });
    const { outcome } = await steps.step(inputs);
    expect([outcome.status, threadsOf(steps), messagesTo(steps).length]).toEqual(['finished', [], 1]);
  });

  test('an agent that has reached its budget is not asked again, and the step is finished', async () => {
    const { work, ...scenario } = answering('I renamed it.');
    const spent = { at: 18.5, happening: { kind: 'cost', dollars: 0.5 } } as const;
    const steps = await openFeedbackSteps({ scenario: { ...scenario, work: [spent, ...work] } });
    const { outcome, runner } = await steps.step({ ...FEEDBACK, 'max-cost-usd': '0.50' });
    expect([outcome.status, messagesTo(steps).length]).toEqual(['finished', 1]);
    expect(runner.outputs['cost-usd']).toBe('0.5');
    expect(runner.page()).toContain('</a>: none (it is not JSON');
  });
});

describe('with require-result', () => {
  const DONE = { ...FEEDBACK, 'require-result': 'done' };

  test('the answer has the replies before its last line, and people read neither', async () => {
    const steps = await openFeedbackSteps({ answer: `${BOTH}\n\nResult: done` });
    const { outcome, runner } = await steps.step(DONE);
    expect([outcome.status, threadsOf(steps), messagesTo(steps).length]).toEqual([
      'finished',
      [FIRST, FIRST + 1],
      1,
    ]);
    expect(runner.page()).toContain('I renamed it.');
    expect(runner.page()).not.toMatch(/Result: done|"replies"/);
  });

  test('a blocked agent says in the threads why not', async () => {
    const answer = `${saying('No.', [FIRST, 'I may not push.'])}\n\nResult: blocked - no access`;
    const steps = await openFeedbackSteps({ answer });
    const { outcome } = await steps.step(DONE);
    expect([outcome.status, threadsOf(steps), messagesTo(steps).length]).toEqual(['not-done', [FIRST], 1]);
  });

  test('the question for replies asks for the line, too, so that a re-run finds a done agent', async () => {
    const answers = ['I renamed it.\n\nResult: done', `${saying('', [FIRST, 'Renamed.'])}\n\nResult: done`];
    const steps = await openFeedbackSteps({ answers });
    const inputs = { ...KEYED, 'require-result': 'done' };
    const first = await steps.step(inputs);
    expect(messagesTo(steps)[1]).toMatch(
      /with the JSON value in a code block\. .*\n\nA program reads the last line/s,
    );
    const again = await steps.step(inputs, undefined, AGAIN);
    expect([first, again].map(({ outcome }) => outcome.status)).toEqual(['finished', 'finished']);
    expect([threadsOf(steps), messagesTo(steps).length]).toEqual([[FIRST], 2]);
  });
});

describe('nothing is asked', () => {
  test('if the review has no threads: only one read more than without the input', async () => {
    const withInput = await openFeedbackSteps({ said: [], answer: 'Done.' });
    await withInput.step(FEEDBACK);
    const without = await openFeedbackSteps({ said: [], answer: 'Done.' });
    await without.step({ ...FEEDBACK, 'review-feedback': 'false' });
    expect(messagesTo(withInput)).toEqual(messagesTo(without));
    expect(about(withInput)).toEqual([
      `GET /repos/octo-org/octo-repo/pulls/7/reviews/80/comments?per_page=100&page=1`,
    ]);
    const others = withInput.github.requests.filter(({ path }) => !path.includes('/reviews/'));
    expect(others).toEqual(without.github.requests);
  });

  test('without the input, although the review has threads', async () => {
    const steps = await openFeedbackSteps({ answer: BOTH });
    await steps.step({ ...FEEDBACK, 'review-feedback': '' });
    expect([about(steps), messagesTo(steps)]).toEqual([[], ['Make the requested changes']]);
  });

  test.each([
    [{ 'output-schema': '{}' }, 'review-feedback and output-schema are given'],
    [{ review: 'true' }, 'review-feedback and review are given'],
    [{ poll: 'false' }, 'review-feedback needs poll: true'],
  ])('with %j, which is an input error', async (inputs, problem) => {
    const steps = await openFeedbackSteps({ answer: BOTH });
    const { outcome, runner } = await steps.step({ ...FEEDBACK, ...inputs });
    expect([outcome.status, steps.github.requests]).toEqual(['start-failed', []]);
    expect(runner.failures.join()).toContain(problem);
  });

  test('at another event, which is an input error', async () => {
    const steps = await openFeedbackSteps({ answer: BOTH, event: DISPATCH });
    const { outcome, runner } = await steps.step(FEEDBACK);
    expect(outcome.status).toBe('start-failed');
    expect(runner.failures.join()).toContain('review-feedback needs the event pull_request_review');
  });
});

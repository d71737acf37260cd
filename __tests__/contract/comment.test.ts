import { describe, expect, test } from '@jest/globals';

import type { FaultAnswer } from '../../simulator/faults.ts';
import type { GithubApi } from '../../simulator/github/api.ts';
import { isAboutOwnComment, markerOf, readOwnMarker, withMarker } from '../../src/comment/marker.ts';
import { sendReaction } from '../../src/comment/thread.ts';
import { type CommentUpdater, startUpdating } from '../../src/comment/updates.ts';
import type { Clock } from '../../src/port/clock.ts';
import { clientOf } from '../../testbed/github-client.ts';
import { jumpingTime, REPOSITORY } from '../../testbed/world.ts';
import { openGithub } from '../support/after-test.ts';
import { eventOf } from '../support/github.ts';

const KEY = 'sk-oh-comment-tests';
const ID = '0a1b2c3d00004000800000000000cafe';
const BOT = 'github-actions[bot]';
const never = new AbortController().signal;
/** The limit of the last write in main. Post has another. */
const IN_MAIN = { limitMs: 20_000, signal: never };

let api: GithubApi;

interface Kept extends CommentUpdater {
  readonly clock: Clock;
  readonly warnings: readonly string[];
}

function keep({ issue = 7, token = 'ghs_workflow', mayExist = false, secret = 'hunter2' } = {}): Kept {
  const { clock, fetch: send } = jumpingTime();
  const warnings: string[] = [];
  const comment = startUpdating({
    github: clientOf(api, { token, clock, send }),
    clock,
    place: { repository: REPOSITORY, issue },
    id: ID,
    mayExist,
    signingKey: KEY,
    runner: {
      secrets: { redact: (text) => text.replaceAll(secret, '***') },
      warning: (text) => warnings.push(text),
    },
  });
  return Object.assign(comment, { clock, warnings });
}

/** Returns GitHub's refusal if the rate limit of a token is used up, and is reset in a number of seconds. */
function rateLimitedFor(seconds: number): FaultAnswer {
  const reset = String(Math.floor(Date.now() / 1_000) + seconds);
  const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset };
  const body = '{"message":"API rate limit exceeded for installation ID 1."}';
  return { kind: 'status', status: 403, headers, body };
}
const RATE_LIMITED = rateLimitedFor(30);
const SECONDARY: FaultAnswer = {
  kind: 'status',
  status: 403,
  body: '{"message":"You have exceeded a secondary rate limit. Please wait a few minutes before you try again."}',
};

/** The text as the comment has it, with the marker at its end. */
function body(text: string, isEnd = false): string {
  return withMarker(text, markerOf(ID, { repository: REPOSITORY, issue: 7 }, KEY, isEnd));
}

function written(): readonly (readonly [string, string])[] {
  return api.comments.map(({ author, body: text }) => [author, text.split('\n')[0] ?? ''] as const);
}

/** Begins a thread on a line of the pull request 7. Returns its id. */
function beginThread(): number {
  return api.beginThread({ pull: 7, author: 'octocat', path: 'a.ts', originalLine: 2, body: 'Rename' }).id;
}

/** Returns how many requests to GitHub were writes. */
function writes(): number {
  return api.requests.filter(({ method, path }) => method !== 'GET' && !path.endsWith('/graphql')).length;
}

describe('the comment of a conversation', () => {
  test('is edited at most twice a minute with the latest state, and at once at the end', async () => {
    api = await openGithub();
    const comment = keep();
    const times: number[] = [];
    for (let second = 0; second <= 300; second += 10) {
      const before = writes();
      comment.show(`at ${second} s`);
      await comment.clock.sleep(10_000, never);
      if (writes() > before) times.push(second);
    }
    await comment.finish('finished', false);
    // It is created, and then edited every half minute with the state that was the latest then.
    const shown = api.comments[0]?.bodies.map((text) => text.split('\n')[0]);
    expect(shown?.at(0)).toBe('at 0 s');
    expect(shown?.at(-1)).toBe('finished');
    expect(shown).toHaveLength(12);
    for (const [index, time] of times.entries()) {
      expect(time - (times[index - 1] ?? -30)).toBeGreaterThanOrEqual(20);
    }
  });

  test('is not edited while nothing changes', async () => {
    api = await openGithub();
    const comment = keep();
    comment.show('started');
    await comment.clock.sleep(3_600_000, never);
    expect(writes()).toBe(1);
    comment.show('at work');
    await comment.clock.sleep(1_000, never);
    expect(writes()).toBe(2);
    await comment.finish('finished', false);
  });

  test.each(['openhands-conversation', ID, '<!--', '0a1b', ' -->'])(
    'is found by the next run, and recognized as our own, although %j has become a secret',
    async (secret) => {
      api = await openGithub();
      await keep({ secret }).finish(`one ${secret}.`, false);
      await keep({ secret, mayExist: true }).finish(`two ${secret}.`, false);
      expect(written()).toEqual([[BOT, 'two ***.']]);
      const text = api.comments[0]?.body ?? '';
      expect(readOwnMarker(ID, text, { repository: REPOSITORY, issue: 7 }, KEY)).toBeDefined();
      const event = { issue: { number: 7 }, comment: { body: text } };
      expect(isAboutOwnComment(await eventOf('issue_comment', event), KEY)).toBe(true);
    },
  );

  test('is found on an early page', async () => {
    api = await openGithub();
    await keep().finish('first', false);
    for (let count = 0; count < 250; count += 1) api.comment(7, 'octocat', `comment ${count}`);
    await keep({ mayExist: true }).finish('second', false);
    expect(api.comments).toHaveLength(251);
    expect(api.comments[0]?.body).toBe(body('second', true));
  });

  test('by the token of a person or an app is found with that token', async () => {
    api = await openGithub({ tokens: { pat: 'octocat', app: 'helper[bot]' } });
    for (const token of ['pat', 'app']) {
      await keep({ token }).finish('one', false);
      await keep({ token, mayExist: true }).finish('two', false);
    }
    expect(written()).toEqual([
      ['octocat', 'two'],
      ['helper[bot]', 'two'],
    ]);
  });

  test('by a stranger who copied the marker is not edited', async () => {
    api = await openGithub();
    api.comment(7, 'stranger', body('copied'));
    await keep({ mayExist: true }).finish('finished', false);
    expect(written()).toEqual([
      ['stranger', 'copied'],
      [BOT, 'finished'],
    ]);
  });
});

describe('the comment of a step', () => {
  test('is created without a look in a first attempt', async () => {
    api = await openGithub();
    await keep().finish('finished', false);
    expect(api.requests.map(({ method }) => method)).toEqual(['POST']);
    expect(api.requests[0]?.path).toContain('/issues/7/comments');
  });

  test.each([
    ['the one that shows the end is kept', true, 'first'],
    ['the newest is kept', false, 'second'],
  ])('of which there are two becomes one again: %s', async (_, isEnd, kept) => {
    api = await openGithub();
    const place = { repository: REPOSITORY, issue: 7 };
    api.comment(7, BOT, withMarker('first', markerOf(ID, place, KEY, isEnd)));
    api.comment(7, BOT, withMarker('second', markerOf(ID, place, KEY)));
    await keep({ mayExist: true }).finish('finished', false);
    expect(api.comments.map(({ bodies }) => bodies.map((text) => text.split('\n')[0]))).toEqual([
      [kept, 'finished'],
    ]);
  });

  test('has one comment if the answer to its creation is lost', async () => {
    api = await openGithub();
    api.order({ method: 'POST', path: '/repos/*', when: 'after', answer: { kind: 'reset' } });
    const comment = keep();
    comment.show('started');
    await comment.clock.sleep(1_000, never);
    expect(await comment.finish('finished', false)).toBe(true);
    expect(written()).toEqual([[BOT, 'finished']]);
    const posts = api.requests.filter(({ method, path }) => method === 'POST' && path.endsWith('/comments'));
    expect(posts).toHaveLength(1);
  });
});

describe('a comment that fails', () => {
  const showForMinutes = async (comment: Kept): Promise<void> => {
    for (const text of ['started', 'at work', 'still at work']) {
      comment.show(text);
      await comment.clock.sleep(61_000, never);
    }
    // There is no comment that could show the end, so there is nothing left to do, and post need not warn again.
    expect(await comment.finish('finished', false, IN_MAIN)).toBe(true);
  };

  test('because of a missing permission costs one warning that names it, and one more attempt at the end', async () => {
    api = await openGithub({ denied: ['writing'] });
    const comment = keep();
    await showForMinutes(comment);
    expect(comment.warnings).toEqual([
      `Failed to write the comment on ${REPOSITORY}#7: HTTP 403: Resource not accessible by integration. What to do: give the job the permission issues: write, or on a pull request pull-requests: write`,
    ]);
    expect(writes()).toBe(2);
  });

  test.each([
    ['the issue does not exist', { issue: 99 }, /check issue-number/],
    [
      'the token is wrong',
      { token: 'wrong' },
      /HTTP 401: Bad credentials.*check issue-number and github-token/,
    ],
  ])('because %s says what to check', async (_, wrong, advice) => {
    api = await openGithub();
    const comment = keep(wrong);
    await showForMinutes(comment);
    expect(comment.warnings).toEqual([expect.stringMatching(advice)]);
  });

  /** Opens GitHub with the first comment of a step. */
  const begun = async (): Promise<Kept> => {
    api = await openGithub();
    const comment = keep();
    comment.show('starting');
    await comment.clock.sleep(1_000, never);
    return comment;
  };

  const deleteIt = async (): Promise<void> => {
    const path = `${api.url}/repos/${REPOSITORY}/issues/comments/${api.comments[0]?.id ?? 0}`;
    await fetch(path, { method: 'DELETE', headers: { authorization: 'token x' } });
  };

  test('because somebody deleted it is written anew at the end, and the warning says that it was deleted', async () => {
    const comment = await begun();
    await deleteIt();
    await showForMinutes(comment);
    expect(written()).toEqual([[BOT, 'finished']]);
    expect(api.comments[0]?.bodies).toHaveLength(1);
    expect(comment.warnings).toEqual([
      `The comment on ${REPOSITORY}#7 was deleted: a new one is written at the end of the step`,
    ]);
  });

  test.each([false, true])(
    'because somebody deleted it before the end is one new comment, without a warning: must notify %s',
    async (mustNotify) => {
      api = await openGithub();
      const comment = keep();
      comment.show('started');
      await comment.clock.sleep(61_000, never);
      await deleteIt();
      expect(await comment.finish('finished', mustNotify, IN_MAIN)).toBe(true);
      expect(written()).toEqual([[BOT, 'finished']]);
      expect(comment.warnings).toEqual([]);
    },
  );

  test.each<[string, FaultAnswer]>([
    ['is refused', { kind: 'status', status: 403 }],
    ['is answered with a page', { kind: 'page' }],
  ])('because the deletion of the old comment %s leaves two that tell the end', async (_, answer) => {
    const comment = await begun();
    await comment.clock.sleep(61_000, never);
    api.order({ method: 'DELETE', path: '*', times: Infinity, answer });
    expect(await comment.finish('finished', true, IN_MAIN)).toBe(true);
    expect(written()).toEqual([
      [BOT, 'finished'],
      [BOT, 'finished'],
    ]);
  });

  test.each([401, 403, 404, 409, 410, 422])(
    'because one edit is refused with HTTP %d is right in the end',
    async (status) => {
      api = await openGithub();
      const comment = keep();
      comment.show('started');
      await comment.clock.sleep(31_000, never);
      api.order({ method: 'PATCH', path: '*', answer: { kind: 'status', status } });
      comment.show('at work');
      await comment.clock.sleep(31_000, never);
      expect(await comment.finish('finished', false, IN_MAIN)).toBe(true);
      expect(api.comments.map(({ bodies }) => bodies)).toEqual([[body('started'), body('finished', true)]]);
    },
  );

  test.each([401, 403, 404, 409, 410, 422])(
    'because the last edit is refused with HTTP %d is left to post, which tries for as long as it has',
    async (status) => {
      const main = await begun();
      // A write whose comment is gone is tried twice.
      const refused = { method: 'PATCH', path: '*', times: 6, answer: { kind: 'status', status } } as const;
      api.order(refused);
      expect(await main.finish('finished', false, IN_MAIN)).toBe(false);
      const post = keep({ mayExist: true });
      expect(await post.finish('finished', false)).toBe(true);
      expect(written()).toEqual([[BOT, 'finished']]);
      expect(post.warnings).toEqual([]);
    },
  );

  test.each<[string, FaultAnswer, number, number]>([
    ['refused for good', { kind: 'status', status: 403 }, 70, 90],
    ['refused by a limit that lasts longer', rateLimitedFor(3_600), 0, 1],
    ['out of order', { kind: 'status', status: 503 }, 75, 90],
  ])('in post because GitHub is %s ends after a while, with one warning', async (_, answer, from, to) => {
    await begun();
    api.order({ method: 'PATCH', path: '*', times: Infinity, answer });
    const post = keep({ mayExist: true });
    expect(await post.finish('finished', false)).toBe(false);
    const seconds = post.clock.now() / 1_000;
    expect(seconds).toBeGreaterThanOrEqual(from);
    expect(seconds).toBeLessThanOrEqual(to);
    expect(post.warnings).toHaveLength(1);
  });

  test('in post because GitHub is out of order for a minute is right in the end', async () => {
    await begun();
    api.order({ path: '*', times: 12, answer: { kind: 'status', status: 503 } });
    const post = keep({ mayExist: true });
    expect(await post.finish('finished', false)).toBe(true);
    expect(post.clock.now()).toBeGreaterThan(40_000);
    expect(written()).toEqual([[BOT, 'finished']]);
    expect(post.warnings).toEqual([]);
  });

  test('for a while warns once, and is right in the end', async () => {
    api = await openGithub();
    const comment = keep();
    comment.show('started');
    await comment.clock.sleep(61_000, never);
    api.order({ method: 'PATCH', path: '*', times: 4, answer: { kind: 'status', status: 502 } });
    for (const text of ['at work', 'still at work']) {
      comment.show(text);
      await comment.clock.sleep(61_000, never);
    }
    expect(await comment.finish('finished', false)).toBe(true);
    expect(comment.warnings).toHaveLength(1);
    expect(api.comments[0]?.bodies).toEqual([body('started'), body('finished', true)]);
  });

  test.each([
    ['the used-up rate limit of the token', RATE_LIMITED],
    ['a secondary rate limit', SECONDARY],
  ])('because of %s at the last edit is left to post, which waits for the reset', async (_, answer) => {
    const main = await begun();
    api.order({ method: 'PATCH', path: '*', answer });
    expect(await main.finish('finished', false, { limitMs: 5_000, signal: never })).toBe(false);
    expect(written()).toEqual([[BOT, 'starting']]);
    api.order({ method: 'PATCH', path: '*', answer });
    expect(await keep({ mayExist: true }).finish('finished', false)).toBe(true);
    expect(written()).toEqual([[BOT, 'finished']]);
  });

  test('because of a limit that lasts an hour is not waited for, and asks for no permission', async () => {
    api = await openGithub();
    api.order({ method: 'POST', path: '/repos/*', answer: rateLimitedFor(3_600) });
    const comment = keep();
    expect(await comment.finish('finished', false)).toBe(false);
    expect(comment.clock.now()).toBe(0);
    expect(comment.warnings).toEqual([
      `Failed to write the comment on ${REPOSITORY}#7: HTTP 403: API rate limit exceeded for installation ID 1`,
    ]);
    expect(await keep({ mayExist: true }).finish('finished', false)).toBe(true);
    expect(written()).toEqual([[BOT, 'finished']]);
  });

  test.each(['garbage', 'wrong'] as const)(
    'because of a broken answer (%s) does not fail the step',
    async (kind) => {
      api = await openGithub();
      api.order({ path: '*', times: Infinity, when: 'after', answer: { kind } });
      const comment = keep();
      expect(await comment.finish('finished', false)).toBe(false);
      expect(comment.warnings).toHaveLength(1);
    },
  );
});

test.each<[string, (comment: number) => string]>([
  ['pull request', () => 'issues/7'],
  ['comment', (comment) => `issues/comments/${comment}`],
  ['review comment', () => `pulls/comments/${beginThread()}`],
])('a %s gets one 👀 even if the step reacts twice', async (_kind, targetOf) => {
  api = await openGithub();
  const trigger = targetOf(api.comment(1, 'octocat', 'Fix it').id);
  await sendReaction(trigger, REPOSITORY, clientOf(api).during(never));
  await sendReaction(trigger, REPOSITORY, clientOf(api).during(never));
  expect(api.reactions).toEqual([{ target: trigger, author: BOT, content: 'eyes' }]);
});

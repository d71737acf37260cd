import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { readEvent } from '../../src/github/event.ts';
import { REPOSITORY } from '../../testbed/world.ts';
import { eventOf } from '../support/github.ts';

const OURS = { repo: { full_name: REPOSITORY } };
const FORK = { repo: { full_name: 'stranger/octo-repo' } };

describe('a workflow event', () => {
  test.each([
    ['issues', { issue: { number: 4 } }, 4, undefined],
    ['issue_comment', { issue: { number: 4 }, comment: { body: 'x' } }, 4, undefined],
    ['issue_comment', { issue: { number: 4, pull_request: { url: 'x' } } }, 4, 4],
    ['pull_request', { pull_request: { number: 4, head: OURS } }, 4, 4],
    ['pull_request_review', { pull_request: { number: 4, head: OURS } }, 4, 4],
    ['discussion', { discussion: { number: 4 }, number: 4 }, undefined, undefined],
  ])('has the numbers of its issue and pull request: %s %j', async (name, payload, issue, pullRequest) => {
    expect(await eventOf(name, payload)).toMatchObject({ issue, pullRequest });
  });

  test('has a comment only if that is on an issue or pull request', async () => {
    const payload = { issue: { number: 1 }, comment: { body: 'do it', user: { login: 'octocat' } } };
    expect((await eventOf('issue_comment', payload)).comment).toEqual({
      body: 'do it',
      author: 'octocat',
      path: 'comment.body',
      isByActor: false,
    });
    expect((await eventOf('discussion_comment', payload)).comment).toBeUndefined();
  });

  test('has the text of a review, and of its comment', async () => {
    const written = { body: 'do it', user: { login: 'octocat' } };
    const text = { body: 'do it', author: 'octocat', path: 'comment.body', isByActor: false };
    const payload = { pull_request: { number: 7 }, review: written };
    const review = { ...text, path: 'review.body' };
    expect((await eventOf('pull_request_review', payload)).comment).toEqual(review);
    const onLine = { pull_request: { number: 7 }, comment: written };
    expect((await eventOf('pull_request_review_comment', onLine)).comment).toEqual(text);
    const approval = { ...payload, review: { ...written, body: null } };
    expect((await eventOf('pull_request_review', approval)).comment).toEqual({ ...review, body: '' });
  });

  const person = { login: 'octocat', type: 'User' };
  const written = { body: 'do it', user: person };
  const byBot = { body: 'do it', user: { login: 'octocat', type: 'Bot' } };
  test.each<[string, string, unknown, boolean]>([
    ['a new comment', 'issue_comment', { action: 'created', comment: written }, true],
    ['a new review', 'pull_request_review', { action: 'submitted', review: written }, true],
    ['a new comment on a line', 'pull_request_review_comment', { action: 'created', comment: written }, true],
    ['an edited comment', 'issue_comment', { action: 'edited', comment: written }, false],
    ['an edited review', 'pull_request_review', { action: 'edited', review: written }, false],
    ['a bot', 'issue_comment', { action: 'created', comment: byBot }, false],
    [
      'an app that acts for a person',
      'issue_comment',
      { action: 'created', comment: { ...written, performed_via_github_app: { id: 1 } } },
      false,
    ],
    [
      'somebody else',
      'issue_comment',
      { action: 'created', comment: { ...written, user: { ...person, login: 'mona-lisa' } } },
      false,
    ],
  ])('knows if the actor has just written the comment: %s', async (_, name, payload, isByActor) => {
    expect((await eventOf(name, payload)).comment).toMatchObject({ isByActor });
  });

  test('the person who runs a workflow again does not become the author', async () => {
    const env = { GITHUB_TRIGGERING_ACTOR: 'mona-lisa' };
    const event = await eventOf('issue_comment', { action: 'created', comment: written }, env);
    expect(event.comment).toMatchObject({ author: 'octocat', isByActor: true });
    expect(event.actors).toEqual(['octocat', 'mona-lisa']);
  });

  test.each(['octo cat', '@octocat', '**octocat**', 'octocat\n', 'octocat[bot]'])(
    'a login that no person can have is not that of the actor: %j',
    async (login) => {
      const comment = { ...written, user: { ...person, login } };
      const event = await eventOf('issue_comment', { action: 'created', comment }, { GITHUB_ACTOR: login });
      expect(event.comment?.isByActor).toBe(false);
    },
  );

  const issue = { number: 4 };
  const comment = { id: 3_500_000_001, body: 'do it' };
  test.each<[string, unknown, unknown]>([
    ['issues', { action: 'opened', issue }, 'issues/4'],
    ['issues', { action: 'labeled', issue }, 'issues/4'],
    ['issues', { action: 'edited', issue }, undefined],
    ['pull_request', { action: 'opened', pull_request: issue }, 'issues/4'],
    ['pull_request_target', { action: 'labeled', pull_request: issue }, 'issues/4'],
    ['pull_request', { action: 'synchronize', pull_request: issue }, undefined],
    ['issue_comment', { action: 'created', issue, comment }, `issues/comments/${comment.id}`],
    ['issue_comment', { action: 'edited', issue, comment }, undefined],
    ['issue_comment', { action: 'created', issue, comment: { body: 'x' } }, undefined],
    [
      'pull_request_review_comment',
      { action: 'created', pull_request: issue, comment },
      `pulls/comments/${comment.id}`,
    ],
    ['discussion_comment', { action: 'created', comment }, undefined],
  ])('is reacted to if it is new and triggered the run: %s %j', async (name, payload, trigger) => {
    expect((await eventOf(name, payload)).trigger).toEqual(trigger);
  });

  test('has the URL of the run', async () => {
    const env = { GITHUB_SERVER_URL: 'https://ghe.test/', GITHUB_RUN_ID: '42' };
    expect((await eventOf('push', {}, env)).runUrl).toBe(`https://ghe.test/${REPOSITORY}/actions/runs/42`);
    expect((await eventOf('push')).runUrl).toBeUndefined();
  });
});

describe('the code of an event', () => {
  test.each<[string, unknown, boolean]>([
    ['pull_request', { pull_request: { number: 1, head: OURS } }, false],
    [
      'pull_request',
      { pull_request: { number: 1, head: { repo: { full_name: REPOSITORY.toUpperCase() } } } },
      false,
    ],
    ['pull_request', { pull_request: { number: 1, head: FORK } }, true],
    ['pull_request_target', { pull_request: { number: 1, head: FORK } }, true],
    ['pull_request', { pull_request: { number: 1, head: { repo: null } } }, true],
    ['workflow_run', { workflow_run: { head_repository: { full_name: REPOSITORY } } }, false],
    ['workflow_run', { workflow_run: { head_repository: { full_name: 'stranger/octo-repo' } } }, true],
    ['workflow_run', {}, true],
    ['issue_comment', { issue: { number: 1 } }, false],
    ['push', {}, false],
  ])('in %s of %j is from another repository: %s', async (name, payload, isOfOtherRepository) => {
    expect((await eventOf(name, payload)).isOfOtherRepository).toBe(isOfOtherRepository);
  });
});

describe('a run without secrets', () => {
  const dependabot = { GITHUB_ACTOR: 'dependabot[bot]' };
  const OF_FORK = 'the pull request comes from a fork, and such runs get no secrets';
  const OF_DEPENDABOT = "Dependabot triggered this run, and its runs get only Dependabot's own secrets";

  test.each([
    ['pull_request', OF_FORK],
    ['pull_request_review', OF_FORK],
    ['pull_request_review_comment', OF_FORK],
    ['pull_request_target', undefined],
    ['issue_comment', undefined],
  ])('is recognized for %s from a fork: %s', async (name, reason) => {
    expect((await eventOf(name, { pull_request: { number: 1, head: FORK } })).whyNoSecrets).toBe(reason);
    expect((await eventOf(name, { pull_request: { number: 1, head: OURS } })).whyNoSecrets).toBeUndefined();
  });

  const events = ['pull_request', 'pull_request_review', 'pull_request_review_comment', 'push', 'create'];
  test.each([...events, 'deployment', 'deployment_status'])(
    'is recognized for %s of Dependabot, whoever runs it again',
    async (name) => {
      const payload = { pull_request: { number: 1, head: OURS } };
      expect(
        (await eventOf(name, payload, { ...dependabot, GITHUB_TRIGGERING_ACTOR: 'octocat' })).whyNoSecrets,
      ).toBe(OF_DEPENDABOT);
      expect(
        (await eventOf(name, payload, { GITHUB_TRIGGERING_ACTOR: 'dependabot[bot]' })).whyNoSecrets,
      ).toBeUndefined();
    },
  );

  test('is recognized for pull_request_target if Dependabot opened the pull request', async () => {
    const of = (login: string): unknown => ({ pull_request: { number: 1, head: OURS, user: { login } } });
    expect((await eventOf('pull_request_target', of('dependabot[bot]'), dependabot)).whyNoSecrets).toBe(
      OF_DEPENDABOT,
    );
    expect((await eventOf('pull_request_target', of('octocat'), dependabot)).whyNoSecrets).toBeUndefined();
  });
});

describe('a forged payload', () => {
  test.each([
    'not JSON',
    'null',
    '{"issue":7,"pull_request":"x","comment":[],"workflow_run":null}',
    '{"issue":{"number":"7"}}',
    '{"issue":{"number":-1},"comment":{"body":{"toString":"x"}}}',
    '{"issue":{"number":1e300}}',
    '{"__proto__":{"issue":{"number":7}}}',
  ])('is ignored: %s', async (payload) => {
    const event = await eventOf('issue_comment', payload);
    expect(event).toMatchObject({ actors: ['octocat'], isOfOtherRepository: false });
    expect(event.issue).toBeUndefined();
    expect(event.comment).toEqual({ body: '', author: '', path: 'comment.body', isByActor: false });
  });

  test('never causes an error', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('issue_comment', 'pull_request', 'workflow_run', 'push'),
        fc.oneof(fc.json(), fc.string()),
        async (name, payload) => {
          expect((await eventOf(name, payload)).actors[0]).toBe('octocat');
        },
      ),
      { numRuns: 50 },
    );
  });

  test('may be missing', async () => {
    expect(await eventOf('issues', {}, { GITHUB_EVENT_PATH: '/nowhere/event.json' })).toMatchObject({
      name: 'issues',
      actors: ['octocat'],
    });
    expect((await readEvent({})).name).toBe('');
  });
});

import { describe, expect, test } from '@jest/globals';
import * as v from 'valibot';

import type { GithubApi } from '../../simulator/github/api.ts';
import type { WorkflowEvent } from '../../src/github/event.ts';
import { GitHubFailure } from '../../src/github/failure.ts';
import { connectGitHub, type GitHubClient } from '../../src/github/octokit.ts';
import { checkPermission, type Permission, PERMISSIONS, type Refusal } from '../../src/github/permission.ts';
import { createSecrets } from '../../src/text/secrets.ts';
import { clientOf } from '../../testbed/github-client.ts';
import { jumpingTime, REPOSITORY } from '../../testbed/world.ts';
import { openGithub } from '../support/after-test.ts';
import { eventOf } from '../support/github.ts';

const never = new AbortController().signal;

let api: GithubApi;

async function check(
  event: WorkflowEvent,
  required: Permission = 'triage',
  allowedBots: readonly string[] = [],
): Promise<Refusal | undefined> {
  return checkWith(event, clientOf(api), required, allowedBots);
}

/** Returns the result of the check; `unknown` also if GitHub does not answer. */
async function checkWith(
  event: WorkflowEvent,
  github: GitHubClient,
  required: Permission = 'triage',
  allowedBots: readonly string[] = [],
): Promise<Refusal | undefined> {
  try {
    return await checkPermission(event, { required, allowedBots }, github.during(never));
  } catch (error) {
    if (!(error instanceof GitHubFailure)) throw error;
    const { failedTo, message: because } = error;
    return { kind: 'unknown', problem: { failedTo, because, advice: 'check github-token', kind: 'github' } };
  }
}

function reasonOf(refusal: Refusal | undefined): string {
  return refusal?.kind === 'unknown' ? refusal.problem.because : (refusal?.because ?? '');
}

/** GitHub's answers for each of the five roles of octocat. */
const ROLES = {
  read: { permission: 'read', role_name: 'read' },
  triage: { permission: 'read', role_name: 'triage' },
  write: { permission: 'write', role_name: 'write' },
  maintain: { permission: 'write', role_name: 'maintain' },
  admin: { permission: 'admin', role_name: 'admin' },
} as const;
const NO_FLAGS = { pull: false, triage: false, push: false, maintain: false, admin: false };

test('an answer of an unexpected shape is reported in one short line', async () => {
  api = await openGithub({ permissions: { octocat: { permission: 'x', role_name: 'y' } } });
  const long = async (): Promise<Response> =>
    Promise.resolve(Response.json({ permission: 'read', user: 'hunter2'.repeat(100_000) }));
  const event = await eventOf('issues');
  const shown = reasonOf(await checkWith(event, clientOf(api, { send: long })));
  expect(shown).toContain('user');
  expect(shown.length).toBeLessThanOrEqual(500);
  const secrets = createSecrets(() => undefined);
  secrets.add('hunter2');
  expect(secrets.redact(shown)).not.toContain('hunt');
});

describe('the event', () => {
  test.each(['schedule', 'push', 'workflow_dispatch', 'repository_dispatch', 'merge_group', 'release'])(
    '%s needs no check: only people with write access can trigger it',
    async (name) => {
      api = await openGithub({ permissions: {} });
      expect(await check(await eventOf(name), 'admin')).toBeUndefined();
      expect(api.requests).toEqual([]);
    },
  );

  test.each([
    'issues',
    'issue_comment',
    'pull_request',
    'pull_request_target',
    'discussion_comment',
    'fork',
    'an_event_of_tomorrow',
    '',
  ])('%j is checked', async (name) => {
    api = await openGithub({ permissions: { octocat: ROLES.read } });
    expect((await check(await eventOf(name)))?.kind).toBe('not-permitted');
    expect(await check(await eventOf(name), 'read')).toBeUndefined();
  });

  test('of a bot counts even with require-permission: none: nobody may notice what it costs', async () => {
    api = await openGithub({ permissions: {} });
    const event = { ...(await eventOf('issue_comment')), actors: ['renovate[bot]'] };
    expect(reasonOf(await check(event, 'none'))).toContain('renovate[bot] is a bot');
    expect(await check(event, 'none', ['renovate[bot]'])).toBeUndefined();
    expect(api.requests).toEqual([]);
  });

  test('is not checked with require-permission: none', async () => {
    api = await openGithub({ permissions: {} });
    expect(await check(await eventOf('issue_comment'), 'none')).toBeUndefined();
    expect(api.requests).toEqual([]);
  });
});

describe('a permission', () => {
  const roles = Object.keys(ROLES).map((role) => PERMISSIONS.find((each) => each === role) ?? 'none');

  test.each(roles.flatMap((has) => roles.map((required) => [has, required] as const)))(
    'of %s where %s is required',
    async (has, required) => {
      api = await openGithub({ permissions: { octocat: has === 'none' ? ROLES.read : ROLES[has] } });
      const enough = roles.indexOf(has) >= roles.indexOf(required);
      expect((await check(await eventOf('issues'), required))?.kind).toBe(
        enough ? undefined : 'not-permitted',
      );
    },
  );

  test('is read from the flags first, then from the names', async () => {
    const flags = { ...NO_FLAGS, pull: true, triage: true };
    api = await openGithub({ permissions: { octocat: { ...ROLES.admin, permissions: flags } } });
    expect(await check(await eventOf('issues'), 'triage')).toBeUndefined();
    expect(reasonOf(await check(await eventOf('issues'), 'write'))).toContain(
      'in octo-org/octo-repo is triage',
    );
  });

  test.each([
    ['a custom role above write', { permission: 'write', role_name: 'release-manager' }, 'write', 'maintain'],
    ['a custom role above triage', { permission: 'read', role_name: 'admin-of-labels' }, 'read', 'triage'],
    ['an older server that has no role_name', { permission: 'admin' }, 'admin', undefined],
  ] as const)('of %s: %j counts as %s', async (_, octocat, enough, tooMuch) => {
    api = await openGithub({ permissions: { octocat } });
    expect(await check(await eventOf('issues'), enough)).toBeUndefined();
    if (tooMuch !== undefined)
      expect((await check(await eventOf('issues'), tooMuch))?.kind).toBe('not-permitted');
  });
});

describe('a refused user', () => {
  test('gets a notice with the name, the permission and the required permission', async () => {
    api = await openGithub({ permissions: { octocat: ROLES.read } });
    expect(await check(await eventOf('issue_comment'))).toEqual({
      kind: 'not-permitted',
      because: `the permission of octocat in ${REPOSITORY} is read, and require-permission asks for triage`,
    });
  });

  test('may be one that GitHub does not know in the repository', async () => {
    api = await openGithub({ permissions: {} });
    const result = await check(await eventOf('issues', {}, { GITHUB_ACTOR: 'Copilot' }), 'read');
    expect(result?.kind).toBe('not-permitted');
    expect(reasonOf(result)).toContain(`the permission of Copilot in ${REPOSITORY} is none`);
  });
});

test.each([
  ['10 MiB', 0, undefined],
  ['a byte more', 1, 'unknown'],
])('the limit for an answer is 10 MiB: an answer of %s', async (_, more, kind) => {
  api = await openGithub();
  const frame = '{"permission":"admin","pad":""}';
  const body = frame.replace('""', `"${'x'.repeat(10 * 1024 * 1024 - frame.length + more)}"`);
  const send = async (): Promise<Response> =>
    Promise.resolve(new Response(body, { headers: { 'content-type': 'application/json' } }));
  const result = await checkWith(await eventOf('issues'), clientOf(api, { send }));
  expect(result?.kind).toBe(kind);
  if (more > 0) expect(reasonOf(result)).toBe('the answer is larger than 10 MiB');
});

describe('the check is about', () => {
  test.each(['GITHUB_ACTOR', 'GITHUB_TRIGGERING_ACTOR'])(
    'the author of the event and the user who runs the workflow again: a stranger as %s',
    async (actor) => {
      api = await openGithub({ permissions: { octocat: ROLES.admin, stranger: ROLES.read } });
      const result = await check(await eventOf('issues', {}, { [actor]: 'stranger' }));
      expect(result?.kind).toBe('not-permitted');
      expect(reasonOf(result)).toContain('the permission of stranger');
    },
  );

  test('the actor of the runner, whatever a forged payload says', async () => {
    api = await openGithub({ permissions: { stranger: ROLES.read, admin: ROLES.admin } });
    const admin = { login: 'admin' };
    const payload = {
      sender: admin,
      actor: admin,
      workflow_run: { actor: admin, triggering_actor: admin },
      issue: { number: 1, user: admin },
      pull_request: { number: 1, user: admin },
      comment: { user: admin },
    };
    const event = await eventOf('issue_comment', payload, {
      GITHUB_ACTOR: 'stranger',
      GITHUB_TRIGGERING_ACTOR: 'stranger',
    });
    expect((await check(event))?.kind).toBe('not-permitted');
  });

  test.each(['@octo/team', '<img src=x>', 'octocat\n', '../octocat', '[bot]', 'x'.repeat(101)])(
    'no name that cannot be a login: %j',
    async (login) => {
      api = await openGithub({ permissions: { octocat: ROLES.admin } });
      const earlier = { actor: { login }, head_repository: { full_name: REPOSITORY } };
      const result = await check(await eventOf('workflow_run', { workflow_run: earlier }));
      expect(result).toMatchObject({
        kind: 'unknown',
        problem: {
          failedTo: 'check who triggered the event',
          because:
            'the event workflow_run does not say who triggered it, or names no login that is valid on GitHub',
        },
      });
      expect(api.requests.filter(({ path }) => !path.includes('/octocat/'))).toEqual([]);
    },
  );

  test.each(['octo-cat_corp', 'Copilot', '_'])('%s, which can be a login', async (login) => {
    api = await openGithub({ permissions: { [login]: ROLES.admin } });
    expect(
      await check(await eventOf('issues', {}, { GITHUB_ACTOR: login, GITHUB_TRIGGERING_ACTOR: login })),
    ).toBeUndefined();
  });

  test('nobody if the runner names no user: then it fails', async () => {
    api = await openGithub();
    const event = await eventOf('issues', {}, { GITHUB_ACTOR: '', GITHUB_TRIGGERING_ACTOR: '' });
    expect(await check(event, 'read')).toMatchObject({
      kind: 'unknown',
      problem: { because: expect.stringContaining('the event issues does not say who triggered it') },
    });
  });
});

describe('a workflow_run event', () => {
  const run = (actor: string, triggering: string): unknown => ({
    workflow_run: {
      actor: { login: actor },
      triggering_actor: { login: triggering },
      head_repository: { full_name: REPOSITORY },
    },
  });

  test.each([
    ['stranger', 'octocat'],
    ['octocat', 'stranger'],
  ])('triggered by %s and %s needs the permission of both', async (actor, triggering) => {
    api = await openGithub({ permissions: { octocat: ROLES.admin, stranger: ROLES.read } });
    expect((await check(await eventOf('workflow_run', run(actor, triggering))))?.kind).toBe('not-permitted');
  });

  test('that does not say who triggered it is not allowed', async () => {
    api = await openGithub();
    const payload = { workflow_run: { head_repository: { full_name: REPOSITORY } } };
    expect((await check(await eventOf('workflow_run', payload)))?.kind).toBe('unknown');
  });
});

describe('bots', () => {
  const renovate = { GITHUB_ACTOR: 'renovate[bot]', GITHUB_TRIGGERING_ACTOR: 'renovate[bot]' };

  test('are allowed by their exact login only', async () => {
    api = await openGithub();
    const event = await eventOf('pull_request', {}, renovate);
    expect(await check(event, 'admin', ['dependabot[bot]', 'renovate[bot]'])).toBeUndefined();
    expect(api.requests).toEqual([]);
    for (const other of ['renovate', 'Renovate[bot]', 'renovate[bot', '*', '']) {
      expect((await check(event, 'read', [other]))?.kind).toBe('not-permitted');
    }
  });

  test.each([
    ['renovate[bot]', {}],
    ['renovate[bot]', { 'renovate[bot]': ROLES.admin }],
    ['Copilot', { Copilot: { ...ROLES.admin, isBot: true } }],
    ['Copilot', { Copilot: { ...ROLES.admin, permissions: { ...NO_FLAGS, admin: true }, isBot: true } }],
  ])('that are not in allowed-bots never pass: %s with %j', async (login, permissions) => {
    api = await openGithub({ permissions });
    const actors = { GITHUB_ACTOR: login, GITHUB_TRIGGERING_ACTOR: login };
    expect(await check(await eventOf('pull_request', {}, actors), 'read', ['other[bot]'])).toEqual({
      kind: 'not-permitted',
      because: `${login} is a bot, and allowed-bots does not name it`,
    });
  });

  test.each([{ login: 'renovate[bot]' }, { login: 'renovate[bot]', type: 'User' }, null])(
    'are known by their login, whatever GitHub says of the account: %j',
    async (user) => {
      api = await openGithub();
      const body = JSON.stringify({ permission: 'admin', role_name: 'admin', user });
      api.order({ path: '*', times: Infinity, answer: { kind: 'status', status: 200, body } });
      expect(await check(await eventOf('pull_request', {}, renovate), 'read')).toEqual({
        kind: 'not-permitted',
        because: 'renovate[bot] is a bot, and allowed-bots does not name it',
      });
    },
  );

  const copilot = { GITHUB_ACTOR: 'Copilot', GITHUB_TRIGGERING_ACTOR: 'Copilot' };

  test('are known by the type of their account, too, and allowed-bots allows no person of that login', async () => {
    const event = await eventOf('pull_request', {}, copilot);
    api = await openGithub({ permissions: { Copilot: { ...ROLES.read, isBot: true } } });
    expect(await check(event, 'write', ['Copilot'])).toBeUndefined();
    api = await openGithub({ permissions: { Copilot: ROLES.read } });
    expect((await check(event, 'write', ['Copilot']))?.kind).toBe('not-permitted');
  });

  test('are known by the event where no permission of people is asked for', async () => {
    api = await openGithub({ permissions: {} });
    const sentBy = async (type: string): Promise<Refusal | undefined> =>
      check(await eventOf('issues', { sender: { login: 'Copilot', type } }, copilot), 'none');
    expect((await sentBy('Bot'))?.kind).toBe('not-permitted');
    expect(await sentBy('User')).toBeUndefined();
    expect(api.requests).toEqual([]);
  });

  test('do not lend their permission to the user who runs the workflow again', async () => {
    api = await openGithub({ permissions: { stranger: ROLES.read } });
    const event = await eventOf('pull_request', {}, { ...renovate, GITHUB_TRIGGERING_ACTOR: 'stranger' });
    expect((await check(event, 'write', ['renovate[bot]']))?.kind).toBe('not-permitted');
  });
});

describe('a permission cannot be read', () => {
  test('without a permission of the token, and the error has the reason of GitHub', async () => {
    api = await openGithub({ denied: ['permissions'] });
    expect(await check(await eventOf('issues'))).toMatchObject({
      kind: 'unknown',
      problem: {
        failedTo: 'read the permission of octocat',
        because: 'HTTP 403: Resource not accessible by integration',
      },
    });
  });

  test('without a token', async () => {
    api = await openGithub();
    expect(reasonOf(await checkWith(await eventOf('issues'), clientOf(api, { token: '' })))).toBe(
      "github-token is empty: leave it out to use the job's own token",
    );
  });

  test.each([500, 429])('after HTTP %d twice: it is retried once, and then reported', async (status) => {
    api = await openGithub();
    api.order({ path: '*', times: 1, answer: { kind: 'status', status } });
    expect(await check(await eventOf('issues'))).toBeUndefined();
    api.order({
      path: '*',
      times: 2,
      answer: { kind: 'status', status, body: '{"message":"no\\noops"}' },
    });
    expect(await check(await eventOf('issues'))).toMatchObject({
      kind: 'unknown',
      problem: { because: `HTTP ${status}: no oops` },
    });
  });

  test.each(['reset', 'wrong'] as const)('from a broken answer: %s', async (kind) => {
    api = await openGithub();
    api.order({ path: '*', times: 2, answer: { kind } });
    expect((await check(await eventOf('issues'), 'read'))?.kind).toBe('unknown');
  });

  test('from the target of a redirect', async () => {
    api = await openGithub();
    const elsewhere = await openGithub({ permissions: { octocat: ROLES.admin } });
    api.order({ path: '*', times: 2, answer: { kind: 'redirect', to: `${elsewhere.url}/user` } });
    expect((await check(await eventOf('issues'), 'read'))?.kind).toBe('unknown');
    expect(elsewhere.requests).toEqual([]);
  });

  test('if the step is canceled meanwhile', async () => {
    api = await openGithub();
    api.order({ path: '*', answer: { kind: 'hang' } });
    const cancel = new AbortController();
    const result = checkPermission(
      await eventOf('issues'),
      { required: 'read', allowedBots: [] },
      clientOf(api).during(cancel.signal),
    );
    const reason = new Error('cancelled');
    cancel.abort(reason);
    await expect(result).rejects.toBe(reason);
  });
});

test('GitHub Enterprise Server has its own addresses, also for GraphQL', async () => {
  api = await openGithub();
  const github = connectGitHub({ apiUrl: `${api.url}/api/v3`, token: 'x', ...jumpingTime() });
  expect(await checkWith(await eventOf('issues'), github, 'write')).toBeUndefined();
  const query = { goal: 'ask', query: 'query { viewer { login } }', variables: {}, shape: v.unknown() };
  await github
    .during(never)
    .graphql(query)
    .catch(() => undefined);
  expect(api.requests.map(({ path }) => path)).toEqual([
    `/api/v3/repos/${REPOSITORY}/collaborators/octocat/permission`,
    '/api/graphql',
  ]);
});

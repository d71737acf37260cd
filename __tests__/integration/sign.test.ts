import { describe, expect, test } from '@jest/globals';
import * as v from 'valibot';

import type { FaultAnswer } from '../../simulator/faults.ts';
import type { GithubApi } from '../../simulator/github/api.ts';
import type { SimulatorOptions } from '../../simulator/server/server.ts';
import { commentFor } from '../../src/comment/comment.ts';
import { markerOf } from '../../src/comment/marker.ts';
import type { WorkflowEvent } from '../../src/github/event.ts';
import type { GitHubClient } from '../../src/github/octokit.ts';
import { markerIdIn } from '../../src/record/unfinished-work.ts';
import { commentAfter } from '../../src/report/comment.ts';
import { clientOf } from '../support/github.ts';
import { type GithubSteps, openGithubSteps } from '../support/github-steps.ts';
import type { Disturb } from '../support/network.ts';
import { post } from '../support/post.ts';
import type { Step } from '../support/steps.ts';
import { DISPATCH, KEY } from '../support/world.ts';

/** The event of an issue that was labeled. */
const LABELED: WorkflowEvent = { ...DISPATCH, name: 'issues', issue: 1, trigger: 'issues/1' };
const COMMENTED = { message: 'simulate: finish', comment: 'true' };
const POLLED = { ...COMMENTED, poll: 'true' };
const KEYED = { ...POLLED, 'idempotency-key': 'issue-1' };
const V1 = '/api/v1/app-conversations';
const PLACE = { repository: DISPATCH.repository, issue: 1 };

/** The simulated GitHub of the last steps. */
let api: GithubApi;
/** The requests to both servers, with the time of each in seconds. */
let asked: readonly (readonly [request: string, at: number])[];

interface Options {
  readonly server?: SimulatorOptions;
  readonly event?: WorkflowEvent;
  readonly disturb?: Disturb;
}

/** Starts servers for steps that an event has triggered. */
async function open({
  server = {},
  event = LABELED,
  disturb = () => undefined,
}: Options = {}): Promise<GithubSteps> {
  const requests: (readonly [string, number])[] = [];
  const steps = await openGithubSteps(server, {
    event,
    disturb: (method, target) => {
      requests.push([`${method} ${target.split('?')[0] ?? ''}`, steps.clock.now() / 1000]);
      return disturb(method, target);
    },
  });
  asked = requests;
  api = steps.github;
  return steps;
}

/** The first line of a comment for a step that was canceled or failed. */
const ENDED = /^### (?:❌|🛑)/u;

/** Disturbs the first request that matches. */
function first(request: string, answer: FaultAnswer & { readonly kind: 'hang' | 'slow' }): Disturb {
  let isOver = false;
  return (method, target) => {
    if (isOver || `${method} ${target}` !== request) return undefined;
    isOver = true;
    return { answer };
  };
}

/** Returns the first line of each text that the only comment has had. */
function lines(): readonly string[] {
  expect(api.comments).toHaveLength(1);
  return api.comments[0]?.bodies.map((body) => body.split('\n')[0] ?? '') ?? [];
}

function idIn(body: string | undefined): string | undefined {
  return /<!-- openhands-conversation (\S+) /.exec(body ?? '')?.[1]?.replaceAll('-', '');
}

/** Returns the client of a step, to the simulated GitHub. */
function clientIn({ github, clock, fetch: send }: GithubSteps): GitHubClient {
  return clientOf(github, { clock, send });
}

async function postAfter(step: Step, steps: GithubSteps): Promise<void> {
  const state = step.runner.savedState();
  if (state.kind === 'over') return;
  const options = { apiKey: KEY, baseUrl: steps.simulator.url, comment: true };
  const world = { runner: step.runner, clock: steps.clock, github: clientIn(steps), event: LABELED };
  await post(step, steps, commentFor(options, world, markerIdIn(state), commentAfter));
}

describe('the first sign of a step (👀 and comment)', () => {
  test.each([
    ['v1', `POST ${V1}`, COMMENTED],
    ['v1', `POST ${V1}`, KEYED],
    ['v0', 'POST /api/conversations', { ...COMMENTED, 'api-version': 'v0' }],
  ] as const)('is there before %s has answered the start: %s %j', async (version, start, inputs) => {
    const disturb = first(start, { kind: 'slow', seconds: 25 });
    const { step, clock } = await open({ server: { api: version }, disturb });
    const going = step(inputs);
    await clock.sleep(20_000, new AbortController().signal);
    expect(api.reactions).toEqual([{ target: 'issues/1', author: 'github-actions[bot]', content: 'eyes' }]);
    expect(lines()).toEqual([expect.stringContaining('Starting')]);
    expect((await going).outcome.status).toBe('poll' in inputs ? 'finished' : 'running');
  });

  test('does not delay the start', async () => {
    const startAt = async (comment: string): Promise<number | undefined> => {
      const late: Disturb = () => ({ answer: { kind: 'slow', seconds: 9 } });
      const { step } = await open({ disturb: late });
      await step({ ...KEYED, comment });
      return asked.find(([request]) => request === `POST ${V1}`)?.[1];
    };
    const without = await startAt('false');
    expect(without).toBe(18);
    expect(await startAt('true')).toBe(without);
    const [reaction] = asked.filter(([request]) => request.endsWith('/reactions'));
    expect(reaction?.[1]).toBe(9);
    const [look] = asked.filter(([request]) => request.endsWith('/graphql'));
    // Only the lookup of the key shows which comment is the conversation's.
    expect(look?.[1]).toBe(18);
  });

  test('is not there for a user who may not start an agent', async () => {
    const { step } = await open({ event: { ...LABELED, actors: ['mallory'] } });
    const { outcome, runner } = await step(KEYED);
    expect(outcome.status).toBe('skipped');
    expect(runner.log.join('\n')).toContain('the permission of mallory in octo-org/octo-repo is none');
    expect(runner.savedState()).toEqual({ kind: 'over' });
    expect(api.comments).toEqual([]);
    expect(api.reactions).toEqual([]);
  });

  test.each([
    ['an issue that the event is not about', LABELED, { 'issue-number': '7' }],
    ['an event that nothing new has triggered', { ...LABELED, trigger: undefined }, {}],
  ])('is only a comment on %s', async (_, event, inputs) => {
    const { step } = await open({ event });
    await step({ ...COMMENTED, ...inputs });
    expect(api.reactions).toEqual([]);
    expect(api.comments).toHaveLength(1);
  });

  test('causes one line in the log if 👀 is refused, and the step goes on', async () => {
    const { step, github } = await open();
    const body = '{"message":"Resource not accessible by integration"}';
    github.order({ path: '*/reactions', answer: { kind: 'status', status: 403, body } });
    const { outcome, runner } = await step(POLLED);
    expect(outcome.status).toBe('finished');
    const failures = runner.log.filter((line) => line.includes('👀'));
    expect(failures).toEqual([expect.stringContaining('Resource not accessible by integration')]);
    expect(runner.log.join('\n')).not.toContain('Warning:');
    expect(lines().at(-1)).toContain('✅');
  });
});

describe('a comment whose marker is of a local server, so that its signature cannot be checked', () => {
  test.each([
    ['is our own if the workflow wrote it', 'github-actions[bot]', 'skipped'],
    ['is not our own if somebody quotes it', 'octocat', 'running'],
  ])('%s', async (_, author, status) => {
    const comment = { body: `x\n${markerOf('c', PLACE, 'whatever')}`, author };
    const { step } = await open({ event: { ...LABELED, name: 'issue_comment', comment } });
    expect((await step(COMMENTED)).outcome.status).toBe(status);
    expect(api.comments).toHaveLength(status === 'skipped' ? 0 : 1);
  });
});

describe('the edits of the comment', () => {
  test.each(['v1', 'v0'] as const)('are one with the link without poll: %s', async (version) => {
    const { step } = await open({ server: { api: version } });
    const { runner } = await step(COMMENTED);
    const link = runner.outputs['conversation-url'] ?? 'none';
    const [starting, linked, ...more] = api.comments[0]?.bodies ?? [];
    expect(starting).not.toContain(link);
    expect(linked).toContain(link);
    expect(more).toEqual([]);
    expect(idIn(linked)).toBe(runner.outputs['conversation-id']);
    // V0 chooses its own id, and V1 uses the chosen one.
    expect(idIn(starting) === idIn(linked)).toBe(version === 'v1');
  });

  test.each([
    ['401', COMMENTED],
    ['401', KEYED],
    ['400', { ...COMMENTED, 'api-version': 'v0' }],
  ])('are one with the failure if the start is refused with %s: %j', async (status, inputs) => {
    const faults = [
      { path: '/api/*', answer: { kind: 'status', status: Number(status), body: '{}' }, times: 99 },
    ] as const;
    const { step } = await open({ server: { api: inputs === COMMENTED ? 'v1' : 'both', faults } });
    const { outcome, runner } = await step(inputs);
    expect(outcome.status).toBe('start-failed');
    expect(runner.savedState()).toEqual({ kind: 'over' });
    expect(lines().at(-1)).toContain('❌');
    expect(lines().length).toBeLessThanOrEqual(2);
    expect(api.comments[0]?.body).toContain(`HTTP ${status}`);
  });

  test('begin with the link as soon as it is known', async () => {
    const { step, clock } = await open();
    const going = step({ ...POLLED, message: 'simulate: long' });
    await clock.sleep(20_000, new AbortController().signal);
    expect(lines()).toEqual([
      expect.stringContaining('Starting'),
      expect.stringContaining('/conversations/'),
    ]);
    await going;
    const editedAt = asked.filter(([request]) => request.startsWith('PATCH')).map(([, at]) => at);
    const pauses = editedAt.slice(1, -1).map((at, index) => at - (editedAt[index] ?? 0));
    expect(pauses.length).toBeGreaterThan(2);
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(30);
  });

  const UNSENT = 'the message of this run was not sent';

  test('say that the message of a second run was not sent, and never that the agent works if it has ended', async () => {
    const { step } = await open();
    await step(KEYED);
    const earlier = api.comments[0]?.body ?? '';
    expect(earlier).not.toContain(UNSENT);
    const before = api.comments[0]?.bodies.length ?? 0;
    const { runner } = await step({ ...KEYED, message: 'And now the tests' });
    const [comment] = api.comments;
    // What was asked, the steps and the duration of the first run stay.
    const [text = '', marker = ''] = earlier.split('<!-- ');
    expect(comment?.body.startsWith(text)).toBe(true);
    expect(comment?.body).toContain(UNSENT);
    expect(comment?.body.endsWith(`<!-- ${marker}`)).toBe(true);
    await step({ ...KEYED, message: 'And the docs' });
    expect(api.comments[0]?.body.split(UNSENT)).toHaveLength(3);
    expect(comment?.bodies.slice(before).join('\n')).not.toContain('⏳');
    expect(runner.page()).toContain(UNSENT);
  });

  test('show the work of an agent to which a second run is attached, and that its message was not sent', async () => {
    const { step, clock } = await open();
    await step({
      ...KEYED,
      message: 'simulate: long',
      'timeout-seconds': '20',
      'stop-on-timeout': 'false',
    });
    const going = step({ ...KEYED, message: 'And now the tests' });
    await clock.sleep(40_000, new AbortController().signal);
    expect(api.comments[0]?.body).toContain('### ⏳ Working');
    await going;
    expect(api.comments[0]?.body).toContain('✅ Finished, started earlier');
    expect(api.comments[0]?.body).toContain(UNSENT);
  });

  test('say nothing of a message that is not sent if an earlier attempt of the run has sent it', async () => {
    const { step } = await open();
    await step({ ...KEYED, 'if-exists': 'send' });
    await step({ ...KEYED, 'if-exists': 'send' }, undefined, { isFirstAttempt: false });
    expect(api.comments[0]?.body).toContain('✅ Finished');
    expect(api.comments[0]?.body).not.toContain('was not sent');
  });

  test('do not replace the result of an earlier run if the look for its conversation is refused', async () => {
    const { step, simulator } = await open();
    await step(KEYED);
    const result = api.comments[0]?.body;
    expect(result).toContain('✅');
    const answer = { kind: 'status', status: 403, body: '{}' } as const;
    simulator.order({ path: `${V1}*`, answer, times: Number.POSITIVE_INFINITY });
    const { outcome, runner } = await step(KEYED);
    expect(outcome.status).not.toBe('finished');
    expect(runner.savedState()).toEqual({ kind: 'over' });
    expect(api.comments[0]?.body).toBe(result);
    expect(api.comments[1]?.body).toContain('❌ Start failed');
  });

  test('by post do not replace the result of an earlier run if the step was killed before it found the conversation', async () => {
    const steps = await open();
    const { runner, outcome, folder } = await steps.step(KEYED);
    const result = api.comments[0]?.body;
    runner.saveState({ kind: 'announced', id: runner.outputs['conversation-id'] ?? '' });
    await postAfter({ runner, outcome, folder }, steps);
    expect(api.comments.map(({ body }) => body)).toEqual([result]);
  });

  test('continue in the comment of an earlier attempt whose start failed', async () => {
    const faults = [
      { method: 'POST', path: '/api/*', answer: { kind: 'status', status: 400, body: '{}' } },
    ] as const;
    const { step } = await open({ server: { api: 'v0', faults } });
    await step({ ...COMMENTED, 'api-version': 'v0' });
    await step({ ...COMMENTED, 'api-version': 'v0' });
    // A third attempt starts another conversation, which has its own comment.
    await step({ ...COMMENTED, 'api-version': 'v0' });
    expect(api.comments).toHaveLength(2);
    expect(api.comments.map(({ body }) => body.includes('/conversations/'))).toEqual([true, true]);
  });
});

describe('a step that ends before there is a conversation', () => {
  const never: FaultAnswer & { readonly kind: 'hang' } = { kind: 'hang' };

  test.each([
    ['while the account is read', 'GET /api/v1/users/me', KEYED],
    ['while the start is asked for', `POST ${V1}`, COMMENTED],
  ])('by a cancel %s says so in its comment', async (_, request, inputs) => {
    const steps = await open({ disturb: first(request, never) });
    const done = await steps.step(inputs, 5);
    expect(done.outcome.status).toBe('cancelled');
    expect(steps.clock.now()).toBeLessThan(12_500);
    expect(lines().at(-1)).toMatch(ENDED);
    await postAfter(done, steps);
    expect(lines().at(-1)).toMatch(ENDED);
  });

  test.each(['v1', 'v0'] as const)('by a kill has its comment completed by post: %s', async (version) => {
    const steps = await open({
      server: { api: version },
      disturb: first(version === 'v1' ? `POST ${V1}` : 'POST /api/conversations', never),
    });
    const inputs = { ...COMMENTED, 'api-version': version };
    const { runner } = await steps.step(inputs, 5);
    const start = version === 'v1' ? V1 : '/api/conversations';
    expect(asked.map(([request]) => request)).toContain(`POST ${start}`);
    // The comment of the first moment has the chosen id only.
    const [id = ''] = api.comments.map(({ bodies }) => idIn(bodies[0]));
    for (const state of [
      { kind: 'announced', id },
      { kind: 'asked', version, id },
    ] as const) {
      const [comment] = api.comments;
      runner.saveState(state);
      const texts = comment?.bodies.length ?? 0;
      await postAfter({ outcome: { status: 'skipped', notice: '' }, runner, folder: '' }, steps);
      expect(lines()).toHaveLength(texts + 1);
      expect(lines().at(-1)).toMatch(ENDED);
    }
  });

  test('by a kill just after the start has its comment completed, whichever id the comment has', async () => {
    const steps = await open({ server: { api: 'v0', scenario: 'forever' } });
    const done = await steps.step({ ...COMMENTED, 'api-version': 'v0' });
    const id = done.runner.outputs['conversation-id'] ?? '';
    const markerId = idIn(api.comments[0]?.bodies[0]) ?? '';
    const [comment] = api.comments;
    if (comment === undefined) throw new Error('there is no comment');
    for (const body of [comment.bodies[0], comment.bodies[1]]) {
      await clientIn(steps)
        .during(new AbortController().signal)
        .rest({
          goal: 'set the stage',
          route: `PATCH /repos/${PLACE.repository}/issues/comments/${comment.id}`,
          parameters: { body },
          shape: v.unknown(),
        });
      done.runner.saveState({ kind: 'started', version: 'v0', id, pendingWork: 'later', markerId });
      await postAfter(done, steps);
      expect(lines().at(-1)).toMatch(ENDED);
    }
  });

  test('has its comment completed even if the server tells post nothing', async () => {
    const steps = await open();
    const done = await steps.step(COMMENTED);
    const id = done.runner.outputs['conversation-id'] ?? '';
    done.runner.saveState({ kind: 'unreported', version: 'v1', id });
    steps.simulator.order({
      path: '/api/*',
      times: Number.POSITIVE_INFINITY,
      answer: { kind: 'status', status: 401, body: '{}' },
    });
    await postAfter(done, steps);
    expect(lines().at(-1)).toMatch(ENDED);
  });
});

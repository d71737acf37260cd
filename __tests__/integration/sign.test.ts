import { describe, expect, test } from '@jest/globals';

import type { FaultAnswer } from '../../simulator/faults.ts';
import type { GithubApi } from '../../simulator/github/api.ts';
import type { SimulatorOptions } from '../../simulator/server/server.ts';
import { markerOf } from '../../src/comment/marker.ts';
import type { WorkflowEvent } from '../../src/github/event.ts';
import type { Disturb } from '../../testbed/network.ts';
import { postWithComment } from '../../testbed/post.ts';
import { DISPATCH } from '../../testbed/world.ts';
import { commentOf } from '../support/github.ts';
import { type GithubSteps, openGithubSteps } from '../support/github-steps.ts';

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

/** Another run of the same workflow. */
const NEXT_RUN = { step: ['1658821494', 'agent', '__octo-org_openhands'] };
/** A re-run of the first. */
const NEXT_ATTEMPT = { isFirstAttempt: false };

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
    // Nothing is looked for before it.
    const [written] = asked.filter(([request]) => request.endsWith('/issues/1/comments'));
    expect(written?.[1]).toBe(9);
    expect(asked.map(([request]) => request)).not.toContain('POST /graphql');
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
    const comment = commentOf(`x\n${markerOf('c', PLACE, 'whatever')}`, author);
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
    expect(idIn(starting)).toBe(idIn(linked));
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
    expect(api.comments[0]?.bodies).toEqual([
      expect.stringContaining('Starting'),
      expect.stringMatching(/^### ⏳ Started\n\n\[Conversation\]\(\S+\/conversations\//),
    ]);
    await going;
    const editedAt = asked.filter(([request]) => request.startsWith('PATCH')).map(([, at]) => at);
    const pauses = editedAt.slice(1, -1).map((at, index) => at - (editedAt[index] ?? 0));
    expect(pauses.length).toBeGreaterThan(2);
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(30);
  });

  const UNSENT = 'the message of this run was not sent';

  test('are of one comment for each run: a second run answers below, and leaves the first as it was', async () => {
    const { step } = await open();
    await step(KEYED);
    const [first] = api.comments;
    const texts = first?.bodies.length;
    const { runner } = await step({ ...KEYED, message: 'And now the tests' }, undefined, NEXT_RUN);
    expect(first?.bodies).toHaveLength(texts ?? 0);
    expect(api.comments).toHaveLength(2);
    expect(first?.body).not.toContain(UNSENT);
    expect(api.comments[1]?.body.split('\n')[0]).toMatch(/^### ⏭️ Finished earlier · Message not sent · /);
    expect(api.comments[1]?.body).toContain('The agent has a conversation about this already.');
    expect(runner.page()).toContain(UNSENT);
  });

  test('show the work of an agent to which a second run is attached, and that its message was not sent', async () => {
    const { step, clock } = await open();
    const late = { message: 'simulate: long', 'timeout-seconds': '20', 'stop-on-timeout': 'false' };
    await step({ ...KEYED, ...late });
    const going = step({ ...KEYED, message: 'And now the tests' }, undefined, NEXT_RUN);
    await clock.sleep(40_000, new AbortController().signal);
    expect(api.comments[1]?.body).toContain('### ⏳ Working · Message not sent');
    await going;
    // The first run notifies people of its own end.
    expect(api.comments).toHaveLength(2);
    expect(api.comments[1]?.body).toContain('### ✅ Finished, started earlier · Message not sent · ');
  });

  test('say nothing of a message that is not sent if an earlier attempt of the run has sent it', async () => {
    const { step } = await open();
    await step({ ...KEYED, 'if-exists': 'send' });
    await step({ ...KEYED, 'if-exists': 'send' }, undefined, NEXT_ATTEMPT);
    expect(lines().at(-1)).toContain('✅ Finished');
    expect(api.comments[0]?.body).not.toContain('was not sent');
  });

  test('continue in the comment of an earlier attempt, whatever became of it', async () => {
    const faults = [
      { method: 'POST', path: '/api/*', answer: { kind: 'status', status: 400, body: '{}' } },
    ] as const;
    const { step } = await open({ server: { api: 'v0', faults } });
    await step({ ...COMMENTED, 'api-version': 'v0' });
    expect(lines().at(-1)).toContain('❌ Start failed');
    await step({ ...COMMENTED, 'api-version': 'v0' }, undefined, NEXT_ATTEMPT);
    expect(lines().at(-1)).toContain('▶️ Started');
  });

  test('of the jobs of a matrix are of one comment each', async () => {
    const { step } = await open();
    await Promise.all([
      step({ ...COMMENTED, message: 'Check the README' }),
      step({ ...COMMENTED, message: 'Check the docs' }),
    ]);
    expect(api.comments).toHaveLength(2);
  });
});

describe('an end that people are notified of', () => {
  const LONG = { ...POLLED, message: 'simulate: long' };
  const deletions = (): number => asked.filter(([request]) => request.startsWith('DELETE')).length;

  test('a minute or more after the comment is a new comment, and the old one is deleted after that', async () => {
    const { step } = await open();
    await step(LONG);
    expect(lines()).toEqual([expect.stringContaining('✅ Finished')]);
    const writes = asked.filter(([request]) => /^(?:POST|DELETE) .*comments/.test(request));
    expect(writes.map(([request]) => request.split(' ')[0])).toEqual(['POST', 'POST', 'DELETE']);
  });

  test('is an edit if it comes sooner', async () => {
    const { step } = await open();
    await step(POLLED);
    expect(lines().length).toBeGreaterThan(1);
    expect(lines().at(-1)).toContain('✅ Finished');
    expect(deletions()).toBe(0);
  });

  test('is an edit in a later attempt that found no comment, if it comes sooner', async () => {
    const { step } = await open();
    await step(POLLED, undefined, NEXT_ATTEMPT);
    expect(lines().at(-1)).toContain('✅ Finished');
    expect(deletions()).toBe(0);
  });

  test('is an edit if somebody has canceled the step', async () => {
    const { step } = await open();
    await step(LONG, 100);
    expect(lines().at(-1)).toContain('🛑 Canceled');
    expect(deletions()).toBe(0);
  });

  test('in a later attempt is a new comment, too', async () => {
    const { step } = await open();
    await step({ ...LONG, 'timeout-seconds': '20' });
    await step(POLLED, undefined, NEXT_ATTEMPT);
    // The message differs, so it is another job of a matrix.
    expect(api.comments).toHaveLength(2);
    await step({ ...LONG }, undefined, NEXT_ATTEMPT);
    expect(api.comments).toHaveLength(2);
    expect(api.comments[1]?.bodies).toEqual([expect.stringContaining('✅ Finished')]);
  });

  test.each([
    ['cannot be posted', { method: 'POST', path: '*/issues/1/comments' }],
    ['cannot replace the old one', { method: 'DELETE', path: '*' }],
  ])('is an edit if it %s', async (_, request) => {
    const { step, github, clock } = await open();
    const going = step(LONG);
    await clock.sleep(30_000, new AbortController().signal);
    github.order({ ...request, times: 9, answer: { kind: 'status', status: 502 } });
    await going;
    for (const { body } of api.comments) expect(body).toMatch(/^### ✅ Finished/);
    expect(api.comments).toHaveLength(request.method === 'POST' ? 1 : 2);
  });

  test('is one comment if the answer to the new one is lost', async () => {
    const { step, github, clock } = await open();
    const going = step(LONG);
    await clock.sleep(30_000, new AbortController().signal);
    github.order({ method: 'POST', path: '*/issues/1/comments', when: 'after', answer: { kind: 'reset' } });
    await going;
    expect(lines().at(-1)).toContain('✅ Finished');
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
    await postWithComment(done, steps, LABELED);
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
    const marker = idIn(api.comments[0]?.body) ?? '';
    for (const state of [
      { kind: 'announced', marker },
      { kind: 'asked', version, id: '0a1b2c3d-0000-4000-8000-00000000cafe', marker },
    ] as const) {
      const [comment] = api.comments;
      runner.saveState(state);
      const texts = comment?.bodies.length ?? 0;
      await postWithComment({ runner }, steps, LABELED);
      expect(lines()).toHaveLength(texts + 1);
      expect(lines().at(-1)).toMatch(ENDED);
    }
  });

  test('has its comment completed even if the server tells post nothing', async () => {
    const steps = await open();
    const done = await steps.step(COMMENTED);
    const id = done.runner.outputs['conversation-id'] ?? '';
    const marker = idIn(api.comments[0]?.body) ?? '';
    done.runner.saveState({ kind: 'unreported', version: 'v1', id, marker });
    steps.simulator.order({
      path: '/api/*',
      times: Number.POSITIVE_INFINITY,
      answer: { kind: 'status', status: 401, body: '{}' },
    });
    await postWithComment(done, steps, LABELED);
    expect(lines().at(-1)).toMatch(ENDED);
  });
});

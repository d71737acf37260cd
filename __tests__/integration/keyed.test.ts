import { describe, expect, test } from '@jest/globals';

import type { Disturb } from '../../testbed/network.ts';
import { play, type StepRun } from '../../testbed/play.ts';
import type { Step, Steps } from '../../testbed/steps.ts';
import { DISPATCH } from '../../testbed/world.ts';
import { openGithubSteps } from '../support/github-steps.ts';
import { openSteps } from '../support/open-steps.ts';

const KEYED = { message: 'Work on issue 12', 'idempotency-key': 'issue-12', poll: 'true' };

const isStart = (request: string): boolean => request === 'POST /api/v1/app-conversations';

describe('a second run with the same key', () => {
  test('attaches to the conversation, whatever its state, and says that the message was not sent', async () => {
    const { step, simulator, requests } = await openSteps({ api: 'v1' });
    const first = await step(KEYED);
    expect(first.outcome.status).toBe('finished');
    expect(first.runner.outputs['reused']).toBe('false');
    const second = await step({ ...KEYED, message: 'Something else' });
    expect(second.outcome.status).toBe('finished');
    expect(second.runner.outputs).toMatchObject({
      reused: 'true',
      'conversation-id': first.runner.outputs['conversation-id'],
      response: first.runner.outputs['response'],
    });
    expect(second.runner.log.join('\n')).toContain(
      'the message of this run was not sent. To ask for more, write to the agent in its conversation.',
    );
    expect(simulator.conversations).toHaveLength(1);
    expect(requests().filter(isStart)).toHaveLength(1);
  });

  test('says so in its summary, and shows neither its message nor its branch', async () => {
    const { step } = await openSteps({ api: 'v1' });
    await step({ ...KEYED, branch: 'main', poll: 'false' });
    const again = { ...KEYED, message: 'Something else', branch: 'other' };
    const unpolled = (await step({ ...again, poll: 'false' })).runner.page();
    const waited = (await step(again)).runner.page();
    expect(waited).toContain('Status: finished · Branch: main');
    expect(unpolled).toContain('### ▶️ Started earlier · ');
    for (const page of [waited, unpolled]) {
      expect(page).not.toContain('Something else');
      expect(page).not.toMatch(/\bother\b/);
    }
  });

  test.each([-45, 45])(
    'waits for the conversation if its start is under way, even if the clock of the runner is %d min ahead',
    async (minutes) => {
      const { step, arrival, simulator } = await openSteps({ api: 'v1' }, { aheadMs: minutes * 60_000 });
      const first = step(KEYED);
      await arrival('GET /api/v1/app-conversations/start-tasks?');
      const second = await step(KEYED);
      expect((await first).outcome.status).toBe('finished');
      expect(second.runner.outputs['reused']).toBe('true');
      expect(simulator.conversations).toHaveLength(1);
    },
  );

  test.each([
    ['key', { 'idempotency-key': 'issue-13' }],
    ['repository', { repository: 'octo-org/other' }],
    ['repository: none', { repository: 'none' }],
  ])('starts another conversation for another %s', async (_, other) => {
    const { step, simulator } = await openSteps({ api: 'v1' });
    await step(KEYED);
    const second = await step({ ...KEYED, ...other });
    expect(second.runner.outputs['reused']).toBe('false');
    expect(simulator.conversations).toHaveLength(2);
  });

  test('attaches even if the repository is written in another case', async () => {
    const { step } = await openSteps({ api: 'v1' });
    await step({ ...KEYED, repository: 'Octo-Org/Octo-Repo' });
    const second = await step({ ...KEYED, repository: 'octo-org/octo-repo' });
    expect(second.runner.outputs['reused']).toBe('true');
  });

  test('is noticed by a first run whose start was refused, because that looks again before it retries', async () => {
    const faults = [
      {
        method: 'POST',
        path: '/api/v1/app-conversations',
        answer: { kind: 'status', status: 429, headers: { 'retry-after': '20' }, body: '{}' },
      },
    ] as const;
    const { step, arrival, simulator } = await openSteps({ api: 'v1', faults });
    const refused = step(KEYED);
    await arrival('POST /api/v1/app-conversations');
    const second = await step(KEYED);
    expect((await refused).outcome.status).toBe('finished');
    expect((await refused).runner.outputs['reused']).toBe('true');
    expect(second.runner.outputs['reused']).toBe('false');
    expect(simulator.conversations).toHaveLength(1);
  });
});

test('a cancel does not stop the agent that another run started', async () => {
  const { step, simulator } = await openSteps({ api: 'v1', scenario: 'long' });
  await step({ ...KEYED, poll: 'false' });
  const second = await step(KEYED, 60);
  expect(second.outcome.status).toBe('cancelled');
  expect(second.runner.savedState()).toEqual({ kind: 'over' });
  expect(simulator.conversations[0]?.state).toMatchObject({ execution: 'running' });
});

test('a server without V1 gets no start with a key', async () => {
  const { step, requests } = await openSteps({ api: 'v0' });
  const { outcome, runner } = await step(KEYED);
  expect(outcome.status).toBe('start-failed');
  expect(runner.failures).toEqual([expect.stringContaining('idempotency-key needs API V1')]);
  // The last one tells a server with V0 from a login, which answers everything with its page.
  expect(requests()).toEqual([
    'GET /api/v1/users/me',
    'GET /server_info',
    `GET /api/conversations/00000000-0000-0000-0000-000000000000`,
  ]);
});

test('a server that chooses its own ids causes a warning, because the key has no effect there', async () => {
  const { step } = await openSteps({ api: 'v1', honourConversationId: false });
  const { outcome, runner } = await step(KEYED);
  expect(outcome.status).toBe('finished');
  expect(runner.log.join('\n')).toContain('Warning: The server chose its own id');
});

/** Makes one run look, then the other. Then the first starts, then the other. */
function inOrder(): Disturb {
  let looks = 0;
  return (_, target) => {
    if (!target.includes('/start-tasks/search')) return undefined;
    looks += 1;
    return looks <= 2 ? { answer: { kind: 'slow', seconds: 1 + looks / 10 } } : undefined;
  };
}

/** Starts two runs with the same key, in order. They are canceled after 300 and 200 seconds. */
async function twoRuns({ step, arrival }: Steps): Promise<readonly [Promise<Step>, Promise<Step>]> {
  const first = step({ ...KEYED, message: 'simulate: long' }, 300);
  await arrival('GET /api/v1/app-conversations/start-tasks/search');
  return [first, step({ ...KEYED, message: 'simulate: long' }, 200)];
}

describe('two runs at the same moment, and a server in trouble', () => {
  test('use one conversation even if the second sandbox cannot be paused at once', async () => {
    const failing = {
      method: 'POST',
      path: '/api/v1/sandboxes/*/pause',
      answer: { kind: 'status', status: 500 },
    } as const;
    const steps = await openSteps({ api: 'v1', kind: 'cloud', faults: [failing] }, { disturb: inOrder() });
    const [first, second] = await twoRuns(steps);
    await steps.clock.sleep(120_000, new AbortController().signal);
    expect(steps.simulator.sandboxes.map(({ status }) => status)).toEqual(['PAUSED', 'RUNNING']);
    expect((await first).runner.outputs['reused']).toBe('false');
    expect((await second).runner.outputs['reused']).toBe('true');
  });

  test('log the second sandbox if it can never be paused', async () => {
    const failing = {
      method: 'POST',
      path: '/api/v1/sandboxes/*/pause',
      times: Number.POSITIVE_INFINITY,
      answer: { kind: 'status', status: 403 },
    } as const;
    const steps = await openSteps({ api: 'v1', kind: 'cloud', faults: [failing] }, { disturb: inOrder() });
    const [first] = await twoRuns(steps);
    const { runner } = await first;
    const vain = steps.simulator.sandboxes[0]?.id ?? 'none';
    expect(runner.outputs['reused']).toBe('false');
    expect(runner.log.join('\n')).toContain(`The second sandbox, ${vain}, is not needed`);
  });

  test.each([0, 1])(
    'leave no second sandbox running, and after their cancels no agent of which they do not say so, if answer %d is lost',
    async (skip) => {
      const lost = {
        method: 'POST',
        path: '/api/v1/app-conversations',
        skip,
        when: 'after',
        answer: { kind: 'reset' },
      } as const;
      const steps = await openSteps({ api: 'v1', kind: 'cloud', faults: [lost] }, { disturb: inOrder() });
      const both = await twoRuns(steps);
      await steps.clock.sleep(120_000, new AbortController().signal);
      const running = steps.simulator.sandboxes.filter(({ status }) => status === 'RUNNING');
      expect(running).toHaveLength(1);
      const starter = await both[0];
      await both[1];
      const left = steps.simulator.sandboxes.filter(({ status }) => status === 'RUNNING');
      // Without its answer, the first run cannot tell which of the two starts is its own.
      const isUnknown = skip === 0;
      expect(left).toHaveLength(isUnknown ? 1 : 0);
      expect(starter.runner.failures).toEqual([
        expect.stringContaining(isUnknown ? 'may have started it), so it may continue' : 'was paused'),
      ]);
    },
  );
});

describe('a step that is canceled while it looks for other starts of its conversation', () => {
  const cancelled = async (inputs: Readonly<Record<string, string>>): Promise<StepRun> =>
    play(
      'long',
      'v1',
      { 'api-version': 'v1', 'idempotency-key': 'k', ...inputs },
      [
        {
          method: 'GET',
          path: '/api/v1/app-conversations/start-tasks/search',
          skip: 1,
          answer: { kind: 'hang' },
        },
      ],
      { cancelAt: 20 },
    );

  test('has reported its link, and leaves it to post to compare the starts and to pause the agent', async () => {
    const { outcome, runner, post, left } = await cancelled({});
    const { id, url } = outcome.conversation ?? {};
    expect(outcome).toMatchObject({ status: 'cancelled', conversation: { id: left[0]?.id } });
    expect(runner.outputs).toMatchObject({ 'conversation-id': id, 'conversation-url': url });
    expect(runner.outputs).not.toHaveProperty('reused');
    expect(runner.log.filter((line) => line === `OpenHands conversation: ${url ?? ''}`)).toHaveLength(1);
    expect(runner.failures).toEqual([
      expect.stringContaining('another run with the same idempotency-key may have started it'),
    ]);
    expect(post).toBeDefined();
    expect(left[0]?.state).toMatchObject({ sandbox: 'PAUSED' });
    expect(runner.page()).toContain('the agent was paused');
  });

  test('says that the agent continues with stop-on-cancel: false', async () => {
    const { runner, post, left } = await cancelled({ 'stop-on-cancel': 'false' });
    expect(runner.failures).toEqual([expect.stringContaining('the agent continues')]);
    expect(post).toBeUndefined();
    expect(left[0]?.state).toMatchObject({ sandbox: 'RUNNING' });
  });
});

const BY_RE_RUN = 're-run the job, which continues this conversation';
const BY_ID = 'tell the agent to continue with a comment that begins with /agent, or in its conversation';

test.each([
  [{}, true, BY_RE_RUN],
  [{ 'on-paused': 'resume', 'if-exists': 'restart-failed' }, true, BY_RE_RUN],
  [{ 'on-paused': 'fail' }, false, BY_ID],
  [{ 'on-paused': 'fail', 'if-exists': 'restart-failed' }, false, BY_ID],
  // A re-run would continue this one, too.
  [{ 'on-paused': 'fail', 'if-exists': 'send' }, true, BY_ID],
])(
  'the error at a deadline says that a re-run continues the agent only if it does: %j',
  async (given, continues, advice) => {
    const { step } = await openSteps({ api: 'v1', scenario: 'long' });
    const first = await step({ ...KEYED, ...given, 'timeout-seconds': '60' });
    const { outcome } = await step({ ...KEYED, ...given }, undefined, { runId: '78' });
    expect(outcome.status === 'finished').toBe(continues);
    expect(first.runner.failures).toEqual([
      expect.stringContaining(
        `the deadline passed (timeout-seconds is 60), and the agent was paused. What to do: ${advice} (http`,
      ),
    ]);
  },
);

test('a deadline while it is unknown which run has started the conversation of a key is timed-out, not start-failed, for post, too', async () => {
  const { outcome, runner, post, left } = await play(
    'long',
    'v1',
    { 'api-version': 'v1', 'idempotency-key': 'k', 'timeout-seconds': '20' },
    [
      {
        method: 'GET',
        path: '/api/v1/app-conversations/start-tasks/search',
        skip: 1,
        answer: { kind: 'hang' },
      },
    ],
  );
  expect(outcome).toMatchObject({ status: 'timed-out', conversation: { id: left[0]?.id } });
  expect(runner.outputs).toMatchObject({ status: 'timed-out', 'failure-kind': 'timeout' });
  expect(post).toBeDefined();
  expect(runner.page()).toContain('Status: timed-out');
  expect(runner.page()).not.toContain('start-failed');
  expect(left[0]?.state).toMatchObject({ sandbox: 'PAUSED' });
});

test('an earlier failed start with the key is not taken for the start whose answer was lost', async () => {
  const { step, simulator } = await openSteps({ api: 'v1', scenario: 'start-error' });
  expect((await step(KEYED)).outcome.status).toBe('start-failed');
  simulator.order({ method: 'POST', path: '/api/v1/app-conversations', answer: { kind: 'reset' } });
  const second = await step({ ...KEYED, message: 'simulate: finish' });
  expect(second.outcome.status).toBe('finished');
});

test('a start whose answers were lost says how long it is looked for', async () => {
  const lost = {
    method: 'POST',
    path: '/api/v1/app-conversations',
    times: 2,
    answer: { kind: 'reset' },
  } as const;
  const { step } = await openSteps({ api: 'v1', faults: [lost] });
  const { runner } = await step({ message: 'Check the README' });
  const says =
    /^\[0:\d\d\] Failed to start the conversation: .+; looking for it for up to 12 s, or longer if requests fail$/;
  expect(runner.log.filter((line) => says.test(line))).toHaveLength(2);
});

test.each([{ status: 401 }, { status: 429, headers: { 'retry-after': '2' }, body: '{}' }])(
  'a start whose answer was lost fails for that reason if the second start is refused, because the first may still succeed: %j',
  async (refusal) => {
    const start = { method: 'POST', path: '/api/v1/app-conversations' } as const;
    const { outcome, runner, requests } = await play('finish', 'v1', { 'api-version': 'v1' }, [
      { ...start, answer: { kind: 'reset' } },
      { ...start, answer: { kind: 'status', ...refusal } },
    ]);
    expect(outcome.status).toBe('start-failed');
    expect(runner.failures).toEqual([
      expect.stringMatching(
        /^failed to start the conversation: other side closed; its agent may be working until the post step finds and pauses it\. What to do: make sure at http\S+ that the request has not succeeded anyway\.$/,
      ),
    ]);
    expect(requests.filter(({ method }) => method === 'POST').map(({ at }) => at)).toEqual([0, 12]);
  },
);

test('without poll a step fails if the conversation of its key has failed: it looks at the state', async () => {
  const { step } = await openSteps({ api: 'v1' });
  await step({ ...KEYED, message: 'simulate: error' });
  const second = await step({ ...KEYED, poll: 'false' });
  expect(second.outcome.status).toBe('error');
  expect(second.runner.outputs['reused']).toBe('true');
});

test('a server that ignores the chosen id does not get a second start if the answer to the first is lost', async () => {
  const lost = {
    method: 'POST',
    path: '/api/v1/app-conversations',
    when: 'after',
    answer: { kind: 'reset' },
  } as const;
  const { step, requests } = await openSteps({ api: 'v1', honourConversationId: false, faults: [lost] });
  const { outcome, runner } = await step(KEYED);
  expect(outcome.status).toBe('start-failed');
  expect(runner.failures).toEqual([expect.stringMatching(/What to do: re-run the job\.$/)]);
  expect(requests().filter(isStart)).toHaveLength(1);
});

/** Neither run of a pair sees the other before both have started a conversation. */
describe.each([
  ['a server like the Cloud', { kind: 'cloud' }],
  ["a server of one's own, where one fails", { kind: 'self-hosted' }],
  ["a server of one's own, where both become ready", { kind: 'self-hosted', duplicatesReady: true }],
] as const)('five pairs of runs at the same instant, on %s', (_, server) => {
  test('have one starter each, and one conversation at work', async () => {
    const { step, simulator, clock } = await openSteps({ api: 'v1', scenario: 'long', ...server });
    const pairs = Array.from({ length: 5 }, (_, number) =>
      [0, 1].map(async () => step({ ...KEYED, 'idempotency-key': `issue-${number}` }, 200)),
    );
    await clock.sleep(150_000, new AbortController().signal);
    expect(simulator.sandboxes.filter(({ status }) => status === 'RUNNING')).toHaveLength(5);
    for (const pair of pairs) {
      const outputs = (await Promise.all(pair)).map(({ runner }) => runner.outputs);
      expect(outputs.map(({ reused }) => reused).toSorted()).toEqual(['false', 'true']);
      expect(new Set(outputs.map((each) => each['conversation-id'])).size).toBe(1);
    }
    // The cancel of the starter has stopped its agent.
    expect(simulator.sandboxes.filter(({ status }) => status === 'RUNNING')).toHaveLength(0);
  });
});

describe('the conversation of a key that an earlier step paused', () => {
  const LONG = { ...KEYED, message: 'simulate: long' };

  test.each([
    ['wait', 'finished', 1],
    ['resume', 'finished', 1],
    ['fail', 'paused', 0],
  ])('with on-paused: %s ends as %s, and is resumed %d times', async (onPaused, status, times) => {
    const { step, requests } = await openSteps({ api: 'v1' });
    expect((await step(LONG, 60)).outcome.status).toBe('cancelled');
    const second = await step({ ...LONG, 'on-paused': onPaused, 'timeout-seconds': '3600' });
    expect(second.outcome.status).toBe(status);
    expect(requests().filter((request) => /POST .*\/resume$/.test(request))).toHaveLength(times);
  });

  test('is resumed once, and not after somebody pauses it again', async () => {
    const { step, simulator, fetch, clock, requests } = await openSteps({ api: 'v1' });
    await step(LONG, 60);
    const second = step({ ...LONG, 'timeout-seconds': '300' });
    await clock.sleep(60_000, new AbortController().signal);
    const pause = `${simulator.url}/api/v1/sandboxes/${simulator.sandboxes[0]?.id}/pause`;
    await fetch(pause, { method: 'POST', headers: { authorization: 'Bearer somebody' } });
    expect((await second).outcome.status).toBe('timed-out');
    expect(requests().filter((request) => /POST .*\/resume$/.test(request))).toHaveLength(1);
  });

  test('is stopped by a canceled step that has resumed it', async () => {
    const { step, simulator } = await openSteps({ api: 'v1' });
    await step(LONG, 60);
    expect((await step(LONG, 60)).outcome.status).toBe('cancelled');
    expect(simulator.sandboxes.map(({ status }) => status)).toEqual(['PAUSED']);
  });

  test('is not resumed by a step without poll', async () => {
    const { step, simulator } = await openSteps({ api: 'v1' });
    await step(LONG, 60);
    await step({ ...LONG, poll: 'false' });
    expect(simulator.sandboxes.map(({ status }) => status)).toEqual(['PAUSED']);
  });
});

describe('a step that finds a conversation which has failed, and sends it nothing', () => {
  test.each([
    ['error', 'add credit to the account that pays for the model, then tell the agent to continue'],
    ['stuck', 'tell the agent what to do instead'],
  ])(
    'says the same as the one that started it, and names /agent in error, summary and comment: %s',
    async (scenario, first) => {
      const labeled = { ...DISPATCH, name: 'issues', issue: 1, trigger: 'issues/1', isLabeled: true };
      const steps = await openGithubSteps({}, { event: labeled });
      const keyed = { ...KEYED, message: `simulate: ${scenario}`, comment: 'true' };
      const advice = `${first} with a comment that begins with /agent, or in its conversation (a label may start another agent)`;
      for (const { outcome, runner } of [await steps.step(keyed), await steps.step(keyed)]) {
        expect(outcome.status).toBe(scenario);
        expect(runner.failures).toEqual([expect.stringContaining(` What to do: ${advice} (http`)]);
        expect(runner.page()).toContain(`\n**What to do:** ${advice}.\n`);
        const comment = steps.github.comments.at(-1)?.bodies.at(-1);
        expect(comment).toContain(`\n**What to do:** ${advice}.\n`);
      }
    },
  );

  test('says to tell the agent something after an attempt that had sent its message, and where it is waiting for input', async () => {
    const { step } = await openSteps({ api: 'v1' });
    const sent = { ...KEYED, message: 'simulate: error', 'if-exists': 'send' };
    await step(sent, undefined, { step: ['1', 'agent', 'ask'] });
    const attempt = { step: ['1', 'agent', 'ask'], isFirstAttempt: false };
    const again = await step(sent, undefined, attempt);
    expect(again.runner.failures).toEqual([
      expect.stringContaining(
        'What to do: add credit to the account that pays for the model, then tell the agent to continue with a comment',
      ),
    ]);
    const waiting = { ...KEYED, message: 'simulate: needs-input', 'idempotency-key': 'issue-13' };
    await step(waiting);
    expect((await step(waiting)).runner.failures).toEqual([
      expect.stringContaining(
        'What to do: answer the agent with a comment that begins with /agent, or in its conversation (http',
      ),
    ]);
  });
});

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';

import { isAtWork } from '../../simulator/server/at-work.ts';
import { SCENARIOS } from '../../simulator/server/scenarios.ts';
import type { Change } from '../../simulator/server/timeline.ts';
import type { Disturb } from '../../testbed/network.ts';
import { APP_SERVER_ALONE, changeLooks, play } from '../../testbed/play.ts';
import { post } from '../../testbed/post.ts';
import type { Steps } from '../../testbed/steps.ts';
import { KEY } from '../../testbed/world.ts';
import { openSteps } from '../support/open-steps.ts';

const never = new AbortController().signal;
const START = { message: 'Check the README', 'api-version': 'auto' };

test('the outputs have an id as servers write it, however conversation-id is written', async () => {
  const { step } = await openSteps({ api: 'v1' });
  const { outputs } = (await step(START)).runner;
  const id = outputs['conversation-id'] ?? '';
  const dashed = id.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-').toUpperCase();
  const { runner } = await step({ 'conversation-id': dashed, poll: 'true' });
  expect(runner.outputs).toMatchObject({
    status: 'finished',
    'conversation-id': id,
    'conversation-url': outputs['conversation-url'],
  });
});

describe.each(['v1', 'v0'] as const)('attaching to a conversation, by %s', (api) => {
  test('waits for a conversation that another step started', async () => {
    const { step, simulator } = await openSteps({ api });
    const started = await step(START);
    expect(started.outcome.status).toBe('running');
    const id = started.runner.outputs['conversation-id'] ?? '';
    const waited = await step({ 'conversation-id': id, poll: 'true' });
    expect(waited.outcome.status).toBe('finished');
    expect(waited.runner.outputs).toMatchObject({
      'conversation-id': id,
      'conversation-url': started.runner.outputs['conversation-url'],
      'api-version': api,
      reused: 'false',
    });
    expect(waited.runner.outputs['response']).toContain('README');
    expect(simulator.conversations).toHaveLength(1);
  });

  test('looks once without poll: while the agent works, and after its end', async () => {
    const { step, clock, requests } = await openSteps({ api });
    const id = (await step(START)).runner.outputs['conversation-id'] ?? '';
    const before = requests().length;
    const early = await step({ 'conversation-id': id });
    expect(early.outcome.status).toBe('running');
    expect(early.runner.failures).toEqual([]);
    // A server that answers two reads with its page is asked once more: a login does that, too.
    expect(requests().length - before).toBeLessThanOrEqual(api === 'v0' ? 4 : 3);
    await clock.sleep(120_000, new AbortController().signal);
    const late = await step({ 'conversation-id': id });
    expect(late.outcome.status).toBe('finished');
    expect(late.runner.outputs['response']).toContain('README');
  });

  test('waits for a server that refuses connections at first, as it does later', async () => {
    const outage = { until: 0 };
    const disturb: Disturb = () => (clock.now() < outage.until ? { answer: { kind: 'refused' } } : undefined);
    const steps = await openSteps({ api }, { disturb });
    const { step, clock } = steps;
    const id = (await step(START)).runner.outputs['conversation-id'] ?? '';
    outage.until = clock.now() + 100_000;
    const waited = await step({ 'conversation-id': id, poll: 'true' });
    expect(waited.outcome.status).toBe('finished');
    outage.until = clock.now() + 100_000;
    const before = clock.now();
    expect((await step({ 'conversation-id': id })).outcome.status).toBe('start-failed');
    expect(clock.now() - before).toBeLessThan(25_000);
  });

  test.each([{}, { repository: 'none' }])(
    "reports the pull requests of the conversation's own repository, whatever the inputs are: %j",
    async (inputs) => {
      const { step } = await openSteps({ api });
      const place = { repository: 'group/project', 'git-provider': 'gitlab' };
      const started = await step({ ...START, ...place });
      const id = started.runner.outputs['conversation-id'] ?? '';
      const waited = await step({ 'conversation-id': id, poll: 'true', ...inputs });
      expect(waited.runner.outputs['pull-request-urls']).toMatch(
        /^https:\/\/gitlab\.com\/group\/project\/-\/merge_requests\/\d+$/,
      );
    },
  );

  test('ends as missing if there is no such conversation: at once, or after a minute with poll or a message', async () => {
    const { step, clock, requests } = await openSteps({ api });
    const unknown = '0123456789abcdef0123456789abcdef';
    for (const [inputs, seconds] of [
      [{}, 2],
      [{ poll: 'true' }, 60],
      [{ message: 'And now?' }, 60],
    ] as const) {
      const before = clock.now();
      const { runner } = await step({ 'conversation-id': unknown, ...inputs });
      expect(Math.round((clock.now() - before) / 1000)).toBe(seconds);
      expect(runner.outputs).toMatchObject({ status: 'missing', 'failure-kind': 'not-found' });
      expect(runner.outputs).not.toHaveProperty('conversation-id');
      expect(runner.failures).toEqual([
        expect.stringMatching(
          /the server does not list the conversation 0123.* check conversation-id and base-url/,
        ),
      ]);
      const says = `Failed to attach to the conversation: the server does not list the conversation ${unknown}; looking for it for up to ${seconds} s, or longer if requests fail`;
      expect(runner.log.filter((line) => line.endsWith(says))).toHaveLength(1);
      // A link would not work.
      for (const text of [runner.log.join('\n'), runner.page()])
        expect(text).not.toContain('/conversations/');
    }
    expect(requests().filter((request) => request.startsWith('POST'))).toEqual([]);
  });

  test('ends as missing at once without poll if the sandbox is gone', async () => {
    const { outcome, seconds, runner } = await play('finish', api, { poll: 'false' }, [], {
      earlier: 'missing',
    });
    expect(outcome.status).toBe('missing');
    expect(seconds).toBeLessThan(5);
    expect(runner.outputs['conversation-url']).toMatch(/\/conversations\//);
  });
});

describe.each(['v1', 'v0'] as const)('the summary of a conversation that was attached to, by %s', (api) => {
  const PLACE = { repository: 'octo-org/other', branch: 'next' };

  test('is about the conversation, and not about the inputs', async () => {
    const { step } = await openSteps({ api });
    const started = await step({ ...START, ...PLACE });
    expect(started.runner.page()).toContain('### ▶️ Started\n');
    expect(started.runner.page()).toContain('What was asked');
    const id = started.runner.outputs['conversation-id'] ?? '';
    const look = (await step({ 'conversation-id': id })).runner.page();
    expect(look).toContain('### ▶️ Was still running\n');
    const waited = (await step({ 'conversation-id': id, poll: 'true' })).runner.page();
    expect(waited).toContain('Repository: octo-org/other · Branch: next');
    for (const page of [look, waited]) {
      expect(page).not.toContain('octo-org/octo-repo');
      expect(page).not.toContain('What was asked');
    }
  });
});

describe.each(['v1', 'v0'] as const)('a follow-up, by %s', (api) => {
  test('is waited for until its own end, and has its own answer', async () => {
    const { step, simulator, clock } = await openSteps({ api });
    const first = await step({ ...START, poll: 'true' });
    const id = first.runner.outputs['conversation-id'] ?? '';
    const since = clock.now();
    const second = await step({
      'conversation-id': id,
      message: 'Now do it again.\nsimulate: message',
      poll: 'true',
    });
    expect(second.outcome.status).toBe(api === 'v1' ? 'finished' : 'needs-input');
    expect(clock.now() - since).toBeGreaterThan(5_000);
    expect(second.runner.outputs['response']).not.toBe(first.runner.outputs['response']);
    expect(second.runner.outputs['response']).not.toBeUndefined();
    expect(simulator.conversations).toHaveLength(1);
  });

  test('resumes a paused sandbox', async () => {
    const { step, requests } = await openSteps({ api, scenario: 'hidden-finish' });
    const first = await step({ ...START, poll: 'true' });
    expect(first.outcome.status).toBe('finished');
    const id = first.runner.outputs['conversation-id'] ?? '';
    const second = await step({ 'conversation-id': id, message: 'simulate: finish', poll: 'true' });
    expect(second.outcome.status).toBe('finished');
    const resumes = requests().filter((request) => /\/resume$|\/start$/.test(request));
    expect(resumes).toHaveLength(1);
  });

  test('that is canceled before the agent begins stops the agent', async () => {
    const { step, simulator } = await openSteps({ api });
    const first = await step({ ...START, poll: 'true' });
    const id = first.runner.outputs['conversation-id'] ?? '';
    const second = await step({ 'conversation-id': id, message: 'simulate: long', poll: 'true' }, 0.5);
    expect(second.outcome.status).toBe('cancelled');
    expect(second.runner.failures[0]).toContain('the agent was paused');
    expect(simulator.conversations[0]?.state).toMatchObject(
      api === 'v1' ? { sandbox: 'PAUSED' } : { status: 'STOPPED' },
    );
  });
});

describe.each(['v1', 'v0'] as const)('a follow-up to a server in trouble, by %s', (api) => {
  const send = api === 'v1' ? '/api/v1/app-conversations/*/send-message' : '/api/conversations/*/events';
  const look = api === 'v1' ? '/api/v1/app-conversations' : '/api/conversations/*';
  const isSend = ({ method, target }: { readonly method: string; readonly target: string }): boolean =>
    method === 'POST' && /\/(?:send-message|events)$/.test(target);

  test('is sent even if the first look does not show the conversation', async () => {
    const blip = { kind: 'tampered', change: () => (api === 'v1' ? '[null]' : 'null') } as const;
    const ran = await play(
      'finish',
      api,
      { 'api-version': api, message: 'simulate: error' },
      [{ method: 'GET', path: look, answer: blip }],
      { earlier: 'finish' },
    );
    expect(ran.outcome.status).toBe('error');
    expect(ran.requests.filter(isSend)).toHaveLength(1);
  });

  test('that the server defers is not sent, and stops no agent, if the step is canceled meanwhile', async () => {
    const deferred = { kind: 'status', status: 429, headers: { 'retry-after': '60' }, body: '{}' } as const;
    const ran = await play(
      'forever',
      api,
      { 'api-version': api, message: 'Also do that' },
      [{ method: 'POST', path: send, answer: deferred }],
      { earlier: 'forever', cancelAt: 10 },
    );
    expect(ran.runner.failures).toEqual([expect.stringContaining('and the message was not sent')]);
    expect(ran.runner.savedState()).toEqual({ kind: 'over' });
    expect(ran.left.map(isAtWork)).toEqual([true]);
  });

  test('that is refused is reported as not sent, with the link to the conversation', async () => {
    const refused = { kind: 'status', status: 400, body: '{"detail":"too long"}' } as const;
    const ran = await play(
      'finish',
      api,
      { 'api-version': api, message: 'Also do that' },
      [{ method: 'POST', path: send, answer: refused }],
      { earlier: 'finish' },
    );
    expect(ran.outcome.status).toBe('start-failed');
    expect(ran.runner.failures).toEqual([
      expect.stringMatching(/^failed to send the message: HTTP 400: too long\./),
    ]);
    const summary = ran.runner.page();
    expect(summary).toContain('### ❌ Message not sent');
    expect(summary).toContain('[Conversation](');
    expect(summary).not.toContain('What was asked');
  });

  test('does not count as delivered because somebody else has sent a message', async () => {
    const { step, simulator, clock, arrival } = await openSteps({ api });
    const first = await step({ ...START, poll: 'true' });
    const id = first.runner.outputs['conversation-id'] ?? '';
    await clock.sleep(60_000, never);
    simulator.order({ method: 'POST', path: send, answer: { kind: 'reset' } });
    const lost = step({ 'conversation-id': id, message: 'Deploy it', poll: 'true' });
    await arrival(`POST ${send.replace('*', id)}`);
    const other = await step({ 'conversation-id': id, message: 'Also check the links', poll: 'true' });
    expect(other.outcome.status).toBe('finished');
    expect((await lost).outcome.status).toBe('start-failed');
  });

  test('without poll ends only once the agent has begun, so that a later step sees the end of this message', async () => {
    const { step, clock } = await openSteps({ api });
    const first = await step({ ...START, poll: 'true' });
    const id = first.runner.outputs['conversation-id'] ?? '';
    await clock.sleep(60_000, never);
    const followedUp = await step({
      'conversation-id': id,
      'api-version': api,
      message: 'simulate: error',
    });
    expect(followedUp.outcome.status).toBe('running');
    const waited = await step({ 'conversation-id': id, 'api-version': api, poll: 'true' });
    expect(waited.outcome.status).toBe('error');
  });

  test.each([
    ['has trouble', { status: 503 }],
    ['asks for a longer wait than the step may take', { status: 429, headers: { 'retry-after': '60' } }],
  ])('without poll is sent even if the server %s then', async (_, trouble) => {
    let isSent = false;
    const ran = await play(
      'finish',
      api,
      { 'api-version': api, message: 'Also do that', poll: 'false', 'timeout-seconds': '30' },
      [],
      {
        earlier: 'finish',
        mishapOf: ({ method }) => {
          isSent ||= method === 'POST';
          return isSent && method === 'GET'
            ? { answer: { kind: 'status', body: '{}', ...trouble } }
            : undefined;
        },
      },
    );
    expect(ran.outcome.status).toBe('running');
    expect(ran.seconds).toBeLessThanOrEqual(12);
    expect(ran.requests.filter(isSend)).toHaveLength(1);
  });

  test('whose conversation disappears before the agent begins ends as missing after a minute, with few requests', async () => {
    let isSent = false;
    const gone = { kind: 'tampered', change: () => (api === 'v1' ? '[null]' : 'null') } as const;
    const ran = await play(
      'finish',
      api,
      { 'api-version': api, message: 'simulate: forever', 'timeout-seconds': '300' },
      [],
      {
        earlier: 'finish',
        mishapOf: ({ method, target }) => {
          const isLook = api === 'v1' ? target.includes('?ids=') : /\/conversations\/[^/]+$/.test(target);
          isSent ||= method === 'POST';
          return isSent && method === 'GET' && isLook ? { answer: gone } : undefined;
        },
      },
    );
    expect(ran.outcome.status).toBe('missing');
    // A minute of looks, and ten seconds of attempts to pause the agent.
    expect(ran.seconds).toBeLessThan(80);
    expect(ran.requests.length).toBeLessThan(60);
  });

  test('whose step is killed before the agent begins is stopped by post', async () => {
    const steps = await openSteps({ api });
    const { step, simulator, clock, fetch } = steps;
    const first = await step({ ...START, poll: 'true' });
    const id = first.runner.outputs['conversation-id'] ?? '';
    await clock.sleep(60_000, never);
    await fetch(`${simulator.url}${send.replace('*', id)}`, {
      ...POST,
      body: JSON.stringify(
        api === 'v1'
          ? { role: 'user', content: [{ type: 'text', text: 'simulate: forever' }], run: true }
          : { action: 'message', args: { content: 'simulate: forever' } },
      ),
    });
    first.runner.saveState({ kind: 'started', version: api, id, pendingWork: 'later' });
    await post(first, steps);
    await clock.sleep(30_000, never);
    expect(simulator.conversations.map(isAtWork)).toEqual([false]);
  });
});

const POST = {
  method: 'POST',
  headers: { 'content-type': 'application/json', authorization: `Bearer ${KEY}` },
  body: '{}',
} as const;

/** Runs a conversation, and then a follow-up. Pauses the sandbox this many seconds after the follow-up began. */
async function followUpWithPause(
  { step, simulator, clock, fetch }: Steps,
  seconds: number,
  onPaused: string,
): Promise<Awaited<ReturnType<Steps['step']>>> {
  const first = await step({ message: 'simulate: finish', 'api-version': 'v1', poll: 'true' });
  const id = first.runner.outputs['conversation-id'] ?? '';
  await clock.sleep(60_000, never);
  const sandbox = simulator.conversations[0]?.sandboxId ?? '';
  void clock
    .sleep(seconds * 1000, never)
    .then(async () => fetch(`${simulator.url}/api/v1/sandboxes/${sandbox}/pause`, POST));
  return step({
    'conversation-id': id,
    message: 'Now something else.\nsimulate: message',
    poll: 'true',
    'timeout-seconds': '600',
    'on-paused': onPaused,
  });
}

describe('a follow-up whose sandbox is paused before its events are stored', () => {
  test.each([
    ['wait', 5, 'timed-out'],
    ['fail', 0.5, 'paused'],
    ['resume', 5, 'finished'],
  ] as const)(
    'does not get the end of the message before it: with on-paused %s, and paused after %d s, it is %s',
    async (onPaused, seconds, status) => {
      const steps = await openSteps({ api: 'v1', kind: 'cloud' });
      const { outcome, runner } = await followUpWithPause(steps, seconds, onPaused);
      expect(outcome.status).toBe(status);
      // The answer to the first message was longer.
      if (status === 'finished') expect(runner.outputs['response']).not.toContain('README');
    },
  );
});

test('a follow-up whose busy sandbox is called broken for a moment does not get the end of the message before it', async () => {
  let sentAt = Number.POSITIVE_INFINITY;
  let now = (): number => 0;
  const busy = (body: string): string =>
    body
      .replace('"sandbox_status":"RUNNING"', '"sandbox_status":"ERROR"')
      .replace(/"execution_status":"[a-z]+"/, '"execution_status":null');
  const { step, clock } = await openSteps(
    { api: 'v1', kind: 'self-hosted' },
    {
      disturb: (_, target) => {
        if (target.endsWith('/send-message')) sentAt = now();
        const after = now() - sentAt;
        return target.includes('?ids=') && after > 3_000 && after < 13_000
          ? { answer: { kind: 'tampered', change: busy } }
          : undefined;
      },
    },
  );
  now = () => clock.now();
  const first = await step({ message: 'simulate: finish', 'api-version': 'v1', poll: 'true' });
  const id = first.runner.outputs['conversation-id'] ?? '';
  await clock.sleep(60_000, never);
  const second = await step({ 'conversation-id': id, message: 'simulate: error', poll: 'true' });
  expect(second.outcome.status).toBe('error');
});

test.each([
  ['v1', {}, 'finish', 'stuck'],
  ['v1', {}, 'error', 'finish'],
  ['v1', APP_SERVER_ALONE, 'finish', 'error'],
  ['agent-server', {}, 'finish', 'error'],
  ['agent-server', {}, 'error', 'finish'],
] as const)(
  'a follow-up, by %s with %j, whose events are read late has its own end, not the one before it: first %s, then %s',
  async (api, options, before, after) => {
    let isSent = false;
    let hanging = 0;
    const { step } = await openSteps(
      { api, scenario: before, ...options },
      {
        disturb(method, target) {
          isSent ||= method === 'POST' && /\/(?:send-message|events)$/.test(target);
          const isLate = isSent && method === 'GET' && target.includes('/events/search') && hanging < 2;
          if (isLate) hanging += 1;
          return isLate ? { answer: { kind: 'hang' } } : undefined;
        },
      },
    );
    const of = api === 'v1' ? {} : { model: 'a/model', 'llm-api-key': 'sk-llm-tests' };
    const first = await step({ ...START, ...of, 'api-version': api, poll: 'true' });
    isSent = false;
    hanging = 0;
    const second = await step({
      'api-version': api,
      'conversation-id': first.runner.outputs['conversation-id'] ?? '',
      message: `Go on.\nsimulate: ${after}`,
      poll: 'true',
    });
    expect(second.outcome.status).toBe(after === 'finish' ? 'finished' : after);
  },
);

test('a follow-up to a paused agent is no pause, although the server still calls it paused for a moment', async () => {
  let sentAt = Number.POSITIVE_INFINITY;
  let now = (): number => 0;
  const still = (body: string): string =>
    body.replace(/"execution_status":"[a-z]+"/, '"execution_status":"paused"');
  const { step, clock, simulator } = await openSteps(
    { api: 'v1', kind: 'self-hosted', scenario: 'agent-paused' },
    {
      disturb: (_, target) => {
        if (target.endsWith('/send-message')) sentAt = now();
        const after = now() - sentAt;
        return target.includes('?ids=') && after >= 0 && after < 3_000
          ? { answer: { kind: 'tampered', change: still } }
          : undefined;
      },
    },
  );
  now = () => clock.now();
  const first = await step({ ...START, poll: 'true', 'on-paused': 'fail' });
  expect(first.outcome.status).toBe('paused');
  const id = first.runner.outputs['conversation-id'] ?? '';
  const second = await step({
    'conversation-id': id,
    message: 'Go on.\nsimulate: finish',
    poll: 'true',
    'on-paused': 'fail',
  });
  expect(second.outcome.status).toBe('finished');
  expect(second.runner.log.join('\n')).not.toContain('The conversation was paused');
  expect(simulator.conversations).toHaveLength(1);
});

describe('a follow-up to a conversation whose sandbox is paused', () => {
  const paused = { method: 'POST', path: '/api/v1/app-conversations/*/send-message' } as const;
  const refused = { kind: 'status', status: 409, body: '{}' } as const;

  test('is not sent if the sandbox is paused again as soon as it has started', async () => {
    const twice = { ...paused, times: 2, answer: refused };
    const { outcome, runner } = await play('finish', 'v1', { message: 'And now?' }, [twice], {
      earlier: 'finish',
    });
    expect([outcome.status, runner.outputs['failure-kind']]).toEqual(['start-failed', 'paused']);
    expect(runner.failures).toEqual([
      expect.stringMatching(
        /^failed to resume the conversation: .* paused again .*check its state, then tell the agent to continue .*http/,
      ),
    ]);
  });

  test('leaves no sandbox running if a cancel comes while it starts for the message', async () => {
    const disturb: Disturb = (_method, target) =>
      target.endsWith('/resume') ? { answer: { kind: 'late', seconds: 3 } } : undefined;
    const steps = await openSteps({ api: 'v1', scenario: 'hidden-finish' }, { disturb });
    const first = await steps.step({ ...START, poll: 'true' });
    const id = first.runner.outputs['conversation-id'] ?? '';
    const followUp = { 'conversation-id': id, message: 'And now?', poll: 'true' };
    const cancelled = await steps.step(followUp, 1);
    expect(cancelled.outcome.status).toBe('cancelled');
    await post(cancelled, steps);
    await steps.clock.sleep(30_000, never);
    expect(steps.requests().filter((request) => request.endsWith('/resume'))).toHaveLength(1);
    expect(steps.simulator.conversations).toMatchObject([{ state: { sandbox: 'PAUSED' } }]);
  });

  test('is not sent if the sandbox is gone, and the step ends as missing', async () => {
    let isSent = false;
    const missing = (body: string): string => body.replace('"RUNNING"', '"MISSING"');
    const { outcome, requests } = await play('finish', 'v1', { message: 'And now?' }, [], {
      earlier: 'finish',
      mishapOf({ target }) {
        if (isSent) return { answer: { kind: 'tampered', change: missing } };
        isSent = target.endsWith('/send-message');
        return isSent ? { answer: refused } : undefined;
      },
    });
    expect(outcome).toMatchObject({ status: 'missing', phase: 'its sandbox is missing' });
    expect(requests.filter(({ target }) => target.endsWith('/send-message'))).toHaveLength(1);
  });
});

test.each([
  ['paused', 'self-hosted', /\/resume$/, 16.5],
  ['paused', 'cloud', /\/run$/, 22.5],
  ['agent-paused', 'cloud', /\/run$/, 16.5],
] as const)(
  'a cancel during the resume of a %s conversation on a %s server leaves no agent at work',
  async (scenario, kind, request, cancelAfter) => {
    const steps = await openSteps(
      { api: 'v1', kind, scenario },
      {
        disturb: (method, target) =>
          method === 'POST' && request.test(target) ? { answer: { kind: 'late', seconds: 3 } } : undefined,
      },
    );
    const { step, simulator, clock } = steps;
    const cancelled = await step({ ...START, poll: 'true', 'on-paused': 'resume' }, cancelAfter);
    expect(cancelled.outcome.status).toBe('cancelled');
    await post(cancelled, steps);
    await clock.sleep(30_000, never);
    expect(simulator.conversations.map(isAtWork)).toEqual([false]);
  },
);

describe('a step with a conversation-id that ends early says what it has not done', () => {
  const HANGS = { method: 'GET', path: '/api/v1/app-conversations', answer: { kind: 'hang' } } as const;
  const id = '0123456789abcdef0123456789abcdef';

  test('if a cancel comes before the server has answered', async () => {
    const inputs = { 'conversation-id': id, message: '' };
    const { runner } = await play('finish', 'v1', inputs, [HANGS], { cancelAt: 10 });
    expect(runner.outputs['status']).toBe('cancelled');
    expect(runner.failures).toEqual([
      expect.stringMatching(
        new RegExp(
          `the server reported its state \\(nothing was sent to it\\)\\. What to do: see http\\S+/conversations/${id}\\.$`,
        ),
      ),
    ]);
  });

  test('if the deadline passes before the message is sent', async () => {
    const inputs = { message: 'Go on', 'timeout-seconds': '20' };
    const hangs = { ...HANGS, path: '/api/v1/conversation/*/events/search?*' };
    const { runner } = await play('finish', 'v1', inputs, [hangs], {
      earlier: 'finish',
      simulator: APP_SERVER_ALONE,
    });
    expect(runner.outputs['status']).toBe('timed-out');
    expect(runner.failures).toEqual([
      expect.stringMatching(
        /the deadline passed \(timeout-seconds is 20\) while the server had not answered for 20 s, and the message was not sent\. /,
      ),
    ]);
  });
});

describe.each([
  ['v1', '/api/v1/app-conversations/*/send-message', '/api/v1/conversation/*/events/search'],
  ['v0', '/api/conversations/*/events', '/api/conversations/*/events'],
] as const)('a follow-up whose answer is lost, by %s', (api, send, events) => {
  test('and whose events cannot be read then, is not sent again, and the error says where to check', async () => {
    const { step, simulator } = await openSteps({ api, ...APP_SERVER_ALONE });
    const first = await step({ ...START, poll: 'true' });
    const id = first.runner.outputs['conversation-id'] ?? '';
    simulator.order({ method: 'POST', path: send, answer: { kind: 'reset' }, when: 'after' });
    simulator.order({
      method: 'GET',
      path: events,
      skip: 1,
      times: Number.POSITIVE_INFINITY,
      answer: { kind: 'status', status: 403 },
    });
    const second = await step({ 'conversation-id': id, message: 'Go on', poll: 'true' });
    expect(second.outcome.status).toBe('start-failed');
    expect(second.runner.failures).toEqual([
      expect.stringMatching(
        /^failed to send the message: other side closed, and the agent was paused\. What to do: make sure at http\S+ that the request has not succeeded anyway \(http\S+\)\.$/,
      ),
    ]);
  });
});

describe.each(['v1', 'v0'] as const)('on-paused, by %s', (api) => {
  test('resume resumes the conversation', async () => {
    const { step } = await openSteps({ api, scenario: api === 'v1' ? 'paused' : 'agent-paused' });
    const { outcome, runner } = await step({ ...START, poll: 'true', 'on-paused': 'resume' });
    expect(outcome.status).toBe('finished');
    expect(runner.log.join('\n')).toContain('Resuming the conversation');
  });

  test('fail ends the step, and says where to resume the conversation', async () => {
    const { step } = await openSteps({ api, scenario: 'agent-paused' });
    const { outcome, runner } = await step({ ...START, poll: 'true', 'on-paused': 'fail' });
    expect(outcome.status).toBe('paused');
    expect(runner.failures).toEqual([expect.stringContaining('paused before the agent was done')]);
  });
});

describe('trajectory-file', () => {
  test('is saved into folders that did not exist', async () => {
    const { step } = await openSteps({ api: 'v1' });
    const { folder } = await step({ ...START, poll: 'true', 'trajectory-file': 'not/there/course' });
    expect((await readFile(join(folder, 'not/there/course'))).subarray(0, 2).toString()).toBe('PK');
  });

  test.each([
    ['v1', '/api/v1/app-conversations/*/download'],
    ['v0', '/api/conversations/*/trajectory'],
  ] as const)('is downloaded again if it is cut off, by %s', async (api, path) => {
    const faults = [{ path, answer: { kind: 'cut' }, times: 2 }] as const;
    const { step, requests } = await openSteps({ api, faults });
    const { folder, runner } = await step({ ...START, poll: 'true', 'trajectory-file': 'course' });
    expect(runner.log.join('\n')).toContain('the file is cut off; trying again');
    const asked = requests().filter((request) => /\/(?:download|trajectory)$/.test(request));
    expect(asked).toHaveLength(3);
    const file = await readFile(join(folder, 'course'));
    expect(file.subarray(-22).toString('latin1')).toContain(api === 'v1' ? 'PK\u0005\u0006' : ']}');
  });

  test.each(['v1', 'v0'] as const)(
    'that is not downloaded before a cancel does not change how the agent ended, by %s',
    async (api) => {
      const path = api === 'v1' ? '/api/v1/app-conversations/*/download' : '/api/conversations/*/trajectory';
      const { outcome, runner, seconds } = await play(
        'finish',
        api,
        { 'api-version': api, 'trajectory-file': 'course' },
        [{ path, answer: { kind: 'hang' } }],
        { cancelAt: 120 },
      );
      expect(outcome.status).toBe('finished');
      expect(seconds).toBe(120);
      expect(runner.outputs['response']).toContain('README');
      expect(runner.log.join('\n')).toContain('Failed to save the trajectory: the step was canceled');
      expect(runner.savedState()).toEqual({ kind: 'over' });
    },
  );

  test('that cannot be downloaded causes a warning, and no partial file is left', async () => {
    const faults = [
      {
        path: '/api/v1/app-conversations/*/download',
        answer: { kind: 'page' },
        times: Number.POSITIVE_INFINITY,
      },
    ] as const;
    const { step } = await openSteps({ api: 'v1', faults });
    const { outcome, runner, folder } = await step({
      ...START,
      poll: 'true',
      'trajectory-file': 'course.zip',
    });
    expect(outcome.status).toBe('finished');
    expect(runner.log.join('\n')).toContain('Warning: Failed to save the trajectory');
    await expect(readFile(join(folder, 'course.zip'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

test('a cancel does not stop an agent that has already finished', async () => {
  const ran = await play('finish', 'v1', {}, [], {
    cancelAt: 12,
    simulator: APP_SERVER_ALONE,
    mishapOf: changeLooks((body) =>
      body.replace('"execution_status":"running"', '"execution_status":"finished"'),
    ),
  });
  expect(ran.outcome.status).toBe('cancelled');
  expect(ran.runner.failures).toEqual([expect.stringContaining('the agent was no longer running')]);
  expect(ran.runner.savedState()).toEqual({ kind: 'over' });
  expect(ran.seconds).toBeLessThanOrEqual(13);
});

test('a cancel while the answer to a follow-up is read ends the step as canceled', async () => {
  const { outcome } = await play('finish', 'v1', { message: 'And now?' }, [], {
    earlier: 'finish',
    cancelAt: 30,
    simulator: APP_SERVER_ALONE,
    mishapOf: ({ target, at }) =>
      at > 19 && target.includes('/events/search') ? { answer: { kind: 'hang' } } : undefined,
  });
  expect(outcome.status).toBe('cancelled');
});

test('V1: a follow-up that the agent never begins is an error, although the state stays finished', async () => {
  const { step } = await openSteps({ api: 'v1' });
  const id = (await step({ ...START, poll: 'true' })).runner.outputs['conversation-id'] ?? '';
  const { outcome, runner } = await step({
    'conversation-id': id,
    message: 'And now?\nsimulate: ignored',
    poll: 'true',
  });
  expect(outcome.status).toBe('error');
  expect(runner.outputs).not.toHaveProperty('response');
  expect(runner.failures).toEqual([
    expect.stringMatching(
      /: the message was accepted, but the agent never started to work on it \(agent finished\)\. What to do: send the agent the message again in a new run with this conversation-id and a message \(http\S+\/conversations\/\w+\)\.$/,
    ),
  ]);
});

test('V1: a follow-up whose message is stored is awaited, however late the agent begins', async () => {
  const work = SCENARIOS.finish.work.map((change: Change) => ({ ...change, at: change.at + 120 }));
  const story = { ...SCENARIOS.finish, work };
  const { outcome, seconds } = await play(story, 'v1', { message: 'And now?' }, [], { earlier: 'finish' });
  expect(outcome.status).toBe('finished');
  expect(seconds).toBeGreaterThan(120);
});

test('V1: a follow-up is not reported as never begun if its events cannot be read', async () => {
  const events = { path: '/api/v1/conversation/*', skip: 1, times: Number.POSITIVE_INFINITY } as const;
  const inputs = { message: 'And now?', 'api-version': 'v1' };
  const unwell = { ...events, answer: { kind: 'status', status: 500 } } as const;
  const { outcome, runner } = await play('finish', 'v1', inputs, [unwell], {
    earlier: 'finish',
    simulator: APP_SERVER_ALONE,
  });
  expect(outcome.status).toBe('unreachable');
  expect(runner.outputs['failure-kind']).toBe('server');
  expect(runner.failures).toEqual([expect.stringContaining('failed to read the events of the conversation')]);
});

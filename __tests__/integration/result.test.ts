import { readFile } from 'node:fs/promises';

import { describe, expect, test } from '@jest/globals';

import type { SimulatedCheck } from '../../simulator/github/api.ts';
import type { SimulatorOptions } from '../../simulator/server/server.ts';
import { composeMessage } from '../../src/message/agent-message.ts';
import { APP_SERVER_ALONE, play } from '../../testbed/play.ts';
import { logOf, type Steps } from '../../testbed/steps.ts';
import { GREEN, sent } from '../support/checks.ts';
import { answering, openGithubSteps } from '../support/github-steps.ts';
import { messagesIn, messagesTo } from '../support/messages.ts';
import { openSteps } from '../support/open-steps.ts';
import { inputsWith } from '../support/record.ts';

type Inputs = Readonly<Record<string, string>>;
const DONE = { message: 'Check the README', poll: 'true', 'require-result': 'done' };
const OPENED = { ...DONE, 'api-version': 'v1', 'require-result': 'pull-request' };
const KEYED = { ...DONE, 'api-version': 'v1', 'idempotency-key': 'issue-12' };
/** A message whose answer has no such line. */
const WITHOUT_LINE = 'Check the README\nsimulate: finish';
const ASKED = /`Result: done` if .*`Result: blocked - ` and the reason/s;
const REASON = 'the repository has no README, so there is nothing to correct';
const AT_AGENT_SERVER = {
  'api-version': 'agent-server',
  model: 'a/model',
  'llm-api-key': 'sk-llm-integration',
};
const isMessage = (request: string): boolean => /^POST .*\/(?:send-message|events)$/.test(request);
/** A stored message that did not ask for the line. */
const MESSAGE_BEFORE = {
  id: '1',
  kind: 'MessageEvent',
  source: 'user',
  timestamp: '2026-11-24T00:00:00.000000',
  llm_message: { role: 'user', content: [{ type: 'text', text: 'Check the README' }] },
};
const RED: SimulatedCheck = { name: 'test', to: 60, conclusion: 'failure' };

const APIS = [
  ['v1', {}],
  ['v0', {}],
  ['agent-server', AT_AGENT_SERVER],
] as const;

describe.each(APIS)('with require-result, %s', (api, given) => {
  test('a step succeeds if the agent says that it is done, and people do not see the line', async () => {
    const { step, requests, simulator } = await openSteps({ api, scenario: 'done' });
    const done = await step({ ...DONE, ...given });
    const { runner } = done;
    expect(runner.outputs['status']).toBe('finished');
    expect(runner.outputs['response']).toMatch(/\n\nResult: done$/);
    expect(await readFile(runner.outputs['response-file'] ?? '', 'utf8')).toMatch(/\n\nResult: done$/);
    const said = logOf(done).slice(logOf(done).indexOf("The agent's answer:"));
    expect(said).toContain('README');
    expect(said).not.toContain('Result:');
    expect(runner.page().split('What was asked')[0]).not.toContain('Result:');
    expect(simulator.conversations[0]?.message).toMatch(ASKED);
    expect(requests().filter(isMessage)).toEqual([]);
  });

  test('a step fails with the reason if the agent says that it is blocked', async () => {
    const { step } = await openSteps({ api, scenario: 'blocked' });
    const { runner } = await step({ ...DONE, ...given });
    expect(runner.outputs).toMatchObject({ status: 'not-done', 'failure-kind': 'result' });
    expect(runner.outputs['response']).toContain('Result: blocked - ');
    expect(runner.failures).toEqual([
      expect.stringContaining(`failed to get the task done: the agent is blocked: ${REASON}. What to do: `),
    ]);
    expect(runner.page()).toMatch(/^### 🚧 Not done after /);
    expect(runner.page()).toContain(`<p>The agent is blocked: ${REASON}.</p>`);
    expect(runner.page()).not.toContain('Result: blocked - the');
  });

  test('an answer without the line is requested once more, with its text', async () => {
    const { step, simulator } = await openSteps({ api, scenario: 'done' });
    const done = await step({ ...DONE, ...given, message: WITHOUT_LINE });
    expect(done.runner.outputs['status']).toBe('finished');
    expect(done.runner.outputs['response']).toMatch(/README[^]*\n\nResult: done$/);
    expect(logOf(done)).toContain(
      'The answer does not match require-result: the agent did not say whether it is done',
    );
    const bodies = simulator.requests
      .filter(({ method, path }) => method === 'POST' && /\/(?:send-message|events)$/.test(path))
      .map(({ body }) => body);
    expect(bodies).toEqual([expect.stringMatching(ASKED)]);
  });

  test('an answer without the line after that, too, fails the step', async () => {
    const { step, requests } = await openSteps({ api, scenario: 'finish' });
    const { runner } = await step({ ...DONE, ...given });
    expect(runner.outputs).toMatchObject({ status: 'invalid-output', 'failure-kind': 'output' });
    expect(runner.failures).toEqual([
      expect.stringMatching(
        /^failed to get the task done: the agent did not say whether it is done\. What to do: read in the answer what is left to do(?: \(http\S+\))?\.$/,
      ),
    ]);
    expect(runner.outputs['response']).toContain('README');
    expect(requests().filter(isMessage)).toHaveLength(1);
  });
});

const SANDBOX_GONE =
  'failed to get the task done: the agent did not say whether it is done; the sandbox is gone. What to do: read in the answer what is left to do';

describe('the line at the end of an answer', () => {
  test.each([
    ['**Result: done**', 'finished'],
    ['`result: DONE`', 'finished'],
    ['__Result:__ done.\n\n', 'finished'],
    ['```\nResult: done\n```', 'finished'],
    ['RESULT: Blocked: no access', 'not-done'],
    ['**Result:** blocked – no access', 'not-done'],
    ['Result: blocked', 'not-done'],
    ['Result: done\n\nI also fixed a typo.', 'invalid-output'],
    ['The result: done', 'invalid-output'],
    ['Result: done, but for the tests', 'invalid-output'],
    ['Result: unblocked', 'invalid-output'],
  ])('%j means %s', async (line, status) => {
    const { outcome } = await play(answering(`I looked at it.\n\n${line}`), 'v1', DONE);
    expect(outcome.status).toBe(status);
  });

  test('that gives no reason says so', async () => {
    const { runner } = await play(answering('Result: blocked'), 'v1', DONE);
    expect(runner.failures).toEqual([expect.stringContaining('the agent is blocked, and gives no reason. ')]);
  });

  test('cannot write commands, HTML or much text into the page and the error', async () => {
    const hostile = `Result: blocked - <img src=x> @octocat \u202e${'long '.repeat(500)}`;
    const { runner } = await play(answering(hostile), 'v1', DONE);
    expect(runner.failures.join()).not.toContain('\u202e');
    expect(runner.failures.join().length).toBeLessThan(1_000);
    expect(runner.page()).not.toMatch(/<img|(?<!<code>)@octocat/);
    // All of the answer was the line.
    expect(runner.page()).not.toContain('<div>');
    expect(runner.log.join('\n')).not.toContain("The agent's answer:");
  });

  test('stays in the answer of a step that does not require it', async () => {
    const { runner } = await play('blocked', 'v1', {});
    expect(runner.outputs['status']).toBe('finished');
    expect(runner.page()).toContain('Result: blocked');
  });
});

describe('with require-result: pull-request', () => {
  test('a step succeeds with a pull request that the server lists', async () => {
    const steps = await openGithubSteps({ scenario: 'done' });
    steps.pushes({ checks: [] });
    const { runner } = await steps.step(OPENED);
    expect(runner.outputs['status']).toBe('finished');
    expect(runner.failures).toEqual([]);
    expect(steps.github.requests.length).toBeLessThan(5);
  });

  test('a step fails if there is none, whatever the agent says', async () => {
    const steps = await openGithubSteps({ scenario: answering('Fixed it.\n\nResult: done', false) });
    const { runner } = await steps.step(OPENED);
    expect(runner.outputs).toMatchObject({ status: 'not-done', 'failure-kind': 'result' });
    expect(runner.failures).toEqual([
      expect.stringContaining(
        'failed to get the task done: the agent says that it is done, but there is no pull request of it in octo-org/octo-repo. What to do: ',
      ),
    ]);
    expect(runner.page()).toMatch(/^### 🚧 Not done/);
    expect(steps.github.requests).toEqual([]);
    expect(sent(steps)).toEqual([]);
  });

  test('a pull request that is older than the conversation does not count, and the error says why', async () => {
    const answer = 'See https://github.com/octo-org/octo-repo/pull/3\n\nResult: done';
    const steps = await openGithubSteps({ scenario: answering(answer, false) });
    steps.github.push({ number: 3 }, { checks: [] });
    await steps.clock.sleep(600_000, new AbortController().signal);
    const { runner } = await steps.step(OPENED);
    expect(runner.outputs['status']).toBe('not-done');
    expect(runner.failures).toEqual([
      expect.stringContaining(
        'there is no pull request of it in octo-org/octo-repo that counts: #3 does not count because it is older than the conversation',
      ),
    ]);
  });

  /** Ten pull requests of others. */
  const OTHERS = Array.from({ length: 10 }, (_, at) => 20 + at);
  const linksTo = (numbers: readonly number[]): string =>
    numbers.map((number) => `https://github.com/octo-org/octo-repo/pull/${number}`).join(' ');

  test('a pull request that an answer names after ten others counts', async () => {
    const answer = `As in ${linksTo(OTHERS)}, I opened ${linksTo([12])}\n\nResult: done`;
    const steps = await openGithubSteps({ scenario: answering(answer, false) });
    steps.pushes({ checks: [] });
    const { runner } = await steps.step(OPENED);
    expect(runner.failures).toEqual([]);
    expect(runner.outputs['status']).toBe('finished');
  });

  test('a pull request that an answer names before ten others is not looked at, and the error says so', async () => {
    const answer = `I opened ${linksTo([12, 13])} as in ${linksTo(OTHERS)}\n\nResult: done`;
    const steps = await openGithubSteps({ scenario: answering(answer, false) });
    steps.pushes({ checks: [] });
    const { runner } = await steps.step(OPENED);
    expect(runner.outputs['status']).toBe('not-done');
    const unknown = OTHERS.toReversed().map(
      (number) => `#${number} does not count because GitHub does not know it`,
    );
    expect(runner.failures).toEqual([
      expect.stringContaining(
        `that counts: ${unknown.join('; ')}; at most 10 pull requests are looked at, those named last: #13, #12 were not. What to do: ask the agent for one in its conversation (http`,
      ),
    ]);
  });

  test('a pull request from before a follow-up counts', async () => {
    const steps = await openGithubSteps({ scenario: 'done' });
    steps.pushes({ checks: [] });
    const first = await steps.step({ message: 'Check the README', 'api-version': 'v1', poll: 'true' });
    const { runner } = await steps.step({
      ...OPENED,
      'conversation-id': first.runner.outputs['conversation-id'] ?? '',
    });
    expect(runner.outputs['status']).toBe('finished');
  });

  test.each([
    ['is refused', { github: { isPrivate: true, denied: ['pull-requests'] } as const }],
    [
      'fails',
      { github: { faults: [{ path: '*/pulls/12', answer: { kind: 'status', status: 404 } }] } as const },
    ],
  ])('a pull request counts with a notice if its read %s', async (_what, options) => {
    const steps = await openGithubSteps({ scenario: 'done', github: options.github });
    steps.pushes({ checks: [] });
    const done = await steps.step(OPENED);
    expect(done.runner.outputs['status']).toBe('finished');
    expect(logOf(done)).toMatch(/counts, although it could not be read: .*pull-requests: read/);
  });
});

describe('with require-result, fix rounds', () => {
  const FIX = { ...DONE, 'api-version': 'v1', 'wait-for-checks': 'true', 'max-fix-rounds': '2' };

  test('do not begin, and no check is waited for, if the first answer is blocked', async () => {
    const steps = await openGithubSteps({ scenario: answering('Result: blocked - no access') });
    steps.pushes({ checks: [RED] });
    const { runner } = await steps.step(FIX);
    expect(runner.outputs['status']).toBe('not-done');
    expect(runner.outputs).not.toHaveProperty('checks');
    expect(sent(steps)).toEqual([]);
    expect(steps.clock.now()).toBeLessThan(120_000);
  });

  test('end if a later answer is blocked', async () => {
    const steps = await openGithubSteps({ scenario: 'blocked' });
    steps.pushes({ checks: [RED] }, { checks: [RED] }, { checks: [RED] });
    const { runner } = await steps.step({ ...FIX, message: 'Check the README\nsimulate: done' });
    expect(runner.outputs).toMatchObject({ status: 'not-done', 'failure-kind': 'result', checks: 'failed' });
    expect(sent(steps)).toHaveLength(1);
    expect(sent(steps)[0]).toMatch(/untrusted text \w+ ends -----\n\n[^]*`Result: done` if/);
  });

  test('need the line in each answer, and there is one correction in a step', async () => {
    const steps = await openGithubSteps({ scenario: 'done' });
    const log = 'simulate: finish\n';
    steps.pushes({ checks: [{ ...RED, log }] }, { checks: [GREEN] }, { checks: [GREEN] });
    const once = await steps.step(FIX);
    expect(once.runner.outputs).toMatchObject({ status: 'finished', checks: 'passed' });
    expect(sent(steps)).toHaveLength(2);
    const again = await openGithubSteps({ scenario: 'done' });
    again.pushes({ checks: [{ ...RED, log }] }, { checks: [{ ...RED, log }] }, { checks: [GREEN] });
    const { runner } = await again.step({ ...FIX, message: WITHOUT_LINE });
    expect(runner.outputs['status']).toBe('invalid-output');
    expect(sent(again)).toHaveLength(2);
  });
});

test('with require-result and patch-file, the patch of a blocked agent is saved, and that of a corrected one again', async () => {
  const blocked = await play('blocked', 'v1', { ...DONE, 'patch-file': 'changes.patch' });
  expect(blocked.outcome.status).toBe('not-done');
  expect(blocked.runner.outputs['patch-file']).toMatch(/changes\.patch$/);
  const given = { ...DONE, message: WITHOUT_LINE, 'patch-file': 'changes.patch' };
  const corrected = await play('done', 'v1', given);
  expect(corrected.outcome.status).toBe('finished');
  // The first looks only whether there is a repository.
  expect(corrected.requests.filter(({ target }) => target.includes('/api/file/archive'))).toHaveLength(3);
});

describe('a step with require-result that finds its conversation', () => {
  test('judges an answer to a message that asked for the line', async () => {
    const { step, requests } = await openSteps({ api: 'v1', scenario: 'blocked' });
    const first = await step({ ...KEYED, 'timeout-seconds': '15' });
    expect(first.outcome.status).toBe('timed-out');
    const { runner } = await step(KEYED);
    expect(runner.outputs).toMatchObject({ status: 'not-done', reused: 'true' });
    expect(requests().filter(isMessage)).toEqual([]);
  });

  test('asks once more if the line was asked for and is missing', async () => {
    const { step, requests } = await openSteps({ api: 'v1', scenario: 'done' });
    const first = await step({ ...KEYED, message: WITHOUT_LINE, 'timeout-seconds': '15' });
    expect(first.outcome.status).toBe('timed-out');
    const { runner } = await step(KEYED);
    expect(runner.outputs).toMatchObject({ status: 'finished', reused: 'true' });
    expect(requests().filter(isMessage)).toHaveLength(1);
  });

  test('asks once more after it has resumed the agent, even if that ends before it is seen at work', async () => {
    const { step, requests } = await openSteps({ api: 'v1', scenario: 'done' });
    const first = await step({ ...KEYED, message: WITHOUT_LINE, 'timeout-seconds': '23' });
    expect(first.outcome.status).toBe('timed-out');
    const second = await step(KEYED);
    expect(logOf(second)).toMatch(/resumes? it/);
    const beforeCorrection = logOf(second).split('Asking the agent for another one')[0];
    expect(beforeCorrection).not.toContain('running, ');
    expect(second.runner.outputs).toMatchObject({ status: 'finished', reused: 'true' });
    expect(requests().filter(isMessage)).toHaveLength(1);
  });

  test('sends nothing about an answer to a schema that was there before it, so that each run does not cost another one', async () => {
    const given = { ...KEYED, 'require-result': 'none', 'output-schema': '{"type": "array"}' };
    const { step, requests } = await openSteps({ api: 'v1', scenario: 'finish' });
    const ends = [await step(given), await step(given)];
    expect(ends.map(({ outcome }) => outcome.status)).toEqual(['invalid-output', 'invalid-output']);
    expect(requests().filter(isMessage)).toHaveLength(1);
  });

  describe('after its end without the line', () => {
    const isStart = (request: string): boolean => /^POST .*\/(?:app-)?conversations$/.test(request);
    /** Starts a step that is killed, and lets its agent end. */
    const openEnded = async (options: SimulatorOptions, inputs: Inputs): Promise<Steps> => {
      const steps = await openSteps({ scenario: 'done', ...options });
      await steps.killed({ ...inputs, message: WITHOUT_LINE }, 15);
      await steps.clock.sleep(600_000, new AbortController().signal);
      return steps;
    };

    test.each<readonly [string, SimulatorOptions, Inputs]>([
      ['v1', { api: 'v1' }, KEYED],
      ['v1 with restart-failed', { api: 'v1' }, { ...KEYED, 'if-exists': 'restart-failed' }],
      ['v1 with on-paused: fail', { api: 'v1' }, { ...KEYED, 'on-paused': 'fail' }],
      ['v1 with late events', { api: 'v1', ...APP_SERVER_ALONE }, KEYED],
      ['an agent server', { api: 'agent-server' }, { ...KEYED, ...AT_AGENT_SERVER }],
    ])('asks for it once, and starts nothing, %s', async (_server, options, inputs) => {
      const steps = await openEnded(options, inputs);
      const done = await steps.step(inputs);
      expect(done.runner.outputs).toMatchObject({ status: 'finished', reused: 'true' });
      expect(done.runner.outputs['response']).toMatch(/README[^]*\n\nResult: done$/);
      expect(done.runner.page()).toMatch(/^### ✅ Finished, started earlier · Message not sent · /);
      expect(steps.requests().filter(isMessage)).toHaveLength(1);
      expect(steps.requests().filter(isStart)).toHaveLength(1);
      const again = await steps.step(inputs);
      expect(again.runner.page()).toMatch(/^### ⏭️ Finished earlier · Message not sent · /);
      expect(steps.requests().filter(isMessage)).toHaveLength(1);
    });

    test.each([
      ['none of its messages is', []],
      ['only an earlier message is', [MESSAGE_BEFORE]],
    ])('does not say that it was never asked for if %s stored', async (_what, items) => {
      const steps = await openEnded({ api: 'v1', ...APP_SERVER_ALONE }, KEYED);
      const body = JSON.stringify({ items, next_page_id: null });
      const path = '/api/v1/conversation/*/events/search*';
      const answer = { kind: 'status', status: 200, body } as const;
      steps.simulator.order({ method: 'GET', path, times: Infinity, answer });
      const done = await steps.step(KEYED);
      expect(done.runner.outputs['status']).toBe('invalid-output');
      expect(logOf(done)).not.toContain('never asked');
      expect(steps.requests().filter(isMessage)).toHaveLength(1);
    });

    test('asks only once in each step, also if the agent forgets it again', async () => {
      const steps = await openEnded({ api: 'v1', scenario: 'finish' }, KEYED);
      for (const messages of [1, 2]) {
        expect((await steps.step(KEYED)).outcome.status).toBe('invalid-output');
        expect(steps.requests().filter(isMessage)).toHaveLength(messages);
      }
    });

    test.each<readonly [string, SimulatorOptions]>([
      ['V1', { api: 'v1' }],
      ['V1 whose look shows no cost', { api: 'v1', kind: 'self-hosted' }],
    ])('asks for nothing over max-cost-usd, on %s', async (_server, options) => {
      const steps = await openEnded(options, KEYED);
      const startedAt = steps.clock.now();
      const { runner } = await steps.step({ ...KEYED, 'max-cost-usd': '0.20' });
      expect(runner.outputs['status']).toBe('over-budget');
      expect(runner.outputs['response']).toContain('README');
      expect(steps.requests().filter(isMessage)).toEqual([]);
      expect(steps.clock.now() - startedAt).toBeLessThan(20_000);
    });

    test('leaves the answer as it is where the sandbox is gone', async () => {
      const steps = await openEnded({ api: 'v1' }, KEYED);
      const path = '/api/v1/app-conversations/*/send-message';
      const answer = { kind: 'status', status: 410, body: '{"detail":"Sandbox is gone"}' } as const;
      steps.simulator.order({ method: 'POST', path, answer });
      const { runner } = await steps.step(KEYED);
      expect(runner.outputs['status']).toBe('invalid-output');
      expect(runner.failures).toEqual([expect.stringContaining(`${SANDBOX_GONE} (http`)]);
      expect(runner.outputs['response']).toContain('README');
      expect(steps.requests().filter(isStart)).toHaveLength(1);
    });
  });

  test.each([
    [{}, 'finished'],
    [{ 'require-result': 'pull-request' }, 'not-done'],
  ])('sends nothing if the line was never asked for, and with %j ends as %s', async (given, status) => {
    const steps = await openGithubSteps({ scenario: answering('I looked at it.', false) });
    await steps.step({ ...KEYED, 'require-result': 'none' });
    const done = await steps.step({ ...KEYED, ...given });
    expect(done.runner.outputs['status']).toBe(status);
    expect(logOf(done)).toContain('The agent was never asked for its result');
    expect(sent(steps)).toEqual([]);
  });

  test('fails if its messages cannot be read', async () => {
    const steps = await openGithubSteps({
      scenario: 'finish',
      ...APP_SERVER_ALONE,
      faults: [
        {
          path: '*/events/search?*kind__eq=MessageEvent*',
          times: Infinity,
          answer: { kind: 'status', status: 403, body: '{}' },
        },
      ],
    });
    await steps.step({ ...KEYED, 'require-result': 'none' });
    const { runner } = await steps.step(KEYED);
    expect(runner.outputs).toMatchObject({ status: 'unreachable' });
    expect(runner.outputs['response']).toContain('README');
    expect(sent(steps)).toEqual([]);
  });
});

describe.each(APIS)(
  'a step with require-result that continues a conversation without a message, %s',
  (api, given) => {
    test.each([
      ['asks once more if a message asked for the line', true, 1],
      ['only says so if no message asked for the line', false, 0],
    ])('%s', async (_what, asksForResult, corrections) => {
      const { step, requests } = await openSteps({ api, scenario: 'done' });
      const task = composeMessage({ task: WITHOUT_LINE, asksForResult });
      const first = await step({ ...given, message: task, poll: 'true' });
      const id = first.runner.outputs['conversation-id'] ?? '';
      const version = { 'api-version': first.runner.outputs['api-version'] ?? '' };
      const done = await step({ ...DONE, ...version, message: '', 'conversation-id': id });
      expect(done.runner.outputs['status']).toBe('finished');
      expect(logOf(done).includes('The agent was never asked for its result')).toBe(!asksForResult);
      expect(requests().filter(isMessage)).toHaveLength(corrections);
    });
  },
);

test('the comment of a blocked agent says so in its first line, and why', async () => {
  const steps = await openGithubSteps({ scenario: 'blocked' });
  await steps.step({ ...DONE, 'api-version': 'v1', comment: 'true', 'issue-number': '1' });
  const [comment] = steps.github.comments;
  expect(comment?.body).toMatch(/^### 🚧 Not done after .*\n\n<p>The agent is blocked: /);
  expect(comment?.body).toContain('**What to do:** remove what blocks the agent, then ');
  expect(comment?.body).toContain('I changed nothing.');
  expect(comment?.body).not.toContain('Result: blocked - the');
});

test('the comment of a step that only asks for the line is a new one at the end, which notifies people', async () => {
  const steps = await openGithubSteps({ scenario: 'done' });
  await steps.killed({ ...KEYED, message: WITHOUT_LINE }, 15);
  await steps.clock.sleep(600_000, new AbortController().signal);
  await steps.step({ ...KEYED, comment: 'true', 'issue-number': '1' });
  const writes = steps.github.requests.filter(({ method }) => ['POST', 'DELETE'].includes(method));
  expect(writes.map(({ method }) => method)).toEqual(['POST', 'POST', 'DELETE']);
  expect(steps.github.comments).toHaveLength(1);
  expect(steps.github.comments[0]?.body).toMatch(/^### ✅ Finished, started earlier · Message not sent · /);
});

test.each<[Readonly<Record<string, string>>, string]>([
  [{}, 'in its conversation'],
  ...['attach', 'send', 'restart', 'restart-failed', 'restart-merged'].map(
    (ifExists): [Readonly<Record<string, string>>, string] => [
      { 'idempotency-key': 'issue-12', 'if-exists': ifExists },
      'with a comment that begins with /agent, or in its conversation \\(another run may start another agent\\)',
    ],
  ),
])('a blocked agent is named with one advice, whatever if-exists: %j', async (given, advice) => {
  const { step } = await openSteps({ api: 'v1', scenario: 'blocked' });
  const { runner } = await step({ ...DONE, 'api-version': 'v1', ...given });
  expect(runner.failures).toEqual([
    expect.stringMatching(
      new RegExp(
        `^failed to get the task done: the agent is blocked: ${REASON}\\. What to do: remove what blocks the agent, then tell the agent to continue ${advice} \\(http\\S+\\)\\.$`,
      ),
    ),
  ]);
});

test('restart-failed starts again after a blocked conversation only with require-result', async () => {
  const { step, simulator } = await openSteps({ api: 'v1', scenario: 'blocked' });
  const given = { ...KEYED, 'if-exists': 'restart-failed' };
  expect((await step(given)).outcome.status).toBe('not-done');
  await step({ ...given, 'require-result': 'none' });
  expect(simulator.conversations).toHaveLength(1);
  const again = await step({ ...given, message: 'Now\nsimulate: done' });
  expect(again.runner.outputs).toMatchObject({ status: 'finished', reused: 'false' });
  expect(simulator.conversations).toHaveLength(2);
  await step(given);
  expect(simulator.conversations).toHaveLength(2);
});

test('restart-merged leaves a blocked agent alone whose pull request is open', async () => {
  const scenario = answering('It needs a secret.\n\nResult: blocked - the secret is missing');
  const steps = await openGithubSteps({ scenario });
  steps.pushes({ checks: [] });
  const given = { ...KEYED, 'if-exists': 'restart-merged' };
  expect((await steps.step(given)).outcome.status).toBe('not-done');
  expect((await steps.step(given)).outcome.status).toBe('not-done');
  expect(steps.simulator.conversations).toHaveLength(1);
});

test('a follow-up asks for the line before its mark, and its answer is the one that counts', async () => {
  const { step, simulator } = await openSteps({ api: 'v1', scenario: 'blocked' });
  const given = { ...KEYED, 'if-exists': 'send' };
  expect((await step(given)).outcome.status).toBe('not-done');
  const next = { runId: '78', step: ['1658821494', 'agent', '__octo-org_openhands'] };
  const { outcome } = await step({ ...given, message: 'Now\nsimulate: done' }, undefined, next);
  expect(outcome.status).toBe('finished');
  const [first, second] = messagesTo({ simulator });
  for (const message of [first, second])
    expect(message).toMatch(/`Result: done` if[^]*\n\n?<!-- openhands-run .* -->$/);
});

test('a correction counts against max-cost-usd', async () => {
  const given = { ...DONE, 'api-version': 'v1', message: WITHOUT_LINE, 'max-cost-usd': '0.2' };
  const { outcome, requests } = await play('done', 'v1', given);
  expect(outcome.status).toBe('over-budget');
  expect(messagesIn(requests)).toBe(0);
});

test('a correction to a sandbox that is gone leaves the earlier answer', async () => {
  const gone = {
    method: 'POST',
    path: '/api/v1/app-conversations/*/send-message',
    answer: { kind: 'status', status: 410, body: '{"detail":"Sandbox is gone"}' },
  } as const;
  const { outcome, runner } = await play('done', 'v1', { ...DONE, message: WITHOUT_LINE }, [gone]);
  expect(outcome.status).toBe('invalid-output');
  expect(runner.failures).toEqual([expect.stringContaining(`${SANDBOX_GONE} (http`)]);
  expect(runner.outputs['response']).toContain('README');
});

test.each([
  [{ 'require-result': 'yes' }, 'require-result is "yes": it must be one of none, done, pull-request'],
  [{ 'require-result': 'done', poll: 'false' }, 'require-result needs poll: true'],
  [{ 'require-result': 'done', 'output-schema': '{}' }, 'require-result and output-schema'],
  [{ 'require-result': 'done', review: 'true', 'issue-number': '7' }, 'require-result and review'],
  [
    { 'require-result': 'pull-request', repository: 'none' },
    'require-result: pull-request needs a repository',
  ],
  [
    { 'require-result': 'pull-request', 'git-provider': 'gitlab' },
    'require-result: pull-request needs a repository on GitHub',
  ],
])('the inputs %j are refused', async (given, why) => {
  await expect(inputsWith({ poll: 'true', ...given })).rejects.toThrow(why);
});

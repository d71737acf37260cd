import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';

import type { SimulatedCheck } from '../../simulator/github/api.ts';
import { OPENED_AFTER, PULL_REQUEST } from '../../simulator/github/pushing-agent.ts';
import type { Scenario } from '../../simulator/server/timeline.ts';
import type { Step } from '../../testbed/steps.ts';
import { logOf } from '../../testbed/steps.ts';
import { KEY } from '../../testbed/world.ts';
import { FIX, GREEN, RED, sent } from '../support/checks.ts';
import { answering, openGithubSteps } from '../support/github-steps.ts';
import { pieceOf, SPELLINGS } from '../support/spellings.ts';

const KEYED = { ...FIX, 'idempotency-key': 'pull-12' };

function firstLines(messages: readonly string[]): readonly (string | undefined)[] {
  return messages.map((message) => message.split('\n')[0]);
}

describe('failed checks with fix rounds left', () => {
  test('are sent to the agent with the end of the log until they are green', async () => {
    const steps = await openGithubSteps();
    steps.pushes({ checks: [RED] }, { checks: [RED] }, { checks: [GREEN] });
    const { runner } = await steps.step(FIX);
    expect(runner.outputs).toMatchObject({ status: 'finished', checks: 'passed', reused: 'false' });
    const messages = sent(steps);
    const commits = steps.github.commits(PULL_REQUEST);
    expect(firstLines(messages)).toEqual([
      `Checks, round 1 of 2, commit ${commits[0]}`,
      `Checks, round 2 of 2, commit ${commits[1]}`,
    ]);
    expect(messages[0]).toContain(
      '- test: failure https://github.com/octo-org/octo-repo/actions/runs/501/job/901',
    );
    expect(messages[0]).toMatch(/untrusted text [0-9a-f]{16} begins -----\n[^]*1 test failed[^]*ends -----$/);
    expect(steps.simulator.conversations).toHaveLength(1);
    expect(runner.page()).toContain(
      'Round 1 of 2: #12 at <code>215299a</code> failed: test (failure)<br>\nRound 2 of 2: #12 at <code>3fc4a6c</code> failed',
    );
    // The summary shows the first message as the request.
    expect(runner.page()).toContain('Check the README');
  });

  test('fail the step after the last round', async () => {
    const steps = await openGithubSteps();
    steps.pushes({ checks: [RED] }, { checks: [RED] }, { checks: [RED] }, { checks: [GREEN] });
    const { runner } = await steps.step(FIX);
    expect(runner.outputs).toMatchObject({ status: 'checks-failed', checks: 'failed' });
    expect(runner.failures).toEqual([expect.stringContaining('; still failing after 2 rounds. What to do')]);
    expect(sent(steps)).toHaveLength(2);
  });

  test('fail the step if the agent pushes no new commit', async () => {
    const steps = await openGithubSteps();
    steps.pushes({ checks: [RED] });
    const { runner } = await steps.step(FIX);
    expect(runner.outputs['status']).toBe('checks-failed');
    expect(runner.failures).toEqual([
      expect.stringContaining('the agent got the failed checks and pushed no new commit'),
    ]);
    expect(sent(steps)).toHaveLength(1);
    // Unchanged checks are not logged again after the round.
    expect(runner.log.filter((line) => line.includes('1 of 1 done'))).toHaveLength(1);
  });

  test('continue with the next round if the step is run again', async () => {
    const steps = await openGithubSteps();
    steps.pushes({ checks: [RED] }, { checks: [RED] }, { checks: [RED] });
    const first = await steps.step(KEYED, 160);
    expect(first.runner.outputs['status']).toBe('cancelled');
    expect(sent(steps)).toHaveLength(1);
    const again = await steps.step(KEYED);
    expect(again.runner.outputs).toMatchObject({ status: 'checks-failed', reused: 'true' });
    expect(firstLines(sent(steps))).toEqual([
      expect.stringContaining('round 1 of 2'),
      expect.stringContaining('round 2 of 2'),
    ]);
    const third = await steps.step(KEYED);
    expect(third.runner.outputs['status']).toBe('checks-failed');
    expect(sent(steps)).toHaveLength(2);
    expect(steps.simulator.conversations).toHaveLength(1);
  });

  test('are sent by one of two steps with the same key, and both wait for the result', async () => {
    const steps = await openGithubSteps();
    steps.pushes({ checks: [RED] }, { checks: [GREEN] });
    const other = steps.step(KEYED);
    await steps.clock.sleep(5_000, new AbortController().signal);
    const both = await Promise.all([other, steps.step({ ...KEYED, 'patch-file': 'changes.patch' })]);
    expect(both.map(({ runner }) => runner.outputs)).toEqual([
      expect.objectContaining({ status: 'finished', checks: 'passed', reused: 'false' }),
      expect.objectContaining({ status: 'finished', checks: 'passed', reused: 'true' }),
    ]);
    expect(sent(steps)).toHaveLength(1);
    const waited = both.map((step) => logOf(step).includes('Another step has sent failed checks'));
    expect(waited.toSorted()).toEqual([false, true]);
    // The patch of this step has what the agent did for the other step.
    const asked = steps.requests().filter((request) => request.includes('/api/file/archive'));
    // Each step has also looked whether there is a repository.
    expect(asked.filter((request) => !request.endsWith('exclude=*'))).toHaveLength(2);
  });

  test('are sent to the agent with V0, too', async () => {
    const steps = await openGithubSteps({ api: 'v0' });
    steps.pushes({ checks: [RED] }, { checks: [GREEN] });
    const { runner } = await steps.step({ ...FIX, 'api-version': 'v0' });
    expect(runner.outputs).toMatchObject({ status: 'finished', checks: 'passed' });
    const rounds = steps.simulator.requests.filter(
      ({ method, body }) => method === 'POST' && body.includes('Checks, round'),
    );
    expect(rounds).toHaveLength(1);
  });

  test('count against the deadline, at which an agent at work is paused', async () => {
    const steps = await openGithubSteps();
    steps.pushes({ checks: [RED] }, { checks: [GREEN] });
    const { runner } = await steps.step({ ...FIX, 'timeout-seconds': '125' });
    expect(runner.outputs).toMatchObject({ status: 'timed-out', 'failure-kind': 'timeout' });
    expect(runner.failures).toEqual([expect.stringContaining('the agent was paused')]);
    expect(sent(steps)).toHaveLength(1);
  });

  // Each message costs 23 cents.
  test.each([
    ['0.20', 0, 'before the first round'],
    ['0.30', 1, 'in the first round'],
    ['0.60', 2, 'in the second round'],
  ])('count against max-cost-usd: $%s is used up after %d messages, %s', async (most, times) => {
    const steps = await openGithubSteps();
    steps.pushes({ checks: [RED] }, { checks: [RED] }, { checks: [RED] });
    const { runner } = await steps.step({ ...FIX, 'max-cost-usd': most });
    expect(runner.outputs).toMatchObject({ status: 'over-budget', 'failure-kind': 'budget' });
    expect(Number(runner.outputs['cost-usd'])).toBeGreaterThanOrEqual(Number(most));
    expect(runner.failures).toEqual([expect.stringContaining(`max-cost-usd is $${most}`)]);
    expect(sent(steps)).toHaveLength(times);
    // What the agent has done until then is handed on, and no round is announced that is not sent.
    expect(runner.outputs).toMatchObject({ checks: 'failed', response: expect.stringContaining('README') });
    expect(runner.log.filter((line) => /^Round \d/.test(line))).toHaveLength(times);
  });

  test('are sent with the output schema, and the result of the checks is kept if the answer does not match', async () => {
    const steps = await openGithubSteps();
    steps.pushes({ checks: [RED] }, { checks: [GREEN] });
    const { runner } = await steps.step({
      ...FIX,
      'output-schema': '{"type":"object","title":"Findings"}',
    });
    expect(runner.outputs).toMatchObject({ status: 'invalid-output', checks: 'passed' });
    const [round, correction, ...more] = sent(steps);
    const [, after] = round?.split(/^----- untrusted text \w+ ends -----\n/m) ?? [];
    expect(after).toMatch(/^\nA program reads your answer\..*\n\n```json\n\{.*"Findings"\}\n```$/s);
    expect(correction).toContain('does not match the JSON Schema');
    expect(more).toEqual([]);
  });

  test('are sent without logs if those cannot be read', async () => {
    const steps = await openGithubSteps({ github: { isPrivate: true, denied: ['actions'] } });
    steps.pushes({ checks: [RED] }, { checks: [GREEN] });
    const done = await steps.step(FIX);
    expect(done.runner.outputs['checks']).toBe('passed');
    expect(logOf(done)).toContain('Warning: github-token lacks actions: read');
    expect(sent(steps)[0]).toContain('- test: failure https://');
    expect(sent(steps)[0]).not.toContain('1 test failed');
  });

  test('are sent without secrets and with at most 16 KiB of logs', async () => {
    const steps = await openGithubSteps();
    const log = `${'x'.repeat(99)}\n`.repeat(2000);
    const spelled = SPELLINGS.map(([, spell]) => spell(KEY));
    steps.pushes({
      checks: [
        { ...RED, log: `${log}${spelled.map((key) => `the key is ${key}\n`).join('')}` },
        { ...RED, name: 'lint', log },
      ],
    });
    await steps.step(FIX);
    const [message = ''] = sent(steps);
    expect(spelled.filter((key) => message.includes(pieceOf(key)))).toEqual([]);
    expect(message.match(/^the key is .*\*\*\*/gm)).toHaveLength(spelled.length);
    expect(Buffer.byteLength(message)).toBeGreaterThan(16 * 1024);
    expect(Buffer.byteLength(message)).toBeLessThan(18 * 1024);
  });
});

describe.each([
  ['v1', { 'api-version': 'v1' }],
  ['agent-server', { 'api-version': 'agent-server', model: 'a/model', 'llm-api-key': 'sk-llm-integration' }],
] as const)('pull requests that only an earlier answer names, with %s', (api, version) => {
  const INPUTS = { ...FIX, ...version };
  const URL = 'https://github.com/octo-org/octo-repo/pull';
  const silent = (check: SimulatedCheck): SimulatedCheck => ({ ...check, log: 'simulate: message\n' });
  const naming = (text: string): { readonly api: typeof api; readonly scenario: Scenario } => ({
    api,
    scenario: answering(text, false),
  });
  const attachTo = ({ runner }: Step): Readonly<Record<string, string>> => ({
    ...FIX,
    'api-version': api,
    message: '',
    'conversation-id': runner.outputs['conversation-id'] ?? '',
  });

  test.each([
    ['green', GREEN, { status: 'finished', checks: 'passed' }],
    ['red', RED, { status: 'checks-failed', checks: 'failed' }],
  ] as const)('count in all rounds: the checks end %s', async (_how, last, expected) => {
    const steps = await openGithubSteps(naming(`Done in ${URL}/12.`));
    steps.pushes({ checks: [silent(RED)] }, { checks: [silent(RED)] }, { checks: [last] });
    const { runner } = await steps.step(INPUTS);
    expect(runner.outputs).toMatchObject({
      ...expected,
      response: '2 + 2 is 4.',
      'pull-request-urls': `${URL}/12`,
    });
    expect(runner.page()).toContain(`<a href="${URL}/12">PR #12</a>`);
    const rounds = steps.simulator.requests.filter(({ body }) => body.includes('Checks, round'));
    expect(rounds).toHaveLength(2);
    expect(rounds[0]?.body).toContain('Name the address of the pull request in your answer');
  });

  test('are in the outputs if the agent fails in a round', async () => {
    const steps = await openGithubSteps(naming(`Done in ${URL}/12.`));
    steps.pushes({ checks: [{ ...RED, log: 'simulate: stuck\n' }] });
    const { outcome, runner } = await steps.step(INPUTS);
    expect(outcome.status).not.toBe('finished');
    expect(runner.outputs).toMatchObject({ checks: 'failed', 'pull-request-urls': `${URL}/12` });
  });

  test('count for a step that attaches later, which reads them from the events', async () => {
    const steps = await openGithubSteps(naming(`Done in ${URL}/12.`));
    steps.pushes({ checks: [silent(RED)] }, { checks: [{ ...RED, to: 300 }] });
    const first = await steps.step({ ...INPUTS, 'max-fix-rounds': '1' }, 150);
    expect(first.runner.outputs).toMatchObject({ status: 'cancelled', 'pull-request-urls': `${URL}/12` });
    const again = await steps.step({ ...attachTo(first), 'max-fix-rounds': '1' });
    expect(again.runner.outputs).toMatchObject({
      status: 'checks-failed',
      response: '2 + 2 is 4.',
      'pull-request-urls': `${URL}/12`,
    });
    expect(again.runner.failures).toEqual([
      expect.stringContaining('; still failing after 1 round. What to do'),
    ]);
  });

  test('all count, although a later answer names only one of them', async () => {
    const steps = await openGithubSteps(naming(`Done in ${URL}/12 and ${URL}/13.`));
    steps.pushes({ checks: [{ ...RED, log: 'simulate: finish\n' }] }, { checks: [GREEN] });
    steps.github.push({ number: 13 }, { in: OPENED_AFTER, checks: [GREEN] });
    steps.github.push({ number: 13 }, { in: OPENED_AFTER + 100, checks: [RED] });
    const expected = { status: 'checks-failed', 'pull-request-urls': `${URL}/12\n${URL}/13` };
    const first = await steps.step({ ...INPUTS, 'max-fix-rounds': '1' });
    const again = await steps.step({ ...attachTo(first), 'max-fix-rounds': '1' });
    for (const { runner } of [first, again]) {
      expect(runner.outputs).toMatchObject(expected);
      expect(runner.failures).toEqual([expect.stringContaining('checks of #13 at')]);
      expect(runner.failures.join()).not.toContain('#12');
    }
  });

  test('count if the answer could not be read at the end', async () => {
    const steps = await openGithubSteps(naming(`Done in ${URL}/12.`));
    steps.pushes({ checks: [RED] });
    const refused = { kind: 'status', status: 401, body: '{}' } as const;
    for (const path of ['*/events/search?*limit=50*', '*/agent_final_response'])
      steps.simulator.order({ path, times: Infinity, answer: refused });
    const { runner } = await steps.step({ ...INPUTS, 'max-fix-rounds': '0' });
    expect(runner.outputs).toMatchObject({ status: 'checks-failed', 'pull-request-urls': `${URL}/12` });
    expect(runner.outputs).not.toHaveProperty('response');
  });

  test('count in a step that sends a further message', async () => {
    const steps = await openGithubSteps(naming(`Done in ${URL}/12.`));
    steps.pushes({ checks: [GREEN] }, { checks: [RED] });
    const first = await steps.step({ ...INPUTS, 'max-fix-rounds': '0' });
    expect(first.runner.outputs['checks']).toBe('passed');
    const again = await steps.step({
      ...attachTo(first),
      message: 'And now?\nsimulate: message',
      'max-fix-rounds': '0',
    });
    expect(again.runner.outputs).toMatchObject({ response: '2 + 2 is 4.', checks: 'failed' });
  });

  test.each([
    ['refused', { kind: 'status', status: 401, body: '{}' }, 'unreachable', 'auth'],
    ['never possible', { kind: 'status', status: 503, body: '{}' }, 'timed-out', 'server'],
  ] as const)(
    'are never taken for none: a read of the answers that is %s fails the step',
    async (_how, answer, status, kind) => {
      const steps = await openGithubSteps(naming(`Done in ${URL}/12.`));
      steps.pushes({ checks: [silent(RED)] }, { checks: [RED] });
      const first = await steps.step({ ...INPUTS, 'max-fix-rounds': '1' }, 150);
      await steps.clock.sleep(60_000, new AbortController().signal);
      // The read of the last answer, with a limit of 50 events, succeeds.
      const path = '*/events/search?*limit=100*';
      steps.simulator.order({ path, times: Infinity, answer });
      const again = await steps.step({ ...attachTo(first), 'timeout-seconds': '100' });
      expect(again.runner.outputs).toMatchObject({ status, checks: 'pending', 'failure-kind': kind });
      expect(again.runner.outputs['response']).toBe('2 + 2 is 4.');
    },
  );

  test('do not count if they are by somebody else, or in the text of a person', async () => {
    const steps = await openGithubSteps(naming(`Done in ${URL}/12, as in ${URL}/13.`));
    const { github, pushes } = steps;
    pushes({ checks: [{ ...RED, log: `simulate: message\nSee ${URL}/14\n` }] }, { checks: [GREEN] });
    for (const number of [13, 14])
      github.push(
        { number, author: 'mona' },
        { in: OPENED_AFTER, checks: [{ ...RED, to: 600 }], message: 'By hand' },
      );
    const first = await steps.step({ ...INPUTS, message: `Do as in ${URL}/14` });
    expect(first.runner.outputs).toMatchObject({ status: 'finished', checks: 'passed' });
    const again = await steps.step(attachTo(first));
    expect(again.runner.outputs).toMatchObject({
      status: 'finished',
      checks: 'passed',
      'pull-request-urls': `${URL}/13\n${URL}/12`,
    });
    expect(logOf(again)).toContain("Ignoring #13: only the agent's answer names it");
    expect(github.requests.filter(({ path }) => path.endsWith('/pulls/14'))).toEqual([]);
  });
});

describe('a patch that is saved before the wait for checks', () => {
  const INPUTS = { ...FIX, 'patch-file': 'out/changes.patch' };
  const SCHEMA = { 'output-schema': '{"type":"object"}' };
  const ARCHIVE = '/api/file/archive';
  const archives = (requests: readonly string[]): readonly number[] =>
    requests.flatMap((request, index) => (request.includes(ARCHIVE) ? [index] : []));
  const expectNoPatch = async ({ runner, folder }: Step): Promise<void> => {
    expect(runner.outputs).toMatchObject({ 'patch-file': '', 'patch-base': '' });
    expect(runner.page()).not.toContain('Patch:');
    expect(runner.log.join('\n')).toMatch(
      /Warning: Do not use .*changes\.patch: the agent got another message after/,
    );
    expect(await readFile(join(folder, 'out/changes.patch'), 'utf8')).toBe('');
  };

  test('is saved again after each round, before the wait for the checks of the new commit', async () => {
    const { step, pushes, clock, simulator } = await openGithubSteps();
    pushes({ checks: [RED] }, { checks: [{ ...GREEN, to: 600 }] });
    const { runner, folder } = await step(INPUTS);
    expect(runner.outputs).toMatchObject({
      status: 'finished',
      checks: 'passed',
      'patch-file': join(folder, 'out/changes.patch'),
    });
    const asked = simulator.requests.map(({ method, path }) => `${method} ${path}`);
    // The first looks only whether there is a repository.
    expect(archives(asked)).toHaveLength(3);
    const message = asked.findIndex((request) => request.endsWith('/send-message'));
    expect(archives(asked).at(-1)).toBeGreaterThan(message);
    expect(clock.now()).toBeGreaterThan(600_000);
    expect(runner.log.findLast((line) => line.includes("The agent's changes are in"))).toMatch(/^\[2:/);
  });

  test('is kept if the agent certainly did not get the message', async () => {
    const gone = { kind: 'status', status: 410, body: '{"detail":"gone"}' } as const;
    const faults = [{ method: 'POST', path: '*/send-message', answer: gone }];
    const { step, pushes, requests } = await openGithubSteps({ faults });
    pushes({ checks: [RED] });
    const { runner } = await step(INPUTS);
    expect(runner.outputs['status']).toBe('checks-failed');
    expect(runner.outputs['patch-file']).toMatch(/changes\.patch$/);
    expect(archives(requests())).toHaveLength(2);
  });

  test.each([
    ['after a round', {}, 'error'],
    ['after a correction', { ...SCHEMA, 'max-fix-rounds': '0' }, 'invalid-output'],
  ])('is deleted if it cannot be saved again %s', async (_when, inputs, status) => {
    const lost = { kind: 'status', status: 404, body: '{}' } as const;
    const faults = [{ path: `*${ARCHIVE}`, skip: 2, times: Infinity, answer: lost }];
    const { step, pushes, requests } = await openGithubSteps({ faults });
    pushes({ checks: [status === 'error' ? RED : GREEN] }, { checks: [GREEN] });
    const done = await step({ ...INPUTS, ...inputs });
    expect(done.outcome.status).toBe(status);
    await expectNoPatch(done);
    expect([...done.runner.failures, ...done.runner.log].join('\n')).toMatch(
      /[Ff]ailed to save the agent's changes: HTTP 404/,
    );
    expect(archives(requests())).toHaveLength(3);
  });

  test('is deleted if the sandbox is gone while the agent works again', async () => {
    const steps = await openGithubSteps();
    steps.pushes({ checks: [{ ...RED, log: 'simulate: vanish\n' }] });
    const done = await steps.step(INPUTS);
    expect(done.outcome.status).toBe('missing');
    expect(sent(steps)).toHaveLength(1);
    await expectNoPatch(done);
  });
});

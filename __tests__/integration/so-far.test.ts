import { describe, expect, test } from '@jest/globals';

import type { Scenario } from '../../simulator/server/timeline.ts';
import type { Mishap } from '../../testbed/mishap.ts';
import { APP_SERVER_ALONE, play, type PlayOptions, type StepRun } from '../../testbed/play.ts';

const SAID =
  'I found **two** READMEs, and compare them now. See https://github.com/octo-org/octo-repo/pull/12';

/** An agent that has said something, and works on until somebody stops it. */
const TALKS: Scenario = {
  about: 'the agent says something, and never ends',
  start: [
    { at: 0, start: 'accepted', presence: 'hidden', box: 'starting', agent: 'idle' },
    { at: 6, start: 'ready', presence: 'shown', box: 'running' },
  ],
  work: [
    { at: 1, agent: 'working', cost: 0.01 },
    { at: 4, happening: { kind: 'agent-message', text: SAID } },
    { at: 5, happening: { kind: 'command', summary: 'Compare them', command: 'diff' } },
    { at: 50, cost: 0.4 },
  ],
};

const IN_A_MINUTE = { 'timeout-seconds': '60' };
const ALONE = { 'api-version': 'agent-server', model: 'a/model', 'llm-api-key': 'sk-llm-integration' };
const SERVERS = [
  ['v1', 'v1', {}, {}],
  ['v1, polled', 'v1', {}, { simulator: APP_SERVER_ALONE }],
  ['v0', 'v0', { 'api-version': 'v0' }, {}],
  ['agent-server', 'v1', ALONE, { simulator: { api: 'agent-server' } }],
] as const;
const [V1, , , AGENT_SERVER] = SERVERS;

const EVENTS = /\/events(?:\/search)?\?/;
const PAUSE = /\/(?:pause|interrupt|stop)$/;

function expectSoFar({ runner, file }: StepRun, status: string): void {
  expect(runner.outputs).toMatchObject({
    status,
    response: SAID,
    'pull-request-urls': 'https://github.com/octo-org/octo-repo/pull/12',
  });
  expect(file).toBe(SAID);
  expect(runner.page()).toMatch(/\n\*\*So far:\*\*\n\n[^]*two[^]*READMEs/);
  expect(runner.log.join('\n')).toContain(`What the agent has said so far:\n${SAID}`);
}

function expectNothingSaid({ runner, file }: StepRun): void {
  expect(runner.outputs).not.toHaveProperty('response');
  expect(runner.outputs).not.toHaveProperty('response-file');
  expect(file).toBe('');
  expect(runner.page()).not.toContain('So far');
  expect(runner.log.join('\n')).not.toContain('so far:');
}

describe('what the agent has said so far is handed on', () => {
  test.each(SERVERS)(
    'at a deadline, read once the agent is paused: %s',
    async (_name, api, inputs, choices) => {
      const ran = await play(TALKS, api, { ...IN_A_MINUTE, ...inputs }, [], choices);
      expectSoFar(ran, 'timed-out');
      expect(ran.runner.failures).toEqual([expect.stringContaining('the agent was paused')]);
      const after = ran.requests.slice(ran.requests.findLastIndex(({ target }) => PAUSE.test(target)) + 1);
      expect(after.filter(({ target }) => EVENTS.test(target)).length).toBeGreaterThan(0);
      expect(after.length).toBeLessThan(4);
    },
  );

  test('at a deadline at which the agent is not paused', async () => {
    expectSoFar(await play(TALKS, 'v1', { ...IN_A_MINUTE, 'stop-on-timeout': 'false' }), 'timed-out');
  });

  test.each([V1, AGENT_SERVER])('at the budget: %s', async (_name, api, inputs, choices) => {
    const ran = await play(TALKS, api, { 'max-cost-usd': '0.30', ...inputs }, [], choices);
    expectSoFar(ran, 'over-budget');
  });

  test('after a broken wait', async () => {
    const looks = { method: 'GET', path: '/api/v1/app-conversations', skip: 6, times: Infinity };
    const refused = { ...looks, answer: { kind: 'status', status: 401, body: '{}' } } as const;
    expectSoFar(await play(TALKS, 'v1', {}, [refused]), 'unreachable');
  });
});

test('what the agent has said so far is handed on without secrets', async () => {
  const tells = TALKS.work.map((change) =>
    change.happening?.kind === 'agent-message'
      ? { ...change, happening: { ...change.happening, text: 'The keys: {{apiKey}} {{sessionKey}}' } }
      : change,
  );
  const { runner, file, secrets } = await play({ ...TALKS, work: tells }, 'v1', IN_A_MINUTE);
  expect(runner.outputs['response']).toBe('The keys: *** ***');
  const texts = [file, runner.page(), ...runner.log, ...runner.failures].join('\n');
  expect(secrets.filter((secret) => texts.includes(secret))).toEqual([]);
});

describe('nothing is handed on', () => {
  test('after a cancel, after which no event is read', async () => {
    const ran = await play(TALKS, 'v1', {}, [], { cancelAt: 40 });
    expect(ran.outcome.status).toBe('cancelled');
    expectNothingSaid(ran);
    expect(ran.requests.filter(({ at, target }) => at >= 40 && EVENTS.test(target))).toEqual([]);
  });

  test('if the step is cancelled during the read', async () => {
    const mishapOf: PlayOptions['mishapOf'] = ({ at, target }) =>
      at >= 60 && EVENTS.test(target) ? { answer: { kind: 'hang' } } : undefined;
    const ran = await play(TALKS, 'v1', IN_A_MINUTE, [], {
      mishapOf,
      cancelAt: 62,
      simulator: APP_SERVER_ALONE,
    });
    expect(ran.outcome.status).toBe('timed-out');
    expectNothingSaid(ran);
    expect(ran.seconds).toBe(62);
  });

  test('if the agent has said nothing', async () => {
    expectNothingSaid(await play('forever', 'v1', IN_A_MINUTE));
  });

  test.each<[string, Mishap['answer']]>([
    ['takes longer than five seconds', { kind: 'hang' }],
    ['is refused', { kind: 'status', status: 403, body: '{}' }],
  ])('if the read %s, which never holds up the pause', async (_how, answer) => {
    const mishapOf: PlayOptions['mishapOf'] = ({ at, target }) =>
      at >= 60 && EVENTS.test(target) ? { answer } : undefined;
    const ran = await play(TALKS, 'v1', IN_A_MINUTE, [], { mishapOf, simulator: APP_SERVER_ALONE });
    expect(ran.outcome.status).toBe('timed-out');
    expectNothingSaid(ran);
    expect(ran.left).toMatchObject([{ state: { sandbox: 'PAUSED' } }]);
    expect(ran.seconds).toBeLessThanOrEqual(65);
    expect(ran.runner.failures).toEqual([expect.not.stringContaining('last failure')]);
  });

  test('of the answer to an earlier message', async () => {
    const message = 'And now?\nsimulate: forever';
    const ran = await play('forever', 'v1', { ...IN_A_MINUTE, message }, [], { earlier: 'finish' });
    expect(ran.outcome.status).toBe('timed-out');
    expectNothingSaid(ran);
  });

  test('without polling', async () => {
    const mishapOf: PlayOptions['mishapOf'] = ({ at, target }) =>
      at < 20 && EVENTS.test(target) ? { answer: { kind: 'hang' } } : undefined;
    const inputs = { poll: 'false', message: '', 'timeout-seconds': '20' };
    const ran = await play(TALKS, 'v1', inputs, [], { earlier: 'hidden-finish', mishapOf });
    expect(ran.outcome.status).toBe('timed-out');
    expectNothingSaid(ran);
  });
});

test('a round that is cut short keeps the answer before it', async () => {
  const pushes = [
    { checks: [{ name: 'test', to: 30, conclusion: 'failure', log: 'simulate: forever\n' }] },
  ] as const;
  const inputs = { 'wait-for-checks': 'true', 'max-fix-rounds': '1', 'timeout-seconds': '200' };
  const { outcome, runner } = await play('finish', 'v1', inputs, [], { pushes });
  expect(outcome.status).toBe('timed-out');
  expect(runner.outputs).toMatchObject({
    checks: 'failed',
    response: expect.stringContaining('README'),
    'pull-request-urls': 'https://github.com/octo-org/octo-repo/pull/12',
  });
});

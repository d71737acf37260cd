import { describe, expect, test } from '@jest/globals';

import { SCENARIOS } from '../../simulator/server/scenarios.ts';
import type { Change, Scenario } from '../../simulator/server/timeline.ts';
import type { Mishap } from '../../testbed/mishap.ts';
import { APP_SERVER_ALONE, changeLooks, play, type PlayOptions } from '../../testbed/play.ts';

/** When the agent finishes for the first time, in seconds after its message. */
const DONE = 18.5;
/** When that is for a step, at the latest: the start takes less than eight seconds. */
const START = 8;
const AGAIN = 'Done again, as the hook wanted.';

/** The changes of an agent that a hook sends back to work, and that finishes again a minute later. */
function sentBackAt(at: number): readonly Change[] {
  return [
    { at, agent: 'working' },
    { at: at + 60, happening: { kind: 'finish', text: AGAIN } },
    { at: at + 60, agent: 'finished' },
  ];
}

/** An agent that finishes; then, while a Stop hook runs, its sandbox does not answer and is reported as broken. */
function hookOf(seconds: number, after: readonly Change[] = []): Scenario {
  const { work } = SCENARIOS.finish;
  const busy: readonly Change[] = [
    { at: DONE, box: 'failed' },
    { at: DONE + seconds, box: 'running' },
  ];
  return { ...SCENARIOS.finish, about: `a hook of ${seconds} s`, work: [...work, ...busy, ...after] };
}

const PUSHED: PlayOptions = {};
const POLLED: PlayOptions = { simulator: APP_SERVER_ALONE };

describe.each([
  ['with push', PUSHED],
  ['without push', POLLED],
])('V1, %s: a Stop hook', (_, choices) => {
  test.each([40, 100, 590])('of %d s does not end the wait, and the log says why', async (seconds) => {
    const ran = await play(hookOf(seconds), 'v1', {}, [], choices);
    expect(ran.outcome).toMatchObject({ status: 'finished', storedEnd: { complete: true } });
    expect(ran.seconds).toBeGreaterThan(DONE + seconds);
    expect(ran.seconds).toBeLessThan(START + DONE + seconds + 75);
    const log = ran.runner.log.join('\n');
    expect(log).toMatch(/\] Sandbox error; .*Stop hook.*up to 10 minutes$/m);
    if (seconds > 100) expect(log).toMatch(/\] Still: sandbox error; .*Stop hook.*up to 10 minutes/);
  });

  test('that sends the agent back to work does not end the wait: the answer is that of the second end', async () => {
    const ran = await play(hookOf(100, sentBackAt(DONE + 100)), 'v1', {}, [], choices);
    expect(ran.outcome.status).toBe('finished');
    expect(ran.runner.outputs['response']).toBe(AGAIN);
  });

  test('during which the server only says nothing of the agent does not end the wait', async () => {
    const story = { ...SCENARIOS.finish, work: [...SCENARIOS.finish.work, ...sentBackAt(DONE + 100)] };
    const ran = await play(story, 'v1', {}, [], {
      ...choices,
      mishapOf: changeLooks((body) => body.replace('"finished"', 'null'), { to: START + DONE + 100 }),
    });
    expect(ran.outcome.status).toBe('finished');
    expect(ran.runner.outputs['response']).toBe(AGAIN);
  });
});

test('V1: a sandbox that stays broken counts after ten minutes, and an end that was stored before it counts then', async () => {
  const broken = await play('sandbox-error', 'v1');
  expect(broken.outcome.status).toBe('error');
  expect(broken.runner.page()).toMatch(/^### ❌ Agent error after /);
  expect(broken.seconds).toBeGreaterThan(600);
  expect(broken.seconds).toBeLessThan(620);
  const { work } = SCENARIOS.finish;
  const died = { ...SCENARIOS.finish, work: [...work, { at: DONE, sendsAll: true, box: 'failed' }] } as const;
  const { outcome, seconds } = await play(died, 'v1');
  expect(outcome).toMatchObject({ status: 'finished', storedEnd: { complete: true } });
  expect(seconds).toBeLessThan(START + DONE + 610);
});

test('V1: an end that is stored counts at once if the sandbox starts again: that is no hook', async () => {
  const { work } = SCENARIOS.finish;
  const restarted = {
    ...SCENARIOS.finish,
    work: [...work, { at: DONE, sendsAll: true, box: 'starting' }],
  } as const;
  const { outcome, seconds } = await play(restarted, 'v1', {}, [], POLLED);
  expect(outcome.status).toBe('finished');
  expect(seconds).toBeLessThan(START + DONE + 75);
});

test('V1: a sandbox that is broken and gone by turns counts after ten minutes', async () => {
  const turns = Array.from({ length: 60 }, (_, turn): Change => ({
    at: DONE + 30 * turn,
    box: turn % 2 === 0 ? 'failed' : 'missing',
  }));
  const work = [...SCENARIOS.forever.work, ...turns];
  const { outcome, seconds } = await play({ ...SCENARIOS.forever, work }, 'v1', {}, [], POLLED);
  expect(['error', 'missing']).toContain(outcome.status);
  expect(seconds).toBeGreaterThan(DONE + 600);
  expect(seconds).toBeLessThan(START + DONE + 660);
});

test('V1: a sandbox that is gone for a moment, after it was broken for long or long after, does not end the wait', async () => {
  const work: readonly Change[] = [
    ...SCENARIOS.forever.work,
    { at: 30, box: 'failed' },
    { at: 560, box: 'missing' },
    { at: 600, box: 'running' },
    { at: 1_300, box: 'missing' },
    { at: 1_330, box: 'running' },
    { at: 1_400, happening: { kind: 'finish', text: AGAIN } },
    { at: 1_400, agent: 'finished' },
  ];
  const inputs = { 'timeout-seconds': '3600' };
  const { runner } = await play({ ...SCENARIOS.forever, work }, 'v1', inputs, [], POLLED);
  expect(runner.outputs).toMatchObject({ status: 'finished', response: AGAIN });
});

test.each([
  ['once', 0],
  ['thirty times', 30],
])(
  'an end that is pushed %s, and that looks do not show, is no end, and costs few looks',
  async (_, times) => {
    const again = Array.from({ length: times }, (_, index): readonly Change[] => [
      { at: DONE + 1 + index, agent: 'working' },
      { at: DONE + 1.5 + index, agent: 'finished' },
    ]);
    const work = [...SCENARIOS.finish.work, ...again.flat(), ...sentBackAt(DONE + 60)];
    const story = { ...SCENARIOS.finish, work };
    const { outcome, runner, statusRequests } = await play(story, 'v1', {}, [], {
      mishapOf: changeLooks((body) => body.replace('"finished"', '"running"'), { to: START + DONE + 60 }),
    });
    expect(outcome.status).toBe('finished');
    expect(runner.outputs['response']).toBe(AGAIN);
    expect(statusRequests).toBeLessThan(25);
  },
);

describe('an agent server by itself, whose reads hang while a Stop hook runs,', () => {
  const INPUTS = {
    'api-version': 'agent-server',
    model: 'openai/any',
    'llm-api-key': 'sk-llm-integration-tests',
  };

  test.each([
    ['lets the agent end', []],
    ['sends it back to work', sentBackAt(DONE + 100)],
  ])('is asked again until the hook %s', async (_, after) => {
    const story = { ...SCENARIOS.finish, work: [...SCENARIOS.finish.work, ...after] };
    const { outcome, runner, seconds, requests } = await play(story, 'v1', INPUTS, [], {
      simulator: { api: 'agent-server' },
      mishapOf: ({ at, method }): Mishap | undefined =>
        method === 'GET' && at >= DONE && at < DONE + 100 ? { answer: { kind: 'hang' } } : undefined,
    });
    expect(outcome.status).toBe('finished');
    expect(seconds).toBeGreaterThan(DONE + 100);
    if (after.length > 0) expect(runner.outputs['response']).toBe(AGAIN);
    expect(requests.length).toBeLessThan(40);
  });
});

import { describe, expect, test } from '@jest/globals';

import { parseFault } from '../../simulator/fault-text.ts';
import { isAtWork } from '../../simulator/server/at-work.ts';
import type { SimulatorOptions } from '../../simulator/server/server-options.ts';
import type { Workflow } from '../../src/github/workflow.ts';
import type { Disturb } from '../../testbed/network.ts';
import { post } from '../../testbed/post.ts';
import { logOf, type Steps } from '../../testbed/steps.ts';
import { KEY } from '../../testbed/world.ts';
import { openSteps } from '../support/open-steps.ts';

const KEYED = { message: 'simulate: long', 'idempotency-key': 'issue-12', poll: 'true' };
const MAY_BE_OTHERS = 'another run with the same idempotency-key may have started it';
const never = new AbortController().signal;

interface Server {
  readonly options: SimulatorOptions;
  readonly start: string;
  readonly inputs: Readonly<Record<string, string>>;
}

const V1: Server = {
  options: { api: 'v1', kind: 'cloud' },
  start: '/api/v1/app-conversations',
  inputs: KEYED,
};
const AGENT_SERVER: Server = {
  options: { api: 'agent-server', authorization: { kind: 'session', key: KEY } },
  start: '/api/conversations',
  inputs: { ...KEYED, 'api-version': 'agent-server', model: 'openai/any', 'llm-api-key': 'sk-llm-any-model' },
};
const WITHOUT_TAGS: Server = {
  ...AGENT_SERVER,
  options: { ...AGENT_SERVER.options, agentServer: { refusesTags: true } },
};
const SERVERS = [
  ['V1', V1],
  ['an agent server', AGENT_SERVER],
] as const;

/** The workflow of one of two runs. */
const run = (id: string): Partial<Workflow> => ({ runId: id, step: [id, 'agent', '__octo-org_openhands'] });

/** Starts a server. `fault`: what happens to a start, such as "hang after"; by default to the first. */
async function openServer({ options, start }: Server, fault?: string, which = 1): Promise<Steps> {
  if (fault === undefined) return openSteps(options);
  const ordered = parseFault(`POST ${start} ${fault}`);
  const { answer, when = 'before' } = ordered;
  // The simulated clock stands still while the server itself does not answer.
  if (answer.kind !== 'hang') return openSteps({ ...options, faults: [ordered] });
  let starts = 0;
  const disturb: Disturb = (method, target) => {
    starts += method === 'POST' && target === start ? 1 : 0;
    return starts === which && method === 'POST' && target === start ? { answer, when } : undefined;
  };
  return openSteps(options, { disturb });
}

const isWorking = ({ simulator }: Steps): readonly boolean[] => simulator.conversations.map(isAtWork);

describe.each(SERVERS)('with %s, a step whose start with a key never arrives', (_, server) => {
  const waits = [
    ['killed while it waits for the answer', 'hang', 20],
    ['killed while it waits for the agent', 'reset', 60],
  ] as const;

  test.each(waits)('and that is %s leaves the agent of another run alone', async (_when, fault, seconds) => {
    const steps = await openServer(server, fault);
    const lost = steps.killed(server.inputs, seconds, run('2'));
    await steps.clock.sleep(7_000, never);
    const other = steps.step(server.inputs, 300, run('1'));
    const killed = await lost;
    // Where the step has found the other run's tag, it leaves nothing to post.
    const isKnown = killed.runner.savedState().kind === 'over';
    await post(killed, steps);
    expect(isWorking(steps)).toEqual([true]);
    const id = steps.simulator.conversations[0]?.id.slice(0, 8) ?? 'none';
    const says = new RegExp(`idempotency-key (?:owns the conversation|may have started it\\)).*: .*${id}`);
    expect([isKnown, logOf(killed)]).toEqual(isKnown ? [true, ''] : [false, expect.stringMatching(says)]);
    expect((await other).outcome.status).toBe('cancelled');
    expect(isWorking(steps)).toEqual([false]);
  });

  test.each([
    ['while it waits for the answer', 'hang', 20],
    ['while it waits for the agent', 'reset', 60],
  ])('and that is canceled %s leaves the agent of another run alone', async (_when, fault, seconds) => {
    const steps = await openServer(server, fault);
    const lost = steps.step(server.inputs, seconds, run('2'));
    await steps.clock.sleep(7_000, never);
    const other = steps.step(server.inputs, 300, run('1'));
    const canceled = await lost;
    expect(canceled.outcome.status).toBe('cancelled');
    await post(canceled, steps);
    expect(isWorking(steps)).toEqual([true]);
    expect([...canceled.runner.failures, logOf(canceled)].join('\n')).toMatch(
      /idempotency-key (?:owns|may have started)|the agent continues/,
    );
    await other;
  });
});

describe.each(SERVERS)('with %s, the agent that a step with a key has started', (_, server) => {
  test.each([
    ['whose answer never comes, while the step waits for it', 'hang after', 20],
    ['whose answer is lost, while the step waits for the agent', 'reset after', 60],
    ['while the step waits for the agent', undefined, 60],
    ['an hour before', undefined, 3600],
  ])('is paused by post if the step is killed: a start %s', async (_when, fault, seconds) => {
    const steps = await openServer(server, fault);
    const inputs = { ...server.inputs, message: 'simulate: forever', 'timeout-seconds': '7200' };
    const killed = await steps.killed(inputs, seconds, run('1'));
    expect(isWorking(steps)).toEqual([true]);
    await post(killed, steps);
    expect(isWorking(steps)).toEqual([false]);
    expect(logOf(killed)).toContain('The step was interrupted, and the agent was paused');
  });

  test("is not said to be another run's by post if the server is gone", async () => {
    const steps = await openServer(server);
    const killed = await steps.killed({ ...server.inputs, message: 'simulate: forever' }, 60, run('1'));
    const gone = async (): Promise<never> =>
      Promise.reject(new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') }));
    await post(killed, { ...steps, fetch: gone });
    expect(logOf(killed)).toMatch(/the agent could not be paused \(.*ECONNREFUSED.*\), so it may continue/);
    expect(logOf(killed)).not.toContain('another run');
  });

  test('is paused by the step itself after a lost answer and a cancel', async () => {
    const steps = await openServer(server, 'reset after');
    const canceled = await steps.step(server.inputs, 60, run('1'));
    expect(canceled.runner.failures).toEqual([expect.stringContaining('and the agent was paused')]);
    expect(isWorking(steps)).toEqual([false]);
  });
});

test.each([
  ['whose answer never comes', 'hang after', 20],
  ['that was answered', undefined, 60],
])(
  'an agent server that takes no tags cannot tell whose start it was: post leaves the agent alone and says so after a start %s',
  async (_, fault, seconds) => {
    // The server refuses the first start for its tags.
    const steps = await openServer(WITHOUT_TAGS, fault, 2);
    const killed = await steps.killed(WITHOUT_TAGS.inputs, seconds, run('1'));
    await post(killed, steps);
    expect(isWorking(steps)).toEqual([true]);
    expect(logOf(killed)).toMatch(new RegExp(`Warning: .*${MAY_BE_OTHERS}.*GET http`));
  },
);

test.each(SERVERS)(
  'with %s, a re-run of a job does not pause the agent of its first attempt',
  async (_, server) => {
    const steps = await openServer(server, 'hang');
    const lost = steps.killed(server.inputs, 20, { ...run('1'), attempt: '2' });
    await steps.clock.sleep(7_000, never);
    const other = steps.step(server.inputs, 300, { ...run('1'), attempt: '1' });
    await post(await lost, steps);
    expect(isWorking(steps)).toEqual([true]);
    await other;
  },
);

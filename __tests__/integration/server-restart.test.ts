import { describe, expect, test } from '@jest/globals';

import { endsAt, worksThen } from '../../simulator/server/scenario-parts.ts';
import type { SimulatorOptions } from '../../simulator/server/server.ts';
import type { Disturb } from '../../testbed/network.ts';
import { logOf, type Step, type Steps } from '../../testbed/steps.ts';
import { KEY } from '../../testbed/world.ts';
import { ALONE, OF_ALONE } from '../support/agent-server.ts';
import { openSteps } from '../support/open-steps.ts';

const never = new AbortController().signal;
const V1 = { api: 'v1' } as const;
const INPUTS = {
  ...OF_ALONE,
  message: 'Check the README',
  'llm-api-key': 'sk-llm-integration-tests',
  poll: 'true',
  'timeout-seconds': '900',
};
const FOLLOW_UP = {
  'api-version': 'agent-server',
  message: 'Check it again',
  poll: 'true',
  'timeout-seconds': '900',
};
const OF_V1 = { message: 'Check the README', poll: 'true', 'timeout-seconds': '900' };
const RESUMES = 'The server was restarted, which paused the agent: the step resumes it';
const RUNS = 'The server was restarted before the agent began: the step runs it';

type Inputs = Readonly<Record<string, string>>;
/** What happens while the step runs: seconds after the one before it. */
type Deed = readonly [seconds: number, act: (steps: Steps) => Promise<void> | void];

const stop: Deed[1] = ({ simulator }) => {
  simulator.restart('stop', 5);
};
const kill: Deed[1] = ({ simulator }) => {
  simulator.restart('kill', 5);
};
const person =
  (what: 'pause' | 'interrupt' | 'run'): Deed[1] =>
  async ({ simulator, fetch }) => {
    const [conversation] = simulator.conversations;
    await fetch(`${simulator.url}/api/conversations/${conversation?.id ?? ''}/${what}`, {
      method: 'POST',
      headers: { 'x-session-api-key': KEY },
    });
  };

interface Told extends Step {
  readonly steps: Steps;
  /** Says how often a line is in the log. */
  readonly count: (line: string) => number;
  /** The requests of this step, as "METHOD path". */
  readonly asked: readonly string[];
}

/** Runs a step, and does the deeds meanwhile. */
async function tell(steps: Steps, inputs: Inputs, ...deeds: readonly Deed[]): Promise<Told> {
  const before = steps.requests().length;
  const running = steps.step(inputs);
  for (const [seconds, act] of deeds) {
    await steps.clock.sleep(seconds * 1000, never);
    await act(steps);
  }
  const done = await running;
  const count = (line: string): number => done.runner.log.filter((each) => each.includes(line)).length;
  return { ...done, steps, count, asked: steps.requests().slice(before) };
}

/** The second read of the uptime is the first one after the start. */
async function openWithSlowUptime(from: number, to: number, options: SimulatorOptions = {}): Promise<Steps> {
  let read = 0;
  const disturb: Disturb = (_, target) =>
    target === '/server_info' && ++read > from && read <= to ? { answer: { kind: 'hang' } } : undefined;
  return openSteps({ ...ALONE, ...options }, { disturb });
}

async function alone(options: SimulatorOptions, inputs: Inputs, ...deeds: readonly Deed[]): Promise<Told> {
  return tell(await openSteps({ ...ALONE, ...options }), { ...INPUTS, ...inputs }, ...deeds);
}

const isUptimeRead = (request: string): boolean => request === 'GET /server_info';

describe('an agent server that is stopped and comes back', () => {
  test.each([
    ['in a start', 0.3],
    ['in a call of the model', 5],
    ['in a tool', 6.5],
    ['just before the end', 17],
  ])('lets the agent go on, %s', async (_, seconds) => {
    const { outcome, count, asked, runner, steps } = await alone({}, {}, [seconds, stop]);
    expect([outcome.status, count(RESUMES), count('somebody')]).toEqual(['finished', 1, 0]);
    expect(runner.failures).toEqual([]);
    // The first one, before the start, says what the server can do.
    expect(asked.filter(isUptimeRead)).toHaveLength(2);
    expect(asked.filter((each) => each.endsWith('/run'))).toHaveLength(1);
    expect(steps.simulator.conversations).toHaveLength(1);
  });

  test('lets the agent go on although nothing is pushed', async () => {
    const { outcome, count } = await tell(
      await openSteps({
        ...ALONE,
        faults: [{ path: '/sockets/*', times: Infinity, answer: { kind: 'reset' } }],
      }),
      INPUTS,
      [8, stop],
    );
    expect([outcome.status, count(RESUMES)]).toEqual(['finished', 1]);
  });

  test.each([0.01, 0.5, 3, 8])('lets the agent go on, %s s after a follow-up', async (seconds) => {
    const steps = await openSteps(ALONE);
    const first = await steps.step(INPUTS);
    const id = first.runner.outputs['conversation-id'] ?? '';
    const { outcome, count, runner } = await tell(steps, { ...FOLLOW_UP, 'conversation-id': id }, [
      seconds,
      stop,
    ]);
    expect([outcome.status, count(RESUMES), runner.failures]).toEqual(['finished', 1, []]);
  });

  test.each(['wait', 'fail'])(
    'asks again at the next look if the server does not tell its uptime at first, with on-paused: %s',
    async (onPaused) => {
      const steps = await openWithSlowUptime(1, 3);
      const { outcome, count } = await tell(steps, { ...INPUTS, 'on-paused': onPaused }, [8, stop]);
      const isOver = onPaused === 'fail';
      expect([outcome.status, count(RESUMES)]).toEqual(isOver ? ['paused', 0] : ['finished', 1]);
      expect([count('somebody'), count('because its server was restarted')]).toEqual([0, isOver ? 1 : 0]);
    },
  );

  test('asks again at each look, once, however long the server does not tell its uptime', async () => {
    const steps = await openWithSlowUptime(1, 8);
    const { outcome, count } = await tell(steps, INPUTS, [8, stop]);
    expect([outcome.status, count(RESUMES), count('somebody')]).toEqual(['finished', 1, 1]);
  });

  test('with on-paused: fail, the error says that it was restarted', async () => {
    const { outcome, runner, asked } = await alone({}, { 'on-paused': 'fail' }, [8, stop]);
    expect(outcome.status).toBe('paused');
    expect(runner.failures).toEqual([
      expect.stringContaining('(agent paused, because its server was restarted)'),
    ]);
    expect(asked.filter((each) => each.endsWith('/run'))).toEqual([]);
  });

  test('with on-paused: resume, nobody asks whose pause it is', async () => {
    const { outcome, asked } = await alone({}, { 'on-paused': 'resume' }, [8, stop]);
    expect(outcome.status).toBe('finished');
    expect(asked.filter(isUptimeRead)).toHaveLength(1);
  });

  test('the agent goes on three times; the fourth restart ends the step as paused', async () => {
    const again: Deed = [30, stop];
    const three = await alone({ scenario: 'long' }, { 'timeout-seconds': '3600' }, again, again, again);
    expect([three.outcome.status, three.count(RESUMES)]).toEqual(['finished', 3]);
    const four = await alone({ scenario: 'long' }, { 'timeout-seconds': '3600' }, again, again, again, again);
    expect([four.outcome.status, four.count(RESUMES)]).toEqual(['paused', 3]);
    expect(four.runner.failures).toEqual([expect.stringContaining('because its server was restarted')]);
  });

  const refusedRuns = (times: number, status = 500): SimulatorOptions => ({
    faults: [
      {
        path: '/api/conversations/*/run',
        times,
        answer: { kind: 'status', status, body: '{"detail":"no room for it"}' },
      },
    ],
  });

  test('the step resumes the agent again if that is refused three times', async () => {
    const { outcome, runner } = await alone(refusedRuns(9), {}, [8, stop]);
    expect([outcome.status, runner.failures]).toEqual(['finished', []]);
  });

  test.each([500, 403])(
    'if each resume is refused for a minute, the error says why: HTTP %i',
    async (status) => {
      const { outcome, runner, steps } = await alone(refusedRuns(Infinity, status), {}, [8, stop]);
      expect([outcome.status, steps.clock.now() < 300_000]).toEqual(['unreachable', true]);
      expect(runner.failures).toEqual([
        expect.stringMatching(
          new RegExp(`^failed to resume the conversation: HTTP ${status}: no room for it`),
        ),
      ]);
    },
  );

  test('a refusal for too many runs is waited out', async () => {
    const steps = await openSteps({ ...ALONE, maxRuns: 1 });
    const { outcome, count } = await tell(
      steps,
      INPUTS,
      [8, stop],
      [
        5.01,
        async ({ simulator, fetch }) => {
          await fetch(`${simulator.url}/api/conversations`, {
            method: 'POST',
            headers: { 'content-type': 'application/json', 'x-session-api-key': KEY },
            body: JSON.stringify({
              workspace: { working_dir: '/other' },
              agent_settings: { llm: { model: 'openai/any' } },
              initial_message: { role: 'user', content: [{ type: 'text', text: 'Another task' }], run: true },
            }),
          });
        },
      ],
    );
    expect([outcome.status, count(RESUMES)]).toEqual(['finished', 1]);
    expect(steps.requests().filter((each) => each.endsWith('/run')).length).toBeGreaterThan(1);
  });

  test('an agent that has cost its budget does not go on', async () => {
    const { outcome, count, asked } = await alone({}, { 'max-cost-usd': '0.03' }, [4.5, stop]);
    expect([outcome.status, count(RESUMES)]).toEqual(['over-budget', 0]);
    expect(asked.filter((each) => each.endsWith('/run'))).toEqual([]);
  });
});

describe("a person's pause stays one", () => {
  test.each(['pause', 'interrupt'] as const)('without a restart: %s', async (what) => {
    const { outcome, count, asked } = await alone({}, {}, [8, person(what)]);
    expect([outcome.status, count(RESUMES), count('somebody resumes it')]).toEqual(['timed-out', 0, 1]);
    expect(asked.filter((each) => each.endsWith('/run'))).toEqual([]);
    // What was pushed says already whose it is.
    expect(asked.filter(isUptimeRead)).toHaveLength(1);
  });

  test('without a restart, where nothing is pushed: the uptime is asked for once', async () => {
    const faults = [{ path: '/sockets/*', times: Infinity, answer: { kind: 'reset' } }] as const;
    const { outcome, asked } = await alone({ faults }, {}, [8, person('pause')]);
    expect(outcome.status).toBe('timed-out');
    expect(asked.filter(isUptimeRead)).toHaveLength(2);
    expect(asked.filter((each) => each.endsWith('/run'))).toEqual([]);
  });

  test('of an agent that was idle since its server was restarted', async () => {
    const faults = [{ path: '/sockets/*', times: Infinity, answer: { kind: 'reset' } }] as const;
    const { outcome, count } = await alone({ faults }, {}, [0.3, kill], [45, person('pause')]);
    expect([outcome.status, count(RESUMES), count('somebody resumes it')]).toEqual(['timed-out', 0, 1]);
  });

  test.each([0.1, 20])('if the server is restarted %s s later', async (seconds) => {
    const { outcome, count } = await alone({}, {}, [8, person('pause')], [seconds, stop]);
    expect([outcome.status, count(RESUMES)]).toEqual(['timed-out', 0]);
  });

  test.each([3, 20])('if the server tells its uptime only after a restart %s s later', async (seconds) => {
    const faults = [{ path: '/sockets/*', times: Infinity, answer: { kind: 'reset' } }] as const;
    const steps = await openWithSlowUptime(1, 3, { faults });
    const { outcome, count, asked } = await tell(steps, INPUTS, [8, person('pause')], [seconds, stop]);
    expect([outcome.status, count(RESUMES), count('somebody resumes it')]).toEqual(['timed-out', 0, 1]);
    expect(asked.filter((each) => each.endsWith('/run'))).toEqual([]);
  });

  test('if the server is restarted before the agent is interrupted', async () => {
    const faults = [{ path: '/sockets/*', times: Infinity, answer: { kind: 'reset' } }] as const;
    const poll = { 'poll-interval-seconds': '60' };
    const { outcome, count } = await alone(
      { faults, scenario: 'long' },
      { ...poll, 'timeout-seconds': '1800' },
      [600, stop],
      [5.001, person('run')],
      [1, person('interrupt')],
    );
    expect([outcome.status, count(RESUMES)]).toEqual(['timed-out', 0]);
  });

  test('if the server does not tell its uptime, which is asked for once', async () => {
    const faults = [
      { path: '/server_info', times: Infinity, answer: { kind: 'status', status: 404 } },
    ] as const;
    const { outcome, count, asked } = await alone({ faults }, {}, [8, stop]);
    expect([outcome.status, count(RESUMES), count('somebody resumes it')]).toEqual(['timed-out', 0, 1]);
    expect(asked.filter(isUptimeRead)).toHaveLength(2);
  });
});

describe('an agent server of V1 that is stopped and comes back', () => {
  test.each([12, 15, 20])('lets the agent go on, after %d s', async (seconds) => {
    const { outcome, count, runner } = await tell(await openSteps(V1), OF_V1, [seconds, stop]);
    expect([outcome.status, count(RESUMES), runner.failures]).toEqual(['finished', 1, []]);
  });

  test('does not, if somebody has paused the agent before the first look at it: its server began with it', async () => {
    const rateLimit = { status: 429, headers: { 'x-ratelimit-reset': '30' }, body: '{"detail":"slow down"}' };
    const steps = await openSteps({
      ...V1,
      scenario: 'agent-paused',
      faults: [
        { path: '/api/v1/app-conversations/start-tasks', times: 1, answer: { kind: 'status', ...rateLimit } },
      ],
    });
    const { outcome, count } = await tell(steps, OF_V1);
    expect([outcome.status, count(RESUMES)]).toEqual(['timed-out', 0]);
  });

  test('lets the agent go on for a step that spells the id in its own way', async () => {
    const steps = await openSteps({ ...V1, scenario: 'long' });
    const first = await steps.step({ ...OF_V1, poll: 'false' });
    const id = (first.runner.outputs['conversation-id'] ?? '').toUpperCase();
    const observe = { poll: 'true', 'timeout-seconds': '900', 'conversation-id': id };
    expect((await tell(steps, observe, [12, stop])).count(RESUMES)).toBe(1);
  });

  test('does not, if the agent has cost its budget, which only its events show', async () => {
    const steps = await openSteps({
      ...V1,
      faults: [{ path: '*/sockets/*', times: Infinity, answer: { kind: 'reset' } }],
    });
    // The server is stopped a second after the call of the model that spends the budget.
    const { outcome, count, asked } = await tell(steps, { ...OF_V1, 'max-cost-usd': '0.03' }, [9, stop]);
    expect([outcome.status, count(RESUMES)]).toEqual(['over-budget', 0]);
    expect(asked.filter((each) => each.endsWith('/run'))).toEqual([]);
  });

  test('does not, if its sandbox was paused meanwhile', async () => {
    const steps = await openSteps(V1);
    const act = async (what: 'pause' | 'resume'): Promise<void> => {
      const sandbox = steps.simulator.conversations[0]?.sandboxId ?? '';
      await steps.fetch(`${steps.simulator.url}/api/v1/sandboxes/${sandbox}/${what}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${KEY}` },
      });
    };
    const { outcome, count } = await tell(
      steps,
      OF_V1,
      [15, stop],
      [6, async () => act('pause')],
      [60, async () => act('resume')],
    );
    expect([outcome.status, count(RESUMES)]).toEqual(['timed-out', 0]);
  });
});

describe('an agent server that is killed', () => {
  test.each([
    ['in a call of the model', 5, 'its server was gone for a while'],
    ['in a tool', 6.5, 'A restart occurred while this tool was in progress'],
  ])('%s, leaves an error of the kind server', async (_, seconds, why) => {
    const { outcome, runner } = await alone({}, {}, [seconds, kill]);
    expect([outcome.status, runner.outputs['failure-kind']]).toEqual(['error', 'server']);
    expect(runner.failures).toEqual([expect.stringContaining(why)]);
    expect(runner.failures).toEqual([expect.stringContaining('wait until the server works again')]);
  });

  test.each([
    ['in a call of the model', 12],
    ['in a tool', 13.2],
  ])('%s, and is one of V1, leaves an error of the kind server', async (_, seconds) => {
    const { outcome, runner } = await tell(await openSteps(V1), OF_V1, [seconds, kill]);
    expect([outcome.status, runner.outputs['failure-kind']]).toEqual(['error', 'server']);
  });

  test('just after a follow-up, and is one of V1: the step runs the agent after a minute', async () => {
    const steps = await openSteps(V1);
    const first = await steps.step(OF_V1);
    const id = first.runner.outputs['conversation-id'] ?? '';
    const followUp = { ...OF_V1, 'conversation-id': id, message: 'Check it again' };
    const { outcome, count, asked } = await tell(steps, followUp, [0.5, kill]);
    expect([outcome.status, count(RUNS)]).toEqual(['finished', 1]);
    expect(asked.filter((each) => each.endsWith('/run'))).toHaveLength(1);
  });

  test('an error without a reason, of a server that was never gone, is of the kind agent', async () => {
    const steps = await openSteps({
      ...ALONE,
      scenario: {
        about: 'fails without a reason',
        start: [],
        work: [
          { at: 1, agent: 'working' },
          { at: 5, agent: 'failed' },
        ],
      },
    });
    const { outcome, runner } = await tell(steps, INPUTS);
    expect([outcome.status, runner.outputs['failure-kind']]).toEqual(['error', 'agent']);
  });

  test('an error without a reason is of the kind agent, if only the app server of V1 could not be reached', async () => {
    const steps = await openSteps(
      {
        ...V1,
        scenario: worksThen('fails without a reason', endsAt(30, 'failed')),
      },
      {
        disturb: (_, target) => {
          const seconds = steps.clock.now() / 1000;
          const isOut = seconds >= 30 && seconds < 47 && target.startsWith('/api/v1/');
          return isOut ? { answer: { kind: 'refused' } } : undefined;
        },
      },
    );
    const { outcome, runner, count } = await tell(steps, OF_V1);
    expect(count('ECONNREFUSED')).toBeGreaterThan(0);
    expect([outcome.status, runner.outputs['failure-kind']]).toEqual(['error', 'agent']);
  });

  test('before the agent began: the step runs it after a minute', async () => {
    const { outcome, count, asked } = await alone({}, {}, [0.3, kill]);
    expect([outcome.status, count(RUNS)]).toEqual(['finished', 1]);
    expect(asked.filter((each) => each.endsWith('/run'))).toHaveLength(1);
  });

  test.each([0.01, 0.5])(
    '%s s after a follow-up: the step runs the agent after a minute',
    async (seconds) => {
      const steps = await openSteps(ALONE);
      const first = await steps.step(INPUTS);
      const id = first.runner.outputs['conversation-id'] ?? '';
      const { outcome, count, runner, asked } = await tell(steps, { ...FOLLOW_UP, 'conversation-id': id }, [
        seconds,
        kill,
      ]);
      expect([outcome.status, count(RUNS), runner.failures]).toEqual(['finished', 1, []]);
      expect(asked.filter((each) => each.endsWith('/run'))).toHaveLength(1);
      expect(logOf({ runner })).not.toContain('timed-out');
    },
  );
});

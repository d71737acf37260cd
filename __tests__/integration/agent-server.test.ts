import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';

import { diceOf } from '../../histories/dice.ts';
import { parseFault } from '../../simulator/fault-text.ts';
import { isAtWork } from '../../simulator/server/at-work.ts';
import { worksFor } from '../../simulator/server/scenario-parts.ts';
import type { ScenarioName } from '../../simulator/server/scenarios.ts';
import type { SimulatorOptions } from '../../simulator/server/server-options.ts';
import type { Outcome } from '../../src/port/outcome.ts';
import { ENDINGS } from '../../testbed/endings.ts';
import type { Disturb } from '../../testbed/network.ts';
import { play, type StepRun } from '../../testbed/play.ts';
import { post } from '../../testbed/post.ts';
import { logOf, type Step, type Steps } from '../../testbed/steps.ts';
import { KEY } from '../../testbed/world.ts';
import { at } from '../simulator/client.ts';
import { userMessages } from '../support/messages.ts';
import { openSteps } from '../support/open-steps.ts';

const MODEL_KEY = 'sk-llm-integration-tests';
const INPUTS = {
  'api-version': 'agent-server',
  message: 'Check the README',
  model: 'openai/any',
  'llm-api-key': MODEL_KEY,
  poll: 'true',
};
const LIST = '/api/conversations';
const SERVER = { api: 'agent-server', authorization: { kind: 'session', key: KEY } } as const;
const STEPS = [
  'Step: List the files of the repository',
  'Step: Read the README line by line',
  'Step: Correct the port and the Node version',
  'Step: Run the tests of the project',
];
const never = new AbortController().signal;

type Play = Parameters<typeof play>;

/** Runs a step against an agent server. */
async function runStep(story: Play[0], inputs: Play[2] = {}, choices: Play[4] = {}): Promise<StepRun> {
  const simulator = { api: 'agent-server', ...choices.simulator } as const;
  return play(story, 'v1', { ...INPUTS, ...inputs }, [], { ...choices, simulator });
}

/** Starts an agent server for several steps. */
async function openServer(options: SimulatorOptions = {}, disturb?: Disturb): Promise<Steps> {
  return openSteps({ ...SERVER, ...options }, disturb && { disturb });
}

const idOf = ({ runner }: Step): string => runner.outputs['conversation-id'] ?? '';
const isStart = (request: string): boolean => request === `POST ${LIST}`;

/** How a scenario ends on an agent server if that differs from V1. */
const ENDS: Partial<Record<ScenarioName, Outcome['status']>> = {
  // The process of the server is gone for good, so it cannot be reached.
  'sandbox-error': 'unreachable',
  'sandbox-died': 'unreachable',
  // A conversation that was created is listed at once. There are no starts that could stand still.
  'stands-still': 'timed-out',
  'never-appears': 'timed-out',
};

describe('a step with an agent server', () => {
  test.each(ENDINGS.map(([scenario, v1]) => [scenario, ENDS[scenario] ?? v1] as const))(
    'ends the scenario %s as %s, and no key is shown',
    async (scenario, status) => {
      const { outcome, runner, secrets, sockets, file } = await runStep(scenario);
      for (const text of [
        ...runner.log,
        ...runner.failures,
        runner.page(),
        JSON.stringify(runner.outputs),
        file,
      ])
        for (const secret of [...secrets, MODEL_KEY]) expect(text).not.toContain(secret);
      expect([outcome.status, runner.outputs['status']]).toEqual([status, status]);
      expect(runner.outputs['api-version']).toBe(status === 'start-failed' ? undefined : 'agent-server');
      expect(sockets.filter(({ closed }) => closed === undefined)).toEqual([]);
    },
  );

  test.each<[ScenarioName, number, Outcome['status']]>([
    ['finish', 18.5, 'finished'],
    ['error', 12, 'error'],
    ['needs-input', 9, 'needs-input'],
    ['agent-paused', 8, 'paused'],
    ['long', 1200, 'finished'],
  ])('reports the end of %s after %d s within a second: %s', async (story, endsAt, status) => {
    const { outcome, seconds } = await runStep(story, { 'on-paused': 'fail' });
    expect(outcome.status).toBe(status);
    expect(seconds).toBeGreaterThanOrEqual(endsAt);
    expect(seconds).toBeLessThanOrEqual(endsAt + 1);
  });

  test.each([
    [
      { 'llm-base-url': 'http://127.0.0.1:1/v1' },
      "check llm-base-url, as seen from the server's machine, then start a new run.",
    ],
    [{}, "wait until the model's service works again, then start a new run (another agent starts over)."],
  ])('whose model cannot be reached logs that once, and with %j says: %s', async (inputs, advice) => {
    const { runner } = await runStep('model-unreachable', inputs);
    expect(runner.failures).toEqual([expect.stringContaining(`Connection error. What to do: ${advice}`)]);
    expect(runner.log.filter((line) => line.includes('Connection error'))).toHaveLength(1);
    expect(runner.page()).toContain('What the agent did (4 steps)');
  });

  test('sends, for 20 minutes of work, at most 40 requests', async () => {
    const { outcome, requests } = await runStep(worksFor(1200));
    expect(outcome.status).toBe('finished');
    expect(requests.length).toBeLessThanOrEqual(40);
  });

  test('logs each step of the agent once, and outputs title, cost, tokens and answer', async () => {
    const { runner, left } = await runStep('finish');
    expect(
      runner.log.filter((line) => line.includes('Step: ')).map((line) => line.replace(/^\S+ /, '')),
    ).toEqual(STEPS);
    expect(runner.outputs).toMatchObject({
      title: 'Check the README for wrong statements',
      'cost-usd': '0.23',
      'input-tokens': '23000',
      response: expect.stringContaining('three wrong statements'),
      reused: 'false',
    });
    expect(left).toMatchObject([
      { version: 'agent-server', model: 'openai/any', message: 'Check the README' },
    ]);
  });

  test('has no link to a web page: the output is the URL of the API', async () => {
    const { runner } = await runStep('finish');
    expect(runner.outputs['conversation-url']).toMatch(
      /^http:\/\/127\.0\.0\.1:\d+\/api\/conversations\/[\da-f-]{36}$/,
    );
    expect(runner.page()).not.toMatch(/\]\(http:\/\/127|href="http:\/\/127/);
    expect(runner.log.join('\n')).not.toMatch(/\/conversations\/[\da-f]{32}\b/);
  });

  test('detects the agent server with api-version: auto, with and without a key, and for a conversation id', async () => {
    for (const more of [{}, { 'idempotency-key': 'issue-12' }]) {
      const { step } = await openServer();
      const first = await step({ ...INPUTS, 'api-version': 'auto', ...more });
      expect(first.runner.outputs).toMatchObject({ status: 'finished', 'api-version': 'agent-server' });
      const second = await step({ 'conversation-id': idOf(first), poll: 'true' });
      expect(second.runner.outputs).toMatchObject({ status: 'finished', 'api-version': 'agent-server' });
    }
  });

  test('saves the trajectory', async () => {
    const { step } = await openServer();
    const { outcome, folder } = await step({ ...INPUTS, 'trajectory-file': 'course.zip' });
    expect(outcome.status).toBe('finished');
    expect((await readFile(join(folder, 'course.zip'))).subarray(0, 2).toString()).toBe('PK');
  });
});

// With V1 the same socket is tried with more faults.
test.each([
  ['503 always', 0],
  ['close=1012/5 x2', 3],
])('without its socket, %s, an end is reported at most 33 s late', async (fault, opened) => {
  const faults = [parseFault(`GET /sockets/events/* ${fault}`)];
  const { outcome, seconds, sockets, runner } = await runStep('long', {}, { simulator: { faults } });
  expect(outcome.status).toBe('finished');
  expect(seconds).toBeLessThanOrEqual(1200 + 33);
  expect(sockets.map(({ closed }) => closed !== undefined)).toEqual(Array(opened).fill(true));
  expect(runner.log.filter((line) => line.startsWith('Warning: '))).toEqual([]);
});

describe('a wrong key for an agent server', () => {
  const wrong = { 'api-key': 'another-session-key' };

  test('fails a start, and nothing is started', async () => {
    const { step, simulator } = await openServer();
    const { runner } = await step({ ...INPUTS, ...wrong });
    expect(runner.outputs).toMatchObject({ status: 'start-failed', 'failure-kind': 'auth' });
    expect(runner.failures).toEqual([
      expect.stringMatching(
        /HTTP 401: Unauthorized.* save the session key .* as the secret .* such as OPENHANDS_API_KEY/,
      ),
    ]);
    expect(simulator.conversations).toEqual([]);
  });

  test('fails a follow-up, and nothing is sent', async () => {
    const steps = await openServer();
    const id = idOf(await steps.step(INPUTS));
    const { runner } = await steps.step({
      ...INPUTS,
      model: '',
      'llm-api-key': '',
      ...wrong,
      'conversation-id': id,
    });
    expect(runner.outputs).toMatchObject({ status: 'start-failed', 'failure-kind': 'auth' });
    expect(await userMessages(steps.simulator)).toEqual([['Check the README']]);
  });
});

/** Returns the inputs of a step that attaches to the conversation of an earlier step. */
const next = (first: Step, more: Play[2] = {}): Readonly<Record<string, string>> => ({
  'api-version': 'agent-server',
  'conversation-id': idOf(first),
  poll: 'true',
  ...more,
});

describe('attaching to a conversation of an agent server', () => {
  test('looks once without poll, and waits with it', async () => {
    const { step, requests } = await openServer();
    const first = await step({ ...INPUTS, poll: 'false' });
    expect(first.outcome.status).toBe('running');
    const before = requests().length;
    expect((await step(next(first, { poll: 'false' }))).outcome.status).toBe('running');
    expect(requests().length - before).toBeLessThanOrEqual(2);
    const { runner } = await step(next(first));
    expect(runner.outputs).toMatchObject({
      status: 'finished',
      response: expect.stringContaining('README'),
    });
  });

  test.each<[ScenarioName, number, Outcome['status']]>([
    ['finish', 18.5, 'finished'],
    ['error', 12, 'error'],
    ['needs-input', 9, 'needs-input'],
  ])(
    'sends one message, and reports its end, %s after %d s, within a second: %s',
    async (scenario, endsAt, status) => {
      for (const earlier of ['finish', 'error', 'agent-paused'] as const) {
        const steps = await openServer();
        const { step, clock } = steps;
        const first = await step({ ...INPUTS, message: `simulate: ${earlier}`, poll: 'false' });
        await clock.sleep(60_000, never);
        const before = clock.now();
        const message = `And now?\nsimulate: ${scenario}`;
        const { outcome } = await step(next(first, { message }));
        const seconds = (clock.now() - before) / 1000;
        expect(outcome.status).toBe(status);
        expect(seconds).toBeGreaterThanOrEqual(endsAt);
        expect(seconds).toBeLessThanOrEqual(endsAt + 1);
        expect(await userMessages(steps.simulator)).toEqual([[`simulate: ${earlier}`, message]]);
      }
    },
  );

  test('sends a message while the agent works, and outputs the answer to that message', async () => {
    const steps = await openServer();
    const first = await steps.step({ ...INPUTS, message: 'simulate: long', poll: 'false' });
    await steps.clock.sleep(60_000, never);
    const { runner } = await steps.step(next(first, { message: 'simulate: message' }));
    expect(runner.outputs).toMatchObject({ status: 'finished', response: '2 + 2 is 4.' });
    expect(await userMessages(steps.simulator)).toEqual([['simulate: long', 'simulate: message']]);
  });

  test.each(['reset', 'reset after', '503 after', 'cut'])(
    'sends a message once, whatever happens to the answer: %s',
    async (fault) => {
      const steps = await openServer();
      const first = await steps.step(INPUTS);
      steps.simulator.order(parseFault(`POST ${LIST}/*/events ${fault}`));
      const { outcome } = await steps.step(next(first, { message: 'And now?' }));
      const arrived = fault !== 'reset';
      expect(outcome.status).toBe(arrived ? 'finished' : 'start-failed');
      expect(await userMessages(steps.simulator)).toEqual([
        ['Check the README', ...(arrived ? ['And now?'] : [])],
      ]);
    },
  );
});

describe('an agent server that runs as many agents as it may', () => {
  test('gets a start again until it accepts it', async () => {
    const steps = await openServer({ maxRuns: 1 });
    const first = await steps.step({ ...INPUTS, poll: 'false' });
    const second = await steps.step({ ...INPUTS, message: 'The second' });
    expect(second.outcome.status).toBe('finished');
    expect(idOf(second)).not.toBe(idOf(first));
    expect(second.runner.log.join('\n')).toMatch(/limit of running conversations/);
    expect(await userMessages(steps.simulator)).toEqual([['Check the README'], ['The second']]);
  });

  test('gets a message once, and the step waits until it runs', async () => {
    const steps = await openServer({ maxRuns: 1 });
    const first = await steps.step(INPUTS);
    await steps.step({ ...INPUTS, message: 'The second', poll: 'false' });
    const third = await steps.step(next(first, { message: 'simulate: message' }));
    expect(third.runner.outputs).toMatchObject({ status: 'finished' });
    expect(await userMessages(steps.simulator)).toEqual([
      ['Check the README', 'simulate: message'],
      ['The second'],
    ]);
  });
});

test.each(['503 after', 'hang after'])(
  'a start without a key is reported as started by this step, whatever the first answer was: %s',
  async (fault) => {
    const { answer } = parseFault(`POST ${LIST} ${fault}`);
    const mishap = { answer, when: 'after' } as const;
    let starts = 0;
    const ran = await runStep(
      'forever',
      {},
      {
        cancelAt: 120,
        mishapOf: ({ method, target }) =>
          method === 'POST' && target === LIST && (starts += 1) === 1 ? mishap : undefined,
      },
    );
    expect([ran.runner.outputs['reused'], ran.conversations]).toEqual(['false', 1]);
    expect(ran.left.filter(isAtWork)).toEqual([]);
  },
);

describe('a start that creates a conversation without its message', () => {
  const KEYED = { ...INPUTS, 'idempotency-key': 'issue-12' };
  const START = `POST ${LIST} no-message`;
  const SEND = `POST ${LIST}/*/events no-message`;

  test.each([
    ['without a key', INPUTS],
    ['with a key', KEYED],
    ['with a key and if-exists: send', { ...KEYED, 'if-exists': 'send' }],
  ])('%s: the step sends the message after a minute, once', async (_, inputs) => {
    const steps = await openServer({ faults: [parseFault(START)] });
    const { runner } = await steps.step(inputs);
    expect(runner.outputs).toMatchObject({ status: 'finished', reused: 'false' });
    expect(await userMessages(steps.simulator)).toEqual([[expect.stringContaining('Check the README')]]);
    expect(steps.requests().filter(isStart)).toHaveLength(1);
  });

  test.each([
    ['without a key', INPUTS],
    ['with a key', KEYED],
  ])(
    '%s: the step fails with the reason of the server within two minutes if the message is refused, too',
    async (_, inputs) => {
      const steps = await openServer({ faults: [START, `${SEND} always`].map(parseFault) });
      const before = steps.clock.now();
      const { runner } = await steps.step(inputs);
      expect(steps.clock.now() - before).toBeLessThan(120_000);
      expect(runner.outputs).toMatchObject({ status: 'start-failed', 'failure-kind': 'server' });
      expect(runner.failures).toEqual([expect.stringContaining('shell cannot be started')]);
      expect(await userMessages(steps.simulator)).toEqual([[]]);
    },
  );

  test('ends the wait of a later step with the same key, which does not send it', async () => {
    const steps = await openServer({ faults: [START, `${SEND} always`].map(parseFault) });
    await steps.step(KEYED);
    const before = steps.clock.now();
    const { runner } = await steps.step(KEYED);
    expect(steps.clock.now() - before).toBeLessThan(90_000);
    expect(runner.outputs).toMatchObject({ status: 'start-failed', 'failure-kind': 'server' });
    expect(runner.failures).toEqual([
      'failed to attach to the conversation: its agent got no message within a minute: the start that created it may have failed. What to do: change the key in the workflow, if all its runs have the same, then start a new run.',
    ]);
  });

  test('gets its message from a later step with if-exists: send', async () => {
    const steps = await openServer({ faults: [START, SEND].map(parseFault) });
    await steps.step(KEYED);
    const { runner } = await steps.step({ ...KEYED, 'if-exists': 'send' });
    expect(runner.outputs).toMatchObject({ status: 'finished', reused: 'true' });
    expect(await userMessages(steps.simulator)).toEqual([[expect.stringContaining('Check the README')]]);
  });

  test('is stopped if the step is canceled meanwhile', async () => {
    const { outcome, left, post } = await runStep(
      'forever',
      {},
      {
        cancelAt: 30,
        simulator: { faults: [parseFault(START)] },
      },
    );
    expect(outcome.status).toBe('cancelled');
    expect(post).toBeDefined();
    expect(left.filter(isAtWork)).toEqual([]);
  });
});

describe('an agent on an agent server', () => {
  test.each([0.1, 2, 60])(
    'is interrupted at once by a cancel after %d s, and the socket is closed',
    async (cancelAt) => {
      const { outcome, seconds, left, sockets, runner } = await runStep('forever', {}, { cancelAt });
      expect(outcome.status).toBe('cancelled');
      expect(seconds).toBeLessThan(cancelAt + 3.5);
      expect(left.filter(isAtWork)).toEqual([]);
      expect(left.map((each) => at(each, 'state.execution'))).toEqual(['paused']);
      expect(runner.failures).toEqual([expect.stringContaining('was paused')]);
      expect(sockets.filter(({ closed }) => closed === undefined)).toEqual([]);
    },
  );
});

test('a follow-up that has no answer is an error that does not say that the agent may go on, nor that it never will', async () => {
  const steps = await openServer();
  const id = idOf(await steps.step(INPUTS));
  steps.simulator.order({ method: 'POST', path: `${LIST}/*/events`, answer: { kind: 'reset' } });
  const lost = await steps.step({
    'api-version': 'agent-server',
    'conversation-id': id,
    message: 'Go on',
    poll: 'true',
  });
  expect(lost.outcome.status).toBe('start-failed');
  expect(lost.runner.failures).toEqual([
    expect.stringMatching(
      /^failed to send the message: other side closed, and the agent was not running, but may run if the last request to it, which had no answer, still arrives\. What to do: make sure /,
    ),
  ]);
  await post(lost, steps);
  expect(logOf(lost)).not.toMatch(/could not be paused|may continue/);
});

describe('a key on an agent server', () => {
  const KEYED = { ...INPUTS, 'idempotency-key': 'issue-12' };

  test('means another conversation in each repository, and the same one in a later step of a repository', async () => {
    const steps = await openServer();
    const first = await steps.step(KEYED);
    const other = await steps.step({ ...KEYED, message: 'The other', repository: 'octo-org/other' });
    const none = await steps.step({ ...KEYED, message: 'Without one', repository: 'none' });
    const again = await steps.step({ ...KEYED, message: 'Something else', repository: 'Octo-Org/Octo-Repo' });
    expect(new Set([first, other, none].map(idOf)).size).toBe(3);
    expect(idOf(again)).toBe(idOf(first));
    expect([first, other, none, again].map(({ runner }) => runner.outputs['reused'])).toEqual([
      'false',
      'false',
      'false',
      'true',
    ]);
    expect(again.runner.log.join('\n')).toContain('the message of this run was not sent');
    expect(await userMessages(steps.simulator)).toEqual([
      ['Check the README'],
      ['The other'],
      ['Without one'],
    ]);
  });

  test('log and summary name the folder of the conversation, and no repository', async () => {
    const steps = await openServer();
    const folders = { 'api-version': 'auto', 'working-directory': '/srv/project' };
    const first = await steps.step({ ...KEYED, ...folders });
    const again = await steps.step({ ...KEYED, ...folders, 'working-directory': '/srv/moved' });
    for (const { runner } of [first, again]) {
      expect(runner.page()).toContain('Folder: /srv/project');
      expect([...runner.log, runner.page()].join('\n')).not.toMatch(/conversation on|Repository: /);
    }
    expect(first.runner.log.join('\n')).toContain('Starting a conversation in /srv/project');
    const written = await steps.step({ ...KEYED, ...folders, 'api-version': 'agent-server' });
    expect(written.runner.log.join('\n')).toContain('a conversation in /srv/project');
  });

  test.each(Array.from({ length: 5 }, (_, pair) => pair))(
    'leads to one conversation with one message for two steps at the same instant: pair %d',
    async (pair) => {
      const random = diceOf(pair).next;
      // Both steps have looked before one of them starts. Then requests and answers overtake each other.
      const jitter: Disturb = (method, target) =>
        target === '/server_info'
          ? undefined
          : {
              answer:
                method === 'POST' && random() < 0.5
                  ? { kind: 'late', seconds: 0.1 + random() / 10 }
                  : { kind: 'slow', seconds: random() / 10 },
            };
      const steps = await openServer({}, jitter);
      const both = ['The first', 'The second'].map(async (message) => steps.step({ ...KEYED, message }));
      const ended = await Promise.all(both);
      expect(ended.map(({ outcome }) => outcome.status)).toEqual(['finished', 'finished']);
      expect(ended.map(({ runner }) => runner.outputs['reused']).toSorted()).toEqual(['false', 'true']);
      const mine = ended.findIndex(({ runner }) => runner.outputs['reused'] === 'false');
      expect(await userMessages(steps.simulator)).toEqual([[['The first', 'The second'][mine]]]);
      expect(steps.requests().filter(isStart)).toHaveLength(2);
    },
  );
});

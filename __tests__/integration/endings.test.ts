import { describe, expect, test } from '@jest/globals';

import type { ScenarioName } from '../../simulator/server/scenarios.ts';
import type { Scenario } from '../../simulator/server/timeline.ts';
import { ENDINGS, KINDS } from '../../testbed/endings.ts';
import { APP_SERVER_ALONE, play } from '../../testbed/play.ts';

const GREEN = ['finished', 'stopped', 'running'];

describe.each(['v1', 'v0'] as const)('%s', (version) => {
  test.each(ENDINGS.map(([scenario, v1, v0]) => [scenario, version === 'v1' ? v1 : v0] as const))(
    'the scenario %s ends as %s',
    async (scenario, status) => {
      const { outcome, runner, secrets, file } = await play(scenario, version);
      for (const secret of secrets) {
        for (const text of [runner.log.join('\n'), runner.page(), JSON.stringify(runner.outputs), file]) {
          expect(text).not.toContain(secret);
        }
      }
      expect(outcome.status).toBe(status);
      expect(runner.outputs['status']).toBe(status);
      expect(runner.outputs['failure-kind']).toBe(KINDS[scenario]?.[version]);
      expect(runner.failures).toHaveLength(GREEN.includes(status) ? 0 : 1);
      expect(runner.page()).toContain(`Status: ${status}`);
      expect(runner.outputs['api-version']).toBe(status === 'start-failed' ? undefined : version);
    },
  );

  test('a wait of 20 minutes needs at most 100 status requests, and the end is noticed after at most 33 s', async () => {
    const { seconds, statusRequests } = await play('long', version);
    expect(statusRequests).toBeLessThanOrEqual(100);
    expect(seconds).toBeGreaterThan(1200);
    // The simulated start takes six and a half seconds.
    expect(seconds).toBeLessThan(1200 + 6.5 + 33);
  });

  test('the deadline is exact to the second, during the start and the wait', async () => {
    for (const timeout of ['3', '90', '1800']) {
      const { seconds } = await play('forever', version, { 'timeout-seconds': timeout });
      expect(seconds).toBe(Number(timeout));
    }
  });

  test('without poll the step ends once the server lists the conversation, after two looks at most', async () => {
    const inputs = { 'api-version': version, poll: 'false' };
    const { outcome, runner, seconds, statusRequests } = await play('forever', version, inputs);
    expect(outcome.status).toBe('running');
    expect(runner.outputs['conversation-url']).toMatch(/\/conversations\/[0-9a-f]{32}$/);
    expect(runner.failures).toEqual([]);
    expect(statusRequests).toBeLessThanOrEqual(2);
    expect(seconds).toBeLessThan(10);
  });
});

describe.each(['v1', 'v0'] as const)('%s: a sandbox that restarts', (version) => {
  test('causes a warning after a minute, and at the deadline the agent is not said to continue', async () => {
    const inputs = { 'timeout-seconds': '300', 'stop-on-timeout': 'false' };
    const { runner } = await play('sandbox-died', version, inputs);
    const warnings = runner.log.filter((line) => line.startsWith('Warning: '));
    expect(warnings).toEqual([
      expect.stringMatching(
        /has not said for a minute whether the agent is still working \((?:sandbox|conversation) starting\)/,
      ),
    ]);
    expect(runner.failures).toEqual([
      expect.stringContaining(
        'the deadline passed (timeout-seconds is 300), and it is unknown whether the agent continues',
      ),
    ]);
  });

  test('and is back in time causes no warning', async () => {
    const { runner } = await play('sandbox-restart', version);
    expect(runner.log.filter((line) => line.startsWith('Warning: '))).toEqual([]);
  });
});

test.each([
  [
    "Client error '401 Unauthorized' for url 'http://localhost:8000/api/conversations'",
    /What to do: re-run the job\.$/,
    'sandbox',
  ],
  [
    'The repository could not be cloned',
    /What to do: check repository and branch, and that the account of the API key may read them, then start a new run\.$/,
    'not-found',
  ],
])('V1: the advice for a failed start fits its reason: %s', async (detail, advice, kind) => {
  const failed = (body: string): string =>
    body.replace(/"The repository(?:[^"\\]|\\.)*"/, JSON.stringify(detail));
  const { runner } = await play('start-error', 'v1', {}, [
    {
      method: 'GET',
      path: '/api/v1/app-conversations/start-tasks',
      times: Number.POSITIVE_INFINITY,
      answer: { kind: 'tampered', change: failed },
    },
  ]);
  expect(runner.failures[0]).toContain(detail);
  expect(runner.failures[0]).toMatch(advice);
  expect(runner.outputs['failure-kind']).toBe(kind);
});

test('V1: a start that the server calls failed is followed if it led to a conversation', async () => {
  const ran = await play('forever', 'v1', { 'timeout-seconds': '60' }, [
    {
      method: 'GET',
      path: '/api/v1/app-conversations/start-tasks',
      times: Number.POSITIVE_INFINITY,
      answer: {
        kind: 'tampered',
        change: (body) => body.replace('"status":"READY"', '"status":"ERROR"'),
      },
    },
  ]);
  expect(ran.outcome.status).toBe('timed-out');
  expect(ran.runner.outputs['conversation-id']).toBeDefined();
  expect(ran.conversations).toBe(1);
});

describe('the error at a deadline', () => {
  const LEAVE = { 'stop-on-timeout': 'false' };
  const errorOf = async (
    scenario: Parameters<typeof play>[0],
    inputs: Parameters<typeof play>[2] = {},
    troubles: Parameters<typeof play>[3] = [],
  ): Promise<string> => {
    const { outcome, runner } = await play(scenario, 'v1', { 'timeout-seconds': '50', ...inputs }, troubles);
    expect(outcome.status).toBe('timed-out');
    return runner.failures.join('\n');
  };

  test('says what happens to an agent at work', async () => {
    expect(await errorOf('forever')).toContain(
      'the deadline passed (timeout-seconds is 50), and the agent was paused.',
    );
    expect(await errorOf('forever', LEAVE)).toContain(
      'the deadline passed (timeout-seconds is 50), and the agent continues.',
    );
  });

  test.each([
    ['paused', {}],
    ['paused', LEAVE],
    ['agent-paused', {}],
    ['agent-paused', { 'max-cost-usd': '5' }],
  ] as const)(
    'says that the conversation is paused, and to resume it, as more time does not help: %s, %j',
    async (scenario, inputs) => {
      expect(await errorOf(scenario, inputs)).toMatch(
        /the deadline passed \(timeout-seconds is 50\), and the conversation is paused\. What to do: tell the agent to continue in its conversation \(http\S+\)\.$/,
      );
    },
  );

  test('says that nothing is known if the server does not answer', async () => {
    const lost = {
      method: 'GET',
      path: '/api/v1/app-conversations',
      skip: 3,
      times: Number.POSITIVE_INFINITY,
      answer: { kind: 'status', status: 503 },
    } as const;
    expect(await errorOf('forever', LEAVE, [lost])).toContain(
      'the deadline passed (timeout-seconds is 50), and it is unknown whether the agent continues; the last failure: HTTP 503',
    );
  });

  test('names once why it could not pause the agent, and sends nobody to an agent that may be at work', async () => {
    const lost = { path: '*', skip: 12, times: Infinity, answer: { kind: 'page' } } as const;
    const error = await errorOf('forever', { 'timeout-seconds': '50' }, [lost]);
    expect(error.match(/a web page/g)).toHaveLength(1);
    expect(error).toMatch(
      /, so it may continue\. What to do: check whether the agent is still working \(http\S+\)\.$/,
    );
  });
});

describe('V1: an answer or a reason that is late', () => {
  const EVENTS = { method: 'GET', path: '/api/v1/conversation/*/events/search' } as const;

  test('is given up at the deadline: the agent has finished, and a warning says where the answer is', async () => {
    const { outcome, runner } = await play(
      'finish',
      'v1',
      { 'timeout-seconds': '40' },
      [{ ...EVENTS, skip: 3, times: Number.POSITIVE_INFINITY, answer: { kind: 'hang' } }],
      { simulator: APP_SERVER_ALONE },
    );
    expect(outcome.status).toBe('finished');
    expect(runner.failures).toEqual([]);
    const url = runner.outputs['conversation-url'] ?? '';
    expect(runner.log).toContainEqual(
      expect.stringMatching(
        new RegExp(
          `^Warning: The agent's last answer could not be read: the deadline passed \\(timeout-seconds is 40\\) while the server had not answered for 8 s\\. The output response lacks it; see it at ${url}$`,
        ),
      ),
    );
  });

  test('is waited for: a failure gets its reason', async () => {
    const { runner } = await play('late-reason', 'v1');
    expect(runner.failures).toEqual([
      expect.stringContaining('MaxIterationsReached: Agent reached maximum iterations limit (500)'),
    ]);
  });

  test('is given up at the deadline: a failure says that its reason had not arrived', async () => {
    const { outcome, runner } = await play('late-reason', 'v1', { 'timeout-seconds': '30' }, [], {
      simulator: APP_SERVER_ALONE,
    });
    expect(outcome.status).toBe('error');
    expect(runner.failures).toEqual([
      expect.stringContaining('ran into an error, and the deadline passed before the reason arrived'),
    ]);
    expect(runner.log).toContainEqual(
      expect.stringMatching(
        /^Warning: The agent's last answer could not be read: the deadline passed \(timeout-seconds is \d+\)\. /,
      ),
    );
  });
});

test('a state that may pass is logged within seconds if it is the first one', async () => {
  const { runner } = await play('finish', 'v1', { message: '' }, [], { earlier: 'missing' });
  expect(runner.log).toContainEqual(
    expect.stringMatching(
      /^\[0:0\d\] Sandbox missing; this may be temporary, so the step waits up to a minute$/,
    ),
  );
});

test.each<[ScenarioName, reason: string, advice: string]>([
  [
    'unknown-model',
    ': NotFoundError: litellm.NotFoundError: HTTP 404: model "gpt-0" not found',
    'check that the provider has this model (model, or the settings of the account or server), then start a new run',
  ],
  [
    'model-key',
    ': LLMAuthenticationError: litellm.AuthenticationError: HTTP 401: bad key',
    'check the key of the model and what it may use (llm-api-key and its secret, or the settings of the account or server), then start a new run',
  ],
  [
    'model-unreachable',
    ': LLMServiceUnavailableError: litellm.InternalServerError: InternalServerError: OpenAIException - Connection error',
    "wait until the model's service works again, then tell the agent to continue in its conversation",
  ],
  [
    'model-credit',
    ': APIError: litellm.APIError: HTTP 402: no credit is left',
    'add credit to the account that pays for the model, then tell the agent to continue in its conversation',
  ],
  [
    'model-limit',
    ': LLMRateLimitError: litellm.RateLimitError: HTTP 429: slow down',
    'wait, or have the limits of the model raised, then tell the agent to continue in its conversation',
  ],
  ['rejected', ': Rejected: The agent rejected the task', 'tell the agent to continue in its conversation'],
  [
    'stuck',
    ': the agent is stuck: it keeps repeating itself',
    'tell the agent what to do instead in its conversation',
  ],
])('V1: the error of %s has the reason of the server once, and advice', async (scenario, reason, advice) => {
  const { runner } = await play(scenario, 'v1', { model: 'gpt-0' });
  expect(runner.failures).toEqual([expect.stringContaining(`${reason}. What to do: ${advice} (http`)]);
});

test('V1: an agent at its limit of steps is told to continue', async () => {
  const { runner } = await play('max-iterations', 'v1');
  expect(runner.failures).toEqual([
    expect.stringContaining(
      ': MaxIterationsReached: Agent reached maximum iterations limit (500). What to do: tell the agent to continue in its conversation (',
    ),
  ]);
  expect(runner.outputs['failure-kind']).toBe('agent');
});

test.each<['v1' | 'v0', ScenarioName, string]>([
  ['v1', 'confirmation', 'agent waiting for confirmation'],
  ['v0', 'confirmation', 'agent awaiting user confirmation'],
  ['v0', 'message', 'agent awaiting user input, which API V0 also tells after a final message'],
])('%s: the error of %s is two sentences, and names V0 only with V0', async (version, scenario, phase) => {
  const { runner } = await play(scenario, version);
  const [why = '', todo] = runner.failures.join().split(' What to do: ');
  expect(why).toBe(`failed to finish the work: the agent is waiting for input (${phase}).`);
  expect(todo).toMatch(/^answer the agent in its conversation \(http\S+\)\.$/);
  expect(runner.failures.join().includes('V0')).toBe(phase.includes('V0'));
});

test.each<[ScenarioName, words: string, RegExp]>([
  ['vanish', 'was paused', /the agent was paused\. What to do: start a new run \(http\S+\)\.$/],
  ['deleting', 'was done', /the agent was no longer running\. What to do: start a new run \(http\S+\)\.$/],
  [
    'missing',
    'may continue',
    /so it may continue\. What to do: make sure that the agent is not working any more before another one starts \(a restarted server may not list the conversation yet\) \(http\S+\)\.$/,
  ],
])('V1: the advice for a conversation that is gone, as with %s, fits an agent that %s', async (...given) => {
  const [scenario, , line] = given;
  const { runner } = await play(scenario, 'v1');
  expect(runner.failures[0]).toMatch(line);
});

test('a wait that fails says how long it has retried', async () => {
  const all = Number.POSITIVE_INFINITY;
  const { runner } = await play('forever', 'v1', {}, [
    {
      method: 'GET',
      path: '/api/v1/app-conversations',
      skip: 3,
      times: all,
      answer: { kind: 'status', status: 503, body: '{"detail":"no upstream"}' },
    },
  ]);
  expect(runner.outputs).toMatchObject({ status: 'unreachable', 'failure-kind': 'server' });
  expect(runner.failures[0]).toMatch(
    /: HTTP 503: no upstream \(tried for 1[2-8]\d s\), and the agent could not be paused \(.*\), so it may continue\. What to do: wait until the server works again, then tell the agent to continue in its conversation \(http\S+\)\.$/,
  );
});

describe.each(['v1', 'v0'] as const)('the log of %s', (version) => {
  test.each<[ScenarioName, string]>([
    ['message', '2 + 2 is 4.'],
    ['needs-input', 'Which one do you mean?'],
  ])('has the last message of %s once, as the answer', async (scenario, message) => {
    const { runner } = await play(scenario, version);
    expect(runner.outputs['response']).toContain(message);
    expect(runner.log.join('\n').split(message)).toHaveLength(2);
  });
});

describe('V1: a server without statistics of its own', () => {
  const own = { simulator: { api: 'v1', kind: 'self-hosted' } } as const;

  test('has cost and tokens read from its events', async () => {
    const { outcome, runner } = await play('finish', 'v1', {}, [], own);
    expect(outcome.status).toBe('finished');
    expect(runner.outputs).toMatchObject({
      'cost-usd': '0.23',
      'input-tokens': '23000',
      'output-tokens': '1917',
    });
    expect(runner.log.join('\n')).not.toContain('$0.00');
  });

  test('has its steps logged half a minute late at most', async () => {
    const { runner } = await play('long', 'v1', { 'timeout-seconds': '400' }, [], own);
    const at = (text: string): number => {
      const [, minutes = '', seconds = ''] =
        /^\[(\d+):(\d\d)\]/.exec(runner.log.find((line) => line.includes(text)) ?? '') ?? [];
      return Number(minutes) * 60 + Number(seconds);
    };
    // The agent begins at 0:06, finishes a part every 20 s, and events come up to 30 s late.
    for (const part of [3, 6, 9, 12]) {
      const late = at(`Work on part ${part}`) - (6 + 20 * part);
      expect(late).toBeGreaterThanOrEqual(0);
      expect(late).toBeLessThanOrEqual(30 + 20);
    }
  });
});

test('V1: an unknown cost is not reported as zero', async () => {
  const { runner } = await play(
    'no-answer',
    'v1',
    {},
    [
      {
        method: 'GET',
        path: '/api/v1/*',
        times: Number.POSITIVE_INFINITY,
        answer: {
          kind: 'tampered',
          change: (body) =>
            body.replaceAll(/"(accumulated_cost|prompt_tokens|completion_tokens)":[\d.]+/g, '"$1":0'),
        },
      },
    ],
    { simulator: APP_SERVER_ALONE },
  );
  for (const output of ['cost-usd', 'input-tokens', 'output-tokens'])
    expect(runner.outputs).not.toHaveProperty(output);
  expect(runner.page()).not.toMatch(/\$|Tokens/);
  expect(runner.log.join('\n')).not.toContain('$');
});

describe('an agent whose server was restarted while it worked', () => {
  const RESTARTED =
    'A restart occurred while this tool was in progress. The tool execution was interrupted and did not complete.';
  const story = (...work: Scenario['work']): Scenario => ({
    about: 'the agent server is restarted',
    start: [
      { at: 0, start: 'accepted', presence: 'hidden', box: 'starting', agent: 'idle' },
      { at: 6, start: 'ready', presence: 'shown', box: 'running' },
    ],
    work: [
      { at: 1, agent: 'working' },
      { at: 8, happening: { kind: 'command', summary: 'Run the tests', command: 'npm test' } },
      ...work,
    ],
  });

  test.each([
    ['V1', {}, {}],
    [
      'an agent server',
      { 'api-version': 'agent-server', model: 'a/b', 'llm-api-key': 'sk-llm-tests' },
      { simulator: { api: 'agent-server' } },
    ],
  ] as const)(
    'fails with the reason that the server has stored after the state: %s',
    async (_, inputs, options) => {
      const restarted = story(
        { at: 30, agent: 'failed' },
        { at: 30, happening: { kind: 'tool-error', text: RESTARTED } },
      );
      const { runner } = await play(restarted, 'v1', inputs, [], options);
      expect(runner.outputs).toMatchObject({ status: 'error', 'failure-kind': 'server' });
      expect(runner.failures).toEqual([
        expect.stringMatching(
          /server failed: A restart occurred while this tool was in progress\. .* did not complete\. What to do: wait until the server works again, then (?:tell the agent to continue in its conversation \(http\S+\)|start a new run \(another agent starts over\))\.$/,
        ),
      ]);
    },
  );

  test('and that has failed for another reason since, fails with that', async () => {
    const failed = story(
      { at: 20, happening: { kind: 'tool-error', text: RESTARTED } },
      { at: 21, happening: { kind: 'command', summary: 'Run them again', command: 'npm test' } },
      { at: 30, agent: 'failed' },
      { at: 30, happening: { kind: 'error', code: 'MaxIterationsReached', detail: 'the limit of steps' } },
    );
    const { runner } = await play(failed, 'v1');
    expect(runner.failures).toEqual([expect.stringContaining('MaxIterationsReached: the limit of steps')]);
  });
});

import { describe, expect, test } from '@jest/globals';

import { BEGIN, endsAt, errorAt, eventAt, START } from '../../simulator/server/scenario-parts.ts';
import { SCENARIOS } from '../../simulator/server/scenarios.ts';
import type { Change, Happening, Scenario } from '../../simulator/server/timeline.ts';
import { capitalize } from '../../src/text/safe.ts';
import { APP_SERVER_ALONE, play } from '../../testbed/play.ts';
import { post } from '../../testbed/post.ts';
import { logOf, type Step } from '../../testbed/steps.ts';
import { messagesIn } from '../support/messages.ts';
import { openSteps } from '../support/open-steps.ts';

const AGENT_SERVER = {
  'api-version': 'agent-server',
  model: 'openai/any',
  'llm-api-key': 'sk-llm-integration-tests',
};
const SERVERS = [
  ['V1, pushed', {}, {}],
  // Its events come late.
  ['V1, polled', {}, APP_SERVER_ALONE],
  ['an agent server', AGENT_SERVER, { api: 'agent-server' }],
] as const;
const TOO_SMALL = "the model's context is too small for this task";
const ADVICE = 'What to do: use a shorter message or a model with a larger context';
const CONTEXT_LINE = 'Context: the server has shortened the prompt';

const CALL: Happening = { kind: 'command', summary: 'Work', command: 'npm test' };
const FORGETS_MESSAGE: Happening = { kind: 'condensation', forgets: 'message' };
const FORGETS_SUMMARY: Happening = { kind: 'condensation', forgets: 'summary' };
const FORGETS_NOTHING: Happening = { kind: 'condensation', forgets: 'nothing' };

/** A story in which these things happen, one each second, and then the changes. */
function story(happenings: readonly Happening[], ...end: readonly Change[]): Scenario {
  const work = happenings.map((happening, index) => eventAt(index + 2, happening));
  return { about: 'a test', start: START, work: [...BEGIN, ...work, ...end] };
}
const finishing = (...happenings: readonly Happening[]): Scenario =>
  story([...happenings, { kind: 'finish', text: 'Done.' }], endsAt(happenings.length + 2, 'finished'));

describe.each(SERVERS)('a model whose context is too small, at %s', (_, inputs, simulator) => {
  test('fails the step if the agent forgets its message and does nothing', async () => {
    const { runner, post: postRun } = await play('forgetful', 'v1', inputs, [], { simulator });
    expect(runner.outputs).toMatchObject({ status: 'error', 'failure-kind': 'model' });
    expect(runner.failures).toEqual([
      expect.stringMatching(
        new RegExp(
          `^failed to finish the work: ${TOO_SMALL}\\. ${ADVICE}, then start a new run(?: \\(http\\S+\\))?\\.$`,
        ),
      ),
    ]);
    expect(runner.log.filter((line) => line.includes(CONTEXT_LINE))).toHaveLength(1);
    // It has ended by itself.
    expect(postRun).toBeUndefined();
  });

  test.each([
    ['require-result', { 'require-result': 'done' }],
    ['output-schema', { 'output-schema': '{"type": "object"}' }],
  ])('has no answer that is judged by %s, or corrected', async (_input, more) => {
    const { runner, requests } = await play('forgetful', 'v1', { ...inputs, ...more }, [], { simulator });
    expect(runner.outputs).toMatchObject({ status: 'error', 'failure-kind': 'model' });
    expect(messagesIn(requests)).toBe(0);
  });

  test('is found after three condensations without a tool call, and the agent is paused first', async () => {
    const { runner, left, seconds } = await play('forgets-forever', 'v1', inputs, [], { simulator });
    expect(runner.outputs).toMatchObject({ status: 'error', 'failure-kind': 'model' });
    expect(runner.failures).toEqual([
      expect.stringMatching(
        new RegExp(
          `^failed to finish the work: ${TOO_SMALL}, and the agent was paused\\. ${ADVICE}, then start a new run(?: \\(http\\S+\\))?\\.$`,
        ),
      ),
    ]);
    expect(left).toMatchObject([
      { state: inputs === AGENT_SERVER ? { execution: 'paused' } : { sandbox: 'PAUSED' } },
    ]);
    const lines = runner.log.filter((line) => line.includes(CONTEXT_LINE));
    // There is one each five seconds, which is read up to half a minute later if it is not pushed.
    if (simulator === APP_SERVER_ALONE) expect(lines.length).toBeGreaterThanOrEqual(3);
    else expect(lines).toHaveLength(3);
    expect(seconds).toBeLessThan(75);
  });

  test.each([
    ['works after it has forgotten', [FORGETS_MESSAGE, CALL]],
    ['forgets after it has worked', [CALL, FORGETS_MESSAGE, FORGETS_SUMMARY]],
    ['forgets nothing', [FORGETS_NOTHING]],
    ['works between condensations', [FORGETS_MESSAGE, FORGETS_SUMMARY, CALL, FORGETS_SUMMARY, CALL]],
  ])('is no failure of an agent that %s', async (_agent, happenings) => {
    const { runner } = await play(finishing(...happenings), 'v1', inputs, [], { simulator });
    expect(runner.failures).toEqual([]);
    expect(runner.outputs).toMatchObject({ status: 'finished', response: 'Done.' });
    const condensations = happenings.filter(({ kind }) => kind === 'condensation');
    expect(runner.log.filter((line) => line.includes(CONTEXT_LINE))).toHaveLength(condensations.length);
  });

  test('is why an agent failed that has reached its limit of steps', async () => {
    const rounds = Array.from({ length: 40 }, () => FORGETS_SUMMARY);
    const failing = story(
      [FORGETS_MESSAGE, ...rounds],
      ...errorAt(43, 'MaxIterationsReached', 'Agent reached maximum iterations limit (500).'),
    );
    // All at once, so that the end is seen first.
    const sudden = { ...failing, work: failing.work.map((change) => ({ ...change, at: 2 })) };
    const { runner } = await play(sudden, 'v1', inputs, [], { simulator });
    expect(runner.outputs).toMatchObject({ status: 'error', 'failure-kind': 'model' });
    expect(runner.failures[0]).toContain(TOO_SMALL);
    expect(runner.failures[0]).toContain(
      'MaxIterationsReached: Agent reached maximum iterations limit (500).',
    );
  });

  test.each(['LLMContextWindowExceedError', 'NoCondensationAvailableException'])(
    'is what the server means by %s',
    async (code) => {
      const refused = story([], endsAt(3, 'failed'), {
        at: 3,
        happening: { kind: 'error', code, detail: 'too long', classified: 'agent_action' },
      });
      const { runner } = await play(refused, 'v1', inputs, [], { simulator });
      expect(runner.outputs).toMatchObject({ status: 'error', 'failure-kind': 'model' });
      expect(runner.failures[0]).toContain(`${TOO_SMALL}: ${code}: too long. ${ADVICE}`);
    },
  );

  test('counts less than a refused key', async () => {
    const refused = story(
      [FORGETS_MESSAGE],
      ...errorAt(4, 'LLMAuthenticationError', 'The model refused the account.'),
    );
    const { runner } = await play(refused, 'v1', inputs, [], { simulator });
    expect(runner.failures[0]).toContain('check the key of the model');
  });

  test('fails a follow-up that the agent forgets', async () => {
    const more = { ...inputs, message: 'Once more.\nsimulate: forgetful' };
    const { runner } = await play('finish', 'v1', more, [], { simulator, earlier: 'finish' });
    expect(runner.outputs).toMatchObject({ status: 'error', 'failure-kind': 'model' });
    expect(runner.failures[0]).toContain(TOO_SMALL);
  });
});

test.each(['false', 'true'])('counts less than a sandbox that is gone, with poll: %s', async (poll) => {
  const gone = story([FORGETS_MESSAGE, FORGETS_SUMMARY, FORGETS_SUMMARY], { at: 50, box: 'missing' });
  const steps = await openSteps({ api: 'v1', scenario: gone });
  const first = await steps.step({ message: 'Check the README' });
  await steps.clock.sleep(100_000, new AbortController().signal);
  const id = String(first.runner.outputs['conversation-id']);
  const { runner } = await steps.step({ 'conversation-id': id, poll });
  expect(runner.outputs).toMatchObject({ status: 'missing', 'failure-kind': 'sandbox' });
  expect(runner.failures).toEqual([expect.not.stringContaining(TOO_SMALL)]);
});

describe('a correction that the agent forgets', () => {
  test('fails the step', async () => {
    const { runner, requests } = await play('forgetful', 'v1', {
      message: 'Say it.\nsimulate: message',
      'require-result': 'done',
    });
    expect(messagesIn(requests)).toBe(1);
    expect(runner.outputs).toMatchObject({ status: 'error', 'failure-kind': 'model' });
    expect(runner.failures[0]).toContain(TOO_SMALL);
  });
});

describe('a later step with the key', () => {
  const keyed = (scenario: string): Readonly<Record<string, string>> => ({
    message: `simulate: ${scenario}`,
    'idempotency-key': 'issue-7',
    poll: 'true',
  });
  const sent = (steps: { readonly requests: () => readonly string[] }): readonly string[] =>
    steps.requests().filter((request) => /^POST .*(?:send-message|app-conversations)$/.test(request));
  const expectTooSmall = ({ runner }: Step): void => {
    expect(runner.outputs).toMatchObject({ status: 'error', 'failure-kind': 'model' });
    expect(runner.failures).toEqual([expect.stringContaining(TOO_SMALL)]);
  };

  test('finds that the message was forgotten, and sends nothing', async () => {
    const steps = await openSteps({ api: 'v1' });
    expectTooSmall(await steps.step(keyed('forgetful')));
    const again = await steps.step(keyed('forgetful'));
    expectTooSmall(again);
    expect(again.runner.failures[0]).toContain(
      ', then start a new run (if it finds this conversation again, delete that first) (',
    );
    expect(sent(steps)).toHaveLength(1);
  });

  test('starts another conversation with restart-failed', async () => {
    const steps = await openSteps({ api: 'v1' });
    expectTooSmall(await steps.step(keyed('forgetful')));
    const again = await steps.step({ ...keyed('finish'), 'if-exists': 'restart-failed' });
    expect(again.outcome.status).toBe('finished');
    expect(sent(steps)).toHaveLength(2);
  });

  test('continues an agent that was paused, and pauses it again', async () => {
    const steps = await openSteps({ api: 'v1' });
    const first = await steps.step(keyed('forgets-forever'));
    expectTooSmall(first);
    expect(first.runner.failures[0]).toContain(
      ', then start a new run (if it finds this conversation again, delete that first) (',
    );
    const again = await steps.step(keyed('forgets-forever'));
    expectTooSmall(again);
    expect(logOf(again)).toContain('Resuming the conversation');
    expect(steps.simulator.conversations).toMatchObject([{ state: { sandbox: 'PAUSED' } }]);
  });

  test('pauses the agent even if another step has started it and left it at work', async () => {
    const steps = await openSteps({ api: 'v1' });
    await steps.step({ ...keyed('forgets-forever'), poll: 'false' });
    expectTooSmall(await steps.step(keyed('forgets-forever')));
    expect(steps.simulator.conversations).toMatchObject([{ state: { sandbox: 'PAUSED' } }]);
  });

  test('leaves the pause to post if the server refuses it', async () => {
    let refuses = true;
    const steps = await openSteps(
      { api: 'v1' },
      {
        disturb: (method, target) =>
          refuses && method === 'POST' && /\/(?:pause|interrupt)$/.test(target)
            ? { answer: { kind: 'refused' } }
            : undefined,
      },
    );
    const step = await steps.step(keyed('forgets-forever'));
    expect(step.runner.failures[0]).toContain('the agent could not be paused');
    refuses = false;
    await post(step, steps);
    expect(steps.simulator.conversations).toMatchObject([{ state: { sandbox: 'PAUSED' } }]);
    expect(step.runner.page()).toContain(capitalize(TOO_SMALL));
  });
});

test.each([
  ['pushed', {}],
  ['polled', APP_SERVER_ALONE],
])('%s: until the pause, there is no request more than for an agent that works', async (_, simulator) => {
  const condensing = SCENARIOS['forgets-forever'];
  const working = { ...condensing, work: condensing.work.map((change) => ({ ...change, happening: CALL })) };
  const limit = { 'timeout-seconds': '120' };
  const [found, usual] = await Promise.all(
    [condensing, working].map(async (each) => play(each, 'v1', limit, [], { simulator, random: () => 0.5 })),
  );
  const asked = (found?.requests ?? []).map(({ method, target }) => `${method} ${target}`);
  const untilPause = asked.slice(
    0,
    asked.findIndex((request) => request.endsWith('/pause')),
  );
  const pathsOf = (requests: readonly string[]): readonly string[] =>
    requests.map((request) => request.replace(/[\da-f-]{32,36}/g, 'ID').replace(/\?.*/, ''));
  const usually = (usual?.requests ?? []).map(({ method, target }) => `${method} ${target}`);
  expect(untilPause.length).toBeGreaterThan(3);
  // The last two are those of the stop: it looks at the conversation and at its sandbox.
  expect(pathsOf(untilPause).slice(0, -2)).toEqual(pathsOf(usually).slice(0, untilPause.length - 2));
});

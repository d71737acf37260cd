import { describe, expect, test } from '@jest/globals';

import { isRecord, type JsonObject, parseJson } from '../../simulator/json.ts';
import { isAtWork } from '../../simulator/server/at-work.ts';
import { logOf, type Steps } from '../../testbed/steps.ts';
import { errorOf, idOf, openServer } from '../support/agent-server.ts';
import { openSteps } from '../support/open-steps.ts';

const INPUTS = {
  'api-version': 'agent-server',
  message: 'Which label fits this issue?',
  model: 'openai/any',
  poll: 'true',
  tools: 'none',
};
const KEYED = { ...INPUTS, 'idempotency-key': 'issue-12' };
const PLUGIN = { kind: 'MCPToolDefinition', title: 'finish\n::error::x' };

const atWork = ({ simulator }: Steps): number => simulator.conversations.filter(isAtWork).length;

/** Returns the bodies of the starts. */
function starts({ simulator }: Steps): readonly JsonObject[] {
  return simulator.requests
    .filter(({ method, path }) => `${method} ${path}` === 'POST /api/conversations')
    .flatMap(({ body }) => {
      const start = parseJson(body);
      return isRecord(start) ? [start] : [];
    });
}

describe('an agent without tools', () => {
  test('starts with its message and nothing else, in a folder of its own that nobody can foresee', async () => {
    const steps = await openServer();
    const run = await steps.step(INPUTS);
    await steps.step(INPUTS);
    expect(run.runner.outputs).toMatchObject({ status: 'finished', response: expect.any(String) });
    const [first, second] = starts(steps);
    expect(Object.keys(first ?? {}).sort()).toEqual([
      'agent',
      'conversation_id',
      'initial_message',
      'tags',
      'workspace',
    ]);
    expect(first).toMatchObject({
      agent: { llm: { model: 'openai/any' }, tools: [], include_default_tools: ['FinishTool', 'ThinkTool'] },
      workspace: { working_dir: expect.stringMatching(/^\/tmp\/openhands-without-tools\/[\da-f-]{36}$/) },
    });
    expect(first?.['workspace']).not.toEqual(second?.['workspace']);
    expect(JSON.stringify(first?.['workspace'])).not.toContain(idOf(run));
    expect(logOf(run)).toContain('The agent has no tools: it can only think and finish');
  });

  // By itself, 1.49.1 gives each agent another tool; 1.58.2 refuses the setting that turns this off.
  test.each(['1.49.1', '1.58.2'])('has none on version %s of the server either', async (version) => {
    const steps = await openServer({ version });
    const run = await steps.step(INPUTS);
    expect(run.runner.outputs).toMatchObject({ status: 'finished', response: expect.any(String) });
    expect(starts(steps)).toHaveLength(1);
  });

  test('costs one request more than another agent: no folder is looked at', async () => {
    const steps = await openServer();
    await steps.step(INPUTS);
    const asked = steps.requests().filter((request) => !request.includes('?ids='));
    expect(asked.filter((request) => /\/api\/file\/|\/search\?status/.test(request))).toEqual([]);
    expect(asked.filter((request) => request.includes('sort_order=TIMESTAMP&'))).toHaveLength(1);
  });

  test.each([
    [
      'a tool of a plugin, whatever its title',
      { addsTools: [PLUGIN] },
      'finish ::error::x (MCPToolDefinition)',
    ],
    ['nothing about tools', { hidesTools: true }, 'does not tell which tools the agent has'],
  ] as const)('is paused if the server tells %s, and its answer is not used', async (_, variant, why) => {
    const steps = await openServer(variant, { scenario: 'forever' });
    const run = await steps.step({ ...INPUTS, 'stop-on-timeout': 'false' });
    expect(run.runner.outputs).toMatchObject({ status: 'start-failed', 'failure-kind': 'input' });
    expect(run.runner.outputs).not.toHaveProperty('response');
    expect(errorOf(run)).toContain(why);
    expect(errorOf(run)).toMatch(/and the agent was paused\. What to do: .*plugins/);
    expect(errorOf(run).split('\n')).toHaveLength(1);
    expect(atWork(steps)).toBe(0);
  });

  test('has no answer if it ends before the server has said which tools it had', async () => {
    for (const variant of [{ hidesTools: true }, { addsTools: [PLUGIN] }]) {
      const run = await (await openServer(variant)).step(INPUTS);
      expect(run.runner.outputs).toMatchObject({ status: 'start-failed' });
      expect(run.runner.outputs).not.toHaveProperty('response');
      expect(run.runner.page()).not.toContain('README');
    }
  });

  test('has said nothing so far at a deadline before that', async () => {
    const steps = await openServer({ hidesTools: true });
    const run = await steps.step({ ...INPUTS, 'timeout-seconds': '40' });
    expect(run.runner.outputs).toMatchObject({ status: 'timed-out' });
    expect(run.runner.outputs).not.toHaveProperty('response');
  });
});

describe('the key of an agent without tools', () => {
  test('leads to another conversation than that of an agent with tools', async () => {
    const steps = await openServer();
    const bare = await steps.step(KEYED);
    const full = await steps.step({ ...KEYED, tools: 'all', 'working-directory': '/srv/project' });
    const again = await steps.step(KEYED);
    expect(idOf(full)).not.toBe(idOf(bare));
    expect(idOf(again)).toBe(idOf(bare));
    expect(again.runner.outputs).toMatchObject({ reused: 'true', status: 'finished' });
    expect(starts(steps)).toHaveLength(2);
  });

  test('sends a follow-up to the same agent, which is looked at before', async () => {
    const steps = await openServer();
    await steps.step(KEYED);
    const sent = { ...KEYED, message: 'And which priority?', 'if-exists': 'send' };
    const run = await steps.step(sent, undefined, { step: ['78', 'agent', 'ask'] });
    expect(run.runner.outputs).toMatchObject({ reused: 'true', status: 'finished' });
    const requests = steps.requests().map((request) => request.replace(/[\da-f-]{32,36}/, 'ID'));
    const sentAt = requests.indexOf('POST /api/conversations/ID/events');
    const startedAt = requests.lastIndexOf('GET /server_info');
    expect(requests.slice(startedAt, sentAt)).toContain(
      'GET /api/conversations/ID/events/search?sort_order=TIMESTAMP&limit=10',
    );
    expect(starts(steps)).toHaveLength(1);
  });

  test.each([['send'], ['attach']])(
    'pauses an agent that has tools although another run has started it, and sends it nothing, with if-exists: %s',
    async (ifExists) => {
      let isRead = false;
      const steps = await openServer({ addsTools: [PLUGIN] }, { scenario: 'forever' }, (_, target) =>
        !isRead && target.includes('/events/search') ? { answer: { kind: 'hang' } } : undefined,
      );
      await steps.killed(KEYED, 10);
      isRead = true;
      expect(atWork(steps)).toBe(1);
      const run = await steps.step({ ...KEYED, 'if-exists': ifExists }, undefined, {
        step: ['78', 'agent', 'ask'],
      });
      expect(run.runner.outputs).toMatchObject({ status: 'start-failed', 'failure-kind': 'input' });
      expect(errorOf(run)).toContain('and the agent was paused');
      expect(atWork(steps)).toBe(0);
      expect(steps.requests().filter((request) => /^POST .*\/events$/.test(request))).toEqual([]);
    },
  );

  test('starts the next agent without tools, too, in another folder', async () => {
    const steps = await openServer();
    const restart = { ...KEYED, 'if-exists': 'restart' };
    const runs = [await steps.step(restart), await steps.step(restart)];
    expect(new Set(runs.map(idOf)).size).toBe(2);
    const [first, second] = starts(steps);
    expect(second).toMatchObject({ agent: { tools: [] } });
    expect(second?.['agent']).toEqual(first?.['agent']);
    expect(second?.['workspace']).not.toEqual(first?.['workspace']);
    expect(second?.['workspace']).toMatchObject({
      working_dir: expect.stringMatching(/^\/tmp\/openhands-without-tools\//),
    });
  });

  test('is corrected by the same agent', async () => {
    const steps = await openServer({}, { scenario: 'finish' });
    const run = await steps.step({ ...INPUTS, 'require-result': 'done' });
    expect(starts(steps)).toHaveLength(1);
    expect(run.runner.outputs['conversation-id']).not.toBe('');
    expect(steps.requests().filter((request) => /^POST .*\/events$/.test(request))).toHaveLength(1);
  });
});

test.each(['v1', 'v0'] as const)('nothing starts if the server turns out to have %s', async (api) => {
  const steps = await openSteps({ api });
  for (const more of [{}, api === 'v1' ? { 'idempotency-key': 'issue-12' } : {}]) {
    const run = await steps.step({ ...INPUTS, ...more, 'api-version': 'auto' });
    expect(run.runner.outputs).toMatchObject({ status: 'start-failed', 'failure-kind': 'input' });
    expect(errorOf(run)).toMatch(/tools is none, which only an agent server can do/);
  }
  expect(steps.simulator.conversations).toEqual([]);
});

test('an agent server that is found by itself starts one', async () => {
  const steps = await openServer();
  const run = await steps.step({ ...KEYED, 'api-version': 'auto' });
  expect(run.runner.outputs).toMatchObject({ status: 'finished', 'api-version': 'agent-server' });
});

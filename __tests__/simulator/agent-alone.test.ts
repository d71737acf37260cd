import { describe, expect, test } from '@jest/globals';

import type { SimulatorOptions } from '../../simulator/server/server.ts';
import { type Answer, at, type Lab, listAt, openLab, textAt, v1Message } from './client.ts';

const ID = '0b0b0b0b-1111-5222-8333-444444444444';
const KEY = { 'x-session-api-key': 'session-key' };
const LIST = '/api/conversations';

let lab: Lab;

async function open(options: SimulatorOptions = {}): Promise<void> {
  const authorization = { kind: 'session', key: KEY['x-session-api-key'] } as const;
  lab = await openLab({ api: 'agent-server', authorization, ...options });
}

function bodyOf(message: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    workspace: { working_dir: '/home/runner/work' },
    agent_settings: { llm: { model: 'openai/any', api_key: 'key-of-the-model' } },
    initial_message: v1Message(message),
    ...more,
  };
}

async function start(message: string, more: Record<string, unknown> = {}): Promise<Answer> {
  return lab.post(LIST, bodyOf(message, more), KEY);
}

/** Returns the titles of the tools that the model of a new agent was told of, or why it was not started. */
async function toldTools({ status, body }: Answer): Promise<unknown> {
  if (status !== 201) return textAt(body, 'detail.0.msg');
  lab.clock.advance(5);
  const events = await lab.get(`${LIST}/${textAt(body, 'id')}/events/search?limit=10`, KEY);
  const prompt = listAt(events.body, 'items').find((event) => at(event, 'kind') === 'SystemPromptEvent');
  return listAt(prompt, 'tools').map((tool) => at(tool, 'title'));
}

describe('an agent server without an app server', () => {
  test('describes itself without a key, and nothing else', async () => {
    await open();
    const { status, body } = await lab.get('/server_info', {});
    expect([status, at(body, 'title')]).toEqual([200, 'OpenHands Agent Server']);
    expect(textAt(body, 'version')).toMatch(/^\d+\.\d+\.\d+$/);
    expect((await lab.get(`${LIST}?ids=${ID}`, {})).status).toBe(401);
    expect((await lab.get(`${LIST}?ids=${ID}`, { authorization: 'Bearer session-key' })).status).toBe(401);
  });

  test('has no V1 API, no web app and no page for people', async () => {
    await open();
    for (const path of ['/api/v1/users/me', `/conversations/${ID}`, '/nothing']) {
      const answer = await lab.get(path, KEY);
      expect([answer.status, answer.body]).toEqual([404, { detail: 'Not Found' }]);
    }
    expect((await lab.post('/api/v1/app-conversations', {}, KEY)).status).toBe(404);
  });

  // Seen with both.
  test.each([
    ['1.49.1', {}, ['finish', 'think', 'switch_llm']],
    ['1.49.1', { enable_switch_llm_tool: false }, ['finish', 'think']],
    ['1.58.2', {}, ['finish', 'think']],
    [
      '1.58.2',
      { enable_switch_llm_tool: false },
      'Value error, Removed agent settings: enable_switch_llm_tool',
    ],
  ])(
    'version %s gives an agent with no tools and the settings %j: %j',
    async (version, settings, expected) => {
      await open({ agentServer: { version } });
      const llm = { model: 'openai/any' };
      const started = await start('x', { agent_settings: { llm, tools: [], ...settings } });
      expect(await toldTools(started)).toEqual(expected);
    },
  );

  test.each(['1.49.1', '1.58.2'])(
    'version %s gives an agent that is named whole what it names',
    async (version) => {
      await open({ agentServer: { version } });
      const agent = { kind: 'Agent', llm: { model: 'openai/any' }, tools: [] };
      const names = { include_default_tools: ['FinishTool'] };
      const whole = { agent_settings: undefined, agent };
      expect(await toldTools(await start('x', whole))).toEqual(['finish', 'think']);
      expect(await toldTools(await start('x', { ...whole, agent: { ...agent, ...names } }))).toEqual([
        'finish',
      ]);
    },
  );

  test.each([
    ['no workspace', { workspace: undefined }, ['body', 'workspace'], 'Field required'],
    ['no agent', { agent_settings: undefined }, ['body'], 'must be provided'],
    ['no model', { agent_settings: { llm: { api_key: 'k' } } }, ['body'], 'model must be specified'],
  ])('refuses %s with the reason', async (_, wrong, loc, why) => {
    await open();
    const refused = await start('x', wrong);
    expect([refused.status, at(refused.body, 'detail.0.loc')]).toEqual([422, loc]);
    expect(textAt(refused.body, 'detail.0.msg')).toContain(why);
    expect(refused.text).not.toContain('key-of-the-model');
  });
});

test.each([
  ['an invalid key', { 'git-hub': 'x' }, {}, 'lowercase alphanumeric'],
  ['a long value', { run: 'x'.repeat(257) }, {}, 'maximum length of 256'],
  ['tags at all, by an older server', { run: 'x' }, { refusesTags: true }, 'not permitted'],
])('a start with %s is refused', async (_, tags, agentServer, why) => {
  await open({ agentServer });
  const refused = await start('x', { tags });
  expect([refused.status, at(refused.body, 'detail.0.loc')]).toEqual([422, ['body', 'tags']]);
  expect(textAt(refused.body, 'detail.0.msg')).toContain(why);
});

test.each([
  ['1.49.1', 201, 2],
  ['1.58.2', 200, 1],
])(
  'version %s answers the second of two starts with one id at the same instant with %d: %d messages',
  async (version, second, messages) => {
    await open({ agentServer: { version } });
    const more = { conversation_id: ID };
    expect((await start('simulate: message', more)).status).toBe(201);
    expect((await start('simulate: message', more)).status).toBe(second);
    const { body } = await lab.get(`${LIST}/${ID}/events/search?kind=MessageEvent`, KEY);
    expect(listAt(body, 'items').filter((event) => at(event, 'source') === 'user')).toHaveLength(messages);
    lab.clock.advance(1);
    expect((await start('simulate: message', more)).status).toBe(200);
  },
);

test('a folder that is not there is created for the first agent, as an empty repository without a commit', async () => {
  await open({ agentServer: { folder: 'missing' } });
  const path = '/api/file/archive?path=/home/runner/work&format=git-delta&base_ref=HEAD';
  expect((await lab.get(path, KEY)).body).toEqual({ detail: 'Directory not found' });
  await start('simulate: message');
  const { status, headers } = await lab.get(path, KEY);
  expect([status, headers.get('x-archive-base-commit')]).toEqual([200, null]);
  expect((await lab.get('/api/git/changes?path=/home/runner/work', KEY)).body).toEqual([]);
});

test('an agent that is run while it is paused goes on to its answer, and is not finished before', async () => {
  await open();
  await start('simulate: paused-resumed', { conversation_id: ID });
  const status = async (): Promise<string> =>
    textAt((await lab.get(`${LIST}?ids=${ID}`, KEY)).body, '0.execution_status');
  lab.clock.advance(9);
  expect(await status()).toBe('paused');
  expect((await lab.post(`${LIST}/${ID}/run`, {}, KEY)).status).toBe(200);
  lab.clock.advance(5);
  expect(await status()).toBe('running');
  lab.clock.advance(20);
  expect(await status()).toBe('finished');
});

test('what an agent has cost does not fall at its end', async () => {
  await open();
  await start('simulate: long', { conversation_id: ID });
  const cost = (): number => lab.simulator.agents[0]?.cost ?? 0;
  lab.clock.advance(1190);
  await lab.get(`${LIST}?ids=${ID}`, KEY);
  const before = cost();
  lab.clock.advance(20);
  const { body } = await lab.get(`${LIST}?ids=${ID}`, KEY);
  expect(textAt(body, '0.execution_status')).toBe('finished');
  expect([before > 0.5, cost() >= before]).toEqual([true, true]);
});

import { beforeAll, beforeEach, expect, test } from '@jest/globals';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

import { isRecord } from '../../simulator/json.ts';
import { scenarioNames } from '../../simulator/server/story.ts';
import { describePublished, readPublished } from '../support/published.ts';
import { type Answer, at, type Lab, listAt, openLab, v1Message } from './client.ts';

/** Values that servers send but the description does not list. */
const UNDOCUMENTED: Readonly<Record<string, readonly string[]>> = {
  // The code of V0 has two more statuses, and clients have to tolerate others.
  ConversationStatus: ['ARCHIVED', 'ERROR', 'HIBERNATING'],
  // The same holds for V1.
  ConversationExecutionStatus: ['daydreaming'],
};

/** Fields that newer servers send, by schema. */
const NEWER: Readonly<Record<string, string>> = { ConversationErrorEvent: 'classification' };

/** Returns a description that also allows the undocumented values and newer fields. */
function allowing(description: Record<string, unknown>): Record<string, unknown> {
  const components = isRecord(description['components']) ? description['components'] : {};
  const schemas = isRecord(components['schemas']) ? components['schemas'] : {};
  for (const [name, values] of Object.entries(UNDOCUMENTED)) {
    const schema = schemas[name];
    if (!isRecord(schema) || !Array.isArray(schema['enum'])) continue;
    const described: readonly unknown[] = schema['enum'];
    schema['enum'] = [...new Set([...described, ...values])];
  }
  for (const [name, schema] of Object.entries(schemas)) {
    const member = NEWER[name.replace(/-Output$/, '')];
    if (member !== undefined && isRecord(schema) && isRecord(schema['properties']))
      schema['properties'][member] = {};
  }
  return description;
}

/** Returns the JSON pointer to the schema of a response; undefined if there is none. */
function pointerOf(
  description: Record<string, unknown>,
  route: string,
  method: string,
  status: string,
): string | undefined {
  const place = ['paths', route, method, 'responses', status, 'content', 'application/json', 'schema'];
  let value: unknown = description;
  for (const name of place) value = isRecord(value) ? value[name] : undefined;
  if (value === undefined) return undefined;
  return place.map((name) => encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/');
}

function load(name: string) {
  const published = readPublished(name);
  const description = allowing(isRecord(published) ? published : {});
  const ajv = new Ajv2020({ strict: false, code: { optimize: false }, inlineRefs: false });
  addFormats.default(ajv);
  ajv.addSchema(description, 'api');
  const compiled = new Map<string, ValidateFunction>();
  return {
    /** Expects that an answer fits the description. */
    expectFit: (route: string, method: string, answer: Answer): void => {
      const pointer = pointerOf(description, route, method, String(answer.status));
      // A refusal without a schema cannot be checked, but its route has to exist.
      if (pointer === undefined) {
        expect(isRecord(description['paths']) && description['paths'][route]).toBeTruthy();
        expect(answer.status).toBeGreaterThanOrEqual(400);
        return;
      }
      const validate = compiled.get(pointer) ?? ajv.compile({ $ref: `api#/${pointer}` });
      compiled.set(pointer, validate);
      const right = validate(answer.body);
      expect({
        route,
        errors: right ? [] : validate.errors,
        body: right ? null : answer.text.slice(0, 500),
      }).toEqual({ route, errors: [], body: null });
    },
  };
}

/** The seconds from the start to the first check, and from each check to the next. */
const PAUSES = [0, 5, 4, 6, 15, 90];

describePublished('the answers against the published descriptions', () => {
  const base = '/api/v1/app-conversations';
  let lab: Lab;
  let v1: ReturnType<typeof load>;
  let v0: ReturnType<typeof load>;
  let agents: ReturnType<typeof load>;
  beforeAll(() => {
    v1 = load('openhands-v1');
    v0 = load('openhands-v0');
    agents = load('openhands-agent-server');
  });
  beforeEach(async () => {
    lab = await openLab();
  });

  test.each(scenarioNames())('V1: %s', async (name) => {
    const started = await lab.post(base, {
      initial_message: v1Message(`simulate: ${name}`),
      selected_repository: 'octo-org/octo-repo',
      git_provider: 'github',
    });
    v1.expectFit(base, 'post', started);
    const view = lab.simulator.conversations.at(-1);
    const id = view?.id ?? '';
    for (const seconds of PAUSES) {
      lab.clock.advance(seconds);
      v1.expectFit(base, 'get', await lab.get(`${base}?ids=${id}&ids=${view?.taskId ?? ''}`));
      v1.expectFit(
        `${base}/start-tasks`,
        'get',
        await lab.get(`${base}/start-tasks?ids=${view?.taskId ?? ''}`),
      );
      v1.expectFit(
        '/api/v1/conversation/{conversation_id}/events/search',
        'get',
        await lab.get(`/api/v1/conversation/${id}/events/search`),
      );
    }
    v1.expectFit(`${base}/search`, 'get', await lab.get(`${base}/search?limit=5`));
    v1.expectFit(`${base}/start-tasks/search`, 'get', await lab.get(`${base}/start-tasks/search?limit=5`));
    v1.expectFit(
      `${base}/{conversation_id}/send-message`,
      'post',
      await lab.post(`${base}/${id}/send-message`, v1Message('simulate: message')),
    );
    const sandbox = view?.sandboxId ?? '';
    for (const change of ['pause', 'resume']) {
      v1.expectFit('/api/v1/sandboxes', 'get', await lab.get(`/api/v1/sandboxes?id=${sandbox}&id=none`));
      const answer = await lab.post(`/api/v1/sandboxes/${sandbox}/${change}`);
      v1.expectFit(`/api/v1/sandboxes/{sandbox_id}/${change}`, 'post', answer);
    }
  });

  test.each(scenarioNames())('an agent server without an app server: %s', async (name) => {
    const alone = await openLab({ api: 'agent-server', maxRuns: 1 });
    const headers = { 'x-session-api-key': 'session-key' };
    agents.expectFit('/server_info', 'get', await alone.get('/server_info', {}));
    agents.expectFit('/api/agent-profiles', 'get', await alone.get('/api/agent-profiles', headers));
    const body = {
      workspace: { working_dir: '/w' },
      agent_settings: { llm: { model: 'm' } },
      initial_message: v1Message(`simulate: ${name}`),
    };
    const started = await alone.post('/api/conversations', body, headers);
    // The description has no status of its own for a new conversation.
    agents.expectFit(
      '/api/conversations',
      'post',
      started.status === 201 ? { ...started, status: 200 } : started,
    );
    const path = `/api/conversations/${String(at(started.body, 'id'))}`;
    for (const seconds of started.status === 201 ? PAUSES : []) {
      alone.clock.advance(seconds);
      if ((await alone.get(path, headers)).status === 200)
        await expectAgentFits(path, headers, seconds === PAUSES.at(-1), alone);
    }
    agents.expectFit('/api/conversations', 'post', await alone.post('/api/conversations', {}, headers));
  });

  /** Expects that all reads of a conversation on an agent server fit and, if `acts` is set, the requests that change it. */
  async function expectAgentFits(
    path: string,
    headers: Record<string, string>,
    acts: boolean,
    lab: Lab,
  ): Promise<void> {
    const list = path.replace(/\/[^/]+$/, '');
    const one = '/api/conversations/{conversation_id}';
    agents.expectFit(one, 'get', await lab.get(path, headers));
    agents.expectFit(
      '/api/conversations',
      'get',
      await lab.get(`${list}?ids=${path.slice(list.length + 1)}`, headers),
    );
    agents.expectFit(
      `${one}/agent_final_response`,
      'get',
      await lab.get(`${path}/agent_final_response`, headers),
    );
    const found = await lab.get(`${path}/events/search`, headers);
    expect(found.status).toBe(200);
    for (const body of listAt(found.body, 'items'))
      agents.expectFit(`${one}/events/{event_id}`, 'get', { ...found, body });
    if (!acts) return;
    for (const action of ['run', 'interrupt', 'run', 'pause'])
      agents.expectFit(`${one}/${action}`, 'post', await lab.post(`${path}/${action}`, undefined, headers));
    agents.expectFit(`${one}/events`, 'post', await lab.post(`${path}/events`, v1Message('x'), headers));
    agents.expectFit(`${one}/events`, 'post', await lab.post(`${path}/events`, { run: 'x' }, headers));
  }

  test('the account and refusals', async () => {
    v0.expectFit('/api/conversations', 'post', await lab.post('/api/conversations', { unheard_of: 1 }));
    v1.expectFit('/api/v1/users/me', 'get', await lab.get('/api/v1/users/me'));
    v1.expectFit(base, 'post', await lab.post(base, { git_provider: 'x' }));
    v1.expectFit(base, 'get', await lab.get(base));
    v1.expectFit('/api/v1/sandboxes', 'get', await lab.get('/api/v1/sandboxes'));
  });

  test('V1: a self-hosted server with two starts of the same id', async () => {
    const own = await openLab({ kind: 'self-hosted' });
    const conversation_id = '0b0b0b0b-1111-5222-8333-444444444444';
    for (const seconds of [10, 20]) {
      v1.expectFit(base, 'post', await own.post(base, { conversation_id, initial_message: v1Message('x') }));
      own.clock.advance(seconds);
    }
    v1.expectFit(base, 'get', await own.get(`${base}?ids=${conversation_id}`));
    v1.expectFit(`${base}/start-tasks/search`, 'get', await own.get(`${base}/start-tasks/search`));
    v1.expectFit('/api/v1/users/me', 'get', await own.get('/api/v1/users/me'));
  });

  test.each(scenarioNames())('V0: %s', async (name) => {
    const path = '/api/conversations';
    const started = await lab.post(path, {
      initial_user_msg: `simulate: ${name}`,
      repository: 'o/r',
      git_provider: 'github',
    });
    v0.expectFit(path, 'post', started);
    if (started.status !== 200) return;
    const id = lab.simulator.conversations.at(-1)?.id ?? '';
    const one = `${path}/{conversation_id}`;
    for (const seconds of PAUSES) {
      lab.clock.advance(seconds);
      v0.expectFit(one, 'get', await lab.get(`${path}/${id}`));
      v0.expectFit(`${one}/events`, 'get', await lab.get(`${path}/${id}/events?reverse=true&limit=100`));
    }
    v0.expectFit(`${one}/stop`, 'post', await lab.post(`${path}/${id}/stop`));
    v0.expectFit(`${one}/start`, 'post', await lab.post(`${path}/${id}/start`, {}));
    v0.expectFit(
      `${one}/events`,
      'post',
      await lab.post(`${path}/${id}/events`, { action: 'message', args: { content: 'x' } }),
    );
  });

  test('the check fails for a response that does not fit', async () => {
    await lab.post(base, {});
    lab.clock.advance(10);
    const right = await lab.get(`${base}?ids=${lab.simulator.conversations.at(-1)?.id ?? ''}`);
    const body: unknown = JSON.parse(right.text.replace('"RUNNING"', '"RUNNING?"'));
    v1.expectFit(base, 'get', right);
    expect(() => {
      v1.expectFit(base, 'get', { ...right, body });
    }).toThrow();
  });
});

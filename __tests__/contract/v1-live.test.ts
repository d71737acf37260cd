import { describe, expect, test } from '@jest/globals';

import type { OpenSocket, SocketOptions } from '../../src/http/web-socket.ts';
import { v1Api } from '../../src/openhands/v1/api.ts';
import type { ConversationApi } from '../../src/port/api.ts';
import type { PushUpdate } from '../../src/port/conversation.ts';
import { resolver } from '../../testbed/network.ts';
import { textOfStep } from '../support/agent-steps.ts';
import { KEY, testClient } from '../support/client.ts';
import { nock } from '../support/offline.ts';
import { AGENT, answerLook, ID, ORIGIN } from './v1-server.ts';

const never = new AbortController().signal;

const page = (name: string): object => ({
  items: [{ kind: 'ActionEvent', id: name, source: 'agent', tool_name: name }],
});
const query = { sort_order: 'TIMESTAMP_DESC', limit: '60' };

/** Sets up one answer of the app server. */
function appServer(): void {
  nock(ORIGIN).get(`/api/v1/conversation/${ID}/events/search`).query(query).reply(200, page('late'));
}

/** Sets up one request to the agent server, which must have its own key only. */
function agentServer(key = 'session-key-0001', origin = AGENT): nock.Interceptor {
  return nock(origin, { reqheaders: { 'x-session-api-key': key }, badheaders: ['authorization'] })
    .get('/api/conversations/1/events/search')
    .query(query);
}

/** Returns the API after a look at the conversation, which has these differences. */
async function apiAfterLook(
  differences?: object | null,
  options?: Parameters<typeof testClient>[1],
): Promise<ConversationApi> {
  const api = v1Api(testClient(ORIGIN, options));
  await look(api, differences);
  return api;
}

async function look(api: ConversationApi, differences?: object | null): Promise<void> {
  answerLook(differences);
  await api.look([ID], never);
}

async function steps(api: ConversationApi): Promise<string | undefined> {
  return (await api.readSteps(ID, never)).steps.map(textOfStep)[0];
}

describe('the events of a conversation', () => {
  test('are read from its agent server, with the key of that', async () => {
    const api = await apiAfterLook();
    agentServer().reply(200, page('live'));
    expect(await steps(api)).toBe('live');
  });

  test.each([
    ['does not run', { sandbox_status: 'PAUSED' }],
    ['starts', { sandbox_status: 'STARTING', execution_status: null }],
    ['has no agent', { execution_status: null }],
    ['is not listed any more', null],
  ])(
    'are read from the app server while the sandbox %s, and then from the agent server again',
    async (_, more) => {
      const api = await apiAfterLook();
      await look(api, more);
      appServer();
      expect(await steps(api)).toBe('late');
      await look(api);
      agentServer().reply(200, page('live'));
      expect(await steps(api)).toBe('live');
    },
  );

  test.each([
    ['gets 503', (ask: nock.Interceptor) => ask.reply(503)],
    ['gets a web page', (ask: nock.Interceptor) => ask.reply(200, '<html>', { 'content-type': 'text/html' })],
    [
      'gets a redirect',
      (ask: nock.Interceptor) => ask.reply(307, '', { location: 'https://elsewhere.test' }),
    ],
    ['ends with a reset', (ask: nock.Interceptor) => ask.replyWithError('reset')],
  ])('are read only from the app server if the first request to the agent server %s', async (_, fail) => {
    const api = await apiAfterLook();
    fail(agentServer());
    appServer();
    expect(await steps(api)).toBe('late');
    appServer();
    expect(await steps(api)).toBe('late');
  });

  test.each([
    ['another key', { session_api_key: 'session-key-0002' }, 'session-key-0002', AGENT],
    [
      'another address',
      { conversation_url: 'https://other.test/api/conversations/1' },
      'session-key-0001',
      'https://other.test',
    ],
  ])(
    'are requested with %s once the server reports it, also if the earlier one failed',
    async (_, more, key, origin) => {
      const client = testClient(ORIGIN);
      const api = v1Api(client);
      await look(api);
      agentServer().reply(401);
      appServer();
      await steps(api);
      await look(api, more);
      agentServer(key, origin).reply(200, page('live'));
      expect(await steps(api)).toBe('live');
      expect(client.secrets).toContain(key);
    },
  );

  test.each([
    ['https://127.0.0.1/api/conversations/1', {}],
    ['https://10.0.0.1/api/conversations/1', {}],
    ['https://169.254.169.254/api/conversations/1', {}],
    ['https://agent.internal/api/conversations/1', { 'agent.internal': ['10.0.0.1'] }],
    ['http://agent.test/api/conversations/1', {}],
    ['https://user:password@agent.test/api/conversations/1', {}],
  ])('are never requested at an address that the key may not be sent to: %s', async (url, names) => {
    const api = await apiAfterLook({ conversation_url: url }, { lookup: resolver(names) });
    appServer();
    expect(await steps(api)).toBe('late');
  });
});

describe('the subscription to an agent server', () => {
  /** Records the sockets that are opened. Each ends with this code. */
  function sockets(code = 4004): {
    readonly opened: (SocketOptions & { readonly url: string })[];
    readonly openSocket: OpenSocket;
  } {
    const opened: (SocketOptions & { readonly url: string })[] = [];
    return {
      opened,
      async *openSocket(url, options) {
        opened.push({ url, ...options });
        yield Promise.resolve([JSON.stringify({ kind: 'PauseEvent' })]);
        return code;
      },
    };
  }

  async function updates(api: ConversationApi, signal = never): Promise<readonly string[]> {
    const all: PushUpdate[] = [];
    for await (const update of api.subscribe(ID, signal)) all.push(update);
    return all.map(({ kind }) => kind);
  }

  test('connects to the agent server, with its own key in the first frame and not in the URL', async () => {
    const { opened, openSocket } = sockets();
    const api = await apiAfterLook({}, { openSocket });
    expect(await updates(api)).toEqual(['connected', 'events', 'lost']);
    expect(opened).toEqual([
      expect.objectContaining({
        url: `wss://agent.test/sockets/events/${ID}`,
        first: '{"type":"auth","session_api_key":"session-key-0001"}',
        timeoutMs: 3_000,
      }),
    ]);
    expect(JSON.stringify(opened)).not.toContain(KEY);
  });

  test('asks for a frame at once only if it may show the end of the work', async () => {
    const { opened, openSocket } = sockets();
    const api = await apiAfterLook({}, { openSocket });
    await updates(api);
    const kind = 'ConversationStateUpdateEvent';
    const frames = [
      ...['execution_status', 'full_state', 'stats'].map((key) => JSON.stringify({ kind, key, value: '' })),
      JSON.stringify({ kind, key: 'execution_status', value: 'finished' }, null, 2),
      JSON.stringify({ kind: 'ObservationEvent', text: '"key":"full_state"' }),
    ];
    expect(frames.map((frame) => opened[0]?.isUrgent(frame))).toEqual([true, true, false, true, false]);
  });

  test('is not opened again once it has failed for good, until the server reports another key', async () => {
    const { opened, openSocket } = sockets();
    const api = await apiAfterLook({}, { openSocket });
    await updates(api);
    expect(await updates(api)).toEqual([]);
    expect(opened).toHaveLength(1);
    await look(api, { session_api_key: 'session-key-0002' });
    await updates(api);
    expect(opened).toHaveLength(2);
  });

  test('is given up once ten frames could not be read, over all connections, whatever else arrives', async () => {
    let sent = 0;
    async function* openSocket(): AsyncGenerator<readonly string[], number> {
      const event = JSON.stringify({ kind: 'PauseEvent' });
      for (const frame of [event, '', 'x', '[]', '{"kind":1}', event, '7']) {
        sent += 1;
        yield Promise.resolve([frame]);
      }
      return 1006;
    }
    const api = await apiAfterLook({}, { openSocket });
    const connection = ['connected', 'events', 'events', 'lost'];
    expect(await updates(api)).toEqual([...connection, ...connection]);
    expect(sent).toBe(14);
    expect(await updates(api)).toEqual([]);
  });

  test.each([
    { sandbox_status: 'PAUSED' },
    { execution_status: null },
    { conversation_url: 'http://agent.test/1' },
    { session_api_key: null },
    null,
  ])('is not opened if there is no agent server, or no safe address for its key: %j', async (more) => {
    const { opened, openSocket } = sockets();
    const api = await apiAfterLook(more, { openSocket });
    expect(await updates(api)).toEqual([]);
    expect(opened).toEqual([]);
  });

  test.each([
    ['127.0.0.1', {}],
    ['169.254.169.254', {}],
    ['[::ffff:10.0.0.1]', {}],
    ['agent.internal', { 'agent.internal': ['10.0.0.1'] }],
    ['both.internal', { 'both.internal': ['203.0.113.1', '10.0.0.1'] }],
  ])('is never opened in a network that the server is not in: %s', async (host, names) => {
    const { opened, openSocket } = sockets();
    const url = `https://${host}/api/conversations/1`;
    const api = await apiAfterLook({ conversation_url: url }, { openSocket, lookup: resolver(names) });
    expect(await updates(api)).toEqual([]);
    expect(opened).toEqual([]);
  });

  test('looks the host up before each connection, because its address may have changed', async () => {
    const { opened, openSocket } = sockets(1006);
    const answers = ['203.0.113.7', '10.0.0.1'];
    const lookup = async (host: string): Promise<readonly string[]> =>
      Promise.resolve([host === 'agent.test' ? (answers.shift() ?? '10.0.0.1') : '203.0.113.1']);
    const api = await apiAfterLook({}, { openSocket, lookup });
    await updates(api);
    expect(opened).toHaveLength(1);
  });
});

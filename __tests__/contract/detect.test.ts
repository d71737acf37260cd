import { describe, expect, test } from '@jest/globals';

import { apiOf, detect, type Detected, type Purpose } from '../../src/openhands/detect.ts';
import { API_VERSIONS, type ApiVersion, type WantedApi } from '../../src/port/api-version.ts';
import { Interruption } from '../../src/port/interruption.ts';
import { begin } from '../support/begin.ts';
import { problemIn, rejection, testClient } from '../support/client.ts';
import { nock } from '../support/offline.ts';
import { said } from '../support/said.ts';

const ORIGIN = 'https://openhands.test';
const V1 = '/api/v1/app-conversations';
const ACCOUNT = '/api/v1/users/me';
const ID = '7d0f7d1e-4d8f-4b3c-9a55-b1c2d3e4f506';
const THINK = { id: ID, message: said('Think') };
const NOT_FOUND = { detail: 'Not Found' };
const PAGE = ['<!doctype html><title>OpenHands</title>', { 'content-type': 'text/html' }] as const;
const never = new AbortController().signal;

/** The answers of a server without V1. */
const NO_V1: readonly (readonly [status: number, body: string, headers: Record<string, string>])[] = [
  [404, '{"detail":"Not Found"}', {}],
  [405, '{"detail":"Method Not Allowed"}', {}],
  [200, ...PAGE],
];

/** Sets up the answer to the read of V1. */
function v1Answers(status = 200, body: string | object = [null], headers = {}): void {
  nock(ORIGIN).get(V1).query(true).reply(status, body, headers);
}
/** Sets up the answer of /server_info. */
function serverInfo(status: number, info: string | object = NOT_FOUND, headers = {}): void {
  nock(ORIGIN).get('/server_info').reply(status, info, headers);
}
/** Sets up the answer of a server with V0 to the read of a conversation that it does not have. */
function v0Answers(): void {
  nock(ORIGIN)
    .get(/^\/api\/conversations\/[0-9-]+$/)
    .reply(200, 'null');
}
const isAgentServer = (): void => {
  serverInfo(200, { title: 'OpenHands Agent Server', version: '1.58.2' });
};

const detected = async (wanted: WantedApi = 'auto', purpose: Partial<Purpose> = {}): Promise<Detected> =>
  detect(wanted, testClient(ORIGIN), { hasKey: false, ...purpose }, never);

test.each(API_VERSIONS)('%s is what its API says that it is', (version) => {
  expect(apiOf(version, testClient(ORIGIN)).version).toBe(version);
});

test.each<ApiVersion>(['v1', 'v0'])('%s takes no request if it is wanted', async (wanted) => {
  expect((await detected(wanted)).api.version).toBe(wanted);
});

describe('the page of a conversation on an agent server', () => {
  const frontend = {
    kind: 'static',
    url: 'https://elsewhere.test',
    url_from_agent: 'https://elsewhere.test',
  };
  const runtime = (mode: unknown, services: unknown): object => ({ runtime_services: { mode, services } });

  test.each([
    ['that has a frontend', runtime('agent-canvas', { frontend }), '/conversations/', ''],
    ['that is the Docker image', runtime('docker', {}), '/canvas/conversations/', '/canvas'],
    ['with a frontend in Docker', runtime('docker', { frontend }), '/canvas/conversations/', '/canvas'],
    ['with a mode that is no word', runtime('../../x', { frontend }), '/conversations/', ''],
  ])('%s is below base-url, whatever the server names', async (_, more, path, list) => {
    const answer = { title: 'OpenHands Agent Server', version: '1.49.1', ...more };
    v1Answers(404, NOT_FOUND);
    for (const wanted of ['auto', 'agent-server'] as const) {
      serverInfo(200, answer);
      const { api } = await detected(wanted);
      expect(api.conversation(ID)).toEqual({ id: ID, url: `${ORIGIN}${path}${ID}` });
      expect(api.list).toBe(`${ORIGIN}${list}`);
    }
  });
});

describe('api-version: auto', () => {
  test.each(NO_V1)('uses V0 if V1 is answered with %d %s', async (...answer) => {
    v1Answers(...answer);
    serverInfo(404);
    v0Answers();
    expect((await detected()).api.version).toBe('v0');
  });

  test.each<[number, string | object, Record<string, string>]>([
    [200, ...PAGE],
    [405, NOT_FOUND, {}],
  ])('uses V0 if /server_info is answered with %d %j', async (...answer) => {
    v1Answers(404, NOT_FOUND);
    serverInfo(...answer);
    v0Answers();
    expect((await detected()).api.version).toBe('v0');
  });

  test('takes no request more for V0 if /server_info is answered', async () => {
    v1Answers(404, NOT_FOUND);
    serverInfo(200, { uptime: 1 });
    expect((await detected()).api.version).toBe('v0');
  });

  test.each([
    ['idempotency-key', { hasKey: true }],
    ['no key', {}],
  ])('names base-url first if the address answers 404 to everything: %s', async (_, purpose) => {
    nock(ORIGIN).persist().get(/./).reply(404, NOT_FOUND);
    expect(await problemIn(detected('auto', purpose))).toMatchObject({
      failedTo: 'find out which API the server has',
      because: 'HTTP 404: Not Found',
      advice: expect.stringMatching(/^check base-url, /),
      kind: 'not-found',
    });
  });

  test('uses the agent server if the server has no V1 and says that it is an agent server', async () => {
    v1Answers(404, NOT_FOUND);
    isAgentServer();
    expect((await detected()).api.version).toBe('agent-server');
  });

  test.each([401, 422])('takes %d for a failure, and not for a version', async (status) => {
    v1Answers(status, { detail: 'no' });
    expect(await problemIn(detected())).toMatchObject({
      failedTo: 'find out which API the server has',
      because: `HTTP ${status}: no`,
    });
  });

  test.each([401])('takes %d of /server_info for a failure, too', async (status) => {
    v1Answers(404, NOT_FOUND);
    serverInfo(status, { detail: 'no' });
    expect(await problemIn(detected())).toMatchObject({ because: `HTTP ${status}: no` });
  });

  test('sends nothing after a cancel', async () => {
    const cancel = new Interruption('cancel');
    const signal = AbortSignal.abort(cancel);
    expect(await rejection(detect('auto', testClient(ORIGIN), { hasKey: false }, signal))).toBe(cancel);
  });

  test('fails before it asks V0 if an input needs V1', async () => {
    v1Answers(404, NOT_FOUND);
    serverInfo(404);
    v0Answers();
    expect((await begin(ORIGIN, 'auto', { ...THINK, model: 'm' })).outcome).toMatchObject({
      problem: {
        because: 'model needs API V1 or an agent server, which this server does not offer',
        advice: 'check that base-url is the address of such a server, or leave model out',
      },
    });
  });

  test('starts nothing with V1 if an input is for agent servers only', async () => {
    v1Answers();
    const agentServer = { llmApiKey: 'sk-llm-123', given: ['llm-api-key'] };
    const begun = await begin(ORIGIN, 'auto', { ...THINK, agentServer });
    expect(begun.version).toBe('v1');
    expect(begun.outcome).toMatchObject({
      problem: {
        because: 'llm-api-key is for an agent server, and this server is not one',
        kind: 'input',
      },
    });
  });
});

describe('the account that a key is bound to', () => {
  const keyed = async (): Promise<Detected> => detected('auto', { hasKey: true });

  test('is the one of the API key, whose read shows that the server has V1', async () => {
    nock(ORIGIN).get(ACCOUNT).reply(200, { id: 'account-1' });
    expect(await keyed()).toMatchObject({ api: { version: 'v1' }, account: { id: 'account-1' } });
  });

  test('is the only one of an agent server', async () => {
    nock(ORIGIN).get(ACCOUNT).reply(404, NOT_FOUND);
    isAgentServer();
    expect(await keyed()).toMatchObject({
      api: { version: 'agent-server' },
      account: { id: 'agent-server' },
    });
  });

  test.each(NO_V1)('fails if the server has neither V1 nor is an agent server: %d %s', async (...answer) => {
    nock(ORIGIN)
      .get(ACCOUNT)
      .reply(...answer);
    serverInfo(200, { uptime: 1 });
    expect(await problemIn(keyed())).toMatchObject({
      failedTo: 'start the conversation',
      because: 'idempotency-key needs API V1 or an agent server, which this server does not offer',
      advice: 'check that base-url is the address of such a server, or leave idempotency-key out',
    });
  });
});

describe('an existing conversation', () => {
  test('with an id that is not a UUID can be one of V0', async () => {
    v1Answers(404, NOT_FOUND);
    serverInfo(404);
    v0Answers();
    expect((await detected('auto', { id: 'abc1234' })).api.version).toBe('v0');
  });

  test.each(['v1', 'agent-server'])('has a UUID with %s: another id fails at once', async (version) => {
    v1Answers(version === 'v1' ? 200 : 404);
    if (version !== 'v1') isAgentServer();
    expect(await problemIn(detected('auto', { id: 'abc1234' }))).toMatchObject({
      failedTo: 'attach to the conversation',
      because: '"abc1234" is not a UUID, as all ids of this server are',
      advice: 'check conversation-id and base-url',
      kind: 'input',
    });
  });

  test('is looked at with V1 alone if v1 is wanted, whatever the server answers', async () => {
    v1Answers(404, NOT_FOUND);
    const { api } = await detected('v1', { id: ID });
    expect(await problemIn(api.look([ID], never))).toMatchObject({ because: 'HTTP 404: Not Found' });
  });

  test('is looked at again after a web page once the version is known', async () => {
    v1Answers();
    const { api } = await detected('auto', { id: ID });
    v1Answers(200, ...PAGE);
    v1Answers(200, [{ id: ID, sandbox_id: 's', sandbox_status: 'RUNNING', execution_status: 'running' }]);
    expect(await api.look([ID], never)).toMatchObject([{ phase: 'agent running' }]);
  });
});

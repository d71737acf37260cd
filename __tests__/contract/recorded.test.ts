import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';

import { expect, test } from '@jest/globals';

import type { Exchange } from '../../live/record.ts';
import { isRecord, type Json, parseJson } from '../../simulator/json.ts';
import { v1Api } from '../../src/openhands/v1/api.ts';
import type { ConversationApi, StartAnswer } from '../../src/port/api.ts';
import type { Place } from '../../src/port/place.ts';
import { testClient } from '../support/client.ts';
import { nock } from '../support/offline.ts';
import { said } from '../support/said.ts';

/**
 * Answers that OpenHands' own server gave, recorded by `npm run test:live -- --record`. So the client is tested with
 * real answers on a machine without that server.
 */
const ORIGIN = 'http://127.0.0.1:3000';
const never = new AbortController().signal;

function isExchange(value: unknown): value is Exchange {
  return (
    isRecord(value) &&
    ['method', 'path', 'type'].every((name) => typeof value[name] === 'string') &&
    typeof value['status'] === 'number' &&
    'body' in value
  );
}

function readRecording(name: string): readonly Exchange[] {
  const file = join(import.meta.dirname, '../../live/recorded', `${name}.json`);
  const recording = parseJson(readFileSync(file, 'utf8'));
  const exchanges: unknown = isRecord(recording) ? recording['exchanges'] : undefined;
  if (!Array.isArray(exchanges) || !exchanges.every(isExchange)) throw new Error(`${file} is no recording`);
  return exchanges;
}

function matches(body: unknown, recorded: Json | undefined): boolean {
  return recorded === undefined || isDeepStrictEqual(body, recorded);
}

/**
 * A client with a replay of the recorded server: each path gives its answers in the recorded order, and repeats the
 * last.
 */
function replayed(name: string): { readonly api: ConversationApi; readonly secrets: readonly string[] } {
  const answers = new Map<string, Exchange[]>();
  for (const exchange of readRecording(name)) {
    const key = `${exchange.method} ${exchange.path}`;
    answers.set(key, [...(answers.get(key) ?? []), exchange]);
  }
  for (const [key, queue] of answers) {
    const [method = '', path = ''] = key.split(' ');
    nock(ORIGIN)
      .intercept(path, method, (body: unknown) => matches(body, queue[0]?.request))
      .reply(() => {
        const next = queue.length > 1 ? queue.shift() : queue[0];
        if (next === undefined) throw new Error('nothing is recorded');
        return [next.status, JSON.stringify(next.body), { 'content-type': next.type }];
      })
      .persist();
  }
  // Of the agents' own servers, nothing is recorded.
  nock(/^http:\/\/localhost:\d+$/)
    .get(/^\/api\/conversations\//)
    .optionally()
    .replyWithError('gone')
    .persist();
  const client = testClient(ORIGIN);
  return { api: v1Api(client), secrets: client.secrets };
}

/** Starts the recorded conversation as the recorded step did, and follows the start until it has ended. */
async function started(api: ConversationApi, name: string, script: string): Promise<string> {
  const [first] = readRecording(name);
  const id: unknown = isRecord(first?.request) ? first.request['conversation_id'] : undefined;
  if (typeof id !== 'string') throw new Error('the recorded start has no id');
  const message = `Do what the script says.\nscript: ${script}`;
  let place: Place | StartAnswer = await api.start({ id, message: said(message) }, never);
  expect(place).toMatchObject({ kind: 'pending', phase: 'working' });
  for (let looks = 0; place.kind === 'pending' && looks < 20; looks += 1) {
    place = await api.readStart(place.task, never);
  }
  // The server honors the chosen id, and writes it without its dashes.
  expect(place).toMatchObject({ kind: 'created', id: id.replaceAll('-', '') });
  return id.replaceAll('-', '');
}

const FINISHED = {
  phase: 'agent finished',
  state: { kind: 'ended', ending: 'finished' },
  whenToReadStored: 'never',
};
const RUNNING = { phase: 'agent running', state: { kind: 'active' }, whenToReadStored: 'never' };

test('an agent that calls the finish tool has finished', async () => {
  const { api, secrets } = replayed('finish');
  const id = await started(api, 'finish', 'finish');
  // How many looks it takes until the end differs between recordings.
  let [seen] = await api.look([id], never);
  for (let looks = 0; seen?.state.kind === 'active' && looks < 20; looks += 1) {
    expect(seen).toMatchObject(RUNNING);
    [seen] = await api.look([id], never);
  }
  expect(seen).toMatchObject({ ...FINISHED, facts: { pullRequests: [] } });
  // The statistics are all zero, which means unknown.
  expect(seen?.facts).not.toHaveProperty('costUsd');
  // The title by the model comes about three seconds after the start, or only at the end.
  expect(['Scripted title', undefined]).toContain(seen?.facts?.title);
  expect(await api.readStoredEnd(id, never)).toMatchObject({
    complete: true,
    answer: 'All **done**: hello.txt says hello.',
    steps: { steps: [{ kind: 'action', text: 'Write a greeting' }], isCut: false },
  });
  expect(secrets).toContain('key-of-the-sandbox');
});

test('an agent that ends with a plain message has finished, too', async () => {
  const { api } = replayed('message');
  const id = await started(api, 'message', 'message');
  expect(await api.look([id], never)).toMatchObject([FINISHED]);
  expect(await api.readStoredEnd(id, never)).toMatchObject({
    complete: true,
    answer: '2 + 2 is 4.',
    // The message is the answer, and so not a step.
    steps: { steps: [] },
  });
});

test('an agent that fails has a reason once later events are stored', async () => {
  const { api } = replayed('failure');
  const id = await started(api, 'failure', 'fail');
  expect(await api.look([id], never)).toMatchObject([{ state: { kind: 'ended', ending: 'error' } }]);
  expect(await api.readStoredEnd(id, never)).toMatchObject({ complete: false, steps: { steps: [] } });
  let result = await api.readStoredEnd(id, never);
  for (let reads = 0; !result.complete && reads < 20; reads += 1) result = await api.readStoredEnd(id, never);
  expect(result).toMatchObject({
    complete: true,
    reason: 'LLMBadRequestError: litellm.BadRequestError: OpenAIException - no credit is left',
    steps: { steps: [{ kind: 'error', text: expect.stringContaining('no credit is left') }] },
  });
});

test('an agent whose sandbox is paused while it works runs again after a resume', async () => {
  const { api } = replayed('pause');
  const id = await started(api, 'pause', 'long');
  // The action has sent this request only since the recording.
  nock(ORIGIN).get('/api/v1/app-conversations/start-tasks/search').query(true).reply(200, { items: [] });
  expect(await api.stop(id, never)).toBe('stopped');
  expect(await api.look([id], never)).toMatchObject([
    { phase: 'sandbox paused', state: { kind: 'paused' }, whenToReadStored: 'on-change' },
  ]);
  expect(await api.readStored(id, never)).toEqual({
    phase: 'agent running',
    state: { kind: 'active' },
  });
  // The recorded sandbox has the id of its conversation.
  await api.resume(id, never);
  expect(await api.look([id], never)).toMatchObject([RUNNING]);
});

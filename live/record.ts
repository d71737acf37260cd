import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';

import { format } from 'prettier';

import { isJson, isRecord, type Json, parseJson } from '../simulator/json.ts';
import { listen } from './listen.ts';
import type { Server } from './server.ts';
import { act, ask, asking, changeSandbox, readConversation, type Stage } from './stage.ts';

/** A request of the action and the server's response. */
export interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly request?: Json;
  readonly status: number;
  readonly type: string;
  readonly body: Json;
}

const FOLDER = join(import.meta.dirname, 'recorded');
const SERVER = 'openhands-ai 1.11.0, RUNTIME=process';
const MAX_TEXT = 200;
/** Large parts of responses that are of no use here: the model's settings, schemas, skills. */
const LEFT_OUT = new Set(['agent', 'tools', 'dynamic_context', 'agent_context', 'stats', 'usage_to_metrics']);

/** Records the requests and responses of steps, one file for each scenario. */
export async function record(stage: Stage): Promise<boolean> {
  await mkdir(FOLDER, { recursive: true });
  for (const [name, inputs] of [
    ['finish', asking('finish')],
    ['message', asking('message')],
    ['failure', asking('fail')],
  ] as const) {
    await recordOne(stage, name, inputs);
  }
  // The cancellation pauses the sandbox. The requests of a step that waits afterwards are sent here.
  await recordOne(stage, 'pause', asking('long'), async (server, id) => {
    const events = `/api/v1/conversation/${id}/events/search?sort_order=TIMESTAMP_DESC`;
    await readConversation(server, id);
    await ask(server, 'GET', `${events}&kind__eq=ConversationStateUpdateEvent&limit=20`);
    await changeSandbox(server, id, 'resume');
    await readConversation(server, id);
  });
  return true;
}

async function recordOne(
  stage: Stage,
  name: string,
  inputs: Readonly<Record<string, string>>,
  after?: (server: Server, id: string) => Promise<void>,
): Promise<void> {
  const exchanges: Exchange[] = [];
  const server = createServer((request, response) => {
    pass(request, response, stage.open, exchanges).catch(() => response.destroy());
  });
  const { port, close } = await listen(server);
  const url = `http://127.0.0.1:${port}`;
  const proxy: Server = { ...stage.open, url };
  const run = await act(
    stage,
    proxy,
    { ...inputs, poll: 'true' },
    after && { signal: { after: (log) => log.includes('Agent running'), send: 'SIGINT' } },
  );
  await after?.(proxy, run.outputs['conversation-id'] ?? '');
  await close();
  const file = join(FOLDER, `${name}.json`);
  const recorded = exchanges.filter((each) => !each.path.startsWith('/api/v1/sandboxes/search'));
  const text = withoutMachine(JSON.stringify(withoutRepetition(recorded).map(trimmed)), stage, url);
  const content = { server: SERVER, exchanges: parseJson(text) };
  await writeFile(file, await format(JSON.stringify(content), { parser: 'json', printWidth: 110 }));
  console.log(`recorded ${name}: ${recorded.length} exchanges`);
}

/** Forwards a request to the server and the response to the client, and records both. */
async function pass(
  request: IncomingMessage,
  response: ServerResponse,
  server: Server,
  exchanges: Exchange[],
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
  const sent = Buffer.concat(chunks).toString('utf8');
  const { method = 'GET', url: path = '/' } = request;
  const answer = await fetch(server.url + path, {
    method,
    headers: server.headers,
    ...(sent !== '' && { body: sent }),
  });
  const text = await answer.text();
  const type = answer.headers.get('content-type') ?? '';
  const asked = parseJson(sent);
  exchanges.push({
    method,
    path,
    ...(asked !== undefined && { request: asked }),
    status: answer.status,
    type,
    body: parseJson(text) ?? text,
  });
  response.writeHead(answer.status, { 'content-type': type }).end(text);
}

/** Removes exchanges that repeat the previous one of the same path. */
function withoutRepetition(exchanges: readonly Exchange[]): readonly Exchange[] {
  const last = new Map<string, string>();
  return exchanges.filter((exchange) => {
    const now = JSON.stringify(exchange).replaceAll(/"updated_at":"[^"]*"/g, '');
    const same = last.get(exchange.path) === now;
    last.set(exchange.path, now);
    return !same;
  });
}

function trimmed(exchange: Exchange): Json {
  const { body, ...rest } = exchange;
  return { ...rest, body: short(body) };
}

/** Shortens long texts of a value, and empties its large parts. */
function short(value: Json): Json {
  if (typeof value === 'string') {
    return value.length <= MAX_TEXT ? value : `${value.slice(0, MAX_TEXT)}… (${value.length} characters)`;
  }
  if (Array.isArray(value)) return value.map((item: Json) => short(item));
  if (!isRecord(value)) return value;
  const entries = Object.entries(value).map(([name, member]): [string, Json] => {
    if (LEFT_OUT.has(name)) return [name, Array.isArray(member) ? [] : {}];
    return [name, isJson(member) ? short(member) : null];
  });
  return Object.fromEntries(entries);
}

/** Replaces what is specific to this machine: addresses, ports, folders, and keys of sandboxes. */
function withoutMachine(text: string, { open, model }: Stage, proxy: string): string {
  const root = open.log.replace(/\/[^/]+\/server\.log$/, '');
  return text
    .replaceAll(proxy, 'http://127.0.0.1:3000')
    .replaceAll(open.url, 'http://127.0.0.1:3000')
    .replaceAll(new URL(model.url).origin, 'http://127.0.0.1:4000')
    .replaceAll(/http:\/\/localhost:\d+/g, 'http://localhost:8000')
    .replaceAll(root, '/tmp/live')
    .replaceAll(/"session_api_key":"[^"]+"/g, '"session_api_key":"key-of-the-sandbox"')
    .replaceAll(/"(py_interpreter_path|hostname|username)":"[^"]*"/g, '"$1":""');
}

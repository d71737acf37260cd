import {
  type Check,
  contentText,
  flag,
  hasPictures,
  listOf,
  object,
  oneOf,
  optional,
  text,
} from '../body-checks.ts';
import { timeOf } from '../clock.ts';
import { isUuid } from '../ids.ts';
import { isRecord, type JsonObject } from '../json.ts';
import { type Call, invalid, json, refuse, type Reply } from '../reply.ts';
import { answerAboutChanges, isAboutChanges } from './archive.ts';
import type { Conversation } from './conversation.ts';
import { download } from './download.ts';
import type { StoredEvent } from './order.ts';
import { pageOf } from './paging.ts';
import type { Scope, Store } from './store.ts';
import { renderAgentConversation } from './v1-render.ts';
import { renderEvent } from './v1-render-events.ts';

const PART = object({
  type: optional(oneOf(['text', 'image'])),
  text: optional(text),
  image_urls: optional(listOf(text)),
});

/** A part of a message. Nobody looks into a picture. Source: `TextContent` and `ImageContent` in OpenHands/software-agent-sdk. */
export const MESSAGE_PART: Check = (value, loc) => {
  const isImage = isRecord(value) && value['type'] === 'image';
  const missing = isImage ? 'image_urls' : 'text';
  const lacks = isRecord(value) && value[missing] === undefined;
  return lacks ? [{ loc: [...loc, missing], msg: 'Field required', type: 'missing' }] : PART(value, loc);
};

/** Source: `SendMessageRequest` in OpenHands/software-agent-sdk, where nothing is required. */
export const MESSAGE = object({
  role: optional(oneOf(['user', 'system', 'assistant', 'tool'])),
  content: optional(listOf(MESSAGE_PART)),
  run: optional(flag),
});

const MAX_IDS = 99;
const LIST = '/api/conversations';
const ONE =
  /^\/api\/conversations\/([^/]+)(?:\/(run|pause|interrupt|events|events\/search|agent_final_response))?$/;
const SEARCH = `${LIST}/search`;
const TRAJECTORY = /^\/api\/file\/download-trajectory\/([^/]+)$/;

/** Returns the text of the agent's last finish or message; empty if there is none. */
function finalText(events: readonly StoredEvent[]): string {
  for (const { happening } of events.toReversed()) {
    if (happening.kind === 'finish' || happening.kind === 'agent-message') return happening.text;
  }
  return '';
}

function listByIds(call: Call, { find }: Scope): Reply {
  const ids = call.query.getAll('ids');
  if (ids.length === 0) return invalid([{ loc: ['query', 'ids'], msg: 'Field required', type: 'missing' }]);
  if (ids.length > MAX_IDS) {
    const msg = `List should have at most ${MAX_IDS} items after validation, not ${ids.length}`;
    return invalid([{ loc: ['query', 'ids'], msg, type: 'too_long' }]);
  }
  const wrong = ids.findIndex((id) => !isUuid(id));
  if (wrong >= 0) return noUuid('query', 'ids', wrong);
  return json(
    200,
    ids.map((id) => {
      const conversation = find(id);
      return conversation === undefined ? null : renderAgentConversation(conversation);
    }),
  );
}

/** Answers with the conversations of a status, newest first. */
function search({ query }: Call, { store, find }: Scope): Reply {
  const shown = store.all().filter((each) => find(each.names.id) === each);
  const items = shown
    .toReversed()
    .map(renderAgentConversation)
    .filter((each) => (query.get('status') ?? each['execution_status']) === each['execution_status']);
  const page = pageOf(items, query);
  return json(200, { items: page.items, next_page_id: page.next });
}

function noUuid(...loc: readonly (string | number)[]): Reply {
  return invalid([{ loc, msg: 'Input should be a valid UUID', type: 'uuid_parsing' }]);
}

/** Answers a search for events. `kindIs` is the name of the parameter for the kind. Only an agent server can search by the source. */
export function findEvents(call: Call, events: readonly StoredEvent[], kindIs: 'kind' | 'kind__eq'): Reply {
  const since = timeOf(call.query.get('timestamp__gte'));
  const kind = call.query.get(kindIs);
  const source = kindIs === 'kind' ? call.query.get('source') : null;
  const found = events
    .filter(({ at }) => at >= since)
    .map(renderEvent)
    .filter((event) => kind === null || event['kind'] === kind)
    .filter((event) => source === null || event['source'] === source);
  const sorted = call.query.get('sort_order') === 'TIMESTAMP_DESC' ? found.toReversed() : found;
  const { items, next } = pageOf(sorted, call.query);
  return json(200, { items, next_page_id: next });
}

function read(call: Call, conversation: Conversation, what: string | undefined): Reply | undefined {
  switch (what) {
    case undefined:
      return json(200, renderAgentConversation(conversation));
    case 'agent_final_response':
      return json(200, { response: finalText(conversation.events) });
    case 'events/search':
      // All events at once, not in batches. Unlike the app server, this one takes a time with a zone, too.
      return findEvents(call, conversation.events, 'kind');
    default:
      return undefined;
  }
}

function receive(call: Call, { store }: Scope, conversation: Conversation): Reply {
  const problems = MESSAGE(call.body, ['body']);
  if (problems.length > 0) return invalid(problems);
  const message = contentText(call.body);
  const runs = isRecord(call.body) && call.body['run'] === true;
  conversation.receive(
    store.clock.now(),
    message,
    runs ? store.scenarioFor(message, hasPictures(call.body)) : undefined,
  );
  return json(200, { success: true });
}

function act(
  call: Call,
  scope: Scope,
  conversation: Conversation,
  action: string | undefined,
): Reply | undefined {
  const now = scope.store.clock.now();
  switch (action) {
    case 'run':
      return conversation.run(now)
        ? json(200, { success: true })
        : refuse(409, 'Conversation already running. Wait for completion or pause first.');
    case 'pause':
    case 'interrupt':
      // Seen with a standalone server: it also pauses an agent that has not started yet.
      if (conversation.situation.agent === 'working' || isIdleAlone(conversation))
        conversation.pause(now, action === 'pause' ? 'agent' : 'interrupt');
      return json(200, { success: true });
    case 'events':
      return receive(call, scope, conversation);
    default:
      return undefined;
  }
}

/** Answers a request for the trajectory; `undefined` if the path is another one. */
function trajectory(path: string, { find }: Scope): Reply | undefined {
  const [, id] = TRAJECTORY.exec(path) ?? [];
  if (id === undefined) return undefined;
  const conversation = find(id);
  return download(id, conversation, conversation?.events);
}

/** Answers a request about one conversation; `undefined` if the path is another one. */
function answerOne(call: Call, path: string, scope: Scope): Reply | undefined {
  const [, id, what] = ONE.exec(path) ?? [];
  if (id === undefined) return undefined;
  if (!isUuid(id)) return noUuid('path', 'conversation_id');
  const conversation = scope.find(id);
  if (conversation === undefined) return refuse(404, 'Not Found');
  if (call.method === 'GET') return read(call, conversation, what);
  return call.method === 'POST' ? act(call, scope, conversation, what) : undefined;
}

function isIdleAlone({ order, situation }: Conversation): boolean {
  return order.version === 'agent-server' && situation.agent === 'idle';
}

/** Whether the agent servers are down, and come back. */
export function isRestarting({ clock, process }: Store): boolean {
  return clock.now() < process.upSince;
}

/** Returns what an agent server tells about itself. The uptime is in whole seconds. */
export function serverInfo(upSince: number, { clock }: Store): JsonObject {
  const uptime = Math.floor((clock.now() - upSince) / 1000);
  return { uptime, idle_time: 0, title: 'OpenHands Agent Server' };
}

/** Whether a path belongs to the API of agent servers, with any method. */
export function isAgentApi(path: string): boolean {
  return path === LIST || isAboutChanges(path) || TRAJECTORY.test(path) || ONE.test(path);
}

/**
 * Answers requests about conversations, as every agent server does. `path` is relative to the server's address. Returns
 * `undefined` for unknown paths and methods. Source: conversation_router.py and event_router.py in
 * OpenHands/software-agent-sdk; seen with 1.58.2.
 */
export function answerAgentApi(call: Call, path: string, scope: Scope): Reply | undefined {
  if (call.method !== 'GET') return answerOne(call, path, scope);
  if (isAboutChanges(path)) return answerAboutChanges(call, path, scope);
  if (path === SEARCH) return search(call, scope);
  return path === LIST ? listByIds(call, scope) : (trajectory(path, scope) ?? answerOne(call, path, scope));
}

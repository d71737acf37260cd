import {
  type Check,
  contentText,
  flag,
  listOf,
  object,
  oneOf,
  optional,
  text,
  textOf,
  uuid,
} from '../body-checks.ts';
import { isRecord, type Json, type JsonObject } from '../json.ts';
import { type Call, invalid, json, refuse, type Reply } from '../reply.ts';
import { MESSAGE, MESSAGE_PART } from './agent-api.ts';
import type { Conversation } from './conversation.ts';
import { download } from './download.ts';
import type { Order } from './order.ts';
import type { SimulatorOptions } from './server-options.ts';
import type { Store } from './store.ts';
import type { Story } from './story.ts';
import {
  listConversations,
  listSandboxes,
  listTasks,
  searchConversations,
  searchEvents,
  searchTasks,
} from './v1-lists.ts';
import { renderStartTask } from './v1-render.ts';
import { BOX_NAMES } from './vocabulary.ts';

/** The account of every conversation. Self-hosted servers have none. */
const ACCOUNT_ID = 'c0ffee00-0000-4000-8000-000000000001';

const PROVIDERS = [
  'github',
  'gitlab',
  'bitbucket',
  'bitbucket_data_center',
  'forgejo',
  'azure_devops',
  'enterprise_sso',
];
const START_BODY = object({
  initial_message: optional(MESSAGE),
  conversation_id: optional(uuid),
  selected_repository: optional(text),
  selected_branch: optional(text),
  git_provider: optional(oneOf(PROVIDERS)),
  llm_model: optional(text),
  title: optional(text),
  trigger: optional(text),
});

const MESSAGE_BODY = object({
  role: optional(oneOf(['user'])),
  content: listOf(MESSAGE_PART, 1),
  run: optional(flag),
});

function refuseWrongBody(body: Json | undefined, check: Check): Reply | undefined {
  const problems = check(body, ['body']);
  return problems.length > 0 ? invalid(problems) : undefined;
}

/** Whether the account may not read a repository: those named `no-access`. */
export function isForbidden(repository: string | null): boolean {
  return repository?.endsWith('/no-access') ?? false;
}

function orderOf(call: Call, store: Store, options: SimulatorOptions): Order {
  const body: JsonObject = isRecord(call.body) ? call.body : {};
  const first = contentText(body['initial_message']);
  const isIgnored = (name: string): boolean =>
    name === 'conversation_id' && options.honourConversationId === false;
  const request = Object.fromEntries(Object.entries(body).filter(([name]) => !isIgnored(name)));
  const repository = textOf(body, 'selected_repository');
  return {
    version: 'v1',
    message: first,
    repository,
    branch: textOf(body, 'selected_branch'),
    provider: textOf(body, 'git_provider'),
    model: textOf(body, 'llm_model'),
    title: textOf(body, 'title'),
    trigger: textOf(body, 'trigger'),
    scenario: isForbidden(repository) ? 'no-access' : store.scenarioFor(first),
    request,
    apiKey: call.key || call.sessionKey,
    accountId: accountOf(options),
    at: store.clock.now(),
  };
}

function accountOf({ kind }: SimulatorOptions): string | null {
  return kind === 'self-hosted' ? null : ACCOUNT_ID;
}

function start(call: Call, store: Store, options: SimulatorOptions): Reply {
  const wrong = refuseWrongBody(call.body, START_BODY);
  if (wrong !== undefined) return wrong;
  const id = options.honourConversationId === false ? null : textOf(call.body, 'conversation_id');
  if (id !== null && options.reservesIds === true && store.byId(id) !== undefined)
    return refuse(409, `A conversation with the id ${id} already exists`);
  const conversation = store.add(orderOf(call, store, options), id ?? undefined);
  return json(200, renderStartTask(conversation, call.origin));
}

function sendMessage(call: Call, store: Store, id: string): Reply {
  const wrong = refuseWrongBody(call.body, MESSAGE_BODY);
  if (wrong !== undefined) return wrong;
  const conversation = store.byId(id);
  if (conversation?.situation.presence !== 'shown') return refuse(404, `Conversation ${id} not found`);
  const refusal = refusalOf(conversation);
  if (refusal !== undefined) return refusal;
  const message = contentText(call.body);
  const run = !isRecord(call.body) || call.body['run'] !== false;
  const scenario: Story | undefined = run ? store.scenarioFor(message) : undefined;
  conversation.receive(store.clock.now(), message, scenario);
  return json(200, { success: true, sandbox_status: 'RUNNING', message: null });
}

/** Returns the refusal of a message by the sandbox's state; `undefined` if the sandbox accepts it. */
function refusalOf({ situation, names }: Conversation): Reply | undefined {
  switch (situation.box) {
    case 'running':
    case 'emptied':
    case 'unknown':
      return undefined;
    case 'missing':
    case 'archived':
      return refuse(410, 'Conversation is archived. The sandbox no longer exists.');
    case 'restarting':
      return refuse(502, 'Bad Gateway');
    case 'failed':
      return refuse(503, 'Sandbox is in an error state and cannot accept messages.');
    case 'unregistered':
    case 'starting':
    case 'paused':
    case 'stopped':
      return refuse(
        409,
        `Sandbox is ${BOX_NAMES[situation.box].v1}. Use POST /api/v1/sandboxes/${names.sandboxId}/resume to resume it first.`,
      );
  }
}

function changeSandbox(store: Store, id: string, change: 'pause' | 'resume'): Reply {
  const now = store.clock.now();
  const gone = new Set(['missing', 'archived']);
  const inside = store.inSandbox(id).filter(({ situation }) => !gone.has(situation.box));
  if (inside.length === 0) return refuse(404, 'Not Found');
  for (const conversation of inside) {
    if (change === 'resume') conversation.resumeBox(now);
    else if (conversation.situation.box !== 'paused') conversation.pauseBox(now);
  }
  return json(200, { success: true });
}

function me(options: SimulatorOptions): Reply {
  return json(200, {
    id: accountOf(options),
    email: 'octocat@example.com',
    email_verified: true,
    git_user_name: 'octocat',
    v1_enabled: true,
    sandbox_grouping_strategy: options.grouping ?? 'NO_GROUPING',
    language: 'en',
    user_version: 1,
  });
}

const CONVERSATIONS = '/api/v1/app-conversations';
const EVENTS_PATH = /^\/api\/v1\/conversation\/([^/]+)\/events\/search$/;
const ONE_PATH = /^\/api\/v1\/app-conversations\/([^/]+)\/(send-message|download)$/;
const DELETED_PATH = /^\/api\/v1\/app-conversations\/([^/]+)$/;
const SANDBOX_PATH = /^\/api\/v1\/sandboxes\/([^/]+)\/(pause|resume)$/;

/** Answers requests about the account's Git provider; `undefined` for other requests. */
function answerGit(path: string): Reply | undefined {
  if (path === '/api/v1/users/git-info') return json(200, { id: '1', login: 'octocat', avatar_url: '' });
  return path === '/api/v1/git/repositories/search'
    ? json(200, { items: [], next_page_id: null })
    : undefined;
}

function answerGet(call: Call, store: Store, options: SimulatorOptions): Reply | undefined {
  switch (call.path) {
    case CONVERSATIONS:
      return listConversations(call, store);
    case `${CONVERSATIONS}/search`:
      return searchConversations(call, store);
    case `${CONVERSATIONS}/start-tasks`:
      return listTasks(call, store);
    case `${CONVERSATIONS}/start-tasks/search`:
      return searchTasks(call, store);
    case '/api/v1/users/me':
      return me(options);
    case '/api/v1/sandboxes':
      return listSandboxes(call, store, options.statusDetail);
  }
  const events = EVENTS_PATH.exec(call.path);
  if (events?.[1] !== undefined) return searchEvents(call, store, events[1]);
  const one = ONE_PATH.exec(call.path);
  return one?.[1] !== undefined && one[2] === 'download' ? download(one[1], store.byId(one[1])) : undefined;
}

function answerPost(call: Call, store: Store, options: SimulatorOptions): Reply | undefined {
  if (call.path === CONVERSATIONS) return start(call, store, options);
  const one = ONE_PATH.exec(call.path);
  if (one?.[1] !== undefined && one[2] === 'send-message') return sendMessage(call, store, one[1]);
  const sandbox = SANDBOX_PATH.exec(call.path);
  if (sandbox?.[1] === undefined) return undefined;
  return changeSandbox(store, sandbox[1], sandbox[2] === 'pause' ? 'pause' : 'resume');
}

/** Deletes a conversation, with its sandbox and the record of its start. */
function remove({ path }: Call, store: Store): Reply | undefined {
  const id = DELETED_PATH.exec(path)?.[1];
  if (id === undefined) return undefined;
  return store.remove(id) ? json(200, { success: true }) : refuse(404, 'Conversation not found');
}

/** Answers a request to V1; `undefined` for unknown paths and methods. */
export function answerV1(call: Call, store: Store, options: SimulatorOptions): Reply | undefined {
  if (call.method === 'GET') return answerGit(call.path) ?? answerGet(call, store, options);
  if (call.method === 'DELETE') return remove(call, store);
  return call.method === 'POST' ? answerPost(call, store, options) : undefined;
}

/** Whether a path belongs to V1. */
export function isV1(path: string): boolean {
  return path.startsWith('/api/v1/');
}

import { contentText, hasPictures, object, optional, text, textOf, uuid } from '../body-checks.ts';
import { dashed } from '../ids.ts';
import { isRecord, type Json, type JsonObject } from '../json.ts';
import { type Call, invalid, json, type Problem, refuse, type Reply, webApp } from '../reply.ts';
import { answerAgentApi, isAgentApi, isRestarting, MESSAGE, serverInfo } from './agent-api.ts';
import type { AgentServer } from './agent-server.ts';
import { answerAboutChanges, folderOf, isAboutChanges } from './archive.ts';
import { type Authorization, refuseKeys } from './authorization.ts';
import {
  AGENT_SERVER_VERSION,
  type AgentServerVariant,
  answerProfiles,
  capabilitiesOf,
  PROFILES,
  refusalOf,
  runtimeServices,
  startsTwice,
  toolsOf,
} from './canvas.ts';
import type { Conversation } from './conversation.ts';
import type { Order } from './order.ts';
import type { Scope, Store } from './store.ts';
import { scenarioOf, type Story } from './story.ts';
import { renderAgentConversation } from './v1-render.ts';
import { placeOf, worktreeOf } from './worktree.ts';

/** The parts of a standalone agent server. */
export interface AloneOptions {
  readonly store: Store;
  readonly authorization: Authorization;
  /** How many agents may be at work at once. */
  readonly maxRuns: number;
  readonly variant: AgentServerVariant;
}

const START = '/api/conversations';
/** How long a start takes: until then another one with its id does not see it. */
const SAME_INSTANT_MS = 200;
const START_BODY = object({
  // The real server fails on a workspace without a folder.
  workspace: object({ working_dir: text }),
  conversation_id: optional(uuid),
  initial_message: optional(MESSAGE),
  agent_profile_id: optional(uuid),
  tags: optional(object({})),
});
const NO_AGENT = 'Value error, One of `agent`, `agent_settings`, or `agent_profile_id` must be provided';
const NO_MODEL = 'Value error, model must be specified in LLM';

/** Returns what is wrong with the body of a start, in the server's words; seen with 1.58.2. */
function problemsOf(body: Json | undefined): readonly Problem[] {
  if (!isRecord(body) || body['workspace'] === undefined)
    return [{ loc: ['body', 'workspace'], msg: 'Field required', type: 'missing' }];
  const problems = START_BODY(body, ['body']);
  if (problems.length > 0) return problems;
  const { agent, agent_settings: settings, agent_profile_id: profile } = body;
  const isEmpty = [agent, settings, profile].every((each) => each === undefined || each === null);
  if (isEmpty) return [{ loc: ['body'], msg: NO_AGENT, type: 'value_error' }];
  const source = agent ?? settings;
  const llm = isRecord(source) ? source['llm'] : undefined;
  if (llm === undefined || (isRecord(llm) && typeof llm['model'] === 'string')) return [];
  return [{ loc: ['body'], msg: NO_MODEL, type: 'value_error' }];
}

/** Whether the agent is working or about to. */
function isBusy({ situation, nextAt }: Conversation): boolean {
  return situation.agent === 'working' || (situation.agent === 'idle' && nextAt < Infinity);
}

function isFull({ store, maxRuns }: AloneOptions): boolean {
  return store.all().filter(isBusy).length >= maxRuns;
}

/** Source: `ConversationRunLimitExceeded` in OpenHands/software-agent-sdk. */
function refuseRun(): Reply {
  return refuse(429, 'Conversation run limit reached. Retry the request later.');
}

function orderOf(call: Call, { store, variant }: AloneOptions): Order {
  const body: JsonObject = isRecord(call.body) ? call.body : {};
  const first = body['initial_message'];
  const message = contentText(first);
  const runs = isRecord(first) && first['run'] === true;
  return {
    version: 'agent-server',
    message,
    repository: null,
    branch: null,
    provider: null,
    model: textOf(body, 'agent_settings', 'llm', 'model') ?? textOf(body, 'agent', 'llm', 'model'),
    ...toolsOf(body, variant),
    title: null,
    trigger: null,
    scenario: runs ? store.scenarioFor(message, hasPictures(first)) : 'ignored',
    request: body,
    apiKey: call.sessionKey,
    accountId: null,
    at: store.clock.now(),
  };
}

/** Returns the response to a start of a scenario that other servers refuse: an internal error in this server's format. */
function startFailure(scenario: Story, apiKey: string): Reply | undefined {
  const { refusal } = scenarioOf(scenario);
  if (refusal === undefined) return undefined;
  return internalError(refusal.message.replaceAll('{{apiKey}}', apiKey));
}

/** Returns the answer to a request at which the server has failed. */
function internalError(exception: string): Reply {
  return json(500, { detail: 'Internal Server Error', exception, error_id: '0'.repeat(32) });
}

function start(call: Call, options: AloneOptions): Reply {
  const { store } = options;
  const problems = problemsOf(call.body);
  if (problems.length > 0) return invalid(problems);
  const refused = refusalOf(call.body, options.variant);
  if (refused !== undefined) return refused;
  const id = textOf(call.body, 'conversation_id') ?? undefined;
  const known = id === undefined ? undefined : findShown(store, id);
  if (known !== undefined && !isTakenForFirst(known, options))
    return json(200, renderAgentConversation(known));
  if (isFull(options)) return refuseRun();
  const order = orderOf(call, options);
  const refusal = startFailure(order.scenario, order.apiKey);
  if (refusal !== undefined) return refusal;
  // The second of two starts at the same instant: the agent gets its message, too.
  if (known !== undefined) {
    known.receive(order.at, order.message, order.scenario);
    return json(201, renderAgentConversation(known));
  }
  return create(order, id, options);
}

function create(order: Order, id: string | undefined, { store, variant }: AloneOptions): Reply {
  const place = placeOf(order.request, dashed(id ?? ''), store.repository, variant);
  if ('refusal' in place) return place.refusal;
  const conversation = store.add({ ...order, ...place }, id);
  // The agent does not begin: the server only stores its message.
  if (order.scenario === 'ignored' && order.message !== '')
    conversation.receive(order.at, order.message, undefined);
  return json(201, renderAgentConversation(conversation));
}

/** Whether the server takes a second start for a first one, as it has begun the first one at the same instant. */
function isTakenForFirst({ order }: Conversation, { store, variant }: AloneOptions): boolean {
  return startsTwice(variant) && store.clock.now() - order.at < SAME_INSTANT_MS;
}

function findShown(store: Store, id: string): Conversation | undefined {
  const conversation = store.byId(id);
  return conversation?.situation.presence === 'shown' ? conversation : undefined;
}

/** Whether a request would start an agent beyond the limit of running agents. */
function isTooMuch(call: Call, options: AloneOptions, scope: Scope): boolean {
  const [, id = '', action] = /^\/api\/conversations\/([^/]+)\/(run|events)$/.exec(call.path) ?? [];
  if (call.method !== 'POST' || action === undefined) return false;
  const runs = action === 'run' || (isRecord(call.body) && call.body['run'] === true);
  const conversation = scope.find(id);
  return runs && conversation !== undefined && !isBusy(conversation) && isFull(options);
}

function answerApi(call: Call, options: AloneOptions): Reply | undefined {
  const { scope } = aloneAt(call.path, options);
  if (call.method === 'POST' && call.path === START) return start(call, options);
  if (call.method === 'GET' && call.path === PROFILES) return answerProfiles(options.variant);
  if (call.method === 'GET' && isAboutChanges(call.path))
    return answerAboutChanges(call, call.path, scope, variantOf(call.query.get('path'), options));
  if (!isTooMuch(call, options, scope)) return answerAgentApi(call, call.path, scope);
  // The server stores a message even if the agent cannot run now.
  const hasMessage = call.path.endsWith('/events') && isRecord(call.body);
  if (hasMessage) answerAgentApi({ ...call, body: { ...call.body, run: false } }, call.path, scope);
  return refuseRun();
}

/** Returns the variant for a folder. For the first agent that works in it, the server makes a repository of one that is missing or plain. */
function variantOf(path: string | null, { store, variant }: AloneOptions): AgentServerVariant {
  if (worktreeOf(path ?? '') !== undefined) return { ...variant, folder: 'repository' };
  const isUsed = store.all().some((conversation) => folderOf(conversation) === path);
  const becomesRepository = variant.folder === 'missing' || variant.folder === 'plain';
  return becomesRepository && isUsed ? { ...variant, folder: 'empty' } : variant;
}

function info({ store, variant }: AloneOptions): Reply {
  const version = variant.version ?? AGENT_SERVER_VERSION;
  return json(200, {
    ...serverInfo(store.process.upSince, store),
    ...(variant.hidesVersion !== true && { version, sdk_version: version }),
    capabilities: [...capabilitiesOf(variant)],
    usable_tools: ['terminal', 'file_editor', 'task_tracker'],
    docs: '/docs',
    redoc: '/redoc',
    ...runtimeServices(variant),
  });
}

/** Returns the server for a socket. It is a single process: if that is down, nothing is reachable. */
export function aloneAt(path: string, { store, authorization }: AloneOptions): AgentServer {
  return {
    path,
    scope: { store, find: (id) => findShown(store, id), inSandbox: [] },
    takes: (key) => isKey(authorization, key),
    endsUnreachable: true,
  };
}

/** Whether a key is right. The server without a key also serves requests without one. */
function isKey(authorization: Authorization, key: string): boolean {
  if (authorization.kind === 'open' && key === '') return true;
  return refuseKeys(authorization, { bearer: key, session: key }) === undefined;
}

/** Whether the server's process is down. */
export function isDown(store: Store): boolean {
  return isRestarting(store) || store.all().some((conversation) => !conversation.isReachable);
}

/** Returns the answer to a path that the server does not know. Agent Canvas has a web app there. */
function unknownPath({ method, path }: Call, { variant: { canvas } }: AloneOptions): Reply {
  const isWeb = canvas === 'local' || canvas === 'docker';
  return isWeb && method === 'GET' && !path.startsWith('/api/') ? webApp() : refuse(404, 'Not Found');
}

/**
 * Answers like a standalone agent server: no web app, no web pages, no accounts, and 404 for unknown paths. It accepts its
 * key only in `X-Session-API-Key`. Seen with 1.58.2.
 */
export function answerAlone(call: Call, options: AloneOptions): Reply {
  const { variant } = options;
  if (isDown(options.store)) return refuse(502, 'Bad Gateway');
  const infoPaths = variant.canvas === undefined ? ['/', '/server_info'] : ['/server_info'];
  if (call.method === 'GET' && infoPaths.includes(call.path)) return info(options);
  if (!isAgentApi(call.path) && call.path !== PROFILES) return unknownPath(call, options);
  if (!isKey(options.authorization, call.sessionKey)) return refuse(401, 'Unauthorized');
  if (options.store.process.isDiskFull && call.method === 'POST')
    return internalError('[Errno 28] No space left on device');
  const reply = answerApi(call, options) ?? refuse(405, 'Method Not Allowed');
  return variant.hidesFolder === true ? withoutFolder(reply) : reply;
}

function withoutFolder(reply: Reply): Reply {
  return { ...reply, body: String(reply.body).replaceAll(/"workspace":\{[^}]*\},/g, '') };
}

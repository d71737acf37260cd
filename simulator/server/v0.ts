import { type Check, listOf, object, oneOf, optional, text, textOf } from '../body-checks.ts';
import type { JsonObject } from '../json.ts';
import { type Call, invalid, json, refuse, type Reply } from '../reply.ts';
import type { Conversation } from './conversation.ts';
import type { Store } from './store.ts';
import { scenarioOf, type Story } from './story.ts';
import { renderInfo, renderV0Event } from './v0-render.ts';
import { isForbidden } from './v1.ts';
import { BOX_NAMES } from './vocabulary.ts';

const PROVIDERS = ['github', 'gitlab', 'bitbucket', 'enterprise_sso'];
const anything: Check = () => [];

/** `InitSessionRequest`. The described `conversation_id` is only for nested servers. */
const START_BODY = object(
  {
    initial_user_msg: optional(text),
    repository: optional(text),
    selected_branch: optional(text),
    git_provider: optional(oneOf(PROVIDERS)),
    image_urls: optional(listOf(text)),
    replay_json: optional(text),
    suggested_task: anything,
    create_microagent: anything,
    conversation_instructions: optional(text),
    mcp_config: anything,
  },
  true,
);
const AGAIN_BODY = object({ providers_set: optional(listOf(oneOf(PROVIDERS))) });

/** Returns V0's immediate refusal for a start that would fail later on V1; `undefined` if V0 accepts it. */
function refusalOf(name: Story, apiKey: string): Reply | undefined {
  // V0 uses the same status for a wrong repository and a wrong key.
  if (name === 'no-access')
    return refuse(401, 'The repository is not there, or the account has no access to it.');
  const { refusal } = scenarioOf(name);
  if (refusal === undefined) return undefined;
  const message = refusal.message.replaceAll('{{apiKey}}', apiKey);
  return json(400, { status: 'error', message, msg_id: refusal.id });
}

function start(call: Call, store: Store): Reply {
  const problems = START_BODY(call.body, ['body']);
  if (problems.length > 0) return invalid(problems);
  const message = textOf(call.body, 'initial_user_msg') ?? '';
  const repository = textOf(call.body, 'repository');
  const scenario = isForbidden(repository) ? 'no-access' : store.scenarioFor(message);
  const refusal = refusalOf(scenario, call.key || call.sessionKey);
  if (refusal !== undefined) return refusal;
  const conversation = store.add(
    {
      version: 'v0',
      message,
      repository,
      branch: textOf(call.body, 'selected_branch'),
      provider: textOf(call.body, 'git_provider'),
      model: null,
      title: null,
      trigger: 'openhands_api',
      scenario,
      request: {},
      apiKey: call.key || call.sessionKey,
      accountId: null,
      at: store.clock.now(),
    },
    undefined,
  );
  return json(200, { status: 'ok', conversation_id: conversation.names.id, conversation_status: null });
}

function listEvents(call: Call, conversation: Conversation): Reply {
  const limit = Number(call.query.get('limit') ?? '20');
  if (limit < 1 || limit > 100) return refuse(400, 'Invalid limit');
  const reverse = ['true', '1', 'yes'].includes(call.query.get('reverse') ?? 'false');
  // The bound is inclusive. Source: `EventStore.search_events` in All-Hands-AI/OpenHands.
  const newest = Number(call.query.get('end_id') ?? Number.POSITIVE_INFINITY);
  const within = conversation.events.filter(({ serial }) => serial <= newest);
  const wanted = reverse ? within.toReversed() : within;
  return json(200, { events: wanted.slice(0, limit).map(renderV0Event), has_more: wanted.length > limit });
}

function receive(call: Call, store: Store, conversation: Conversation): Reply {
  if (BOX_NAMES[conversation.situation.box].v0 !== 'RUNNING') {
    return refuse(404, `Conversation ${conversation.names.id} not found`);
  }
  if (textOf(call.body, 'action') === 'change_agent_state') {
    if (textOf(call.body, 'args', 'agent_state') === 'running') conversation.run(store.clock.now());
    return json(200, { success: true });
  }
  const content = textOf(call.body, 'args', 'content');
  if (textOf(call.body, 'action') !== 'message' || content === null) {
    return invalid([{ loc: ['body', 'action'], msg: 'Unknown action', type: 'value_error' }]);
  }
  conversation.receive(store.clock.now(), content, store.scenarioFor(content));
  return json(200, { success: true });
}

function startAgain(call: Call, store: Store, conversation: Conversation): Reply {
  const problems = AGAIN_BODY(call.body, ['body']);
  if (problems.length > 0) return invalid(problems);
  conversation.startAgain(store.clock.now());
  return statusOf(conversation);
}

/**
 * Answers with the status before the stop. A stop has no effect on a conversation that is still starting.
 * Source: `stop_conversation` in All-Hands-AI/OpenHands, manage_conversations.py.
 */
function stop(store: Store, conversation: Conversation): Reply {
  const before = statusOf(conversation);
  if (conversation.situation.box !== 'unregistered') conversation.stop(store.clock.now());
  return before;
}

function statusOf(conversation: Conversation): Reply {
  return json(200, {
    status: 'ok',
    conversation_id: conversation.names.id,
    conversation_status: BOX_NAMES[conversation.situation.box].v0,
  });
}

const PATH = /^\/api\/conversations\/([^/]+)(?:\/(events|start|stop|trajectory))?$/;

function answerGet(call: Call, conversation: Conversation | undefined, what: string): Reply | undefined {
  // Unlike all other routes, this one returns null for an unknown conversation.
  if (what === '') return json(200, conversation ? renderInfo(conversation, call.origin) : null);
  if (conversation?.situation.presence !== 'shown') return refuse(404, notFound(call));
  if (what === 'events') return listEvents(call, conversation);
  if (what === 'trajectory') return json(200, { trajectory: conversation.events.map(renderV0Event) });
  return undefined;
}

function idIn(call: Call): string {
  return PATH.exec(call.path)?.[1] ?? '';
}

function notFound(call: Call): string {
  return `Conversation ${idIn(call)} not found`;
}

/** Returns the answer to a stop of an unknown conversation. */
function notRunning(call: Call): JsonObject {
  return {
    status: 'ok',
    conversation_id: idIn(call),
    message: 'Conversation was not running',
    conversation_status: 'STOPPED',
  };
}

function answerPost(
  call: Call,
  store: Store,
  conversation: Conversation | undefined,
  what: string,
): Reply | undefined {
  if (what !== 'events' && what !== 'start' && what !== 'stop') return undefined;
  if (conversation?.situation.presence !== 'shown') {
    return what === 'stop' ? json(200, notRunning(call)) : refuse(404, notFound(call));
  }
  switch (what) {
    case 'events':
      return receive(call, store, conversation);
    case 'start':
      return startAgain(call, store, conversation);
    case 'stop':
      return stop(store, conversation);
  }
}

/** Answers a request to V0; `undefined` for unknown paths and methods. */
export function answerV0(call: Call, store: Store): Reply | undefined {
  if (call.path === '/api/conversations') return call.method === 'POST' ? start(call, store) : undefined;
  const [, id, what = ''] = PATH.exec(call.path) ?? [];
  if (id === undefined) return undefined;
  const conversation = store.byId(id);
  if (call.method === 'GET') return answerGet(call, conversation, what);
  return call.method === 'POST' ? answerPost(call, store, conversation, what) : undefined;
}

/** Whether a path belongs to V0. */
export function isV0(path: string): boolean {
  return path === '/api/conversations' || path.startsWith('/api/conversations/');
}

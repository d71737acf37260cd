import * as v from 'valibot';

import {
  ApiFailure,
  type ConversationApi,
  type Delivery,
  type Sandbox,
  SEND,
  START,
  type StartRequest,
  V0_GIT_PROVIDERS,
} from '../conversation/api.ts';
import type { Mark, Sighting, State } from '../conversation/conversation.ts';
import type { HttpClient } from './http.ts';
import { type Event, EventPage, findingsIn, personMessageIn, recollectionIn } from './v0-events.ts';
import { FACTS, factsIn, inWords, NOT_LISTED, pagesOf } from './wire.ts';

const CONVERSATIONS = '/api/conversations';
/** The newest few events hold the last change of the agent's state, or show that it works. */
const STATE_EVENTS = 20;
const RESUME = 'resume the conversation';
const EVENTS_PER_PAGE = 100;
/** An answer is among the last events. Further back than this there is none. */
const MOST_PAGES = 10;
const Id = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{1,64}$/, 'an id was expected'));

const Started = v.looseObject({
  status: v.string(),
  conversation_id: v.nullish(Id),
  message: v.nullish(v.string()),
});

const ConversationInfo = v.looseObject({ conversation_id: Id, ...FACTS, status: v.nullish(v.string()) });

/** `conversation_status` is the one before the stop. */
const Stopped = v.looseObject({ status: v.literal('ok'), conversation_status: v.nullish(v.string()) });

/** The V0 API: `/api/conversations`. It knows neither several conversations at once nor a pending start. */
export function v0Api(http: HttpClient): ConversationApi {
  return {
    version: 'v0',
    ...pagesOf(http.baseUrl),

    async start(request, signal) {
      refuseWhatV0Lacks(request);
      const {
        status,
        conversation_id: id,
        message,
      } = await http.sendOnce({ to: START, path: CONVERSATIONS, answer: Started, signal }, startBody(request));
      if (status === 'ok' && id != null) return { kind: 'created', id };
      return { kind: 'failed', reason: message ?? `the server answers with the status ${status}` };
    },

    find: async () => Promise.resolve({ kind: 'untold' }),
    starts: async () => Promise.resolve([]),
    account: async () => Promise.resolve(''),
    startProgress: async (id) => Promise.resolve({ kind: 'created', id }),

    async look(ids, signal) {
      const sightings: Sighting[] = [];
      for (const id of ids) {
        sightings.push(sightingOf(await infoOf(http, id, signal)));
      }
      return sightings;
    },

    async recall(id, signal) {
      const { events } = await eventPage(http, id, { limit: String(STATE_EVENTS) }, signal);
      return recollectionIn(events);
    },

    async findings(id, signal, mark) {
      if (mark === undefined) return findingsIn(eventsBackwards(http, id, signal));
      const { lastMessage } = await markOf(http, id, signal);
      return lastMessage === undefined || lastMessage === mark.lastMessage
        ? { complete: false }
        : findingsIn(eventsBackwards(http, id, signal), lastMessage);
    },

    mark: async (id, signal) => markOf(http, id, signal),

    async send(id, message, signal): Promise<Delivery> {
      const sandbox = await sandboxOf(http, id, signal);
      if (sandbox.kind === 'gone') return sandbox;
      if (sandbox.kind !== 'running') return { kind: 'asleep' };
      await addEvent(http, id, { to: SEND, event: { action: 'message', args: { content: message } } }, signal);
      return { kind: 'delivered' };
    },

    sandbox: async (id, signal) => sandboxOf(http, id, signal),

    async wake(id, signal) {
      await http.send(
        { to: RESUME, path: `${CONVERSATIONS}/${id}/start`, answer: v.unknown(), signal },
        { providers_set: null },
      );
    },

    async halt(id, signal) {
      await stopped(http, id, signal);
    },

    async goOn(id, signal) {
      const { events } = await eventPage(http, id, { limit: String(STATE_EVENTS) }, signal);
      if (recollectionIn(events)?.state.kind !== 'paused') return;
      // Source: `ChangeAgentStateAction` in All-Hands-AI/OpenHands, openhands/events/action/agent.py.
      const event = { action: 'change_agent_state', args: { agent_state: 'running' } };
      await addEvent(http, id, { to: RESUME, event }, signal);
    },

    async stop(id, signal) {
      return (await stopped(http, id, signal)) === 'STOPPED' ? 'not-running' : 'stopped';
    },
  };
}

/** Stops a conversation, and says its status from before. */
async function stopped(http: HttpClient, id: string, signal: AbortSignal): Promise<string | null | undefined> {
  const request = { to: 'stop the agent', path: `${CONVERSATIONS}/${id}/stop`, answer: Stopped, signal };
  return (await http.send(request, {})).conversation_status;
}

async function addEvent(
  http: HttpClient,
  id: string,
  { to, event }: { readonly to: string; readonly event: object },
  signal: AbortSignal,
): Promise<void> {
  await http.send({ to, path: `${CONVERSATIONS}/${id}/events`, answer: v.unknown(), signal }, event);
}

async function infoOf(
  http: HttpClient,
  id: string,
  signal: AbortSignal,
): Promise<v.InferOutput<typeof ConversationInfo> | null> {
  return http.read({
    to: 'read the status of the conversation',
    path: `${CONVERSATIONS}/${id}`,
    answer: v.nullable(ConversationInfo),
    signal,
  });
}

/** What runs the agent. V0 knows no other name for it than the conversation's. */
async function sandboxOf(http: HttpClient, id: string, signal: AbortSignal): Promise<Sandbox> {
  const info = await infoOf(http, id, signal);
  if (info === null) return { kind: 'gone', reason: 'the server does not know the conversation' };
  const status = info.status ?? 'STOPPED';
  switch (status) {
    case 'RUNNING':
      return { kind: 'running', handle: id };
    case 'STOPPED':
      return { kind: 'paused', handle: id };
    case 'ARCHIVED':
    case 'ERROR':
      return { kind: 'gone', reason: `the conversation is ${inWords(status)}` };
    default:
      return { kind: 'starting', handle: id };
  }
}

function refuseWhatV0Lacks({ workplace, llmModel }: StartRequest): void {
  const lacks =
    llmModel !== undefined
      ? 'llm-model'
      : workplace !== undefined && !V0_GIT_PROVIDERS.includes(workplace.gitProvider)
        ? `git-provider ${workplace.gitProvider}`
        : undefined;
  if (lacks === undefined) return;
  throw new ApiFailure({
    failedTo: START,
    because: `the server speaks API V0 only, and ${lacks} needs V1`,
    todo: `leave ${lacks} out, or use a server with API V1`,
  });
}

function startBody({ message, workplace }: StartRequest): Record<string, unknown> {
  return {
    initial_user_msg: message,
    ...(workplace && {
      repository: workplace.repository,
      git_provider: workplace.gitProvider,
      ...(workplace.branch !== undefined && { selected_branch: workplace.branch }),
    }),
  };
}

function sightingOf(info: v.InferOutput<typeof ConversationInfo> | null): Sighting {
  return info === null ? NOT_LISTED : { ...stateOf(info.status ?? 'STOPPED'), facts: factsIn(info) };
}

/** Source: `ConversationStatus` in All-Hands-AI/OpenHands, openhands/storage/data_models/conversation_status.py. */
const STATES: ReadonlyMap<string, State> = new Map([
  ['STARTING', { kind: 'active' }],
  ['RUNNING', { kind: 'active' }],
  // Also what the server says until the runtime is registered.
  ['STOPPED', { kind: 'doubtful', ending: 'stopped' }],
  ['ARCHIVED', { kind: 'ended', ending: 'missing' }],
  ['ERROR', { kind: 'ended', ending: 'error' }],
]);

/** RUNNING means that the runtime runs: whether the agent works, idles or is done, only its events tell. */
function stateOf(status: string): Omit<Sighting, 'facts'> {
  return {
    phase: `conversation ${inWords(status)}`,
    state: STATES.get(status) ?? { kind: 'unrecognized' },
    consult: status === 'STARTING' ? 'never' : status === 'RUNNING' ? 'each-time' : 'on-change',
  };
}

async function eventPage(
  http: HttpClient,
  id: string,
  query: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<v.InferOutput<typeof EventPage>> {
  const newestFirst = new URLSearchParams({ reverse: 'true', ...query });
  return http.read({
    to: 'read the events of the conversation',
    path: `${CONVERSATIONS}/${id}/events?${newestFirst.toString()}`,
    answer: EventPage,
    signal,
  });
}

/** The newest message of a person. */
async function markOf(http: HttpClient, id: string, signal: AbortSignal): Promise<Mark> {
  for await (const event of eventsBackwards(http, id, signal)) {
    const lastMessage = personMessageIn(event);
    if (lastMessage !== undefined) return { lastMessage };
  }
  return {};
}

/** Events from the newest back, page by page, only as far as they are asked for. */
async function* eventsBackwards(http: HttpClient, id: string, signal: AbortSignal): AsyncGenerator<Event> {
  let newest: number | undefined;
  for (let pages = 0; pages < MOST_PAGES; pages += 1) {
    const query = { limit: String(EVENTS_PER_PAGE), ...(newest !== undefined && { end_id: String(newest) }) };
    const { events, has_more: more } = await eventPage(http, id, query, signal);
    yield* events;
    const oldest = events.at(-1)?.id;
    if (more !== true || oldest === undefined || oldest < 1) return;
    newest = oldest - 1;
  }
}

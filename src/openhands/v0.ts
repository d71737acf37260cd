import * as v from 'valibot';

import {
  ApiFailure,
  type ConversationApi,
  START,
  type StartRequest,
  V0_GIT_PROVIDERS,
} from '../conversation/api.ts';
import type { Sighting, State } from '../conversation/conversation.ts';
import type { HttpClient } from './http.ts';
import { AT_WORK, type Event, EventPage, findingsIn, recollectionIn } from './v0-events.ts';
import { FACTS, factsIn, inWords, NOT_LISTED, pagesOf } from './wire.ts';

const CONVERSATIONS = '/api/conversations';
/** The newest few events hold the last change of the agent's state, or show that it works. */
const STATE_EVENTS = 20;
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
const Stopped = v.looseObject({ conversation_status: v.nullish(v.string()) });

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
      } = await http.send({ to: START, path: CONVERSATIONS, answer: Started, signal }, startBody(request));
      if (status === 'ok' && id != null) return { kind: 'created', id };
      return { kind: 'failed', reason: message ?? `the server answers with the status ${status}` };
    },

    find: async () => Promise.resolve({ kind: 'untold' }),

    startProgress: async (id) => Promise.resolve({ kind: 'created', id }),

    async look(ids, signal) {
      const sightings: Sighting[] = [];
      for (const id of ids) {
        const info = await http.read({
          to: 'read the status of the conversation',
          path: `${CONVERSATIONS}/${id}`,
          answer: v.nullable(ConversationInfo),
          signal,
        });
        sightings.push(sightingOf(info));
      }
      return sightings;
    },

    async recall(id, signal) {
      const { events, has_more: more } = await eventPage(http, id, { limit: String(STATE_EVENTS) }, signal);
      return recollectionIn(events) ?? (more === true ? AT_WORK : undefined);
    },

    findings: async (id, signal) => findingsIn(eventsBackwards(http, id, signal)),

    async stop(id, signal) {
      const { conversation_status: before } = await http.send(
        { to: 'stop the agent', path: `${CONVERSATIONS}/${id}/stop`, answer: Stopped, signal },
        {},
      );
      return before === 'STOPPED' ? 'not-running' : 'stopped';
    },
  };
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

import * as v from 'valibot';

import { type ConversationApi, START, type StartRequest, TRAJECTORY } from '../conversation/api.ts';
import { hasFollowed, type Mark, type Sighting } from '../conversation/conversation.ts';
import type { FileShape } from './answer.ts';
import type { Request } from './exchange.ts';
import type { HttpClient } from './http.ts';
import type { NewestEvents } from './steps.ts';
import { type Event, EventPage, executionStatusIn, findingsIn, personMessageIn } from './v1-events.ts';
import { findStart, startsOf } from './v1-find.ts';
import { sendMessage } from './v1-message.ts';
import { pauseSandbox, resumeSandbox, runAgent, sandboxOf } from './v1-sandbox.ts';
import { agentState } from './v1-states.ts';
import { v1StepsIn } from './v1-steps.ts';
import { stopConversation } from './v1-stop.ts';
import { CONVERSATIONS, listed, progressOf, sightingOf, StartTask, textMessage } from './v1-wire.ts';
import { pagesOf } from './wire.ts';

/** Older servers take fewer than the 100 ids that newer ones allow in one request. */
const IDS_PER_REQUEST = 50;
/** State changes are rare among events; the newest few hold the last of them. */
const STATE_EVENTS = 20;
/** An agent says little between two messages of a person. */
const MESSAGE_EVENTS = 100;
const EVENTS_PER_PAGE = 50;
/** A step is about three events: more than agents do between two looks, and, with what tools print, not too large. */
const STEP_EVENTS = 60;
/** An answer is among the last events. Further back than this there is none. */
const MOST_PAGES = 20;

/** Its last part is a record that says where the others are. Source: APPNOTE.TXT of PKWARE, section 4.3.16. */
const ZIP: FileShape = { begins: 'PK', isEnd: (tail) => tail.includes('PK\u0005\u0006') };

/** Without `id` an answer is none: the same key would mean another conversation than before. */
const Account = v.looseObject({ id: v.nullable(v.union([v.string(), v.number()])) });

/** The V1 API: `/api/v1/app-conversations` and its neighbors. */
export function v1Api(http: HttpClient): ConversationApi {
  return {
    version: 'v1',
    ...pagesOf(http.baseUrl),

    async start(request, signal) {
      const answer = StartTask;
      const task = await http.sendOnce(
        { to: START, path: CONVERSATIONS, answer, signal },
        startBody(request),
      );
      return progressOf(task);
    },

    find: async (request, signal) => findStart(http, request, signal),
    starts: async (id, since, signal) => startsOf(http, id, since, signal),

    async account(signal) {
      const to = 'read whose the API key is';
      const { id } = await http.read({ to, path: '/api/v1/users/me', answer: Account, signal });
      return String(id ?? '');
    },

    async startProgress(task, signal) {
      const [found] = await http.read({
        to: 'read how far the start is',
        path: `${CONVERSATIONS}/start-tasks?ids=${task}`,
        answer: v.pipe(v.array(v.nullable(StartTask)), v.length(1)),
        signal,
      });
      return found == null ? { kind: 'unknown', task } : progressOf(found);
    },

    async look(ids, signal) {
      const sightings: Sighting[] = [];
      for (let from = 0; from < ids.length; from += IDS_PER_REQUEST) {
        const asked = ids.slice(from, from + IDS_PER_REQUEST);
        const found = await listed(http, asked, signal);
        sightings.push(...found.map(sightingOf));
      }
      return sightings;
    },

    async recall(id, signal) {
      const query = { kind__eq: 'ConversationStateUpdateEvent', limit: String(STATE_EVENTS) };
      const { items } = await eventPage(http, id, query, signal);
      const status = items.map(executionStatusIn).find((found) => found !== undefined);
      return status === undefined ? {} : { state: agentState(status) };
    },

    async steps(id, signal, since) {
      const request = eventRequest(id, { limit: String(STEP_EVENTS) }, signal);
      return v1StepsIn(newestOf(await http.readOnce(request)), since);
    },

    async findings(id, signal, since) {
      const { mark } = since ?? {};
      const newestMark = mark === undefined ? {} : await markOf(http, id, signal);
      if (mark !== undefined && !hasFollowed(mark, newestMark)) return { complete: false };
      const newest = await eventPage(http, id, { limit: String(EVENTS_PER_PAGE) }, signal);
      const findings = await findingsIn(eventsBackwards(http, id, newest, signal), newestMark.lastMessage);
      return { ...findings, steps: v1StepsIn(newestOf(newest), since) };
    },

    async trajectory(id, save, signal) {
      const path = `${CONVERSATIONS}/${id}/download`;
      await http.download({ to: TRAJECTORY, path, shape: ZIP, signal }, save);
    },

    mark: async (id, signal) => markOf(http, id, signal),
    send: async (id, message, signal) => sendMessage(http, id, message, signal),
    sandbox: async (id, signal) => sandboxOf(http, id, signal),
    wake: async (handle, signal) => resumeSandbox(http, handle, signal),
    halt: async (handle, signal) => pauseSandbox(http, handle, signal),
    goOn: async (id, signal) => runAgent(http, id, signal),
    stop: async (id, signal, called = false) => stopConversation(http, id, signal, called),
  };
}

function startBody({ id, message, workplace, llmModel }: StartRequest): Record<string, unknown> {
  return {
    conversation_id: id,
    // `run` is false by default: the agent would wait for somebody to press the button.
    initial_message: { ...textMessage(message), run: true },
    ...(llmModel !== undefined && { llm_model: llmModel }),
    ...(workplace && {
      selected_repository: workplace.repository,
      git_provider: workplace.gitProvider,
      ...(workplace.branch !== undefined && { selected_branch: workplace.branch }),
    }),
  };
}

type Query = Readonly<Record<string, string>>;

function eventRequest(id: string, query: Query, signal: AbortSignal): Request<EventPage> {
  const newestFirst = new URLSearchParams({ sort_order: 'TIMESTAMP_DESC', ...query });
  return {
    to: 'read the events of the conversation',
    path: `/api/v1/conversation/${id}/events/search?${newestFirst.toString()}`,
    answer: EventPage,
    worded: 'by-agent',
    signal,
  };
}

async function eventPage(
  http: HttpClient,
  id: string,
  query: Query,
  signal: AbortSignal,
): Promise<EventPage> {
  return http.read(eventRequest(id, query, signal));
}

function newestOf({ items, next_page_id: next }: EventPage): NewestEvents<Event> {
  return { events: items, more: next != null };
}

/** The newest message of a person. */
async function markOf(http: HttpClient, id: string, signal: AbortSignal): Promise<Mark> {
  const query = { kind__eq: 'MessageEvent', limit: String(MESSAGE_EVENTS) };
  const { items } = await eventPage(http, id, query, signal);
  const lastMessage = items.map(personMessageIn).find((message) => message !== undefined);
  return lastMessage === undefined ? {} : { lastMessage };
}

/** Events from the newest page back, page by page, only as far as they are asked for. */
async function* eventsBackwards(
  http: HttpClient,
  id: string,
  newest: EventPage,
  signal: AbortSignal,
): AsyncGenerator<Event> {
  let page = newest;
  yield* page.items;
  for (let pages = 1; pages < MOST_PAGES && page.next_page_id != null; pages += 1) {
    const query = { limit: String(EVENTS_PER_PAGE), page_id: page.next_page_id };
    page = await eventPage(http, id, query, signal);
    yield* page.items;
  }
}

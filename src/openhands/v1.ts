import * as v from 'valibot';

import { type ConversationApi, START, type StartRequest, TRAJECTORY } from '../conversation/api.ts';
import type { Mark, Sighting } from '../conversation/conversation.ts';
import type { FileShape } from './answer.ts';
import type { HttpClient } from './http.ts';
import { type Event, EventPage, executionStatusIn, findingsIn, personMessageIn } from './v1-events.ts';
import { findStart, startsOf } from './v1-find.ts';
import { sendMessage } from './v1-message.ts';
import { pauseSandbox, resumeSandbox, runAgent, sandboxOf } from './v1-sandbox.ts';
import { agentState } from './v1-states.ts';
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
      for (const event of items) {
        const status = executionStatusIn(event);
        if (status !== undefined) return agentState(status);
      }
      return undefined;
    },

    async findings(id, signal, mark) {
      if (mark === undefined) return findingsIn(eventsBackwards(http, id, signal));
      const { lastMessage } = await markOf(http, id, signal);
      return lastMessage === undefined || lastMessage === mark.lastMessage
        ? { complete: false }
        : findingsIn(eventsBackwards(http, id, signal), lastMessage);
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

async function eventPage(
  http: HttpClient,
  id: string,
  query: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<v.InferOutput<typeof EventPage>> {
  const newestFirst = new URLSearchParams({ sort_order: 'TIMESTAMP_DESC', ...query });
  return http.read({
    to: 'read the events of the conversation',
    path: `/api/v1/conversation/${id}/events/search?${newestFirst.toString()}`,
    answer: EventPage,
    signal,
  });
}

/** The newest message of a person. */
async function markOf(http: HttpClient, id: string, signal: AbortSignal): Promise<Mark> {
  const query = { kind__eq: 'MessageEvent', limit: String(MESSAGE_EVENTS) };
  const { items } = await eventPage(http, id, query, signal);
  const lastMessage = items.map(personMessageIn).find((message) => message !== undefined);
  return lastMessage === undefined ? {} : { lastMessage };
}

/** Events from the newest back, page by page, only as far as they are asked for. */
async function* eventsBackwards(http: HttpClient, id: string, signal: AbortSignal): AsyncGenerator<Event> {
  let page: string | null | undefined;
  for (let pages = 0; pages < MOST_PAGES && (pages === 0 || page != null); pages += 1) {
    const query = { limit: String(EVENTS_PER_PAGE), ...(page != null && { page_id: page }) };
    const { items, next_page_id: next } = await eventPage(http, id, query, signal);
    yield* items;
    page = next;
  }
}

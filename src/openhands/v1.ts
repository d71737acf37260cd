import * as v from 'valibot';

import {
  ApiFailure,
  type ConversationApi,
  START,
  type StartProgress,
  type StartRequest,
} from '../conversation/api.ts';
import type { Sighting } from '../conversation/conversation.ts';
import { isNotServed } from './failure.ts';
import type { HttpClient } from './http.ts';
import { isLoopback } from './loopback.ts';
import { type Event, EventPage, executionStatusIn, findingsIn } from './v1-events.ts';
import { agentState, stateOf } from './v1-states.ts';
import { FACTS, factsIn, inWords, NOT_LISTED } from './wire.ts';

const CONVERSATIONS = '/api/v1/app-conversations';
/** Older servers take fewer than the 100 ids that newer ones allow in one request. */
const IDS_PER_REQUEST = 50;
/** State changes are rare among events; the newest few hold the last of them. */
const STATE_EVENTS = 20;
const EVENTS_PER_PAGE = 50;
/** An answer is among the last events. Further back than this there is none. */
const MOST_PAGES = 20;

/** A UUID, with or without its dashes: servers write both. */
const Uuid = v.pipe(
  v.string(),
  v.regex(/^[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}$/i, 'a UUID was expected'),
);

const StartTask = v.looseObject({
  id: Uuid,
  status: v.string(),
  detail: v.nullish(v.string()),
  app_conversation_id: v.nullish(Uuid),
});

const Cost = v.pipe(v.number(), v.finite(), v.minValue(0));

const AppConversation = v.looseObject({
  id: Uuid,
  sandbox_id: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{1,128}$/, 'an id was expected')),
  conversation_url: v.fallback(v.nullish(v.string()), null),
  session_api_key: v.fallback(v.nullish(v.string()), null),
  ...FACTS,
  metrics: v.fallback(v.nullish(v.looseObject({ accumulated_cost: Cost })), null),
  sandbox_status: v.nullish(v.string()),
  execution_status: v.nullish(v.string()),
});
type AppConversation = v.InferOutput<typeof AppConversation>;

/** The V1 API: `/api/v1/app-conversations` and its neighbors. */
export function v1Api(http: HttpClient): ConversationApi {
  return {
    version: 'v1',
    list: `${http.baseUrl}/conversations`,
    page: (id) => `${http.baseUrl}/conversations/${id}`,

    async start(request, signal) {
      const answer = StartTask;
      const task = await http.send({ to: START, path: CONVERSATIONS, answer, signal }, startBody(request));
      return progressOf(task);
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

    findings: async (id, signal) => findingsIn(eventsBackwards(http, id, signal)),

    async stop(id, signal) {
      const [conversation] = await listed(http, [id], signal);
      if (conversation == null || sightingOf(conversation).state.kind !== 'active') return 'not-running';
      const sandbox = conversation.sandbox_id;
      if (await isShared(http, sandbox, id, signal)) await interrupt(http, conversation, signal);
      else
        await http.send(
          { to: STOP, path: `/api/v1/sandboxes/${sandbox}/pause`, answer: v.unknown(), signal },
          {},
        );
      return 'stopped';
    },
  };
}

const STOP = 'pause the agent';

/** The conversations of that ids, in their order; null for one that the server does not list. */
async function listed(
  http: HttpClient,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<readonly (AppConversation | null)[]> {
  return http.read({
    to: 'read the status of the conversation',
    path: `${CONVERSATIONS}?${new URLSearchParams(ids.map((id): [string, string] => ['ids', id])).toString()}`,
    answer: v.pipe(v.array(v.nullable(AppConversation)), v.length(ids.length)),
    signal,
  });
}

/** Whether other conversations live in the sandbox: an account can group several in one. */
async function isShared(
  http: HttpClient,
  sandbox: string,
  id: string,
  signal: AbortSignal,
): Promise<boolean> {
  const query = new URLSearchParams({
    sandbox_id__eq: sandbox,
    include_sub_conversations: 'true',
    limit: '2',
  });
  const { items } = await http.read({
    to: 'read who shares the sandbox',
    path: `${CONVERSATIONS}/search?${query.toString()}`,
    answer: v.looseObject({ items: v.array(v.looseObject({ id: Uuid })) }),
    signal,
  });
  return items.some((other) => !isSameId(other.id, id));
}

function isSameId(one: string, other: string): boolean {
  return one.replaceAll('-', '').toLowerCase() === other.replaceAll('-', '').toLowerCase();
}

/** Stops the one conversation by its agent server, which is asked with the key of the sandbox and never with the API's. */
async function interrupt(
  http: HttpClient,
  conversation: AppConversation,
  signal: AbortSignal,
): Promise<void> {
  const { conversation_url: url, session_api_key: key } = conversation;
  const address = url == null ? null : URL.parse(url);
  if (address === null || key == null || !isFitForKeys(address, http.baseUrl)) {
    throw new ApiFailure({
      failedTo: STOP,
      because: 'other conversations share its sandbox, and the server tells no safe address of its agent',
      todo: `pause it at ${http.baseUrl}/conversations/${conversation.id}`,
    });
  }
  const agent = http.elsewhere(address.href.replace(/\/$/, ''), { 'x-session-api-key': key });
  const ask = async (path: string): Promise<unknown> =>
    agent.send({ to: STOP, path, answer: v.unknown(), signal }, {});
  try {
    await ask('/interrupt');
  } catch (error) {
    if (!isNotServed(error)) throw error;
    // Older agent servers only know this, which waits for the current call of the model.
    await ask('/pause');
  }
}

/** Keys go to https, or to the machine itself where the server is there, too. */
function isFitForKeys({ protocol, hostname, username, search, hash }: URL, baseUrl: string): boolean {
  const safe = protocol === 'https:' || (isLoopback(hostname) && isLoopback(new URL(baseUrl).hostname));
  return safe && username === '' && search === '' && hash === '';
}

function startBody({ message, workplace, llmModel }: StartRequest): Record<string, unknown> {
  return {
    // `run` is false by default: the agent would wait for somebody to press the button.
    initial_message: { role: 'user', content: [{ type: 'text', text: message }], run: true },
    ...(llmModel !== undefined && { llm_model: llmModel }),
    ...(workplace && {
      selected_repository: workplace.repository,
      git_provider: workplace.gitProvider,
      ...(workplace.branch !== undefined && { selected_branch: workplace.branch }),
    }),
  };
}

function progressOf(task: v.InferOutput<typeof StartTask>): StartProgress {
  const { status, detail, app_conversation_id: id } = task;
  if (status === 'ERROR')
    return { kind: 'failed', reason: detail?.trim() ? detail : 'the server gives no reason' };
  if (status === 'READY') return id == null ? { kind: 'unknown', task: task.id } : { kind: 'created', id };
  return { kind: 'pending', task: task.id, phase: inWords(status) };
}

function sightingOf(conversation: AppConversation | null): Sighting {
  if (conversation === null) return NOT_LISTED;
  const { sandbox_status: sandbox, execution_status: execution, metrics } = conversation;
  return {
    ...stateOf(sandbox ?? 'MISSING', execution ?? undefined),
    facts: { ...factsIn(conversation), ...(metrics != null && { costUsd: metrics.accumulated_cost }) },
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

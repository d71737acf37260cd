import * as v from 'valibot';

import {
  type Found,
  isAlive,
  type ListedStart,
  type StartProgress,
  type StartQuery,
} from '../../conversation/api.ts';
import { isSameId } from '../../conversation/conversation.ts';
import type { Request } from '../exchange.ts';
import type { HttpClient } from '../http.ts';
import { CONVERSATIONS, listed, progressOf, Start } from './wire.ts';

/** So many starts cannot have come after one whose answer was lost a moment ago. */
const NEWEST_STARTS = 100;
/** So many hundreds of starts within the time that is looked back are more than the API's own limits allow. */
const MOST_PAGES = 10;
const SOON_MS = 1_000;
/** A start that is older than this and has made no conversation will not make one. */
const RECENT_MS = 30 * 60_000;

const StartPage = v.looseObject({ items: v.array(Start), next_page_id: v.nullish(v.string()) });

/** Looks for a conversation of the chosen id, or a start that asks for one. */
export async function findStart(http: HttpClient, request: StartQuery, signal: AbortSignal): Promise<Found> {
  const found = await (request.isShared ? besideStarts : conversationOf)(http, request.id, signal);
  if (found !== undefined) return found;
  if (request.isShared && request.message === undefined) return { kind: 'not-there' };
  // Not filtered by time: clocks differ.
  const { items } = await startPage(http, {}, signal);
  const own = items.find((start) => asksFor(start, request.id));
  if (own !== undefined && !request.isShared) return progressOf(own);
  return { kind: isAlike(items, request) ? 'unreported' : 'not-there' };
}

async function conversationOf(
  http: HttpClient,
  id: string,
  signal: AbortSignal,
): Promise<StartProgress | undefined> {
  const [conversation] = await listed(http, [id], signal);
  return conversation == null ? undefined : { kind: 'created', id: conversation.id };
}

/** The conversation, or a start that leads to one: looked up at once, as each look costs a round trip. */
async function besideStarts(
  http: HttpClient,
  id: string,
  signal: AbortSignal,
): Promise<StartProgress | undefined> {
  const isEnough = new AbortController();
  const starts = startsOf(http, id, AbortSignal.any([signal, isEnough.signal]));
  // Nobody asks what came of it if the conversation is there, or cannot be looked up.
  starts.catch(() => undefined);
  try {
    const conversation = await conversationOf(http, id, signal);
    return conversation ?? (await starts).find(({ progress }) => isAlive(progress))?.progress;
  } finally {
    isEnough.abort();
  }
}

/** The recent starts that asked for a conversation of that id, the newest first. */
export async function startsOf(
  http: HttpClient,
  id: string,
  signal: AbortSignal,
): Promise<readonly ListedStart[]> {
  const since = new Date(http.serverNow() - RECENT_MS);
  // Servers store their times without a zone, in UTC, and some fall over one that has it.
  const query = { created_at__gte: since.toISOString().replace('Z', '') };
  const starts: ListedStart[] = [];
  let page: string | null | undefined;
  for (let pages = 0; pages < MOST_PAGES && (pages === 0 || page != null); pages += 1) {
    const { items, next_page_id: next } = await startPage(
      http,
      { ...query, ...(page != null && { page_id: page }) },
      signal,
    );
    starts.push(...items.filter((start) => asksFor(start, id)).map(listedStart));
    page = next;
  }
  return starts;
}

/**
 * The ids of the conversations that are being prepared in a sandbox; of one that chose none, its start's. Asked once, and
 * soon: who stops an agent has seconds.
 */
export async function pendingIn(
  http: HttpClient,
  sandbox: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { items } = await http.readOnce({ ...startRequest({}, signal), withinMs: SOON_MS });
  return items
    .filter((start) => start.sandbox_id === sandbox && progressOf(start).kind === 'pending')
    .map(({ id, request }) => request.conversation_id ?? id);
}

function listedStart(start: Start): ListedStart {
  const { id: task, sandbox_id: sandbox, created_at: created } = start;
  const createdAt = Date.parse(created ?? '') || 0;
  return { task, createdAt, progress: progressOf(start), ...(sandbox != null && { sandbox }) };
}

function startRequest(
  query: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Request<v.InferOutput<typeof StartPage>> {
  const newestFirst = new URLSearchParams({
    sort_order: 'CREATED_AT_DESC',
    limit: String(NEWEST_STARTS),
    ...query,
  });
  return {
    to: 'look for the start',
    path: `${CONVERSATIONS}/start-tasks/search?${newestFirst.toString()}`,
    answer: StartPage,
    signal,
  };
}

async function startPage(
  http: HttpClient,
  query: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<v.InferOutput<typeof StartPage>> {
  return http.read(startRequest(query, signal));
}

/**
 * A start is found by the id that was chosen for its conversation. An older server forgets that id: if one of its
 * starts asks for the same, nobody can tell whether it is this one.
 */
function isAlike(starts: readonly Start[], { message }: StartQuery): boolean {
  return starts.some(
    ({ request }) => message !== undefined && request.conversation_id == null && textOf(request) === message,
  );
}

function asksFor({ request }: Start, id: string): boolean {
  return request.conversation_id != null && isSameId(request.conversation_id, id);
}

function textOf({ initial_message: message }: Start['request']): string | undefined {
  return message?.content.find((part) => part.text != null)?.text ?? undefined;
}

import * as v from 'valibot';

import {
  type Found,
  isAlive,
  type ListedStart,
  type StartProgress,
  type StartQuery,
} from '../../conversation/api.ts';
import { isSameId } from '../../conversation/conversation.ts';
import type { HttpClient } from '../../http/client.ts';
import { once } from '../once.ts';
import { CONVERSATIONS, conversationsById, progressOf, Start } from './wire.ts';

/** A start whose answer was just lost is among so many newest ones. */
const NEWEST_STARTS = 100;
/** The API's rate limits do not allow so many hundred starts within {@link RECENT_MS}. */
const MAX_PAGES = 10;
/** The timeout of a lookup while an agent is being stopped: the step has only seconds for that. */
const TIMEOUT_MS = 1_000;
/** An older start that has created no conversation will not create one. */
const RECENT_MS = 30 * 60_000;

const StartPage = v.looseObject({ items: v.array(Start), next_page_id: v.nullish(v.string()) });

/**
 * Looks for a conversation by the id chosen for it, or for a start with that id. Older servers do not keep the id: if one of
 * their starts has the same message, it may or may not be this one: the result is `unreported`.
 */
export async function findStart(http: HttpClient, request: StartQuery, signal: AbortSignal): Promise<Found> {
  const found = await (request.isShared ? conversationOrStart : conversationOf)(http, request.id, signal);
  if (found !== undefined) return found;
  if (request.isShared && request.message === undefined) return { kind: 'not-there' };
  // Without a time filter, as clocks differ.
  const { items } = await startPage(http, {}, signal);
  const own = items.find((start) => asksFor(start, request.id));
  if (own !== undefined && !request.isShared) return progressOf(own);
  return { kind: hasSameMessage(items, request) ? 'unreported' : 'not-there' };
}

async function conversationOf(
  http: HttpClient,
  id: string,
  signal: AbortSignal,
): Promise<StartProgress | undefined> {
  const [conversation] = await conversationsById(http, [id], signal);
  return conversation == null ? undefined : { kind: 'created', id: conversation.id };
}

/** Looks for the conversation and for a start that leads to it, in parallel, to save a round trip. */
async function conversationOrStart(
  http: HttpClient,
  id: string,
  signal: AbortSignal,
): Promise<StartProgress | undefined> {
  const isEnough = new AbortController();
  const starts = startsOf(http, id, AbortSignal.any([signal, isEnough.signal]));
  // If the conversation exists, or its lookup fails, `starts` is not awaited: its rejection would be unhandled.
  starts.catch(() => undefined);
  try {
    const conversation = await conversationOf(http, id, signal);
    return conversation ?? (await starts).find(({ progress }) => isAlive(progress))?.progress;
  } finally {
    isEnough.abort();
  }
}

/** Returns the recent starts with that conversation id, newest first. */
export async function startsOf(
  http: HttpClient,
  id: string,
  signal: AbortSignal,
): Promise<readonly ListedStart[]> {
  const since = new Date(http.serverNow() - RECENT_MS);
  // Servers store times in UTC without a zone, and some fail on a time with a zone.
  const query = { created_at__gte: since.toISOString().replace('Z', '') };
  const starts: ListedStart[] = [];
  let page: string | null | undefined;
  for (let pages = 0; pages < MAX_PAGES && (pages === 0 || page != null); pages += 1) {
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
 * Returns the ids of the conversations that are being started in a sandbox. A start without a conversation id counts with
 * its own id. Without retries.
 */
export async function pendingIn(
  http: HttpClient,
  sandbox: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { items } = await startPage(once(http, TIMEOUT_MS), {}, signal);
  return items
    .filter((start) => start.sandbox_id === sandbox && progressOf(start).kind === 'pending')
    .map(({ id, request }) => request.conversation_id ?? id);
}

function listedStart(start: Start): ListedStart {
  const { id: task, sandbox_id: sandbox, created_at: created } = start;
  const createdAt = Date.parse(created ?? '') || 0;
  return { task, createdAt, progress: progressOf(start), ...(sandbox != null && { sandbox }) };
}

async function startPage(
  http: HttpClient,
  query: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<v.InferOutput<typeof StartPage>> {
  const newestFirst = new URLSearchParams({
    sort_order: 'CREATED_AT_DESC',
    limit: String(NEWEST_STARTS),
    ...query,
  });
  const path = `${CONVERSATIONS}/start-tasks/search?${newestFirst.toString()}`;
  return http.read({ to: 'look for the start', path, answer: StartPage, signal });
}

/** Whether a start without a conversation id has the same message. */
function hasSameMessage(starts: readonly Start[], { message }: StartQuery): boolean {
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

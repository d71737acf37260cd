import * as v from 'valibot';

import type { Snapshot } from '../../port/conversation.ts';
import type { KnownPlace, Start } from '../../port/place.ts';
import { failedStart } from '../sdk/server-words.ts';
import { stateOf } from '../sdk/states.ts';
import { Metrics, sumUsage } from '../sdk/usage.ts';
import { Uuid } from '../sdk/wire.ts';
import { FACTS, factsIn, inWords, NOT_LISTED, parseTime, READ_STATUS, readerById } from '../wire.ts';

export const CONVERSATIONS = '/api/v1/app-conversations';
export const SANDBOXES = '/api/v1/sandboxes';

const SandboxId = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{1,128}$/, 'an id was expected'));

export const StartTask = v.looseObject({
  id: Uuid,
  status: v.string(),
  detail: v.nullish(v.string()),
  app_conversation_id: v.nullish(Uuid),
  sandbox_id: v.fallback(v.nullish(SandboxId), null),
  created_at: v.fallback(v.nullish(v.string()), null),
  updated_at: v.fallback(v.nullish(v.string()), null),
});
type StartTask = v.InferOutput<typeof StartTask>;

/** Only these fields are kept: the message may have megabytes of pictures. */
export const TaskWithRequest = v.object({
  ...StartTask.entries,
  request: v.object({
    conversation_id: v.nullish(v.string()),
    initial_message: v.nullish(v.object({ content: v.array(v.object({ text: v.nullish(v.string()) })) })),
  }),
});
export type TaskWithRequest = v.InferOutput<typeof TaskWithRequest>;

const AppConversation = v.looseObject({
  id: Uuid,
  sandbox_id: SandboxId,
  conversation_url: v.fallback(v.nullish(v.string()), null),
  session_api_key: v.fallback(v.nullish(v.string()), null),
  conversation_ui_url: v.fallback(v.nullish(v.string()), null),
  ...FACTS,
  metrics: v.fallback(v.nullish(Metrics), null),
  sandbox_status: v.nullish(v.string()),
  execution_status: v.nullish(v.string()),
});
export type AppConversation = v.InferOutput<typeof AppConversation>;

/**
 * Converts a start task. One that is ready does not change any more, so the time since its last change is how long it is ready.
 *
 * @param serverNow in milliseconds since 1970.
 */
export function placeOf(task: StartTask, serverNow: number): KnownPlace {
  const { status, detail, app_conversation_id: id, sandbox_id: sandbox } = task;
  const failed = (reason: string): KnownPlace => ({
    ...failedStart(reason),
    ...(sandbox != null && { sandbox }),
  });
  if (status === 'ERROR') return failed(detail ?? '');
  const unchangedMs = msSince(task.updated_at, serverNow);
  if (status !== 'READY') {
    const createdAt = parseTime(task.created_at);
    return {
      kind: 'pending',
      task: task.id,
      phase: inWords(status),
      // A later time than now is wrong.
      ...(createdAt !== undefined && createdAt <= serverNow && { createdAt }),
      ...(unchangedMs !== undefined && { unchangedMs }),
    };
  }
  // The status and the id are stored at once. Source: OpenHands/OpenHands, live_status_app_conversation_service.py.
  if (id == null) return failed('the start is ready, but names no conversation');
  const unlisted = {
    ...(sandbox != null && { sandbox }),
    ...(unchangedMs !== undefined && { readyMs: unchangedMs }),
  };
  return { kind: 'created', id, unlisted };
}

/** Converts a listed start task. `serverNow`: in milliseconds since 1970. */
export function startOf(task: TaskWithRequest, serverNow: number): Start {
  const { conversation_id: id, initial_message: sent } = task.request;
  const message = sent?.content.find((part) => part.text != null)?.text;
  const createdAt = parseTime(task.created_at) ?? 0;
  return {
    task: task.id,
    ...(id != null && { id }),
    ...(message != null && { message }),
    createdAt,
    ageMs: serverNow - createdAt,
    ...(task.sandbox_id != null && { sandbox: task.sandbox_id }),
    place: placeOf(task, serverNow),
  };
}

/** Returns the time since a server's time, in milliseconds; `undefined` if that is not known. */
function msSince(text: string | null | undefined, serverNow: number): number | undefined {
  const at = parseTime(text);
  return at === undefined ? undefined : Math.max(0, serverNow - at);
}

/** Converts a listed conversation; null for one that is not listed. Without a status, its sandbox counts as missing. */
export function snapshotOf(conversation: AppConversation | null): Snapshot {
  if (conversation === null) return NOT_LISTED;
  const { sandbox_status: sandbox, execution_status: execution, metrics } = conversation;
  return {
    ...stateOf(sandbox ?? 'MISSING', execution ?? undefined),
    facts: { ...factsIn(conversation), ...(metrics != null && sumUsage([metrics])) },
  };
}

/** Returns the page that the server names for a conversation, if it is a plain path on the server's origin: people follow it. */
export function pageIn(conversation: AppConversation, baseUrl: string): string | undefined {
  const page = URL.parse(conversation.conversation_ui_url ?? '');
  if (page === null || !/^\/[\w./-]{1,200}$/.test(page.pathname)) return undefined;
  return page.href === new URL(baseUrl).origin + page.pathname ? page.href : undefined;
}

export const conversationsById = readerById(READ_STATUS, CONVERSATIONS, AppConversation);

export const startTasksById = readerById(
  'read the progress of the start',
  `${CONVERSATIONS}/start-tasks`,
  StartTask,
);

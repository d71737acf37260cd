import * as v from 'valibot';

import {
  type AgentStep,
  highestUsage,
  type Since,
  type Steps,
  type StoredEnd,
  type Usage,
} from '../../port/conversation.ts';
import { singleLine } from '../../text/safe.ts';
import { hasNewerMessage } from '../history.ts';
import { matchShape } from '../wire.ts';
import { type Condensation, condensationIn } from './condensation.ts';
import { type FailureReason, faultIn } from './faults.ts';
import { agentMessageIn, answerIn, isFinish, personMessageIn } from './messages.ts';
import { planIn, writesPlan } from './plans.ts';
import { blindModelIn } from './server-words.ts';
import { agentStateOf } from './states.ts';
import { Stats, usageOfStats } from './usage.ts';

const OptionalText = v.fallback(v.optional(v.string()), undefined);
/** Checked because it goes into a URL. */
const OptionalTime = v.fallback(v.optional(v.pipe(v.string(), v.regex(/^[\dT:.Z+-]{1,40}$/))), undefined);
/** An event of any kind. Other kinds than the following are ignored. */
export const Event = v.looseObject({ kind: v.string(), id: OptionalText, timestamp: OptionalTime });
export type Event = v.InferOutput<typeof Event>;

const StateUpdate = v.looseObject({
  kind: v.literal('ConversationStateUpdateEvent'),
  key: v.string(),
  value: v.unknown(),
});
/** What is read of the conversation's state. */
const ReportedState = v.object({
  execution_status: OptionalText,
  stats: v.fallback(v.optional(Stats), undefined),
});

/** Returns what an event reports of the state: one changed part, or a copy of the full state. */
function reportedStateIn(event: Event): v.InferOutput<typeof ReportedState> {
  const update = matchShape(StateUpdate, event);
  if (update === undefined) return {};
  const { key, value } = update;
  return matchShape(ReportedState, key === 'full_state' ? value : { [key]: value }) ?? {};
}

/** Returns the agent's status, if an event reports it. */
export function executionStatusIn(event: Event): string | undefined {
  return reportedStateIn(event).execution_status;
}

export function highestUsageIn(events: readonly Event[]): Usage {
  const all = events.flatMap((event) => reportedStateIn(event).stats ?? []);
  return all.map(usageOfStats).reduce(highestUsage, {});
}

/**
 * Reads the agent's newest answer (the message of its finish, or a plain message) and why the conversation failed. `events`: newest first.
 * The result is complete if the newest status is an end: after an older end, the agent may have been resumed. An error is complete only
 * with its reason, which can be stored half a minute after the status, and be listed before or after it.
 *
 * @param since the id of a message: only newer events count.
 */
export async function storedEndIn(
  events: AsyncIterable<Event> | Iterable<Event>,
  since?: string,
): Promise<StoredEnd> {
  let newestProgress: Progress | undefined;
  // The loop goes back in time. What is older than an event of an agent at work is of earlier work: a failure there is not the end.
  let isEarlierWork = false;
  const eventsAfterWork: Event[] = [];
  let answer: string | undefined;
  for await (const event of events) {
    if (isMessageWithId(event, since)) break;
    const progress = progressIn(event);
    newestProgress ??= progress;
    isEarlierWork ||= progress === 'at-work';
    if (!isEarlierWork) eventsAfterWork.push(event);
    answer = answerIn(event);
    if (answer !== undefined) break;
  }
  const why: FailureReason = eventsAfterWork.map(faultIn).find(({ reason }) => reason !== undefined) ?? {};
  const complete = newestProgress === 'ended' || (newestProgress === 'failed' && why.reason !== undefined);
  const blindModel = blindModelIn(answer);
  return {
    complete,
    ...(answer !== undefined && { answer }),
    ...(blindModel !== undefined && { blindModel }),
    ...why,
  };
}

function isMessageWithId(event: Event, id: string | undefined): boolean {
  return id !== undefined && personMessageIn(event)?.id === id;
}

/** What an event says about the agent's progress. `failed`: its status is an error, whose reason is in another event. */
type Progress = 'ended' | 'failed' | 'at-work';

function progressIn(event: Event): Progress | undefined {
  if (faultIn(event).reason !== undefined || isFinish(event)) return 'ended';
  const status = executionStatusIn(event);
  if (status === undefined) return undefined;
  const { state } = agentStateOf(status);
  if (state.kind !== 'ended') return 'at-work';
  return state.ending === 'error' ? 'failed' : 'ended';
}

export function isEnd(event: Event): boolean {
  return ['ended', 'failed'].includes(progressIn(event) ?? '');
}

/**
 * Returns the agent's new steps, oldest first. Events arrive late and out of order, and the WebSocket sends some that are never stored,
 * or not yet. So the cursor's event is found by its id, or by its time. `events`: newest first. `hasOlder`: there are more, older ones.
 */
export function stepsIn(
  events: readonly Event[],
  hasOlder: boolean,
  { cursor, messageCursor }: Since = {},
): Steps {
  if (cursor === undefined && lacksMessageAfter(messageCursor, events)) return { steps: [], isCut: false };
  const firstOld = firstOldIndex(events, cursor);
  const heldBack = heldBackCount(events);
  const fresh = events.slice(heldBack, firstOld);
  // The first cursor may be at an old event. A later one moves only to a new event, so that it never goes back.
  const next = cursorAt(cursor === undefined ? events[heldBack] : fresh[0]) ?? cursor;
  return {
    steps: fresh.flatMap((event) => agentStepIn(event) ?? []).toReversed(),
    isCut: firstOld === undefined && hasOlder,
    ...(next !== undefined && { cursor: next }),
  };
}

/** Whether a follow-up is not among the events yet: all of them are of earlier work. */
function lacksMessageAfter(messageCursor: Since['messageCursor'], events: readonly Event[]): boolean {
  if (messageCursor === undefined) return false;
  const lastMessage = events.map(personMessageIn).find((message) => message !== undefined)?.id;
  return lastMessage === undefined || !hasNewerMessage(messageCursor, { lastMessage });
}

function cursorAt(event: Event | undefined): string | undefined {
  const { id, timestamp = '' } = event ?? {};
  return id === undefined ? undefined : `${id} ${timestamp}`.trim();
}

/**
 * Returns the index of the newest event that is not new; `undefined` if all are new. Without a cursor, the message of a person is old. If
 * the event at the cursor is missing, the first one that is not later counts.
 */
function firstOldIndex(events: readonly Event[], cursor: string | undefined): number | undefined {
  const indexOf = (isOld: (event: Event) => boolean): number | undefined => {
    const index = events.findIndex(isOld);
    return index < 0 ? undefined : index;
  };
  if (cursor === undefined) return indexOf((event) => personMessageIn(event) !== undefined);
  const [id, time = ''] = cursor.split(' ');
  return (
    indexOf((event) => event.id === id) ??
    indexOf(({ timestamp }) => timestamp !== undefined && timestamp <= time)
  );
}

/** Returns how many of the newest events are held back: the last message may be the answer, which is no step. */
function heldBackCount(events: readonly Event[]): number {
  const at = events.findIndex((event) => agentStepIn(event) !== undefined || answerIn(event) !== undefined);
  const last = events[at];
  const isMessage = last !== undefined && agentStepIn(last)?.kind === 'message';
  return isMessage ? at + 1 : 0;
}

/** The limit of the text of a step, in characters: people read it in the log. */
const MAX_STEP_LENGTH = 200;

const NullableText = v.fallback(v.nullish(v.string()), null);

/** `summary` is a short description by the model. Source: `ActionEvent` in V1's OpenAPI description. */
const Action = v.looseObject({
  kind: v.literal('ActionEvent'),
  source: v.literal('agent'),
  tool_name: v.string(),
  summary: NullableText,
  action: v.fallback(
    v.nullish(
      v.looseObject({
        kind: NullableText,
        command: NullableText,
        path: NullableText,
        url: NullableText,
        query: NullableText,
        thought: NullableText,
      }),
    ),
    null,
  ),
});
const ToolFailure = v.looseObject({ kind: v.literal('AgentErrorEvent'), error: v.string() });

/** Returns the agent's step; `undefined` if the event is not one. */
function agentStepIn(event: Event): AgentStep | undefined {
  const plan = planIn(event);
  if (plan !== undefined) return { kind: 'plan', plan };
  if (writesPlan(event)) return undefined;
  const action = matchShape(Action, event);
  if (action !== undefined) return actionStep(action);
  const condensation = condensationIn(event);
  if (condensation !== undefined) return condensationStep(condensation);
  const error = matchShape(ToolFailure, event)?.error ?? faultIn(event).reason;
  return error === undefined ? textStep('message', agentMessageIn(event)) : textStep('error', error);
}

type TextStep = Exclude<AgentStep, { readonly kind: 'plan' }>;

/** Returns a step; `undefined` without a visible text. */
function textStep(kind: TextStep['kind'], text = ''): AgentStep | undefined {
  const line = singleLine(text, MAX_STEP_LENGTH);
  return line === '' ? undefined : { kind, text: line };
}

function condensationStep({ forgotten }: Condensation): AgentStep {
  const count = forgotten.length === 1 ? '1 earlier event' : `${forgotten.length} earlier events`;
  const what = forgotten.length === 0 ? '' : `: the model no longer sees ${count}`;
  return { kind: 'condensation', text: `the server has shortened the prompt${what}` };
}

/** Converts an action to a step. The finish is none: its message is the answer. */
function actionStep(event: v.InferOutput<typeof Action>): AgentStep | undefined {
  const { summary, tool_name: tool, action } = event;
  if (action?.kind === 'FinishAction') return undefined;
  if (summary?.trim()) return textStep('action', summary);
  const details = [action?.command, action?.path, action?.url, action?.query, action?.thought];
  const words = [`${tool}:`, ...details.filter((detail) => detail != null)];
  return textStep('action', words.join(' ').replace(/:$/, ''));
}

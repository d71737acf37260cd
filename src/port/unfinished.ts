import * as v from 'valibot';

import { API_VERSIONS } from './api-version.ts';
import { STOP_REASONS } from './interruption.ts';
import type { Outcome } from './outcome.ts';

const Id = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{1,64}$/));
/** Absent counts as false. */
const Flag = v.exactOptional(v.boolean());
/** All statuses: an object, so that its type asks for each. */
const STATUSES: Readonly<Record<Outcome['status'], true>> = {
  running: true,
  finished: true,
  stopped: true,
  skipped: true,
  'needs-input': true,
  error: true,
  stuck: true,
  missing: true,
  paused: true,
  'start-failed': true,
  unreachable: true,
  'over-budget': true,
  'invalid-output': true,
  'not-done': true,
  'checks-failed': true,
  'timed-out': true,
  cancelled: true,
};
const Status = v.custom<Outcome['status']>(
  (text) => typeof text === 'string' && Object.hasOwn(STATUSES, text),
);
/**
 * `marker`: the id in the marker of the step's comment; absent if it has none. `status`: how main has ended, which its summary and its
 * outcome file show; absent if it was killed before.
 */
const Marked = { marker: v.exactOptional(Id), status: v.exactOptional(Status) };
/** The conversation. */
const Known = { version: v.picklist(API_VERSIONS), id: Id, ...Marked };
/**
 * Why main has left an agent to post. `said`: what main has said of the agent; with `no-conversation`, it did not know one.
 * `isGone`: the server does not answer.
 */
const Left = v.object({
  why: v.picklist(STOP_REASONS),
  said: v.picklist(['no-conversation', 'paused', 'not-paused']),
  isGone: Flag,
});
/**
 * `left` is absent if main was killed. `isReported`: summary and comment show how main ended. `isUnsentByKey`: the step has found the
 * conversation by its key, and has not sent its message.
 */
const Agent = { ...Known, left: v.exactOptional(Left), isReported: Flag, isUnsentByKey: Flag };
/**
 * `at`: when the server was asked for the conversation, in milliseconds since 1970. `stepTag`: the tag of this step's start; present
 * if the id comes from a key, so that other runs may have asked for the same conversation.
 */
const Asked = { ...Agent, at: v.exactOptional(v.number()), stepTag: v.exactOptional(Id) };
const UnfinishedWork = v.variant('kind', [
  /** Nothing is left to do. */
  v.object({ kind: v.literal('over') }),
  /** The comment announces a start, but no request was sent. */
  v.object({ kind: v.literal('announced'), ...Marked }),
  /** Nothing needs to be stopped, but the outcome is not reported yet. `isUnsentByKey`: as for an agent. */
  v.object({ kind: v.literal('unreported'), isUnsentByKey: Flag, ...Known }),
  /** The server was asked for a conversation with this id. */
  v.object({ kind: v.literal('asked'), ...Asked }),
  /** The server has accepted a start, as `task`. */
  v.object({ kind: v.literal('pending'), task: Id, ...Asked }),
  /** The conversation exists. `pendingWork`: see `PendingWork` of the port. */
  v.object({
    kind: v.literal('started'),
    pendingWork: v.exactOptional(v.picklist(['start', 'later', 'delivered'])),
    task: v.exactOptional(Id),
    ...Asked,
  }),
]);
const Saved = v.fallback(v.pipe(v.string(), v.parseJson(), UnfinishedWork), { kind: 'over' });

/** What post has to finish. Contains ids, words of this action and a time, never text from outside. */
export type UnfinishedWork = Readonly<v.InferOutput<typeof UnfinishedWork>>;

/** Why main has left an agent to post, and what main knows and says of it. */
export type LeftToPost = Readonly<v.InferOutput<typeof Left>>;

/** The agent may still be working for this step. */
export type UnfinishedAgentWork = Extract<UnfinishedWork, { readonly kind: 'asked' | 'pending' | 'started' }>;

/** Converts the unfinished work to text, for the runner to save; empty if there is none. */
export function stateText(work: UnfinishedWork): string {
  return work.kind === 'over' ? '' : JSON.stringify(work);
}

/** Parses what `main` has saved. Other steps of the job can write it, so only ids in the right format count. */
export function parseState(text: string): UnfinishedWork {
  return v.parse(Saved, text);
}

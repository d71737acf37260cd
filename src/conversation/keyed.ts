import { v5 as uuidV5 } from 'uuid';

import {
  ApiFailure,
  type ConversationApi,
  type Found,
  isAlive,
  type ListedStart,
  orElse,
  type StartProgress,
} from './api.ts';
import type { Clock } from './clock.ts';
import { type Conversation, isSameId } from './conversation.ts';
import { DOUBT_MS } from './pace.ts';
import { type StartOptions, untilCreated } from './start.ts';

/** Never to be changed: with another one, every key would mean another conversation than before. */
const NAMESPACE = '5f0b1c6e-7a43-4c9d-9c1b-6d2f8e3a4b57';
/** A start that is older than this and has made no conversation will not make one. */
const RECENT_MS = 30 * 60_000;
const LOOK_MS = 2_000;

/** What an idempotency key stands for, beside its text. */
export interface KeyScope {
  /** Origin and path prefix of the server, without a trailing slash. */
  readonly baseUrl: string;
  /** `owner/repo`; absent for work without a repository. */
  readonly repository?: string;
  /** Nobody else can know which id a key leads to, and so take its place, without the account. */
  readonly account: string;
}

/**
 * The id of the conversation that a key means: the same in every run.
 * Source: RFC 9562, section 5.5 (UUID version 5).
 */
export function conversationIdOf(key: string, { baseUrl, repository = '', account }: KeyScope): string {
  return uuidV5(JSON.stringify([baseUrl, repository.toLowerCase(), account, key]), NAMESPACE);
}

/** The conversation of a key where there is one, or the start that will become it. */
export async function findKeyed(
  api: ConversationApi,
  id: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<Found> {
  return api.find({ id, since: recently(clock) }, signal);
}

/** A conversation of a key, and whether another run had started it. */
export interface Keyed {
  readonly conversation: Conversation;
  readonly reused: boolean;
  /** Whether the server took the id that the key leads to: only then other runs find the conversation. */
  readonly honored: boolean;
}

/**
 * Follows the start that this run asked for to the conversation of its key. Where another run asked for the same at the
 * same moment, one of the two sandboxes is in vain: the one of this run is paused, where it is that.
 *
 * @param task the start of this run.
 * @throws {ApiFailure} where there is no conversation in the end; the signal's reason once aborted.
 */
export async function untilKeyed(
  id: string,
  task: string,
  first: StartProgress,
  options: StartOptions,
): Promise<Keyed> {
  let conversation: Conversation;
  try {
    conversation = await untilCreated(first, options);
  } catch (error) {
    // A server may fail the earlier of two starts with the same id for the sake of the later.
    if (!(error instanceof ApiFailure)) throw error;
    const found = await findKeyed(options.api, id, options.clock, options.signal);
    if (!isAlive(found)) throw error;
    conversation = await untilCreated(found, options);
    if (!(await isUnbroken(id, task, options))) return { conversation, reused: true, honored: true };
  }
  if (!isSameId(conversation.id, id)) return { conversation, reused: false, honored: false };
  return { conversation, reused: await wasInVain(id, task, options), honored: true };
}

/** Whether a start is well although it could not be asked about: then what was found is its own. */
async function isUnbroken(id: string, task: string, { api, clock, signal }: StartOptions): Promise<boolean> {
  const starts = await api.starts(id, recently(clock), signal);
  return starts.some((start) => start.task === task && isAlive(start.progress));
}

/** What finding out about a start needs. */
type Means = Pick<StartOptions, 'api' | 'clock' | 'signal'>;

/**
 * Whether the conversation of a key came to live in another run's sandbox. Then that of this run is paused. There is a
 * conversation: a server that does not tell how it came to be is no reason to fail.
 *
 * @param task the start of this run.
 * @throws the signal's reason once aborted.
 */
export async function wasInVain(id: string, task: string, means: Means): Promise<boolean> {
  return orElse(async () => pausedInVain(id, task, means), false);
}

async function pausedInVain(id: string, task: string, { api, clock, signal }: Means): Promise<boolean> {
  const starts = await untilOthersAreReady(id, task, api, clock, signal);
  const own = starts.find((start) => start.task === task)?.sandbox;
  if (own === undefined || starts.length < 2) return false;
  const home = await homeOf(id, api, clock, signal);
  if (home === undefined || home === own) return false;
  await api.halt(own, signal);
  return true;
}

/** The sandbox that a new conversation lives in. For a moment the server does not list it. */
async function homeOf(
  id: string,
  api: ConversationApi,
  clock: Clock,
  signal: AbortSignal,
): Promise<string | undefined> {
  const since = clock.now();
  while (clock.now() - since < DOUBT_MS) {
    const sandbox = await api.sandbox(id, signal);
    if (sandbox.kind !== 'gone') return sandbox.handle;
    await clock.sleep(LOOK_MS, signal);
  }
  return undefined;
}

/** The starts with that id, once none of them is under way: the last that becomes ready has the conversation. */
async function untilOthersAreReady(
  id: string,
  task: string,
  api: ConversationApi,
  clock: Clock,
  signal: AbortSignal,
): Promise<readonly ListedStart[]> {
  const since = clock.now();
  for (;;) {
    const starts = await api.starts(id, recently(clock), signal);
    const pending = starts.some((start) => start.task !== task && start.progress.kind === 'pending');
    if (!pending || clock.now() - since > DOUBT_MS) return starts.filter(({ progress }) => isAlive(progress));
    await clock.sleep(LOOK_MS, signal);
  }
}

function recently(clock: Clock): Date {
  return new Date(clock.date().getTime() - RECENT_MS);
}

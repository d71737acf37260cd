import { v5 as uuidV5 } from 'uuid';

import { type ConversationApi, isAlive, type ListedStart, orElse, type StartProgress } from './api.ts';
import type { Clock } from './clock.ts';
import { type Conversation, isSameId } from './conversation.ts';
import { DOUBT_MS } from './pace.ts';
import { persist } from './resume.ts';
import { type StartOptions, untilStarted } from './start.ts';

/** Never to be changed: with another one, every key would mean another conversation than before. */
const NAMESPACE = '5f0b1c6e-7a43-4c9d-9c1b-6d2f8e3a4b57';
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

/** A conversation of a key. */
export interface Keyed extends Twins {
  readonly conversation: Conversation;
  /** Whether the server took the id that the key leads to: only then other runs find the conversation. */
  readonly honored: boolean;
}

/** What came of it that several runs may have asked for the same conversation. */
export interface Twins {
  /** Whether the conversation is another run's. */
  readonly reused: boolean;
  /** The sandboxes that are in vain and could not be paused. */
  readonly left: readonly string[];
}

const ALONE: Twins = { reused: false, left: [] };

/**
 * Follows the start that this run asked for to the conversation of its key. Where another run asked for the same at the
 * same moment, one of the two sandboxes is in vain, and is paused.
 *
 * @param task the start of this run, where that is known for sure.
 * @throws {ApiFailure} where there is no conversation in the end; the signal's reason once aborted.
 */
export async function untilKeyed(
  id: string,
  task: string | undefined,
  first: StartProgress,
  options: StartOptions,
): Promise<Keyed> {
  // A server may fail the earlier of two starts with the same id for the sake of the later.
  const conversation = await untilStarted({ id, isShared: true }, first, options);
  if (!isSameId(conversation.id, id)) return { conversation, honored: false, ...ALONE };
  return { conversation, honored: true, ...(await twinsOf(id, task, options)) };
}

/** What finding out about a start needs. */
type Means = Pick<StartOptions, 'api' | 'clock' | 'signal'>;

/**
 * Finds out which run started the conversation of a key, and pauses the sandboxes that it does not live in: the agents in
 * them work in vain. There is a conversation: a server that does not tell how it came to be is no reason to fail.
 *
 * @param task the start of this run. Where that is not known for sure the conversation counts as this run's, which has
 *   asked for it: else nobody might stop its agent.
 * @throws the signal's reason once aborted.
 */
export async function twinsOf(id: string, task: string | undefined, means: Means): Promise<Twins> {
  return orElse(async () => amongTwins(id, task, means), ALONE);
}

async function amongTwins(id: string, task: string | undefined, means: Means): Promise<Twins> {
  const starts = await untilOthersAreReady(id, task, means);
  const alive = starts.filter(({ progress }) => isAlive(progress)).toSorted(byAge);
  const own = starts.find((start) => start.task === task);
  const [first] = alive;
  const reused = own !== undefined && first !== undefined && first !== own;
  const halt = async (): Promise<readonly string[]> => haltStrays(id, task, alive, means);
  return { reused, left: alive.length < 2 ? [] : await orElse(halt, []) };
}

/** The earlier first; both runs must come to the same order. */
function byAge(one: ListedStart, other: ListedStart): number {
  return one.createdAt - other.createdAt || (one.task < other.task ? -1 : 1);
}

/** Pauses the sandboxes that the conversation does not live in; those that could not be paused. */
async function haltStrays(
  id: string,
  task: string | undefined,
  starts: readonly ListedStart[],
  { api, clock, signal }: Means,
): Promise<readonly string[]> {
  const home = await homeOf(id, api, clock, signal);
  if (home === undefined) return [];
  const strays = starts.filter(({ sandbox }) => sandbox !== undefined && sandbox !== home);
  // One that is being prepared may be the conversation's home in a moment, unless it is this run's own.
  const vain = strays.filter((start) => start.task === task || start.progress.kind === 'created');
  const left: string[] = [];
  for (const sandbox of new Set(vain.flatMap((start) => start.sandbox ?? []))) {
    const halt = async (): Promise<boolean> => {
      await persist(async () => api.halt(sandbox, id, signal), clock, signal);
      return true;
    };
    if (!(await orElse(halt, false))) left.push(sandbox);
  }
  return left;
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

/** The starts with that id, once no other is under way: the last that becomes ready has the conversation. */
async function untilOthersAreReady(
  id: string,
  task: string | undefined,
  { api, clock, signal }: Means,
): Promise<readonly ListedStart[]> {
  const since = clock.now();
  for (;;) {
    const starts = await api.starts(id, signal);
    const pending = starts.some((start) => start.task !== task && start.progress.kind === 'pending');
    if (!pending || clock.now() - since > DOUBT_MS) return starts;
    await clock.sleep(LOOK_MS, signal);
  }
}

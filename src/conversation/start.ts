import {
  ApiFailure,
  type ConversationApi,
  type Found,
  inTimeOrElse,
  isAlive,
  orElse,
  type Sought,
  START,
  type StartProgress,
  type StartRequest,
  type Workplace,
} from './api.ts';
import type { Clock } from './clock.ts';
import type { Conversation } from './conversation.ts';
import { DOUBT_MS, type Pace, waitWithin } from './pace.ts';

/** What waiting for a start needs. Times are the clock's milliseconds. */
export interface StartOptions {
  readonly api: ConversationApi;
  readonly clock: Clock;
  readonly pace: Pace;
  readonly startedAt: number;
  readonly deadlineAt: number;
  /** The repository that was asked for; absent if none was. */
  readonly workplace?: Workplace;
  readonly signal: AbortSignal;
  /** Called at each look with the phase of the start, in the server's words. */
  readonly onPhase: (phase: string) => void;
}

/** A server tells in its own words alone whether the sandbox failed or the repository: right for both. */
const FAILED_TODO =
  'run the step again; if that fails, too, check that the server can start sandboxes, and that the account of the API ' +
  'key can reach the repository and the branch';

/** When to look for a start whose answer was lost: a server that got the request has it stored by the last of them. */
const LOOKS_AFTER_MS = [1_000, 3_000, 8_000] as const;

/** A server that could not be asked about the start is given so long to tell of it or of its conversation, and again each time it does. */
const FIND_MS = 15_000;

/** The looks at a start have their own times: it takes seconds, and nothing else is asked meanwhile. */
const LONGEST_LOOK_MS = 20_000;
/** A start that takes longer than this, and again after each such time, may have its conversation all the same. */
const SLOW_MS = 30_000;

/** A start that was asked for. */
export interface Requested {
  readonly progress: StartProgress;
  /** Whether the server answered it. A start that was found could be another one that asked for the same id. */
  readonly answered: boolean;
}

/**
 * Asks for a conversation so that there is one in the end, and not two. Where the answer is lost, it is looked for by the
 * id that was chosen for it; only where nothing was created the request is sent again, once, and looked for again.
 *
 * @param isShared whether others may ask for the same id.
 * @throws {ApiFailure} where the start is refused, or nobody can tell whether there is a conversation; the signal's
 *   reason once aborted.
 */
export async function requestStart(
  api: ConversationApi,
  request: StartRequest,
  { clock, signal, isShared }: Pick<StartOptions, 'clock' | 'signal'> & { readonly isShared: boolean },
): Promise<Requested> {
  /** What came of asking; the failure if nothing did, as far as the server tells. */
  const ask = async (): Promise<Requested | ApiFailure> => {
    try {
      return { progress: await api.start(request, signal), answered: true };
    } catch (error) {
      if (!(error instanceof ApiFailure) || !error.mayHaveActed) throw error;
      const found = await findLost(api, { ...request, ...(isShared && { isShared }) }, clock, signal);
      if (found.kind === 'untold') throw error;
      return found.kind === 'not-there' ? error : { progress: found, answered: false };
    }
  };
  const first = await ask();
  if (!(first instanceof ApiFailure)) return first;
  const second = await orElseThrow(ask, first);
  if (second instanceof ApiFailure) throw second;
  return second;
}

/** Asks a second time. Where that is refused, what counts is that the first may come to something yet. */
async function orElseThrow<T>(ask: () => Promise<T>, first: ApiFailure): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw error instanceof ApiFailure && !error.mayHaveActed ? first : error;
  }
}

async function findLost(
  api: ConversationApi,
  sought: Sought,
  clock: Clock,
  signal: AbortSignal,
): Promise<Found> {
  let found: Found | undefined;
  for (const waitMs of LOOKS_AFTER_MS) {
    await clock.sleep(waitMs, signal);
    // A server that cannot be asked now may tell at the next look; after the last, the failure of the start is what counts.
    found = await orElse(async () => api.find(sought, signal), undefined);
    if (found !== undefined && found.kind !== 'not-there') return found;
  }
  return found ?? { kind: 'untold' };
}

/**
 * Waits until a requested conversation exists. Where its start cannot be asked about, or is called failed, it is looked for
 * by its id: it may be there all the same, or about to be.
 *
 * @throws {ApiFailure} where the start fails or the API cannot be used; the signal's reason once aborted.
 */
export async function untilStarted(
  sought: Sought,
  first: StartProgress,
  options: StartOptions,
): Promise<Conversation> {
  const follow = async (found: StartProgress): Promise<Conversation> =>
    untilCreated(sought.id, found, options);
  try {
    return await follow(first);
  } catch (error) {
    if (!(error instanceof ApiFailure)) throw error;
    const { api, clock, signal } = options;
    const find = async (inTime: AbortSignal): Promise<Found> => api.find(sought, inTime);
    for (let heardAt = clock.now(); clock.now() - heardAt < FIND_MS;) {
      const found = await inTimeOrElse(find, undefined, { clock, signal, ms: FIND_MS });
      if (found !== undefined && !isAlive(found)) break;
      if (found !== undefined) heardAt = clock.now();
      const conversation = found && (await orElse(async () => follow(found), undefined));
      if (conversation !== undefined) return conversation;
      await clock.sleep(untilLook(options), signal);
    }
    throw error;
  }
}

/**
 * Waits until a requested conversation exists, by the word of its start; or by the server's list, if its start is slow.
 * Source: in about one of 46 starts at once the task stays as it is, though the agent works; seen with 1.11.0.
 *
 * @param id the id that was chosen for it.
 * @throws {ApiFailure} where the start fails or the API cannot be used; the signal's reason once aborted.
 */
export async function untilCreated(
  id: string,
  first: StartProgress,
  options: StartOptions,
): Promise<Conversation> {
  const { api, clock, signal, onPhase } = options;
  let progress = first;
  let knownAt = clock.now();
  let listedAt = knownAt;
  while (progress.kind === 'pending' || (progress.kind === 'unknown' && clock.now() - knownAt < DOUBT_MS)) {
    if (progress.kind === 'pending') {
      knownAt = clock.now();
      onPhase(progress.phase);
    }
    await clock.sleep(untilLook(options), signal);
    progress = await progressOf(progress.task, options);
    const isLast = untilLook(options) === Number.POSITIVE_INFINITY;
    if (progress.kind !== 'pending' || (clock.now() - listedAt < SLOW_MS && !isLast)) continue;
    listedAt = clock.now();
    const listed = await listedId(api, id, signal);
    if (listed !== undefined) progress = { kind: 'created', id: listed };
  }
  if (progress.kind === 'created') return { id: progress.id, url: api.page(progress.id) };
  if (progress.kind === 'failed') throw await failed(progress.reason, options);
  throw new ApiFailure({
    failedTo: START,
    because: 'the server no longer knows of the start',
    todo: lookFirst(api),
    kind: 'server',
  });
}

/** How long it is until the next look, in milliseconds. */
function untilLook({ clock, startedAt, deadlineAt, pace }: StartOptions): number {
  const longestMs = Math.min(pace.longestMs, LONGEST_LOOK_MS);
  return waitWithin(deadlineAt - clock.now(), clock.now() - startedAt, { ...pace, longestMs });
}

/** A start that the server gave up. One that gives no reason is often about a repository that the account cannot use. */
async function failed(reason: string, { api, workplace, signal }: StartOptions): Promise<ApiFailure> {
  const refusal =
    reason === '' && workplace !== undefined
      ? await orElse(async () => api.repositoryRefusal(workplace, signal), '')
      : '';
  if (refusal === '' || workplace === undefined) {
    const because = reason === '' ? 'the server gives no reason' : reason;
    // The server gave up while it prepared what the agent works in.
    return new ApiFailure({ failedTo: START, because, todo: FAILED_TODO, kind: 'sandbox' });
  }
  const { gitProvider, repository } = workplace;
  const todo = `connect the account of the API key to ${gitProvider} in its settings, so that it can reach ${repository}`;
  return new ApiFailure({ failedTo: START, because: refusal, todo, kind: 'auth' });
}

/** The id of a conversation as the server lists it; `undefined` if it does not, or cannot be asked. */
export async function listedId(
  api: ConversationApi,
  id: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const found = await orElse(async () => api.find({ id }, signal), undefined);
  return found?.kind === 'created' ? found.id : undefined;
}

/** A start that was accepted goes on although nobody can ask about it: whoever runs the step again must know. */
async function progressOf(task: string, { api, signal }: StartOptions): Promise<StartProgress> {
  try {
    return await api.startProgress(task, signal);
  } catch (error) {
    if (!(error instanceof ApiFailure)) throw error;
    throw new ApiFailure({ ...error.problem, todo: `${lookFirst(api)}; then ${error.problem.todo}` });
  }
}

function lookFirst({ list }: ConversationApi): string {
  return `before running the step again, see at ${list} whether the conversation was started all the same`;
}

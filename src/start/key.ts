import { v5 as uuidV5 } from 'uuid';

import { ApiFailure, ATTACH } from '../port/api.ts';
import type { Draft, RunMark, StartRequest } from '../port/assignment.ts';
import type { Conversation, Snapshot } from '../port/conversation.ts';
import { noConversation, type Outcome } from '../port/outcome.ts';
import { MIN_LOOKING_MS } from '../port/pace.ts';
import { type Existing, type KnownPlace, mayBeListed, type Start, startsOf } from '../port/place.ts';
import { OTHER_KEY, type Problem } from '../port/problem.ts';
import { askUntilKnown } from '../session/ask.ts';
import type { Access } from '../session/session.ts';
import { placeOfListed } from './locate.ts';

/** Must never change: with another namespace, every key would lead to a new conversation. */
const NAMESPACE = '5f0b1c6e-7a43-4c9d-9c1b-6d2f8e3a4b57';

/** The scope of an idempotency key: the same text in another scope is another key. */
export interface KeyScope {
  /** Origin and path prefix of the server, without a trailing slash. */
  readonly baseUrl: string;
  /** `owner/repo`; absent for work without a repository. */
  readonly repository?: string;
  /** Makes the id unpredictable, so that nobody else can take it. */
  readonly account: string;
  /** Whether its agents have no tools: they share no conversation with those that have some. */
  readonly hasNoTools?: boolean;
}

/**
 * Returns the id of a conversation of a key: the same in every run.
 * Source: RFC 9562, section 5.5 (UUID version 5).
 *
 * @param generation 0 for the first conversation of the key, 1 for the next one, and so on.
 */
export function conversationIdOf(
  key: string,
  { baseUrl, repository = '', account, hasNoTools = false }: KeyScope,
  generation = 0,
): string {
  // No account is a list.
  const owner = hasNoTools ? [account, 'tools: none'] : account;
  const scope = [baseUrl, repository.toLowerCase(), owner, key];
  // The id of the first one must stay as it was before keys had generations.
  return uuidV5(JSON.stringify(generation === 0 ? scope : [...scope, generation]), NAMESPACE);
}

/**
 * Returns an id for a step of a workflow.
 *
 * @param step the run, the job and the step, and the attempt if the id must differ between attempts.
 * @param jobHash a hash of what differs between the jobs of a matrix.
 */
export function stepIdOf(step: readonly string[], jobHash: string): string {
  return uuidV5(JSON.stringify(['step', ...step, jobHash]), NAMESPACE);
}

/** What a step asks the server for, and what its key has found. */
export interface WantedStart {
  readonly request: Omit<StartRequest, 'message'>;
  readonly message: Draft;
  /** Whether the id comes from a key: then other runs may ask for it, too. */
  readonly isShared: boolean;
  /** What was found by the key: a conversation, or another run's start of one. */
  readonly found?: KnownPlace;
  /** Whether the key's next conversation is started if the one that was found lacks its repository: it counts as failed. */
  readonly isReplaceable?: boolean;
  /** Looks for the key's next conversation, if the server hides this one, or it is `archived`. */
  readonly next?: (archived?: Conversation) => Promise<WantedStart>;
  /** Present if an existing conversation gets the message as a follow-up. The message ends with this mark. */
  readonly mark?: RunMark;
  /** The message for a conversation that another run has started. */
  readonly followUp: Draft;
}

/** How many conversations servers list in one request. */
export const MAX_IDS = 99;
/** How many to list first if only the newest matters: some servers query their database once for each id. */
export const FEW_IDS = 10;

/** A conversation of a key: the number of its generation, its id, and where it is. */
interface Generation {
  readonly number: number;
  readonly id: string;
  readonly place: KnownPlace;
}

export interface Generations {
  /** The newest that exists or is being started; absent if there is none. */
  readonly newest?: Generation | undefined;
  /** The next free number: after the newest, and after those that the server hides. */
  readonly free: number;
}

export interface KeySearch extends Pick<Access, 'api' | 'clock' | 'signal'> {
  readonly idOf: (generation: number) => string;
  /** The repository of the key; absent for work without one. */
  readonly repository?: string | undefined;
  /** A number that this step has found to be hidden, and need not look for again. */
  readonly hidden?: number | undefined;
}

/**
 * Returns the newest conversation of a key that exists or is being started, and the next free number. Skips gaps, which deleted
 * conversations leave.
 *
 * @param firstCount how many numbers to read first, from 0 on. If the last of them exists, reads more.
 *
 * @throws {ApiFailure} if a request fails, or if a conversation belongs to another repository.
 */
export async function findGenerations(search: KeySearch, firstCount: number): Promise<Generations> {
  let newest: Generation | undefined;
  let free = 0;
  for (let from = 0, count = firstCount; ; from += count, count = MAX_IDS) {
    const batch = await readNumbers(from, count, search);
    const lastExisting = batch.findLast(({ state }) => state === 'exists');
    if (lastExisting !== undefined) {
      const { number, id, look, start } = lastExisting;
      const place = look?.facts ? await placeIfSameRepository(id, look, search) : start?.place;
      newest = place && { number, id, place };
    }
    const lastTaken = batch.findLast(isTaken);
    if (lastTaken !== undefined) free = lastTaken.number + 1;
    const mayHaveMore = lastExisting?.number === from + count - 1;
    if (!mayHaveMore) return { newest, free };
  }
}

/** What is known of a number of a key. `hidden`: it has only starts whose conversations the server does not list any more. */
interface KeyNumber extends Pick<Generation, 'number' | 'id'> {
  readonly look: Snapshot | undefined;
  readonly start: Start | undefined;
  readonly state: 'exists' | 'hidden' | 'free';
}

const isTaken = ({ state }: KeyNumber): boolean => state !== 'free';

/** Reads `count` numbers from a number on. If the newest seems to be hidden, reads again for a while: it may only be listed late. */
async function readNumbers(from: number, count: number, search: KeySearch): Promise<readonly KeyNumber[]> {
  let numbers: readonly KeyNumber[] = [];
  await askUntilKnown(MIN_LOOKING_MS, search, async () => {
    numbers = await readNumbersOnce(from, count, search);
    const newest = numbers.findLast(isTaken);
    const mayBeListedLater = newest?.state === 'hidden' && newest.number !== search.hidden;
    return mayBeListedLater ? undefined : numbers;
  });
  return numbers;
}

async function readNumbersOnce(
  from: number,
  count: number,
  { api, idOf, signal }: KeySearch,
): Promise<readonly KeyNumber[]> {
  const ids = Array.from({ length: count }, (_, index) => idOf(from + index));
  const [looks, starts] = await Promise.all([api.look(ids, signal), api.listStarts('recent', signal)]);
  return ids.map((id, index) => {
    const look = looks[index];
    const own = startsOf(id, starts);
    const start = own.find(({ place }) => mayBeListed(place));
    const exists = look?.facts !== undefined || start !== undefined;
    const isHidden = !exists && own.some(({ place }) => place.kind === 'created');
    const state = exists ? 'exists' : isHidden ? 'hidden' : 'free';
    return { number: from + index, id, look, start, state };
  });
}

/** Returns where a listed conversation of the key is. Throws {@link ApiFailure} if it belongs to another repository. */
async function placeIfSameRepository(id: string, look: Snapshot, search: KeySearch): Promise<KnownPlace> {
  const problem = problemIfOtherRepository({ id, repository: look.facts?.repository }, search.repository);
  if (problem !== undefined) throw new ApiFailure(problem);
  return placeOfListed(id, look, search);
}

/** Returns the outcome if the conversation that was found for a start with a key is in another repository. */
export function refuseOther(found: Existing, { request, isShared }: WantedStart): Outcome | undefined {
  const problem = isShared ? problemIfOtherRepository(found, request.workplace?.repository) : undefined;
  return problem && noConversation(problem);
}

/** Returns the problem if the server says that the conversation of a key is in another repository than the key's. */
function problemIfOtherRepository(
  { id, repository: named }: Existing,
  repository: string | undefined,
): Problem | undefined {
  if (named === undefined || named.toLowerCase() === repository?.toLowerCase()) return undefined;
  return {
    failedTo: ATTACH,
    because: `the server says that the conversation ${id} for this idempotency-key is in another repository, ${named}`,
    ...OTHER_KEY,
    kind: 'server',
  };
}

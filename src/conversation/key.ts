import { createHash } from 'node:crypto';

import { v5 as uuidV5 } from 'uuid';

import { type ConversationApi, isAlive } from './api.ts';
import type { Mark } from './assignment.ts';

/** Must never change: with another namespace, every key would lead to another conversation than before. */
const NAMESPACE = '5f0b1c6e-7a43-4c9d-9c1b-6d2f8e3a4b57';

/** The scope of an idempotency key: the same text in another scope is another key. */
export interface KeyScope {
  /** Origin and path prefix of the server, without a trailing slash. */
  readonly baseUrl: string;
  /** `owner/repo`; absent for work without a repository. */
  readonly repository?: string;
  /** Makes the id of a key unpredictable to others, so that nobody else can take that id. */
  readonly account: string;
}

/**
 * Returns the id of a conversation of a key: the same in every run.
 * Source: RFC 9562, section 5.5 (UUID version 5).
 *
 * @param generation 0 for the first conversation of the key, 1 for the next one, and so on.
 */
export function conversationIdOf(
  key: string,
  { baseUrl, repository = '', account }: KeyScope,
  generation = 0,
): string {
  const scope = [baseUrl, repository.toLowerCase(), account, key];
  return uuidV5(JSON.stringify(generation === 0 ? scope : [...scope, generation]), NAMESPACE);
}

/**
 * Returns an id for a step of a workflow, to use until its conversation has an id: the same in each attempt of a run, but
 * different for each job of a matrix.
 *
 * @param step the run, the job and the step.
 * @param task what the step asks for: a message, a key or a conversation id.
 */
export function stepIdOf(step: readonly string[], task: string): string {
  return uuidV5(JSON.stringify(['step', ...step, task]), NAMESPACE);
}

/** How many conversations servers list in one request. */
const BATCH = 99;

/** A conversation of a key: the number of its generation, and its id. */
export interface Generation {
  readonly number: number;
  readonly id: string;
}

/**
 * Returns the newest conversation of a key that exists or is being started; `undefined` if there is none. Skips gaps, because a
 * conversation can be deleted.
 *
 * @param idOf returns the id of a generation.
 * @throws {ApiFailure} if a request fails; the signal's reason once it is aborted.
 */
export async function newestOf(
  idOf: (generation: number) => string,
  api: Pick<ConversationApi, 'look' | 'find'>,
  signal: AbortSignal,
): Promise<Generation | undefined> {
  let newest: Generation | undefined;
  for (let from = 0; ; from += BATCH) {
    const batch = Array.from({ length: BATCH }, (_, index) => ({
      number: from + index,
      id: idOf(from + index),
    }));
    const looks = await api.look(
      batch.map(({ id }) => id),
      signal,
    );
    const last = batch.findLast((_, index) => looks[index]?.facts !== undefined);
    // A conversation that was started a moment ago is not listed yet.
    const next = batch[last === undefined ? 0 : last.number - from + 1];
    const isStarting = next !== undefined && isAlive(await api.find({ id: next.id, isShared: true }, signal));
    newest = (isStarting ? next : last) ?? newest;
    if (newest?.number !== from + BATCH - 1) return newest;
  }
}

const HASH_LENGTH = 8;

/**
 * Returns the mark of a step. The run, the job and the step are the same in each attempt of a run; a hash of the request tells
 * the jobs of a matrix apart.
 */
export function markOf(
  [run = '', ...step]: readonly string[],
  isFirstAttempt: boolean,
  request: string,
): Mark {
  const place = [run, step.join('/')].map((name) => name.replaceAll(/[^\w./-]/g, '_')).join(' ');
  const hash = createHash('sha256').update(request).digest('hex').slice(0, HASH_LENGTH);
  return { text: `<!-- openhands-run ${place} ${hash} -->`, mayBeSent: run !== '' && !isFirstAttempt };
}

/** Matches the mark of any step. */
export const ANY_MARK = /<!-- openhands-run [\w./ -]+ -->/;

/** Adds the mark to a message, on a line of its own. */
export function withMark(message: string, { text }: Mark): string {
  return `${message}${message.endsWith('\n') ? '' : '\n'}\n${text}`;
}

/** Whether a message ends with the mark. A mark elsewhere in a message is a quotation. */
export function endsWithMark(message: string | undefined, { text }: Mark): boolean {
  return message?.trimEnd().endsWith(text) === true;
}

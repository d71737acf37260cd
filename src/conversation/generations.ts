import { type ConversationApi, isAlive } from './api.ts';

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

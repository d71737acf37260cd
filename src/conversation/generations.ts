import { type ConversationApi, isAlive } from './api.ts';

/** So many are looked at in one request. */
const LOT = 99;

/** The newest conversation of a key: the number of its generation, and its id. */
export interface Generation {
  readonly number: number;
  readonly id: string;
}

/**
 * The newest conversation of a key that exists, or is being started; `undefined` if there is none. Gaps do not count: a
 * conversation can be deleted.
 *
 * @param idOf the id of a generation.
 * @throws {ApiFailure} if the server cannot be asked; the signal's reason once aborted.
 */
export async function newestOf(
  idOf: (generation: number) => string,
  api: Pick<ConversationApi, 'look' | 'find'>,
  signal: AbortSignal,
): Promise<Generation | undefined> {
  let newest: Generation | undefined;
  for (let from = 0; ; from += LOT) {
    const lot = Array.from({ length: LOT }, (_, index) => ({ number: from + index, id: idOf(from + index) }));
    const looks = await api.look(
      lot.map(({ id }) => id),
      signal,
    );
    const last = lot.findLast((_, index) => looks[index]?.facts !== undefined);
    // One that was asked for a moment ago is not listed yet.
    const next = lot[last === undefined ? 0 : last.number - from + 1];
    const isStarting = next !== undefined && isAlive(await api.find({ id: next.id, isShared: true }, signal));
    newest = (isStarting ? next : last) ?? newest;
    if (newest?.number !== from + LOT - 1) return newest;
  }
}

import { type ConversationApi, isAlive } from './api.ts';
import { drive, type Driving } from './drive.ts';
import type { Outcome } from './outcome.ts';
import { waitingFor } from './waiting.ts';
import { watch } from './watch.ts';

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

/** How a conversation stands now: `running` if it goes on, or waits for somebody. Nothing of it is told. */
export async function standingNow(id: string, driving: Driving): Promise<Outcome | undefined> {
  const watched = watch(driving.api.conversation(id), driving.clock.now());
  const looking = waitingFor(watched, { onPaused: 'wait', poll: false });
  const { value } = await drive([looking], { ...driving, tell: () => undefined }).next();
  return value;
}

import type { Clock } from '../conversation/clock.ts';

/** A server that closes at once, again and again, is not asked for ever. */
const MOST_TRIES = 4;
const FIRST_BACKOFF_MS = 1_000;
/** A socket that has lasted so long was a good one: the tries begin anew. */
const LASTING_MS = 60_000;
/** Of a socket that could not be opened. Source: RFC 6455, section 7.1.5. */
export const NOT_OPENED = 1006;
/** Our own, of a host that no key is sent to. Source of the range: RFC 6455, section 7.4.2. */
export const UNFIT = 4_900;
/** The key is refused, there is no such conversation, or no key goes there: trying again does not help. */
const FINAL_CODES = [4001, 4004, UNFIT];

/** Yielded when a socket was lost that may be opened again. */
export const LOST = Symbol('lost');

/** What is listened with. */
export interface ListenOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly signal: AbortSignal;
}

/**
 * The frames of a socket that is opened again, with exponential backoff and full jitter, while that may help. It ends when
 * it does not.
 *
 * @throws the signal's reason once that is aborted.
 */
export async function* listen(
  open: () => AsyncGenerator<string, number>,
  { clock, random, signal }: ListenOptions,
): AsyncGenerator<string | typeof LOST> {
  for (let tries = 1; tries <= MOST_TRIES; tries += 1) {
    const openedAt = clock.now();
    const code = yield* open();
    yield LOST;
    if (FINAL_CODES.includes(code)) return;
    if (clock.now() - openedAt >= LASTING_MS) tries = 0;
    await clock.sleep(random() * FIRST_BACKOFF_MS * 2 ** tries, signal);
  }
}

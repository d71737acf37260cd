import type { Network } from './exchange.ts';
import type { OpenSocket } from './web-socket.ts';

/** Gives up after this many short connections in a row. */
const MAX_CONNECT_TRIES = 4;
const FIRST_RECONNECT_MS = 1_000;
/** A connection that lasts this long resets the count of tries. One that is silent from the start does not: it is lost after 53 s. */
const MIN_LASTING_MS = 54_000;
/** The close code if a socket could not be opened. Source: RFC 6455, section 7.1.5. */
export const NOT_OPENED = 1006;

/** Yielded when a connection ends. */
export const LOST = Symbol('lost');

export interface ListenOptions extends Pick<Network, 'clock' | 'random'> {
  readonly signal: AbortSignal;
  /** The server's close codes after which a new connection would not help. */
  readonly finalCodes: readonly number[];
}

/**
 * Yields a socket's frames in batches. Reconnects while that may help. Throws the signal's reason once aborted. `open` yields the
 * batches of one connection, and returns its close code.
 */
export async function* listen(
  open: () => AsyncGenerator<readonly string[], number>,
  { clock, random, signal, finalCodes }: ListenOptions,
): AsyncGenerator<readonly string[] | typeof LOST> {
  for (let tries = 1; tries <= MAX_CONNECT_TRIES; tries += 1) {
    const openedAt = clock.now();
    const code = yield* open();
    yield LOST;
    if (clock.now() - openedAt >= MIN_LASTING_MS) tries = 0;
    if (finalCodes.includes(code) || tries === MAX_CONNECT_TRIES) return;
    await clock.sleep(random() * FIRST_RECONNECT_MS * 2 ** tries, signal);
  }
}

/** Opens real WebSockets. Their code is loaded for the first one. */
export const openSystemSocket: OpenSocket = async function* (url, options) {
  const { openWebSocket } = await import(/* webpackIgnore: true */ './web-socket.ts');
  return yield* openWebSocket(url, options);
};

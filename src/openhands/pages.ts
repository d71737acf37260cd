import { isTooLarge } from './failure.ts';

/** Each try is for so many times fewer: it may load all that an answer may have before it is given up. */
const FEWER = 4;

/** What was read, and how many events that were at most; no page if a single event is too large. */
export type Fitting<T> = { readonly page: T; readonly limit: number } | { readonly page?: undefined };

/**
 * Asks for fewer and fewer events until the answer is not too large.
 *
 * @throws what `read` throws and is no answer that is too large.
 */
export async function asManyAsFit<T>(
  limit: number,
  read: (limit: number) => Promise<T>,
): Promise<Fitting<T>> {
  for (let size = limit; size >= 1; size = size === 1 ? 0 : Math.max(1, Math.floor(size / FEWER))) {
    try {
      return { page: await read(size), limit: size };
    } catch (error) {
      if (!isTooLarge(error)) throw error;
    }
  }
  return {};
}

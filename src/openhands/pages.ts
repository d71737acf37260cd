import { isTooLarge } from '../http/failure.ts';

/** Each try divides the limit by this. Few tries: each may download 10 MiB before it fails. */
const FEWER = 4;

/** A page, and the limit that it was read with. No page: even a single event is too large. */
export type Fitting<T> = { readonly page: T; readonly limit: number } | { readonly page?: undefined };

/**
 * Reads a page, with a lower limit after each answer that is too large.
 *
 * @throws any other error of `read`.
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

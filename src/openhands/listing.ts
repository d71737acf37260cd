import * as v from 'valibot';

import { isSameId } from '../conversation/conversation.ts';
import type { Request } from '../http/exchange.ts';
import { OTHER_CONVERSATION } from './wire.ts';

/**
 * Returns the request for several conversations. The answer has one entry per id, in the same order: null if the server
 * does not list the conversation.
 */
export function listRequest<T extends { readonly id: string }>(
  path: string,
  conversation: v.GenericSchema<unknown, T>,
  ids: readonly string[],
  signal: AbortSignal,
): Request<readonly (T | null)[]> {
  const isAskedFor = (found: T | null, index: number): boolean =>
    found === null || isSameId(found.id, ids[index] ?? '');
  return {
    to: 'read the status of the conversation',
    path: `${path}?${new URLSearchParams(ids.map((id): [string, string] => ['ids', id])).toString()}`,
    answer: v.pipe(
      v.array(v.nullable(conversation)),
      v.length(ids.length),
      v.check((found) => found.every(isAskedFor), OTHER_CONVERSATION),
    ),
    signal,
  };
}

/** Asks for many ids in batches. The results are in the order of `ids`. */
export async function inBatches<T>(
  ids: readonly string[],
  most: number,
  ask: (ids: readonly string[]) => Promise<readonly T[]>,
): Promise<readonly T[]> {
  const found: T[] = [];
  for (let from = 0; from < ids.length; from += most)
    found.push(...(await ask(ids.slice(from, from + most))));
  return found;
}

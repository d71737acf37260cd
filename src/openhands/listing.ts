import * as v from 'valibot';

import { isSameId } from '../conversation/conversation.ts';
import type { HttpClient } from '../http/client.ts';
import { OTHER_CONVERSATION } from './wire.ts';

/** Reads conversations by their ids, in the same order; null for one that the server does not list. */
export async function listed<T extends { readonly id: string }>(
  http: HttpClient,
  path: string,
  conversation: v.GenericSchema<unknown, T>,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<readonly (T | null)[]> {
  const isAskedFor = (found: T | null, index: number): boolean =>
    found === null || isSameId(found.id, ids[index] ?? '');
  return http.read({
    to: 'read the status of the conversation',
    path: `${path}?${new URLSearchParams(ids.map((id): [string, string] => ['ids', id])).toString()}`,
    answer: v.pipe(
      v.array(v.nullable(conversation)),
      v.length(ids.length),
      v.check((found) => found.every(isAskedFor), OTHER_CONVERSATION),
    ),
    signal,
  });
}

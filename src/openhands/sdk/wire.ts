import * as v from 'valibot';

import type { Requests } from '../../http/client.ts';
import type { Request } from '../../http/exchange.ts';
import type { Message } from '../../port/assignment.ts';
import { isUuid } from '../../text/data.ts';
import { MAX_ITEM_BYTES, type ReadPage } from '../history.ts';

/** The answer to a request that succeeded. Source: `Success` in V1's description and in OpenHands/software-agent-sdk. */
export const Done = v.looseObject({ success: v.literal(true) });

export const Uuid = v.pipe(v.string(), v.check(isUuid, 'a UUID was expected'));

/**
 * Converts a message to one that the agent works on at once: without `run`, it would wait until somebody starts it. Nothing at the server
 * checks pictures. Seen with agent server 1.58.2 and V1 1.11.0.
 */
export function messageToRun({ text, pictures }: Message): object {
  const images = pictures.map(({ type, bytes }) => ({
    type: 'image',
    image_urls: [`data:${type};base64,${bytes.toString('base64')}`],
  }));
  return { role: 'user', content: [{ type: 'text', text }, ...images], run: true };
}

/** Returns a reader of a list. `selection`: how it is sorted and filtered. */
export function listReader<T>(
  http: Requests,
  list: Pick<Request<unknown>, 'goal' | 'path' | 'contentBy'>,
  items: v.GenericSchema<unknown, T[]>,
  selection: Readonly<Record<string, string>>,
): ReadPage<T> {
  const shape = v.looseObject({ items, next_page_id: v.nullish(v.string()) });
  return async (limit, from) => {
    const query = { ...selection, limit: String(limit), ...(from !== undefined && { page_id: from }) };
    const page = await http.read({
      ...list,
      query,
      shape,
      ...(limit === 1 && { limitBytes: MAX_ITEM_BYTES }),
    });
    return { items: page.items, ...(page.next_page_id != null && { next: page.next_page_id }) };
  };
}

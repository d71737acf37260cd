import * as v from 'valibot';

import { parseJson } from '../simulator/json.ts';

/** A message to an existing conversation, of V1 or an agent server; and of V0. */
const Message = v.union([
  v.pipe(
    v.object({
      run: v.boolean(),
      content: v.pipe(v.array(v.unknown()), v.minLength(1)),
    }),
    v.transform(({ content: [first] }) => first),
    v.object({ text: v.string() }),
    v.transform(({ text }) => text),
  ),
  v.pipe(
    v.object({ action: v.literal('message'), args: v.object({ content: v.string() }) }),
    v.transform(({ args }) => args.content),
  ),
]);

/** Returns the text of the message that the body of a request sends to an existing conversation; `undefined` for all other requests. */
export function messageIn(body: unknown): string | undefined {
  if (typeof body !== 'string') return undefined;
  const read = v.safeParse(Message, parseJson(body));
  return read.success ? read.output : undefined;
}

import * as v from 'valibot';

import { MAX_REPLY_BYTES } from '../message/asked-replies.ts';
import { parseJson } from '../text/data.ts';
import { firstWithin } from '../text/first-within.ts';
import { firstBytesOf } from '../text/safe.ts';

/** The size of all replies: below that of the largest answer that fits a schema. */
const MAX_REPLIES_BYTES = 88 * 1024;

const Reply = v.object({ thread: v.number(), text: v.string() });
export type Reply = v.InferOutput<typeof Reply>;
/** `unknown`: how many replies were for no thread of the review. `missing`: how many were cut off. */
const RepliesAnswer = v.object({
  replies: v.array(Reply),
  unknown: v.fallback(v.number(), 0),
  missing: v.fallback(v.number(), 0),
});
/** What the agent says in the threads of a review: at most one reply in each. */
export type Replies = v.InferOutput<typeof RepliesAnswer>;

/** The JSON Schema of the agent's answer. It limits neither lengths nor numbers: what is too long is cut. */
export const REPLIES_SCHEMA = JSON.stringify({
  type: 'object',
  properties: {
    replies: {
      type: 'array',
      items: {
        type: 'object',
        properties: { thread: { type: 'integer' }, text: { type: 'string' } },
        required: ['thread', 'text'],
      },
    },
  },
  required: ['replies'],
});

/**
 * Cuts an answer, so that the agent is not asked for a shorter one: drops empty replies and those for other threads, and joins those for the
 * same thread. An answer with another shape stays as it is.
 *
 * @param threads the threads of the review.
 * @param redact redacts secrets in a text, which it must see whole.
 */
export function cutReplies(
  answer: unknown,
  threads: readonly number[],
  redact: (text: string) => string,
): unknown {
  const { success, output } = v.safeParse(v.object({ replies: v.array(Reply) }), answer);
  if (!success) return answer;
  const known = output.replies.filter(({ thread }) => threads.includes(thread));
  const byThread = Map.groupBy(
    known.filter(({ text }) => text.trim() !== ''),
    ({ thread }) => thread,
  );
  const all = [...byThread].map(([thread, said]) => {
    const text = said.map((each) => each.text).join('\n\n');
    return { thread, text: firstBytesOf(redact(text), MAX_REPLY_BYTES) };
  });
  const replies = firstWithin(MAX_REPLIES_BYTES, all);
  return {
    replies,
    unknown: output.replies.length - known.length || undefined,
    missing: all.length - replies.length || undefined,
  };
}

/** Reads an answer that was cut and has matched {@link REPLIES_SCHEMA}. */
export function repliesIn(json: string): Replies {
  return v.parse(RepliesAnswer, parseJson(json)?.value);
}

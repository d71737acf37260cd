import { fence, tagFor } from './fence.ts';

/** The longest reply. */
export const MAX_REPLY_BYTES = 4 * 1024;

const ASK = `The review has the threads below, one a line. In the JSON, reply to each: thread is its number, and text says in one to three
sentences what you did there, or why not. At most ${MAX_REPLY_BYTES / 1024} KiB of each are posted in its thread: post no reply yourself, and resolve
no thread. Say first what you did in all, for people, and then give the JSON in a code block.`;

/** Returns the part of a message that asks for a reply in each thread of a review. `threads`: one a line as JSON. */
export function repliesRequest(threads: string): string {
  return `${ASK}\n${fence('the threads of the review', threads, tagFor([threads]))}`;
}

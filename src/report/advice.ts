import type { Conversation } from '../conversation/conversation.ts';
import { linkTo } from '../conversation/conversation.ts';
import type { Next, Problem } from '../conversation/problem.ts';
import type { WorkflowEvent } from '../github/event.ts';

/** What an advice depends on besides the problem. */
export interface Situation {
  /** Whether the step has an idempotency key by which a re-run of the job continues the same conversation. */
  readonly hasKey: boolean;
  /** What people on an issue or pull request have started the step with, and can start it with again. */
  readonly startedBy?: 'label' | 'comment' | 'review';
  /** The word with which a comment must begin. */
  readonly command?: string;
}

/** Who reads an advice: the author of the workflow, or a reader of the issue, who has only labels and comments. */
export type Reader = 'author' | 'issue';

/** Returns the situation of a step. `input` returns the value of an input. */
export function situationOf(
  { isLabeled, comment }: Pick<WorkflowEvent, 'isLabeled' | 'comment'>,
  input: (name: 'idempotency-key' | 'conversation-id' | 'on-paused' | 'command') => string,
): Situation {
  const command = input('command').trim();
  const isContinuedByKey = input('conversation-id').trim() === '' && input('on-paused').trim() !== 'fail';
  return {
    hasKey: input('idempotency-key').trim() !== '' && isContinuedByKey,
    ...(isLabeled && { startedBy: 'label' as const }),
    ...(comment && { startedBy: comment.path === 'review.body' ? 'review' : 'comment' }),
    ...(command !== '' && { command }),
  };
}

const CONTINUE_BY_ID = 'continue this conversation in a step with conversation-id';

/** How the author of a workflow gets on: with a key, and without one. */
const FOR_AUTHOR: Readonly<Record<Next, readonly [withKey: string, withoutKey: string]>> = {
  again: ['re-run the job', 're-run the job'],
  continue: ['re-run the job, which continues this conversation', CONTINUE_BY_ID],
  'new-run': [
    'start a new run, with another idempotency-key if this one does not name the run',
    'start a new run',
  ],
  raise: [`raise max-cost-usd, and ${CONTINUE_BY_ID}`, `raise max-cost-usd, and ${CONTINUE_BY_ID}`],
};

/** Returns how people get on, as a clause. On an issue, the workflow decides if the same agent continues or another one starts. */
function wordsFor(next: Next, situation: Situation, reader: Reader): string {
  if (situation.startedBy === undefined) return FOR_AUTHOR[next][situation.hasKey ? 0 : 1];
  const again = wordsOnIssue(next, situation);
  if (next !== 'raise') return again;
  return reader === 'author'
    ? `raise max-cost-usd, then ${again}`
    : `have max-cost-usd raised in the workflow, then ${again}`;
}

function wordsOnIssue(next: Next, { startedBy, command }: Situation): string {
  if (startedBy === 'label') return 'remove the label and add it again';
  const how = startedBy === 'review' ? 'submit another review' : 'comment again';
  const what = next === 'continue' || next === 'raise' ? 'how to continue' : 'what to do';
  return command === undefined ? how : `${how}: ${command} and ${what}`;
}

/**
 * Returns the one thing to do next, as a clause: what to put right, if anything, and how to get on. Empty if the problem itself says what
 * would be right.
 *
 * @param conversation that of the step; the author gets its address.
 */
export function adviceFor(
  { advice, next }: Pick<Problem, 'advice' | 'next'>,
  conversation: Conversation | undefined,
  situation: Situation,
  reader: Reader,
): string {
  // Without a conversation, the key is free.
  const hasKey = situation.hasKey && conversation !== undefined;
  const then = next && wordsFor(next, { ...situation, hasKey }, reader);
  const words = [advice, then].filter((each) => each !== undefined && each !== '').join(', then ');
  // A comment has the address in its first line.
  if (words === '' || conversation === undefined || reader === 'issue') return words;
  const address = linkTo(conversation);
  return words.includes(address) ? words : `${words} (${address})`;
}

import { type Conversation, linkTo } from '../conversation/conversation.ts';
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

/** Returns how the author of a workflow gets on. `hasKey`: as in {@link Situation}. */
function wordsForAuthor(next: Next, hasKey: boolean): string {
  switch (next) {
    case 'again':
      return 're-run the job';
    case 'continue':
      return hasKey ? 're-run the job, which continues this conversation' : CONTINUE_BY_ID;
    case 'new-run':
      return hasKey
        ? 'start a new run, with another idempotency-key if this one does not name the run'
        : 'start a new run';
    case 'raise':
      return `raise max-cost-usd, and ${CONTINUE_BY_ID}`;
  }
}

/** Returns how people get on, as a clause. On an issue, the workflow decides if the same agent continues or another one starts. */
function wordsFor(next: Next, situation: Situation, reader: Reader): string {
  if (situation.startedBy === undefined) return wordsForAuthor(next, situation.hasKey);
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

import type { Conversation } from '../conversation/conversation.ts';
import { linkTo } from '../conversation/conversation.ts';
import type { Next, Problem } from '../conversation/problem.ts';
import type { WorkflowEvent } from '../github/event.ts';

/** What an advice depends on besides the problem. */
export interface Situation {
  /** Whether the step has an idempotency key: then a re-run of the job finds the same conversation. */
  readonly hasKey: boolean;
  /** What people on an issue or pull request have started the step with, and can start it with again. */
  readonly startedBy?: 'label' | 'comment';
  /** The word with which a comment must begin. */
  readonly command?: string;
}

/** Who reads an advice: the author of the workflow, or a reader of the issue, who has only labels and comments. */
export type Reader = 'author' | 'issue';

/** Returns the situation of a step. `input` returns the value of an input. */
export function situationOf(
  { isLabeled, comment }: Pick<WorkflowEvent, 'isLabeled' | 'comment'>,
  input: (name: 'idempotency-key' | 'conversation-id' | 'command') => string,
): Situation {
  const isSet = (name: Parameters<typeof input>[0]): boolean => input(name).trim() !== '';
  return {
    hasKey: isSet('idempotency-key') && !isSet('conversation-id'),
    ...(isLabeled && { startedBy: 'label' as const }),
    ...(comment && { startedBy: 'comment' as const }),
    ...(isSet('command') && { command: input('command').trim() }),
  };
}

const CONTINUE_BY_ID = 'continue this conversation in a step with conversation-id';

/** How the author of a workflow gets on: with a key, and without one. */
const FOR_AUTHOR: Readonly<Record<Next, readonly [withKey: string, withoutKey: string]>> = {
  again: ['re-run the job', 're-run the job'],
  continue: ['re-run the job, which continues this conversation', CONTINUE_BY_ID],
  'new-run': ['start a new run', 'start a new run'],
  raise: [`raise max-cost-usd, and ${CONTINUE_BY_ID}`, `raise max-cost-usd, and ${CONTINUE_BY_ID}`],
};

/** Returns how a reader of the issue gets on. The label decides itself whether the agent continues, or another one starts. */
function wordsForIssue(next: Next, { startedBy, command }: Situation): string {
  const raise = next === 'raise' ? 'have max-cost-usd raised in the workflow, then ' : '';
  if (startedBy === 'label') return `${raise}remove the label and add it again`;
  if (command === undefined) return `${raise}comment again`;
  const isNew = next === 'new-run' || next === 'again';
  return `${raise}comment ${command} and ${isNew ? 'what to do' : 'how to continue'}`;
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
  const hasReader = reader === 'issue' && situation.startedBy !== undefined;
  // What is put right needs another try, also where the author knows that.
  const then = hasReader
    ? wordsForIssue(next ?? 'again', situation)
    : next && FOR_AUTHOR[next][situation.hasKey ? 0 : 1];
  const words = [advice, then].filter((each) => each !== undefined && each !== '').join(', then ');
  const address = conversation && linkTo(conversation);
  return words === '' || address === undefined || hasReader || words.includes(address)
    ? words
    : `${words} (${address})`;
}

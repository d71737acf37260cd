import { type Conversation, linkTo } from '../conversation/conversation.ts';
import type { Next, Problem } from '../conversation/problem.ts';
import type { WorkflowEvent } from '../github/event.ts';

/** What an advice depends on besides the problem. */
export interface Situation {
  /** Whether the step has an idempotency key by which a re-run of the job continues the same conversation. */
  readonly hasKey: boolean;
  /** Whether a new run has the same key: the key does not name the run. */
  readonly isKeyShared: boolean;
  /** Present if the step names its conversation by its id. */
  readonly hasId?: true;
  /** What people on an issue or pull request have started the step with, and can start it with again. */
  readonly startedBy?: StartedBy;
  /** The word with which a comment must begin. */
  readonly command?: string;
}

type StartedBy = 'label' | 'comment' | 'review';

/** Who reads an advice: the author of the workflow, or a reader of the issue, who has only labels and comments. */
export type Reader = 'author' | 'issue';

/** Returns the situation of a step. `input` returns the value of an input. */
export function situationOf(
  { isLabeled, comment }: Pick<WorkflowEvent, 'isLabeled' | 'comment'>,
  runId: string | undefined,
  input: (name: 'idempotency-key' | 'conversation-id' | 'on-paused' | 'command') => string,
): Situation {
  const command = input('command').trim();
  const hasId = input('conversation-id').trim() !== '';
  const key = hasId ? '' : input('idempotency-key').trim();
  const namesRun = runId !== undefined && key.split(/\D+/).includes(runId);
  return {
    hasKey: key !== '' && input('on-paused').trim() !== 'fail',
    isKeyShared: key !== '' && !namesRun,
    ...(hasId && { hasId }),
    ...(isLabeled && { startedBy: 'label' as const }),
    ...(comment && { startedBy: comment.path === 'review.body' ? 'review' : 'comment' }),
    ...(command !== '' && { command }),
  };
}

const CONTINUE_BY_ID = 'continue this conversation in a step with conversation-id';

/** Returns how the author of a workflow gets on. */
function wordsForAuthor(next: Next, { hasKey, isKeyShared, hasId }: Situation): readonly string[] {
  const newRun = isKeyShared ? 'start a new run with another idempotency-key' : 'start a new run';
  switch (next) {
    case 'again':
      return ['re-run the job'];
    case 'continue':
      return [hasKey ? 're-run the job, which continues this conversation' : CONTINUE_BY_ID];
    case 'raise':
      // A re-run has the old limit.
      return [
        'raise max-cost-usd',
        hasKey && isKeyShared ? 'start a new run, which continues this conversation' : CONTINUE_BY_ID,
      ];
    case 'new-agent':
    case 'start-over':
      return [hasId ? 'start a new run without this conversation-id' : newRun];
    default:
      return [newRun];
  }
}

/** Returns what to do in order to get on, in one or two steps. */
function stepsFor(next: Next, situation: Situation, reader: Reader): readonly string[] {
  const { startedBy } = situation;
  if (startedBy === undefined) return wordsForAuthor(next, situation);
  return [...changesFor(next, startedBy, situation, reader), againWords(next, startedBy, situation)];
}

/**
 * What finds the same conversation again on an issue: a label starts another agent only after one that has failed or is blocked, and a
 * comment none. `if-exists` decides that, but the recipes have it so.
 */
const LEADS_BACK: Readonly<Partial<Record<Next, readonly StartedBy[]>>> = {
  'new-agent': ['comment', 'review'],
  'new-answer': ['label'],
  'start-over': ['label', 'comment', 'review'],
};

/** Returns what must change first, so that people on an issue get on. */
function changesFor(
  next: Next,
  startedBy: StartedBy,
  { isKeyShared }: Situation,
  reader: Reader,
): readonly string[] {
  const isAuthor = reader === 'author';
  if (next === 'raise') return [isAuthor ? 'raise max-cost-usd' : 'have max-cost-usd raised in the workflow'];
  // A new run with a key of its own starts another agent.
  if (!isKeyShared) return [];
  if (next === 'new-key')
    return [isAuthor ? 'change idempotency-key' : 'have idempotency-key changed in the workflow'];
  return LEADS_BACK[next]?.includes(startedBy) ? ['delete the conversation'] : [];
}

/** Returns how people on an issue start the step again. */
function againWords(next: Next, startedBy: StartedBy, { command }: Situation): string {
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
  const isFree = conversation === undefined && next !== 'new-key';
  const known = isFree ? { ...situation, hasKey: false, isKeyShared: false } : situation;
  const words = inOrder([advice, ...(next === undefined ? [] : stepsFor(next, known, reader))]);
  // A comment has the address in its first line.
  if (words === '' || conversation === undefined || reader === 'issue') return words;
  const address = linkTo(conversation);
  return words.includes(address) ? words : `${words} (${address})`;
}

function inOrder(steps: readonly string[]): string {
  const said = steps.filter((each) => each !== '');
  return [said.slice(0, -1).join(', '), ...said.slice(-1)].filter((each) => each !== '').join(', then ');
}

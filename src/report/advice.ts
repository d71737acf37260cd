import type { WorkflowEvent } from '../github/event.ts';
import { type Conversation, linkTo } from '../port/conversation.ts';
import type { Next, Problem } from '../port/problem.ts';

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

const TELL_TO_GO_ON = 'tell the agent in the conversation to go on';
/** For readers who cannot name its id. */
const LET_GO_ON = 'let the agent go on in its conversation';

/** Returns how to get on if neither a label nor a comment leads back to the conversation. */
function wordsWithoutTrigger(next: Next, situation: Situation, reader: Reader): readonly string[] {
  const { hasKey, isKeyShared } = situation;
  switch (next) {
    case 'again':
      return ['re-run the job'];
    case 'continue':
    case 'continue-ended':
      return [continueWords(next, situation, reader)];
    case 'go-on':
      return [TELL_TO_GO_ON, continueWords(next, situation, reader)];
    case 'raise':
      return [
        raiseWords(reader),
        // A re-run has the old limit.
        hasKey && isKeyShared
          ? 'start a new run, which continues this conversation'
          : continueWords(next, { ...situation, hasKey: false }, reader),
      ];
    default:
      return newRunWords(next, situation);
  }
}

function newRunWords(next: Next, { isKeyShared, hasId }: Situation): readonly string[] {
  if (!isKeyShared) {
    const needsOther = next === 'new-agent' || next === 'start-over';
    return [needsOther && hasId ? 'start a new run without this conversation-id' : 'start a new run'];
  }
  if (next === 'new-key') return ['start a new run with another idempotency-key'];
  // Another key would start other agents in all jobs of a matrix. A re-run has the old file.
  return ['delete the conversation', 'start a new run'];
}

/** Returns how to continue a conversation to which neither a label nor a comment leads back. */
function continueWords(next: Next, { hasKey, hasId }: Situation, reader: Reader): string {
  // If the agent has ended, the workflow decides if a re-run starts another one.
  if (hasKey)
    return next === 'continue' ? 're-run the job, which continues this conversation' : 're-run the job';
  if (reader === 'issue') return LET_GO_ON;
  return hasId
    ? 'start a new run with this conversation-id, and with a message if the agent is paused'
    : 'continue this conversation in a step with conversation-id';
}

function raiseWords(reader: Reader): string {
  return reader === 'author' ? 'raise max-cost-usd' : 'have max-cost-usd raised in the workflow';
}

/** Returns what to do in order to get on, in one or two steps. */
function stepsFor(next: Next, situation: Situation, reader: Reader): readonly string[] {
  const { startedBy, isKeyShared, hasId } = situation;
  // A label or a comment starts another agent, if it is not led to the conversation.
  const isLed = isKeyShared || hasId === true || !CONTINUING.includes(next);
  if (startedBy === undefined || !isLed) return wordsWithoutTrigger(next, situation, reader);
  return [...changesFor(next, startedBy, situation, reader), againWords(next, startedBy, situation)];
}

const CONTINUING: readonly Next[] = ['continue', 'continue-ended', 'raise', 'go-on'];

/**
 * What finds the same conversation again on an issue. In the recipes, a label starts another agent only after one that has failed or is
 * blocked, and a comment never does.
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
  if (next === 'raise') return [raiseWords(reader)];
  // A comment is the message.
  if (next === 'go-on') return startedBy === 'label' ? [TELL_TO_GO_ON] : [];
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
  const what = CONTINUING.includes(next) ? 'how to continue' : 'what to do';
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
  const steps = next === undefined ? [] : stepsFor(next, known, reader);
  // An agent that was answered, resumed or told to go on does so.
  const goesOn = advice !== '' || next === 'go-on';
  const words = inOrder([advice, ...steps.filter((each) => !goesOn || each !== LET_GO_ON)]);
  // A comment has the address in its first line.
  if (words === '' || conversation === undefined || reader === 'issue') return words;
  const address = linkTo(conversation);
  return words.includes(address) ? words : `${words} (${address})`;
}

function inOrder(steps: readonly string[]): string {
  const said = steps.filter((each) => each !== '');
  return [said.slice(0, -1).join(', '), ...said.slice(-1)].filter((each) => each !== '').join(', then ');
}

import type { WorkflowEvent } from '../github/event.ts';
import { isLoopbackUrl } from '../http/address.ts';
import { isAgentServer, wantedApiOf } from '../port/api-version.ts';
import { type Conversation, linkTo } from '../port/conversation.ts';
import type { FailureKind, Next, Problem } from '../port/problem.ts';

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
  /** Whether the recipes for comments have the same key, so that `/agent` reaches this conversation. */
  readonly hasRecipeKey?: true;
  /** Present if an agent server on the runner is named, as that of `local`, which ends with the job. */
  readonly isOnRunner?: true;
}

type StartedBy = 'label' | 'comment' | 'review';

/** Who reads an advice: the author of the workflow, or a reader of the issue, who often cannot open the conversation. */
export type Reader = 'author' | 'issue';

/** Returns the situation of a step. `input` returns the value of an input. */
export function situationOf(
  { isLabeled, comment }: Pick<WorkflowEvent, 'isLabeled' | 'comment'>,
  runId: string | undefined,
  input: (
    name: 'idempotency-key' | 'conversation-id' | 'on-paused' | 'command' | 'api-version' | 'base-url',
  ) => string,
): Situation {
  const command = input('command').trim();
  const hasId = input('conversation-id').trim() !== '';
  const key = hasId ? '' : input('idempotency-key').trim();
  const isOfRunner =
    isAgentServer(wantedApiOf(input('api-version'))) && isLoopbackUrl(input('base-url').trim());
  const namesRun = runId !== undefined && key.split(/\D+/).includes(runId);
  return {
    hasKey: key !== '' && input('on-paused').trim() !== 'fail',
    isKeyShared: key !== '' && !namesRun,
    ...(hasId && { hasId }),
    ...(isLabeled && { startedBy: 'label' as const }),
    ...(comment && { startedBy: comment.path === 'review.body' ? 'review' : 'comment' }),
    ...(command !== '' && { command }),
    ...(RECIPE_KEY.test(key) && { hasRecipeKey: true as const }),
    ...(isOfRunner && { isOnRunner: true as const }),
  };
}

/** The keys of `issue-comment.yml` and `pull-request-comment.yml`. */
const RECIPE_KEY = /^(?:issue|pull-request)-\d+$/;

/**
 * Returns what to do next, as a clause: what to put right, if anything, and how to get on. Empty if the problem itself says what would be
 * right. Never names a step that pays a second agent if the one before it is skipped: it does not depend on `if-exists`, which may start one.
 */
export function adviceFor(
  { advice, next, kind }: Pick<Problem, 'advice' | 'next' | 'kind'>,
  conversation: Conversation | undefined,
  situation: Situation,
): string {
  return wordsFor(next, advice, { ...situation, kind, conversation });
}

/** Returns the same with the conversation's address, unless nobody can open it after the job. A page has that address as a link. */
export function adviceInLog(
  problem: Pick<Problem, 'advice' | 'next' | 'kind'>,
  conversation: Conversation | undefined,
  situation: Situation,
): string {
  const words = adviceFor(problem, conversation, situation);
  if (words === '' || conversation === undefined || endsWithJob({ ...situation, conversation })) return words;
  const address = linkTo(conversation);
  return words.includes(address) ? words : `${words} (${address})`;
}

interface Case extends Situation {
  readonly kind: FailureKind | undefined;
  readonly conversation: Conversation | undefined;
}

function wordsFor(next: Next | undefined, advice: string, known: Case): string {
  // Another agent needs as long as this one.
  const longer = known.kind === 'timeout' && known.conversation ? MORE_TIME : '';
  const over = endsWithJob(known) ? inOrder(longer, newRunWords(known) + STARTS_OVER) : undefined;
  switch (next) {
    case undefined:
      return advice;
    case 'again':
      return inOrder(advice, (known.conversation && over) ?? againWords(known));
    case 'find':
      // A key finds what the lost request has started.
      return over ?? (known.hasKey || known.isKeyShared ? againWords(known) : advice);
    case 'tell':
      return `${advice} ${placeFor(known)}${afterTelling(known)}`;
    case 'go-on':
      return inOrder(advice, over ?? continueWords(known) + afterTelling(known));
    case 'raised':
      return over === undefined ? raisedWords(advice, known) : inOrder(advice, over);
    case 'new-run':
      return inOrder(advice, known.isKeyShared ? newRunWords(known) : '');
    case 'new-agent':
      return inOrder(advice, newAgentWords(known));
  }
}

/**
 * Whether nothing goes on after the job, as with the server of `local`: no other run has the key, and the server is on the runner. One that
 * stays there still has the conversation, but what is said of the next run is true there, too.
 */
function endsWithJob({ isOnRunner, conversation, hasId, isKeyShared }: Omit<Case, 'kind'>): boolean {
  if (hasId === true || isKeyShared) return false;
  return conversation === undefined ? isOnRunner === true : isHiddenOnRunner(conversation);
}

/** Whether a conversation is one that nobody can open from elsewhere. */
export function isHiddenOnRunner({ url, hasNoPage }: Conversation): boolean {
  return hasNoPage === true && isLoopbackUrl(url);
}

/** What a step needs that had too little time. */
export const MORE_TIME = 'give the step more timeout-seconds';
const STARTS_OVER = ' (another agent starts over)';

/** Returns how to start a new run: a re-run would have the old file. */
function newRunWords(known: Situation): string {
  return known.startedBy === undefined ? 'start a new run' : triggerWords(known.startedBy, known);
}

/** Says what leads from the conversation to a green run, or what does not. */
function afterTelling(known: Case): string {
  const { conversation, hasKey, isKeyShared, startedBy, hasId } = known;
  if (endsWithJob(known) || hasId) return '';
  // Only a re-run has a key that names the run.
  const rerun = hasKey && !isKeyShared && !conversation?.hasNoPage ? ', then re-run the job' : '';
  // No `if-exists` starts another agent beside one that waits for input.
  const isWaiting = known.kind === 'needs-input' || known.kind === 'paused';
  const mayRestart = !(isKeyShared && isWaiting);
  if (startedBy === 'label' && mayRestart) return `${rerun} (a label may start another agent)`;
  return (
    rerun +
    (startedBy === undefined && isKeyShared && mayRestart ? ' (another run may start another agent)' : '')
  );
}

/** Returns how to start the step again so that it leads to its conversation, if there is one. */
function againWords(known: Case): string {
  const { conversation, hasKey, hasId, isKeyShared, startedBy } = known;
  const isFree = conversation === undefined;
  // Of a key that names the run, only a re-run has the same.
  if (startedBy !== undefined && (isKeyShared || hasId || (isFree && !hasKey)))
    return triggerWords(startedBy, known);
  // A re-run has the old file, such as its base-url; but only a re-run has a key that names the run.
  if (isFree) return known.kind === 'network' && !hasKey ? 'start a new run' : 're-run the job';
  return hasKey ? 're-run the job, which continues this conversation' : continueWords(known);
}

function continueWords(known: Case): string {
  return `tell the agent to continue ${placeFor(known)}`;
}

/** Returns how to raise a limit so that the conversation continues: a run that does not find it starts another agent. */
function raisedWords(advice: string, { isKeyShared, hasId }: Case): string {
  if (isKeyShared) return `${advice} before the next run, which with the same limit may start another agent`;
  const warning = hasId ? '' : ' (without it, another agent starts)';
  return inOrder(advice, `start a new run with this conversation-id${warning}`);
}

/** Returns how to start the step with another agent. Only some runs with the same key find one that has failed. */
function newAgentWords(known: Case): string {
  const { conversation, hasId, isKeyShared, startedBy } = known;
  const exists = conversation !== undefined;
  const without = startedBy === undefined && exists && hasId ? ' without this conversation-id' : '';
  return newRunWords(known) + without + (exists && isKeyShared ? IF_FOUND_AGAIN : '');
}

const IF_FOUND_AGAIN = ' (if it finds this conversation again, delete that first)';

function triggerWords(startedBy: StartedBy, { command }: Situation): string {
  if (startedBy === 'label') return 'remove the label and add it again';
  const how = startedBy === 'review' ? 'submit another review' : 'comment again';
  return command === undefined ? how : `${how}: ${command} and what to do`;
}

/** Returns where people can tell the agent something, for the end of a clause. */
export function placeFor(known: Omit<Case, 'kind'>): string {
  const { conversation, startedBy, command, hasId, isKeyShared, hasRecipeKey } = known;
  const isOver = endsWithJob(known);
  const begin = command === undefined ? '' : ` that begins with ${command}`;
  const answer =
    startedBy !== undefined && startedBy !== 'label' && (isKeyShared || hasId || isOver)
      ? `with another ${startedBy}${begin}`
      : undefined;
  if (isOver) return (answer ?? 'in the message of a new run') + STARTS_OVER;
  if (answer !== undefined) return answer;
  if (hasId) return 'in a new run with this conversation-id and a message';
  // A comment shows no address of a server without pages.
  const there = conversation?.hasNoPage
    ? `in a new run with the conversation-id ${conversation.id} and a message`
    : 'in its conversation';
  return hasRecipeKey ? `with a comment that begins with /agent, or ${there}` : there;
}

function inOrder(...steps: readonly string[]): string {
  return steps.filter((each) => each !== '').join(', then ');
}

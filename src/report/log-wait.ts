import { countPictures } from '../message/pictures.ts';
import { type AgentStep, type Facts, linkTo, type OnPaused } from '../port/conversation.ts';
import type { ConversationEvent, CurrentState, Note } from '../port/events.ts';
import { failureClause, type Problem } from '../port/problem.ts';
import { withoutSamePlans } from '../record/agent-steps.ts';
import type { StepRecord } from '../record/record.ts';
import { isSameFolder } from '../start/worktree.ts';
import { asDollars } from '../text/dollars.ts';
import { heartbeat, type Line, notice, step, warning } from '../text/lines.ts';
import { asClause, capitalize, singleLine } from '../text/safe.ts';
import { currentIn, progressOf } from './plan.ts';
import { howToSend, NOT_SENT } from './words.ts';

const MAX_SHOWN_PATH = 4_096;

const STEP_LABELS: Readonly<Record<Exclude<AgentStep['kind'], 'plan'>, string>> = {
  action: 'Step',
  message: 'The agent says',
  error: 'Error',
  condensation: 'Context',
};

/** What the step does, by why the agent does not work. */
const RESUMING = {
  pause: 'Resuming the conversation',
  restart: 'The server was restarted, which paused the agent: the step resumes it',
  forgotten: 'The server was restarted before the agent began: the step runs it',
} as const;

const WHILE_PAUSED: Readonly<Record<OnPaused, string>> = {
  wait: 'The step waits until somebody resumes it at',
  resume: 'The step resumes it:',
  fail: 'The step fails unless the agent had just finished:',
};

/** The events that another line tells, or will. */
type Unlogged =
  | 'chosen'
  | 'asking'
  | 'preparing'
  | 'no-work'
  | 'only-resumed'
  | 'sending'
  | 'at-work'
  | 'agent-ended'
  | 'budget-spent'
  | 'answers';

/** Returns the log lines for an event of a conversation, with the record after and before it. What is `undefined` is not logged. */
export function linesOfConversation(
  event: ConversationEvent,
  record: StepRecord,
  before: StepRecord,
): readonly (Line | undefined)[] {
  switch (event.kind) {
    case 'start-phase':
      return record.phase === before.phase
        ? [heartbeat(`Still starting: ${event.phase}`)]
        : [step(`Start: ${event.phase}`)];
    case 'found': {
      const { url, hasNoPage } = event.conversation;
      const note = hasNoPage ? ' (an address of the API: this server has no web pages)' : '';
      return [
        event.role === 'attached' ? lineOfAttaching(record) : undefined,
        before.conversation?.url === url ? undefined : notice(`OpenHands conversation: ${url}${note}`),
      ];
    }
    case 'pictures':
      return linesOfPictures(event);
    case 'folder':
      return [lineOfFolder(event)];
    case 'without-tools':
      return [step('The agent has no tools: it can only think and finish')];
    case 'archived':
      return [notice(`${ARCHIVED} The archived one: ${linkTo(event.conversation)}`)];
    case 'not-cloned':
      return [notice(`${NOT_CLONED} The one without it: ${linkTo(event.conversation)}`)];
    case 'hidden':
      return [warning(`${failureClause(event.problem)}. The cost of its agent is unknown`)];
    case 'delivered':
      return [
        // A start that finds the conversation of its key, and sends its message to it, is an observer until then.
        before.inputs?.work.kind === 'start' && before.role === 'observer' ? notice(SENT_BY_KEY) : undefined,
        step('The agent has the message'),
      ];
    case 'retrying': {
      const words = `${failureClause(event.problem)}; trying again in ${(event.waitMs / 1000).toFixed(1)} s`;
      return [lineOfFullServer(event.problem, record, before), step(words)];
    }
    case 'state':
      return linesOfState(event, before);
    case 'steps':
      return [
        event.isCut ? step('… There were more steps; the older ones are in the conversation') : undefined,
        ...withoutSamePlans(event.steps, before.steps.plan).map((each) => step(wordsOfStep(each))),
      ];
    case 'resuming':
      return [step(RESUMING[event.after ?? 'pause'])];
    case 'note':
      return [lineOfNote(event, record, before)];
    default:
      event.kind satisfies Unlogged;
      return [];
  }
}

function wordsOfStep(each: AgentStep): string {
  if (each.kind !== 'plan') return `${STEP_LABELS[each.kind]}: ${each.text}`;
  return [`Plan: ${progressOf(each.plan)}`, currentIn(each.plan)].filter(Boolean).join(' · ');
}

function linesOfPictures({
  count,
  problem,
  note,
}: ConversationEvent & { readonly kind: 'pictures' }): readonly (Line | undefined)[] {
  return [
    note === undefined ? undefined : step(`The pictures of the message are not sent: ${note}`),
    count === 0 ? undefined : step(`The message has ${countPictures(count)}`),
    problem === undefined ? undefined : warning(problem),
  ];
}

/** Says where the agent works: in a notice if this step has not started the conversation, because its inputs may name another folder. */
function lineOfFolder({
  folder,
  branch,
  isWorktree,
  isOwn,
}: ConversationEvent & { readonly kind: 'folder' }): Line {
  const where = `works in ${singleLine(folder, MAX_SHOWN_PATH)}`;
  if (isOwn) return step(`The agent ${where}`);
  const what = isWorktree ? '' : ` itself, not in a worktree of branch ${branch}`;
  return notice(`The conversation was there before, and its agent ${where}${what}`);
}

/** Says once where the agent works, if that is another folder than this step asks for. For a worktree, the event `folder` says it. */
function lineOfOtherFolder(
  { folder }: Facts,
  { facts, inputs, role, makesWorktrees }: StepRecord,
): Line | undefined {
  if (folder === undefined || facts.folder !== undefined) return undefined;
  if (inputs?.work.kind !== 'start' || role === 'started') return undefined;
  const { workplace, agentServer } = inputs.work.assignment;
  const asked = agentServer?.workingDirectory;
  const asksForWorktree = makesWorktrees && workplace?.branch !== undefined;
  if (asked === undefined || asksForWorktree || isSameFolder(folder, asked)) return undefined;
  return notice(
    `The conversation was there before, and its agent works in ${singleLine(folder, MAX_SHOWN_PATH)}, not in ${asked}. ` +
      'For an agent there, use another idempotency-key',
  );
}

function linesOfState(
  state: ConversationEvent & { readonly kind: 'state' },
  before: StepRecord,
): readonly (Line | undefined)[] {
  const { title } = state.facts;
  const words = phaseWords(state);
  return [
    lineOfOtherFolder(state.facts, before),
    title === undefined || title === before.facts.title ? undefined : step(`Title: ${title}`),
    state.isNew ? step(capitalize(words)) : heartbeat(`Still: ${words}`),
  ];
}

/** Formats a phase with how long the step waits for an unconfirmed one, or with the cost so far. At an end, the cost is logged last. */
function phaseWords({ phase, state, mayRunHook, facts }: CurrentState): string {
  if (state === 'ended') return phase;
  if (state !== 'unconfirmed') return phase + costIn(facts);
  const [why, time] = mayRunHook
    ? ['a Stop hook may be running', '10 minutes']
    : ['this may be temporary', 'a minute'];
  return `${phase}; ${why}, so the step waits up to ${time}`;
}

/** Formats the cost so far; empty while it is zero, because the server reports the cost late. */
function costIn({ costUsd = 0 }: Facts): string {
  return costUsd === 0 ? '' : `, ${asDollars(costUsd)} so far`;
}

const SENT_BY_KEY =
  'The conversation for this idempotency-key already exists: the message was sent to it as a follow-up.';
const NOT_CLONED =
  'The server could not clone the repository for the conversation of this idempotency-key. It counts as failed, so the next one is started.';
const ARCHIVED =
  'The conversation for this idempotency-key is archived and takes no more messages, so the message goes to the next one.';
const SENT_BEFORE =
  'The conversation for this idempotency-key already has the message of this run: it was not sent again.';

/** Explains why the conversation of the key gets no message now. If the step was to start another one, the reason was logged before. */
function lineOfAttaching({ hasMessage, whyNotRestarted }: StepRecord): Line {
  if (hasMessage) return notice(SENT_BEFORE);
  return whyNotRestarted === undefined
    ? notice(`${NOT_SENT}. ${howToSend('in its conversation')}`)
    : step(NOT_SENT);
}

/** Warns once that the step waits for a place among the running conversations. */
function lineOfFullServer(
  { kind }: Problem,
  { worksInFolder }: StepRecord,
  before: StepRecord,
): Line | undefined {
  if (kind !== 'concurrency-limit') return undefined;
  const hasWarned = before.trouble?.kind === kind;
  if (hasWarned) return undefined;
  const whose = worksInFolder ? 'server' : 'account';
  return warning(
    `The ${whose} is at its limit of running conversations: the step waits until its deadline for one to end. Pause or end one to make room`,
  );
}

function lineOfNote(note: Note, record: StepRecord, before: StepRecord): Line | undefined {
  // Once in a step, which may wait for several answers.
  if (note.about === 'unknown-cost' && before.hasNotedCost) return undefined;
  const words = wordsOfNote(note, record);
  // A warning, if people may have to act.
  return ['search', 'steps', 'late-events'].includes(note.about) ? step(words) : warning(words);
}

function wordsOfNote(note: Note, { conversation, inputs }: StepRecord): string {
  const waits = inputs?.poll === true;
  const url = conversation ? linkTo(conversation) : '';
  switch (note.about) {
    case 'search':
      return `${failureClause(note.problem)}; looking for it for up to ${note.limitMs / 1000} s, or longer if requests fail`;
    case 'ignored-key':
      return 'The server chose its own id for the conversation, so idempotency-key cannot find it again: a run with the same key starts another one';
    case 'duplicate':
      return duplicateNotPaused(note.sandbox);
    case 'unrecognized':
      return `"${note.phase}" is a state that this action does not know${waits ? '; the step keeps waiting' : ''}`;
    case 'unclear':
      return (
        `The server has not said for a minute whether the agent is still working (${note.phase}). ` +
        `${waits ? 'The step keeps waiting; see' : 'See'} ${url}`
      );
    case 'pause':
      return (
        `The conversation was paused (${note.phase}): by a person, an earlier step or the server. ` +
        `${waits ? WHILE_PAUSED[note.onPaused] : 'Resume it at'} ${url}`
      );
    case 'unknown-cost':
      return `max-cost-usd may have no effect: the server reports no cost, perhaps because it does not know the price of the model. See ${url}`;
    case 'unknown-folder':
      return `The server does not say in which folder the agent works: it may be working-directory itself, instead of a worktree of branch ${note.branch}. See ${url}`;
    case 'neighbor':
      return (
        `Another conversation is at work in ${note.folder}: ${linkTo(note.conversation)}${note.count > 1 ? `, and ${note.count - 1} more` : ''}. ` +
        'Agents there change the same files: set concurrency in the workflow, so that jobs wait for each other'
      );
    case 'late-events':
      return 'The agent has ended; its last events arrive up to half a minute later';
    case 'steps':
      return `The agent's steps cannot be read at the moment: ${asClause(note.problem.because)}`;
    case 'failure':
      return failureClause(note.problem);
    case 'answer':
      return `The agent's last answer could not be read: ${asClause(note.because)}. The output response lacks it; see it at ${url}`;
  }
}

/** Says that the sandbox of a duplicate start could not be paused. */
export function duplicateNotPaused(sandbox: string): string {
  return `Two runs with the same idempotency-key started at the same moment. The second sandbox, ${sandbox}, is not needed and could not be paused: pause it yourself`;
}

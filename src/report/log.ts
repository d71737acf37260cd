import { linesOfChecks } from '../checks/words.ts';
import { type AgentStep, type Facts, linkTo } from '../conversation/conversation.ts';
import type { CurrentState, WaitEvent } from '../conversation/events.ts';
import type { Problem } from '../conversation/problem.ts';
import type { Workplace } from '../conversation/workplace.ts';
import type { Inputs } from '../inputs.ts';
import { linesOfPatch } from '../patch/words.ts';
import type { StepRecord } from '../record.ts';
import type { StepEvent } from '../step-event.ts';
import { heartbeat, type Line, notice, step, warning } from '../text/line.ts';
import { asDollars } from './amounts.ts';
import { asClause } from './problem.ts';
import { failed, warningOf } from './warnings.ts';

const STEP_LABELS: Readonly<Record<AgentStep['kind'], string>> = {
  action: 'Step',
  unconfirmed: 'Needs confirmation',
  message: 'The agent says',
  error: 'Error',
};

const REUSED = 'The conversation of this idempotency-key already exists: the message was not sent';
const HOW_TO_SEND = '. To send it, set if-exists: send; to start another conversation, change the key.';
const SENT =
  'The conversation of this idempotency-key already exists: the message was sent to it as a follow-up.';
const SENT_BEFORE =
  'The conversation of this idempotency-key already has the message of this run: it was not sent again.';
const NO_PAGE = ' (an address of the API: this server has no web pages)';
const KEY_IGNORED =
  'The server chose its own id for the conversation, so idempotency-key cannot find it again: a run with the same key starts another one';
const FULL =
  'is at its limit of running conversations: the step waits until its deadline for one to end. Pause or end one to make room';
const IN_DOUBT = '; this may pass, so the step waits up to a minute';

/**
 * Returns the log lines for an event.
 *
 * @param record the record after the event; `before` the one before it.
 */
export function linesOf(event: StepEvent, record: StepRecord, before: StepRecord): readonly Line[] {
  switch (event.kind) {
    case 'begun':
      return [step(contacting(event.inputs))];
    case 'api':
      return event.worksInFolder && record.inputs ? placeIgnored(record.inputs) : [];
    case 'start-phase':
      return record.phase === before.phase
        ? [heartbeat(`Still starting: ${event.phase}`)]
        : [step(`Start: ${event.phase}`)];
    case 'linked':
    case 'found': {
      const { url, hasNoPage } = event.conversation;
      const link = notice(`OpenHands conversation: ${url}${hasNoPage ? NO_PAGE : ''}`);
      return [
        ...(event.kind === 'found' && event.role === 'attached' ? reused(record) : []),
        ...(before.conversation === undefined ? [link] : []),
      ];
    }
    case 'title':
      return titleLines(event.title, before);
    case 'key-ignored':
      return [warning(KEY_IGNORED)];
    case 'duplicate-not-paused':
      return [warning(duplicateNotPaused(event.sandbox))];
    case 'delivered':
      return [...sentTo(before), step('The agent has the message')];
    case 'retrying':
      return [
        ...(isFull(event.problem) && !isFull(before.retrying) ? [warning(fullWords(record))] : []),
        step(`${failed(event.problem)}; trying again in ${(event.waitMs / 1000).toFixed(1)} s`),
      ];
    case 'invalid-answer':
      return [
        step(
          `The answer does not match output-schema: ${asClause(event.problems.join('; '))}. Asking the agent for another one`,
        ),
      ];
    case 'restart-decided':
      return [judged(event)];
    case 'stopping':
      return [step('Pausing the agent')];
    case 'patch-saved':
    case 'patch-missing':
    case 'patch-dropped':
      return linesOfPatch(event);
    case 'trajectory-saved':
      return [step(`The trajectory is in ${event.path}`)];
    case 'trajectory-missing':
      return [warning(`Failed to save the trajectory: ${asClause(event.because)}`)];
    case 'chosen':
    case 'asking':
    case 'refused':
    case 'preparing':
    case 'sending':
    case 'at-work':
    case 'agent-ended':
    case 'commented':
      return [];
    case 'ended':
    case 'checking':
    case 'checks':
    case 'checks-unreadable':
    case 'round':
    case 'round-of-other-step':
      return linesOfChecks(event, record, before);
    default:
      return linesOfWait(event, record.inputs?.poll === true);
  }
}

/** Logs a title once, although each further message of the step emits it again. */
function titleLines(title: string, { facts }: StepRecord): readonly Line[] {
  return title === facts.title ? [] : [step(`Title: ${title}`)];
}

/** @param waits whether the step waits for the end of the conversation; if not, it looks once. */
function linesOfWait(event: LoggedWaitEvent, waits: boolean): readonly Line[] {
  switch (event.kind) {
    case 'phase':
      return [step(phaseWords(event))];
    case 'current-state':
      return [heartbeat(`Still: ${event.phase}${costIn(event.facts)}`)];
    case 'steps':
      return [
        ...(event.isCut ? [step('… There were more steps; the older ones are in the conversation')] : []),
        ...event.steps.map(({ kind, text }) => step(`${STEP_LABELS[kind]}: ${text}`)),
      ];
    case 'steps-unreadable':
      return [step(`The agent's steps cannot be read at the moment: ${asClause(event.problem.because)}`)];
    case 'events-late':
      return [step('The agent has ended; its last events arrive up to half a minute later')];
    case 'resuming':
      return [step('Resuming the conversation')];
    default:
      return [warning(warningOf(event, waits))];
  }
}

type LoggedWaitEvent = Exclude<WaitEvent, { readonly kind: 'at-work' | 'agent-ended' | 'title' }>;

function contacting({ baseUrl, apiVersion, work }: Inputs): string {
  const server = `Asking OpenHands at ${baseUrl} for`;
  if (work.kind === 'continue') return `${server} the conversation ${work.id}`;
  const { workplace, agentServer } = work.assignment;
  const where =
    apiVersion === 'agent-server'
      ? `in ${agentServer?.workingDirectory ?? 'a folder'}`
      : placeWords(workplace);
  return `${server} a conversation ${where}`;
}

/** Warns users who named a repository or a branch that an agent server ignores them: its agent works in a folder. */
function placeIgnored({ work, namesOtherRepository }: Inputs): readonly Line[] {
  if (work.kind === 'continue') return [];
  const { workplace, agentServer } = work.assignment;
  const folder = agentServer?.workingDirectory;
  if (folder === undefined || (!namesOtherRepository && workplace?.branch === undefined)) return [];
  return [
    notice(
      `This is an agent server: the agent works in ${folder} as it is; repository and branch are ignored`,
    ),
  ];
}

/** Says whether the step starts another conversation after the last one of its key, and why not. */
function judged({ conversation, because }: StepEvent & { readonly kind: 'restart-decided' }): Line {
  const url = linkTo(conversation);
  return because === undefined
    ? step(
        `The last conversation of this idempotency-key has ended, so the step starts another one. The last one: ${url}`,
      )
    : notice(`The step starts no other conversation for this idempotency-key: ${because}`);
}

/** Explains why the conversation of the key gets no message now; for a restart, why there is none was logged before. */
function reused({ inputs }: StepRecord): readonly Line[] {
  const ifExists = inputs?.work.kind === 'start' ? inputs.work.key?.ifExists : undefined;
  if (ifExists === 'send') return [notice(SENT_BEFORE)];
  return [ifExists === 'attach' ? notice(REUSED + HOW_TO_SEND) : step(REUSED)];
}

/** Says that the message was sent to the existing conversation of the key, which the step had only observed before. */
function sentTo({ inputs, role }: StepRecord): readonly Line[] {
  return inputs?.work.kind === 'start' && role === 'observer' ? [notice(SENT)] : [];
}

function placeWords(workplace: Workplace | undefined): string {
  if (workplace === undefined) return 'without a repository';
  const { repository, branch } = workplace;
  return `on ${repository}${branch === undefined ? '' : `, branch ${branch}`}`;
}

/** Returns the warning about the sandbox of a duplicate start. */
export function duplicateNotPaused(sandbox: string): string {
  return `Two runs with the same idempotency-key started at the same moment. The second sandbox, ${sandbox}, is not needed and could not be paused: pause it yourself`;
}

/** Formats a phase with the cost so far, but not an end: the last line of the log shows its cost. */
function phaseWords({ phase, state, facts }: CurrentState): string {
  const words = phase.slice(0, 1).toUpperCase() + phase.slice(1);
  if (state === 'doubtful') return words + IN_DOUBT;
  return state === 'ended' ? words : words + costIn(facts);
}

/** Formats the cost so far; empty while it is zero, because the server reports the cost late. */
function costIn({ costUsd = 0 }: Facts): string {
  return costUsd === 0 ? '' : `, ${asDollars(costUsd)} so far`;
}

function fullWords({ version }: StepRecord): string {
  return `The ${version === 'agent-server' ? 'server' : 'account'} ${FULL}`;
}

function isFull(problem: Problem | undefined): boolean {
  return problem?.kind === 'concurrency-limit';
}

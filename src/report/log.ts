import { linesOfChecks } from '../checks/words.ts';
import type { Workplace } from '../conversation/assignment.ts';
import { linkTo } from '../conversation/conversation.ts';
import type { ConversationEvent } from '../conversation/events.ts';
import type { Problem } from '../conversation/problem.ts';
import { linesOfPatch } from '../patch/patch.ts';
import type { Inputs } from '../record/inputs.ts';
import type { StepRecord } from '../record/record.ts';
import type { StepEvent } from '../record/step-event.ts';
import { lineOfReview } from '../review/words.ts';
import { heartbeat, type Line, notice, step, warning } from '../text/lines.ts';
import { asClause } from '../text/safe.ts';
import { lineOfNote, linesOfState, linesOfSteps } from './log-wait.ts';
import { failureClause } from './problem.ts';
import { NOT_SENT } from './words.ts';

/** Returns the log lines for an event, with the record after and before it. */
export function linesOf(event: StepEvent, record: StepRecord, before: StepRecord): readonly Line[] {
  switch (event.kind) {
    case 'begun':
      return [step(contacting(event.inputs))];
    case 'api':
      return record.inputs ? linesOfApi(event, record.inputs) : [];
    case 'restart-decided':
      return [lineOfRestart(event)];
    case 'invalid-answer': {
      const problems = asClause(event.problems.join('; '));
      return [step(`The answer does not match ${event.name}: ${problems}. Asking the agent for another one`)];
    }
    case 'stopping':
      return [step('Pausing the agent')];
    case 'patch-saved':
    case 'patch-missing':
    case 'patch-dropped':
      return linesOfPatch(event);
    case 'reviewed':
      return [lineOfReview(event)];
    case 'trajectory-saved':
      return [step(`The trajectory is in ${event.path}`)];
    case 'trajectory-missing':
      return [warning(`Failed to save the trajectory: ${asClause(event.because)}`)];
    case 'left-to-post':
    case 'reported':
      return [];
    case 'ended':
    case 'checking':
    case 'checks':
    case 'checks-unreadable':
    case 'round':
    case 'round-of-other-step':
      return linesOfChecks(event, record.heads, before.heads);
    default:
      return linesOfConversation(event, record, before);
  }
}

function linesOfConversation(
  event: ConversationEvent,
  record: StepRecord,
  before: StepRecord,
): readonly Line[] {
  switch (event.kind) {
    case 'start-phase':
      return record.phase === before.phase
        ? [heartbeat(`Still starting: ${event.phase}`)]
        : [step(`Start: ${event.phase}`)];
    case 'found': {
      const { url, hasNoPage } = event.conversation;
      const note = hasNoPage ? ' (an address of the API: this server has no web pages)' : '';
      return [
        ...(event.role === 'attached' ? linesOfAttaching(record) : []),
        ...(before.conversation?.url !== url ? [notice(`OpenHands conversation: ${url}${note}`)] : []),
      ];
    }
    case 'hidden':
      return [warning(`${failureClause(event.problem)}. The cost of its agent is unknown`)];
    case 'delivered':
      return [...linesOfFollowUp(before), step('The agent has the message')];
    case 'retrying': {
      const words = `${failureClause(event.problem)}; trying again in ${(event.waitMs / 1000).toFixed(1)} s`;
      return [...linesOfFullServer(event.problem, record, before), step(words)];
    }
    case 'state':
      return linesOfState(event, before);
    case 'steps':
      return linesOfSteps(event);
    case 'resuming':
      return [step('Resuming the conversation')];
    case 'note':
      return [lineOfNote(event, record)];
    default:
      return [];
  }
}

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

const STARTS_TWICE =
  'If two runs with the same idempotency-key begin at the same instant, this old agent server gives the agent both messages: set concurrency in the workflow';

/** Says what may surprise users of an agent server, such as that it ignores repository and branch. */
function linesOfApi(
  { worksInFolder, startsTwice }: StepEvent & { readonly kind: 'api' },
  { work, namesOtherRepository }: Inputs,
): readonly Line[] {
  if (!worksInFolder || work.kind === 'continue') return [];
  const { workplace, agentServer } = work.assignment;
  const folder = agentServer?.workingDirectory;
  const ignored = `This is an agent server: the agent works in ${folder ?? ''} as it is; repository and branch are ignored`;
  const isIgnored = namesOtherRepository || workplace?.branch !== undefined;
  return [
    ...(folder !== undefined && isIgnored ? [notice(ignored)] : []),
    ...(startsTwice && work.key !== undefined ? [step(STARTS_TWICE)] : []),
  ];
}

/** Says whether the step starts another conversation after the last one of its key, and why not. */
function lineOfRestart({ conversation, because }: StepEvent & { readonly kind: 'restart-decided' }): Line {
  const url = linkTo(conversation);
  return because === undefined
    ? step(
        `The last conversation for this idempotency-key has ended, so the step starts another one. The last one: ${url}`,
      )
    : notice(`The step starts no other conversation for this idempotency-key: ${because}`);
}

/** Explains why the conversation of the key gets no message now. For a restart, the reason was logged before. */
function linesOfAttaching({ inputs }: StepRecord): readonly Line[] {
  const ifExists = inputs?.work.kind === 'start' ? inputs.work.key?.ifExists : undefined;
  if (ifExists === 'send')
    return [
      notice(
        'The conversation for this idempotency-key already has the message of this run: it was not sent again.',
      ),
    ];
  const advice = 'To send it, set if-exists: send; to start another conversation, change the key.';
  return [ifExists === 'attach' ? notice(`${NOT_SENT}. ${advice}`) : step(NOT_SENT)];
}

/** Says that the message was sent to the existing conversation of the key. */
function linesOfFollowUp({ inputs, role }: StepRecord): readonly Line[] {
  return inputs?.work.kind === 'start' && role === 'observer'
    ? [
        notice(
          'The conversation for this idempotency-key already exists: the message was sent to it as a follow-up.',
        ),
      ]
    : [];
}

function placeWords(workplace: Workplace | undefined): string {
  if (workplace === undefined) return 'without a repository';
  const { repository, branch } = workplace;
  return `on ${repository}${branch === undefined ? '' : `, branch ${branch}`}`;
}

/** Warns once that the step waits for a place among the running conversations. */
function linesOfFullServer({ kind }: Problem, { version }: StepRecord, before: StepRecord): readonly Line[] {
  if (kind !== 'concurrency-limit' || before.trouble?.kind === kind) return [];
  const whose = version === 'agent-server' ? 'server' : 'account';
  return [
    warning(
      `The ${whose} is at its limit of running conversations: the step waits until its deadline for one to end. Pause or end one to make room`,
    ),
  ];
}

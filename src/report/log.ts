import { linesOfChecks } from '../checks/words.ts';
import type { CorrectionEvent } from '../continue/correction.ts';
import type { Inputs } from '../inputs/inputs.ts';
import { linesOfPatch } from '../patch/patch.ts';
import { traitsOf } from '../port/api-version.ts';
import type { Assignment } from '../port/assignment.ts';
import { linkTo } from '../port/conversation.ts';
import type { StepRecord } from '../record/record.ts';
import type { StepEvent } from '../record/step-event.ts';
import { lineOfReplies } from '../replies/words.ts';
import { lineOfResult } from '../result/words.ts';
import { lineOfReview } from '../review/words.ts';
import { type Line, notice, step, warning } from '../text/lines.ts';
import { asClause, singleLine } from '../text/safe.ts';
import { linesOfConversation } from './log-wait.ts';

/** Returns the log lines for an event, with the record after and before it. */
export function linesOf(event: StepEvent, record: StepRecord, before: StepRecord): readonly Line[] {
  return linesAfter(event, record, before).filter((line) => line !== undefined);
}

function linesAfter(event: StepEvent, record: StepRecord, before: StepRecord): readonly (Line | undefined)[] {
  switch (event.kind) {
    case 'begun':
      return [step(contacting(event.inputs))];
    case 'api':
      return record.inputs ? linesOfApi(event, record.inputs) : [];
    case 'asking':
      return [lineOfStart(record, before)];
    case 'restart-decided':
      return [lineOfRestart(event)];
    case 'pictures-unseen':
      return [
        warning(
          `The server says that the model ${singleLine(event.model)} sees no pictures, and has not asked it. Asking the agent to do the task from the text`,
        ),
      ];
    case 'invalid-answer':
    case 'correction-left':
    case 'newer-message':
      return [step(wordsOfCorrection(event))];
    case 'result-not-asked':
    case 'result-unread':
      return [lineOfResult(event)];
    case 'stopping':
      // A line has said before that the agent is paused.
      return record.agent === 'paused' ? [] : [step('Pausing the agent')];
    case 'patch-saved':
    case 'patch-missing':
    case 'patch-dropped':
      return linesOfPatch(event, before.isUnchanged);
    case 'reviewed':
      return [lineOfReview(event)];
    case 'replied':
      return [lineOfReplies(event)];
    case 'trajectory-saved':
      return [step(`The trajectory is in ${event.path}`)];
    case 'trajectory-missing':
      return [warning(`Failed to save the trajectory: ${asClause(event.because)}`)];
    case 'left-to-post':
    case 'reported':
      return [];
    // Only the end shows that there were no checks.
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

function wordsOfCorrection(event: Exclude<CorrectionEvent, { readonly kind: 'pictures-unseen' }>): string {
  if (event.kind === 'newer-message')
    return event.isCorrection
      ? 'Another step has asked the agent for another answer: waiting for that'
      : 'The agent has a newer message: waiting for its answer to that';
  const invalid = `The answer does not match ${event.name}: ${asClause(event.problems.join('; '))}`;
  return event.kind === 'invalid-answer'
    ? `${invalid}. Asking the agent for another one`
    : `${invalid}. Waiting ${Math.round(event.waitMs / 1000)} s, in case another step asks the agent for another one`;
}

/** Says what the server is asked for. Where the agent works follows once the API is known: in a folder, or on a repository. */
function contacting({ baseUrl, apiVersion, work }: Inputs): string {
  const server = `Asking OpenHands at ${baseUrl} for`;
  if (work.kind === 'continue') return `${server} the conversation ${work.id}`;
  const traits = traitsOf(apiVersion);
  const where = traits && ` ${whereAgentWorks(work.assignment, traits.isAgentServer)}`;
  return `${server} a conversation${where ?? ''}`;
}

function whereAgentWorks({ workplace, agentServer }: Assignment, worksInFolder: boolean): string {
  const branch = workplace?.branch === undefined ? '' : `, branch ${workplace.branch}`;
  if (worksInFolder) return `in ${agentServer?.workingDirectory ?? 'a folder'}${branch}`;
  return workplace ? `on ${workplace.repository}${branch}` : 'without a repository';
}

const SHARES_SANDBOX = 'Conversations of this account share a sandbox, its files and its credentials';

type ApiEvent = StepEvent & { readonly kind: 'api' };

/** Says what may surprise users of a server. */
function linesOfApi(event: ApiEvent, inputs: Inputs): readonly (Line | undefined)[] {
  const { work } = inputs;
  if (work.kind === 'continue') return [];
  return [
    ...surprisesOf(event, inputs, work.assignment),
    event.grouping === undefined
      ? undefined
      : step(`${SHARES_SANDBOX} (sandbox_grouping_strategy is ${event.grouping})`),
  ];
}

/** Says where the agent of a new conversation works, unless the first line said so. Not earlier, because a key may find another one. */
function lineOfStart({ inputs, worksInFolder }: StepRecord, before: StepRecord): Line | undefined {
  if (inputs?.work.kind !== 'start' || inputs.apiVersion !== 'auto') return undefined;
  // Asked again after a lost answer.
  if (before.unfinishedWork.kind === 'asked') return undefined;
  return step(`Starting a conversation ${whereAgentWorks(inputs.work.assignment, worksInFolder)}`);
}

/** Says what an agent server does with its folder that the inputs do not ask for. */
function surprisesOf(
  { worksInFolder, worktrees }: ApiEvent,
  { namesOtherRepository }: Inputs,
  { workplace, agentServer }: Assignment,
): readonly Line[] {
  const folder = agentServer?.workingDirectory;
  if (!worksInFolder || folder === undefined) return [];
  const lines: Line[] = [];
  if (namesOtherRepository)
    lines.push(
      notice(
        `This is an agent server: the agent works with the repository of ${folder}; the input repository is ignored`,
      ),
    );
  if (worktrees === 'not-made' && workplace?.branch !== undefined)
    lines.push(
      warning(
        `This agent server is older than 1.57.0 and makes no worktree for branch ${workplace.branch}: the agent works in ${folder} as it is. Set concurrency in the workflow, so that jobs wait for each other`,
      ),
    );
  return lines;
}

/** Says whether the step starts another conversation after the last one of its key, and why not. It still may: `not-cloned`. */
function lineOfRestart({ conversation, because }: StepEvent & { readonly kind: 'restart-decided' }): Line {
  const url = linkTo(conversation);
  return because === undefined
    ? step(
        `The last conversation for this idempotency-key has ended, so the step starts another one. The last one: ${url}`,
      )
    : notice(`The step tries the last conversation for this idempotency-key: ${because}`);
}

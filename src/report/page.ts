import { checksBlock } from '../checks/words.ts';
import type { ShownPullRequest } from '../github/shown-pull-requests.ts';
import { composeMessage } from '../message/agent-message.ts';
import { withoutFences } from '../message/fence.ts';
import { countPictures } from '../message/pictures.ts';
import { asChanges } from '../patch/patch.ts';
import type { Facts } from '../port/conversation.ts';
import { hasConversation, type Outcome } from '../port/outcome.ts';
import type { AgentSteps } from '../record/agent-steps.ts';
import type { StepRecord } from '../record/record.ts';
import { isUnsent, isUnsentByKey } from '../record/unsent.ts';
import { type ReviewEvent, wholeReview } from '../review/words.ts';
import { asClause, codeBlock, firstBytesOf, inertHtmlOf } from '../text/safe.ts';
import { adviceFor, isHiddenOnRunner, placeFor, type Reader, type Situation } from './advice.ts';
import { rendererFor, renderWithin, shownAnswerOf } from './answer.ts';
import type { MayLink } from './harmless.ts';
import { meaningUrlOf } from './meaning.ts';
import { problemIn } from './problem.ts';
import { describePullRequests } from './pull-requests.ts';
import {
  asTokens,
  conversationLink,
  costWords,
  type EndRecord,
  endWords,
  firstLine,
  howToSend,
  NOT_SENT,
  NOT_SENT_ON_ISSUE,
  noteWithoutWait,
  runLink,
  stepLine,
  UNSENT,
} from './words.ts';

/** What a page shows of the step's record. */
type PageRecord = EndRecord &
  Pick<
    StepRecord,
    | 'inputs'
    | 'schema'
    | 'worksInFolder'
    | 'pictures'
    | 'steps'
    | 'rounds'
    | 'whyNotRestarted'
    | 'review'
    | 'patch'
    | 'isUnchanged'
  >;

/** What a page shows in addition to the outcome. Post has the empty record. */
export interface PageContext extends PageRecord {
  readonly situation: Situation;
  /** The address of the page that explains each status; absent if it is not known. */
  readonly helpUrl?: string | undefined;
  readonly pullRequests: readonly ShownPullRequest[];
  /** GitHub's URL, without a trailing slash: only URLs of pull requests there become links. */
  readonly gitHubUrl: string;
}

/** Where a page is shown: the summary or a comment. */
export interface Medium {
  /** The limit of the page, as measured by `sizeOf`. */
  readonly maxSize: number;
  readonly sizeOf: (text: string) => number;
  readonly maxMessageBytes: number;
  /** Who reads the page. */
  readonly reader: Reader;
  /** Where the rest of an answer is that does not fit, as the end of a sentence. */
  readonly rest: string;
  /** Shows a review, in place of the answer. */
  readonly showReview: (review: ReviewEvent) => string;
  /** Which addresses in the answer may become links. If absent, all on GitHub and on the conversation's server. */
  readonly mayLink?: MayLink;
  /** Absent in the summary, which is on the page of the run. */
  readonly runUrl?: string | undefined;
}

/** GitHub allows 1 MiB for a step's summary. */
const SUMMARY: Medium = {
  maxSize: 1000 * 1024,
  sizeOf: (text) => Buffer.byteLength(text),
  maxMessageBytes: 16 * 1024,
  rest: 'in the file of the output `response-file`',
  reader: 'author',
  showReview: wholeReview,
};

/** Formats the outcome of a step as its summary. */
export async function summaryOf(outcome: Outcome, context: PageContext): Promise<string> {
  return pageOf(outcome, context, SUMMARY);
}

/**
 * Formats the outcome of a step as a Markdown page. Text from outside is inert: it is put in code, or escaped in HTML. The answer keeps
 * its formatting, but is inert, too. The page has as much of it as fits.
 */
export async function pageOf(
  outcome: Outcome,
  context: PageContext,
  { maxSize, sizeOf, maxMessageBytes, rest, showReview, mayLink, runUrl, reader }: Medium,
): Promise<string> {
  const { review } = context;
  const above = sectionsAbove(outcome, context, reader, runUrl);
  const details = outcome.status === 'skipped' ? undefined : detailsLine(outcome, context, reader);
  const folded = [stepsSection(context.steps), messageSection(outcome, context, maxMessageBytes)];
  // The folded sections must not take the room of the answer.
  const hasRoomForFolded = sizeOf(joinSections(...above, ...folded, details)) < maxSize / 2;
  const below = hasRoomForFolded ? [...folded, details] : [details];
  const more = `\n\nThe answer is too long for this page: it continues ${rest}.`;
  // 4: the blank line before the answer, and the end of the page.
  const room = maxSize - sizeOf(joinSections(...above, ...below)) - sizeOf(more) - 4;
  const render = await rendererFor(outcome, context.gitHubUrl, mayLink);
  const { shown, isWhole } = renderWithin({ room, sizeOf }, shownAnswerOf(outcome, context.inputs), render);
  const answer = review ? showReview(review) : shown + (isWhole ? '' : more);
  return `${joinSections(...above, answer, ...below)}\n`;
}

/** Joins sections. Those that are `undefined` or empty are left out. */
function joinSections(...sections: readonly (string | undefined)[]): string {
  return sections.filter(Boolean).join('\n\n');
}

/** Returns what is above the answer. */
function sectionsAbove(
  outcome: Outcome,
  context: PageContext,
  reader: Reader,
  runUrl: string | undefined,
): readonly (string | undefined)[] {
  const { pullRequests, gitHubUrl, rounds, role } = context;
  const { links, block } = describePullRequests(pullRequests, gitHubUrl);
  const costUsd = hasConversation(outcome) ? outcome.facts.costUsd : undefined;
  return [
    firstLine(
      endWords(outcome, context),
      outcome.status === 'finished' && context.isUnchanged ? 'No files changed' : undefined,
      isUnsentByKey(context) || isHeldBack(outcome, context) ? UNSENT : undefined,
      costUsd === undefined ? undefined : costWords(costUsd, role),
      ...links,
      conversationLink(outcome.conversation),
      runLink(runUrl),
    ),
    problemSection(outcome, context, reader),
    isUnsentByKey(context) ? unsentSection(outcome, context, reader) : undefined,
    outcome.status === 'skipped' ? `<p>${inertHtmlOf(outcome.notice)}</p>` : undefined,
    meaningLink(outcome, context),
    block,
    checksBlock(outcome, rounds, pullRequests.length),
  ];
}

/** Whether a message for an existing conversation was not sent, and the words for the end do not say so. */
function isHeldBack({ status }: Outcome, context: PageContext): boolean {
  return status !== 'start-failed' && isUnsent(context);
}

/**
 * Says that the message was not sent, why, and how to send it. The last part is left out after a bad end, whose problem says what to do,
 * and if this step has seen the agent at work: the agent does what an earlier step has asked for.
 */
function unsentSection(
  outcome: Outcome,
  { whyNotRestarted: why, hasSeenWork, situation }: PageContext,
  reader: Reader,
): string {
  const because = why === undefined ? '' : `, and no other one was started: ${inertHtmlOf(asClause(why))}`;
  const isAdvised = problemIn(outcome) === undefined && hasSeenWork !== true;
  const unsent = reader === 'author' ? NOT_SENT : NOT_SENT_ON_ISSUE;
  const place = placeFor({ ...situation, conversation: outcome.conversation });
  return `<p>${unsent}${because}.${isAdvised ? ` ${howToSend(place)}` : ''}</p>`;
}

/** Links to what the status means; `undefined` if the step is as it should be, or the page is not known. */
function meaningLink(outcome: Outcome, { helpUrl }: PageContext): string | undefined {
  const url = meaningUrlOf(outcome, helpUrl);
  return url && `[What this means](${url})`;
}

/** Says what failed, why, and what to do; `undefined` if nothing failed. */
function problemSection(outcome: Outcome, { situation }: PageContext, reader: Reader): string | undefined {
  const problem = problemIn(outcome);
  if (problem === undefined) return undefined;
  const { failedTo, because, reasons = [] } = problem;
  const advice = adviceFor(problem, outcome.conversation, situation, reader);
  const failure = `Failed to ${inertHtmlOf(failedTo)}:`;
  const list = reasons.map((reason) => `<li>${inertHtmlOf(asClause(reason))}</li>`).join('\n');
  const why =
    reasons.length < 2
      ? `<p>${failure} ${inertHtmlOf(asClause(because))}.</p>`
      : `<p>${failure}</p>\n<ul>\n${list}\n</ul>`;
  return advice === '' ? why : `${why}\n\n**What to do:** ${advice}.`;
}

/** Lists the agent's newest steps; `undefined` if it has done nothing. */
function stepsSection({ newest, count, isCut }: AgentSteps): string | undefined {
  if (newest.length === 0) return undefined;
  const before = count - newest.length;
  const lines = newest.map((step) => `- ${stepLine(step)}`);
  if (before > 0) lines.unshift(`- … ${before} earlier ${before === 1 ? 'step' : 'steps'} …`);
  const number = `${isCut ? 'more than ' : ''}${count} ${count === 1 ? 'step' : 'steps'}`;
  return foldedSection(`What the agent did (${number})`, lines.join('\n'));
}

/** Shows the task and the schema; `undefined` if no agent got them. */
function messageSection(
  { conversation, status }: Outcome,
  { inputs, schema, role }: PageContext,
  maxBytes: number,
): string | undefined {
  const isGiven = role === 'started' || role === 'follow-up';
  if (!isGiven || conversation === undefined || status === 'start-failed') return undefined;
  const task = inputs?.work.kind === 'start' ? inputs.work.assignment.message : inputs?.work.message;
  if (task === undefined) return undefined;
  const asksForResult = inputs?.result !== undefined;
  const whole = withoutFences(composeMessage({ task, schema, asksForResult })).trimEnd();
  const shown = firstBytesOf(whole, maxBytes);
  const more = shown === whole ? '' : '\n\nThe message continues.';
  return foldedSection('What was asked', `${codeBlock(shown)}${more}`);
}

function foldedSection(heading: string, content: string): string {
  return `<details>\n<summary>${heading}</summary>\n\n${content}\n\n</details>`;
}

/** Returns the last line, in small print: the status, then what else is known. */
function detailsLine(outcome: Outcome, context: PageContext, reader: Reader): string {
  const { status, conversation } = outcome;
  const { patch, pictures, role } = context;
  const hasMessage = role === 'started' || role === 'follow-up';
  const facts: Partial<Facts> = hasConversation(outcome) ? outcome.facts : {};
  const { title, tokens } = facts;
  const details = [
    `Status: ${status}${noteWithoutWait(outcome)}`,
    hasMessage && pictures > 0 && `Sent: ${countPictures(pictures)}`,
    patch && `Patch: ${asChanges(patch)}`,
    detail('Title', title),
    ...assignmentDetails(facts, context),
    tokens && `Tokens: ${asTokens(tokens)}`,
    // Not a link: the address is one of the API, not a web page. Readers of an issue can open nothing on the runner.
    conversation?.hasNoPage &&
      !(reader === 'issue' && isHiddenOnRunner(conversation)) &&
      `API: <code>${conversation.url}</code>`,
  ];
  return `<p><sub>${details.filter(Boolean).join(' · ')}</sub></p>`;
}

/** Returns the folder, or the repository and the branch, and the model. The server's facts take precedence over the inputs. */
function assignmentDetails(
  { repository, branch, folder }: Partial<Facts>,
  { inputs, role, worksInFolder }: PageContext,
): readonly (string | undefined)[] {
  // The inputs say nothing about where the agent of an existing conversation works.
  if (inputs?.work.kind !== 'start' || role !== 'started')
    return [detail('Folder', folder), detail('Repository', repository), detail('Branch', branch)];
  const { workplace, agentServer, model } = inputs.work.assignment;
  const where = worksInFolder
    ? [detail('Folder', folder ?? agentServer?.workingDirectory)]
    : [
        detail('Repository', repository ?? workplace?.repository ?? 'none'),
        detail('Branch', branch ?? workplace?.branch),
      ];
  return [...where, detail('Model', model)];
}

/** Returns a detail of the last line; `undefined` without a value to show. */
function detail(name: string, value: string | undefined): string | undefined {
  const shown = inertHtmlOf(value ?? '');
  return shown === '' ? undefined : `${name}: ${shown}`;
}

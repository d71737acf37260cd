import { checksBlock } from '../checks/words.ts';
import type { ShownPullRequest } from '../github/shown-pull-requests.ts';
import { countPictures } from '../message/pictures.ts';
import { asChanges } from '../patch/patch.ts';
import type { Facts } from '../port/conversation.ts';
import { hasConversation, type Outcome } from '../port/outcome.ts';
import type { Plan } from '../port/plan.ts';
import type { AgentSteps } from '../record/agent-steps.ts';
import type { StepRecord } from '../record/record.ts';
import { hasMessageToSend, isUnsentByKey } from '../record/unsent.ts';
import { repliesBlock } from '../replies/words.ts';
import { type ReviewEvent, wholeReview } from '../review/words.ts';
import { firstOf } from '../text/first-of.ts';
import {
  asClause,
  capitalize,
  codeBlock,
  firstBytesOf,
  inertHtmlOf,
  shorten,
  singleLine,
} from '../text/safe.ts';
import { adviceFor, isHiddenOnRunner, placeFor, type Reader, type Situation } from './advice.ts';
import { rendererFor, renderWithin, shownAnswerOf } from './answer.ts';
import type { MayLink } from './harmless.ts';
import { meaningUrlOf } from './meaning.ts';
import { planList, progressOf } from './plan.ts';
import { isSaidByStatus, problemIn } from './problem.ts';
import { pullRequestsBlock } from './pull-requests.ts';
import {
  asTokens,
  conversationLink,
  costWords,
  type EndRecord,
  endWords,
  firstLine,
  howToSend,
  linksLine,
  NOT_SENT,
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
    | 'costBeforeUsd'
    | 'worksInFolder'
    | 'pictures'
    | 'steps'
    | 'rounds'
    | 'whyNotRestarted'
    | 'review'
    | 'replies'
    | 'patch'
    | 'shownPatch'
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
  /** The repository of the workflow, on whose pages this is. */
  readonly ownRepository: string;
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

/** How many files the summary names that it does not show. */
const MAX_LEFT_FILES = 20;

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
  const patch = reader === 'author' ? patchSection(context) : undefined;
  const folded = [
    patch,
    foldedPlan(outcome, context.steps),
    stepsSection(context.steps),
    messageSection(outcome, context, maxMessageBytes),
  ];
  // The folded sections must not take the room of the answer.
  const hasRoomForFolded = sizeOf(joinSections(...above, ...folded, details)) < maxSize / 2;
  const below = hasRoomForFolded ? [...folded, details] : [details];
  const more = `\n\nThe answer is too long for this page: it continues ${rest}.`;
  // 4: the blank line before the answer, and the end of the page.
  const room = maxSize - sizeOf(joinSections(...above, ...below)) - sizeOf(more) - 4;
  const render = await rendererFor(outcome, context.gitHubUrl, mayLink);
  const { shown, isWhole } = renderWithin({ room, sizeOf }, shownAnswerOf(outcome, context), render);
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
  const { pullRequests, gitHubUrl, rounds, replies } = context;
  const costUsd = hasConversation(outcome) ? outcome.facts.costUsd : undefined;
  return [
    firstLine(
      endWords(outcome, context),
      outcome.status === 'finished' && context.isUnchanged ? 'No files changed' : undefined,
      isUnsentByKey(context) || isHeldBack(outcome, context) ? UNSENT : undefined,
      costUsd === undefined ? undefined : costWords(costUsd, context),
    ),
    problemSection(outcome, context),
    openPlan(outcome, context.steps),
    isUnsentByKey(context) ? unsentSection(outcome, context, reader) : undefined,
    outcome.status === 'skipped' ? `<p>${inertHtmlOf(outcome.notice)}</p>` : undefined,
    questionSection(context),
    pullRequestsBlock(pullRequests, gitHubUrl),
    picturesSection(outcome, context),
    linksLine(conversationLink(outcome.conversation), runLink(runUrl), meaningLink(outcome, context)),
    checksBlock(outcome, rounds, pullRequests.length),
    replies && repliesBlock(replies),
  ];
}

/** Whether a message for an existing conversation was not sent, and the words for the end do not say so. */
function isHeldBack({ status }: Outcome, context: PageContext): boolean {
  return status !== 'start-failed' && hasMessageToSend(context);
}

const KNOWN_TO_AGENT = 'The agent has a conversation about this already.';

/**
 * Says that the message was not sent, why, and how to send it. The last part is left out after a bad end, whose problem says what to do,
 * and if this step has seen the agent at work: the agent does what an earlier step has asked for.
 */
function unsentSection(
  outcome: Outcome,
  { whyNotRestarted: why, hasSeenWork, situation }: PageContext,
  reader: Reader,
): string {
  const isAdvised = problemIn(outcome) === undefined && hasSeenWork !== true;
  const place = placeFor({ ...situation, conversation: outcome.conversation });
  const because = why === undefined ? '' : `No other agent was started: ${inertHtmlOf(asClause(why))}.`;
  // Readers of an issue know no inputs.
  const said = reader === 'author' ? `${NOT_SENT}. ${because}`.trimEnd() : because || KNOWN_TO_AGENT;
  return `<p>${said}${isAdvised ? `<br>\n${howToSend(place)}` : ''}</p>`;
}

/** Links to what the status means; `undefined` if the step is as it should be, or the page is not known. */
function meaningLink(outcome: Outcome, { helpUrl }: PageContext): string | undefined {
  const url = meaningUrlOf(outcome, helpUrl);
  return url && `[What this means](${url})`;
}

/** Says what failed, why, and what to do; `undefined` if nothing failed. */
function problemSection(outcome: Outcome, { situation }: PageContext): string | undefined {
  const problem = problemIn(outcome);
  if (problem === undefined) return undefined;
  const { failedTo, because, reasons = [] } = problem;
  const advice = adviceFor(problem, outcome.conversation, situation);
  const failure = `Failed to ${inertHtmlOf(failedTo)}:`;
  const cause = asClause(because);
  const list = reasons.map((reason) => `<li>${inertHtmlOf(asClause(reason))}</li>`).join('\n');
  const why =
    reasons.length < 2
      ? `<p>${isSaidByStatus(failedTo) ? inertHtmlOf(capitalize(cause)) : `${failure} ${inertHtmlOf(cause)}`}.</p>`
      : `<p>${failure}</p>\n<ul>\n${list}\n</ul>`;
  return advice === '' ? why : `${why}\n\n**What to do:** ${advice}.`;
}

/** Shows the plan of an agent that has not done its task, and how much it has left open; `undefined` if it has left nothing. */
function openPlan(outcome: Outcome, { plan }: AgentSteps): string | undefined {
  const list = plan && planList(plan, true);
  if (!list || !isLeftOpen(outcome, plan)) return undefined;
  return `**Plan: ${progressOf(plan)}, ${plan.count - plan.done} left open**\n\n${list}`;
}

/** The plan of any other agent; `undefined` if it has none. */
function foldedPlan(outcome: Outcome, { plan }: AgentSteps): string | undefined {
  const list = plan && planList(plan, true);
  if (!list || isLeftOpen(outcome, plan)) return undefined;
  return foldedSection(`Plan (${progressOf(plan)})`, list);
}

function isLeftOpen(outcome: Outcome, { count, done }: Plan): boolean {
  return problemIn(outcome) !== undefined && done < count;
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

/** Quotes the task of a message to an existing conversation, so that the answer can be read without the rest; else `undefined`. */
function questionSection({ inputs, role }: PageContext): string | undefined {
  if (role !== 'follow-up' || inputs?.task === undefined) return undefined;
  return `<blockquote>${inertHtmlOf(shorten(singleLine(inputs.task), MAX_QUESTION))}</blockquote>`;
}

/** About two lines on a narrow screen. */
const MAX_QUESTION = 80;

/** Says which pictures the model does not see, and why; `undefined` if it sees all. */
function picturesSection(outcome: Outcome, context: PageContext): string | undefined {
  const { unseen } = context.pictures;
  // An error may be about that.
  const isSaid = unseen === undefined || problemIn(outcome)?.because.startsWith(unseen) === true;
  return isGiven(outcome, context) && !isSaid
    ? `<p>${inertHtmlOf(capitalize(asClause(unseen)))}.</p>`
    : undefined;
}

/** Whether the provider of the model has not refused the pictures. */
function hasSeenPictures(outcome: Outcome): boolean {
  return outcome.kind !== 'agent-failed' || outcome.storedEnd?.fault !== 'model-pictures';
}

/** Whether an agent has the message of the step from this step. */
function isGiven({ conversation, status }: Outcome, { role }: PageContext): boolean {
  return (
    (role === 'started' || role === 'follow-up') && conversation !== undefined && status !== 'start-failed'
  );
}

/** Shows the patch, because a person may have to approve it; `undefined` without one. What is missing is said first. */
function patchSection({ patch, shownPatch }: PageContext): string | undefined {
  if (patch === undefined || shownPatch === undefined || patch.files === 0) return undefined;
  const { text, left } = shownPatch;
  const named = firstOf(left, MAX_LEFT_FILES, inertHtmlOf);
  const note =
    left.length === 0
      ? ''
      : `**Not the whole patch.** Too long to show, see the file of the output \`patch-file\`: ${named}\n\n`;
  const block = text === '' ? '' : codeBlock(text.trimEnd(), 'diff');
  return foldedSection(`The patch (${asChanges(patch)})`, note + block, 'open');
}

/** Shows the task; `undefined` if no agent got it. */
function messageSection(outcome: Outcome, context: PageContext, maxBytes: number): string | undefined {
  const whole = context.inputs?.task?.trimEnd();
  if (whole === undefined || !isGiven(outcome, context)) return undefined;
  const shown = firstBytesOf(whole, maxBytes);
  const more = shown === whole ? '' : '\n\nThe message continues.';
  return foldedSection('What was asked', `${codeBlock(shown)}${more}`);
}

function foldedSection(heading: string, content: string, open?: 'open'): string {
  return `<details${open === undefined ? '' : ' open'}>\n<summary>${heading}</summary>\n\n${content}\n\n</details>`;
}

/** Returns the last line, in small print: the status, then what else is known. */
function detailsLine(outcome: Outcome, context: PageContext, reader: Reader): string {
  const { status, conversation } = outcome;
  const { patch, pictures } = context;
  const facts: Partial<Facts> = hasConversation(outcome) ? outcome.facts : {};
  const { tokens } = facts;
  const details = [
    `Status: ${status}${noteWithoutWait(outcome)}`,
    isGiven(outcome, context) &&
      hasSeenPictures(outcome) &&
      pictures.sent > 0 &&
      `Sent: ${countPictures(pictures.sent)}`,
    patch && `Patch: ${asChanges(patch)}`,
    ...assignmentDetails(facts, context),
    tokens && `Tokens: ${asTokens(tokens)}`,
    // Not a link: the address is one of the API, not a web page. Readers of an issue can open nothing on the runner.
    conversation?.hasNoPage &&
      !(reader === 'issue' && isHiddenOnRunner(conversation)) &&
      `API: <code>${conversation.url}</code>`,
  ];
  return `<p><sub>${details.filter(Boolean).join(' · ')}</sub></p>`;
}

/**
 * Returns the folder, or the branch and the repository if it is another one than the page's, and the model. The server's facts take precedence
 * over the inputs.
 */
function assignmentDetails(
  { repository, branch, folder }: Partial<Facts>,
  { inputs, role, worksInFolder, ownRepository }: PageContext,
): readonly (string | undefined)[] {
  const other = (name: string | undefined): string | undefined =>
    name?.toLowerCase() === ownRepository.toLowerCase() ? undefined : detail('Repository', name);
  // The inputs say nothing about where the agent of an existing conversation works.
  if (inputs?.work.kind !== 'start' || role !== 'started')
    return [detail('Folder', folder), other(repository), detail('Branch', branch)];
  const { workplace, agentServer, model } = inputs.work.assignment;
  const where = worksInFolder
    ? [detail('Folder', folder ?? agentServer?.workingDirectory)]
    : [other(repository ?? workplace?.repository), detail('Branch', branch ?? workplace?.branch)];
  return [...where, detail('Model', model)];
}

/** Returns a detail of the last line; `undefined` without a value to show. */
function detail(name: string, value: string | undefined): string | undefined {
  const shown = inertHtmlOf(value ?? '');
  return shown === '' ? undefined : `${name}: ${shown}`;
}

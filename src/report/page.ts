import type { Round } from '../checks/checks.ts';
import { checksBlock } from '../checks/words.ts';
import type { Workplace } from '../conversation/assignment.ts';
import type { Facts } from '../conversation/conversation.ts';
import type { Role } from '../conversation/events.ts';
import type { Outcome } from '../conversation/outcome.ts';
import type { ShownPullRequest } from '../github/pull-requests.ts';
import { composeMessage, withoutFences } from '../message/agent-message.ts';
import { asChanges, type PatchSize } from '../patch/patch.ts';
import type { AgentSteps } from '../record/agent-steps.ts';
import type { Inputs } from '../record/inputs.ts';
import type { StepRecord } from '../record/record.ts';
import { reviewBlock, type ReviewEvent } from '../review/words.ts';
import { asClause, codeBlock, firstBytesOf, inertHtmlOf } from '../text/safe.ts';
import { answerIn, rendererFor, renderWithin } from './answer.ts';
import { problemIn } from './problem.ts';
import { pullRequestLines, pullRequestLinks } from './pull-requests.ts';
import {
  asTokens,
  conversationLink,
  costWords,
  endWords,
  firstLine,
  NOT_SENT,
  notWaited,
  runLink,
  stepLine,
} from './words.ts';

/** GitHub allows 1 MiB for a step's summary, of which the rest of the page needs a part. */
const MAX_ANSWER_BYTES = 768 * 1024;
const MAX_MESSAGE_BYTES = 16 * 1024;

interface Request {
  readonly workplace?: Workplace | undefined;
  /** The working directory on an agent server, in place of a repository. */
  readonly folder?: string | undefined;
  readonly model?: string | undefined;
}

/** What a page shows in addition to the outcome. Post knows neither `role` nor `durationMs` nor `rounds`. */
export interface PageContext {
  /** Absent if the inputs were wrong, or the conversation existed before the step. */
  readonly request?: Request | undefined;
  /** The message to the agent; absent if the agent did not get it. */
  readonly message?: string | undefined;
  /** Whether the message was not sent, because the step is attached to the conversation of its key. */
  readonly isUnsent?: boolean;
  readonly steps: AgentSteps;
  readonly role?: Role | undefined;
  readonly durationMs?: number;
  readonly pullRequests: readonly ShownPullRequest[];
  /** GitHub's URL, without a trailing slash: only URLs of pull requests there become links. */
  readonly gitHubUrl: string;
  /** The size of the patch; absent if the agent's changes were not saved as one. */
  readonly patch?: PatchSize | undefined;
  readonly rounds?: readonly Round[];
  /** The review, in place of the answer. */
  readonly review?: ReviewEvent | undefined;
}

/** How the page differs between a summary and a comment. */
export interface Place {
  /** How much of the message is shown. Absent if there is no room for collapsed sections. */
  readonly maxMessageBytes?: number;
  /** Absent in the summary, which is on the page of the run. */
  readonly runUrl?: string | undefined;
}

/**
 * Formats the outcome of a step as a Markdown page. Text from outside is inert: it is put in code, or escaped in HTML.
 * The answer is inert Markdown already; empty if there is none.
 */
export function pageOf(
  outcome: Outcome,
  context: PageContext,
  answer: string,
  { maxMessageBytes, runUrl }: Place,
): string {
  const { pullRequests, gitHubUrl, message, rounds = [], role } = context;
  const { conversation } = outcome;
  const costUsd = 'facts' in outcome ? outcome.facts.costUsd : undefined;
  const sections = [
    firstLine(
      endWords(outcome, context),
      costUsd === undefined ? undefined : costWords(costUsd, role),
      ...pullRequestLinks(pullRequests, gitHubUrl),
      conversationLink(conversation),
      runLink(runUrl),
    ),
    problemSection(outcome),
    context.isUnsent ? `<p>${NOT_SENT}.</p>` : undefined,
    outcome.status === 'skipped' ? `<p>${inertHtmlOf(outcome.notice)}</p>` : undefined,
    pullRequestLines(pullRequests, gitHubUrl),
    checksBlock(outcome, rounds, pullRequests.length),
    answer === '' ? undefined : answer,
    maxMessageBytes === undefined ? undefined : stepsSection(context.steps),
    maxMessageBytes === undefined ? undefined : messageSection(message, maxMessageBytes),
    // A skipped step has no details.
    outcome.status === 'skipped' ? undefined : detailsLine(outcome, context),
  ];
  return `${sections.filter((section) => section !== undefined).join('\n\n')}\n`;
}

function problemSection(outcome: Outcome): string | undefined {
  const problem = problemIn(outcome);
  if (problem === undefined) return undefined;
  const { failedTo, because, reasons = [], advice } = problem;
  const failure = `Failed to ${inertHtmlOf(failedTo)}:`;
  const list = reasons.map((reason) => `<li>${inertHtmlOf(asClause(reason))}</li>`).join('\n');
  const why =
    reasons.length < 2
      ? `<p>${failure} ${inertHtmlOf(asClause(because))}.</p>`
      : `<p>${failure}</p>\n<ul>\n${list}\n</ul>`;
  return `${why}\n\n**What to do:** ${advice}.`;
}

function stepsSection({ newest, count, isCut }: AgentSteps): string | undefined {
  if (newest.length === 0) return undefined;
  const before = count - newest.length;
  const lines = newest.map((step) => `- ${stepLine(step)}`);
  if (before > 0) lines.unshift(`- … ${before} earlier ${before === 1 ? 'step' : 'steps'} …`);
  const number = `${isCut ? 'more than ' : ''}${count} ${count === 1 ? 'step' : 'steps'}`;
  return foldedSection(`What the agent did (${number})`, lines.join('\n'));
}

function messageSection(message: string | undefined, maxBytes: number): string | undefined {
  if (message === undefined) return undefined;
  const whole = message.trimEnd();
  const shown = firstBytesOf(whole, maxBytes);
  const more = shown === whole ? '' : '\n\nThe message continues.';
  return foldedSection('What was asked', `${codeBlock(shown)}${more}`);
}

function foldedSection(heading: string, content: string): string {
  return `<details>\n<summary>${heading}</summary>\n\n${content}\n\n</details>`;
}

function detailsLine(outcome: Outcome, { request, patch }: PageContext): string {
  const { status, conversation } = outcome;
  const facts: Partial<Facts> = 'facts' in outcome ? outcome.facts : {};
  const { title, tokens } = facts;
  const details = [
    `Status: ${status}${notWaited(outcome)}`,
    patch && `Patch: ${asChanges(patch)}`,
    detail('Title', title),
    ...placeDetails(facts, request),
    detail('Model', request?.model),
    tokens && `Tokens: ${asTokens(tokens)}`,
    // Not a link: the address is one of the API, not a web page.
    conversation?.hasNoPage && `API: <code>${conversation.url}</code>`,
  ];
  return `<p><sub>${details.filter((each) => each !== undefined).join(' · ')}</sub></p>`;
}

/** Returns the folder, or the repository and the branch. The server's facts take precedence over the request. */
function placeDetails(
  { repository, branch }: Partial<Facts>,
  request: Request | undefined,
): readonly (string | undefined)[] {
  if (request?.folder !== undefined) return [detail('Folder', request.folder)];
  const place = repository ?? request?.workplace?.repository;
  return [
    request && place === undefined ? 'Repository: none' : detail('Repository', place),
    detail('Branch', branch ?? request?.workplace?.branch),
  ];
}

function detail(name: string, value: string | undefined): string | undefined {
  const shown = inertHtmlOf(value ?? '');
  return shown === '' ? undefined : `${name}: ${shown}`;
}

/** Collects what the page of a step shows in addition to the outcome. */
export function pageContext(
  record: StepRecord,
  shown: Pick<PageContext, 'pullRequests' | 'gitHubUrl'>,
): PageContext {
  const { inputs, role, elapsedMs, patch, steps, rounds, review } = record;
  // The inputs say nothing about where the agent of an existing conversation works.
  const isOwnPlace = inputs?.work.kind === 'start' && role === 'started';
  const ifExists = inputs?.work.kind === 'start' ? inputs.work.key?.ifExists : undefined;
  return {
    ...shown,
    durationMs: elapsedMs,
    steps,
    rounds,
    request: isOwnPlace ? requestIn(inputs, record) : undefined,
    message: messageGiven(record),
    // With `send`, an earlier attempt of the run has sent it.
    isUnsent: role === 'attached' && ifExists !== 'send',
    role,
    patch,
    review,
  };
}

function requestIn({ work, workplace }: Inputs, { worksInFolder }: StepRecord): Request {
  const { model, agentServer } = work.kind === 'start' ? work.assignment : {};
  return worksInFolder ? { model, folder: agentServer?.workingDirectory ?? '' } : { model, workplace };
}

/** Returns the task and the schema for people; `undefined` if no agent got them. */
function messageGiven({ inputs, role, outcome }: StepRecord): string | undefined {
  if (inputs === undefined || outcome?.conversation === undefined || outcome.status === 'start-failed')
    return undefined;
  if (role !== 'started' && role !== 'follow-up') return undefined;
  const { work, outputSchema: schema } = inputs;
  const task = work.kind === 'start' ? work.assignment.message : work.message;
  return task && withoutFences(composeMessage({ task, schema }));
}

/** Formats the outcome of a step as its summary. */
export async function summaryOf(outcome: Outcome, context: PageContext): Promise<string> {
  const render = await rendererFor(outcome, context.gitHubUrl);
  const { review } = context;
  const room = { room: MAX_ANSWER_BYTES, sizeOf: (text: string) => Buffer.byteLength(text) };
  const { shown, isWhole } = renderWithin(room, answerIn(outcome) ?? '', render);
  const rest = isWhole ? '' : '\n\nThe answer continues in the file of the output `response-file`.';
  const answer = review ? `${reviewBlock(review)}\n\n${review.text}` : shown + rest;
  return pageOf(outcome, context, answer, { maxMessageBytes: MAX_MESSAGE_BYTES });
}

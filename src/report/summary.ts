import type { ApiVersion, Conversation, Facts } from '../conversation/conversation.ts';
import type { Role } from '../conversation/events.ts';
import { type Outcome, SUCCEEDS } from '../conversation/outcome.ts';
import type { Problem } from '../conversation/problem.ts';
import type { Inputs } from '../inputs.ts';
import type { StepRecord } from '../record.ts';
import { beginning, codeBlock, codeSpan, plainWords } from '../text/safe.ts';
import { stepsList, type ToldSteps } from './agent-steps.ts';
import { asDollars, asDuration, asTokens } from './amounts.ts';
import { answerIn, type Render, rendererFor, renderWithin } from './answer.ts';
import { problemOf } from './ending.ts';
import { asClause } from './problem.ts';
import { pullRequestsOf } from './pull-requests.ts';

/** A step's summary may have 1 MiB, and other texts need some of it. */
const LARGEST_ANSWER_BYTES = 768 * 1024;
const LONGEST_MESSAGE_BYTES = 16 * 1024;

/** Where the agent works. */
interface Where extends Pick<Inputs, 'workplace'> {
  /** With an agent server by itself, in place of a repository. */
  readonly folder?: string;
}

/** What a summary tells beside the outcome. */
export interface SummaryContext {
  /** Absent if the inputs were wrong, and for a conversation that was there already. */
  readonly request?: Where;
  /** Absent if no server was asked for a conversation, or nobody knows any more what the step did. */
  readonly role?: Role;
  /** Absent if nobody knows it any more. */
  readonly durationMs?: number;
  readonly pullRequestUrls: readonly string[];
  /** GitHub's address, without a trailing slash: only what is there becomes a link. */
  readonly serverUrl: string;
  readonly answerFile?: string;
}

/** What the page of a step has room for beside that. */
export interface SummaryDetails {
  /** What was asked of the agent. */
  readonly message?: string;
  readonly steps: ToldSteps;
}

/** What the record of a step tells beside its outcome. */
export function summaryContext(record: StepRecord, serverUrl: string): SummaryContext {
  const { inputs, role, elapsedMs, answerFile, version } = record;
  // What is there already is where it is, whatever the inputs say.
  const isOwnPlace = inputs?.work.kind === 'start' && role !== 'attached';
  return {
    durationMs: elapsedMs,
    pullRequestUrls: pullRequestsOf(record, serverUrl),
    serverUrl,
    ...(isOwnPlace && { request: whereOf(inputs, version) }),
    ...(role && { role }),
    ...(answerFile !== undefined && { answerFile }),
  };
}

function whereOf({ work, workplace }: Inputs, version: ApiVersion | undefined): Where {
  if (version !== 'agent-server') return { ...(workplace && { workplace }) };
  const folder = work.kind === 'start' ? work.assignment.agentServer?.workingDirectory : undefined;
  return { folder: folder ?? '' };
}

/** The message, if an agent was given it. */
export function messageGiven({ inputs, role, outcome }: StepRecord): string | undefined {
  if (inputs === undefined || outcome?.conversation === undefined || outcome.status === 'start-failed')
    return undefined;
  const { work } = inputs;
  if (work.kind === 'start') return role === 'started' ? work.assignment.message : undefined;
  return role === 'follow-up' ? work.message : undefined;
}

/** The outcome of a step as the page of its summary. */
export async function summaryOf(
  outcome: Outcome,
  context: SummaryContext,
  details: SummaryDetails,
): Promise<string> {
  const render = await rendererFor(outcome, context.serverUrl);
  const folded = [messageSection(details.message), stepsSection(details.steps)];
  return pageOf(outcome, context, (answer) => answerFor(context, answer, render), folded);
}

/**
 * The outcome of a step as a page of Markdown. Everything from outside stands in code, where it does nothing, but for the
 * agent's answer and the addresses of pull requests.
 *
 * @param answerAs the agent's answer as Markdown, of which nothing does anything.
 * @param folded sections between the facts and the answer.
 */
export function pageOf(
  outcome: Outcome,
  context: SummaryContext,
  answerAs: (answer: string) => string,
  folded: readonly (string | undefined)[] = [],
): string {
  const { conversation } = outcome;
  const sections = [
    `### ${SUCCEEDS[outcome.status] ? '✅' : '❌'} OpenHands: ${headingOf(outcome, context)}`,
    problemSection(outcome, context),
    outcome.status === 'skipped' ? codeSpan(outcome.notice) : undefined,
    conversation && linkToConversation(conversation),
    bullets(outcome, context).join('\n'),
    ...folded,
    answerSection(outcome, answerAs),
  ];
  return `${sections.filter((section) => section !== undefined).join('\n\n')}\n`;
}

function headingOf({ status, conversation }: Outcome, { role = 'started' }: SummaryContext): string {
  if (status === 'start-failed' && conversation !== undefined) return 'sending the message failed';
  if (status === 'missing' && conversation === undefined) return 'there is no such conversation';
  return status === 'running' ? WHILE_RUNNING[role] : HEADINGS[status];
}

const WHILE_RUNNING: Readonly<Record<Role, string>> = {
  started: 'started',
  attached: 'the key has a conversation already',
  'follow-up': 'the message is sent',
  observer: 'not done yet',
};

const HEADINGS: Readonly<Record<Exclude<Outcome['status'], 'running'>, string>> = {
  finished: 'finished',
  stopped: 'stopped',
  skipped: 'skipped',
  'needs-input': 'the agent waits for a person',
  error: 'the agent failed',
  stuck: 'the agent is stuck',
  missing: 'the conversation is gone',
  paused: 'paused before it was done',
  'start-failed': 'the start failed',
  unreachable: 'lost sight of the conversation',
  'timed-out': 'not done in time',
  cancelled: 'cancelled',
};

/** The problem that an outcome is or stands for; `undefined` if there is none. */
export function problemIn(outcome: Outcome, role?: Role): Problem | undefined {
  if ('problem' in outcome) return outcome.problem;
  return outcome.status === 'running' || outcome.status === 'skipped' ? undefined : problemOf(outcome, role);
}

function problemSection(outcome: Outcome, { role }: SummaryContext): string | undefined {
  const problem = problemIn(outcome, role);
  if (problem === undefined) return undefined;
  const { failedTo, because, todo } = problem;
  return `Failed to ${plainWords(failedTo)}: ${codeSpan(asClause(because))}\n\n**What to do:** ${todo}.`;
}

function bullets(outcome: Outcome, context: SummaryContext): readonly string[] {
  const { request, durationMs, pullRequestUrls, serverUrl } = context;
  const facts: Partial<Facts> = 'facts' in outcome ? outcome.facts : {};
  const { title, costUsd, tokens } = facts;
  return [
    ...bullet('Title', title, codeSpan),
    ...placeBullets(facts, request),
    ...pullRequestUrls.map((url) => `- Pull request: ${linkTo(url, serverUrl)}`),
    `- Status: \`${outcome.status}\``,
    ...bullet('Duration', durationMs, asDuration),
    ...bullet('Cost', costUsd, asDollars),
    ...bullet('Tokens', tokens, asTokens),
  ];
}

/** What is there already is where it is told to be. */
function placeBullets({ repository, branch }: Partial<Facts>, request: Where | undefined): readonly string[] {
  if (request?.folder !== undefined) return bullet('Folder', request.folder, codeSpan);
  const place = repository ?? request?.workplace?.repository;
  return [
    ...(request && place === undefined ? ['- Repository: none'] : bullet('Repository', place, codeSpan)),
    ...bullet('Branch', branch ?? request?.workplace?.branch, codeSpan),
  ];
}

function bullet<T>(name: string, value: T | undefined, as: (value: T) => string): readonly string[] {
  const shown = value === undefined ? '' : as(value);
  return shown === '' ? [] : [`- ${name}: ${shown}`];
}

/** An address that the agent wrote may lead anywhere: it is shown and not linked. */
function linkTo(url: string, serverUrl: string): string {
  return url.startsWith(`${serverUrl}/`) ? `<${url}>` : codeSpan(url);
}

/** The link to the page where people see the conversation, or where else it is. */
export function linkToConversation({ url, hasNoPage }: Conversation): string {
  return hasNoPage
    ? `**The conversation** has no page; in the API it is \`${url}\``
    : `**[Open the conversation](${url})**`;
}

function answerSection(outcome: Outcome, answerAs: (answer: string) => string): string | undefined {
  const answer = answerIn(outcome);
  return answer === undefined ? undefined : `#### The agent's answer\n\n${answerAs(answer)}`;
}

function answerFor({ answerFile }: SummaryContext, answer: string, render: Render): string {
  const { shown, isWhole } = renderWithin(
    { room: LARGEST_ANSWER_BYTES, sizeOf: (text) => Buffer.byteLength(text) },
    answer,
    render,
  );
  const more = `The answer goes on in the file of the output \`response-file\`${answerFile === undefined ? '' : `: ${codeSpan(answerFile)}`}.`;
  return isWhole ? shown : `${shown}\n\n${more}`;
}

function messageSection(message: string | undefined): string | undefined {
  if (message === undefined) return undefined;
  const shown = beginning(message, LONGEST_MESSAGE_BYTES);
  const more = shown === message ? '' : '\n\nThe message goes on.';
  return foldedSection('What was asked', `${codeBlock(shown)}${more}`);
}

function stepsSection(steps: ToldSteps): string | undefined {
  const { heading, list } = stepsList(steps);
  return list === '' ? undefined : foldedSection(`What the agent did (${heading})`, list);
}

function foldedSection(heading: string, content: string): string {
  return `<details>\n<summary>${heading}</summary>\n\n${content}\n\n</details>`;
}

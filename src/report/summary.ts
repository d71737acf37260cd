import type { Workplace } from '../conversation/api.ts';
import type { Conversation, Facts } from '../conversation/conversation.ts';
import { type Outcome, SUCCEEDS } from '../conversation/outcome.ts';
import type { Problem } from '../conversation/problem.ts';
import { beginning, codeBlock, codeSpan, visible } from '../text/safe.ts';
import { asDollars, asDuration } from './duration.ts';
import { problemOf } from './ending.ts';
import { asClause } from './problem.ts';

/** A step's summary may have 1 MiB; an answer longer than this is not read in a summary. */
const LONGEST_ANSWER_BYTES = 256 * 1024;

/** Where the agent worked; without a repository there is no workplace. */
export interface Where {
  readonly workplace?: Workplace;
}

/** What a summary tells beside the outcome. */
export interface SummaryContext {
  /** Absent where the inputs were wrong. */
  readonly request?: Where;
  /** Absent where nobody knows it any more. */
  readonly durationMs?: number;
  readonly pullRequestUrls: readonly string[];
  /** GitHub's address, without a trailing slash: only what is there becomes a link. */
  readonly serverUrl: string;
  readonly answerFile?: string;
}

/** The outcome of a step as the page of its summary. */
export function summaryOf(outcome: Outcome, context: SummaryContext): string {
  return pageOf(outcome, context, (answer) => answerFor(context, answer));
}

/**
 * The outcome of a step as a page of Markdown. Everything from outside stands in code, where it does nothing.
 *
 * @param answerAs the agent's answer as Markdown.
 */
export function pageOf(
  outcome: Outcome,
  context: SummaryContext,
  answerAs: (answer: string) => string,
): string {
  const { conversation } = outcome;
  const sections = [
    `### ${SUCCEEDS[outcome.status] ? '✅' : '❌'} OpenHands: ${HEADINGS[outcome.status]}`,
    problemSection(outcome),
    outcome.status === 'skipped' ? codeSpan(outcome.notice) : undefined,
    conversation && linkToConversation(conversation),
    bullets(outcome, context).join('\n'),
    answerSection(outcome, answerAs),
  ];
  return `${sections.filter((section) => section !== undefined).join('\n\n')}\n`;
}

const HEADINGS: Readonly<Record<Outcome['status'], string>> = {
  running: 'started',
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

/** The problem that an outcome is or stands for; `undefined` where there is none. */
export function problemIn(outcome: Outcome): Problem | undefined {
  if ('problem' in outcome) return outcome.problem;
  return outcome.status === 'running' || outcome.status === 'skipped' ? undefined : problemOf(outcome);
}

function problemSection(outcome: Outcome): string | undefined {
  const problem = problemIn(outcome);
  if (problem === undefined) return undefined;
  const { failedTo, because, todo } = problem;
  return `Failed to ${failedTo}: ${codeSpan(asClause(because))}\n\n**What to do:** ${todo}.`;
}

function bullets(outcome: Outcome, context: SummaryContext): readonly string[] {
  const { request, durationMs, pullRequestUrls, serverUrl } = context;
  const { title, branch, costUsd }: Partial<Facts> = 'facts' in outcome ? outcome.facts : {};
  return [
    ...bullet('Title', title && codeSpan(title)),
    ...bullet('Repository', request && repositoryOf(request)),
    ...bullet('Branch', branchOf(request, branch)),
    ...pullRequestUrls.flatMap((url) => bullet('Pull request', linkTo(url, serverUrl))),
    ...bullet('Status', `\`${outcome.status}\``),
    ...bullet('Duration', durationMs === undefined ? undefined : asDuration(durationMs)),
    ...bullet('Cost', costUsd === undefined ? undefined : asDollars(costUsd)),
  ];
}

function bullet(name: string, value: string | undefined): readonly string[] {
  return value === undefined || value === '' ? [] : [`- ${name}: ${value}`];
}

function repositoryOf({ workplace }: Where): string {
  return workplace === undefined ? 'none' : codeSpan(workplace.repository);
}

function branchOf(request: Where | undefined, branch = ''): string {
  return codeSpan(request?.workplace?.branch ?? branch);
}

/** An address that the agent wrote may lead anywhere: it is shown and not linked. */
function linkTo(url: string, serverUrl: string): string {
  return url.startsWith(`${serverUrl}/`) ? `<${url}>` : codeSpan(url);
}

/** The link to the page where people see the conversation. */
export function linkToConversation({ url }: Conversation): string {
  return `**[Open the conversation](${url})**`;
}

function answerSection(outcome: Outcome, answerAs: (answer: string) => string): string | undefined {
  const answer = 'findings' in outcome ? outcome.findings.answer : undefined;
  return answer === undefined ? undefined : `#### The agent's answer\n\n${answerAs(answer)}`;
}

function answerFor({ answerFile }: SummaryContext, answer: string): string {
  const whole = visible(answer);
  const shown = beginning(whole, LONGEST_ANSWER_BYTES);
  const more = `The answer goes on in the file of the output \`response-file\`${answerFile === undefined ? '' : `: ${codeSpan(answerFile)}`}.`;
  return `${codeBlock(shown)}${shown === whole ? '' : `\n\n${more}`}`;
}

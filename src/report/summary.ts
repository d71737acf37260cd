import type { StartRequest } from '../conversation/api.ts';
import type { Facts } from '../conversation/conversation.ts';
import { type Outcome, SUCCEEDS } from '../conversation/outcome.ts';
import type { Problem } from '../conversation/problem.ts';
import { beginning, codeBlock, codeSpan } from '../text/safe.ts';
import { asDollars, asDuration } from './duration.ts';
import { problemOf } from './ending.ts';

/** A step's summary may have 1 MiB; an answer longer than this is not read in a summary. */
const LONGEST_ANSWER_BYTES = 256 * 1024;

/** What a summary tells beside the outcome. */
export interface SummaryContext {
  /** Absent where the inputs were wrong. */
  readonly request?: StartRequest;
  readonly durationMs: number;
  readonly pullRequestUrls: readonly string[];
  readonly answerFile?: string;
}

/** The outcome of a step as a page of Markdown. Everything from outside stands in code, where it does nothing. */
export function summaryOf(outcome: Outcome, context: SummaryContext): string {
  const { conversation } = outcome;
  const problem = problemIn(outcome);
  const sections = [
    `### ${SUCCEEDS[outcome.status] ? '✅' : '❌'} OpenHands: ${HEADINGS[outcome.status]}`,
    problem &&
      `Failed to ${problem.failedTo}: ${codeSpan(problem.because)}\n\n**What to do:** ${problem.todo}.`,
    conversation && `**[Open the conversation](${conversation.url})**`,
    bullets(outcome, context).join('\n'),
    answerSection(outcome, context),
  ];
  return `${sections.filter((section) => section !== undefined && section !== '').join('\n\n')}\n`;
}

const HEADINGS: Readonly<Record<Outcome['status'], string>> = {
  running: 'the agent is at work',
  finished: 'finished',
  stopped: 'stopped',
  'needs-input': 'the agent waits for a person',
  error: 'the agent failed',
  stuck: 'the agent is stuck',
  missing: 'the conversation is gone',
  'start-failed': 'nothing was started',
  unreachable: 'lost sight of the conversation',
  'timed-out': 'not done in time',
  cancelled: 'cancelled',
};

/** The problem that an outcome is or stands for. */
export function problemIn(outcome: Outcome): Problem | undefined {
  if ('problem' in outcome) return outcome.problem;
  return 'ending' in outcome ? problemOf(outcome, outcome.conversation.url) : undefined;
}

function bullets(outcome: Outcome, context: SummaryContext): readonly string[] {
  const facts: Facts = 'facts' in outcome ? outcome.facts : { pullRequests: [] };
  const { request, durationMs, pullRequestUrls } = context;
  const branch = request?.workplace?.branch ?? facts.branch;
  const repository = request?.workplace?.repository;
  return [
    ...(facts.title === undefined ? [] : [`- Title: ${codeSpan(facts.title)}`]),
    `- Repository: ${repository === undefined ? 'none' : codeSpan(repository)}`,
    ...(branch === undefined ? [] : [`- Branch: ${codeSpan(branch)}`]),
    ...pullRequestUrls.map((url) => `- Pull request: <${url}>`),
    `- Status: \`${outcome.status}\``,
    `- Duration: ${asDuration(durationMs)}`,
    ...(facts.costUsd === undefined ? [] : [`- Cost: ${asDollars(facts.costUsd)}`]),
  ];
}

function answerSection(outcome: Outcome, { answerFile }: SummaryContext): string | undefined {
  const answer = 'findings' in outcome ? outcome.findings.answer : undefined;
  if (answer === undefined) return undefined;
  const shown = beginning(answer, LONGEST_ANSWER_BYTES);
  const note =
    shown === answer
      ? ''
      : `\n\nThe answer goes on in the file of the output \`response-file\`${answerFile === undefined ? '' : `: ${codeSpan(answerFile)}`}.`;
  return `#### The agent's answer\n\n${codeBlock(shown)}${note}`;
}

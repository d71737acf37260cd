import type { Facts } from '../conversation/conversation.ts';
import type { Role } from '../conversation/events.ts';
import type { Outcome } from '../conversation/outcome.ts';
import type { PatchSize } from '../conversation/patch.ts';
import type { Problem } from '../conversation/problem.ts';
import type { Workplace } from '../conversation/workplace.ts';
import { codeBlock, codeSpan, plainWords, truncated } from '../text/safe.ts';
import { stepsList, type ToldSteps } from './agent-steps.ts';
import { asChanges, asDollars, asTokens } from './amounts.ts';
import { checksBlock, type Rounds } from './checks.ts';
import { problemOf } from './ending.ts';
import { conversationLink, endWords, firstLine, runLink } from './first-line.ts';
import { asClause } from './problem.ts';
import { type PullRequest, pullRequestLines, pullRequestLinks } from './pull-request.ts';
import { literalHtml } from './words.ts';

/** Where the agent works, and with what. */
export interface Request {
  readonly workplace?: Workplace;
  /** With an agent server by itself, in place of a repository. */
  readonly folder?: string;
  readonly model?: string;
}

/** What a page tells beside the outcome. */
export interface PageContext {
  /** Absent if the inputs were wrong, and for a conversation that was there already. */
  readonly request?: Request;
  /** What was asked of the agent, if it was. */
  readonly message?: string;
  readonly steps: ToldSteps;
  /** Absent if no server was asked for a conversation, or nobody knows any more what the step did. */
  readonly role?: Role;
  /** Absent if nobody knows it any more. */
  readonly durationMs?: number;
  readonly pullRequests: readonly PullRequest[];
  /** GitHub's address, without a trailing slash: only what is there becomes a link. */
  readonly serverUrl: string;
  readonly answerFile?: string;
  /** Absent unless its changes were saved as a patch. */
  readonly patch?: PatchSize;
  /** In which red checks were sent back to the agent; absent if nobody knows it any more. */
  readonly rounds?: Rounds;
}

/** What is folded away. */
interface Folded {
  /** So much of the message is shown. */
  readonly mostMessageBytes: number;
}

/** What is different about a page in different places. */
export interface Place {
  /** Absent if there is no room for it. */
  readonly folded?: Folded;
  /** Absent on the page of the run itself. */
  readonly runUrl?: string | undefined;
}

/**
 * The outcome of a step as a page of Markdown. What is from outside does nothing: it stands in code, or in HTML of which
 * nothing does anything.
 *
 * @param answer the agent's answer as Markdown of which nothing does anything; empty if there is none.
 */
export function pageOf(
  outcome: Outcome,
  context: PageContext,
  answer: string,
  { folded, runUrl }: Place,
): string {
  const { pullRequests, serverUrl, message, steps, rounds = [] } = context;
  const { conversation } = outcome;
  const costUsd = 'facts' in outcome ? outcome.facts.costUsd : undefined;
  const sections = [
    firstLine(
      endWords(outcome, context),
      costUsd === undefined ? undefined : asDollars(costUsd),
      ...pullRequestLinks(pullRequests, serverUrl),
      conversationLink(conversation),
      runLink(runUrl),
    ),
    problemSection(outcome, context),
    outcome.status === 'skipped'
      ? `<p>${literalHtml(outcome.notice.replace(/^Skipped: /, ''))}</p>`
      : undefined,
    pullRequestLines(pullRequests, serverUrl),
    checksBlock(outcome, rounds),
    answer === '' ? undefined : answer,
    folded && stepsSection(steps),
    folded && message !== undefined ? messageSection(message, folded) : undefined,
    // The first line says it all.
    outcome.status === 'skipped' ? undefined : detailsLine(outcome, context),
  ];
  return `${sections.filter((section) => section !== undefined).join('\n\n')}\n`;
}

/** The problem that an outcome is or stands for; `undefined` if there is none. */
export function problemIn(outcome: Outcome, role?: Role): Problem | undefined {
  if ('problem' in outcome) return outcome.problem;
  return outcome.status === 'running' || outcome.status === 'skipped' ? undefined : problemOf(outcome, role);
}

function problemSection(outcome: Outcome, { role }: PageContext): string | undefined {
  const problem = problemIn(outcome, role);
  if (problem === undefined) return undefined;
  const { failedTo, because, reasons = [], todo } = problem;
  const why =
    reasons.length < 2
      ? ` ${codeSpan(asClause(because))}`
      : `\n\n${reasons.map((reason) => `- ${codeSpan(asClause(reason))}`).join('\n')}`;
  return `Failed to ${plainWords(failedTo)}:${why}\n\n**What to do:** ${todo}.`;
}

function stepsSection(steps: ToldSteps): string | undefined {
  const { heading, list } = stepsList(steps);
  return list === '' ? undefined : foldedSection(`What the agent did (${heading})`, list);
}

function messageSection(message: string, { mostMessageBytes }: Folded): string {
  const shown = truncated(message, mostMessageBytes);
  const more = shown === message ? '' : '\n\nThe message continues.';
  return foldedSection('What was asked', `${codeBlock(shown)}${more}`);
}

function foldedSection(heading: string, content: string): string {
  return `<details>\n<summary>${heading}</summary>\n\n${content}\n\n</details>`;
}

/** What else is known: a small line, for whoever looks for it. */
function detailsLine(outcome: Outcome, { request, patch }: PageContext): string {
  const { status, conversation } = outcome;
  const facts: Partial<Facts> = 'facts' in outcome ? outcome.facts : {};
  const { title, tokens } = facts;
  const details = [
    `Status: ${status}`,
    patch && `Patch: ${asChanges(patch)}`,
    detail('Title', title),
    ...placeDetails(facts, request),
    detail('Model', request?.model),
    tokens && `Tokens: ${asTokens(tokens)}`,
    // An address in the API is no page for people.
    conversation?.hasNoPage && `API: <code>${conversation.url}</code>`,
  ];
  return `<p><sub>${details.filter((each) => each !== undefined).join(' · ')}</sub></p>`;
}

/** What is there already is where it is told to be. */
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
  const shown = literalHtml(value ?? '');
  return shown === '' ? undefined : `${name}: ${shown}`;
}

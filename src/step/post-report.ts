import type { Comment } from '../comment/comment.ts';
import type { Runner } from '../github/runner.ts';
import { START } from '../port/api.ts';
import {
  type AgentFailed,
  endedOutcome,
  hasAgentEnded,
  hasConversation,
  noConversation,
  type Outcome,
} from '../port/outcome.ts';
import type { Problem } from '../port/problem.ts';
import { EMPTY_RECORD } from '../record/record.ts';
import type { Situation } from '../report/advice.ts';
import { lastCommentOf } from '../report/comment.ts';
import { summaryOf } from '../report/page.ts';
import { pullRequestUrls } from '../report/pull-requests.ts';
import { withoutSecrets } from '../text/data.ts';
import { asClause } from '../text/safe.ts';
import { toError } from '../text/to-error.ts';
import type { WriteOutcome } from './outcome-file.ts';

/** What post reports to. */
export interface ReportContext {
  readonly runner: Runner;
  readonly comment: Comment | undefined;
  readonly writeOutcome: WriteOutcome;
  readonly runUrl?: string | undefined;
  /** GitHub's URL, without a trailing slash. */
  readonly gitHubUrl: string;
  /** That of the workflow. */
  readonly repository: string;
  readonly situation: Situation;
}

/** Says what post could not do, or what may still run, why, and where to look. */
export function undone(what: string, because: string, where: string): string {
  return `${what}: ${asClause(because)}. What to do: ${where}`;
}

/** How post reports. */
interface ReportOptions {
  /** Whether to write the summary and the outcome file, too, because what main wrote there may be out of date. */
  readonly mustWriteSummary: boolean;
  /** Present if the step has found the conversation by its key, and has not sent its message. */
  readonly isUnsentByKey?: boolean | undefined;
  /** Where people can look if the report could not be written. */
  readonly where: string;
  /** Why the outcome could not be read; absent if it could. */
  readonly failure?: string | undefined;
}

/** Reports the outcome. Warns if that throws, or if no comment tells the failure. */
export async function tryToReport(
  end: Outcome,
  { where, failure, ...options }: ReportOptions,
  context: ReportContext,
): Promise<void> {
  const warn = (because: string): void => {
    context.runner.warning(undone('The comment or the summary is not up to date', because, where));
  };
  try {
    const isCommented = await report(end, options, context);
    if (failure !== undefined && isCommented !== true) warn(failure);
  } catch (error) {
    warn(toError(error).message);
  }
}

/** Reports the outcome in the comment, and returns whether that was written; `undefined` without a comment. */
async function report(
  end: Outcome,
  { mustWriteSummary, isUnsentByKey }: Pick<ReportOptions, 'mustWriteSummary' | 'isUnsentByKey'>,
  { runner, comment, writeOutcome, runUrl, gitHubUrl, repository, situation }: ReportContext,
): Promise<boolean | undefined> {
  const ended = withoutSecrets(end, runner.secrets.redact);
  // Post knows neither the agent's answers nor the inputs: only what the server lists.
  const urls = hasConversation(ended) ? pullRequestUrls(ended.facts, [], undefined, gitHubUrl) : [];
  const role = isUnsentByKey && { role: 'attached' as const };
  const helpUrl = runner.savedHelpUrl();
  const context = {
    ...EMPTY_RECORD,
    hasSeenWork: undefined,
    ...role,
    pullRequests: urls.map((url) => ({ url })),
    gitHubUrl,
    ownRepository: repository,
    situation,
    helpUrl,
  };
  if (mustWriteSummary) {
    writeOutcome(ended, { pullRequests: urls });
    await runner.summary(await summaryOf(ended, context));
  }
  const mustNotify = false;
  return comment?.close(await lastCommentOf(ended, context, runUrl), mustNotify);
}

/** The outcome of a step of which nothing else is known. */
export const ENDED_WITHOUT_CONVERSATION: Outcome = noConversation({
  failedTo: START,
  because: 'the step ended before there was one',
  advice: "see the step's log",
  next: 'again',
});

/** Said of a failure whose reason only main knows. */
const REASON_IN_RUN: Problem = {
  failedTo: 'show here why',
  because: 'GitHub did not take this comment before the step ended',
  advice: "see the step's log, or the summary of its run",
};

/**
 * Returns the end that main has reported, as far as post knows it: main's status, with what post has read. Only a conversation that main
 * has not waited for is shown as it is now.
 */
export function endOfMain(
  status: Outcome['status'] | undefined,
  read: Outcome,
  problem = REASON_IN_RUN,
): Outcome {
  if (status === undefined || status === read.status) return read;
  if (!hasConversation(read))
    return isWithoutConversation(status)
      ? noConversation(read.kind === 'no-conversation' ? read.problem : problem, status)
      : read;
  const { conversation, facts } = read;
  const known = { conversation, facts };
  const ended = { ...known, ...lastSeenIn(read) };
  switch (status) {
    case 'skipped':
      return read;
    case 'running':
      return read.status === 'unreachable' ? { ...known, kind: 'running', status } : read;
    case 'start-failed':
      return { ...known, kind: 'failed-start', status, problem };
    case 'unreachable':
    case 'over-budget':
    case 'timed-out':
    case 'cancelled':
      return { ...known, kind: 'cut-short', status, problem };
    case 'checks-failed':
      return { ...ended, kind: 'checks-not-passed', status, checks: 'failed', problem };
    case 'invalid-output':
      return { ...ended, kind: 'invalid-output', status, problem };
    case 'not-done':
      return { ...ended, kind: 'not-done', status, problem };
    case 'error':
    case 'missing':
      return endedOutcome(status, ended, { problem });
    default:
      return endedOutcome(status, ended);
  }
}

/** Returns what post has read of the end of the agent. */
function lastSeenIn(read: Outcome): Pick<AgentFailed, 'phase' | 'storedEnd'> {
  if (!hasAgentEnded(read)) return { phase: '' };
  const { phase, storedEnd } = read;
  return { phase, ...(storedEnd && { storedEnd }) };
}

function isWithoutConversation(
  status: Outcome['status'],
): status is 'start-failed' | 'cancelled' | 'missing' {
  return status === 'start-failed' || status === 'cancelled' || status === 'missing';
}

import type { Comment } from './comment/comment.ts';
import type { Outcome } from './conversation/outcome.ts';
import type { Runner } from './github/runner.ts';
import type { WriteOutcome } from './outcome-file.ts';
import { lastCommentOf } from './report/comment.ts';
import { summaryOf } from './report/page.ts';
import { pullRequestUrls } from './report/pull-requests.ts';
import { withoutSecrets } from './text/data.ts';
import { asClause } from './text/safe.ts';
import { toError } from './text/to-error.ts';

/** What post reports to. */
export interface ReportContext {
  readonly runner: Runner;
  readonly comment: Comment | undefined;
  readonly writeOutcome: WriteOutcome;
  readonly runUrl?: string | undefined;
  /** GitHub's URL, without a trailing slash. */
  readonly gitHubUrl: string;
}

/** Says what post could not do, or what may still run, why, and where to look. */
export function undone(what: string, because: string, where: string): string {
  return `${what}: ${asClause(because)}. What to do: ${where}`;
}

/** How post reports. */
interface ReportOptions {
  /** Whether to write the summary and the outcome file, too, because what main wrote there may be out of date. */
  readonly mustWriteSummary: boolean;
  /** Where people can look if the report could not be written. */
  readonly where: string;
  /** Why the outcome could not be read; absent if it could. */
  readonly failure?: string | undefined;
}

/** Reports the outcome. Warns if that throws, or if no comment tells the failure. */
export async function tryToReport(
  end: Outcome,
  { mustWriteSummary, where, failure }: ReportOptions,
  context: ReportContext,
): Promise<void> {
  const warn = (because: string): void => {
    context.runner.warning(undone('The comment or the summary is not up to date', because, where));
  };
  try {
    const isCommented = await report(end, mustWriteSummary, context);
    if (failure !== undefined && isCommented !== true) warn(failure);
  } catch (error) {
    warn(toError(error).message);
  }
}

/** Reports the outcome in the comment, and returns whether that was written; `undefined` without a comment. */
async function report(
  end: Outcome,
  mustWriteSummary: boolean,
  { runner, comment, writeOutcome, runUrl, gitHubUrl }: ReportContext,
): Promise<boolean | undefined> {
  const ended = withoutSecrets(end, runner.secrets.redact);
  // Post knows neither the agent's answers nor the inputs: only what the server lists.
  const urls = 'facts' in ended ? pullRequestUrls(ended.facts, '', undefined, gitHubUrl) : [];
  const context = { pullRequests: urls.map((url) => ({ url })), gitHubUrl };
  if (mustWriteSummary) {
    writeOutcome(ended, urls);
    await runner.summary(await summaryOf(ended, context));
  }
  const mustNotify = false;
  return comment?.close(await lastCommentOf(ended, context, runUrl), mustNotify);
}

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

/**
 * Reports the outcome. Warns if that throws. `where`: where people can look then. `mustWriteSummary`: as in {@link report}.
 * `failure`: why the outcome could not be read. The comment says it; if there is none, or it could not be written, the warning does.
 */
export async function tryToReport(
  end: Outcome,
  mustWriteSummary: boolean,
  where: string,
  context: ReportContext,
  failure?: string,
): Promise<void> {
  let because = failure;
  try {
    if (await report(end, mustWriteSummary, context)) return;
  } catch (error) {
    because = toError(error).message;
  }
  if (because !== undefined)
    context.runner.warning(undone('The comment or the summary is not up to date', because, where));
}

/**
 * Reports the outcome in the comment, and returns whether that was written; `undefined` without a comment. `mustWriteSummary`: in the
 * summary and the outcome file, too, because what main wrote there may be out of date.
 */
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

import { failureKindOf, type Outcome } from './conversation/outcome.ts';
import type { Problem } from './conversation/problem.ts';
import type { End } from './converse.ts';
import type { Runner } from './github/runner.ts';
import type { Recorder } from './record.ts';
import { redactedOutcome } from './redacted.ts';
import { answerIn } from './report/answer.ts';
import { problemLine, unwrittenProblem } from './report/problem.ts';
import { messageGiven, problemIn, summaryContext, summaryOf } from './report/summary.ts';
import { saveInNewFolder } from './text/file.ts';
import type { Workflow } from './world.ts';

/** What finishing needs of the world. */
export interface FinishWorld {
  readonly runner: Runner;
  readonly workflow: Pick<Workflow, 'serverUrl' | 'temporary'>;
}

/** Tells how the step has ended: to the next steps by outputs, to people by log and summary, to the workflow by failing it. */
export async function finish(
  end: End,
  { tell, record }: Recorder,
  { runner, workflow: { serverUrl, temporary } }: FinishWorld,
): Promise<Outcome> {
  const { redact } = runner.secrets;
  // Before it is cut and saved.
  const outcome = redactedOutcome(end.outcome, redact);
  const saved = savedAnswer(outcome, temporary);
  tell({ kind: 'ended', ...end, outcome, ...('answerFile' in saved && saved) });
  const message = messageGiven(record());
  const { steps, role } = record();
  const context = summaryContext(record(), serverUrl);
  const details = { steps, ...(message !== undefined && { message: redact(message) }) };
  await runner.summary(await summaryOf(outcome, context, details));

  // The next steps decide by the outputs: without one of them no step is a success.
  const unwritten = runner.unwritten() ?? ('unsaved' in saved ? saved.unsaved : undefined);
  const problem = problemIn(outcome, role) ?? unwritten;
  if (problem !== undefined) {
    if (failureKindOf(outcome) === undefined) runner.output('failure-kind', problem.kind ?? 'unknown');
    runner.fail(problemLine(problem));
  }
  if (unwritten !== undefined && problem !== unwritten) runner.warning(problemLine(unwritten));
  return outcome;
}

/** The file with the whole answer, or why there is none although there is an answer. */
function savedAnswer(
  outcome: Outcome,
  temporary: string,
): { readonly answerFile: string } | { readonly unsaved: Problem } | Record<string, never> {
  const answer = answerIn(outcome);
  if (answer === undefined) return {};
  try {
    return { answerFile: saveInNewFolder(temporary, 'response.md', answer) };
  } catch (error) {
    return { unsaved: unwrittenProblem('response-file', error) };
  }
}

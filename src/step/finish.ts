import type { GitHubClient } from '../github/octokit.ts';
import { unwrittenProblem } from '../github/runner.ts';
import { readPullRequests } from '../github/shown-pull-requests.ts';
import type { Workflow } from '../github/workflow.ts';
import type { Outcome } from '../port/outcome.ts';
import type { Problem } from '../port/problem.ts';
import type { Recorder } from '../record/recorder.ts';
import { leftIn } from '../record/unfinished-work.ts';
import { adviceInLog, situationOf } from '../report/advice.ts';
import { wholeAnswerOf } from '../report/answer.ts';
import { meaningUrlOf } from '../report/meaning.ts';
import { type PageContext, summaryOf } from '../report/page.ts';
import { failureKindOf, problemIn, problemLine } from '../report/problem.ts';
import { pullRequestsOf } from '../report/pull-requests.ts';
import { withoutSecrets } from '../text/data.ts';
import { saveInNewFolder } from '../text/file.ts';
import type { World } from '../world.ts';

/** What {@link finish} needs from the environment. */
interface FinishWorld extends Pick<World, 'runner' | 'clock' | 'cancelled' | 'event'> {
  readonly workflow: Pick<Workflow, 'gitHubUrl' | 'temporary' | 'helpUrl' | 'runId' | 'repository'>;
}

/** Reports the end in outputs, log and summary, and fails the step if it failed. Returns what the comment shows, without secrets. */
export async function finish(
  end: Outcome,
  { emit, record }: Recorder,
  {
    runner,
    clock,
    cancelled,
    event,
    workflow: { gitHubUrl, temporary, helpUrl, runId, repository },
  }: FinishWorld,
  github?: GitHubClient,
): Promise<{ readonly outcome: Outcome; readonly context: PageContext }> {
  const { redact } = runner.secrets;
  // Before the answer is truncated and saved.
  const outcome = withoutSecrets(end, redact);
  const { unsaved, ...saved } = saveAnswer(outcome, temporary);
  emit({ kind: 'ended', outcome, ...saved });
  const urls = pullRequestsOf(record(), gitHubUrl);
  const pullRequests = await readPullRequests(urls, { github, clock, gitHubUrl, signal: cancelled });
  const situation = situationOf(event, runId, runner.input);
  const context = withoutSecrets(
    { ...record(), pullRequests, gitHubUrl, ownRepository: repository, situation, helpUrl },
    redact,
  );
  // If main does not know the conversation, post looks for it and writes the summary; but after a failure, post only stops the agent.
  const left = leftIn(record().unfinishedWork);
  const willPostReport = outcome.kind === 'no-conversation' && left !== undefined && left.why !== 'failure';
  if (!willPostReport) await runner.summary(await summaryOf(outcome, context));

  // Later steps decide by the outputs. If an output could not be written, the step fails.
  const unwritten = runner.outputProblem() ?? unsaved;
  const problem = problemIn(outcome) ?? unwritten;
  if (problem !== undefined) {
    // The sink has already written the kind of a failed outcome.
    if (failureKindOf(outcome) === undefined) runner.output('failure-kind', problem.kind ?? 'unknown');
    runner.fail(problemLine(problem, adviceInLog(problem, outcome.conversation, situation)));
  }
  const meaning = meaningUrlOf(outcome, helpUrl);
  if (meaning !== undefined) runner.info(`What this means: ${meaning}`);
  // The step fails with one problem, so the other is a warning.
  if (unwritten !== undefined && problem !== unwritten) runner.warning(problemLine(unwritten));
  return { outcome, context };
}

/** Saves the whole answer to a file. Returns the file, or why it could not be written; neither if there is no answer. */
function saveAnswer(
  outcome: Outcome,
  temporary: string,
): { readonly answerFile?: string; readonly unsaved?: Problem } {
  const answer = wholeAnswerOf(outcome);
  if (answer === undefined) return {};
  try {
    return { answerFile: saveInNewFolder(temporary, 'response.md', answer) };
  } catch (error) {
    return { unsaved: unwrittenProblem('response-file', error) };
  }
}

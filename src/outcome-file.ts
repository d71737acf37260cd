import type { Outcome } from './conversation/outcome.ts';
import type { Runner } from './github/runner.ts';
import type { Workflow } from './github/workflow.ts';
import { failureKindOf } from './report/problem.ts';
import { findFilePlace, replaceFile, saveInNewFolder } from './text/file.ts';
import { toError } from './text/to-error.ts';

/** The report (of the action outcomes/) counts at most this many: each has some 200 bytes, and the report reads at most 4 KiB. */
const MAX_COUNTED_PULL_REQUESTS = 10;
/** A longer address is left out: the report only compares it. */
const MAX_URL_LENGTH = 1024;

type FileWorkflow = Pick<Workflow, 'repository' | 'gitHubUrl' | 'temporary'>;

/** Writes the outcome of the step with the addresses of its pull requests, without secrets, to the file for the report. */
export type WriteOutcome = (outcome: Outcome, pullRequests: readonly string[]) => void;

/**
 * Writes the file as it should be if the step is killed, and sets the output that names the file. Returns the function that writes the
 * file at the end of the step.
 */
export function startOutcomeFile(runner: Runner, workflow: FileWorkflow): WriteOutcome {
  try {
    const path = saveInNewFolder(workflow.temporary, 'outcome.json', textOf(undefined, [], workflow));
    runner.output('outcome-file', path);
    runner.saveOutcomeFile(path);
    return writerOf(path, runner, workflow);
  } catch (error) {
    warn(runner, toError(error).message);
    return () => undefined;
  }
}

/**
 * Returns, in post, the function that writes the file of main again. Another step can have saved the path, so it is checked before each
 * write.
 */
export function savedOutcomeFile(runner: Runner, workflow: FileWorkflow): WriteOutcome {
  const path = runner.savedOutcomeFile();
  return path === '' ? () => undefined : writerOf(path, runner, workflow);
}

/** Returns the function that writes the file at a path. A failure is only a warning. */
function writerOf(path: string, runner: Runner, workflow: FileWorkflow): WriteOutcome {
  return (outcome, pullRequests) => {
    try {
      const found = findFilePlace(path, [workflow.temporary]);
      if ('reason' in found) throw new Error(`${path} ${found.reason}`);
      replaceFile(found.path, textOf(outcome, pullRequests, workflow));
    } catch (error) {
      warn(runner, toError(error).message);
    }
  };
}

function warn(runner: Runner, because: string): void {
  runner.warning(`the outcome for the report could not be written: ${because}`);
}

/** What the file says about the end of a step that has not ended, or was killed before it could say more. */
const BEFORE_THE_END = { status: 'unknown', 'failure-kind': '', 'cost-usd': null, 'conversation-url': '' };

/** Returns what the file says about the end of a step. */
function endMembersOf(
  outcome: Outcome,
): Readonly<Record<keyof typeof BEFORE_THE_END, string | number | null>> {
  const { costUsd = null } = 'facts' in outcome ? outcome.facts : {};
  const url = outcome.conversation?.url ?? '';
  return {
    status: outcome.status,
    'failure-kind': failureKindOf(outcome) ?? '',
    'cost-usd': costUsd,
    'conversation-url': url.length > MAX_URL_LENGTH ? '' : url,
  };
}

/** Returns the text of the file, one line of JSON; without an outcome, that of a step that has not ended. */
function textOf(
  outcome: Outcome | undefined,
  pullRequests: readonly string[],
  { repository, gitHubUrl }: FileWorkflow,
): string {
  const here = `${gitHubUrl}/${repository}/pull/`.toLowerCase();
  return JSON.stringify({
    version: 1,
    ...(outcome === undefined ? BEFORE_THE_END : endMembersOf(outcome)),
    // The last member: local.yml puts in the pull request that it has opened.
    'pull-request-urls': pullRequests
      .filter((each) => each.toLowerCase().startsWith(here))
      .slice(0, MAX_COUNTED_PULL_REQUESTS),
  });
}
